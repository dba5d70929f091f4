"""An auditor takes the audit bag of a batch away and checks it where the house has no say."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient

from cases.settings import Settings
from desk import bags
from desk.app import create_app
from tests.desk.work import query
from tests.running import replyflow

pytestmark = pytest.mark.browser
Client = Callable[..., httpx.Client]


def test_the_bag_verifies_by_itself_and_who_took_it_has_seen_its_documents(
    client: Client, data: Path, tmp_path: Path
) -> None:
    ((batch, count),) = query(data, "SELECT batch_id, count(*) FROM document GROUP BY batch_id")
    auditor = client("auditor")
    assert f"/batches/{batch}/bag" in auditor.get(f"/batches/{batch}").text
    given = auditor.post(f"/batches/{batch}/bag", timeout=120)
    assert (given.status_code, given.headers["content-type"]) == (200, "application/zip")
    assert f'filename="{batch}.zip"' in given.headers["content-disposition"]
    zipfile.ZipFile(io.BytesIO(given.content)).extractall(tmp_path)
    checked = replyflow(tmp_path / "elsewhere", "verify", tmp_path / "bag")
    assert checked.returncode == 0, checked.stderr
    assert query(data, "SELECT count(DISTINCT document_id) FROM access WHERE login = 'auditor'") == [(count,)]
    assert not list(Settings(data=data).store.scratch().glob("bag-*"))


def test_a_batch_that_is_not_there_and_a_clerk_get_no_bag(client: Client) -> None:
    assert client("auditor").post("/batches/none/bag").status_code == 404
    assert client("clerk").post("/batches/none/bag").status_code == 403


def test_what_is_too_large_for_a_browser_is_left_to_the_command_line(
    data: Path, cookie_of: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bags, "MOST", 1)
    ((batch,),) = query(data, "SELECT DISTINCT batch_id FROM document")
    headers = {"cookie": f"replyflow={cookie_of('auditor')}", "sec-fetch-site": "same-origin"}
    with TestClient(create_app(Settings(data=data))) as browser:
        refused = browser.post(f"/batches/{batch}/bag", headers=headers)
    assert refused.status_code == 413 and "replyflow export" in refused.text
