"""A blank form's boxes, combs, lines and words become fields, so that a new design takes minutes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from pdf2image import convert_from_path
from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from ocr.printing import print_forms
from ocr.template.checking import check_folder
from ocr.template.loading import load_template
from ocr.template.model import (
    Box,
    ChoiceField,
    CodeField,
    CombField,
    HandprintField,
    SignatureField,
    Template,
    TextField,
    TickField,
)
from ocr.template.starting import start_template

TEMPLATES = Path(__file__).parents[3] / "templates"
FORMS = Path(__file__).parents[4] / "shared/data/forms"


def started(blank: Path, folder: Path, language: str = "en") -> Template:
    """The design that is proposed for a blank, after it has passed the check."""
    start_template(blank, folder, language=language)
    assert check_folder(folder) == (1, [])
    return load_template(folder)


def drawn(folder: Path, draw: Callable[[Canvas], None]) -> Path:
    canvas = Canvas(str(folder / "blank.pdf"), pagesize=A4)
    draw(canvas)
    canvas.save()
    return folder / "blank.pdf"


def write(canvas: Canvas, x: float, y: float, text: str, size: float = 10) -> None:
    """Text whose baseline is `y` mm from the top."""
    canvas.setFont("Helvetica", size)
    canvas.drawString(x * mm, (297 - y) * mm, text)


def box(canvas: Canvas, x: float, y: float, w: float, h: float) -> None:
    canvas.rect(x * mm, (297 - y - h) * mm, w * mm, h * mm)


def line(canvas: Canvas, x: float, y: float, right: float) -> None:
    canvas.line(x * mm, (297 - y) * mm, right * mm, (297 - y) * mm)


def places(template: Template) -> Iterator[tuple[str, Box]]:
    for name, field in template.fields.items():
        if isinstance(field, CodeField):
            yield from (("code", place) for place in field.boxes)
        elif isinstance(field, ChoiceField):
            yield from (("tick", option.box) for option in field.options.values())
        elif isinstance(field, TextField | HandprintField):
            # an address that is printed for a person leaves nothing on a blank
            if isinstance(field, HandprintField) or field.line or not field.prefill:
                yield "writing", field.box
        else:
            yield field.kind, template.fields[name].box  # type: ignore[union-attr]


def same(one: tuple[str, Box], other: tuple[str, Box]) -> bool:
    (kind, a), (known, b) = one, other
    shared = [max(0.0, min(a[i] + a[i + 2], b[i] + b[i + 2]) - max(a[i], b[i])) for i in (0, 1)]
    union = a[2] * a[3] + b[2] * b[3] - shared[0] * shared[1]
    return kind == known and shared[0] * shared[1] / union > 0.5


@pytest.mark.parametrize("language", ["en", "de", "sv"])
@pytest.mark.parametrize("name", ["feedback-card", "renewal-card", "retention-offer", "withdrawal"])
def test_every_field_of_a_shipped_design_is_proposed_and_nothing_else(name: str, language: str, tmp_path: Path) -> None:
    design = load_template(TEMPLATES / name)
    print_forms(design, [], language=language, out=tmp_path / "blank.pdf")
    proposed = list(places(started(tmp_path / "blank.pdf", tmp_path / "form", language)))
    wanted = list(places(design))
    assert [place for place in wanted if not any(same(place, other) for other in proposed)] == []
    assert [place for place in proposed if not any(same(place, other) for other in wanted)] == []


def test_a_signature_line_is_proposed_besides_the_fields_that_a_pdf_declares(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        write(canvas, 20, 48, "Given name")
        canvas.acroForm.textfield(name="given", x=50 * mm, y=247 * mm, width=60 * mm, height=6 * mm)
        line(canvas, 20, 90, 80)
        write(canvas, 22, 93, "Unterschrift", 9)

    fields = started(drawn(tmp_path, draw), tmp_path / "form", "de").fields
    assert {name: field.kind for name, field in fields.items()} == {"given": "text", "signature": "signature"}


def test_print_labels_the_buttons_and_the_date_of_a_form_with_declared_fields(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        write(canvas, 20, 45, "Choose your plan")
        for value, x, label in (("a", 20, "Basic plan"), ("b", 80, "Large plan")):
            canvas.circle((x + 2.5) * mm, 242.5 * mm, 2.2 * mm)
            canvas.acroForm.radio(
                name="plan", value=value, x=x * mm, y=240 * mm, size=5 * mm, borderWidth=0, fillColor=None
            )
            write(canvas, x + 7, 56, label)
        canvas.acroForm.checkbox(name="news", x=20 * mm, y=220 * mm, size=5 * mm)
        write(canvas, 27, 76, "Send me news")
        line(canvas, 20, 120, 80)
        write(canvas, 20, 124, "Date", 9)

    fields = started(drawn(tmp_path, draw), tmp_path / "form").fields
    plan, news = fields["plan"], fields["news"]
    assert isinstance(plan, ChoiceField)
    assert (plan.label, plan.shape) == ("Choose your plan", "circle")
    assert [option.label for option in plan.options.values()] == ["Basic plan", "Large plan"]
    assert (news.kind, news.label) == ("tick", "Send me news")
    assert (fields["date"].kind, fields["date"].role) == ("handprint", "date")


def test_lists_side_by_side_under_one_heading_are_one_choice(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        write(canvas, 20, 45, "My new plan")
        for x, y, label in ((20, 50, "Small"), (20, 58, "Medium"), (110, 50, "Large"), (110, 58, "Huge")):
            box(canvas, x, y, 4, 4)
            write(canvas, x + 7, y + 3.5, label)
        for x, heading in ((20, "Paper bills"), (110, "Paid by")):
            write(canvas, x, 85, heading)
            for y, label in ((90, heading + " one"), (98, heading + " two")):
                box(canvas, x, y, 4, 4)
                write(canvas, x + 7, y + 3.5, label)

    fields = started(drawn(tmp_path, draw), tmp_path / "form").fields
    options = {name: set(field.options) for name, field in fields.items() if isinstance(field, ChoiceField)}
    assert options == {
        "my_new_plan": {"small", "medium", "large", "huge"},
        "paper_bills": {"paper_bills_one", "paper_bills_two"},
        "paid_by": {"paid_by_one", "paid_by_two"},
    }


def test_words_left_of_a_line_name_it_rather_than_an_option_above(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        for y, label in ((123, "Small"), (132, "Medium, twenty gigabytes")):
            box(canvas, 20, y, 5, 5)
            write(canvas, 28, y + 4, label)
        write(canvas, 20, 152, "Street")
        line(canvas, 55, 152.5, 180)

    fields = started(drawn(tmp_path, draw), tmp_path / "form").fields
    assert [field.role for field in fields.values() if field.kind == "handprint"] == ["street"]


def test_of_two_labels_left_of_a_line_the_one_that_stands_on_it_names_the_field(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        write(canvas, 20, 31.5, "Sender", 8)
        write(canvas, 20, 35.5, "Name", 9)
        line(canvas, 44, 36, 124)

    assert set(started(drawn(tmp_path, draw), tmp_path / "form").fields) == {"name"}


def test_lines_become_fields_with_what_their_labels_mean(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        for y, label in ((50, "First name"), (65, "E-mail"), (80, "Telephone"), (95, "Town")):
            write(canvas, 20, y, label)
            line(canvas, 50, y, 130)
        line(canvas, 20, 140, 90)
        write(canvas, 20, 145, "Signature of the customer", 8)

    fields = started(drawn(tmp_path, draw), tmp_path / "form").fields
    assert {name: field.role for name, field in fields.items()} == {
        "first_name": "first_name", "e_mail": "email", "telephone": "phone", "town": "city", "signature": "signature",
    }  # fmt: skip
    assert isinstance(fields["signature"], SignatureField)
    email = fields["e_mail"]
    assert isinstance(email, HandprintField)
    assert (email.charset, email.rules) == ("email", ("email",))
    assert email.box[1] + email.box[3] == pytest.approx(65, abs=0.3)


@pytest.mark.parametrize(
    ("language", "label", "role"),
    [("de", "Geburtsdatum", "birth_date"), ("de", "PLZ", "postcode"), ("sv", "Efternamn", "last_name"),
     ("sv", "Telefon", "phone"), ("de", "Straße", "street"), ("sv", "Postort", "city")],
)  # fmt: skip
def test_labels_are_understood_in_the_languages_of_our_mailings(
    language: str, label: str, role: str, tmp_path: Path
) -> None:
    def draw(canvas: Canvas) -> None:
        write(canvas, 20, 50, label)
        for cell in range(8):
            box(canvas, 20 + 6 * cell, 52, 6, 8)

    (field,) = started(drawn(tmp_path, draw), tmp_path / "form", language).fields.values()
    assert isinstance(field, CombField)
    assert (field.cells, field.role, field.label) == (8, role, label)
    assert field.box == pytest.approx((20, 52, 48, 8), abs=0.2)


def test_a_comb_of_short_strokes_on_a_line_has_its_cells_counted(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        write(canvas, 20, 49, "Customer number")
        line(canvas, 20, 60, 70)
        for tooth in range(11):
            canvas.line((20 + 5 * tooth) * mm, 237 * mm, (20 + 5 * tooth) * mm, 240 * mm)

    (field,) = started(drawn(tmp_path, draw), tmp_path / "form").fields.values()
    assert isinstance(field, CombField)
    assert (field.cells, field.role) == (10, "customer_number")


def test_boxes_in_a_list_are_one_choice_and_a_consent_is_its_own_tick(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        write(canvas, 20, 50, "How do you want to pay?")
        for row, label in enumerate(("Invoice", "Card", "Direct debit")):
            box(canvas, 20, 55 + 8 * row, 4, 4)
            write(canvas, 26, 58.5 + 8 * row, label)
        box(canvas, 20, 79, 4, 4)
        write(canvas, 26, 82.5, "I agree to the terms")

    fields = started(drawn(tmp_path, draw), tmp_path / "form").fields
    choice, consent = fields["how_do_you_want_to"], fields["i_agree_to_the_terms"]
    assert isinstance(choice, ChoiceField)
    assert list(choice.options) == ["invoice", "card", "direct_debit"]
    assert isinstance(consent, TickField)
    assert consent.role == "consent"


def test_rows_of_yes_and_no_are_a_choice_each(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        for row, question in enumerate(("Are you satisfied?", "Will you stay?")):
            y = 50 + 10 * row
            write(canvas, 20, y, question)
            for x, label in ((80, "Yes"), (110, "No")):
                box(canvas, x, y - 3.5, 4, 4)
                write(canvas, x + 6, y, label)

    fields = started(drawn(tmp_path, draw), tmp_path / "form").fields
    assert {name: list(field.options) for name, field in fields.items() if isinstance(field, ChoiceField)} == {
        "are_you_satisfied": ["yes", "no"],
        "will_you_stay": ["yes", "no"],
    }


def test_a_rectangle_with_its_label_inside_is_a_field_below_the_label(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        box(canvas, 20, 50, 80, 14)
        write(canvas, 21, 53.5, "Last name", 7)
        box(canvas, 20, 80, 150, 40)
        write(canvas, 20, 78, "Comments")

    fields = started(drawn(tmp_path, draw), tmp_path / "form").fields
    assert {name: field.role for name, field in fields.items()} == {"last_name": "last_name", "comments": "comment"}
    name, comment = fields["last_name"], fields["comments"]
    assert isinstance(name, HandprintField)
    assert isinstance(comment, HandprintField)
    assert name.box[1] > 53
    assert comment.lines == 4


def test_bubbles_in_rows_become_a_grid(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        write(canvas, 20, 40, "Blacken one circle in each row.")
        for row in range(12):
            write(canvas, 20, 60 + 7 * row, f"{row + 1}.")
            for column, letter in enumerate("ABCD"):
                canvas.circle((33 + 8 * column) * mm, (297 - 59 - 7 * row) * mm, 2 * mm)
                write(canvas, 32.3 + 8 * column, 59.9 + 7 * row, letter, 6)

    template = started(drawn(tmp_path, draw), tmp_path / "form")
    assert list(template.fields) == [f"q{number}" for number in range(1, 13)]
    last = template.fields["q12"]
    assert isinstance(last, ChoiceField)
    assert last.mark == "fill"
    assert last.options["D"].box == pytest.approx((55, 134, 4, 4), abs=0.6)


def test_headings_logos_and_separators_are_no_fields(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        write(canvas, 20, 30, "OUR COOPERATIVE WORLD", 28)
        write(canvas, 20, 60, "Looking for good food? Book a room for Bob, too.")
        line(canvas, 20, 80, 190)
        write(canvas, 20, 100, "A heading that is underlined", 14)
        line(canvas, 20, 100.8, 82)

    template = started(drawn(tmp_path, draw), tmp_path / "form")
    assert list(template.fields) == ["example"]


def test_a_scan_of_a_blank_is_read_by_its_print(tmp_path: Path) -> None:
    print_forms(load_template(TEMPLATES / "renewal-card"), [], language="en", out=tmp_path / "blank.pdf")
    picture = np.array(convert_from_path(tmp_path / "blank.pdf", dpi=300, grayscale=True)[0])
    Image.fromarray(picture).save(tmp_path / "scan.png", dpi=(300, 300))
    fields = started(tmp_path / "scan.png", tmp_path / "form").fields
    roles = {field.role for field in fields.values()}
    assert {"name", "customer_number", "phone", "birth_date", "date", "signature", "reference"} <= roles


@pytest.mark.skipif(not FORMS.is_dir(), reason="shared/data/forms is not beside this checkout")
def test_somebody_elses_questionnaire_needs_no_correction(tmp_path: Path) -> None:
    blank = FORMS / "formscanner/samples/Questionnaire/Questionnaire/Questionnaire.pdf"
    template = started(blank, tmp_path / "form")
    choices = {name: list(f.options) for name, f in template.fields.items() if isinstance(f, ChoiceField)}
    assert choices["are_you_female_or_male"] == ["female", "male"]
    assert len(choices["how_old_are_you"]) == 6
    assert choices["watching_movies_is_fun"] == ["strongly_agree", "agree", "disagree", "strongly_disagree"]
    assert choices["which_of_the_following_sources"] == [
        "newspapers", "tv", "radio", "magazines", "internet", "books",
    ]  # fmt: skip
    assert sum(isinstance(field, CodeField) for field in template.fields.values()) == 1
