"""`export` and `verify`: what an auditor gets, and that every alteration is named."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import bagit
import pytest
from sqlmodel import Session, select

from bench.tamper import at_rest, missed_in_bags, missed_in_databases
from cases import ledger, waiting
from cases.answering import Attention, Office, answer, undo
from cases.audit import exporting
from cases.audit.bag import MANIFEST, TAGS
from cases.audit.checking import verify_bag
from cases.audit.evidence import ROWS
from cases.audit.exporting import export_bag
from cases.audit.scope import Scope
from cases.audit.tables import TABLES
from cases.database import engine_for, reading_session
from cases.links import canonical
from cases.models import Case, FieldReading, Response
from cases.settings import Settings
from cases.store import file_hash
from cases.tracking import PROVEN
from matching.matcher import Matcher
from ocr.template.loading import load_templates
from tests.commands.conftest import Cli

Alter = Callable[[Path], None]


@pytest.fixture
def data(processed: Path) -> Path:
    return processed


@pytest.fixture
def bag(cli: Cli, data: Path, batch: str, tmp_path: Path) -> Path:
    done = cli(data, "export", batch, "-o", tmp_path / "bag")
    assert done.exit_code == 0, done.stderr
    assert "4 documents" in done.stdout
    return tmp_path / "bag"


def original(bag: Path) -> Path:
    return max((bag / "data/documents").iterdir(), key=lambda path: path.stat().st_size)


def changed_original(bag: Path) -> None:
    with original(bag).open("ab") as file:
        file.write(b" ")


def removed_original(bag: Path) -> None:
    original(bag).unlink()


def added_file(bag: Path) -> None:
    (bag / "data/documents/extra.pdf").write_bytes(b"x")


def changed_ledger_and_manifest(bag: Path) -> None:
    """The forger also rewrites the manifest, so that only the chain gives them away."""
    table = bag / "data/ledger.jsonl"
    before, listed = file_hash(table), file_hash(bag / MANIFEST)
    lines = table.read_text().splitlines()
    lines[1] = canonical(json.loads(lines[1]) | {"subject": "4711"}).decode()
    table.write_text("\n".join(lines) + "\n")
    for manifest, old, changed in ((bag / MANIFEST, before, table), (bag / TAGS, listed, bag / MANIFEST)):
        manifest.write_text(manifest.read_text().replace(old, file_hash(changed)))


def removed_ledger_line(bag: Path) -> None:
    table = bag / "data/ledger.jsonl"
    lines = table.read_text().splitlines()
    table.write_text("\n".join(lines[:1] + lines[2:]) + "\n")


def test_an_untouched_bag_is_complete_wherever_it_is_carried(cli: Cli, bag: Path, tmp_path: Path) -> None:
    carried = shutil.copytree(bag, tmp_path / "elsewhere with spaces")
    done = cli(tmp_path / "no-data", "verify", carried)
    assert done.exit_code == 0, done.stderr
    assert "complete and unchanged" in done.stdout


@pytest.mark.parametrize(
    ("alter", "code", "where"),
    [
        (changed_original, "changed", "data/documents/"),
        (changed_original, "wrong-name", "data/documents/"),
        (removed_original, "missing", "data/documents/"),
        (added_file, "unexpected", "data/documents/extra.pdf"),
        (changed_ledger_and_manifest, "broken-ledger", "Event 2 is not as it was written"),
        (removed_ledger_line, "broken-ledger", "Event 2 does not follow"),
    ],
)
def test_an_altered_bag_is_refused_and_the_alteration_named(
    cli: Cli, bag: Path, alter: Alter, code: str, where: str
) -> None:
    alter(bag)
    done = cli(bag, "verify", bag)
    assert done.exit_code == 1
    assert [line for line in done.stderr.splitlines() if line.startswith(code) and where in line]
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["", "bagit.txt"])
def test_a_folder_that_is_no_bag_fails_with_a_sentence(cli: Cli, tmp_path: Path, name: str) -> None:
    if name:
        (tmp_path / name).write_text("BagIt-Version: 1.0\n")
    done = cli(tmp_path, "verify", tmp_path)
    assert done.exit_code == 1
    assert "holds no audit bag" in done.stderr


def content(bag: Path) -> dict[Path, bytes]:
    return {path.relative_to(bag): path.read_bytes() for path in bag.rglob("*") if path.is_file()}


def test_a_stock_validator_accepts_the_bag_and_the_same_export_gives_the_same_bytes(
    data: Path, batch: str, bag: Path, tmp_path: Path
) -> None:
    assert bagit.Bag(str(bag)).validate()
    export_bag(Settings(data=data), Scope(batch=batch), tmp_path / "again")
    ours, again = (
        {p.relative_to(b): p.read_bytes() for p in b.rglob("*") if p.is_file()} for b in (bag, tmp_path / "again")
    )
    assert ours == again


def test_the_bag_holds_what_arrived_the_pages_the_crops_the_design_and_every_table(bag: Path) -> None:
    inside = {path.relative_to(bag / "data").parts[0] for path in (bag / "data").rglob("*")}
    assert inside >= {
        "documents", "pages", "crops", "templates", "parquet", "datapackage.json", "summary.xlsx", "summary.pdf",
        "readings.jsonl", "matches.jsonl", "cases.jsonl", "edits.jsonl", "ledger.jsonl", "seals.jsonl",
        "openings.jsonl",
    }  # fmt: skip
    readings = [json.loads(line) for line in (bag / "data/readings.jsonl").read_text().splitlines()]
    assert {"value", "confidence", "threshold", "reader", "crop"} <= set().union(*readings)
    described = json.loads((bag / "data/datapackage.json").read_text())
    assert {one["path"] for one in described["resources"]} <= {
        path.relative_to(bag / "data").as_posix() for path in (bag / "data").rglob("*")
    }


def test_every_column_that_the_ledger_proves_is_described(bag: Path) -> None:
    proven = {str(table.__tablename__): table for table in PROVEN}
    for table, word in ROWS.items():
        model = proven[word]
        assert set(model.model_fields) - PROVEN[model] <= TABLES[table].keys(), table
    kinds = {"integer": int, "number": (int, float), "boolean": bool, "string": str, "object": dict, "array": list}
    for one in json.loads((bag / "data/datapackage.json").read_text())["resources"]:
        if one["format"] == "jsonl":
            columns = {column["name"]: column["type"] for column in one["schema"]["fields"]}
            for line in (bag / "data" / one["path"]).read_text("utf-8").splitlines():
                for name, value in json.loads(line).items():
                    assert columns[name] == "any" or isinstance(value, kinds[columns[name]]), (one["path"], name)


@pytest.fixture
def own(data: Path, tmp_path: Path) -> Settings:
    """A copy of the installation, to be changed."""
    return Settings(data=Path(shutil.copytree(data, tmp_path / "own")))


def answer_all(settings: Settings) -> None:
    """Eva answers every question, takes the last answer back, and answers again."""
    engine = engine_for(settings)
    took = Attention(2.5, 3, 0.8)
    with Session(engine, expire_on_commit=False) as session:
        matcher = Matcher(session, settings.matching)
        office = Office(settings, load_templates(settings.templates), matcher.match)
        for _ in range(2):
            for item in waiting.take(session, "eva", 20):
                word = "nobody" if item.kind == "match" else "unreadable"
                answer(session, office, item.id or 0, "eva", word, None, took)  # type: ignore[arg-type]
            undo(session, office, "eva")
    engine.dispose()


def test_every_case_is_drawn_again_from_readings_and_what_persons_said(
    own: Settings, batch: str, tmp_path: Path
) -> None:
    answer_all(own)
    export_bag(own, Scope(batch=batch), tmp_path / "bag")
    edits = (tmp_path / "bag/data/edits.jsonl").read_text().splitlines()
    assert any('"active_s":2.5' in line for line in edits)
    assert verify_bag(tmp_path / "bag") == []


def test_a_case_that_does_not_follow_is_named_though_the_ledger_has_it(
    own: Settings, batch: str, tmp_path: Path
) -> None:
    """Somebody inside changes a case with our own program: recorded, sealed and signed, and still not what follows."""
    engine = engine_for(own)
    with Session(engine) as session:
        case = session.exec(select(Case).where(Case.kind == "offer")).first()
        assert case is not None
        case.offer = "everything"
        session.add(case)
        session.commit()
    engine.dispose()
    export_bag(own, Scope(batch=batch), tmp_path / "bag")
    (finding,) = verify_bag(tmp_path / "bag")
    assert (finding.code, finding.sentence.endswith("from its readings and answers: offer.")) == ("broken-case", True)


def test_after_a_person_was_forgotten_old_and_new_bags_verify(
    own: Settings, batch: str, bag: Path, tmp_path: Path
) -> None:
    engine = engine_for(own)
    with Session(engine) as session:
        response = session.exec(select(Response)).first()
        assert response is not None
        for reading in session.exec(select(FieldReading).where(FieldReading.page_id == response.first_page_id)):
            reading.value, reading.alternatives = None, []
            session.add(reading)
        assert ledger.forget(session, [response.id or 0]) > 0
        session.commit()
    engine.dispose()
    export_bag(own, Scope(batch=batch), tmp_path / "new")
    assert verify_bag(tmp_path / "new") == []
    assert verify_bag(bag) == []


def test_a_bag_may_be_of_a_day_a_campaign_or_a_channel(cli: Cli, data: Path, batch: str, tmp_path: Path) -> None:
    day = f"{batch[2:6]}-{batch[6:8]}-{batch[8:10]}"
    for number, (option, value, count) in enumerate(
        [("--date", day, 4), ("--channel", "paper", 4), ("--campaign", "C26A", None)]
    ):
        out = tmp_path / str(number)
        done = cli(data, "export", option, value, "-o", out)
        assert done.exit_code == 0, done.stderr
        assert count is None or f"{count} documents" in done.stdout
        assert cli(data, "verify", out).exit_code == 0
    assert cli(data, "export", "--partner", "nobody", "-o", tmp_path / "none").exit_code == 2
    assert cli(data, "export", "-o", tmp_path / "none").exit_code == 2


def test_what_others_append_between_the_seal_and_the_moment_of_the_bag_is_sealed_too(
    own: Settings, batch: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[int] = []

    def late(settings: Settings) -> AbstractContextManager[Session]:
        opened.append(1)
        if len(opened) == 2:
            engine = engine_for(settings)
            with Session(engine) as session:
                ledger.record(session, "house:test:made", "", batch=batch)
                session.commit()
            engine.dispose()
        return reading_session(settings)

    monkeypatch.setattr(exporting, "reading_session", late)
    export_bag(own, Scope(batch=batch), tmp_path / "bag")
    assert len(opened) == 3
    assert verify_bag(tmp_path / "bag") == []


def test_sixty_random_changes_to_bags_and_databases_are_found(own: Settings, bag: Path) -> None:
    at_rest(own.data)
    made, missed = missed_in_bags(bag, 42, 1)
    made_there, missed_there = missed_in_databases(own.data, 18, 1)
    assert (made.total(), made_there.total(), missed, missed_there) == (42, 18, [], [])


def test_an_unknown_batch_is_wrong_use(cli: Cli, data: Path, tmp_path: Path) -> None:
    done = cli(data, "export", "B-19990101-0001", "-o", tmp_path / "bag")
    assert done.exit_code == 2
    assert "There is no batch B-19990101-0001" in " ".join(done.stderr.split())
    assert not (tmp_path / "bag").exists()


def test_a_folder_that_holds_something_is_not_written_into(cli: Cli, data: Path, batch: str, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    done = cli(data, "export", batch, "-o", tmp_path)
    assert done.exit_code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_an_export_into_a_place_that_cannot_be_written_is_a_sentence(
    cli: Cli, data: Path, batch: str, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("a file")
    done = cli(data, "export", batch, "-o", tmp_path / "file" / "bag")
    assert done.exit_code == 2
    assert "Traceback" not in done.stderr
