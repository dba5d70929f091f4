"""settlement: terms, what became of cases, statements whose lines nobody changes, disputes"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime


revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None

_GUARDED = {
    'statement_line': ('UPDATE', 'DELETE'),
    'commission_terms': ('UPDATE', 'DELETE'),
    'case_outcome': ('UPDATE', 'DELETE'),
    'statement': ('DELETE',),
}


def upgrade() -> None:
    op.create_table('commission_terms',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('partner', AutoString(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('hash', AutoString(length=64), nullable=False),
    sa.Column('terms', sa.JSON(), nullable=False),
    sa.Column('added_by', AutoString(), nullable=False),
    sa.Column('added_at', UTCDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_commission_terms'))
    )
    op.create_index(op.f('ix_commission_terms_partner'), 'commission_terms', ['partner'], unique=False)
    op.create_table('case_outcome',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('what', AutoString(), nullable=False),
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('holds', sa.Boolean(), nullable=False),
    sa.Column('partner', AutoString(), nullable=True),
    sa.Column('offer', AutoString(), nullable=True),
    sa.Column('recorded_by', AutoString(), nullable=False),
    sa.Column('recorded_at', UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['case.id'], name=op.f('fk_case_outcome_case_id_case')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_outcome'))
    )
    op.create_index(op.f('ix_case_outcome_case_id'), 'case_outcome', ['case_id'], unique=False)
    op.create_index(op.f('ix_case_outcome_partner'), 'case_outcome', ['partner'], unique=False)
    op.create_table('statement',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('partner', AutoString(), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('state', AutoString(), nullable=False),
    sa.Column('currency', AutoString(), nullable=False),
    sa.Column('total', sa.String(length=20), nullable=False),
    sa.Column('lines', sa.Integer(), nullable=False),
    sa.Column('digest', AutoString(length=64), nullable=False),
    sa.Column('known_outcome', sa.Integer(), nullable=False),
    sa.Column('known_terms', sa.Integer(), nullable=False),
    sa.Column('proposed_by', AutoString(), nullable=False),
    sa.Column('proposed_at', UTCDateTime(), nullable=False),
    sa.Column('decided_by', AutoString(), nullable=True),
    sa.Column('decided_at', UTCDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_statement'))
    )
    standing = sa.text("state <> 'withdrawn'")
    op.create_index('ix_statement_standing', 'statement', ['partner', 'month'], unique=True,
                    sqlite_where=standing, postgresql_where=standing)
    op.create_table('statement_line',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('statement_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('kind', AutoString(), nullable=False),
    sa.Column('of', AutoString(), nullable=False),
    sa.Column('of_month', sa.Date(), nullable=False),
    sa.Column('amount', sa.String(length=20), nullable=False),
    sa.Column('terms', AutoString(length=64), nullable=False),
    sa.Column('sentence', AutoString(), nullable=False),
    sa.Column('evidence', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['case.id'], name=op.f('fk_statement_line_case_id_case')),
    sa.ForeignKeyConstraint(['statement_id'], ['statement.id'], name=op.f('fk_statement_line_statement_id_statement')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_statement_line')),
    sa.UniqueConstraint('statement_id', 'case_id', 'of', 'of_month', name=op.f('uq_statement_line_statement_id_case_id_of_of_month')),
    sa.UniqueConstraint('statement_id', 'number', name=op.f('uq_statement_line_statement_id_number'))
    )
    op.create_index(op.f('ix_statement_line_case_id'), 'statement_line', ['case_id'], unique=False)
    op.create_table('dispute',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('line_id', sa.Integer(), nullable=False),
    sa.Column('text', AutoString(), nullable=False),
    sa.Column('raised_by', AutoString(), nullable=False),
    sa.Column('raised_at', UTCDateTime(), nullable=False),
    sa.Column('answer', AutoString(), nullable=True),
    sa.Column('answered_by', AutoString(), nullable=True),
    sa.Column('answered_at', UTCDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['line_id'], ['statement_line.id'], name=op.f('fk_dispute_line_id_statement_line')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_dispute'))
    )
    op.create_index(op.f('ix_dispute_line_id'), 'dispute', ['line_id'], unique=False)
    _lock()


def _lock() -> None:
    if op.get_bind().dialect.name == 'sqlite':
        for table, actions in _GUARDED.items():
            for action in actions:
                op.execute(
                    f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is only added to'); END"
                )
        op.execute("CREATE TRIGGER statement_decided BEFORE UPDATE ON statement WHEN OLD.state <> 'proposed' "
                   "BEGIN SELECT RAISE(ABORT, 'a decided statement is locked'); END")
        return
    op.execute("CREATE FUNCTION settlement_is_locked() RETURNS trigger LANGUAGE plpgsql AS "
               "$$ BEGIN RAISE EXCEPTION '% is only added to', TG_TABLE_NAME; END $$")
    for table, actions in _GUARDED.items():
        op.execute(f"CREATE TRIGGER {table}_locked BEFORE {' OR '.join(actions)} ON {table} "
                   "FOR EACH ROW EXECUTE FUNCTION settlement_is_locked()")
        op.execute(f"CREATE TRIGGER {table}_kept BEFORE TRUNCATE ON {table} "
                   "FOR EACH STATEMENT EXECUTE FUNCTION settlement_is_locked()")
    op.execute("CREATE TRIGGER statement_decided BEFORE UPDATE ON statement FOR EACH ROW "
               "WHEN (OLD.state <> 'proposed') EXECUTE FUNCTION settlement_is_locked()")


def downgrade() -> None:
    for table in ('dispute', 'statement_line', 'statement', 'case_outcome', 'commission_terms'):
        op.drop_table(table)
    if op.get_bind().dialect.name == 'postgresql':
        op.execute('DROP FUNCTION settlement_is_locked()')
