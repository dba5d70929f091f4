"""`template check`, `new`, `schema` and `blank` as people call them: what they print and how they exit."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from commands.main import app

TEMPLATES = Path(__file__).parents[2] / "templates"


def template(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["template", *map(str, arguments)])


def copied(folder: Path, old: str, new: str, name: str = "retention-offer") -> Path:
    shutil.copytree(TEMPLATES / name, folder / name)
    form = folder / name / "form.yaml"
    text = form.read_text(encoding="utf-8")
    assert old in text
    form.write_text(text.replace(old, new), encoding="utf-8")
    return folder / name


def test_check_accepts_the_shipped_designs() -> None:
    result = template("check", TEMPLATES)
    assert (result.exit_code, result.stdout) == (0, "4 form(s) checked: nothing wrong.\n")


def test_check_tells_every_problem_on_stderr_and_exits_with_1(tmp_path: Path) -> None:
    folder = copied(tmp_path, "box: [84, 220, 102, 16]", "box: [184, 220, 102, 16]")
    copied(tmp_path, "kind: tick", "kind: blob", "feedback-card")
    result = template("check", tmp_path)
    assert result.exit_code == 1
    assert result.stdout == ""
    line = next(n for n, text in enumerate((folder / "form.yaml").open(encoding="utf-8"), 1) if "[184, 220" in text)
    assert f"{folder}/form.yaml:{line}: fields.signature.box: signature at [184, 220, 102, 16] leaves" in result.stderr
    assert "fields.consent.kind: blob is unknown" in result.stderr
    assert result.stderr.splitlines()[-1].endswith("of 2 form(s).")


@pytest.mark.parametrize("command", [("check",), ("blank",)])
def test_a_folder_that_is_not_there_is_wrong_use(command: tuple[str], tmp_path: Path) -> None:
    assert template(*command, tmp_path / "nowhere").exit_code == 2


def test_a_folder_without_forms_is_wrong_use(tmp_path: Path) -> None:
    result = template("check", tmp_path)
    assert result.exit_code == 2
    assert "no form.yaml" in result.stderr


def test_new_writes_a_design_that_check_accepts_and_never_overwrites_it(tmp_path: Path) -> None:
    assert CliRunner().invoke(app, ["print", "feedback-card", "-o", str(tmp_path / "blank.pdf")]).exit_code == 0
    made = template("new", tmp_path / "blank.pdf", "-o", tmp_path / "mine")
    assert (made.exit_code, made.stdout) == (0, f"{tmp_path}/mine/form.yaml\n")
    assert template("check", tmp_path / "mine").exit_code == 0
    assert template("new", tmp_path / "blank.pdf", "-o", tmp_path / "mine").exit_code == 2


def test_new_refuses_a_file_that_is_no_form(tmp_path: Path) -> None:
    (tmp_path / "letter.pdf").write_text("Dear Sirs")
    result = template("new", tmp_path / "letter.pdf", "-o", tmp_path / "mine")
    assert result.exit_code == 1
    assert "neither a PDF nor a picture" in result.stderr


def test_new_refuses_a_language_that_does_not_exist_before_it_writes(tmp_path: Path) -> None:
    CliRunner().invoke(app, ["print", "feedback-card", "-o", str(tmp_path / "blank.pdf")])
    result = template("new", tmp_path / "blank.pdf", "-o", tmp_path / "mine", "--language", "swedish")
    assert result.exit_code == 2
    assert not (tmp_path / "mine").exists()


def test_schema_is_json_for_editors() -> None:
    result = template("schema")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["properties"]["marks"]


def test_blank_draws_each_language_again(tmp_path: Path) -> None:
    folder = copied(tmp_path, "name: withdrawal", "name: withdrawal", "withdrawal")
    before = (folder / "blank-sv.png").read_bytes()
    (folder / "blank-sv.png").unlink()
    result = template("blank", folder)
    assert result.exit_code == 0
    assert result.stdout.split() == [f"{folder}/blank-{language}.png" for language in ("en", "de", "sv")]
    assert (folder / "blank-sv.png").read_bytes() == before


def test_blank_refuses_a_form_that_has_marks(tmp_path: Path) -> None:
    folder = copied(tmp_path, "name: retention-offer", "name: retention-offer")
    result = template("blank", folder)
    assert (result.exit_code, "has marks" in result.stderr) == (1, True)


@pytest.mark.parametrize("command", [("check", TEMPLATES), ("blank", TEMPLATES / "withdrawal")])
def test_missing_typefaces_name_the_package_to_install(
    command: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    import ocr.printing.fonts

    # the fault cannot be caused without removing system packages
    monkeypatch.setattr(ocr.printing.fonts, "_FOLDERS", (Path("/nowhere"), Path("/nowhere")))
    ocr.printing.fonts.font.cache_clear()
    try:
        result = template(*command)
    finally:
        ocr.printing.fonts.font.cache_clear()
    assert result.exit_code == 1
    assert "fonts-lato" in result.stderr


@pytest.mark.parametrize("command", ["check", "new", "schema", "blank"])
def test_the_help_of_a_command_ends_with_an_example(command: str) -> None:
    assert f"Example: ./replyflow template {command}" in template(command, "--help").stdout
