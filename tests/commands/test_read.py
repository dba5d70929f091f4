"""The command line's contract: one JSON line a page, later files still run, exit codes say how it went."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import typer
from PIL import Image
from typer.testing import CliRunner

from commands.read import read_command
from ocr.printing import print_forms
from ocr.reader import read_file
from ocr.readings import PageReading
from ocr.template.loading import load_templates

ROOT = Path(__file__).parents[2]
KEYS = {"file", "page", "template", "registered", "reason", "fields", "ms"}
FIELD_KEYS = {"kind", "value", "confidence", "status", "box", "alternatives"}
MALFORMED = ROOT.parent / "shared/data/malformed"


@pytest.fixture
def read():
    app = typer.Typer()
    app.command()(read_command)
    return lambda *args: CliRunner().invoke(app, [str(arg) for arg in args])


@pytest.fixture(scope="module")
def form(tmp_path_factory) -> Path:
    file = tmp_path_factory.mktemp("form") / "renewal.pdf"
    print_forms(load_templates(ROOT / "templates").by_name["renewal-card"], [], language="de", out=file)
    return file


def lines_of(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_every_page_is_one_json_object_with_the_promised_keys(read, form) -> None:
    result = read(form, "--json")
    assert result.exit_code == 0, result.output
    (page,) = lines_of(result)
    assert page.keys() >= KEYS
    assert (page["file"], page["page"], page["template"], page["registered"]) == (
        "renewal.pdf",
        1,
        "renewal-card",
        True,
    )
    assert page["reason"] is None
    for field in page["fields"].values():
        assert field.keys() >= FIELD_KEYS
        assert 0 <= field["confidence"] <= 1
        assert field["status"] in ("ok", "doubtful", "empty", "invalid")
        assert len(field["box"]) == 4
        assert all(isinstance(side, int) for side in field["box"])
    assert page["ms"].keys() >= {"open", "register", "codes", "text"}


def test_files_that_cannot_be_read_give_a_line_each_and_later_files_still_run(read, form, tmp_path) -> None:
    empty, text, gone = tmp_path / "empty.pdf", tmp_path / "text.pdf", tmp_path / "gone.tif"
    empty.write_bytes(b"")
    text.write_text("Dear Sir or Madam")
    result = read(form, empty, text, gone, tmp_path, form, "--json")
    assert result.exit_code == 1
    pages = lines_of(result)
    assert [page["registered"] for page in pages] == [True, False, False, False, False, True]
    assert [page["file"] for page in pages[1:4]] == ["empty.pdf", "text.pdf", "gone.tif"]
    assert all(page["reason"] and page["page"] == 1 and page["fields"] == {} for page in pages[1:5])


def test_a_strip_of_three_rows_is_a_page_that_is_no_form(read, form, tmp_path) -> None:
    Image.fromarray(np.full((3, 30_000), 255, np.uint8)).save(tmp_path / "strip.png")
    result = read(tmp_path / "strip.png", form, "--json")
    assert [page["registered"] for page in lines_of(result)] == [False, True]
    assert "none of the forms known here" in lines_of(result)[0]["reason"]


def test_a_file_that_stops_the_reader_is_a_line_with_a_reason_and_the_next_one_is_read(
    read, form, tmp_path, monkeypatch
) -> None:
    def poisoned(path: Path, *args: object, **options: object) -> Iterator[PageReading]:
        if path.name == "poison.pdf":
            raise ZeroDivisionError
        return read_file(path, *args, **options)

    monkeypatch.setattr("ocr.reader.read_file", poisoned)
    poison = shutil.copy(form, tmp_path / "poison.pdf")
    result = read(poison, form, "--json")
    assert result.exit_code == 1
    assert [page["registered"] for page in lines_of(result)] == [False, True]
    assert "stopped the reader (ZeroDivisionError)" in lines_of(result)[0]["reason"]


def test_a_name_that_is_no_utf_8_is_shown_in_utf_8(read, form, tmp_path) -> None:
    names = [os.fsdecode(b"Gr\xfc\xdfe.pdf"), os.fsdecode(b"weg\xe4.pdf")]
    shutil.copy(form, tmp_path / names[0])
    result = read(*(tmp_path / name for name in names), "--json")
    assert [json.loads(line)["file"] for line in result.stdout_bytes.splitlines()] == [
        "Gr\ufffd\ufffde.pdf",
        "weg\ufffd.pdf",
    ]


def test_beside_json_what_was_refused_is_said_on_stderr_too(read, form, tmp_path) -> None:
    Image.fromarray(np.full((1200, 900), 255, np.uint8)).save(tmp_path / "white.png")
    result = read(form, tmp_path / "white.png", tmp_path / "gone.tif", "--json")
    said = result.stderr.splitlines()
    assert [line.split(":")[0] for line in said] == ["white.png page 1", "gone.tif page 1"]


def test_a_page_that_is_no_form_gives_a_line_and_exit_code_1(read, tmp_path) -> None:
    Image.fromarray(np.full((1200, 900), 255, np.uint8)).save(tmp_path / "white.png")
    result = read(tmp_path / "white.png", "--json")
    (page,) = lines_of(result)
    assert (result.exit_code, page["registered"], page["template"]) == (1, False, None)
    assert page["reason"].endswith(".")


def test_people_get_one_line_a_field(read, form) -> None:
    result = read(form)
    assert "renewal.pdf page 1: renewal-card" in result.stdout
    assert "signature" in result.stdout


def test_the_template_can_be_fixed_and_another_one_refuses_the_page(read, form) -> None:
    assert read(form, "--template", "renewal-card").exit_code == 0
    other = read(form, "--template", "feedback-card", "--json")
    assert other.exit_code == 1
    assert lines_of(other)[0]["registered"] is False


def unwrapped(output: str) -> str:
    """Without the frame and the line breaks that a long path brings into a message."""
    return "".join(character for character in output if character not in "│\n ")


def test_wrong_use_is_told_in_words_with_exit_code_2(read, form, tmp_path) -> None:
    unknown = read(form, "--template", "nonsense")
    assert (unknown.exit_code, "renewal-card" in unwrapped(unknown.output)) == (2, True)
    nothing = read(form, "--templates", tmp_path)
    assert (nothing.exit_code, "form.yaml" in unwrapped(nothing.output)) == (2, True)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/form.yaml").write_text("name: mine\ncode: [1\n")
    broken = read(form, "--templates", tmp_path)
    assert (broken.exit_code, "form.yaml" in unwrapped(broken.output)) == (2, True)
    assert read().exit_code == 2


def test_templates_may_lie_anywhere(read, form, tmp_path) -> None:
    shutil.copytree(ROOT / "templates/renewal-card", tmp_path / "only")
    result = read(form, "--templates", tmp_path, "--json")
    assert lines_of(result)[0]["template"] == "renewal-card"


def test_crops_are_saved_a_picture_a_field(read, form, tmp_path) -> None:
    assert read(form, "--crops", tmp_path / "crops").exit_code == 0
    saved = {path.stem for path in (tmp_path / "crops/renewal.pdf").glob("*.png")}
    assert {"1-name", "1-term", "1-signature"} <= saved


def typed(tmp_path: Path) -> Path:
    from pdf2image import convert_from_path
    from PIL import ImageDraw, ImageFont

    from tests.ocr.conftest import FONT

    file = tmp_path / "withdrawal.pdf"
    print_forms(load_templates(ROOT / "templates").by_name["withdrawal"], [], language="en", out=file)
    page = convert_from_path(file, dpi=200, grayscale=True)[0]
    ImageDraw.Draw(page).text((780, 1130), "Ida Berg", font=ImageFont.truetype(FONT, 34), fill=20, anchor="lm")
    page.save(tmp_path / "typed.png")
    return tmp_path / "typed.png"


@pytest.mark.parametrize("missing", ["program", "model"])
def test_a_missing_tesseract_is_one_message_that_says_what_to_do(read, tmp_path, monkeypatch, missing) -> None:
    from ocr.fields.engine import engine

    file = typed(tmp_path)
    engine.cache_clear()
    if missing == "program":
        monkeypatch.setitem(sys.modules, "tesserocr", None)
        monkeypatch.setattr("pytesseract.pytesseract.tesseract_cmd", str(tmp_path / "no-tesseract"))
    else:
        monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path))
    result = read(file, file)
    engine.cache_clear()
    assert result.exit_code == 1
    assert result.stderr.count("apt install tesseract-ocr") == 1
    assert "cannot be opened" not in result.output


def test_broken_and_hostile_files_of_the_wild_each_end_in_words(read) -> None:
    if not MALFORMED.exists():
        pytest.skip("shared/data/malformed is not beside the checkout")
    found = [path for path in MALFORMED.rglob("*") if path.suffix in (".pdf", ".tif", ".tiff", ".png", ".jpg", ".fuzz")]
    files = sorted((path for path in found if path.stat().st_size < 20_000), key=lambda path: path.name)[::5]
    assert len(files) > 15
    result = read(*files, "--json")
    assert result.exception is None or isinstance(result.exception, SystemExit)
    pages = lines_of(result)
    assert {page["file"] for page in pages} == {file.name for file in files}
    assert all(page["registered"] or page["reason"] for page in pages)


def test_a_list_that_is_none_is_told_before_anything_is_read(read, form, tmp_path) -> None:
    (tmp_path / "cities.txt").write_text("Lund\tmany\n", encoding="utf-8")
    result = read(form, "--lists", tmp_path)
    assert result.exit_code == 2
    assert "cities.txt:1" in "".join(result.output.replace("│", "").split())
