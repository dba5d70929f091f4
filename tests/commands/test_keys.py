"""A run over an encrypted store: read, decided, shown, and nothing in clear."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests.commands.conftest import Cli
from tests.running import SAMPLES, load_base, replyflow


def test_pages_are_read_from_an_encrypted_store_and_nothing_lies_there_in_clear(cli: Cli, tmp_path: Path) -> None:
    data, keys = tmp_path / "data", tmp_path / "store.keys"
    assert cli(data, "keys", "new", "-o", keys).exit_code == 0
    assert keys.stat().st_mode & 0o077 == 0
    load_base(data)
    scan = SAMPLES / "scans/paper/0001-retention-offer.pdf"
    done = replyflow(data, "run", scan, "--no-prefect", "--json", REPLYFLOW_STORE_KEY=str(keys))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["summary"]["automatic"] == 1
    stored = [path for path in (data / "store").rglob("*") if path.is_file()]
    assert len(stored) > 5
    assert {path.read_bytes()[:4] for path in stored} == {b"RFE1"}
    assert cli(data, "keys", "new", "-o", keys).exit_code == 0
    renewed = cli(data, "keys", "renew", REPLYFLOW_STORE_KEY=str(keys))
    assert renewed.stdout == f"0 files encrypted, {len(stored)} keys renewed\n"
    shutil.rmtree(data / "store-keys")
    assert cli(data, "keys", "renew", REPLYFLOW_STORE_KEY=str(keys)).stdout == "0 files encrypted, 0 keys renewed\n"


def test_without_a_key_file_there_is_nothing_to_renew(cli: Cli, tmp_path: Path) -> None:
    done = cli(tmp_path / "data", "keys", "renew")
    assert done.exit_code == 2
    assert "REPLYFLOW_STORE_KEY" in done.stderr
