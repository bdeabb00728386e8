"""Limits of an adapter, and the deprecation of an API, as the console takes them."""

from __future__ import annotations

import pytest

from millgate.control.catalogue.models import Adapter, Api, Limit
from millgate.control.catalogue.selectors import api_document
from millgate.control.publish.selectors import draft
from support.console_pages import filled, page, signed_in, text
from support.sample import sample_make

pytestmark = pytest.mark.usefixtures("rows")


def test_periods_are_shown_and_taken_as_people_say_them() -> None:
    ada, adapter = signed_in(sample_make().administrator), Adapter.objects.get()
    data = filled(ada, page(adapter))
    assert f"{data['limits-0-every']} {data['limits-0-unit']}" == "1 60"
    assert f"{data['limits-1-every']} {data['limits-1-unit']}" == "1 604800"
    ada.post(page(adapter), data | {"limits-0-every": "30", "limits-0-unit": "1", "limits-1-every": "2"})
    assert list(Limit.objects.values_list("period", flat=True)) == [30, 2 * 604_800]
    data = filled(ada, page(adapter)) | {"limits-1-unit": "0", "limits-1-every": ""}
    ada.post(page(adapter), data)
    assert Limit.objects.get(kind="calls").period == 0
    assert not draft().faults


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"limits-0-every": "10", "limits-0-unit": "60"}, "A rate limit looks back 300 seconds at most."),
        ({"limits-0-unit": "0"}, "For longer times, choose a quota."),
        ({"limits-1-every": ""}, "Say in how many"),
        ({"limits-1-every": "900"}, "longer than ten years"),
        ({"limits-0-operation": "list-jobs"}, "Choose the API whose operation this is."),
    ],
)
def test_a_limit_that_cannot_be_says_why(given: dict[str, str], told: str) -> None:
    ada, adapter = signed_in(sample_make().administrator), Adapter.objects.get()
    answer = ada.post(page(adapter), filled(ada, page(adapter)) | given)
    assert told in text(answer)
    assert list(Limit.objects.values_list("period", flat=True)) == [60, 604_800]


def test_a_limit_of_an_operation_names_one_that_is_there() -> None:
    ada, adapter = signed_in(sample_make().administrator), Adapter.objects.get()
    api = Api.objects.get()
    data = filled(ada, page(adapter)) | {"limits-0-api": str(api.pk), "limits-0-operation": "gone"}
    assert "The API has no operation gone. It has: get-job, list-jobs." in text(ada.post(page(adapter), data))
    ada.post(page(adapter), data | {"limits-0-operation": "get-job"})
    assert Limit.objects.get(kind="rate").operation == "get-job"


def test_an_api_is_deprecated_with_a_note_and_a_day_and_its_kind_is_chosen() -> None:
    ada, api = signed_in(sample_make().administrator), Api.objects.get()
    data = filled(ada, page(api)) | {"deprecation_note": "Use v2.", "sunset_on": "2027-01-31"}
    assert "Only an API that is deprecated has this" in text(ada.post(page(api), data))
    ada.post(page(api), data | {"deprecated": "on", "kind": "business process"})
    api.refresh_from_db()
    document = api_document(api)
    assert (document.deprecated, document.deprecation_note) == (True, "Use v2.")
    assert str(document.sunset_on) == "2027-01-31"
    assert document.kind == "business process"
    assert [change.key for change in draft().changes] == ["job-tracking"]
    assert "sunset" in text(ada.get("/console/publishing/"))
