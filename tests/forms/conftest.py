"""The templates of other people's forms, with their blanks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ocr.template.loading import TemplateSet, load_templates
from tests.forms.foreign import BLANKS, FORMS, with_blank


@pytest.fixture(scope="session")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], TemplateSet]:
    """Loads the templates of one set of forms (``quexf``), or of all (empty); skips where the data are absent."""
    ready: dict[str, Path] = {}
    root = tmp_path_factory.mktemp("foreign")

    def load(chosen: str) -> TemplateSet:
        if not FORMS.is_dir():
            pytest.skip("shared/data/forms is not beside this checkout")
        for form in BLANKS:
            if form.startswith(chosen) and form not in ready:
                with_blank(form, root / form)
                ready[form] = root / form
        folders = [folder for form, folder in ready.items() if form.startswith(chosen)]
        return TemplateSet(tuple(entry for folder in folders for entry in load_templates(folder).entries))

    return load
