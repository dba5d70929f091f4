"""Orders flow runs of deployments, which a worker of the stack carries out."""

from __future__ import annotations

from typing import Any

from prefect.client.orchestration import get_client


def order_run(deployment: str, parameters: dict[str, Any], key: str) -> None:
    """Has a deployment (``flow/name``) run; ordered once more with the same `key`, it does not run again."""
    with get_client(sync_client=True) as client:
        found = client.read_deployment_by_name(deployment)
        client.create_flow_run_from_deployment(found.id, parameters=parameters, idempotency_key=key)
