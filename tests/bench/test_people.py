import csv
from collections import Counter

import numpy as np
import pytest

from bench.people.__main__ import write
from bench.people.population import CHUNK, COLUMNS, Population
from matching.contact import fold_phone, has_check_digit

ROWS = 6000


@pytest.fixture(scope="module")
def population(countries):
    return Population(ROWS, 3, countries)


@pytest.fixture(scope="module")
def columns(population):
    return population.chunk(0).columns


def shares(columns, *names):
    return Counter(zip(*(columns[name].tolist() for name in names), strict=True))


def test_the_same_seed_gives_the_same_people_and_another_seed_others(population, columns, countries):
    again = Population(ROWS, 3, countries).chunk(0).columns
    assert all((again[name] == columns[name]).all() for name in COLUMNS)
    assert (Population(ROWS, 4, countries).chunk(0).columns["last_name"] != columns["last_name"]).mean() > 0.9


def test_a_chunk_does_not_depend_on_the_size_of_the_base(countries):
    small, large = Population(CHUNK + 10, 3, countries), Population(CHUNK * 3, 3, countries)
    assert (small.chunk(0).columns["email"] == large.chunk(0).columns["email"]).all()
    assert (small.chunks, len(small.chunk(1))) == (2, 10)


def test_ids_and_customer_numbers_are_unique_and_have_their_check_digit(columns):
    assert len(set(columns["id"])) == len(set(columns["customer_number"])) == ROWS
    assert all(has_check_digit(number) for number in columns["customer_number"][:500])


def test_phones_are_valid_and_shared_only_within_households_and_contracts(columns):
    phones = [phone for phone in columns["phone"].tolist() if phone]
    assert all(fold_phone(phone) == phone for phone in phones[:300])
    assert 0.96 < len(phones) / ROWS < 0.98
    assert 0.02 < 1 - len(set(phones)) / len(phones) < 0.06


def test_people_live_together_under_one_name_in_households_of_one_to_five(columns):
    homes = shares(columns, "last_name", "street", "house_number", "postcode")
    alone = sum(1 for count in homes.values() if count == 1)
    assert 0.2 < alone / ROWS < 0.6
    assert max(homes.values()) >= 4


def test_common_names_are_common_and_most_names_are_rare(columns):
    names = Counter(columns["last_name"].tolist())
    assert {name for name, _ in names.most_common(5)} & {"Johansson", "Andersson", "Karlsson", "Nilsson", "Müller"}
    assert sum(1 for count in names.values() if count <= 2) > len(names) / 2


def test_one_row_in_a_hundred_is_another_row_of_somebody_already_there(population):
    people = population.chunk(0)
    repeated = len(people) - len(np.unique(people.person))
    assert 0.006 < repeated / ROWS < 0.015
    index = int(np.flatnonzero(people.person != np.arange(len(people)))[0])
    assert len(people.rows_of_same_person(index)) >= 2


def test_some_children_are_called_like_their_parent_and_some_are_twins(columns):
    whole = shares(columns, "first_name", "last_name", "street", "house_number", "postcode")
    twins = shares(columns, "last_name", "birth_date", "street", "house_number", "postcode")
    assert sum(1 for count in whole.values() if count > 1) > 5
    assert sum(1 for (_, born, *_), count in twins.items() if born and count > 1) > 5


def test_the_written_base_has_a_line_for_every_row(population, tmp_path):
    write(population, tmp_path / "base.csv")
    with (tmp_path / "base.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == ROWS
    assert rows[17] == population.chunk(0).row(17)


def test_people_beyond_the_last_chunk_are_not_in_the_base(population, columns):
    outside = population.chunk(population.chunks).columns
    assert not set(outside["phone"].tolist()) - {""} & set(columns["phone"].tolist())
