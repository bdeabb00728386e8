"""Every page of the console for the rows of a model, of the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pages.conftest import sign_in
from pages.looking import look_at_all, pages_of_rows

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from support.served import Served


@pytest.mark.timeout(300)
def test_the_pages_of_rows_of_the_catalogue(page: Page, server: Served) -> None:
    sign_in(page, server)
    look_at_all(page, {name: at for name, at in pages_of_rows() if name.startswith("admin:catalogue_")})
