"""Which column of a delivery is which field: told with `--map`, else known by its usual names in three languages."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from matching.normalise import fold
from matching.tables import COLUMNS, Table, TableError, read_table

_USUAL = {
    "id": "subscriber id, subscriber, subscriber no, abonnent id, abonnentid, abonnentnummer, teilnehmer id, kund id, "
    "kundid, kunden id, kundenid, prenumerant id, abonnemangs id",
    "name": "full name, namn, fullständigt namn, fullt namn, vollständiger name, kundnamn, kundenname",
    "first_name": "given name, forename, firstname, fname, förnamn, tilltalsnamn, vorname, rufname",
    "last_name": "surname, family name, lastname, lname, efternamn, nachname, familienname, zuname",
    "street": "address, street address, address line 1, gata, gatuadress, adress, gatunamn, utdelningsadress, straße, "
    "strassenname, anschrift, adresse",
    "house_number": "house no, housenumber, street number, building number, husnummer, husnr, gatunummer, hausnummer, "
    "hausnr, haus nr",
    "postcode": "postal code, post code, zip, zip code, postnummer, postnr, postleitzahl, plz",
    "city": "town, post town, ort, postort, stad, stadt, wohnort",
    "country": "country code, land, landskod, länderkennzeichen, ländercode, landkod",
    "phone": "phone number, telephone, telephone number, mobile, mobile number, msisdn, cell, cell phone, telefon, "
    "telefonnummer, telefonnr, mobil, mobilnummer, mobilnr, mobiltelefon, handy, handynummer, rufnummer, "
    "mobilfunknummer, tel",
    "email": "e mail, mail, email address, e mail address, epost, e post, epostadress, e postadress, mejl, "
    "e mail adresse, mailadresse",
    "birth_date": "birthdate, date of birth, dob, birthday, birth day, födelsedatum, född, födelsedag, geburtsdatum, "
    "geburtstag, geb datum, gebdatum, geboren am",
    "customer_number": "customer no, customer nr, customer id, cust no, account number, account no, kundnummer, "
    "kundnr, kundennummer, kundennr, kunden nr, kontonummer",
    "active": "is active, aktiv, ist aktiv, är aktiv",
}


class ColumnError(TableError):
    """A header that cannot be understood; the text says what to give with --map."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each field stands: `places` are positions in `header`."""

    header: tuple[str, ...]
    places: Mapping[str, int]

    @property
    def headers(self) -> dict[str, str]:
        """Field to the column it is read from."""
        return {field: self.header[place] for field, place in self.places.items()}

    @property
    def unused(self) -> tuple[str, ...]:
        taken = set(self.places.values())
        return tuple(name for place, name in enumerate(self.header) if place not in taken)


def find_columns(header: Sequence[str], chosen: Mapping[str, str]) -> Columns:
    """The columns of a header; `chosen` (field to column) goes before what names suggest. Raises ColumnError."""
    places = {field: _chosen_place(field, column, header) for field, column in chosen.items()}
    found = _recognised([*header], set(places), set(places.values()))
    if doubt := _doubt(header, found):
        field, names, first = doubt
        raise ColumnError(f"{names} may each be {field}: name the right one, --map {field}={_shell(first)}")
    places.update((field, where[0]) for field, where in found.items())
    if "id" not in places:
        there = ", ".join(map(repr, header)) or "it is empty"
        raise ColumnError(f"the header has no column id; name it with --map id=COLUMN: {there}")
    return Columns(tuple(header), _surname(places, set(chosen)))


def read_people(path: Path) -> tuple[Table, tuple[str, ...]]:
    """A CSV file of people whose columns bear any of their usual names, by field, and the columns that are no field.

    Raises TableError as `read_table` does, and where two columns may be one field.
    """
    table = read_table(path, needed=())
    found = _recognised([*table.columns], set(), set())
    if doubt := _doubt(table.columns, found):
        field, names, _ = doubt
        raise ColumnError(f"{path}: {names} may each be {field}; call the right one {field} and leave the other out")
    places = _surname({field: where[0] for field, where in found.items()}, set())
    if "id" not in places:
        raise ColumnError(f"{path}: the header has no column id; its columns may be {', '.join(COLUMNS)}")
    fields = {table.columns[place]: field for field, place in places.items()}
    rows = tuple({fields.get(name, name): cell for name, cell in row.items()} for row in table.rows)
    unused = tuple(name for name in table.columns if name not in fields)
    return Table(tuple(fields.get(name, name) for name in table.columns), rows), unused


def _doubt(header: Sequence[str], found: Mapping[str, list[int]]) -> tuple[str, str, str] | None:
    """The first field that several columns may be, their names as a person reads them, and the first of them."""
    for field, where in found.items():
        if len(where) > 1:
            return field, " and ".join(f"'{header[place]}'" for place in where), header[where[0]]
    return None


def _recognised(header: list[str], told: set[str], taken: set[int]) -> dict[str, list[int]]:
    by_field: dict[str, list[int]] = defaultdict(list)
    for place, name in enumerate(header):
        field = _FIELD_OF.get(_squeeze(name))
        if field is not None and field not in told and place not in taken:
            by_field[field].append(place)
    # The product's own name for a field leaves no doubt beside a synonym.
    return {field: _own(field, header, places) or places for field, places in by_field.items()}


def _own(field: str, header: list[str], places: list[int]) -> list[int]:
    return [place for place in places if _squeeze(header[place]) == _squeeze(field)]


def _surname(places: dict[str, int], told: set[str]) -> dict[str, int]:
    # "Vorname; Name" is how German and Swedish lists head a given name and a surname.
    if "first_name" in places and "last_name" not in places and "name" in places and "name" not in told:
        places["last_name"] = places.pop("name")
    return places


def _chosen_place(field: str, column: str, header: Sequence[str]) -> int:
    if field not in COLUMNS:
        near = difflib.get_close_matches(field, COLUMNS, 1)
        hint = f" (did you mean {near[0]}?)" if near else ""
        raise ColumnError(f"--map {field}={column}: no field is called so{hint}; the fields are {', '.join(COLUMNS)}")
    for same in (str, str.casefold, _squeeze):
        hits = [place for place, name in enumerate(header) if same(name) == same(column)]
        if len(hits) == 1:
            return hits[0]
    raise ColumnError(f"--map {field}={column}: the file has no such column, but {', '.join(map(repr, header))}")


def _squeeze(name: str) -> str:
    return fold(name).replace(" ", "")


def _shell(name: str) -> str:
    return f"'{name}'" if " " in name else name


_FIELD_OF = {_squeeze(name): field for field, names in _USUAL.items() for name in names.split(", ")} | {
    _squeeze(field): field for field in COLUMNS
}
