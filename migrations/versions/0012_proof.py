"""proof: one chain a batch, commitments, seals; the ledger refuses to be changed"""

import sqlalchemy as sa
import sqlmodel
from alembic import op


revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

_KEPT = {
    'ledger': '(chain = NEW.chain AND seq = NEW.seq) OR previous = NEW.previous OR hash = NEW.hash',
    'seal': 'number = NEW.number OR previous = NEW.previous OR hash = NEW.hash',
    'seal_stamp': 'number = NEW.number',
}
_Text = sqlmodel.sql.sqltypes.AutoString
_OLD = 'seq, tag, subject, facts, at, previous, hash'


def upgrade() -> None:
    op.execute('CREATE TABLE ledger_before AS SELECT * FROM ledger')
    op.drop_table('ledger')
    op.create_table('ledger',
    sa.Column('chain', _Text(length=120), nullable=False),
    sa.Column('seq', sa.Integer(), autoincrement=False, nullable=False),
    *[sa.Column(name, _Text(), nullable=False) for name in ('at', 'who', 'tag', 'subject')],
    *[sa.Column(name, sa.JSON(), nullable=False) for name in ('facts', 'before', 'after')],
    sa.Column('previous', _Text(length=64), nullable=False),
    sa.Column('hash', _Text(length=64), nullable=False),
    sa.PrimaryKeyConstraint('chain', 'seq', name=op.f('pk_ledger')),
    sa.UniqueConstraint('previous', name=op.f('uq_ledger_previous')),
    sa.UniqueConstraint('hash', name=op.f('uq_ledger_hash'))
    )
    for name in ('subject', 'tag'):
        op.create_index(op.f(f'ix_ledger_{name}'), 'ledger', [name], unique=False)
    op.execute(
        f"INSERT INTO ledger (chain, who, before, after, {_OLD}) SELECT '0', '', '{{}}', '{{}}', {_OLD} FROM ledger_before"
    )
    op.drop_table('ledger_before')
    op.create_table('chain',
    sa.Column('name', _Text(length=120), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('hash', _Text(length=64), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_chain'))
    )
    op.execute(
        "INSERT INTO chain (name, seq, hash) SELECT chain, seq, hash FROM ledger ORDER BY seq DESC LIMIT 1"
    )
    op.create_table('sealed',
    sa.Column('name', _Text(length=120), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_sealed'))
    )
    op.create_table('latest',
    sa.Column('name', _Text(), nullable=False),
    sa.Column('digest', _Text(length=64), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_latest'))
    )
    op.create_table('commitment',
    sa.Column('digest', _Text(length=64), nullable=False),
    sa.Column('entry', _Text(length=64), nullable=False),
    sa.Column('name', _Text(), nullable=False),
    sa.Column('salt', _Text(length=32), nullable=False),
    sa.Column('value', sa.JSON(), nullable=True),
    sa.Column('response_id', sa.Integer(), nullable=True),
    sa.Column('subscriber_id', _Text(), nullable=True),
    sa.PrimaryKeyConstraint('digest', name=op.f('pk_commitment'))
    )
    for name in ('entry', 'name', 'response_id', 'subscriber_id'):
        op.create_index(op.f(f'ix_commitment_{name}'), 'commitment', [name], unique=False)
    op.create_table('seal',
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    *[sa.Column(name, _Text(), nullable=False) for name in ('at', 'day')],
    sa.Column('heads', sa.JSON(), nullable=False),
    sa.Column('previous', _Text(length=64), nullable=False),
    sa.Column('hash', _Text(length=64), nullable=False),
    sa.Column('key_id', _Text(length=32), nullable=False),
    sa.Column('signature', _Text(), nullable=False),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_seal')),
    sa.UniqueConstraint('previous', name=op.f('uq_seal_previous')),
    sa.UniqueConstraint('hash', name=op.f('uq_seal_hash'))
    )
    op.create_table('seal_stamp',
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    *[sa.Column(name, _Text(), nullable=False) for name in ('authority', 'root')],
    sa.Column('token', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['number'], ['seal.number'], name=op.f('fk_seal_stamp_number_seal')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_seal_stamp'))
    )
    _forbid_changes()


def downgrade() -> None:
    op.execute(f"CREATE TABLE ledger_before AS SELECT {_OLD} FROM ledger WHERE chain = '0'")
    for name in ('seal_stamp', 'seal', 'commitment', 'latest', 'sealed', 'chain', 'ledger'):
        op.drop_table(name)
    if op.get_bind().dialect.name == 'postgresql':
        op.execute('DROP FUNCTION append_only()')
    op.create_table('ledger',
    sa.Column('seq', sa.Integer(), autoincrement=False, nullable=False),
    *[sa.Column(name, _Text(), nullable=False) for name in ('tag', 'subject')],
    sa.Column('facts', sa.JSON(), nullable=False),
    sa.Column('at', _Text(), nullable=False),
    sa.Column('previous', _Text(length=64), nullable=False),
    sa.Column('hash', _Text(length=64), nullable=False),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_ledger')),
    sa.UniqueConstraint('hash', name=op.f('uq_ledger_hash')),
    sa.UniqueConstraint('previous', name=op.f('uq_ledger_previous'))
    )
    for name in ('subject', 'tag'):
        op.create_index(op.f(f'ix_ledger_{name}'), 'ledger', [name], unique=False)
    op.execute(f'INSERT INTO ledger ({_OLD}) SELECT {_OLD} FROM ledger_before')
    op.drop_table('ledger_before')


def _forbid_changes() -> None:
    if op.get_bind().dialect.name != 'postgresql':
        for table in _KEPT:
            for what in ('update', 'delete'):
                op.execute(
                    f'CREATE TRIGGER {table}_no_{what} BEFORE {what.upper()} ON {table} '
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )
            # REPLACE deletes without asking the trigger on DELETE
            op.execute(
                f'CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} '
                f'WHEN EXISTS (SELECT 1 FROM {table} WHERE {_KEPT[table]}) '
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    for table in _KEPT:
        op.execute(
            f'CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} '
            'FOR EACH ROW EXECUTE FUNCTION append_only()'
        )
        op.execute(
            f'CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} '
            'FOR EACH STATEMENT EXECUTE FUNCTION append_only()'
        )
