"""Counts of each queue and half-hour, for ever"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

plain_json = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "half_hours",
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("began_at", sa.Double(), nullable=False),
        sa.Column("since", sa.Double(), nullable=False),
        sa.Column("upto", sa.Double(), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("joined", sa.BigInteger(), nullable=False),
        sa.Column("granted", sa.BigInteger(), nullable=False),
        sa.Column("dry_run", sa.BigInteger(), nullable=False),
        sa.Column("outcomes", plain_json, nullable=False),
        sa.Column("answer_wait_ms", sa.BigInteger(), nullable=False),
        sa.Column("longest_wait_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("queue", "began_at", "since", name=op.f("pk_half_hours")),
    )
    op.create_index(op.f("ix_half_hours_began_at"), "half_hours", ["began_at"])
    op.create_table(
        "half_hour_levels",
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("began_at", sa.Double(), nullable=False),
        sa.Column("since", sa.Double(), nullable=False),
        sa.Column("threshold_s", sa.Double(), nullable=False),
        sa.Column("answered_within", sa.BigInteger(), nullable=False),
        sa.Column("answered_late", sa.BigInteger(), nullable=False),
        sa.Column("lost_within", sa.BigInteger(), nullable=False),
        sa.Column("lost_late", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("queue", "began_at", "since", "threshold_s", name=op.f("pk_half_hour_levels")),
    )
    op.create_index(op.f("ix_half_hour_levels_began_at"), "half_hour_levels", ["began_at"])
    op.create_index(op.f("ix_visits_outcome_joined_at"), "visits", ["outcome", "joined_at"])
    op.create_index(op.f("ix_calls_ended_at_began_at"), "calls", ["ended_at", "began_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_calls_ended_at_began_at"), "calls")
    op.drop_index(op.f("ix_visits_outcome_joined_at"), "visits")
    op.drop_table("half_hour_levels")
    op.drop_table("half_hours")
