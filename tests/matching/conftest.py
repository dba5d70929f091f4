import pytest
from sqlalchemy import create_engine
from sqlmodel import Session, SQLModel

from matching.base import BASE_TABLES


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
    SQLModel.metadata.drop_all(engine, tables=BASE_TABLES)
    SQLModel.metadata.create_all(engine, tables=BASE_TABLES)
    with Session(engine) as opened:
        yield opened
    SQLModel.metadata.drop_all(engine, tables=BASE_TABLES)
    engine.dispose()
