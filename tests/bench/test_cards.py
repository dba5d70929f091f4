import random
from collections import Counter

import pytest

from bench.people.cards import ABSENT, make_cards
from bench.people.population import Population
from bench.people.reading import Pen, read
from bench.people.writing import Home, write

ROW = {
    "id": "S1", "first_name": "Lars Erik", "last_name": "Öberg-Lind", "street": "Storgatan", "house_number": "12 B",
    "postcode": "12345", "city": "Örebro", "country": "SE", "phone": "+46701234567", "email": "l@example.se",
    "birth_date": "1980-02-03", "customer_number": "107777773",
}  # fmt: skip
ELSEWHERE = Home("Ringvägen", "3", "54321", "Umeå")
ADDRESS = {"street", "house_number", "postcode", "city"}
NAMES = {"name", "first_name", "last_name"}


@pytest.fixture(scope="module")
def population(countries):
    return Population(6000, 3, countries)


def given(query):
    fields = (*ADDRESS, *NAMES, "phone", "email", "birth_date", "customer_number")
    return {field for field in fields if getattr(query, field)}


def test_a_fifth_of_the_senders_are_not_in_the_base(population):
    cards = make_cards(population, "mixed", 1500)
    senders = Counter(card.sender for card in cards)
    assert 0.16 < 1 - senders["subscriber"] / len(cards) < 0.24
    assert set(ABSENT) < set(senders)
    assert all(bool(card.right) == (card.sender == "subscriber") for card in cards)
    assert all(card.near in card.right for card in cards if card.right)


def test_each_kind_of_card_has_its_fields(population):
    for card in make_cards(population, "phone", 100):
        assert given(card.query) <= {"phone"}
    for card in (*make_cards(population, "address", 100), *make_cards(population, "mailed", 100)):
        assert given(card.query) <= ADDRESS | NAMES
    more = [given(card.query) - ADDRESS - NAMES for card in make_cards(population, "one-more", 100)]
    assert max(map(len, more)) == 1
    assert sum(map(len, more)) > 90


def test_the_same_seed_gives_the_same_cards_and_another_seed_others(population):
    first = make_cards(population, "mixed", 50)
    assert first == make_cards(population, "mixed", 50)
    assert {card.near for card in first} != {card.near for card in make_cards(population, "mixed", 50, seed=2)}


def test_a_steady_pen_is_read_as_written_and_a_shaky_one_with_alternatives():
    rng = random.Random(1)
    assert [text for text, _ in read("city", "Örebro", Pen(0), rng)] == ["Örebro"]
    ways = [read("city", "Herrljunga", Pen(0.2), rng) for _ in range(100)]
    assert 10 < sum(way[0][0] == "Herrljunga" for way in ways) < 60
    assert sum("Herrljunga" in dict(way) for way in ways) > sum(way[0][0] == "Herrljunga" for way in ways) + 10
    for way in ways:
        assert len(dict(way)) == len(way) <= 4
        assert sum(chance for _, chance in way) <= 1.001


def test_readings_confuse_what_looks_alike():
    rng = random.Random(1)
    seen = Counter(read("last_name", "rn0", Pen(0.5), rng)[0][0] for _ in range(300))
    assert any(text.startswith("m") for text in seen)
    assert any(text.endswith("O") for text in seen)


def test_people_write_otherwise_than_the_base_has_it():
    cards = [write(ROW, random.Random(seed), surname="Berg", home=ELSEWHERE) for seed in range(1500)]
    deeds = Counter(deed for _, did in cards for deed in did)
    assert {"moved", "initial", "half a double name", "swapped names", "no house number", "another phone"} <= set(deeds)
    assert {"second given name", "no umlauts", "no postcode", "swapped digits in phone"} <= set(deeds)
    streets = Counter(fields["street"] for fields, _ in cards)
    assert {"Storgatan", "Storg.", "Ringvägen"} <= set(streets)
    moved = next(fields for fields, did in cards if "moved" in did and "no house number" not in did)
    assert moved["house_number"].startswith("3")
    assert len({fields["phone"] for fields, did in cards if not {"another phone"} & set(did)}) >= 6
