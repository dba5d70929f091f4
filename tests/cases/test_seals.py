"""Seals hold the heads of all chains, are signed, and can be kept outside the house."""

from __future__ import annotations

import datetime as dt
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from sqlmodel import select

from cases import ledger, sealing
from cases.auditing import first_fault
from cases.models import LedgerEvent, Seal, SealStamp
from cases.printed_seal import print_seal, seal_code, seal_text
from cases.sealing import seal_all, seal_batch, seal_day
from cases.signing import SigningError, change_key, keys_in
from cases.stamping import StampError, stamp_fault, stamp_last


def add(session, chain: str = "office") -> None:
    ledger.record(session, "house:test:made", 1, chain=chain)
    session.commit()


def test_a_seal_holds_what_grew_since_the_one_before(session, settings):
    add(session, "B-1")
    add(session, "B-2")
    assert seal_batch(session, settings, "B-1").heads.keys() == {"B-1", "keys"}
    add(session, "B-2")
    second = seal_all(session, settings)
    assert (second.number, list(second.heads), second.heads["B-2"][0]) == (2, ["B-2"], 2)
    assert seal_all(session, settings) is None
    assert first_fault(session, settings) is None


def test_a_day_is_sealed_once_and_the_next_day_again(session, settings, monkeypatch):
    add(session)
    assert seal_day(session, settings).day == dt.datetime.now(dt.UTC).date().isoformat()
    add(session)
    assert seal_day(session, settings) is None
    tomorrow = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    monkeypatch.setattr(sealing, "now", lambda: tomorrow)
    assert seal_day(session, settings).number == 2


def test_the_key_is_made_once_and_only_its_owner_may_read_it(session, settings):
    add(session)
    first = seal_all(session, settings)
    add(session)
    assert seal_all(session, settings).key_id == first.key_id
    (key,) = (settings.data / "keys").iterdir()
    assert (key.name, key.stat().st_mode & 0o777) == (f"{first.key_id}.pem", 0o600)


def test_a_new_key_is_signed_by_the_old_one_and_both_verify(session, settings):
    add(session)
    old = seal_all(session, settings).key_id
    new = change_key(session, settings).id
    assert seal_all(session, settings).key_id == new != old
    events = [one.model_dump() for one in session.exec(select(LedgerEvent).where(LedgerEvent.chain == "keys"))]
    assert set(keys_in(events)) == {old, new}
    assert first_fault(session, settings) is None
    events[1]["facts"]["signature"] = "00" * 64
    assert "is not signed by the key before it" in keys_in(events)


def test_a_key_that_is_named_takes_over_and_one_that_is_lost_stops_sealing(session, settings, tmp_path):
    add(session)
    seal_all(session, settings)
    named = tmp_path / "mine.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", named], check=True, capture_output=True)
    add(session)
    with_key = settings.model_copy(update={"signing_key": named})
    assert seal_all(session, with_key).key_id != session.get(Seal, 1).key_id
    assert first_fault(session, settings) is None
    add(session)
    with pytest.raises(SigningError, match="cannot be read"):
        seal_all(session, settings)


@pytest.mark.parametrize("kind", ["rsa", "none"])
def test_a_key_file_that_is_none_is_a_sentence(session, settings, tmp_path, kind):
    named = tmp_path / "mine.pem"
    if kind == "rsa":
        subprocess.run(["openssl", "genpkey", "-algorithm", "rsa", "-out", named], check=True, capture_output=True)
    else:
        named.write_text("no key")
    with pytest.raises(SigningError, match="is no"):
        seal_all(session, settings.model_copy(update={"signing_key": named}))


def test_a_printed_seal_says_its_hash_to_people_and_to_readers_of_codes(session, settings, tmp_path):
    add(session)
    seal = seal_all(session, settings)
    for name in ("one.pdf", "two.pdf", "one.txt"):
        print_seal(seal, tmp_path / name)
    assert (tmp_path / "one.pdf").read_bytes() == (tmp_path / "two.pdf").read_bytes()
    assert seal.hash in (tmp_path / "one.txt").read_text().replace(" ", "").replace("\n", "")
    page = pypdfium2.PdfDocument(tmp_path / "one.pdf")[0]
    (code,) = zxingcpp.read_barcodes(page.render(scale=3).to_pil())
    assert code.text == seal_code(seal)
    assert [line for line in seal_text(seal).splitlines() if len(line) > 68] == []


class Authority(BaseHTTPRequestHandler):
    """A time-stamp authority: what `openssl ts` says to each query."""

    folder: Path

    def do_POST(self) -> None:
        query = self.folder / "query.tsq"
        query.write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
        command = ["openssl", "ts", "-reply", "-config", "tsa.cnf", "-queryfile", query, "-out", "reply.tsr"]
        subprocess.run(command, check=True, capture_output=True, cwd=self.folder)
        self.send_response(200)
        self.end_headers()
        self.wfile.write((self.folder / "reply.tsr").read_bytes())

    def log_message(self, *_: object) -> None:
        pass


CONFIG = """
[tsa]
default_tsa = one
[one]
serial = serial
signer_cert = tsa.pem
signer_key = tsa.key
certs = tsa.pem
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256
accuracy = secs:1
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of a small time-stamp authority, and its root certificate."""
    folder = tmp_path_factory.mktemp("tsa")
    (folder / "tsa.cnf").write_text(CONFIG)
    (folder / "serial").write_text("01")
    (folder / "tsa.ext").write_text("keyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping\n")

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], check=True, capture_output=True, cwd=folder)

    for name in ("root", "other"):
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-days", "9", "-keyout",
                f"{name}.key", "-out", f"{name}.pem", "-addext", "keyUsage=critical,keyCertSign")  # fmt: skip
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=stamps", "-keyout", "tsa.key", "-out", "tsa.csr")
    openssl("x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-days", "9",
            "-extfile", "tsa.ext", "-out", "tsa.pem")  # fmt: skip
    server = HTTPServer(("127.0.0.1", 0), type("Here", (Authority,), {"folder": folder}))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", folder
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_time_stamp_authority_says_when_a_seal_was_there(session, settings, authority):
    url, folder = authority
    stamped = settings.model_copy(update={"tsa_url": url, "tsa_root": folder / "root.pem"})
    add(session)
    seal = seal_all(session, stamped)
    assert stamp_last(session, stamped).number == seal.number
    assert stamp_last(session, stamped) is None
    assert first_fault(session, settings) is None
    kept = session.exec(select(SealStamp)).one()
    assert "does not hold" in stamp_fault(kept.token, kept.root, "00" * 32)
    assert "does not hold" in stamp_fault(kept.token, (folder / "other.pem").read_text(), seal.hash)


def test_a_stamp_under_another_root_or_of_no_authority_is_refused(session, settings, authority):
    url, folder = authority
    add(session)
    seal_all(session, settings)
    other = settings.model_copy(update={"tsa_url": url, "tsa_root": folder / "other.pem"})
    with pytest.raises(StampError, match="does not hold"):
        stamp_last(session, other)
    away = settings.model_copy(update={"tsa_url": "http://127.0.0.1:1", "tsa_root": folder / "root.pem"})
    with pytest.raises(StampError, match="cannot be asked"):
        stamp_last(session, away)
    assert session.exec(select(SealStamp)).all() == []
