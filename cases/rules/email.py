"""E-mail addresses by their syntax; whether the mailbox exists is not asked of the network."""

from __future__ import annotations

from email_validator import EmailNotValidError, validate_email

from cases.rules.context import Context


def email(value: str, _context: Context) -> str | None:
    try:
        validate_email(value.strip(), check_deliverability=False)
    except EmailNotValidError:
        return "This is not a complete e-mail address."
    return None
