import pytest
from sqlalchemy import create_engine
from sqlmodel import Session, SQLModel

from matching.base import MatchKey, Subscriber


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def session(request):
    if request.param == "sqlite":
        url = "sqlite://"
    else:
        try:
            url = request.getfixturevalue("postgres_url")
        except pytest.FixtureLookupError:
            pytest.skip("no private PostgreSQL cluster")
    engine = create_engine(url)
    tables = [Subscriber.__table__, MatchKey.__table__]
    SQLModel.metadata.drop_all(engine, tables=tables)
    SQLModel.metadata.create_all(engine, tables=tables)
    with Session(engine) as opened:
        yield opened
    SQLModel.metadata.drop_all(engine, tables=tables)
    engine.dispose()
