"""Messages that callers left"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "messages",
        sa.Column("call", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("box", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("began_at", sa.Double(), nullable=False),
        sa.Column("ended_at", sa.Double(), nullable=True),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("min_s", sa.Double(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("handled", sa.Text(), nullable=False),
        sa.Column("handled_by", sa.Text(), nullable=False),
        sa.Column("handled_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["call"], ["calls.call"], name=op.f("fk_messages_call"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("call", "message", name=op.f("pk_messages")),
    )
    op.create_index(op.f("ix_messages_message"), "messages", ["message"])
    op.create_index(op.f("ix_messages_state_ended_at"), "messages", ["state", "ended_at"])
    op.create_index(op.f("ix_messages_handled_began_at"), "messages", ["handled", "began_at"])


def downgrade() -> None:
    op.drop_table("messages")
