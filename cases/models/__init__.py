"""The tables. What must never happen twice is a UNIQUE constraint here, not only a habit of the code."""

import matching.metadata  # noqa: F401  # isort: skip  # constraint names must be set before the first table
from cases.models.answer import Answer, AnswerGroup
from cases.models.campaign import Campaign, Mailing
from cases.models.case import Case, ExceptionItem
from cases.models.checked import Checked, Secret
from cases.models.coaching import CoachNote
from cases.models.document import Batch, Document
from cases.models.keyed import Keyed
from cases.models.ledger import Chain, Commitment, Latest, LedgerEvent
from cases.models.order import BagOrder
from cases.models.page import FieldReading, Page
from cases.models.person import ApiToken, Invitation, Person, WebSession
from cases.models.privacy import Access, Consent, LegalHold
from cases.models.repair import PageRepair
from cases.models.replay import Replay, ReplayChange, ReplayPage
from cases.models.response import Response
from cases.models.seal import Seal, Sealed, SealStamp
from cases.models.settlement import CaseOutcome, CommissionTerms, Dispute, Statement, StatementLine

__all__ = [
    "Access",
    "Answer",
    "AnswerGroup",
    "ApiToken",
    "BagOrder",
    "Batch",
    "Campaign",
    "Case",
    "CaseOutcome",
    "Chain",
    "Checked",
    "CoachNote",
    "CommissionTerms",
    "Commitment",
    "Consent",
    "Dispute",
    "Document",
    "ExceptionItem",
    "FieldReading",
    "Invitation",
    "Keyed",
    "Latest",
    "LedgerEvent",
    "LegalHold",
    "Mailing",
    "Page",
    "PageRepair",
    "Person",
    "Replay",
    "ReplayChange",
    "ReplayPage",
    "Response",
    "Seal",
    "SealStamp",
    "Sealed",
    "Secret",
    "Statement",
    "StatementLine",
    "WebSession",
]
