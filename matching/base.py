"""The subscriber base at a glance: its tables, and how rows come in and go out."""

from matching.erasing import erase_subscribers
from matching.importing import import_file, import_subscribers
from matching.report import ImportReport
from matching.schema import (
    BASE_TABLES,
    MatchHeavy,
    MatchKey,
    MatchState,
    MatchToken,
    MatchWords,
    Subscriber,
    SubscriberAlias,
)

__all__ = [
    "BASE_TABLES",
    "ImportReport",
    "MatchHeavy",
    "MatchKey",
    "MatchState",
    "MatchToken",
    "MatchWords",
    "Subscriber",
    "SubscriberAlias",
    "erase_subscribers",
    "import_file",
    "import_subscribers",
]
