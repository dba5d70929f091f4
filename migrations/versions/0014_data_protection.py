"""data protection: legal holds, who saw what, consent, originals that are not kept any more"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime


revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('document', sa.Column('gone', AutoString(), nullable=True))
    op.add_column('page', sa.Column('copy_of', AutoString(), nullable=True))
    op.create_table('legal_hold',
    sa.Column('id', sa.Integer(), nullable=False),
    *[sa.Column(name, AutoString(), nullable=False) for name in ('subscriber_id', 'reason', 'placed_by')],
    sa.Column('placed_at', UTCDateTime(), nullable=False),
    sa.Column('lifted_by', AutoString(), nullable=True),
    sa.Column('lifted_at', UTCDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_legal_hold'))
    )
    op.create_index(op.f('ix_legal_hold_subscriber_id'), 'legal_hold', ['subscriber_id'], unique=False)
    op.create_table('access',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('document_id', sa.Integer(), nullable=False),
    sa.Column('login', AutoString(), nullable=False),
    sa.Column('hour', UTCDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_access')),
    sa.UniqueConstraint('document_id', 'login', 'hour', name=op.f('uq_access_document_id_login_hour'))
    )
    op.create_index(op.f('ix_access_hour'), 'access', ['hour'], unique=False)
    op.create_table('consent',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('response_id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('subscriber_id', AutoString(), nullable=True),
    sa.Column('given', sa.Boolean(), nullable=False),
    *[sa.Column(name, AutoString(), nullable=False) for name in ('field', 'wording', 'language', 'template', 'template_hash')],
    sa.Column('crop', AutoString(), nullable=True),
    sa.Column('received_at', UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['case.id'], name=op.f('fk_consent_case_id_case')),
    sa.ForeignKeyConstraint(['response_id'], ['response.id'], name=op.f('fk_consent_response_id_response')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_consent')),
    sa.UniqueConstraint('response_id', name=op.f('uq_consent_response_id'))
    )
    op.create_index(op.f('ix_consent_case_id'), 'consent', ['case_id'], unique=False)
    op.create_index(op.f('ix_consent_subscriber_id'), 'consent', ['subscriber_id'], unique=False)


def downgrade() -> None:
    for table in ('consent', 'access', 'legal_hold'):
        op.drop_table(table)
    op.drop_column('page', 'copy_of')
    op.drop_column('document', 'gone')
