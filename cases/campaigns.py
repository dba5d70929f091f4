"""Campaigns: brought in from a YAML file, and the key that signs what is printed for them."""

from __future__ import annotations

import datetime as dt
import secrets
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlmodel import Session, col, or_, select

from cases import ledger
from cases.models import Campaign

_KEY_BYTES = 32
_WHO = ledger.machine("campaigns")


class CampaignEntry(BaseModel):
    """One entry of campaigns.yaml; `signing_key` is hexadecimal (at least 16 bytes) and drawn by lot where absent."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: str = Field(min_length=1, max_length=80)
    code: str = Field(min_length=1, max_length=40)
    template: str
    offers: dict[str, str] = Field(default_factory=dict)
    opens: dt.date | None = None
    closes: dt.date | None = None
    partner: str | None = None
    signing_key: str | None = Field(None, pattern=r"^([0-9a-fA-F]{2}){16,}$")

    @model_validator(mode="after")
    def _in_order(self) -> CampaignEntry:
        if self.opens and self.closes and self.closes < self.opens:
            raise ValueError("closes lies before opens")
        return self


def import_campaigns(session: Session, file: Path) -> list[str]:
    """Adds or updates the campaigns of a YAML list and commits; their names. A key once given stays.

    Raises pydantic's ValidationError or yaml.YAMLError for a file that says something else.
    """
    entries = [CampaignEntry.model_validate(raw) for raw in yaml.safe_load(file.read_text(encoding="utf-8")) or []]
    for entry in entries:
        known = session.exec(select(Campaign).where(Campaign.name == entry.name)).first()
        key = bytes.fromhex(entry.signing_key) if entry.signing_key else None
        fields = entry.model_dump(exclude={"signing_key"})
        if known is None:
            session.add(Campaign(**fields, signing_key=key or secrets.token_bytes(_KEY_BYTES)))
        else:
            known.sqlmodel_update(fields | ({"signing_key": key} if key else {}))
        ledger.record(session, "campaign:campaign:imported", entry.code, {"template": entry.template}, who=_WHO)
    session.commit()
    return [entry.name for entry in entries]


def find_campaign(session: Session, code: str) -> Campaign | None:
    """The campaign with this code or this name."""
    query = select(Campaign).where(or_(col(Campaign.code) == code, col(Campaign.name) == code))
    return session.exec(query).first()


def ensure_campaign(session: Session, code: str, template: str) -> Campaign:
    """The campaign with this code; a new one without dates where there is none. Commits."""
    ledger.lock(session)
    campaign = find_campaign(session, code)
    if campaign is None:
        campaign = Campaign(name=code, code=code, template=template, signing_key=secrets.token_bytes(_KEY_BYTES))
        session.add(campaign)
        ledger.record(session, "campaign:campaign:created", code, {"template": template}, who=_WHO)
    session.commit()
    return campaign


def campaign_key(data_dir: Path, campaign: str, template: str) -> bytes:
    """The key that signs references of `campaign` (its code or name); makes the campaign where it is absent."""
    from cases.database import open_session

    with open_session(data_dir) as session:
        return ensure_campaign(session, campaign, template).signing_key
