"""The export flow: the audit bag of one batch, under DATA/exports."""

from __future__ import annotations

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from cases.database import open_session
from cases.export import export_batch
from cases.settings import Settings


@flow(name="export", persist_result=False)
def export(batch_id: str) -> State:
    """Writes the bag of `batch_id`."""
    settings = Settings()
    with open_session(settings.data) as session:
        count = export_batch(session, settings, batch_id, settings.data / "exports" / batch_id)
    return Completed(message=f"{count} documents of {batch_id} exported")
