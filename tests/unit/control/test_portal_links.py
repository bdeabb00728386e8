"""Every link of every page of the portal, of its copies in Markdown and of what search finds leads somewhere."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.test import Client
from django.urls import Resolver404, resolve

from millgate.control.catalogue.content_services import connector_put, post_put
from millgate.control.catalogue.services import adapter_put, api_put
from millgate.control.publish.services import publication_make
from millgate.describe.reading import read_description
from millgate.describe.writing import json_text, openapi_31
from millgate.snapshot.document import Adapter
from support.console_pages import signed_in
from support.foreign_apis import HOSTILE_API, imported_apis
from support.links import walk
from support.made_up import SITE
from support.sample import Sample, sample_make

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("rows")

EACH = 4
"""How many pages of one kind somebody who is signed in visits: what differs for them differs by kind."""

SOME = (
    "/portal/apis/hostile/",
    "/portal/apis/tool-room/operations/listtools/index.md",
    "/portal/apis/tool-room/schemas/Tool/",
    "/portal/adapters/others/",
    "/portal/blog/feed.atom",
    "/portal/blog/post-0/",
    "/portal/connectors/pane/",
    "/portal/errors/MG401/",
)


@pytest.fixture
def sample(rows: None) -> Sample:  # noqa: ARG001 - it must stand on rows that are rolled back
    """Something of each kind, of which some is out to do harm."""
    made = sample_make()
    hostile = read_description(json_text(openapi_31(HOSTILE_API, **SITE))).api
    assert hostile is not None
    for api in (imported_apis()["toolroom-3.1.json"], hostile):
        api_put(api)
    adapter_put(Adapter(key="others", name="Others", apis=("tool-room", "hostile"), terms="Be *kind*."))
    now = settings.CLOCK.utc()
    for number in range(2):
        when = now - timedelta(hours=number + 1)
        body = "[APIs](/portal/apis/)"
        post_put(key=f"post-{number}", title="News", body=body, draft=False, published_at=when)
    connector_put(key="pane", name="Pane", summary="In a spreadsheet.", description="See [home](/portal/).")
    publication_make(by="ada")
    return made


def few_of_each() -> Callable[[str], bool]:
    """Lets a few addresses of each kind pass, queries apart."""
    seen = Counter[str]()

    def enters(address: str) -> bool:
        try:
            name = resolve(address.partition("?")[0]).view_name
        except Resolver404:
            name = address
        name += "?" * ("?" in address)
        seen[name] += 1
        return seen[name] <= EACH

    return enters


@pytest.mark.usefixtures("sample")
def test_every_link_that_a_stranger_or_a_program_follows_leads_somewhere() -> None:
    walked = walk(Client(), "/", "/llms.txt", "/portal/search/index.json", "/portal/search/?q=tool")

    assert walked.faults == []
    visited = walked.statuses
    assert [address for address in SOME if address not in visited] == []
    assert sum(address.endswith("/index.md") for address in visited) > 50


def test_every_link_that_a_developer_follows_leads_somewhere(sample: Sample) -> None:
    walked = walk(signed_in(sample.developer), "/portal/", "/portal/profile/", enters=few_of_each())

    assert walked.faults == []
    assert f"/portal/applications/{sample.application.client_id}/" in walked.statuses
