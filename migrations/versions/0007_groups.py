"""questions that are alike are answered as a group: what the clock measured for all of them together"""

import sqlalchemy as sa
import sqlmodel
from alembic import op


revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('answer_group',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('alike', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('answers', sa.Integer(), nullable=False),
    sa.Column('at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('first_key_s', sa.Float(), nullable=True),
    sa.Column('active_s', sa.Float(), nullable=False),
    sa.Column('keys', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_answer_group'))
    )
    with op.batch_alter_table('answer', schema=None) as batch_op:
        batch_op.alter_column('keys', existing_type=sa.Integer(), type_=sa.Float(), existing_nullable=False)
        batch_op.add_column(sa.Column('group_id', sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_answer_group_id_answer_group'), 'answer_group', ['group_id'], ['id'])
        batch_op.create_index(batch_op.f('ix_answer_group_id'), ['group_id'], unique=False)
    with op.batch_alter_table('exception', schema=None) as batch_op:
        batch_op.add_column(sa.Column('alike', sqlmodel.sql.sqltypes.AutoString(), nullable=True))
        batch_op.add_column(sa.Column('odd_by', sqlmodel.sql.sqltypes.AutoString(), nullable=True))
        batch_op.create_index('ix_exception_alike', ['alike', 'state'], unique=False)
        batch_op.create_index(batch_op.f('ix_exception_odd_by'), ['odd_by'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('exception', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_exception_odd_by'))
        batch_op.drop_index('ix_exception_alike')
        for name in ('odd_by', 'alike'):
            batch_op.drop_column(name)
    with op.batch_alter_table('answer', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_answer_group_id'))
        batch_op.drop_constraint(batch_op.f('fk_answer_group_id_answer_group'), type_='foreignkey')
        batch_op.drop_column('group_id')
        batch_op.alter_column('keys', existing_type=sa.Float(), type_=sa.Integer(), existing_nullable=False)
    op.drop_table('answer_group')
