"""Calls of one number are found at once"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_calls_number_key_began_at"), "calls", ["number_key", "began_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_calls_number_key_began_at"), "calls")
