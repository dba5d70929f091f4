import pytest
from sqlmodel import Session, delete, select

from matching import index
from matching.base import MatchWords, erase_subscribers, import_subscribers
from matching.lexicon import load_lexicon
from matching.model import COUNTED
from matching.reindexing import make_current
from matching.vocabulary import Forms, Vocabulary
from matching.words import load_words

BASE = [
    {"id": str(n), "name": name, "street": f"{street} {n}", "postcode": "12345"}
    for n, (name, street) in enumerate(
        [("Eva Andersson", "Storgatan"), ("Nils Andersson", "Ringvägen"), ("Åsa Quist", "Kyrkogatan"),
         ("Eva Lind", "Storgatan"), ("Per Lund-Ek", "Backen")]
    )
]  # fmt: skip

WORDS = Vocabulary(
    {"andersson": 3500, "andersen": 40, "lind": 300, "lund": 200, "quist": 1, "eva": 90, "kurfurstenanlage": 3}
)


def words(text, count=4):
    return [near.word for near in WORDS.near(text, count)]


def test_a_known_word_comes_first_and_costs_nothing():
    first = WORDS.near("lund")[0]
    assert (first.word, first.cost) == ("lund", 0.0)


@pytest.mark.parametrize(
    ("read", "meant"),
    [("anderson", "andersson"), ("anderssan", "andersson"), ("adnersson", "andersson"), ("quisf", "quist"),
     ("kurfur5tenaulage", "kurfurstenanlage")],
)  # fmt: skip
def test_a_misspelt_word_finds_the_word_that_was_meant(read, meant):
    assert words(read)[0] == meant


def test_of_two_words_as_near_the_commoner_one_is_likelier():
    assert words("lend")[:2] == ["lind", "lund"] and words("andersso")[0] == "andersson"


def test_short_words_are_taken_as_they_stand():
    assert words("evo") == []


def test_what_nobody_is_called_is_no_option():
    assert words("xylophon") == []


def test_common_words_are_told_from_rare_ones():
    assert WORDS.share("andersson") > 100 * WORDS.share("quist") > 0
    assert WORDS.share("neverseen") > 0


def options(words, asked):
    return {field: [words[field].near(word) for word in asked] for field in ("first", "last", "street")}


ASKED = ["anderson", "quisf", "lend", "storgata", "eva", "ringvagen"]


def test_stored_words_answer_as_those_made_from_the_counts_do(session: Session) -> None:
    import_subscribers(session, BASE)
    stored = load_words(session)
    session.execute(delete(MatchWords))
    made = load_words(session)
    assert options(stored, ASKED) == options(made, ASKED)
    assert options(stored, ASKED)["last"][1][0].word == "quist"
    for field in ("postcode", "birth_date", "last"):
        assert stored[field].share("12345") == made[field].share("12345")


def test_words_that_only_erased_subscribers_carried_are_stored_no_longer(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_subscribers(session, BASE)
    import_subscribers(session, [{**BASE[2], "name": "Åsa Ek"}])
    monkeypatch.setattr(index, "_RECOUNT_SHARE", 1.0)
    erase_subscribers(session, ["2"])
    session.expire_all()
    left = load_words(session)
    assert "quist" not in left["last"] and "kyrkogatan" not in left["street"] and "asa" not in left["first"]
    assert "storgatan" in left["street"] and "eva" in left["first"]
    assert left["last"].near("anderson")[0].word == "andersson"
    assert left["last"].near("quisf") == ()


def test_a_base_without_stored_words_is_asked_all_the_same(session: Session) -> None:
    import_subscribers(session, BASE)
    session.execute(delete(MatchWords))
    assert load_lexicon(session).words["last"].near("anderson")[0].word == "andersson"


def test_a_base_made_before_words_were_stored_gets_them_when_it_is_made_current(session: Session) -> None:
    import_subscribers(session, BASE)
    session.execute(delete(MatchWords))
    assert not make_current(session)
    assert {row.field for row in session.exec(select(MatchWords))} == COUNTED


def test_words_taken_out_take_their_forms_along() -> None:
    left = Forms.of(["andersson", "lind", "quist"]).without([1])
    made = Forms.of(["andersson", "quist"])
    assert [part.tolist() for part in left] == [part.tolist() for part in made]
