"""A call says the release of the configuration that it began with, and whether it was on trial"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("calls", sa.Column("release", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("calls", sa.Column("trial", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.create_index(op.f("ix_calls_flow_began_at"), "calls", ["flow", "began_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_calls_flow_began_at"), "calls")
    op.drop_column("calls", "trial")
    op.drop_column("calls", "release")
