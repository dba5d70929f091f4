import pytest

from bench.people.gazetteer import GAZETTEERS, load_gazetteer


@pytest.fixture(scope="session")
def countries():
    if not GAZETTEERS.is_dir():
        pytest.skip("shared/data/gazetteers is not beside this checkout")
    return load_gazetteer()
