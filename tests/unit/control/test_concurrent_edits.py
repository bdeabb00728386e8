"""Two administrators edit one thing: the later is told what changed, and saves over it only knowingly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from millgate.control.catalogue.models import Adapter
from support.console_pages import act, filled, page, signed_in, text
from support.people import reader
from support.sample import Sample, sample_make

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.usefixtures("rows")


@pytest.fixture
def sample(rows: None) -> Sample:  # noqa: ARG001 - it must stand on rows that are rolled back
    return sample_make()


@pytest.fixture
def ada(sample: Sample) -> Client:
    return signed_in(sample.administrator)


def opened(client: Client, address: str, **changes: str) -> dict[str, str]:
    """A form as a browser would send it back, with what marks how the page showed the thing."""
    return filled(client, address) | {"seen": str(client.get(address).context["seen"])} | changes


def test_the_later_of_two_is_told_and_overwrites_nothing_unseen(ada: Client, sample: Sample) -> None:
    hal = reader("hal@example.com", "change_person", "view_person")
    address = page(sample.developer)
    late = opened(ada, address, department="Line 3")
    hal.post(address, opened(hal, address, position="Planner"))

    answer = ada.post(address, late)

    assert answer.status_code == 200
    shown = text(answer)
    assert "This was changed after you opened it" in shown
    assert "Position: from nothing to “Planner”, by hal@example.com" in shown
    sample.developer.refresh_from_db()
    assert (sample.developer.position, sample.developer.department) == ("Planner", "")
    assert 'value="Line 3"' in answer.content.decode(), "what was typed is kept"

    again = late | {"seen": str(answer.context["seen"]), "position": "Planner"}
    assert ada.post(address, again).status_code == 302
    sample.developer.refresh_from_db()
    assert (sample.developer.position, sample.developer.department) == ("Planner", "Line 3")


def test_applications_and_adapters_notice_it_too(ada: Client, sample: Sample) -> None:
    hal = reader("hal@example.com", "change_clientapplication", "view_clientapplication")
    address = page(sample.application)
    late = opened(ada, address, homepage_uri="https://board.example.com")
    hal.post(address, opened(hal, address, display_name="Andon"))
    assert "Display name: from “Job board” to “Andon”" in text(ada.post(address, late))

    adapter = page(Adapter.objects.get())
    late = opened(ada, adapter, description="Another")
    Adapter.objects.get().limits.all().delete()
    answer = ada.post(adapter, late)
    assert "This was changed after you opened it" in text(answer)
    assert Adapter.objects.get().description != "Another"


def test_what_changed_before_the_page_was_opened_hinders_nobody(ada: Client, sample: Sample) -> None:
    act(ada, sample.developer, "block")
    act(ada, sample.developer, "activate")
    address = page(sample.developer)
    signed_in(sample.developer)
    assert ada.post(address, opened(ada, address, position="Planner")).status_code == 302


@pytest.mark.parametrize("mark", ["", "nonsense", "-1", "9" * 30])
def test_a_mark_that_is_none_is_no_reason_to_fail(ada: Client, sample: Sample, mark: str) -> None:
    address = page(sample.developer)
    assert ada.post(address, opened(ada, address) | {"seen": mark}).status_code == 302
