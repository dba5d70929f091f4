"""Serves the five deployments, by module path: a file path would import a flow's file twice."""

from __future__ import annotations

from prefect import serve
from prefect.deployments.runner import RunnerDeployment
from prefect.types.entrypoint import EntrypointType

from flows.batch import batch
from flows.export import export
from flows.intake import intake
from flows.replay import replay
from flows.upkeep import upkeep

_UPKEEP_EVERY_S = 300


def deployments() -> list[RunnerDeployment]:
    """intake, batch, replay, export and upkeep; upkeep runs on a schedule."""
    by_module = EntrypointType.MODULE_PATH
    made = [
        intake.to_deployment("intake", entrypoint_type=by_module),
        batch.to_deployment("batch", entrypoint_type=by_module),
        replay.to_deployment("replay", entrypoint_type=by_module),
        export.to_deployment("export", entrypoint_type=by_module),
        upkeep.to_deployment("upkeep", entrypoint_type=by_module, interval=_UPKEEP_EVERY_S),
    ]
    # outside an event loop the calls above have run; their type leaves both ways open
    return [deployment for deployment in made if isinstance(deployment, RunnerDeployment)]


def main() -> None:
    serve(*deployments(), pause_on_shutdown=False, print_starting_message=False, limit=2)


if __name__ == "__main__":
    main()
