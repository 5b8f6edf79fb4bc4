"""index sent_at"""
from alembic import op

revision = "4d04"
down_revision = "3c03"


def upgrade():
    with op.get_context().autocommit_block():
        op.create_index("ix_parcels_sent_at", "parcels", ["sent_at"], postgresql_concurrently=True)


def downgrade():
    with op.get_context().autocommit_block():
        op.drop_index("ix_parcels_sent_at", table_name="parcels", postgresql_concurrently=True)
