"""Every page of the console for the rows of a model, but those of the catalogue (`test_every_catalogue_row.py`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from pages.conftest import sign_in
from pages.looking import look_at_all, pages_of_rows
from support.console_addresses import ROWS

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from support.served import Served

APPS: Final = sorted({model.partition(".")[0] for model in ROWS} - {"catalogue"})


@pytest.mark.timeout(300)
@pytest.mark.parametrize("app", APPS)
def test_the_pages_of_rows(page: Page, server: Served, app: str) -> None:
    sign_in(page, server)
    look_at_all(page, {name: at for name, at in pages_of_rows() if name.startswith(f"admin:{app}_")})
