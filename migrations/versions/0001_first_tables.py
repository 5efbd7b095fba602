"""Releases, calls with their story, recordings, users, audit"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

plain_json = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
long_integer = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# What was published and what was noted can't be changed afterwards, by nobody who uses these tables.
KEPT = {"releases": "A release is never changed", "audit": "The audit is never changed"}


def upgrade() -> None:
    op.create_table(
        "releases",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("published_at", sa.Double(), nullable=False),
        sa.Column("published_by", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("configuration", plain_json, nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_releases")),
    )
    draft = op.create_table(
        "draft",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("based_on", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.Double(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("configuration", plain_json, nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_draft_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
    )
    empty = {"queues": {}, "agents": {}, "entries": {}, "hours": {}, "texts": {}}
    op.bulk_insert(
        draft,
        [{"id": 1, "version": 0, "based_on": 0, "changed_at": 0.0, "changed_by": "", "configuration": empty}],
    )

    op.create_table(
        "calls",
        sa.Column("call", sa.Text(), nullable=False),
        sa.Column("began_at", sa.Double(), nullable=False),
        sa.Column("ended_at", sa.Double()),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("number_key", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("flow_release", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("wait_s", sa.Double()),
        sa.Column("talk_s", sa.Double()),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("ended_by", sa.Text(), nullable=False),
        sa.Column("survey", plain_json, nullable=False),
        sa.PrimaryKeyConstraint("call", name=op.f("pk_calls")),
    )
    op.create_index(op.f("ix_calls_began_at_call"), "calls", ["began_at", "call"])
    op.create_index(op.f("ix_calls_queue_began_at"), "calls", ["queue", "began_at"])
    op.create_index(op.f("ix_calls_agent_began_at"), "calls", ["agent", "began_at"])

    op.create_table(
        "call_story",
        sa.Column("call", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("data", plain_json, nullable=False),
        sa.PrimaryKeyConstraint("call", "line", name=op.f("pk_call_story")),
    )

    op.create_table(
        "visits",
        sa.Column("call", sa.Text(), nullable=False),
        sa.Column("visit", sa.Text(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("joined_at", sa.Double(), nullable=False),
        sa.Column("first_joined_at", sa.Double(), nullable=False),
        sa.Column("ended_at", sa.Double()),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("wait_s", sa.Double()),
        sa.Column("talk_s", sa.Double()),
        sa.Column("message", sa.Boolean(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["call"], ["calls.call"], name=op.f("fk_visits_call"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("call", "visit", name=op.f("pk_visits")),
    )
    op.create_index(op.f("ix_visits_joined_at"), "visits", ["joined_at"])
    op.create_index(op.f("ix_visits_queue_joined_at"), "visits", ["queue", "joined_at"])

    op.create_table(
        "recordings",
        sa.Column("call", sa.Text(), nullable=False),
        sa.Column("recording", sa.Text(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("began_at", sa.Double(), nullable=False),
        sa.Column("ended_at", sa.Double()),
        sa.Column("seconds", sa.Double()),
        sa.Column("talk_s", sa.Double()),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.Column("size", sa.BigInteger()),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["call"], ["calls.call"], name=op.f("fk_recordings_call"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("call", "recording", name=op.f("pk_recordings")),
    )
    op.create_index(op.f("ix_recordings_recording"), "recordings", ["recording"])
    op.create_index(op.f("ix_recordings_state_ended_at"), "recordings", ["state", "ended_at"])

    op.create_table(
        "users",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("session_key", sa.Text(), nullable=False),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_users")),
    )
    op.create_table(
        "sign_in_links",
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("made_at", sa.Double(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.Column("used_at", sa.Double()),
        sa.ForeignKeyConstraint(["user"], ["users.name"], name=op.f("fk_sign_in_links_user"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_sign_in_links")),
    )
    op.create_index(op.f("ix_sign_in_links_user"), "sign_in_links", ["user"])

    op.create_table(
        "audit",
        sa.Column("id", long_integer, nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("before", plain_json),
        sa.Column("after", plain_json),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("draft_version", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_object"), "audit", ["object"])
    op.create_index(op.f("ix_audit_at"), "audit", ["at"])

    position = op.create_table(
        "scribe_position",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_scribe_position_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scribe_position")),
    )
    op.bulk_insert(position, [{"id": 1, "position": "0"}])

    postgresql = op.get_bind().dialect.name == "postgresql"
    for table, why in KEPT.items():
        if postgresql:
            op.execute(
                f"CREATE FUNCTION keep_{table}() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN RAISE EXCEPTION '{why}.'; END $$"
            )
            op.execute(
                f"CREATE TRIGGER keep_{table} BEFORE UPDATE OR DELETE ON {table} "
                f"FOR EACH ROW EXECUTE FUNCTION keep_{table}()"
            )
        else:
            for verb in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER keep_{table}_{verb.lower()} BEFORE {verb} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{why}.'); END"
                )


def downgrade() -> None:
    for table in (
        "scribe_position",
        "audit",
        "sign_in_links",
        "users",
        "recordings",
        "visits",
        "call_story",
        "calls",
        "draft",
        "releases",
    ):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        for table in KEPT:
            op.execute(f"DROP FUNCTION keep_{table}()")
