"""The maker of samples makes the same samples again, and each is what its name says."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import phonenumbers
import pytest

from cases.rules import Context
from cases.rules.postcode import postcode
from ocr.codes.finding import find_codes
from ocr.codes.reference import is_genuine, parse_reference
from ocr.page import Unreadable
from ocr.pages import open_pages
from samples.answers import Answers, answers
from samples.make import make, write_document
from samples.people import luhn_digit, people
from samples.plans import TROUBLES, Document, Sheet, documents
from samples.printing import Office, addressed, office
from samples.saving import bad_input

ROOT = Path(__file__).parents[2]
A_ROUND = 45


@pytest.fixture(scope="module")
def house() -> Office:
    return office(tuple(people(300, 4)))


@pytest.fixture(scope="module")
def post(house: Office) -> list[Document]:
    return list(documents(A_ROUND, 3, house.people))


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def one_of_each(post: list[Document]) -> Iterator[Document]:
    """The first document of every file format, piles cut to two pages."""
    seen = set()
    for document in sorted(post, key=lambda one: one.scan.dpi):
        kind = (document.scan.suffix, document.scan.degradation == "born-digital", len(document.sheets) > 1)
        if kind not in seen:
            seen.add(kind)
            yield replace(document, sheets=document.sheets[:2])


def given(sheet: Sheet, house: Office) -> Answers:
    template = house.templates.by_name[sheet.template]
    return answers(template, sheet, addressed(sheet, template, house), house.people[sheet.row])


def with_trouble(post: list[Document], trouble: str) -> Sheet:
    return next(sheet for document in post for sheet in document.sheets if sheet.trouble == trouble)


def test_the_same_seed_makes_the_same_bytes_in_every_format(
    tmp_path: Path, post: list[Document], house: Office
) -> None:
    chosen = list(one_of_each(post))
    suffixes = {document.scan.suffix for document in chosen}
    assert suffixes == {".pdf", ".png", ".webp", ".tif", ".jpg", ".heic"}
    first = [write_document(document, house, tmp_path / "a") for document in chosen]
    again = [write_document(document, house, tmp_path / "b") for document in chosen]
    assert first == again
    assert digests(tmp_path / "a") == digests(tmp_path / "b")


def test_the_files_that_are_no_forms_are_the_same_bytes_again(tmp_path: Path) -> None:
    assert bad_input(tmp_path / "a") != []
    bad_input(tmp_path / "b")
    assert digests(tmp_path / "a") == digests(tmp_path / "b")


def test_more_processes_make_the_same_files(tmp_path: Path) -> None:
    assert make(tmp_path / "a", 3, 5) == make(tmp_path / "b", 3, 5, jobs=2)
    assert digests(tmp_path / "a") == digests(tmp_path / "b")


def test_another_seed_makes_other_senders_and_answers(house: Office) -> None:
    assert list(documents(5, 1, house.people)) != list(documents(5, 2, house.people))


def test_every_trouble_occurs_within_a_round(post: list[Document]) -> None:
    assert {sheet.trouble for document in post for sheet in document.sheets} == {*TROUBLES, None}


@pytest.mark.parametrize(
    ("trouble", "filled"),
    [
        ("new-email", {"email"}),
        ("new-phone", {"phone"}),
        ("new-address", {"street", "postcode", "city"}),
        ("filled-pdf", {"phone", "email", "street", "postcode", "city", "date"}),
    ],
)
def test_corrections_fill_the_fields_that_their_name_says(
    post: list[Document], house: Office, trouble: str, filled: set[str]
) -> None:
    sheet = with_trouble(post, trouble)
    fields = house.templates.by_name[sheet.template].fields
    answered = given(sheet, house)
    written = {name for name, answer in answered.items() if answer.writing in ("hand", "typed")}
    assert {fields[name].role for name in written if fields[name].kind in ("comb", "handprint")} == filled
    changed = filled & {"phone", "email", "street"}
    before = house.people[sheet.row]
    assert all(answered[name].value != before[role] for name in written if (role := fields[name].role or "") in changed)


def test_a_pdf_filled_in_on_a_computer_comes_by_email_or_printed_and_is_typed(
    post: list[Document], house: Office
) -> None:
    filled = [document for document in post if document.sheets[0].trouble == "filled-pdf"]
    assert {(d.scan.folder, d.scan.degradation == "born-digital") for d in filled} == {
        ("email", True),
        ("paper", False),
    }
    combs = [one for d in filled for one in given(d.sheets[0], house).values() if one.kind == "comb"]
    assert {comb.writing for comb in combs} == {"typed"}


@pytest.mark.parametrize(("trouble", "count"), [("two-offers", 2), ("second-other-offer", 1), ("pencil", 1)])
def test_offers_ticked(post: list[Document], house: Office, trouble: str, count: int) -> None:
    offer = given(with_trouble(post, trouble), house)["offer"]
    assert isinstance(offer.value, list)
    assert len(offer.value) == count
    assert offer.pencil == (trouble == "pencil")


def test_what_is_scribbled_out_is_never_what_is_chosen(house: Office) -> None:
    sheets = [sheet for document in documents(6 * A_ROUND, 8, house.people) for sheet in document.sheets]
    taken_back = Counter()
    for sheet in sheets:
        for answer in given(sheet, house).values():
            assert not isinstance(answer.value, list) or not set(answer.over) & set(answer.value), sheet
            taken_back[sheet.trouble == "scribbled-out"] += bool(answer.over)
    assert taken_back[True] == sum(sheet.trouble == "scribbled-out" for sheet in sheets)
    assert taken_back[False] > 0


def test_unsigned_and_struck_sheets_say_so_in_the_truth(post: list[Document], house: Office) -> None:
    assert given(with_trouble(post, "unsigned"), house)["signature"].value is False
    assert given(with_trouble(post, "struck-name"), house)["name"].writing == "struck"


def test_only_the_forged_reference_bears_a_signature_that_is_not_ours(post: list[Document], house: Office) -> None:
    genuine = Counter()
    for sheet in (sheet for document in post for sheet in document.sheets if sheet.campaign):
        reference = addressed(sheet, house.templates.by_name[sheet.template], house).reference
        genuine[sheet.trouble == "forged-reference", is_genuine(reference, house.keys[sheet.campaign or ""])] += 1
    assert set(genuine) == {(True, False), (False, True)}


@pytest.mark.parametrize(
    ("trouble", "differing"),
    [("second-scan", set()), ("second-more", {"new_email"}), ("second-other-offer", {"offer"})],
)
def test_a_second_response_bears_the_first_ones_reference(
    post: list[Document], house: Office, trouble: str, differing: set[str]
) -> None:
    second = with_trouble(post, trouble)
    first = next(s for document in post for s in document.sheets if s.seed == second.seed and s.trouble is None)
    before, after = given(first, house), given(second, house)
    assert before["reference"] == after["reference"]
    assert {name for name in before if before[name].value != after[name].value} == differing


def test_no_other_two_sheets_come_from_one_sender(post: list[Document]) -> None:
    seeds_by_row: dict[int, set[str]] = {}
    for sheet in (sheet for document in post for sheet in document.sheets):
        seeds_by_row.setdefault(sheet.row, set()).add(sheet.seed)
    assert all(len(seeds) == 1 for seeds in seeds_by_row.values())


def test_withdrawals_bear_no_reference_and_every_field_is_filled(post: list[Document], house: Office) -> None:
    sheets = [document.sheets[0] for document in post if document.sheets[0].trouble == "withdrawal"]
    assert {sheet.typed for sheet in sheets} == {True, False}
    for sheet in sheets:
        assert addressed(sheet, house.templates.by_name["withdrawal"], house).reference.subscriber is None
        assert all(answer.value for answer in given(sheet, house).values())


def test_the_truncated_tiff_is_a_real_form_that_ends_too_early(tmp_path: Path) -> None:
    bad_input(tmp_path)
    cut = tmp_path / "9003-truncated.tif"
    (page,) = open_pages(cut)
    assert isinstance(page, Unreadable)
    assert page.code == "truncated"
    mended = tmp_path / "mended.tif"
    mended.write_bytes(cut.read_bytes() + b"\xff" * 200_000)
    (whole,) = open_pages(mended)
    assert not isinstance(whole, Unreadable)
    upscaled = cv2.resize(whole.image, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    assert "RF1.REN1" in {code.text for code in find_codes(upscaled, formats=("datamatrix",))}


def test_the_committed_subscribers_are_what_the_maker_makes() -> None:
    with (ROOT / "samples/subscribers.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.DictReader(file)) == list(people(2000, 1))


def test_customer_numbers_pass_their_check_digit() -> None:
    assert luhn_digit("7992739871") == "3"
    assert all(luhn_digit(p["customer_number"][:-1]) == p["customer_number"][-1] for p in people(50, 2))


def test_there_are_households_and_namesakes() -> None:
    everyone = list(people(2000, 1))
    names = [(p["first_name"], p["last_name"]) for p in everyone]
    homes = [(p["last_name"], p["street"], p["house_number"], p["postcode"]) for p in everyone]
    assert len(set(names)) < len(names)
    assert len(set(homes)) < len(homes)


def test_a_third_of_the_people_live_in_germany_and_all_keep_their_umlauts() -> None:
    everyone = list(people(2000, 1))
    shares = Counter(p["country"] for p in everyone)
    assert 0.25 < shares["DE"] / shares.total() < 0.4
    letters = {letter for p in everyone for letter in p["last_name"] + p["street"] + p["city"]}
    assert set("åäöüßÅÄÖ") <= letters


def test_every_phone_and_postcode_is_valid_in_its_country_and_no_phone_is_shared() -> None:
    everyone = list(people(2000, 1))
    numbers = [phonenumbers.parse(p["phone"]) for p in everyone]
    assert all(phonenumbers.is_valid_number(number) for number in numbers)
    assert {phonenumbers.region_code_for_number(n) for n in numbers} == {"SE", "DE"}
    assert len({p["phone"] for p in everyone}) == len(everyone)
    assert all(postcode(p["postcode"], Context(p["country"], None)) is None for p in everyone)  # type: ignore[arg-type]


def test_the_reference_names_the_sender_of_the_sheet(post: list[Document], house: Office) -> None:
    sheet = post[0].sheets[0]
    printed = parse_reference(str(given(sheet, house)["reference"].value))
    assert printed is not None
    assert printed.subscriber == house.people[sheet.row]["id"]
