"""A database of an earlier version, brought to the present one."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from sqlalchemy import text
from sqlmodel import Session, select

from cases.database import alembic_config, engine_for, upgrade
from cases.settings import Settings
from matching.base import MatchKey, MatchToken, Subscriber
from matching.keys import keys_of
from matching.person import fold_person
from matching.rows import PLAIN

ROW = {"first_name": "Åsa", "last_name": "Öberg", "street": "Storgatan", "house_number": "4", "postcode": "12345"}


def at_the_first_version(settings: Settings) -> None:
    """One subscriber as version 0.2.0 stored them, with a key of its kind."""
    engine = engine_for(settings)
    folded = (
        "first",
        "last",
        "street",
        "number",
        "postcode",
        "city",
        "phone",
        "email",
        "birth_date",
        "customer_number",
    )
    cells = dict.fromkeys((*PLAIN, *(f"folded_{one}" for one in folded)), "") | ROW | {"id": "A1"}
    names = ", ".join(cells)
    values = ", ".join(f":{name}" for name in cells)
    with engine.begin() as connection:
        command.upgrade(alembic_config(connection), "0001")
        connection.execute(text(f"INSERT INTO subscriber ({names}, active) VALUES ({values}, true)"), cells)
        connection.execute(text("INSERT INTO match_key (key, subscriber_id) VALUES (1, 'A1')"))
    engine.dispose()


def test_subscribers_stay_and_get_the_keys_and_counts_of_today(database_url: str, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, database_url=database_url)
    at_the_first_version(settings)
    upgrade(settings)
    engine = engine_for(settings)
    with Session(engine) as session:
        row = session.exec(select(Subscriber)).one()
        assert (row.id, row.last_name, row.folded_last, row.content) == ("A1", "Öberg", "oberg", 0)
        assert set(session.exec(select(MatchKey.key))) == keys_of(fold_person(ROW))
        assert session.get(MatchToken, ("street", "storgatan")).count == 1
    engine.dispose()


def test_the_way_back_to_the_first_version_is_open(database_url: str, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, database_url=database_url)
    at_the_first_version(settings)
    upgrade(settings)
    engine = engine_for(settings)
    with engine.begin() as connection:
        command.downgrade(alembic_config(connection), "0001")
        assert connection.execute(text("SELECT id, last_name FROM subscriber")).all() == [("A1", "Öberg")]
    engine.dispose()
    upgrade(settings)
