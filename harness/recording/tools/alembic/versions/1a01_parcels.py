"""parcels"""
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "1a01"
down_revision = None


def upgrade():
    op.create_table(
        "couriers",
        sa.Column("id", postgresql.UUID(), server_default=sa.text("gen_random_uuid()"), primary_key=True),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("rates", postgresql.ARRAY(sa.Numeric(6, 2))),
    )
    op.create_table(
        "parcels",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("courier_id", postgresql.UUID(), sa.ForeignKey("couriers.id", ondelete="SET NULL")),
        sa.Column("state", sa.Enum("new", "sent", name="parcel_state"), nullable=False),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("weight > 0", name="ck_parcels_weight"),
    )
    op.create_index("ix_parcels_courier_id", "parcels", ["courier_id"])


def downgrade():
    op.drop_index("ix_parcels_courier_id", table_name="parcels")
    op.drop_table("parcels")
    op.drop_table("couriers")
    op.execute("DROP TYPE parcel_state")
