"""A real Prefect server: scans go in, decided responses come out, and operators see batches without personal data."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from flows.deployments import deployments
from flows.server import Server

ROOT = Path(__file__).parents[2]
SCANS = ROOT / "samples/scans"
pytestmark = pytest.mark.prefect


def test_the_pinned_prefect_server_can_be_imported() -> None:
    import prefect.server.api.server as server

    assert server.create_app


def test_deployments_are_served_by_module_path() -> None:
    places = {deployment.name: deployment.entrypoint for deployment in deployments()}
    assert places == {name: f"flows.{name}.{name}" for name in ("intake", "batch", "export", "upkeep")}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    for command in (
        ["subscribers", "import", "samples/subscribers.csv"],
        ["campaigns", "import", "samples/campaigns.yaml"],
    ):
        replyflow(folder, *command)
    return folder


def replyflow(data: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [str(ROOT / ".venv/bin/python"), "-m", "commands.main", "--data", str(data), *arguments]
    merged = os.environ | {"PYTHONPATH": str(ROOT), "OMP_THREAD_LIMIT": "1"} | environment
    return subprocess.run(command, cwd=ROOT, env=merged, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def outcome(data: Path, prefect_server: Server) -> tuple[int, dict[str, Any]]:
    names = ["0001-retention-offer.pdf", "0003", "0014-retention-offer.png", "9002-text.pdf"]
    files = [str(path) for path in sorted(SCANS.rglob("*")) if any(path.name.startswith(name) for name in names)]
    (data / "run").mkdir(exist_ok=True)
    done = replyflow(data, "run", *files, "--json", PREFECT_API_URL=prefect_server.api_url)
    return done.returncode, json.loads(done.stdout)


def test_a_rejected_document_is_told_by_exit_code_and_reason(outcome: tuple[int, dict[str, Any]]) -> None:
    code, result = outcome
    assert code == 1
    refused = [document for document in result["documents"] if document["state"] == "rejected"]
    assert [document["file"] for document in refused] == ["9002-text.pdf"]
    assert "neither a PDF nor a picture" in refused[0]["reason"]


def test_signed_forms_open_cases_and_an_unsigned_one_waits_for_a_person(outcome: tuple[int, dict[str, Any]]) -> None:
    decisions = {
        document["file"]: [response["decision"] for response in document["responses"]]
        for document in outcome[1]["documents"]
    }
    assert decisions.pop("0014-retention-offer.png") == ["review"]
    assert decisions.pop("9002-text.pdf") == []
    assert list(decisions.values()) == [["auto"], ["auto"]]


def test_the_same_files_again_open_nothing_twice(outcome: tuple[int, dict[str, Any]], data: Path) -> None:
    before = outcome[1]["summary"]["cases"]
    again = replyflow(data, "run", str(SCANS / "paper/0001-retention-offer.pdf"), "--json", "--no-prefect")
    assert again.returncode == 0
    result = json.loads(again.stdout)
    assert before > 0
    assert result["summary"]["cases"] == 0
    assert len(result["duplicates"]) == 1


def test_a_server_answers_and_serves_its_interface(prefect_server: Server) -> None:
    assert httpx.get(f"{prefect_server.api_url}/health").json() is True
    assert "text/html" in httpx.get(prefect_server.ui_url).headers["content-type"]
