"""a base with history: former values, token counts, heavy keys; keys without a second index"""

import sqlalchemy as sa
import sqlmodel
from alembic import op


revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

FOLDED = ('first', 'last', 'street', 'number', 'postcode', 'city', 'phone', 'email', 'birth_date', 'customer_number')


def upgrade() -> None:
    with op.batch_alter_table('subscriber', schema=None) as batch_op:
        batch_op.add_column(sa.Column('content', sa.BigInteger(), nullable=False, server_default='0'))
        batch_op.drop_index(batch_op.f('ix_subscriber_folded_last'))

    op.create_table('subscriber_alias',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('subscriber_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('until', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    *[sa.Column(f'folded_{name}', sqlmodel.sql.sqltypes.AutoString(), nullable=False) for name in FOLDED],
    sa.ForeignKeyConstraint(['subscriber_id'], ['subscriber.id'], name=op.f('fk_subscriber_alias_subscriber_id_subscriber'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_subscriber_alias'))
    )
    with op.batch_alter_table('subscriber_alias', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_subscriber_alias_subscriber_id'), ['subscriber_id'], unique=False)

    # The keys are made anew from the rows (matching.index.make_current), so nothing of the old table is kept.
    op.drop_table('match_key')
    op.create_table('match_key',
    sa.Column('key', sa.BigInteger(), nullable=False),
    sa.Column('subscriber_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.PrimaryKeyConstraint('key', 'subscriber_id', name=op.f('pk_match_key')),
    sqlite_with_rowid=False
    )
    op.create_table('match_token',
    sa.Column('field', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('token', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('field', 'token', name=op.f('pk_match_token')),
    sqlite_with_rowid=False
    )
    op.create_table('match_heavy',
    sa.Column('key', sa.BigInteger(), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_match_heavy'))
    )
    op.create_table('match_state',
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('value', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_match_state'))
    )


def downgrade() -> None:
    for table in ('match_state', 'match_heavy', 'match_token', 'match_key', 'subscriber_alias'):
        op.drop_table(table)
    op.create_table('match_key',
    sa.Column('key', sa.BigInteger(), nullable=False),
    sa.Column('subscriber_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.ForeignKeyConstraint(['subscriber_id'], ['subscriber.id'], name=op.f('fk_match_key_subscriber_id_subscriber'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('key', 'subscriber_id', name=op.f('pk_match_key')),
    sqlite_with_rowid=False
    )
    with op.batch_alter_table('match_key', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_match_key_subscriber_id'), ['subscriber_id'], unique=False)
    with op.batch_alter_table('subscriber', schema=None) as batch_op:
        batch_op.drop_column('content')
        batch_op.create_index(batch_op.f('ix_subscriber_folded_last'), ['folded_last'], unique=False)
