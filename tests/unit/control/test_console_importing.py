"""Importing at the console: problems by place, the difference first, and then exactly that."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from millgate.control.audit.models import Entry
from millgate.control.catalogue.models import Api, Limit, Upstream
from millgate.control.catalogue.selectors import api_document
from millgate.control.catalogue.services import adapter_put, api_put
from millgate.control.console.admin import importing
from millgate.describe.reading.bounds import LARGEST
from millgate.snapshot.document import Adapter
from support.console_pages import administrator, helper, page, text
from support.sample import JOBS

if TYPE_CHECKING:
    from django.test import Client
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

pytestmark = pytest.mark.usefixtures("rows")

IMPORT = "/console/catalogue/api/import/"
TOOLROOM = (Path(__file__).parents[2] / "data" / "descriptions" / "toolroom-3.0.yaml").read_text()


@pytest.fixture
def ada(rows: None) -> Client:  # noqa: ARG001 - it must stand on rows that are rolled back
    return administrator()


def described(*paths: str, **info: str) -> str:
    operations = {path: {"get": {"operationId": path.strip("/")}} for path in paths}
    head: dict[str, Any] = {"openapi": "3.1.0", "info": {"title": "Tools", "version": "1"} | info}
    return json.dumps(head | {"paths": operations})


def ask(client: Client, text: str = TOOLROOM, **given: Any) -> Response:
    return client.post(IMPORT, {"text": text, "way": "new-api"} | given)


def apply(client: Client, shown: Response, **given: str) -> Response:
    return client.post(IMPORT, {"shown": shown.context["shown"].signed} | given, follow=True)


def test_a_new_api_is_shown_first_and_made_when_it_is_applied(ada: Client) -> None:
    shown = ask(ada)
    told = text(shown)
    assert not Api.objects.exists()
    assert "GET /tools/{toolNumber}" in told
    assert "https://tools.example/api/v2" in told
    assert "the parameter 'tool_number' is called 'toolNumber'" in told
    assert "/components/securitySchemes/" in told

    answer = apply(ada, shown)
    api = Api.objects.get()
    assert answer.redirect_chain == [(page(api), 302)]
    assert "Tool Room v2: the description was imported" in text(answer)
    assert "takes effect when you publish it" in text(answer)
    assert (api.key, api.upstream, api.operations.count()) == ("tool-room", "http:tool-room", 5)
    assert Upstream.objects.get().test_urls == ["https://tools.example/api/v2"]
    assert Entry.objects.get(kind="api").action == "added"


def test_a_file_is_read_as_it_comes(ada: Client) -> None:
    file = SimpleUploadedFile("tools.yaml", TOOLROOM.encode("utf-8-sig"))
    apply(ada, ada.post(IMPORT, {"file": file, "way": "new-api"}))
    assert Api.objects.get().key == "tool-room"


def test_names_version_and_upstream_are_as_asked_for(ada: Client) -> None:
    given = {"key": "our-tools", "name": "Our tools", "suffix": "Ours", "version": "v9", "upstream": "mock"}
    apply(ada, ask(ada, **given))

    api = Api.objects.get()
    assert given == {member: getattr(api, member) for member in given}
    assert not Upstream.objects.exists()


def test_an_address_makes_an_upstream(ada: Client) -> None:
    apply(ada, ask(ada, described("/tools"), address="http://127.0.0.1:9/api"))
    assert Upstream.objects.get().production_urls == ["http://127.0.0.1:9/api"]


def test_a_revision_is_added_beside_the_current_one(ada: Client) -> None:
    apply(ada, ask(ada, described("/tools"), upstream="mock"))
    api = Api.objects.get()
    form = ada.get(f"{IMPORT}?api={api.pk}").context["form"]
    assert form.initial == {"way": "revision", "api": str(api.pk)}

    apply(ada, ask(ada, described("/tools", "/benches"), way="revision", api=str(api.pk)))
    assert api.operations.count() == 1
    assert [(item.number, len(item.operations)) for item in api.revisions.all()] == [(2, 2)]


def test_an_api_is_replaced_and_what_goes_is_told(ada: Client) -> None:
    api = api_put(JOBS)
    shown = ask(ada, described("/jobs"), way="replace", api=str(api.pk), upstream="mock")
    assert "Removed Operation GET /DcJobs" in " ".join(text(shown).split())

    apply(ada, shown)
    api.refresh_from_db()
    assert [item.key for item in api.operations.all()] == ["jobs"]
    assert (api.name, api.suffix) == ("Job Tracking", "JobTracking")


def test_what_was_shown_is_not_applied_to_rows_that_have_changed(ada: Client) -> None:
    api = api_put(JOBS)
    shown = ask(ada, described("/jobs"), way="replace", api=str(api.pk), upstream="mock")
    Api.objects.update(name="Jobs")

    again = apply(ada, shown)
    assert "The catalogue has changed since" in text(again)
    assert "Added Operation GET /jobs" in " ".join(text(again).split())
    api.refresh_from_db()
    assert [item.key for item in api.operations.all()] == ["list-jobs", "get-job"]

    apply(ada, again)
    api.refresh_from_db()
    assert ([item.key for item in api.operations.all()], api.name) == (["jobs"], "Jobs")


def test_errors_are_left_out_only_when_that_is_said(ada: Client) -> None:
    shown = ask(ada, described("/tools", "/part-{id}"))
    assert "Leave out what has errors" in text(shown)

    assert "It has errors" in text(apply(ada, shown))
    assert not Api.objects.exists()
    apply(ada, shown, partly="on")
    assert [item.key for item in Api.objects.get().operations.all()] == ["tools"]


def test_what_was_applied_is_not_applied_again(ada: Client) -> None:
    shown = ask(ada)
    apply(ada, shown)
    before = api_document(Api.objects.get())

    assert "There is an API of the key tool-room" in text(apply(ada, shown))
    assert api_document(Api.objects.get()) == before


def test_a_plan_that_stands_against_a_limit_cannot_be_applied(ada: Client) -> None:
    api = api_put(JOBS)
    adapter = adapter_put(Adapter(key="jobs", name="Jobs", apis=("job-tracking",)))
    Limit.objects.create(adapter=adapter, amount=5, period=60, api=api, operation="get-job")
    shown = ask(ada, described("/jobs"), way="replace", api=str(api.pk))

    assert "names the operation get-job, which would go" in text(shown)
    assert shown.context["shown"].signed == ""
    assert 'name="shown"' not in shown.content.decode()
    assert shown.context["form"]["api"].value() == str(api.pk), "to be filled in otherwise"


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"text": ""}, "Give a file, or a text"),
        ({"way": "replace"}, "Choose an API"),
        ({"way": "explode"}, "is not one of the available choices"),
        ({"key": "Not A Key"}, "Use lower case letters"),
        ({"address": "tools.example"}, "Begin it with http:// or https://"),
        ({"address": "https://tools.example", "upstream": "mock"}, "or give an address"),
        ({"address": "ftp://tools.example"}, "expected http:// or https:// with a host"),
        ({"upstream": "http:nowhere"}, "is not one of the available choices"),
        ({"suffix": "console"}, "is reserved"),
        ({"text": "a: [b"}, "What is wrong with the description"),
        ({"text": "swagger: '1.2'"}, "is not read; 2.0, 3.0 and 3.1 are"),
    ],
)
def test_what_cannot_be_imported_is_told(ada: Client, given: dict[str, str], why: str) -> None:
    answer = ask(ada, **given)
    assert answer.status_code == 200
    assert why in text(answer)
    assert 'name="shown"' not in answer.content.decode()


def test_a_key_that_is_taken_is_refused(ada: Client) -> None:
    api_put(JOBS)
    assert "There is an API of this key" in text(ask(ada, key="job-tracking"))
    assert "There is an API of the key job-tracking" in text(ask(ada, described("/a", title="Job Tracking")))


def test_a_file_that_is_too_large_is_refused(ada: Client) -> None:
    file = SimpleUploadedFile("large.json", b" " * (LARGEST + 1))
    answer = ada.post(IMPORT, {"file": file, "way": "new-api"})
    assert "It is larger than 4 MB" in text(answer)


def test_a_large_description_travels_through_both_steps(ada: Client) -> None:
    paths = {
        f"/tools/{n}": {"get": {"operationId": f"tool-{n}", "description": "x" * 3000}} for n in range(1200)
    }
    large = json.dumps(json.loads(described()) | {"paths": paths})
    assert 3_000_000 < len(large) < LARGEST
    shown = ada.post(IMPORT, {"file": SimpleUploadedFile("t.json", large.encode()), "way": "new-api"})

    assert "And 201 more" in text(shown)
    apply(ada, shown)
    assert Api.objects.get().operations.count() == 1200


def test_one_that_is_too_large_to_be_brought_back_is_told(
    ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "LARGEST_SIGNED", 100)
    assert "Import it by the command line" in text(ask(ada))


HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>"


def test_nothing_of_a_description_is_markup(ada: Client) -> None:
    text_of = described(f"/{HOSTILE}", "/tools", title=HOSTILE, description=HOSTILE, version=HOSTILE)
    hostile = json.loads(text_of) | {HOSTILE: 3, "components": {"schemas": {HOSTILE: {"type": HOSTILE}}}}
    shown = ask(ada, json.dumps(hostile), upstream="mock")
    pages = [shown, ask(ada, json.dumps({"openapi": HOSTILE})), ask(ada, HOSTILE)]
    if shown.context["shown"].signed:
        pages.append(apply(ada, shown, partly="on"))

    for answer in pages:
        assert "<script>alert" not in answer.content.decode()
        assert "<img src=x" not in answer.content.decode()
    assert "alert(1)" in text(shown)


def test_what_was_not_shown_to_somebody_is_not_applied(ada: Client) -> None:
    signed = ask(ada).context["shown"].signed
    forged = signing.dumps({"text": TOOLROOM, "options": {}, "new": True, "plan": ""})
    other = helper("add_api", "add_upstream")

    for client, sent in ((other, signed), (ada, forged), (ada, signed[:-1]), (ada, "")):
        answer = client.post(IMPORT, {"shown": sent}, follow=True)
        assert "too old, or not yours" in text(answer)
    assert not Api.objects.exists()


def test_everybody_does_what_their_rights_allow(rows: None) -> None:  # noqa: ARG001 - rolled back
    looker = helper("view_api")
    assert looker.get(IMPORT).status_code == 403
    assert ask(looker).status_code == 403
    assert IMPORT not in looker.get(reverse("admin:catalogue_api_changelist")).content.decode()


def test_rights_to_add_and_to_change_are_apart(ada: Client) -> None:
    adder = helper("add_api", "view_api")
    assert IMPORT in adder.get(reverse("admin:catalogue_api_changelist")).content.decode()
    assert "Replace the current revision" not in text(adder.get(IMPORT))
    refused = ask(adder)
    assert "You may not add an upstream" in text(refused)
    assert refused.context["shown"].signed == ""

    apply(adder, ask(adder, upstream="mock"))
    api = Api.objects.get()
    replaced = ask(adder, described("/tools"), way="replace", api=str(api.pk))
    assert "is not one of the available choices" in text(replaced)
    assert "Replace the current revision" in text(ada.get(IMPORT))
