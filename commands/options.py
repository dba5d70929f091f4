"""What every command is told before its own options."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from cases.settings import Settings


@dataclass(frozen=True, slots=True)
class Options:
    """The global options; a command finds them in `ctx.obj`. `folder` is absolute."""

    folder: Path

    @property
    def data(self) -> Path:
        """The data folder, made where it is absent. Ends the command (exit code 2) when it cannot be used.

        Asked for by the commands that need it, so that the others also run where nothing may be written.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise typer.BadParameter(f"The data folder {self.folder} cannot be made: {error.strerror}.") from None
        if not os.access(self.folder, os.R_OK | os.W_OK | os.X_OK):
            raise typer.BadParameter(f"The data folder {self.folder} cannot be read and written by this user.")
        checked_settings(self.folder)
        return self.folder

    @property
    def kept(self) -> Path:
        """The data folder, which must be there: made anew because its name is misspelt, it would prove nothing."""
        if not self.folder.exists():
            raise typer.BadParameter(f"There is no data folder {self.folder}.", param_hint="--data")
        return self.data


def checked_settings(folder: Path) -> Settings:
    """The settings for this data folder. Ends the command (exit code 2) when they make no sense."""
    from pydantic import ValidationError

    from cases.settings import Settings

    try:
        return Settings.for_data(folder)
    except ValidationError as error:
        faults = "; ".join(f"{_variable(fault['loc'])}{fault['msg']}" for fault in error.errors(include_input=False))
        raise typer.BadParameter(f"{faults} (docs/settings.md lists every setting)") from None


def _variable(place: tuple[int | str, ...]) -> str:
    return f"REPLYFLOW_{str(place[0]).upper()}: " if place else ""
