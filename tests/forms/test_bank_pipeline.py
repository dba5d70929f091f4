"""The whole way on real forms: what a machine cannot read of them is asked, and nobody's case is opened for them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
FORMS = ROOT.parent / "shared/data/forms/bank"


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    if not FORMS.is_dir():
        pytest.skip("shared/data/forms/bank is not beside this checkout")
    data = tmp_path_factory.mktemp("bank")
    environment = os.environ | {"REPLYFLOW_TEMPLATES": str(ROOT / "tests" / "forms" / "bank")}
    command = [sys.executable, "-m", "commands.main", "--data", str(data)]
    subscribers = ["subscribers", "import", str(ROOT / "samples" / "subscribers.csv")]
    subprocess.run([*command, *subscribers], cwd=ROOT, env=environment, check=True)
    run = ["run", str(FORMS), "--json", "--no-prefect"]
    done = subprocess.run([*command, *run], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    return dict(json.loads(done.stdout))


def test_every_form_page_becomes_a_case_that_belongs_to_nobody_yet(outcome: dict[str, Any]) -> None:
    forms = [
        document
        for document in outcome["documents"]
        if document["file"] in ("Page_01.tif", "Page_02.tif", "Page_03.tif")
    ]
    responses = [response for document in forms for response in document["responses"]]
    assert [response["decision"] for response in responses] == ["review"] * 3
    assert {response["subscriber_id"] for response in responses} == {None}
    assert len({response["case_id"] for response in responses} - {None}) == 3


def test_every_question_to_a_clerk_is_a_sentence(outcome: dict[str, Any]) -> None:
    responses = [response for document in outcome["documents"] for response in document["responses"]]
    asked = [exception for response in responses for exception in response["exceptions"]]
    assert {exception["kind"] for exception in asked} == {"field", "match"}
    assert all(exception["question"].endswith(("?", ".")) for exception in asked)


def test_a_contract_page_among_the_forms_and_a_data_file_are_rejected_with_a_reason(outcome: dict[str, Any]) -> None:
    rejected = {
        document["file"]: document["reason"] for document in outcome["documents"] if document["state"] == "rejected"
    }
    assert sorted(rejected) == ["Page_04.tif", "ground_truth.json"]
    assert all(reason.endswith(".") for reason in rejected.values())
