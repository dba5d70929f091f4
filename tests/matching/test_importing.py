"""The base after imports, refreshes and erasures: rows, former values, keys and counts always say the same."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, func
from sqlmodel import Session, SQLModel, col, delete, select

from cases.database import engine_for
from cases.settings import Settings
from matching import folding, importing, index
from matching.base import (
    BASE_TABLES,
    MatchHeavy,
    MatchKey,
    MatchState,
    MatchToken,
    Subscriber,
    SubscriberAlias,
    erase_subscribers,
    import_file,
    import_subscribers,
)
from matching.history import aliases_of, persons_of
from matching.index import tokens_of
from matching.keys import keys_of
from matching.matcher import Matcher
from matching.person import fold_person
from matching.query import query_of
from matching.reindexing import make_current
from matching.tables import TableError

ASA = {
    "id": "A1", "name": "Åsa Öberg", "street": "Storgatan 4", "postcode": "12345", "city": "Malmö",
    "phone": "0701740605", "email": "asa@example.org", "birth_date": "1980-01-02", "customer_number": "10000370",
}  # fmt: skip
NILS = {"id": "N1", "name": "Nils Lind", "street": "Kyrkvägen 7", "postcode": "54321", "city": "Umeå"}


def keys_in(session: Session, subscriber: str) -> set[int]:
    return set(session.exec(select(MatchKey.key).where(MatchKey.subscriber_id == subscriber)))


def aliases_in(session: Session) -> list[SubscriberAlias]:
    return list(session.exec(select(SubscriberAlias)))


def assert_in_step(session: Session) -> None:
    """Keys and token counts are those that the rows and former values, read anew, give."""
    ids = list(session.exec(select(Subscriber.id)))
    persons, aliases = persons_of(session, ids), aliases_of(session, ids)
    keys = {(k, i) for i in ids for person in (persons[i], *aliases[i]) for k in keys_of(person)}
    assert set(session.exec(select(MatchKey.key, MatchKey.subscriber_id)).all()) == keys
    tokens = Counter(token for person in persons.values() for token in tokens_of(person))
    stored = session.exec(select(MatchToken.field, MatchToken.token, MatchToken.count))
    assert {(field, token): count for field, token, count in stored} == dict(tokens)
    assert set(session.exec(select(SubscriberAlias.subscriber_id))) <= set(ids)


def test_a_former_address_still_has_its_keys(session: Session) -> None:
    import_subscribers(session, [ASA, NILS])
    report = import_subscribers(session, [{**ASA, "street": "Ringstr. 9", "postcode": "22222"}])
    assert (report.changed, report.aliases) == (1, 1)
    assert keys_of(fold_person(ASA)) <= keys_in(session, "A1")
    assert [alias.folded_street for alias in aliases_in(session)] == ["storgatan"]
    assert_in_step(session)


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", "Åsa Lind"), ("street", "Ringstr. 9"), ("phone", "0701740606"), ("email", "oberg@example.org")],
)
def test_each_identifying_value_that_is_lost_leaves_an_alias(session: Session, field: str, value: str) -> None:
    import_subscribers(session, [ASA])
    assert import_subscribers(session, [{**ASA, field: value}]).aliases == 1
    assert_in_step(session)


def test_a_form_with_the_former_name_and_address_finds_its_sender(session: Session) -> None:
    import_subscribers(session, [ASA, NILS, *({**NILS, "id": f"X{n}", "name": f"Eva Ek{n}"} for n in range(50))])
    import_subscribers(
        session, [{**ASA, "name": "Åsa Lind", "street": "Ringstr. 9", "postcode": "22222", "city": "Kil"}]
    )
    former = {field: ASA[field] for field in ("name", "street", "postcode", "city", "birth_date")}
    best = Matcher(session).match(query_of({"id": "q", **former})).best
    assert best is not None
    assert best.subscriber_id == "A1"
    assert "former" in {bar.field for bar in best.evidence}


def test_a_value_that_was_only_added_leaves_no_alias(session: Session) -> None:
    import_subscribers(session, [NILS])
    report = import_subscribers(session, [{**NILS, "phone": "0701740605", "email": "nils@example.org"}])
    assert (report.changed, report.aliases) == (1, 0)
    assert_in_step(session)


def test_another_spelling_of_the_same_changes_the_row_and_leaves_no_alias(session: Session) -> None:
    import_subscribers(session, [ASA])
    report = import_subscribers(session, [{**ASA, "name": "ÅSA ÖBERG", "street": "Storg. 4"}])
    assert (report.changed, report.aliases) == (1, 0)
    assert session.exec(select(Subscriber.last_name)).all() == ["ÖBERG"]


def test_a_corrected_birth_date_takes_its_keys_along(session: Session) -> None:
    import_subscribers(session, [ASA])
    corrected = {**ASA, "birth_date": "1981-01-02"}
    import_subscribers(session, [corrected])
    assert keys_in(session, "A1") == keys_of(fold_person(corrected))


def test_moving_there_and_back_keeps_each_former_address_once(session: Session) -> None:
    there = {**ASA, "street": "Ringstr. 9"}
    for row in (ASA, there, ASA, there, ASA):
        import_subscribers(session, [row])
    assert sorted(alias.folded_street for alias in aliases_in(session)) == ["ringstrasse", "storgatan"]
    assert_in_step(session)


def test_an_unchanged_row_is_neither_changed_nor_history(session: Session) -> None:
    import_subscribers(session, [ASA, NILS])
    report = import_subscribers(session, [ASA, NILS])
    assert (report.new, report.changed, report.unchanged) == (0, 0, 2)
    assert aliases_in(session) == []


def test_the_last_row_of_an_id_holds_wherever_it_stands(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "_CHUNK_ROWS", 1)
    rows = [ASA, NILS, {**ASA, "name": "Åsa Lind"}, {"id": " A1 ", "name": "Åsa Ek"}]
    for unchanged in (0, 2):
        report = import_subscribers(session, rows)
        assert (report.imported, report.unchanged) == (2, unchanged)
        assert [(f.kind, f.rows) for f in report.findings] == [("repeated-id", 2)]
    assert session.get(Subscriber, "A1").last_name == "Ek"
    assert aliases_in(session) == []


def test_an_erased_subscriber_leaves_nothing_behind(session: Session) -> None:
    import_subscribers(session, [ASA, NILS])
    import_subscribers(session, [{**ASA, "street": "Ringstr. 9"}])
    done = erase_subscribers(session, ["A1", "X", "A1"])
    assert (done.erased, done.unknown) == (1, ("X",))
    assert keys_in(session, "A1") == set()
    assert aliases_in(session) == []
    assert session.exec(select(Subscriber.id)).all() == ["N1"]
    assert_in_step(session)


def test_keys_that_many_share_are_counted(session: Session) -> None:
    block = [{**NILS, "id": f"N{n}", "phone": f"07017{n:05}"} for n in range(201)]
    import_subscribers(session, [ASA, *block])
    counted = dict(session.exec(select(MatchHeavy.key, MatchHeavy.count)).all())
    shared = keys_of(fold_person(NILS))
    assert counted == dict.fromkeys(shared, 201)


def test_a_small_change_leaves_the_heavy_keys_and_many_small_ones_count_them_anew(session: Session) -> None:
    block = [{**NILS, "id": f"N{n}"} for n in range(201)]
    import_subscribers(session, block)
    shared = keys_of(fold_person(NILS))
    for n in range(201, 213):
        import_subscribers(session, [{**NILS, "id": f"N{n}"}])
        session.expire_all()
        counts = {session.get(MatchHeavy, key).count for key in shared}
        # 5 % of 201 and more is reached with the eleventh
        assert counts == ({201} if n < 211 else {212})


def test_keys_of_another_scheme_are_made_anew_with_the_next_import(session: Session) -> None:
    import_subscribers(session, [ASA, NILS])
    import_subscribers(session, [{**ASA, "street": "Ringstr. 9"}])
    session.execute(delete(MatchKey).where(col(MatchKey.subscriber_id) == "N1"))
    session.execute(delete(MatchToken))
    session.get(MatchState, "scheme").value = "of an older version"
    session.get(Subscriber, "N1").folded_city = "folded in another way"
    session.flush()
    import_subscribers(session, [{"id": "B", "name": "Eva Ek"}])
    assert_in_step(session)
    session.expire_all()
    assert session.get(Subscriber, "N1").folded_city == "umea"
    assert not make_current(session)


def test_the_token_counts_are_of_whole_words_and_joined_surnames(session: Session) -> None:
    import_subscribers(session, [{**ASA, "name": "", "first_name": "Åsa K", "last_name": "Öberg-Lind"}])
    counted = set(session.exec(select(MatchToken.field, MatchToken.token)).all())
    assert {pair for pair in counted if pair[0] in ("first", "last")} == {
        ("first", "asa"), ("last", "oberg"), ("last", "lind"), ("last", "oberglind"),
    }  # fmt: skip
    assert ("birth_date", "1980-01-02") in counted


NAMES = st.sampled_from(["Åsa Öberg", "Nils Lind", "Eva Lind-Ek", ""])
ROWS = st.fixed_dictionaries(
    {
        "id": st.sampled_from("ABC"),
        "name": NAMES,
        "street": st.sampled_from(["Storgatan 4", "Ringstr. 9", ""]),
        "postcode": st.sampled_from(["12345", "54321", ""]),
        "birth_date": st.sampled_from(["1980-01-02", "1990-05-06", ""]),
        "phone": st.sampled_from(["0701740605", ""]),
    }
)
STEPS = st.lists(st.one_of(st.lists(ROWS, max_size=4), st.sampled_from("ABC")), max_size=8)


@settings(max_examples=40, deadline=None)
@given(steps=STEPS)
def test_whatever_is_imported_and_erased_rows_and_index_stay_in_step(steps: list[list[dict[str, str]] | str]) -> None:
    engine = create_engine("sqlite://")
    SQLModel.metadata.create_all(engine, tables=BASE_TABLES)
    with Session(engine) as session:
        for step in steps:
            if isinstance(step, str):
                erase_subscribers(session, [step])
            else:
                import_subscribers(session, step)
            session.commit()
            assert_in_step(session)
    engine.dispose()


@pytest.fixture
def engine(database_url: str, tmp_path: Path) -> Iterator[Engine]:
    """Engines as the product makes them, on a file or a cluster, so that there are several connections."""
    made = engine_for(Settings(data=tmp_path, database_url=database_url))
    SQLModel.metadata.create_all(made, tables=BASE_TABLES)
    yield made
    made.dispose()


def file_of(tmp_path: Path, rows: int, street: str) -> Path:
    file = tmp_path / f"{street}.csv"
    lines = [f"S{n},Anna,Ek{n},{street} {n},12345,070174{n:04}" for n in range(rows)]
    file.write_text("\n".join(["id,first_name,last_name,street,postcode,phone", *lines]))
    return file


def seen_whole(engine: Engine, number: int) -> bool:
    """One subscriber as a lookup sees them; whether row, former values and keys belong together."""
    with Session(engine.execution_options(reader=True)) as session:
        if engine.dialect.name == "postgresql":
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        person = persons_of(session, [f"S{number}"])[f"S{number}"]
        past = aliases_of(session, [f"S{number}"])[f"S{number}"]
        keys = {key for known_as in (person, *past) for key in keys_of(known_as)}
        assert keys == keys_in(session, f"S{number}")
        assert {person.street, *(one.street for one in past)} <= {"gamla", "nya"}
        return person.street == "nya" and len(past) == 1


@pytest.mark.timeout(120)
def test_lookups_during_a_refresh_see_each_subscriber_as_a_whole(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "_CHUNK_ROWS", 20)
    with Session(engine) as session:
        import_file(session, file_of(tmp_path, 400, "Gamla"), chosen={})
    between, looked = threading.Event(), threading.Event()

    def refresh() -> None:
        def told(_phase: str, done: int, _total: int) -> None:
            if done == 200:
                between.set()
                looked.wait(30)

        with Session(engine) as session:
            import_file(session, file_of(tmp_path, 400, "Nya"), chosen={}, told=told)

    writer = threading.Thread(target=refresh)
    writer.start()
    assert between.wait(60)
    assert [seen_whole(engine, number) for number in (0, 199, 200, 399)] == [True, True, False, False]
    looked.set()
    while writer.is_alive():
        assert all(isinstance(seen_whole(engine, number), bool) for number in range(190, 400, 23))
    writer.join()
    assert seen_whole(engine, 399)


class KilledError(Exception):
    pass


def killed_after(rows: int):
    def told(phase: str, done: int, _total: int) -> None:
        if phase == "storing" and done >= rows:
            raise KilledError

    return told


def test_a_first_load_that_is_cut_off_leaves_an_empty_base(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "_CHUNK_ROWS", 20)
    file = file_of(tmp_path, 100, "Gamla")
    with Session(engine) as session, pytest.raises(KilledError):
        import_file(session, file, chosen={}, told=killed_after(60))
    with Session(engine) as session:
        assert session.exec(select(func.count()).select_from(Subscriber)).one() == 0
        assert import_file(session, file, chosen={}).new == 100
        assert_in_step(session)


def tables_in(session: Session) -> dict[str, list[tuple[object, ...]]]:
    """Every table of the base, in an order of its own; how often it was changed is not what it holds."""
    tables = (table for table in BASE_TABLES if table.name not in ("match_state", "subscriber_alias"))
    return {table.name: sorted(map(tuple, session.execute(table.select())), key=repr) for table in tables}


def test_a_base_loaded_at_once_holds_what_one_loaded_in_chunks_holds(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "_CHUNK_ROWS", 30)
    monkeypatch.setattr(index, "_MOST_TOKENS", 40)
    names = ["Eva", "Åsa Maria", "Karl-Erik", "Bo", "Q"]
    rows = [
        {**ASA, "id": f"{n}\t\\ö{n % 3}", "first_name": names[n % 5], "last_name": f"Lind Öberg{n % 11}", "name": "",
         "street": f"{'Storgatan' if n % 2 else 'Ringstr.'} {n}", "phone": f"070174{n:04}", "email": f"a{n % 7}@b.se"}
        for n in range(300)
    ]  # fmt: skip
    with Session(engine) as session:
        import_subscribers(session, rows)
        at_once = tables_in(session)
        erase_subscribers(session, [row["id"] for row in rows])
        assert not tables_in(session)["match_key"]
        monkeypatch.setattr(importing, "_MANY_TIMES", float("inf"))
        import_subscribers(session, rows)
        assert tables_in(session) == at_once
        assert_in_step(session)


def test_a_base_that_is_small_beside_the_file_also_fills_at_once(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "_CHUNK_ROWS", 20)
    file = file_of(tmp_path, 100, "Gamla")
    with Session(engine) as session:
        import_subscribers(
            session, [{"id": "S7", "name": "Anna Ek", "street": "Nya 7"}, {"id": "S3", "name": "Eva Ek"}]
        )
        session.commit()
    with Session(engine) as session, pytest.raises(KilledError):
        import_file(session, file, chosen={}, told=killed_after(60))
    with Session(engine) as session:
        assert session.exec(select(func.count()).select_from(Subscriber)).one() == 2
        report = import_file(session, file, chosen={})
        assert (report.new, report.changed, report.aliases) == (98, 2, 2)
        assert_in_step(session)


def test_rows_folded_on_other_processors_are_the_same_rows(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "_CHUNK_ROWS", 20)
    monkeypatch.setattr(folding, "_WORTH_IT_ROWS", 1)
    with Session(engine) as session:
        report = import_file(session, file_of(tmp_path, 400, "Gamla"), chosen={})
        assert report.new == 400
        assert_in_step(session)
        monkeypatch.undo()
        assert import_file(session, file_of(tmp_path, 400, "Gamla"), chosen={}).unchanged == 400


def test_a_refresh_that_is_cut_off_leaves_whole_subscribers_and_is_finished_by_the_next(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "_CHUNK_ROWS", 20)
    with Session(engine) as session:
        import_file(session, file_of(tmp_path, 100, "Gamla"), chosen={})
    moved = file_of(tmp_path, 100, "Nya")
    with Session(engine) as session, pytest.raises(KilledError):
        import_file(session, moved, chosen={}, told=killed_after(60))
    with Session(engine) as session:
        assert_in_step(session)
        report = import_file(session, moved, chosen={})
        assert (report.changed, report.unchanged, len(aliases_in(session))) == (40, 60, 100)
        assert_in_step(session)


def test_only_a_whole_base_makes_those_it_misses_inactive(engine: Engine, tmp_path: Path) -> None:
    whole, part = file_of(tmp_path, 6, "Gamla"), tmp_path / "part.csv"
    lines = whole.read_text().splitlines()
    # S4 stands there in a row that cannot be used: a broken row is no reason to take anybody out.
    part.write_text("\n".join([*lines[:4], f"{lines[5]},surplus"]))

    def inactive() -> list[str]:
        with Session(engine) as session:
            return sorted(session.exec(select(Subscriber.id).where(col(Subscriber.active).is_(False))))

    for file, replace, gone in ((whole, True, []), (part, False, []), (part, True, ["S3", "S5"]), (whole, True, [])):
        with Session(engine) as session:
            report = import_file(session, file, chosen={}, replace=replace)
        assert inactive() == gone
        assert report.made_inactive == len(gone)


def test_an_unreadable_place_is_told_by_its_line_before_anything_is_stored(engine: Engine, tmp_path: Path) -> None:
    file = file_of(tmp_path, 10, "Gamla")
    file.write_text(file.read_text() + '\nS11,"' + "x" * 200_000)
    with Session(engine) as session, pytest.raises(TableError, match=r"line 12: not a CSV table"):
        import_file(session, file, chosen={})
    with Session(engine) as session:
        assert session.exec(select(func.count()).select_from(Subscriber)).one() == 0
