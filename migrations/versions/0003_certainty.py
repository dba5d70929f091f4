"""thresholds stored with readings, and what persons decided on them"""

import sqlalchemy as sa
import sqlmodel
from alembic import op


revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('reading', schema=None) as batch_op:
        batch_op.add_column(sa.Column('family', sqlmodel.sql.sqltypes.AutoString(), nullable=True))
        batch_op.add_column(sa.Column('threshold', sa.Float(), nullable=True))

    op.create_table('keyed',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('reading_id', sa.Integer(), nullable=False),
    sa.Column('template', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('field', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('kind', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('family', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('reader', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('offered', sa.JSON(), nullable=True),
    sa.Column('confidence', sa.Float(), nullable=False),
    sa.Column('threshold', sa.Float(), nullable=True),
    sa.Column('said', sa.JSON(), nullable=True),
    sa.Column('right', sa.Boolean(), nullable=False),
    sa.Column('person', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('active_s', sa.Float(), nullable=False),
    sa.ForeignKeyConstraint(['reading_id'], ['reading.id'], name=op.f('fk_keyed_reading_id_reading')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_keyed')),
    sa.UniqueConstraint('reading_id', 'person', name=op.f('uq_keyed_reading_id_person'))
    )
    with op.batch_alter_table('keyed', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_keyed_family'), ['family'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('keyed', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_keyed_family'))

    op.drop_table('keyed')
    with op.batch_alter_table('reading', schema=None) as batch_op:
        batch_op.drop_column('threshold')
        batch_op.drop_column('family')
