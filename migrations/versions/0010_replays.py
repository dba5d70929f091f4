"""replays of batches, the weights behind a match, and lists of cases that stay quick"""

import sqlalchemy as sa
import sqlmodel
from alembic import op


revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None

TEXT = sqlmodel.sql.sqltypes.AutoString()
MOMENT = sqlmodel.sql.sqltypes.UTCDateTime()


def upgrade() -> None:
    op.create_table('replay',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('batch_id', TEXT, nullable=False),
    sa.Column('state', TEXT, nullable=False),
    sa.Column('asked_by', TEXT, nullable=False),
    sa.Column('asked_at', MOMENT, nullable=False),
    sa.Column('approved_by', TEXT, nullable=True),
    sa.Column('finished_at', MOMENT, nullable=True),
    *[sa.Column(name, sa.Integer(), nullable=False) for name in ('pages', 'pages_done', 'attempt')],
    sa.Column('lease_owner', TEXT, nullable=True),
    sa.Column('lease_until', MOMENT, nullable=True),
    sa.Column('flow_run', TEXT, nullable=True),
    sa.ForeignKeyConstraint(['batch_id'], ['batch.id'], name=op.f('fk_replay_batch_id_batch')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_replay'))
    )
    op.create_table('replay_page',
    *[sa.Column(name, sa.Integer(), nullable=False) for name in ('id', 'replay_id', 'document_id', 'number')],
    *[sa.Column(name, sa.JSON(), nullable=False) for name in ('page', 'readings', 'crops')],
    sa.ForeignKeyConstraint(['replay_id'], ['replay.id'], name=op.f('fk_replay_page_replay_id_replay')),
    sa.ForeignKeyConstraint(['document_id'], ['document.id'], name=op.f('fk_replay_page_document_id_document')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_replay_page')),
    sa.UniqueConstraint('replay_id', 'document_id', 'number', name=op.f('uq_replay_page_replay_id_document_id_number'))
    )
    op.create_table('replay_change',
    *[sa.Column(name, sa.Integer(), nullable=False) for name in ('id', 'replay_id', 'document_id', 'first_page')],
    *[sa.Column(name, sa.Integer(), nullable=True) for name in ('response_id', 'case_id')],
    sa.Column('held', TEXT, nullable=True),
    *[sa.Column(name, sa.JSON(), nullable=False) for name in ('before', 'after')],
    sa.Column('applied_at', MOMENT, nullable=True),
    *[sa.ForeignKeyConstraint([f'{one}_id'], [f'{one}.id'], name=op.f(f'fk_replay_change_{one}_id_{one}'))
      for one in ('replay', 'document', 'response', 'case')],
    sa.PrimaryKeyConstraint('id', name=op.f('pk_replay_change'))
    )
    op.create_index(op.f('ix_replay_batch_id'), 'replay', ['batch_id'])
    op.create_index(op.f('ix_replay_state'), 'replay', ['state'])
    for name in ('replay_id', 'document_id', 'response_id'):
        op.create_index(op.f(f'ix_replay_change_{name}'), 'replay_change', [name])
    with op.batch_alter_table('response', schema=None) as batch_op:
        batch_op.add_column(sa.Column('matched', sa.JSON(), nullable=False, server_default='{}'))
    for name in ('channel', 'partner', 'opened_at'):
        op.create_index(op.f(f'ix_case_{name}'), 'case', [name])


def downgrade() -> None:
    for name in ('channel', 'partner', 'opened_at'):
        op.drop_index(op.f(f'ix_case_{name}'), 'case')
    with op.batch_alter_table('response', schema=None) as batch_op:
        batch_op.drop_column('matched')
    for table in ('replay_change', 'replay_page', 'replay'):
        op.drop_table(table)
