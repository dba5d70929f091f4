"""the words of the base, ready to look up"""

import sqlalchemy as sa
import sqlmodel
from alembic import op


revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('match_words',
    sa.Column('field', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('words', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('counts', sa.LargeBinary(), nullable=False),
    sa.Column('form_hashes', sa.LargeBinary(), nullable=False),
    sa.Column('form_words', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('field', name=op.f('pk_match_words'))
    )


def downgrade() -> None:
    op.drop_table('match_words')
