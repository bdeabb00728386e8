"""What grows with the number of operations comes compressed to whoever takes it so; what may hold keys never does."""

from __future__ import annotations

import gzip

import pytest
from django.test import Client

from support.sample import sample_make

pytestmark = pytest.mark.usefixtures("rows")

API = "/portal/apis/job-tracking/"
OPERATION = f"{API}operations/list-jobs/"


@pytest.mark.parametrize(
    "address", [API, f"{API}index.md", f"{API}openapi.json", "/portal/search/index.json"]
)
def test_what_may_be_long_comes_compressed(address: str) -> None:
    sample_make()
    plain = Client().get(address)
    small = Client().get(address, headers={"Accept-Encoding": "gzip"})

    assert small.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert gzip.decompress(small.content) == plain.content
    assert len(small.content) < len(plain.content)


def test_a_compressed_copy_is_known_again() -> None:
    sample_make()
    client = Client(headers={"Accept-Encoding": "gzip"})
    first = client.get(f"{API}openapi.json")
    again = client.get(f"{API}openapi.json", headers={"If-None-Match": first.headers["ETag"]})

    assert first.headers["Content-Encoding"] == "gzip"
    assert again.status_code == 304


def test_a_page_that_may_hold_keys_is_sent_as_it_is() -> None:
    """Compressed together with what a caller chooses, a secret can be guessed from the length (BREACH)."""
    sample_make()

    assert "Content-Encoding" not in Client().get(OPERATION, headers={"Accept-Encoding": "gzip"}).headers
