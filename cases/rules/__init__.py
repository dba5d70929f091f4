"""The rules of fields, one file each: an id, and a check that answers with a sentence when the rule is broken."""

from __future__ import annotations

from collections.abc import Callable

from cases.rules import customer_number, dates, email, phone, postcode
from cases.rules.context import Context

Check = Callable[[str, Context], str | None]

CHECKS: dict[str, Check] = {
    "date": dates.date,
    "date_not_future": dates.date_not_future,
    "date_plausible": dates.date_plausible,
    "birth_date": dates.birth_date,
    "phone": phone.phone,
    "email": email.email,
    "postcode": postcode.postcode,
    "customer_number": customer_number.customer_number,
}
"""By the ids that `form.yaml` uses."""

__all__ = ["CHECKS", "Check", "Context"]
