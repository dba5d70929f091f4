"""Printed text and signature fields: blank or written on, and printed lines that are neither."""

from __future__ import annotations

import pytest

import ocr.fields.text
from ocr.fields.engine import engine
from ocr.fields.signature import read_signature
from ocr.fields.text import read_writings
from ocr.fields.writing import prepare
from ocr.template.model import CombField, SignatureField, TextField

LINED = TextField(kind="text", box=(10, 10, 90, 9), line=True)
PREFILLED = TextField(kind="text", box=(10, 10, 90, 6), prefill="name")
SIGNATURE = SignatureField(kind="signature", box=(10, 10, 80, 16))


@pytest.fixture(params=[200, 300])
def sheet(paper, request):
    return paper((120, 60), request.param)


def ruled(sheet, level=19.0, slope=0.0, gray=120):
    return sheet.line((10, level), (100, level + slope), width=0.2, gray=gray)


def written(sheet, field):
    return prepare("f", field, sheet.image, sheet.matrix)


def read(sheet, field, models="deu swe"):
    return read_writings([(written(sheet, field), models)])[0]


@pytest.mark.parametrize("slope", [-0.35, 0.0, 0.35])
@pytest.mark.parametrize("level", [18.75, 19.0, 19.25])
def test_a_writing_line_a_little_off_its_place_is_not_writing(sheet, level, slope) -> None:
    assert written(ruled(sheet, level, slope), LINED).empty


def test_a_writing_line_torn_to_dashes_is_not_writing(sheet) -> None:
    for n in range(60):
        sheet.line((10 + n * 1.5, 18.8), (10.9 + n * 1.5, 18.8), width=0.2, gray=0)
    assert written(sheet, LINED).empty


def test_a_crease_through_an_empty_field_is_not_writing(sheet) -> None:
    assert written(ruled(sheet).line((0, 14), (120, 14.3), width=0.5, gray=170), LINED).empty


def test_specks_are_not_writing(sheet) -> None:
    for n in range(40):
        sheet.rect((11 + n * 2.1, 11 + n * 7 % 6, 0.3, 0.3), fill=True)
    assert written(sheet, LINED).empty


@pytest.mark.parametrize("text", ["1", "B 7", "ja"])
def test_a_short_word_on_the_line_is_writing(sheet, text) -> None:
    assert not written(ruled(sheet).type(text, 12, 15), LINED).empty


def test_typed_text_is_read_above_its_writing_line(sheet) -> None:
    reading = read(ruled(sheet).type("Sjövägen 54", 12, 15), LINED)
    assert (reading.value, reading.status) == ("Sjövägen 54", "ok")


def test_a_writing_line_that_the_letters_stand_on_is_not_read_as_letters(sheet) -> None:
    assert read(ruled(sheet, 16.6).type("Sjövägen 54", 12, 15), LINED).value == "Sjövägen 54"


@pytest.mark.parametrize(
    ("text", "models"), [("Götz Müller", "deu swe"), ("Jürgen Weiß", "deu"), ("Åsa Lindqvist", "deu swe")]
)
def test_umlauts_rings_and_sharp_s_are_read_also_when_faded(sheet, text, models) -> None:
    sheet.type(text, 12, 13, gray=160)
    reading = read(sheet, PREFILLED, models)
    assert (reading.value, reading.status) == (text, "ok")


@pytest.mark.parametrize("text", ["Åsa Ståhl", "90325 Umeå", "Erik Almén", "René Wolf"])
def test_rings_and_accents_that_the_first_model_lacks_are_read_by_the_second(sheet, text) -> None:
    reading = read(sheet.type(text, 12, 13), PREFILLED)
    assert text in [reading.value, *(other for other, _ in reading.alternatives)]
    assert reading.value == text or reading.status == "doubtful"


def test_the_second_model_reads_only_what_the_first_may_have_misread(sheet, paper, monkeypatch) -> None:
    asked, real = [], engine()

    class Counted:
        version = real.version

        def read_lines(self, lines, **how):
            asked.append((how["model"], len(lines)))
            return real.read_lines(lines, **how)

    monkeypatch.setattr(ocr.fields.text, "engine", Counted)
    ringed = paper((120, 60)).type("Åsa Ståhl", 12, 13)
    read_writings([(written(one, PREFILLED), "deu swe") for one in (sheet.type("Storgatan 12", 12, 13), ringed)])
    assert asked == [("deu", 2), ("swe", 1)]


def test_dots_stay_with_their_letters_when_specks_stand_around_them(sheet) -> None:
    field = TextField(kind="text", box=(10, 10, 90, 9), prefill="city")
    for x, y in ((46, 12.4), (60, 12.9), (70, 13.3), (11, 15), (50, 13.1)):
        sheet.rect((x, y, 0.2, 0.2), fill=True)
    assert read(sheet.type("Örebro Ängby", 12, 15), field).value == "Örebro Ängby"


