"""The tables. What must never happen twice is a UNIQUE constraint here, not only a habit of the code."""

import matching.metadata  # noqa: F401  # isort: skip  # constraint names must be set before the first table
from cases.models.answer import Answer
from cases.models.campaign import Campaign, Mailing
from cases.models.case import Case, ExceptionItem
from cases.models.document import Batch, Document
from cases.models.keyed import Keyed
from cases.models.ledger import Chain, Commitment, Latest, LedgerEvent
from cases.models.page import FieldReading, Page
from cases.models.person import ApiToken, Invitation, Person, WebSession
from cases.models.response import Response
from cases.models.seal import Seal, Sealed, SealStamp
from cases.models.settlement import CaseOutcome, CommissionTerms, Dispute, Statement, StatementLine

__all__ = [
    "Answer",
    "ApiToken",
    "Batch",
    "Campaign",
    "Case",
    "CaseOutcome",
    "Chain",
    "CommissionTerms",
    "Commitment",
    "Dispute",
    "Document",
    "ExceptionItem",
    "FieldReading",
    "Invitation",
    "Keyed",
    "Latest",
    "LedgerEvent",
    "Mailing",
    "Page",
    "Person",
    "Response",
    "Seal",
    "SealStamp",
    "Sealed",
    "Statement",
    "StatementLine",
    "WebSession",
]
