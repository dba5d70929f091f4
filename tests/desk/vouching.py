"""A small OpenID Connect provider on a port of its own: discovery, authorize, token with PKCE, keys with RS256."""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from flows.server import free_port

CLIENT, SECRET = "replyflow", "the client's own secret"
Twist = Callable[[dict[str, Any]], dict[str, Any]]


class Provider:
    """Who signs in is `person`; `twist` changes the claims of the next tokens, `sign` how they are signed."""

    def __init__(self, port: int) -> None:
        # not the desk's host: to the browser it is another site
        self.issuer = f"http://localhost:{port}"
        self.key = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"}, private=True)
        self.codes: dict[str, dict[str, str]] = {}
        self.reset()

    def reset(self) -> None:
        self.person: dict[str, Any] = {"sub": "s-1", "preferred_username": "eva", "name": "Eva Lind", "roles": ["desk"]}
        self.twist: Twist = lambda claims: claims
        self.sign: Callable[[dict[str, Any]], str] = self.with_rsa

    def with_rsa(self, claims: dict[str, Any]) -> str:
        return jwt.encode({"alg": "RS256", "kid": "k1"}, claims, self.key)

    def with_a_foreign_key(self, claims: dict[str, Any]) -> str:
        return jwt.encode({"alg": "RS256", "kid": "k1"}, claims, RSAKey.generate_key(2048, private=True))

    def with_the_clients_secret(self, claims: dict[str, Any]) -> str:
        return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET + " " * 32), ["HS256"])

    def not_at_all(self, claims: dict[str, Any]) -> str:
        signed = self.with_rsa(claims).split(".")[1]
        head = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
        return f"{head}.{signed}."

    @property
    def app(self) -> Starlette:
        return Starlette(routes=[
            Route("/.well-known/openid-configuration", self._about), Route("/authorize", self._authorize),
            Route("/enter", self._enter, methods=["POST"]), Route("/token", self._token, methods=["POST"]),
            Route("/keys", self._keys),
        ])  # fmt: skip

    def _about(self, _: Request) -> Response:
        return JSONResponse({
            "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"], "id_token_signing_alg_values_supported": ["RS256"],
        })  # fmt: skip

    def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        assert (asked["response_type"], asked["client_id"], asked["code_challenge_method"]) == ("code", CLIENT, "S256")
        assert len(asked["code_challenge"]) == 43 and len(asked["nonce"]) == 43 and len(asked["state"]) == 43
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return HTMLResponse(f'<form method="post" action="/enter?code={code}"><button>Enter</button></form>')

    def _enter(self, request: Request) -> Response:
        code = request.query_params["code"]
        asked = self.codes[code]
        answer = urlencode({"code": code, "state": asked["state"], "iss": self.issuer})
        return RedirectResponse(f"{asked['redirect_uri']}?{answer}", 303)

    async def _token(self, request: Request) -> Response:
        form = await request.form()
        asked = self.codes.pop(str(form["code"]), None)
        known = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        hashed = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        challenge = base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()
        if (
            asked is None
            or request.headers.get("authorization") != f"Basic {known}"
            or challenge != asked["code_challenge"]
            or form["redirect_uri"] != asked["redirect_uri"]
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            **self.person,
        }
        token = {"access_token": "a", "token_type": "Bearer", "expires_in": 300}
        return JSONResponse({**token, "id_token": self.sign(self.twist(claims))})

    def _keys(self, _: Request) -> Response:
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})


@contextmanager
def providing() -> Iterator[Provider]:
    """A provider that answers."""
    port = free_port()
    provider = Provider(port)
    server = uvicorn.Server(uvicorn.Config(provider.app, host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield provider
    finally:
        server.should_exit = True
        thread.join()