def test_an_accent_no_model_can_tell_from_another_is_doubtful_with_both(sheet) -> None:
    reading = read(sheet.type("Ida Lindén", 12, 13), PREFILLED)
    assert reading.status == "doubtful"
    assert "Ida Lindën" in [text for text, _ in reading.alternatives]


@pytest.mark.parametrize("text", ["Ana Kočner", "Luka Petrović"])
def test_an_accent_that_no_model_can_spell_makes_the_name_doubtful(sheet, text) -> None:
    reading = read(sheet.type(text, 12, 13), PREFILLED)
    assert (reading.value == text, reading.status) == (False, "doubtful")


def test_a_date_is_read_and_one_that_cannot_exist_is_doubtful(sheet, paper) -> None:
    field = TextField(kind="text", box=(10, 10, 90, 9), line=True, charset="date")
    assert read(ruled(sheet).type("03.10.2026", 12, 15), field).status == "ok"
    other = paper((120, 60)).type("2026-92-25", 12, 15)
    assert read(other, field).status == "doubtful"


def test_two_lines_come_back_in_order(sheet) -> None:
    field = TextField(kind="text", box=(10, 10, 90, 18), lines=2, line=True)
    ruled(ruled(sheet, 19.0), 28.0).type("Tallstigen 41", 12, 15).type("75320 Uppsala", 12, 24)
    assert read(sheet, field).value == "Tallstigen 41\n75320 Uppsala"


@pytest.mark.parametrize(
    "stroke",
    [[(11, 13), (45, 13)], [(11, 14), (45, 12)], [(11, 12.6), (22, 13.4), (34, 12.8), (46, 13.3)]],
    ids=["level", "slanted", "wavy"],
)
def test_a_pen_stroke_through_a_printed_name_strikes_it_out(sheet, stroke) -> None:
    reading = read(sheet.type("Sven Nyström", 12, 13, height=3.9).line(*stroke), PREFILLED)
    assert reading.notes == ("struck_out",)
    assert reading.status == "doubtful"


@pytest.mark.parametrize("text", ["Sjövägen 54", "mmmmmmmmmmmm", "Zetterlund-Tell", "Nordtel Max", "EEEE FFFF"])
def test_print_that_nobody_touched_is_not_struck_out(sheet, text) -> None:
    import cv2

    sheet.type(text, 12, 13, height=3.9)
    sheet.image = cv2.GaussianBlur(sheet.image, (0, 0), 1.3)
    assert not written(sheet, PREFILLED).struck_out


def test_printed_cells_are_read_as_one_word_and_blank_cells_are_empty(sheet, paper) -> None:
    field = CombField(kind="comb", box=(10, 10, 48, 8), cells=8, charset="digits", prefill="customer_number")
    for cell in range(8):
        sheet.rect((10 + 6 * cell, 10, 6, 8), width=0.25).type("10372597"[cell], 11.9 + 6 * cell, 14, height=4.6)
    assert (read(sheet, field).value, read(sheet, field).status) == ("10372597", "ok")
    blank = paper((120, 60))
    for cell in range(8):
        blank.rect((10 + 6 * cell, 10, 6, 8), width=0.25)
    assert read(blank, field).status == "empty"


def test_fields_of_many_pages_keep_their_texts_apart(paper) -> None:
    words = ["Storgatan 1", "Norrgatan 22", "Kungsgatan 3"]
    writings = [(written(paper((120, 60)).type(word, 12, 13), PREFILLED), "swe") for word in words]
    writings.insert(1, (written(paper((120, 60)), PREFILLED), "swe"))
    assert [reading.value for reading in read_writings(writings)] == [words[0], "", *words[1:]]


def signed(sheet):
    return read_signature("signature", SIGNATURE, sheet.image, sheet.matrix)


@pytest.mark.parametrize("slope", [-0.3, 0.0, 0.3])
def test_a_signing_line_is_no_signature(sheet, slope) -> None:
    reading = signed(sheet.line((10, 26), (90, 26 + slope), width=0.25, gray=50))
    assert (reading.value, reading.status) == (False, "empty")


def test_strokes_are_a_signature_on_the_line_or_across_it(sheet, paper) -> None:
    loops = [(15 + 3 * n, 18 + (5 if n % 2 else -5)) for n in range(10)]
    assert (signed(sheet.line(*loops)).value, signed(sheet).status) == (True, "ok")
    across = [(x, y + 5) for x, y in loops]
    other = paper((120, 60)).line((10, 26), (90, 26), width=0.25, gray=50).line(*across)
    assert signed(other).value is True


def test_a_small_printed_word_in_the_box_is_no_signature(sheet) -> None:
    assert signed(sheet.type("Namn, datum", 12, 24, height=2.4)).value is False
