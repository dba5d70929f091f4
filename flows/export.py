"""The export flow: an audit bag under DATA/exports."""

from __future__ import annotations

import datetime as dt

from prefect import flow
from prefect.artifacts import create_progress_artifact, update_progress_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed

from cases.audit.exporting import export_bag
from cases.audit.scope import Scope
from cases.database import upgrade
from cases.names import clean_name
from cases.settings import Settings

_TOLD_EVERY = 500


@flow(name="export", persist_result=False)
def export(
    batch_id: str | None = None,
    date: dt.date | None = None,
    campaign: str | None = None,
    partner: str | None = None,
    channel: str | None = None,
) -> State:
    """Writes the bag of a batch, or of a day, campaign, partner or channel."""
    settings, scope = Settings(), Scope(batch_id, date, campaign, partner, channel)
    if not str(scope):
        raise ValueError("Name a batch, a date, a campaign, a partner or a channel.")
    upgrade(settings)
    bar = create_progress_artifact(0.0, description=f"audit bag of {scope}")

    def told(done: int, of: int) -> None:
        if done % _TOLD_EVERY == 0 or done == of:
            update_progress_artifact(bar, 100.0 * done / of)  # type: ignore[arg-type]

    name = batch_id if str(scope) == f"batch {batch_id}" else clean_name(str(scope))
    count = export_bag(settings, scope, settings.data / "exports" / str(name), told)
    return Completed(message=f"{count} documents of {scope} exported")
