"""What must hold of every decision, whatever the sender writes: properties, tried on many queries (Hypothesis)."""

import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine
from sqlmodel import Session, SQLModel

from matching.base import BASE_TABLES, import_subscribers
from matching.matcher import Mailed, Matcher
from matching.query import Evidence, query_of
from matching.score import Prior, posterior
from matching.settings import MatchSettings

GIVEN = ("Åsa", "Jörg", "Eva Maria", "Nils", "Søren", "Anna-Karin", "Zoë", "Lars")
LAST = ("Öberg", "Weiß", "Andersson", "von Öhrn-Lindqvist", "Müller", "Andersson")
STREETS = ("Storg.", "Västra Kyrkogatan", "Mühlstraße", "Ringvägen", "Storg.")
FIELDS = (
    "first_name", "last_name", "street", "house_number", "postcode", "city", "phone", "email", "birth_date",
    "customer_number",
)  # fmt: skip
ADDRESS = frozenset({"street", "house_number", "postcode", "city"})
SURER = {"none": 0, "review": 1, "auto": 2}


def person(n):
    """The n-th subscriber; every third lives with the one before, and some bear the same name."""
    home = n - (n % 3 == 2)
    return {
        "id": f"s{n:02d}",
        "first_name": GIVEN[n % len(GIVEN)],
        "last_name": LAST[home % len(LAST)],
        "street": STREETS[home % len(STREETS)],
        "house_number": f"{home % 9 + 1} B" if home % 4 == 0 else str(home % 9 + 1),
        "postcode": f"{111 + home % 7} {20 + home % 5}",
        "city": ("Malmö", "Göteborg", "Lübeck")[home % 3],
        "phone": f"070-174 {10 + home:02d} 05",
        "email": f"sender{n}@example.se" if n % 2 else "",
        "birth_date": f"19{40 + n % 50}-0{n % 9 + 1}-1{n % 7}",
        "customer_number": f"4000{1000 + 37 * n}",
    }


PEOPLE = [person(n) for n in range(60)]
TO_ALL = Mailed(len(PEOPLE), frozenset)
LISTS = st.sampled_from((None, TO_ALL))
many = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def session():
    engine = create_engine("sqlite://")
    SQLModel.metadata.create_all(engine, tables=BASE_TABLES)
    with Session(engine) as opened:
        import_subscribers(opened, PEOPLE)
        opened.commit()
        yield opened
    engine.dispose()


@pytest.fixture(scope="module")
def matcher(session):
    return Matcher(session)


@st.composite
def cards(draw):
    """Some fields of a subscriber; now and then one field is somebody else's."""
    row = draw(st.sampled_from(PEOPLE))
    kept = draw(st.sets(st.sampled_from(FIELDS), min_size=2))
    card = {"id": row["id"], **{field: row[field] for field in FIELDS if field in kept and row[field]}}
    if draw(st.booleans()):
        field = draw(st.sampled_from(sorted(kept)))
        card[field] = draw(st.sampled_from(PEOPLE))[field]
    return card


def decided(match):
    return match.verdict, match.rule, match.why, match.candidates


def rewritten(draw, text):
    """The same text as another hand, keyboard or system writes it."""
    case = draw(st.sampled_from((str, str.upper, str.lower, str.title, str.swapcase)))
    form = draw(st.sampled_from(("NFC", "NFD", "NFKC", "NFKD")))
    gap = draw(st.sampled_from((" ", "  ", "\t", "\u00a0")))
    edge = draw(st.sampled_from(("", " ", "\n")))
    return edge + unicodedata.normalize(form, case(text)).replace(" ", gap) + edge


@many
@given(card=cards(), mailed=LISTS, data=st.data())
def test_the_order_of_the_fields_never_changes_a_decision(matcher, card, mailed, data):
    other = dict(data.draw(st.permutations(sorted(card.items()))))
    assert decided(matcher.match(query_of(other), mailed)) == decided(matcher.match(query_of(card), mailed))


@many
@given(card=cards(), mailed=LISTS, data=st.data())
def test_letter_case_spacing_and_unicode_form_never_change_a_decision(matcher, card, mailed, data):
    other = {field: text if field == "id" else rewritten(data.draw, text) for field, text in card.items()}
    assert decided(matcher.match(query_of(other), mailed)) == decided(matcher.match(query_of(card), mailed))


@many
@given(row=st.sampled_from(PEOPLE), mailed=LISTS, data=st.data())
def test_a_decision_never_gets_surer_when_a_field_that_agrees_is_blanked(matcher, row, mailed, data):
    fields = data.draw(st.sets(st.sampled_from([field for field in FIELDS if row[field]]), min_size=2))
    blanked = data.draw(st.sampled_from(sorted(fields)))
    whole = {"id": row["id"], **{field: row[field] for field in fields}}
    less = {field: text for field, text in whole.items() if field != blanked}
    before, after = (matcher.match(query_of(card), mailed) for card in (whole, less))
    assert SURER[after.verdict] <= SURER[before.verdict]
    if blanked not in ADDRESS:
        assert chance_among_all(matcher, less) <= chance_among_all(matcher, whole) + 1e-9


def chance_among_all(matcher, card):
    """The probability against every subscriber: a key that the card lacks must not hide one who fits as well."""
    found = matcher.evidence(query_of(card), [row["id"] for row in PEOPLE])
    chances = posterior(list(found.values()), [Prior(0.8 / len(found))] * len(found), MatchSettings(), 0.001)
    return dict(zip(found, chances, strict=True))[card["id"]]


def chance_of(matcher, card, mailed):
    ranked = matcher.rank(query_of(card), mailed)
    return next((found.probability for found in ranked if found.subscriber_id == card["id"]), 0.0)


@many
@given(card=cards(), wrong=st.sampled_from(PEOPLE), changed=st.sets(st.sampled_from(FIELDS)), mailed=LISTS)
def test_a_wrong_subscriber_more_never_raises_the_probability_of_the_right_one(
    session, matcher, card, wrong, changed, mailed
):
    before = chance_of(matcher, card, mailed)
    look_alike = {**wrong, **{field: card.get(field, "") for field in changed}, "id": "wrong"}
    with session.begin_nested() as nested:
        import_subscribers(session, [look_alike])
        after = chance_of(Matcher(session, lexicon=matcher.lexicon), card, mailed)
        nested.rollback()
    assert after <= before + 1e-9


weights = st.floats(-9, 26)
bars = st.dictionaries(st.sampled_from(("first", "last", "street", "postcode", "phone")), weights, min_size=1)


@many
@given(
    candidates=st.lists(bars, min_size=1, max_size=4),
    wrong=bars,
    own=st.floats(1e-7, 0.1),
    namesakes=st.floats(1e-6, 0.1),
)
def test_a_wrong_candidate_more_never_raises_another_probability(candidates, wrong, own, namesakes):
    def chances(found):
        evidence = [[Evidence(field, "exact", weight, "") for field, weight in one.items()] for one in found]
        return posterior(evidence, [Prior(own)] * len(found), MatchSettings(), namesakes)

    before, after = chances(candidates), chances([*candidates, wrong])
    assert all(new <= old + 1e-12 for old, new in zip(before, after, strict=False))
    assert sum(after) < 1
