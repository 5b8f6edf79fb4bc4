"""house courier"""
import datetime
from decimal import Decimal

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2b02"
down_revision = "1a01"

couriers = sa.table(
    "couriers",
    sa.column("id", postgresql.UUID()),
    sa.column("name", sa.String()),
    sa.column("rates", postgresql.ARRAY(sa.Numeric())),
)
parcels = sa.table(
    "parcels",
    sa.column("courier_id", postgresql.UUID()),
    sa.column("state", postgresql.ENUM("new", "sent", name="parcel_state")),
    sa.column("weight", sa.Float()),
    sa.column("sent_at", sa.DateTime(timezone=True)),
)
NAME = "Ours % \\ 'house'"


def upgrade():
    rates = [Decimal("1.50"), Decimal("2.25")]
    courier = op.get_bind().execute(couriers.insert().values(name=NAME, rates=rates).returning(couriers.c.id)).scalar()
    sent = datetime.datetime(2024, 1, 12, 9, 0, tzinfo=datetime.timezone.utc)
    op.bulk_insert(
        parcels,
        [
            {"courier_id": courier, "state": "sent", "weight": 1.25, "sent_at": sent},
            {"courier_id": None, "state": "new", "weight": 0.1, "sent_at": None},
        ],
    )


def downgrade():
    op.execute(parcels.delete())
    op.execute(couriers.delete().where(couriers.c.name == NAME))
