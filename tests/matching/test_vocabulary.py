import pytest

from matching.vocabulary import Vocabulary

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
