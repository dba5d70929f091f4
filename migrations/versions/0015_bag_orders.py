"""audit bags that were asked for"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime


revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('bag_order',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('scope', sa.JSON(), nullable=False),
    *[sa.Column(name, AutoString(), nullable=False) for name in ('state', 'asked_by')],
    sa.Column('asked_at', UTCDateTime(), nullable=False),
    sa.Column('finished_at', UTCDateTime(), nullable=True),
    *[sa.Column(name, sa.Integer(), nullable=False) for name in ('documents', 'documents_done', 'attempt')],
    *[sa.Column(name, AutoString(), nullable=True) for name in ('folder', 'reason', 'lease_owner')],
    sa.Column('lease_until', UTCDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bag_order'))
    )
    op.create_index(op.f('ix_bag_order_state'), 'bag_order', ['state'], unique=False)


def downgrade() -> None:
    op.drop_table('bag_order')
