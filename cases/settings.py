"""What an installation may change, read from the environment with the prefix ``REPLYFLOW_``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, PositiveInt, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from cases.store import Store
from cases.vault import VaultError, read_ring
from matching.settings import MatchSettings
from ocr.certainty.thresholds import Thresholds

RETAINED = ("pictures", "values", "rejected", "accesses")
"""The kinds of data that can have a period after which they go."""
CHECKOUT = Path(__file__).resolve().parents[1]
_AS_JSON = {
    "field_thresholds": '{"comb-digits": 0.99, "FORM/FIELD": 0.98}',
    "oidc_roles": '{"reply-desk": "clerk", "reply-leads": "supervisor"}',
    "retention": '{"pictures": 400, "values": 3650}',
}


def is_safe_address(url: str) -> bool:
    """Whether secrets may travel to this URL: encrypted, or never leaving the machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost"))


class Settings(BaseSettings):
    """One installation. Durations are in seconds, ports are TCP ports, thresholds are probabilities (0..1).

    Refuses nonsense at start (pydantic's ValidationError, which never prints the values).
    """

    model_config = SettingsConfigDict(env_prefix="REPLYFLOW_", frozen=True, extra="ignore", hide_input_in_errors=True)

    data: Path = Path("data")
    database_url: str = ""
    templates: Path = CHECKOUT / "templates"
    auto_threshold: float = Field(0.999, gt=0.5, lt=1)
    review_threshold: float = Field(0.2, gt=0, lt=1)
    margin: float = Field(7.0, ge=0, le=100, description="bits (log2)")
    same_text: float = Field(75, gt=0, le=100, description="least rapidfuzz ratio of print and reading")
    known_share: float = Field(0.5, gt=0, lt=1, description="how often senders write what the base knows")
    confirm_at: float = Field(0.95, gt=0.5, lt=1, description="least probability that writing says what the base knows")
    field_thresholds: Annotated[Mapping[str, float], NoDecode] = Field({}, description="by family, or FORM/FIELD")
    retention: Annotated[Mapping[str, int], NoDecode] = Field({}, description="days, by kind of data")
    lease_s: float = Field(60, ge=5, le=3600)
    stability_s: float = Field(1.0, ge=0, le=600)
    max_attempts: PositiveInt = 5
    batch_quiet_s: float = Field(2.0, ge=0, le=600)
    batch_age_s: float = Field(30, ge=0, le=3600)
    batch_documents: int = Field(200, ge=1, le=10_000)
    store_key: Path | None = Field(None, description="file of the master keys under which stored files are encrypted")
    chunk_pages: int = Field(32, ge=1, le=256)
    signing_key: Path | None = Field(None, description="PEM file of an Ed25519 key")
    tsa_url: str | None = Field(None, pattern=r"^https?://", description="RFC 3161 time-stamp authority")
    tsa_root: Path | None = Field(None, description="PEM file of that authority's root certificate")
    due_days: int = Field(5, ge=0, le=365)
    sample_share: float = Field(0.01, ge=0, le=1, description="of the automatic readings, shown blind to a person")
    workers: int = Field(2, ge=1, le=256)
    prefect_port: int = Field(4200, ge=1024, le=65535)
    desk_port: int = Field(8420, ge=1024, le=65535)
    desk_url: str = Field("", description="where people reach the desk, when not on its port of this machine")
    prefect_url: str = Field("", description="where people reach the Prefect UI, when not on its port of this machine")
    password_login: bool = True
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")
    oidc_role_claim: str = Field("roles", min_length=1, description="a name, or a path with dots")
    oidc_roles: Annotated[Mapping[str, Literal["clerk", "supervisor", "auditor", "admin"]], NoDecode] = Field({})
    oidc_redirect: str = Field("", description="where browsers reach /sign-in/oidc/done")

    @classmethod
    def for_data(cls, data: Path) -> Settings:
        """The settings of the environment for the installation in the folder `data`."""
        return cls(data=data)

    @field_validator("field_thresholds", "oidc_roles", "retention", mode="before")
    @classmethod
    def _from_json(cls, value: Any, info: ValidationInfo) -> Any:  # noqa: ANN401  # whatever the environment says
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value or "{}")
        except ValueError:
            raise ValueError(f"must be JSON such as {_AS_JSON[info.field_name or '']}") from None

    @field_validator("field_thresholds")
    @classmethod
    def _steer_something(cls, value: Mapping[str, float]) -> Mapping[str, float]:
        return Thresholds(value).given

    @field_validator("retention")
    @classmethod
    def _of_known_kinds(cls, value: Mapping[str, int]) -> Mapping[str, int]:
        unknown = value.keys() - set(RETAINED)
        if unknown or any(days < 1 for days in value.values()):
            raise ValueError(f"names one of {', '.join(RETAINED)}, each with 1 day or more")
        return value

    @field_validator("store_key")
    @classmethod
    def _holds_keys(cls, value: Path | None) -> Path | None:
        if value is not None:
            try:
                read_ring(value)
            except VaultError as error:
                raise ValueError(str(error)) from None
        return value

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.review_threshold >= self.auto_threshold:
            raise ValueError("REPLYFLOW_REVIEW_THRESHOLD must be below REPLYFLOW_AUTO_THRESHOLD")
        if (self.tsa_url is None) != (self.tsa_root is None):
            raise ValueError("REPLYFLOW_TSA_URL and REPLYFLOW_TSA_ROOT go together")
        if self.prefect_port == self.desk_port:
            raise ValueError("REPLYFLOW_PREFECT_PORT and REPLYFLOW_DESK_PORT must differ")
        for url in (self.desk_url, self.prefect_url):
            if url and not url.startswith(("http://", "https://")):
                raise ValueError("REPLYFLOW_DESK_URL and REPLYFLOW_PREFECT_URL must begin with http:// or https://")
        if self.database_url and not self.database_url.startswith(("sqlite:", "postgresql")):
            raise ValueError("REPLYFLOW_DATABASE_URL must begin with sqlite: or postgresql+psycopg:")
        return self

    @model_validator(mode="after")
    def _lets_somebody_in(self) -> Self:
        if not self.oidc_issuer:
            if not self.password_login:
                raise ValueError("REPLYFLOW_PASSWORD_LOGIN may be off only where REPLYFLOW_OIDC_ISSUER is set")
            return self
        if not is_safe_address(self.oidc_issuer):
            raise ValueError("REPLYFLOW_OIDC_ISSUER must begin with https:// (http:// on this machine alone)")
        if not self.oidc_client_id or not self.oidc_roles:
            raise ValueError("REPLYFLOW_OIDC_ISSUER needs REPLYFLOW_OIDC_CLIENT_ID and REPLYFLOW_OIDC_ROLES")
        return self

    @property
    def url(self) -> str:
        """The database to use; SQLite in the data folder where none is named."""
        if self.database_url.startswith("postgresql:"):
            return self.database_url.replace("postgresql:", "postgresql+psycopg:", 1)
        return self.database_url or f"sqlite:///{self.data.resolve() / 'replyflow.sqlite'}"

    @property
    def desk_address(self) -> str:
        """What links to the desk begin with."""
        return self.desk_url.rstrip("/") or f"http://127.0.0.1:{self.desk_port}"

    @property
    def matching(self) -> MatchSettings:
        """The thresholds of the matcher."""
        return MatchSettings(auto=self.auto_threshold, review=self.review_threshold, margin=self.margin)

    @property
    def lists(self) -> Path:
        """What `subscribers lists` writes, and what is put beside it."""
        return self.data / "lists"

    @property
    def thresholds(self) -> Thresholds:
        """How sure the machine must be of each kind of field."""
        return Thresholds(self.field_thresholds)

    @property
    def store(self) -> Store:
        """The files of this installation."""
        return Store(self.data, self.store_key)

    @property
    def inbox(self) -> Path:
        return self.data / "inbox"

    @property
    def exports(self) -> Path:
        """Audit bags that were asked for at the desk or by a deployment."""
        return self.data / "exports"

    @property
    def rejected(self) -> Path:
        return self.data / "rejected"
