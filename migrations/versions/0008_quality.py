"""what a question is asked for, answers whose truth is known, notes of coaches"""

import secrets

import sqlalchemy as sa
import sqlmodel
from alembic import op


revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('exception', schema=None) as batch_op:
        batch_op.add_column(sa.Column('purpose', sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default='ask'))

    op.create_table('checked',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('answer_id', sa.Integer(), nullable=False),
    sa.Column('response_id', sa.Integer(), nullable=False),
    sa.Column('reading_id', sa.Integer(), nullable=False),
    *[sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), nullable=False)
      for name in ('person', 'purpose', 'template', 'field', 'kind', 'reader')],
    *[sa.Column(name, sa.JSON(), nullable=True) for name in ('machine', 'said', 'truth')],
    *[sa.Column(name, sa.Boolean(), nullable=True) for name in ('right', 'machine_right')],
    sa.Column('at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    *[sa.ForeignKeyConstraint([f'{table}_id'], [f'{table}.id'], name=op.f(f'fk_checked_{table}_id_{table}'))
      for table in ('answer', 'response', 'reading')],
    sa.PrimaryKeyConstraint('id', name=op.f('pk_checked')),
    sa.UniqueConstraint('answer_id', name=op.f('uq_checked_answer_id'))
    )
    with op.batch_alter_table('checked', schema=None) as batch_op:
        for name in ('person', 'purpose', 'reading_id', 'response_id'):
            batch_op.create_index(batch_op.f(f'ix_checked_{name}'), [name], unique=False)

    secret = op.create_table('secret',
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('value', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_secret'))
    )
    # made here, as two workers could not both make it
    op.bulk_insert(secret, [{'name': 'sampling', 'value': secrets.token_bytes(32)}])
    op.create_table('coach_note',
    sa.Column('id', sa.Integer(), nullable=False),
    *[sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), nullable=False) for name in ('person', 'author', 'text')],
    sa.Column('answer_id', sa.Integer(), nullable=True),
    sa.Column('follow_up', sa.Date(), nullable=True),
    sa.Column('at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('done_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['answer_id'], ['answer.id'], name=op.f('fk_coach_note_answer_id_answer')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_coach_note'))
    )
    with op.batch_alter_table('coach_note', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_coach_note_person'), ['person'], unique=False)
    with op.batch_alter_table('answer', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_answer_at'), ['at'], unique=False)
        batch_op.create_index('ix_answer_question', ['exception_id', 'person'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('answer', schema=None) as batch_op:
        batch_op.drop_index('ix_answer_question')
        batch_op.drop_index(batch_op.f('ix_answer_at'))
    for table in ('coach_note', 'secret', 'checked'):
        op.drop_table(table)
    with op.batch_alter_table('exception', schema=None) as batch_op:
        batch_op.drop_column('purpose')
