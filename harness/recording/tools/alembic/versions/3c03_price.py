"""price"""
import sqlalchemy as sa
from alembic import op

revision = "3c03"
down_revision = "2b02"


def upgrade():
    op.add_column("parcels", sa.Column("price", sa.Numeric(8, 2)))
    connection = op.get_bind()
    for row in connection.execute(sa.text("SELECT id, weight FROM parcels")).fetchall():
        price = round(row.weight * 4, 2)
        connection.execute(sa.text("UPDATE parcels SET price = :price WHERE id = :id"), {"price": price, "id": row.id})
    op.alter_column("parcels", "price", nullable=False)


def downgrade():
    op.drop_column("parcels", "price")
