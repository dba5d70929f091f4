"""Files as other systems write them: headers in three languages, Parquet types, and what is odd in the rows."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from pathlib import Path

import phonenumbers
import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet
from sqlmodel import Session, select

from matching import contact
from matching.base import ImportReport, Subscriber, import_file
from matching.columns import ColumnError, find_columns
from matching.deliveries import open_delivery
from matching.tables import TableError
from matching.validation import CommonValues


@pytest.mark.parametrize(
    "header",
    [
        "Subscriber ID;Given Name;Surname;Street Address;House No.;ZIP;Town;Country;MSISDN;E-Mail;DOB;Customer No",
        "KUNDID;Förnamn;Efternamn;Gatuadress;Husnr;Postnr;Postort;Land;Mobilnummer;E-post;Födelsedatum;Kundnummer",
        "Kunden-ID;Vorname;Name;Straße;Hausnummer;PLZ;Ort;Land;Handy;E-Mail-Adresse;Geburtsdatum;Kundennr.",
        "id;first_name;last_name;street;house_number;postcode;city;country;phone;email;birth_date;customer_number",
    ],
)
def test_usual_headers_are_known(header: str) -> None:
    found = find_columns(header.split(";"), {})
    order = "id first_name last_name street house_number postcode city country phone email birth_date customer_number"
    assert sorted(found.places, key=found.places.__getitem__) == order.split()
    assert found.unused == ()


def test_a_column_told_goes_before_one_known_by_its_name() -> None:
    found = find_columns(["id", "Telefon", "MSISDN", "Segment"], {"phone": "msisdn"})
    assert found.headers == {"id": "id", "phone": "MSISDN"}
    assert found.unused == ("Telefon", "Segment")


def test_one_column_may_be_told_for_two_fields() -> None:
    found = find_columns(["Kundnummer", "Namn"], {"id": "Kundnummer", "customer_number": "Kundnummer"})
    assert found.headers == {"id": "Kundnummer", "customer_number": "Kundnummer", "name": "Namn"}


def test_the_own_name_of_a_field_leaves_no_doubt_beside_another() -> None:
    assert find_columns(["id", "mobile", "phone"], {}).headers["phone"] == "phone"


@pytest.mark.parametrize(
    ("header", "chosen", "said"),
    [
        (["id", "Telefon", "Mobil"], {}, r"'Telefon' and 'Mobil' may each be phone.*--map phone=Telefon"),
        (["Nummer", "Namn"], {}, r"no column id.*'Nummer', 'Namn'"),
        (["id"], {"fone": "id"}, r"no field is called so \(did you mean phone\?\)"),
        (["id", "Tel"], {"phone": "Telefax"}, r"no such column, but 'id', 'Tel'"),
        ([], {}, "it is empty"),
    ],
)
def test_a_header_that_cannot_be_understood_is_told(header: list[str], chosen: dict[str, str], said: str) -> None:
    with pytest.raises(ColumnError, match=said):
        find_columns(header, chosen)


def test_parquet_cells_of_any_type_become_what_a_csv_would_hold(tmp_path: Path, session: Session) -> None:
    table = pyarrow.table(
        {
            "Kundid": pyarrow.array([1, 2], pyarrow.int64()),
            "Namn": pyarrow.array(["Åsa Öberg", None]).dictionary_encode(),
            "Postnr": pyarrow.array([12345.0, None], pyarrow.float64()),
            "Födelsedatum": pyarrow.array([dt.date(1980, 1, 2), None]),
            "Aktiv": pyarrow.array([True, False]),
            "Ort": pyarrow.array(["Malmö".encode(), None], pyarrow.binary()),
            "Tariff": pyarrow.array([[1], [2]]),
        }
    )
    parquet.write_table(table, tmp_path / "base.parquet")
    report = import_file(session, tmp_path / "base.parquet", chosen={})
    assert (report.new, report.unused) == (2, ("Tariff",))
    rows = session.exec(select(Subscriber).order_by(Subscriber.id)).all()
    found = [(r.id, r.last_name, r.postcode, r.city, r.birth_date, r.active) for r in rows]
    assert found == [("1", "Öberg", "12345", "Malmö", "1980-01-02", True), ("2", "", "", "", "", False)]


def test_the_same_base_as_csv_and_as_parquet_is_the_same_base(tmp_path: Path, session: Session) -> None:
    rows = [{"id": f"S{n}", "name": f"Eva Ek{n}", "phone": f"07017406{n:02}"} for n in range(30)]
    parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "base.parquet", row_group_size=7)
    lines = ["id,name,phone", *(",".join(row.values()) for row in rows)]
    (tmp_path / "base.csv").write_text("\n".join(lines))
    assert import_file(session, tmp_path / "base.parquet", chosen={}).new == 30
    assert import_file(session, tmp_path / "base.csv", chosen={}).unchanged == 30


def test_a_broken_parquet_file_is_told(tmp_path: Path) -> None:
    parquet.write_table(pyarrow.table({"id": ["1"] * 1000}), tmp_path / "base.parquet")
    whole = (tmp_path / "base.parquet").read_bytes()
    (tmp_path / "base.parquet").write_bytes(whole[:-30])
    with pytest.raises(TableError, match="not a Parquet file"):
        open_delivery(tmp_path / "base.parquet", {})


def imported(tmp_path: Path, session: Session, text: str, **chosen: str) -> ImportReport:
    (tmp_path / "base.csv").write_text(text, encoding="utf-8")
    return import_file(session, tmp_path / "base.csv", chosen=chosen)


@pytest.mark.parametrize(
    ("column", "cell", "kind"),
    [
        ("name", "", "no-name"),
        ("name", "Eva 2", "name"),
        ("phone", "12345", "phone"),
        ("email", "eva.example.org", "email"),
        ("postcode", "1234", "postcode"),
        ("birth_date", "2.30.1980", "birth_date"),
        ("birth_date", "2079-01-01", "birth-date-future"),
        ("street", "KyrkvÃ¤gen 3", "damaged-text"),
    ],
)
def test_what_is_odd_is_counted_with_its_line(
    tmp_path: Path, session: Session, column: str, cell: str, kind: str
) -> None:
    columns = {"id": "S2", "name": "Eva Ek", column: cell}
    good = {"id": "S1", "name": "Åke Ãberg", column: "" if column != "name" else "Eva Ek"}
    lines = [",".join(row[name] for name in columns) for row in (good, columns)]
    report = imported(tmp_path, session, "\n".join([",".join(columns), *lines]))
    assert report.imported == 2
    assert [(f.kind, f.rows, f.examples) for f in report.findings] == [(kind, 1, ("3",))]


@pytest.mark.parametrize(
    ("country", "postcode"), [("NO", "0150"), ("GB", "SW1A 1AA"), ("SE", "SE-123 45"), ("", "12345")]
)
def test_postcodes_of_other_countries_are_not_odd(
    tmp_path: Path, session: Session, country: str, postcode: str
) -> None:
    assert imported(tmp_path, session, f"id,name,country,postcode\n1,Eva Ek,{country},{postcode}").findings == ()


def test_a_column_taken_for_the_wrong_field_is_told(tmp_path: Path, session: Session) -> None:
    rows = [f"S{n},Eva Ek,{n + 70000},Storgatan {n}" for n in range(40)]
    report = imported(tmp_path, session, "\n".join(["id,name,tele,addr", *rows]), phone="tele", email="addr")
    said = [(f.text, f.rows) for f in report.findings if f.kind == "mapping"]
    assert len(said) == 2
    assert said[0] == ("'tele', taken for the phone, does not look like one (--map names another)", 40)


def test_placeholders_shared_by_many_are_told(tmp_path: Path, session: Session) -> None:
    days = [dt.date(1950, 1, 1) + dt.timedelta(n) for n in range(200)]
    rows = [f"S{n},Eva Ek,070174{n:04},{day}" for n, day in enumerate(days)]
    rows += [f"T{n},Eva Ek,0700000000,1900-01-01" for n in range(60)]
    report = imported(tmp_path, session, "\n".join(["id,name,phone,birth_date", *rows]))
    told = {f.kind: f.examples for f in report.findings}
    assert told == {"shared-phone": ("+46700000000: at least 60",), "shared-birth-date": ("1900-01-01: 60",)}


def test_common_values_are_found_among_any_number_of_others() -> None:
    common = CommonValues()
    for first in range(0, 100_000, 2_000):
        common.add("placeholder" if n % 20 == 0 else f"value {n}" for n in range(first, first + 2_000))
    assert [value for value, _ in common.shared()] == ["placeholder"]
    assert common.shared()[0][1] <= 5_000


def test_a_line_of_the_report_never_holds_the_person(tmp_path: Path, session: Session) -> None:
    report = imported(tmp_path, session, "id,name,phone\nS1,Eva Öqvist,123\n,Nils Öqvist,123\n")
    assert "qvist" not in str((report.bad, report.findings))


DIGITS = st.text("0123456789", min_size=5, max_size=12)
DIALLED = st.one_of(
    st.builds(
        "".join, st.tuples(st.sampled_from(["+46", "+49", "0", "0046", "46", "+47", "07", "+467", "015"]), DIGITS)
    ),
    st.builds("".join, st.tuples(st.sampled_from(["070", "+4670", "08", "+4930", "030", "0151"]), DIGITS)),
)


def by_the_metadata(number: str, countries: tuple[str, ...]) -> str:
    for country in countries:
        with suppress(phonenumbers.NumberParseException):
            parsed = phonenumbers.parse(number, country)
            if phonenumbers.is_valid_number(parsed):
                return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return ""


@settings(max_examples=600, deadline=None)
@given(number=DIALLED)
def test_the_quick_way_to_fold_a_phone_says_what_the_metadata_say(number: str) -> None:
    for countries in (("SE", "DE"), ("DE", "SE"), ("NO", "SE")):
        assert contact.fold_phone(number, countries) == by_the_metadata(number, countries)
