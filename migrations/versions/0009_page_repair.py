"""page repair: what persons have mended, with which of it a page was read, and readings that a later look replaced"""

import sqlalchemy as sa
import sqlmodel
from alembic import op


revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('page_repair',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('page_id', sa.Integer(), nullable=False),
    sa.Column('what', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('value', sa.JSON(), nullable=True),
    sa.Column('person', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('undone_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('undone_by', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.ForeignKeyConstraint(['page_id'], ['page.id'], name=op.f('fk_page_repair_page_id_page')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_page_repair'))
    )
    with op.batch_alter_table('page_repair', schema=None) as batch_op:
        for name in ('page_id', 'person'):
            batch_op.create_index(batch_op.f(f'ix_page_repair_{name}'), [name], unique=False)

    with op.batch_alter_table('page', schema=None) as batch_op:
        batch_op.add_column(sa.Column('read_with', sa.JSON(), nullable=False, server_default='[]'))

    with op.batch_alter_table('reading', schema=None) as batch_op:
        batch_op.alter_column('page_id', existing_type=sa.Integer(), nullable=True)
        batch_op.add_column(sa.Column('former_page_id', sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_reading_former_page_id_page'), 'page', ['former_page_id'], ['id'])
        batch_op.create_index(batch_op.f('ix_reading_former_page_id'), ['former_page_id'], unique=False)


def downgrade() -> None:
    op.execute('DELETE FROM keyed WHERE reading_id IN (SELECT id FROM reading WHERE page_id IS NULL)')
    op.execute('DELETE FROM reading WHERE page_id IS NULL')
    with op.batch_alter_table('reading', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_reading_former_page_id'))
        batch_op.drop_constraint(batch_op.f('fk_reading_former_page_id_page'), type_='foreignkey')
        batch_op.drop_column('former_page_id')
        batch_op.alter_column('page_id', existing_type=sa.Integer(), nullable=False)
    with op.batch_alter_table('page', schema=None) as batch_op:
        batch_op.drop_column('read_with')
    op.drop_table('page_repair')
