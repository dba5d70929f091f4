"""The store, in clear and encrypted: nothing changed unseen, nothing readable once its key is gone."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cases.settings import Settings
from cases.store import GoneError, Store
from cases.vault import KeyRing, VaultError, add_key, decrypt, encrypt, new_key, read_ring

SECRET = b"Anna Holm, Storgatan 12" * 9_000
BLOCK = 1 << 16


@pytest.fixture(params=["clear", "encrypted"])
def store(tmp_path: Path, request: pytest.FixtureRequest) -> Store:
    if request.param == "clear":
        return Store(tmp_path)
    add_key(tmp_path / "keys")
    return Store(tmp_path, tmp_path / "keys")


@pytest.fixture
def sealed(tmp_path: Path) -> Store:
    add_key(tmp_path / "keys")
    return Store(tmp_path, tmp_path / "keys")


def bytes_on_disk(store: Store) -> bytes:
    return b"".join(path.read_bytes() for path in (store.data / "store").rglob("*") if path.is_file())


@pytest.mark.parametrize(
    "content", [b"", b"x", SECRET, b"RFE1 begins like an encrypted file", bytes(BLOCK), bytes(2 * BLOCK)]
)
def test_what_is_stored_is_read_again_under_its_hash(store: Store, content: bytes) -> None:
    sha256, size = store.put_stream(io.BytesIO(content))
    assert (sha256, size) == (hashlib.sha256(content).hexdigest(), len(content))
    assert store.put_bytes(content) == sha256
    assert store.read(sha256) == content
    with store.opened(sha256) as path:
        assert path.read_bytes() == content


def test_an_opened_copy_is_gone_afterwards_and_the_store_holds_nothing_in_clear(sealed: Store) -> None:
    sha256, _ = sealed.put_stream(io.BytesIO(SECRET))
    sealed.put_bytes(SECRET[:100])
    with sealed.opened(sha256) as path:
        assert path.stat().st_mode & 0o077 == 0
    assert not path.exists()
    assert b"Anna" not in bytes_on_disk(sealed)


def test_a_destroyed_file_is_gone_from_an_old_copy_of_the_store_too(sealed: Store) -> None:
    sha256, _ = sealed.put_stream(io.BytesIO(SECRET))
    backup = sealed.path_of(sha256).read_bytes()
    assert sealed.destroy(sha256)
    assert not sealed.destroy(sha256)
    sealed.path_of(sha256).write_bytes(backup)
    assert not sealed.holds(sha256)
    with pytest.raises(GoneError):
        sealed.read(sha256)
    with pytest.raises(GoneError), sealed.opened(sha256):
        pass
    assert sealed.put_stream(io.BytesIO(SECRET))[0] == sha256
    assert sealed.read(sha256) == SECRET


def test_files_stored_in_clear_are_encrypted_by_renewing_the_keys(tmp_path: Path) -> None:
    sha256, _ = Store(tmp_path).put_stream(io.BytesIO(SECRET))
    add_key(tmp_path / "keys")
    store = Store(tmp_path, tmp_path / "keys")
    assert store.read(sha256) == SECRET
    assert store.renew_keys() == (1, 0)
    assert b"Anna" not in bytes_on_disk(store)
    assert store.read(sha256) == SECRET
    assert store.renew_keys() == (0, 0)


def test_a_new_master_key_takes_over_and_the_old_one_can_be_thrown_away(sealed: Store) -> None:
    sha256, _ = sealed.put_stream(io.BytesIO(SECRET))
    assert sealed.key_file is not None
    name = add_key(sealed.key_file)
    assert sealed.read(sha256) == SECRET
    assert sealed.renew_keys() == (0, 1)
    newest = sealed.key_file.read_text().splitlines()[0]
    assert newest.startswith(name)
    sealed.key_file.write_text(newest)
    assert sealed.read(sha256) == SECRET


def test_without_its_master_key_nothing_is_read_and_the_fault_names_the_key(sealed: Store, tmp_path: Path) -> None:
    sha256, _ = sealed.put_stream(io.BytesIO(SECRET))
    add_key(tmp_path / "other")
    with pytest.raises(VaultError, match="master key"):
        Store(tmp_path, tmp_path / "other").read(sha256)
    with pytest.raises(VaultError, match="REPLYFLOW_STORE_KEY"):
        Store(tmp_path).read(sha256)


@pytest.mark.parametrize("where", [0, 4, 1000, BLOCK + 30, -1])
def test_a_changed_byte_is_found(sealed: Store, where: int) -> None:
    sha256, _ = sealed.put_stream(io.BytesIO(SECRET))
    path = sealed.path_of(sha256)
    changed = bytearray(path.read_bytes())
    changed[where] ^= 1
    path.chmod(0o600)
    path.write_bytes(changed)
    with pytest.raises((VaultError, GoneError)):
        sealed.read(sha256)


@given(st.binary(max_size=300_000), st.integers(0, 5))
def test_a_file_cut_at_a_block_or_with_blocks_moved_is_found(content: bytes, blocks: int) -> None:
    key, out = new_key(), io.BytesIO()
    encrypt(io.BytesIO(content), out, key)
    whole = out.getvalue()
    assert b"".join(decrypt(io.BytesIO(whole), key)) == content
    cut = whole[: 4 + blocks * (BLOCK + 16)]
    if len(cut) < len(whole):
        with pytest.raises(VaultError):
            b"".join(decrypt(io.BytesIO(cut), key))


def test_a_wrapped_key_serves_no_other_file() -> None:
    ring = KeyRing((("a", new_key()),))
    with pytest.raises(VaultError, match="another file"):
        ring.unwrap(ring.wrap(new_key(), "1" * 64), "2" * 64)


@pytest.mark.parametrize("text", ["", "a 12", "a zz", "a", f"a {'0' * 64}\na {'1' * 64}"])
def test_a_key_file_that_is_none_is_refused_at_start(tmp_path: Path, text: str) -> None:
    (tmp_path / "keys").write_text(text)
    with pytest.raises(VaultError):
        read_ring(tmp_path / "keys")
    with pytest.raises(ValidationError):
        Settings(data=tmp_path, store_key=tmp_path / "keys")
