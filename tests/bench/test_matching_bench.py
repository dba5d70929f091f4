from argparse import Namespace

import pytest

from bench import matching
from bench.answers import Answer
from bench.people.cards import Card
from bench.people.population import Population
from matching.query import Candidate, Match, Query

ASKED = Namespace(
    database="sqlite",
    seed=3,
    cards=1,
    noise=1.0,
    kinds=["mixed", "address", "mailed"],
    queries=70,
    scan=2,
    wrong=1,
    juniors=0.03,
)


@pytest.fixture
def measured(countries, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(matching, "Population", lambda rows, seed, juniors: Population(rows, seed, countries, juniors))
    bars = matching.measure(ASKED, 400, tmp_path)
    return bars, capsys.readouterr().out


def test_the_bench_finds_the_senders_of_a_small_base_and_holds_the_bars_against_what_it_saw(measured):
    bars, printed = measured
    held = {bar.name.split(" (")[0]: bar.held for bar in bars}
    assert held["nothing automatic, address"]
    assert held["wrong automatic, mixed and one-more, <= 1e-04"]
    assert "right one first" in printed
    assert "rapidfuzz process.extract ratio" in printed


def test_a_kept_base_is_not_built_again(countries, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(matching, "Population", lambda rows, seed, juniors: Population(rows, seed, countries, juniors))
    for _ in range(2):
        matching.measure(ASKED, 100, tmp_path)
    printed = capsys.readouterr().out
    assert printed.count("base built") == 1
    assert printed.count("base kept from an earlier run") == 1


def test_two_entries_of_one_person_count_together_and_two_of_a_household_do_not():
    found = tuple(Candidate(one, 0.49, 20.0, ()) for one in ("a", "b"))

    def chance(rule):
        card = Card(Query("q"), "mixed", "subscriber", frozenset({"a", "b"}), "a", ())
        return Answer(card, Match("q", "review", rule, found, ()), 0, 1.0, 1.0).probability

    assert (chance("duplicate"), chance("ambiguous")) == (0.98, 0.49)
