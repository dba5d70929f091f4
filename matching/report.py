"""What an import has to say when it is done, and the counts while it runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from matching.deliveries import Delivery
from matching.validation import Finding, Findings

_BAD_ROWS_KEPT = 1_000


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was left out: its line (2 is the first below the header) and why, without its contents."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did: `columns` says from which column each field came, `unused` which columns it passed over.

    `bad` names the rows left out, the first thousand of `left_out`. Findings speak of new and changed rows.
    """

    imported: int
    bad: tuple[BadRow, ...] = ()
    left_out: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    aliases: int = 0
    made_inactive: int = 0
    columns: Mapping[str, str] = field(default_factory=dict)
    unused: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def altered(self) -> int:
        """Subscribers who are not as they were."""
        return self.new + self.changed + self.made_inactive


class Tally:
    """The counts of one import while it runs; memory does not grow with the rows."""

    def __init__(self) -> None:
        self.new = self.changed = self.unchanged = self.aliases = self.made_inactive = self.left_out = 0
        self.bad: list[BadRow] = []
        self.findings = Findings()

    @property
    def altered(self) -> int:
        """Subscribers who are not as they were."""
        return self.new + self.changed + self.made_inactive

    @property
    def imported(self) -> int:
        return self.new + self.changed + self.unchanged

    def leave_out(self, line: int, reason: str) -> None:
        self.left_out += 1
        if len(self.bad) < _BAD_ROWS_KEPT:
            self.bad.append(BadRow(line, reason))

    def report(self, delivery: Delivery, common: Iterable[Finding]) -> ImportReport:
        findings = self.findings.told(delivery.headers)
        return ImportReport(
            self.imported, tuple(self.bad), self.left_out, self.new, self.changed, self.unchanged, self.aliases,
            self.made_inactive, dict(delivery.headers), delivery.unused, (*findings, *common),
        )  # fmt: skip
