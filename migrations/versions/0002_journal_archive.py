"""The journal kept for good: its lines, and floors to begin from"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "journal_lines",
        sa.Column("ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.Double(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("call", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("ms", "number", name=op.f("pk_journal_lines")),
    )
    op.create_index(op.f("ix_journal_lines_call_ms"), "journal_lines", ["call", "ms"])
    op.create_table(
        "journal_bases",
        sa.Column("ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("begins", sa.Boolean(), nullable=False),
        sa.Column("data", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("ms", "number", name=op.f("pk_journal_bases")),
    )
    position = op.create_table(
        "journal_position",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_journal_position_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_position")),
    )
    op.bulk_insert(position, [{"id": 1, "position": "0"}])


def downgrade() -> None:
    for table in ("journal_position", "journal_bases", "journal_lines"):
        op.drop_table(table)
