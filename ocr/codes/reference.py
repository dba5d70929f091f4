"""The reference printed in our codes: which form, which campaign, which subscriber, and a signature.

``RF1.<form>`` on a blank form, ``RF1.<form>.<campaign>.<subscriber>.<signature>`` on a personalised one. The signature
is the first 80 bits of HMAC-SHA256 (RFC 2104) over everything before it, in base32.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote

_PREFIX = "RF1"
_SIGNATURE_BYTES = 10


@dataclass(frozen=True, slots=True)
class Reference:
    """What a printed code says; only `is_genuine` makes it believable."""

    form: str
    campaign: str | None = None
    subscriber: str | None = None
    signature: str | None = None

    @property
    def text(self) -> str:
        return self.signed_part if self.signature is None else f"{self.signed_part}.{self.signature}"

    @property
    def signed_part(self) -> str:
        named = [part for part in (self.form, self.campaign, self.subscriber) if part is not None]
        return ".".join([_PREFIX, *map(_encode, named)])


def parse_reference(text: str) -> Reference | None:
    """The reference in a code's text, or None when the code is not one of ours."""
    prefix, *parts = text.strip().split(".")
    if prefix != _PREFIX or len(parts) not in (1, 4) or not all(parts):
        return None
    form, *rest = parts
    if not rest:
        return Reference(unquote(form))
    campaign, subscriber, signature = rest
    return Reference(unquote(form), unquote(campaign), unquote(subscriber), signature)


def sign(reference: Reference, key: bytes) -> Reference:
    """The same reference with its signature. Raises ValueError when it names no campaign and subscriber."""
    if reference.campaign is None or reference.subscriber is None:
        raise ValueError("only a reference with a campaign and a subscriber can be signed")
    return replace(reference, signature=_signature(reference, key))


def is_genuine(reference: Reference, key: bytes) -> bool:
    """Whether `key` made the reference's signature; compared in constant time."""
    if reference.signature is None:
        return False
    return hmac.compare_digest(_signature(reference, key), reference.signature)


def _signature(reference: Reference, key: bytes) -> str:
    digest = hmac.new(key, reference.signed_part.encode(), hashlib.sha256).digest()
    return base64.b32encode(digest[:_SIGNATURE_BYTES]).decode("ascii")


def _encode(part: str) -> str:
    return quote(part, safe="").replace(".", "%2E")
