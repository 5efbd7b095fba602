"""The tables, as SQLAlchemy Core. What the migrations build must equal this (a test compares them on both engines).

Texts have no length: a value that comes from outside can be long, but can't make a write fail. Times are seconds since the
epoch (UTC) in double precision. JSON is JSONB on PostgreSQL.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

# The newest revision in migrations/, known here so that a running program need not load alembic to see that its database is
# too old. Revisions are numbered, so that older and newer can be told by comparing them as text.
REVISION = "0007"

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

PlainJson = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")

releases = Table(
    "releases",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("published_at", Double, nullable=False),
    Column("published_by", Text, nullable=False),
    Column("comment", Text, nullable=False),
    Column("configuration", PlainJson, nullable=False),
)

# One row. Whoever saves, publishes or rolls back locks it first: it puts all changes of the configuration in one order.
draft = Table(
    "draft",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
    Column("based_on", Integer, nullable=False),
    Column("changed_at", Double, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("configuration", PlainJson, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)

calls = Table(
    "calls",
    metadata,
    Column("call", Text, primary_key=True),
    Column("began_at", Double, nullable=False),
    Column("ended_at", Double),
    Column("number", Text, nullable=False),  # masked
    Column("number_key", Text, nullable=False),
    Column("destination", Text, nullable=False),
    Column("entry", Text, nullable=False),
    Column("flow", Text, nullable=False),
    Column("flow_release", BigInteger, nullable=False),
    Column("release", BigInteger, nullable=False, server_default="0"),  # of the configuration; 0: before it was kept
    Column("trial", Text, nullable=False, server_default=text("''")),
    Column("language", Text, nullable=False),
    Column("node", Text, nullable=False),
    Column("queue", Text, nullable=False),
    Column("agent", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("wait_s", Double),
    Column("talk_s", Double),
    Column("cause", Text, nullable=False),
    Column("ended_by", Text, nullable=False),
    Column("survey", PlainJson, nullable=False),
    Index(None, "began_at", "call"),
    Index(None, "ended_at", "began_at"),
    Index(None, "queue", "began_at"),
    Index(None, "agent", "began_at"),
    Index(None, "flow", "began_at"),
    Index(None, "number_key", "began_at"),
)

# ``line`` is a digest of what the line says: one that was told twice, or read twice, is one line.
call_story = Table(
    "call_story",
    metadata,
    Column("call", Text, primary_key=True),
    Column("line", Text, primary_key=True),
    Column("position", Text, nullable=False),
    Column("at", Double, nullable=False),
    Column("kind", Text, nullable=False),
    Column("data", PlainJson, nullable=False),
)

visits = Table(
    "visits",
    metadata,
    Column("call", Text, ForeignKey("calls.call", ondelete="CASCADE"), primary_key=True),
    Column("visit", Text, primary_key=True),
    Column("queue", Text, nullable=False),
    Column("agent", Text, nullable=False),
    Column("joined_at", Double, nullable=False),
    Column("first_joined_at", Double, nullable=False),
    Column("ended_at", Double),
    Column("outcome", Text, nullable=False),
    Column("wait_s", Double),
    Column("talk_s", Double),
    Column("message", Boolean, nullable=False),  # the off-peak announcement was begun
    Column("detail", Text, nullable=False),
    Index(None, "joined_at"),
    Index(None, "outcome", "joined_at"),
    Index(None, "queue", "joined_at"),
)

# Counts of the visits that joined a queue within one half-hour, written again as they change. ``since`` is where the journal
# began that they were counted from; ``position`` how far it was read, so that an older count never replaces a newer one.
half_hours = Table(
    "half_hours",
    metadata,
    Column("queue", Text, primary_key=True),
    Column("began_at", Double, primary_key=True),
    Column("since", Double, primary_key=True),
    Column("upto", Double, nullable=False),
    Column("position", Text, nullable=False),
    Column("joined", BigInteger, nullable=False),
    Column("granted", BigInteger, nullable=False),
    Column("dry_run", BigInteger, nullable=False),
    Column("outcomes", PlainJson, nullable=False),
    Column("answer_wait_ms", BigInteger, nullable=False),
    Column("longest_wait_ms", BigInteger, nullable=False),
    Index(None, "began_at"),
)

# The four cells of the service level of a half-hour, for each threshold that was in force in it.
half_hour_levels = Table(
    "half_hour_levels",
    metadata,
    Column("queue", Text, primary_key=True),
    Column("began_at", Double, primary_key=True),
    Column("since", Double, primary_key=True),
    Column("threshold_s", Double, primary_key=True),
    Column("answered_within", BigInteger, nullable=False),
    Column("answered_late", BigInteger, nullable=False),
    Column("lost_within", BigInteger, nullable=False),
    Column("lost_late", BigInteger, nullable=False),
    Index(None, "began_at"),
)

recordings = Table(
    "recordings",
    metadata,
    Column("call", Text, ForeignKey("calls.call", ondelete="CASCADE"), primary_key=True),
    Column("recording", Text, primary_key=True),
    Column("queue", Text, nullable=False),
    Column("agent", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("began_at", Double, nullable=False),
    Column("ended_at", Double),  # of the recording, or of its call where nobody saw the recording end
    Column("seconds", Double),  # what the switch said; once the file was examined, what it holds
    Column("talk_s", Double),
    Column("settled", Boolean, nullable=False),  # nothing that its check needs can come any more
    Column("size", BigInteger),
    Column("sha256", Text, nullable=False),
    Column("state", Text, nullable=False),
    Index(None, "recording"),
    Index(None, "state", "ended_at"),
)

# ``how`` it ended: kept, "" where the caller hung up meanwhile, or why it is not kept. ``handled``: new, heard, done.
messages = Table(
    "messages",
    metadata,
    Column("call", Text, ForeignKey("calls.call", ondelete="CASCADE"), primary_key=True),
    Column("message", Text, primary_key=True),
    Column("box", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("began_at", Double, nullable=False),
    Column("ended_at", Double),
    Column("how", Text, nullable=False),
    Column("min_s", Double, nullable=False),
    Column("seconds", Double),
    Column("size", BigInteger),
    Column("sha256", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("handled", Text, nullable=False),
    Column("handled_by", Text, nullable=False),
    Column("handled_at", Double),
    Index(None, "message"),
    Index(None, "state", "ended_at"),
    Index(None, "handled", "began_at"),
)

users = Table(
    "users",
    metadata,
    Column("name", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("agent", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("session_key", Text, nullable=False),
    Column("password", Text, nullable=False),  # argon2id; empty: signs in by link only
    Column("created_at", Double, nullable=False),
)

sign_in_links = Table(
    "sign_in_links",
    metadata,
    Column("token", Text, primary_key=True),  # SHA-256 of the token
    Column("user", Text, ForeignKey("users.name", ondelete="CASCADE"), nullable=False),
    Column("made_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Column("used_at", Double),
    Index(None, "user"),
)

# What an agent types at the telephone: argon2id. ``wrong`` in a row, the last at ``wrong_at``.
agent_pins = Table(
    "agent_pins",
    metadata,
    Column("agent", Text, primary_key=True),
    Column("pin", Text, nullable=False),
    Column("changed_at", Double, nullable=False),
    Column("wrong", Integer, nullable=False),
    Column("wrong_at", Double, nullable=False),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("token", Text, primary_key=True),  # SHA-256 of the token
    Column("user", Text, ForeignKey("users.name", ondelete="CASCADE"), nullable=False),
    Column("made_at", Double, nullable=False),
    Index(None, "user"),
)

# Append-only: a trigger refuses updates and deletes.
audit = Table(
    "audit",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("at", Double, nullable=False),
    Column("who", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("before", PlainJson),
    Column("after", PlainJson),
    Column("reason", Text, nullable=False),
    Column("draft_version", Integer),  # of a saved draft: the version that this change made
    Index(None, "object"),
    Index(None, "at"),
)

# One row: how far the story lines are safe here.
scribe_position = Table(
    "scribe_position",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("position", Text, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)

# The journal's lines, each as the text that it was (``data``); (ms, number) is the position. ``call``: whom it names.
journal_lines = Table(
    "journal_lines",
    metadata,
    Column("ms", BigInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Double),
    Column("kind", Text, nullable=False),
    Column("call", Text, nullable=False),
    Column("data", Text, nullable=False),
    Index(None, "call", "ms"),
)

# Floors to begin from; ``begins``: what was archived before does not lead here. No data: an empty floor.
journal_bases = Table(
    "journal_bases",
    metadata,
    Column("ms", BigInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("begins", Boolean, nullable=False),
    Column("data", Text),
)

# One row: how far the journal is safe here.
journal_position = Table(
    "journal_position",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("position", Text, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)
