"""Time-stamps after RFC 3161: an authority outside the house says that a seal was there at a moment."""

from __future__ import annotations

import urllib.request

from cryptography.x509 import load_pem_x509_certificate
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)
from sqlmodel import Session

from cases.models import SealStamp
from cases.sealing import last_seal
from cases.settings import Settings

_WAIT_S = 20
_MOST_BYTES = 1 << 20


class StampError(RuntimeError):
    """The authority gave no time-stamp that holds; the message says why."""


def stamp_last(session: Session, settings: Settings) -> SealStamp | None:
    """Has the newest seal of a day stamped by the authority that is set, and commits; None when nothing is to stamp.

    Raises StampError. The transaction is not open while the authority is asked.
    """
    if settings.tsa_url is None or settings.tsa_root is None:
        return None
    seal = last_seal(session, of_day=True)
    wanted = seal is not None and session.get(SealStamp, seal.number) is None
    session.rollback()
    if seal is None or not wanted:
        return None
    root = settings.tsa_root.read_text(encoding="ascii")
    token = _ask(settings.tsa_url, bytes.fromhex(seal.hash))
    fault = stamp_fault(token, root, seal.hash)
    if fault is not None:
        raise StampError(f"{settings.tsa_url}: {fault}")
    made = SealStamp(number=seal.number, authority=settings.tsa_url, root=root, token=token)
    session.add(made)
    session.commit()
    return made


def stamp_fault(token: bytes, root: str, seal_hash: str) -> str | None:
    """Why a time-stamp response does not hold for a seal under the root certificate (PEM), or None."""
    try:
        verifier = VerifierBuilder().add_root_certificate(load_pem_x509_certificate(root.encode())).build()
        verifier.verify_message(_decoded(token), bytes.fromhex(seal_hash))
    except (ValueError, VerificationError) as error:
        return f"The time-stamp does not hold: {error}"
    return None


def _decoded(token: bytes) -> TimeStampResponse:
    return decode_timestamp_response(token)


def _ask(url: str, message: bytes) -> bytes:
    wanted = TimestampRequestBuilder().data(message).hash_algorithm(HashAlgorithm.SHA256).build()
    headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
    # the setting lets nothing through but http and https
    request = urllib.request.Request(url, wanted.as_bytes(), headers)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=_WAIT_S) as answer:  # noqa: S310
            reply: bytes = answer.read(_MOST_BYTES)
    except OSError as error:
        raise StampError(f"{url} cannot be asked: {error}") from None
    return reply
