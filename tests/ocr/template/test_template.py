"""Designs are data: errors name the place, and unsafe geometry is refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ocr.template.checking import check_folder
from ocr.template.loading import TemplateError, load_template, load_templates

TEMPLATES = Path(__file__).parents[3] / "templates"


def changed(folder: Path, old: str, new: str, name: str = "retention-offer") -> Path:
    target = folder / name
    shutil.copytree(TEMPLATES / name, target, dirs_exist_ok=True)
    text = (target / "form.yaml").read_text(encoding="utf-8")
    assert old in text
    (target / "form.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    return target


def problems(folder: Path) -> list[str]:
    return [f"{problem.field}: {problem.message}" for problem in check_folder(folder)[1]]


@pytest.mark.parametrize("name", sorted(path.parent.name for path in TEMPLATES.glob("*/form.yaml")))
def test_a_shipped_design_has_no_problem(name: str) -> None:
    assert problems(TEMPLATES / name) == []


def test_an_unknown_kind_is_refused_with_file_line_and_field(tmp_path: Path) -> None:
    folder = changed(tmp_path, "kind: tick", "kind: blob")
    line = (folder / "form.yaml").read_text().splitlines().index("    kind: blob") + 1
    with pytest.raises(TemplateError) as caught:
        load_template(folder)
    (problem,) = caught.value.problems
    assert (problem.file, problem.line, problem.field) == (folder / "form.yaml", line, "fields.consent.kind")
    assert "blob is unknown" in problem.message


def test_an_unknown_key_is_refused_on_its_own_line(tmp_path: Path) -> None:
    folder = changed(tmp_path, "    role: consent\n", "    role: consent\n    colour: red\n")
    line = (folder / "form.yaml").read_text().splitlines().index("    colour: red") + 1
    with pytest.raises(TemplateError) as caught:
        load_template(folder)
    assert [problem.line for problem in caught.value.problems] == [line]


def test_a_file_that_is_not_yaml_names_the_line(tmp_path: Path) -> None:
    folder = changed(tmp_path, "page: {size: A4}", "page: {size: A4")
    with pytest.raises(TemplateError, match="not YAML"):
        load_template(folder)


def test_two_designs_of_one_code_are_refused(tmp_path: Path) -> None:
    changed(tmp_path, "name: retention-offer", "name: twin")
    shutil.copytree(TEMPLATES / "retention-offer", tmp_path / "original")
    with pytest.raises(TemplateError, match="code RET1"):
        load_templates(tmp_path)


def test_two_designs_with_the_same_markers_are_refused(tmp_path: Path) -> None:
    folder = changed(tmp_path, "name: retention-offer\ncode: RET1", "name: twin\ncode: TWI1")
    shutil.copytree(TEMPLATES / "retention-offer", folder.parent / "original")
    with pytest.raises(TemplateError, match="ids"):
        load_templates(tmp_path)


def test_a_folder_without_designs_says_so(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=r"no form\.yaml"):
        load_templates(tmp_path)


def test_the_hash_changes_with_the_blank_picture(tmp_path: Path) -> None:
    folder = changed(tmp_path, "name: withdrawal", "name: withdrawal", "withdrawal")
    before = load_templates(folder).hash_of("withdrawal")
    (folder / "blank-en.png").write_bytes(b"another")
    assert load_templates(folder).hash_of("withdrawal") != before


def test_a_designs_own_list_comes_before_the_one_in_the_lists_folder(tmp_path: Path) -> None:
    folder = changed(tmp_path, "words: cities", "words: cities")
    lists = tmp_path / "lists"
    lists.mkdir()
    (lists / "cities.txt").write_text("Malmö\n", encoding="utf-8")

    def towns() -> tuple[str, ...]:
        templates = load_templates(folder, lists)
        words = templates.words_of("retention-offer", templates.by_name["retention-offer"].fields["new_city"])
        return words.values if words else ()

    assert towns() == ("Malmö",)
    before = load_templates(folder).hash_of("retention-offer")
    (folder / "cities.txt").write_text("Lund\t3\n", encoding="utf-8")
    assert towns() == ("Lund",)
    assert load_templates(folder).hash_of("retention-offer") != before


def test_a_broken_list_is_told_with_the_field_that_names_it(tmp_path: Path) -> None:
    folder = changed(tmp_path, "words: cities", "words: cities")
    (folder / "cities.txt").write_text("Lund\tmany\n", encoding="utf-8")
    with pytest.raises(TemplateError, match=r"fields\.new_city\.words: .*cities\.txt:1"):
        load_templates(folder)
