"""The ways on which answers come; what a folder of the inbox, an upload and a document are called by."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, get_args

from sqlmodel import Session, col, select

from cases.models import Campaign
from cases.names import clean_name
from cases.settings import Settings

Channel = Literal["paper", "photo", "email", "web", "call-centre", "telemarketing", "partner"]
CHANNELS: tuple[Channel, ...] = get_args(Channel)


def channel_of(name: str) -> Channel | None:
    """The channel that a folder, an option or a person calls `name`, in either case; None where it is none."""
    wanted = {"e-mail": "email"}.get(name.lower(), name.lower())
    return next((channel for channel in CHANNELS if channel == wanted), None)


def partners(session: Session, settings: Settings) -> list[str]:
    """The partners who have a campaign or a folder of their own in the inbox, by name."""
    named = session.exec(select(Campaign.partner).where(col(Campaign.partner).is_not(None)).distinct())
    return sorted({*(name for name in named if name), *_with_folder(settings.inbox / "partner")})


def _with_folder(folder: Path) -> Iterator[str]:
    try:
        entries = list(folder.iterdir())
    except OSError:
        return
    for entry in entries:
        if entry.is_dir() and not entry.is_symlink() and not entry.name.startswith("."):
            yield clean_name(entry.name)
