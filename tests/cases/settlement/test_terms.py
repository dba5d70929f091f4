from __future__ import annotations

from pathlib import Path

import pytest

from cases.settlement.terms import TermsError, read_terms

GOOD = """
- partner: acme
  valid_from: 2026-01-01
  currency: EUR
  per_case: 12.10
  per_offer: {data: 0.3}
  tiers: [{from_case: 101, per_case: 14}]
  cap_per_month: 5000
  clawback_days: 90
"""


def write(folder: Path, text: str) -> Path:
    file = folder / "terms.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_amounts_are_what_is_written_and_no_binary_fraction(tmp_path: Path) -> None:
    (terms,) = read_terms(write(tmp_path, GOOD))
    assert terms.as_json()["per_case"] == "12.10"
    assert terms.as_json()["per_offer"] == {"data": "0.30"}
    assert terms.as_json()["tiers"] == [{"from_case": 101, "per_case": "14.00"}]


def test_the_same_terms_have_the_same_hash_however_they_are_written(tmp_path: Path) -> None:
    (one,) = read_terms(write(tmp_path, GOOD))
    (other,) = read_terms(write(tmp_path, GOOD.replace("12.10", '"12.1"').replace("5000", "5000.00")))
    assert one.hash == other.hash


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("12.10", "12.105"), "per_case"),
        (("12.10", "-1"), "per_case"),
        (("EUR", "euro"), "currency"),
        (("clawback_days: 90", "clawback_days: x"), "clawback_days"),
        (("clawback_days", "clawback"), "clawback"),
        (("[{from_case: 101, per_case: 14}]", "[{from_case: 9, per_case: 1}, {from_case: 5, per_case: 2}]"), "rising"),
        (("- partner: acme", "partner: acme\nx:"), "list|YAML"),
    ],
)
def test_terms_that_cannot_be_used_are_told_with_the_entry_and_the_key(
    tmp_path: Path, change: tuple[str, str], told: str
) -> None:
    with pytest.raises(TermsError, match=told):
        read_terms(write(tmp_path, GOOD.replace(*change)))
