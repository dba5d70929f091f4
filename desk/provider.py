"""An OpenID Connect provider that vouches for persons: code flow (OpenID Connect Core 3.1), PKCE, state, nonce."""

from __future__ import annotations

import base64
import hmac
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization

from cases.persons import Role
from cases.settings import Settings, is_safe_address
from cases.vouched import Vouched

_LIMIT_S, _KEPT_S, _LEEWAY_S = 10, 3600, 60
_SIGNED_BY = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
"""Public keys alone: with the client's own secret anybody who knows it could vouch, with ``none`` anybody at all."""


class ProviderError(Exception):
    """Nobody is vouched for; `code` says why: unreachable, or refused. The message is for the log."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass
class Provider:
    """The provider that the settings name; what it says of itself is kept for an hour."""

    settings: Settings
    _said: dict[str, Any] = field(default_factory=dict)
    _until: float = 0.0

    @property
    def is_there(self) -> bool:
        return bool(self.settings.oidc_issuer)

    def address(self, secret: str, redirect: str) -> str:
        """Where to send the browser that keeps `secret`. Raises ProviderError."""
        said = self._about()
        with self._client(redirect, said) as client:
            address, _ = client.create_authorization_url(
                said["authorization_endpoint"],
                state=derived(secret, "state"),
                nonce=derived(secret, "nonce"),
                code_verifier=derived(secret, "verifier"),
            )
        return str(address)

    def vouched(self, secret: str, redirect: str, answer: Mapping[str, str]) -> Vouched:
        """Who the browser that keeps `secret` has come back as; `answer` is the query. Raises ProviderError."""
        if not secret or not hmac.compare_digest(answer.get("state", "").encode(), derived(secret, "state").encode()):
            raise ProviderError("refused", "the state is not that of this browser")
        if answer.get("iss", self.settings.oidc_issuer) != self.settings.oidc_issuer:
            raise ProviderError("refused", "another provider answered")
        if "code" not in answer:
            raise ProviderError("refused", "the provider gave no code")
        return self._vouched(self._claims(secret, redirect, answer["code"]))

    def _claims(self, secret: str, redirect: str, code: str) -> CodeIDToken:
        said = self._about()
        try:
            with self._client(redirect, said) as client:
                token = client.fetch_token(
                    said["token_endpoint"], code=code, code_verifier=derived(secret, "verifier"), timeout=_LIMIT_S
                )
            signed = jwt.decode(
                str(token.get("id_token", "")),
                KeySet.import_key_set(KeySetSerialization(keys=_fetched(said["jwks_uri"]).get("keys", []))),
                _SIGNED_BY,
            )
            options = {
                "iss": {"essential": True, "value": self.settings.oidc_issuer},
                "aud": {"essential": True, "value": self.settings.oidc_client_id},
            }
            about = {
                "nonce": derived(secret, "nonce"), "client_id": self.settings.oidc_client_id,
                "access_token": token.get("access_token"),
            }  # fmt: skip
            claims = CodeIDToken(signed.claims, signed.header, options, about)
            claims.validate(leeway=_LEEWAY_S)
        except requests.RequestException as error:
            raise ProviderError("unreachable", type(error).__name__) from error
        except (AuthlibBaseError, JoseError, ValueError) as error:
            raise ProviderError("refused", f"{type(error).__name__}: {error}") from error
        return claims

    def _vouched(self, claims: Mapping[str, Any]) -> Vouched:
        subject = str(claims["sub"])
        login = str(claims.get("preferred_username") or claims.get("email") or subject)
        name = str(claims.get("name") or login)
        return Vouched(self.settings.oidc_issuer, subject, login, name, self._role(claims))

    def _role(self, claims: Mapping[str, Any]) -> Role | None:
        """The role of the first entry of the mapping that the claim holds."""
        held: Any = claims
        for part in _parts(claims, self.settings.oidc_role_claim):
            held = held.get(part) if isinstance(held, Mapping) else None
        groups = held if isinstance(held, list) else [held]
        found = (role for group, role in self.settings.oidc_roles.items() if group in groups)
        role = next(found, None)
        return role if role in get_args(Role) else None

    def _client(self, redirect: str, said: Mapping[str, Any]) -> OAuth2Session:
        given = self.settings.oidc_client_secret.get_secret_value()
        ways = said.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        way = "client_secret_basic" if "client_secret_basic" in ways else "client_secret_post"
        return OAuth2Session(
            self.settings.oidc_client_id, given or None, scope="openid profile email", redirect_uri=redirect,
            code_challenge_method="S256", token_endpoint_auth_method=way if given else "none",
        )  # fmt: skip

    def _about(self) -> dict[str, Any]:
        if time.monotonic() < self._until:
            return self._said
        said = _fetched(f"{self.settings.oidc_issuer.rstrip('/')}/.well-known/openid-configuration")
        if said.get("issuer") != self.settings.oidc_issuer:
            raise ProviderError("refused", "the provider calls itself by another name than REPLYFLOW_OIDC_ISSUER")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not is_safe_address(str(said.get(name, ""))):
                raise ProviderError("refused", f"the provider's {name} is no https address")
        self._said, self._until = said, time.monotonic() + _KEPT_S
        return said


def derived(secret: str, purpose: str) -> str:
    """43 URL-safe characters that only who knows the secret can make, others for each purpose."""
    return base64.urlsafe_b64encode(hmac.digest(secret.encode(), purpose.encode(), "sha256")).rstrip(b"=").decode()


def new_secret() -> str:
    return secrets.token_urlsafe(32)


def _parts(claims: Mapping[str, Any], path: str) -> list[str]:
    """The steps of a path with dots; a claim whose own name has dots (a URL) is one step."""
    return [path] if path in claims else path.split(".")


def _fetched(url: str) -> dict[str, Any]:
    try:
        answer = requests.get(url, timeout=_LIMIT_S, allow_redirects=False)
        answer.raise_for_status()
        said = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise ProviderError("unreachable", f"{url}: {type(error).__name__}") from error
    if not isinstance(said, dict):
        raise ProviderError("unreachable", f"{url}: no JSON object")
    return said
