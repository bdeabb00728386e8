"""Publishing as a page: the difference in words, faults with their pages, workers, history, and rolling back."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from millgate.control.catalogue.models import Adapter, Api, Limit, Operation, Upstream
from millgate.control.console import views
from millgate.control.publish.models import Version
from millgate.control.publish.selectors import Change, changes_between, snapshot_current, version_newest
from millgate.control.publish.services import ChangedMeanwhile, publication_make
from millgate.control.publish.words import LONGEST, MOST_LINES, told
from millgate.describe import model
from millgate.snapshot import document
from millgate.snapshot.document import Catalogue
from millgate.snapshot.sources import DataSource, SourceDatabase
from millgate.snapshot.upstreams import HttpUpstream, UpstreamAddress, UpstreamHeader
from millgate.stores.workers import WorkersStanding, WorkerStanding
from support.console_pages import helper, page, publish, text
from support.sample import JOBS, PRODUCTION, Sample, sample_make

if TYPE_CHECKING:
    import msgspec

pytestmark = pytest.mark.usefixtures("rows")

PAGE = "/console/publishing/"


@pytest.fixture
def sample(rows: None) -> Sample:  # noqa: ARG001 - it must stand on rows that are rolled back
    return sample_make()


@pytest.fixture
def ada(sample: Sample) -> Client:
    client = Client()
    client.force_login(sample.administrator)
    return client


def squeezed(response: object) -> str:
    return " ".join(text(response).split())  # type: ignore[arg-type]


def version_page(number: int) -> str:
    return reverse("console-version", args=(number,))


def newest() -> Version:
    found = version_newest()
    assert found is not None
    return found


# Words


def lines(old: Catalogue, new: Catalogue) -> list[str]:
    return [str(line) for change in changes_between(old, new) for line in told(change).lines]


def changed(thing: msgspec.Struct, **changes: object) -> msgspec.Struct:
    import msgspec  # noqa: PLC0415 - the name is a type's elsewhere in this module

    return msgspec.structs.replace(thing, **changes)


def test_a_difference_is_told_member_by_member() -> None:
    first, second = JOBS.operations
    parameter = changed(first.parameters[0], values=("Scheduled",), required=True)
    operations = (changed(first, summary="All jobs.", parameters=(parameter,)),)
    new = changed(JOBS, name="Jobs", online=False, operations=operations)
    assert lines(Catalogue(apis=(JOBS,)), Catalogue(apis=(new,))) == [  # type: ignore[arg-type]
        "name: was Job Tracking, is Jobs",
        "operation list-jobs, summary: was The jobs of the plant., is All jobs.",
        "operation list-jobs, parameter JobStatus, required: was no, is yes",
        "operation list-jobs, parameter JobStatus, values: removed Production",
        "operation list-jobs, parameter JobStatus, values: removed Completed",
        f"operation get-job: removed GET {second.template}",
        "online: was yes, is no",
    ]


def test_limits_are_told_by_what_they_count() -> None:
    new = changed(
        PRODUCTION,
        limits=(
            document.Limit("rate", 100, 60),
            document.Limit("bandwidth", 2000, 0, api="job-tracking", operation="list-jobs"),
        ),
    )
    assert lines(Catalogue(adapters=(PRODUCTION,)), Catalogue(adapters=(new,))) == [  # type: ignore[arg-type]
        "rate limit per 60 s: was 60 calls, is 100 calls",
        "call quota per 604800 s: removed 10,000 calls",
        "bandwidth quota of API job-tracking, operation list-jobs, for life: added 2,000 kilobytes",
    ]


def test_nothing_secret_is_told() -> None:
    def upstream(*sealed: tuple[str, str], url: str) -> Catalogue:
        return Catalogue(
            upstreams=(
                HttpUpstream(
                    key="erp",
                    name="ERP",
                    addresses=(UpstreamAddress("test", (url,)),),
                    headers=tuple(UpstreamHeader(*header) for header in sealed),
                ),
            ),
            sources=(
                DataSource(
                    key="mine", name="Mine", suffix="Mine", databases=(SourceDatabase("test", sealed[0][1]),)
                ),
            ),
        )

    found = lines(
        upstream(("X-Key", "deadbeef"), url="http://old"),
        upstream(("X-Key", "cafe0000"), ("X-More", "f00d0000"), url="http://new"),
    )
    assert sorted(found) == [
        "address test, urls: added http://new",
        "address test, urls: removed http://old",
        "database test: was [secret], is [another secret]",
        "header X-Key: was [secret], is [another secret]",
        "header X-More: added [secret]",
    ]
    assert not re.search("deadbeef|cafe0000|f00d0000", " ".join(found))


def test_an_order_is_told_and_a_long_text_is_folded_and_cut_and_there_are_only_so_many_lines() -> None:
    turned = changed(JOBS, operations=JOBS.operations[::-1], description="x" * 2 * LONGEST)
    (change,) = changes_between(Catalogue(apis=(JOBS,)), Catalogue(apis=(turned,)))  # type: ignore[arg-type]
    by_place = {line.place: line for line in told(change).lines}
    assert str(by_place["operations"]) == "operations: was in its order, is in another order"
    assert not by_place["operations"].folded
    assert by_place["description"].folded
    assert len(by_place["description"].new or "") == LONGEST

    many = tuple(model.Answer(str(100 + number)) for number in range(MOST_LINES + 50))
    operation = changed(JOBS.operations[0], answers=many)
    other = changed(JOBS, operations=(operation, JOBS.operations[1]))
    (change,) = changes_between(Catalogue(apis=(JOBS,)), Catalogue(apis=(other,)))  # type: ignore[arg-type]
    assert (len(told(change).lines), told(change).more) == (MOST_LINES, 50)


def test_a_mark_is_of_both_sides() -> None:
    def mark(old: str, new: str) -> str:
        before, after = (changed(JOBS, name=name) for name in (old, new))
        (change,) = changes_between(Catalogue(apis=(before,)), Catalogue(apis=(after,)))  # type: ignore[arg-type]
        return change.mark

    assert mark("a", "b") == mark("a", "b")
    assert len({mark("a", "b"), mark("a", "c"), mark("c", "b")}) == 3


# The page


def test_the_page_tells_what_publishing_changes_with_long_texts_folded(ada: Client) -> None:
    Operation.objects.filter(key="list-jobs").update(summary="All <b>jobs</b>.", description="y" * 300)
    Limit.objects.filter(kind="rate").update(amount=100)
    answer = ada.get(PAGE)
    shown = squeezed(answer)
    assert "Changed API Job Tracking job-tracking" in shown
    assert "operation list-jobs, summary: was The jobs of the plant. , is All <b>jobs</b>." in shown
    assert "rate limit per 60 s: was 60 calls , is 100 calls" in shown
    content = answer.content.decode()
    assert "<b>jobs" not in content
    assert re.search(r"<details><summary>(added|changed)</summary>.*y{300}", content, re.DOTALL)


def test_each_fault_leads_to_the_page_that_mends_it(ada: Client) -> None:
    operation = Operation.objects.get(key="get-job")
    Operation.objects.filter(pk=operation.pk).update(target="jobs.none")
    adapter = Adapter.objects.create(key="empty", name="Empty")
    upstream = Upstream.objects.create(key="nowhere", name="Nowhere")
    Api.objects.update(suffix="console")
    answer = publish(ada)
    assert "Nothing was published" in text(answer)
    content = html.unescape(answer.content.decode())
    for place, row in (
        ("api job-tracking", Api.objects.get()),
        ("api job-tracking, operation get-job", operation),
        ("adapter empty", adapter),
        ("upstream nowhere", upstream),
    ):
        assert f'<a href="{page(row)}">{place}</a>' in content
        assert ada.get(page(row)).status_code == 200


def test_who_may_not_see_things_is_told_their_names_alone_and_has_no_button(sample: Sample) -> None:
    Api.objects.update(description="Confidential")
    Operation.objects.filter(key="get-job").update(target="jobs.none")
    Adapter.objects.update(description="For all to see")
    reader = helper("view_adapter")
    shown = reader.get(PAGE)
    assert sample.company.pk
    assert "job-tracking" in text(shown)
    assert "Confidential" not in text(shown)
    assert "For all to see" in text(shown)
    assert page(Operation.objects.get(key="get-job")) not in shown.content.decode()
    assert 'name="note"' not in shown.content.decode()
    assert reader.post(PAGE, {"seen": shown.context["seen"]}).status_code == 403
    number = newest().number
    assert reader.post(reverse("console-version-restore", args=(number,))).status_code == 403


def test_the_number_of_queries_does_not_grow_with_faults_and_changes(ada: Client) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            ada.get(PAGE)
        return len(queries)

    Adapter.objects.create(key="empty-0", name="Empty")
    few = asked()
    Adapter.objects.bulk_create(Adapter(key=f"empty-{number}", name="Empty") for number in range(1, 30))
    assert asked() == few


# Others, meanwhile


def test_what_somebody_else_changed_meanwhile_is_told_and_asked_again(ada: Client) -> None:
    Api.objects.update(name="Jobs")
    seen = ada.get(PAGE).context["seen"]
    Adapter.objects.update(name="Everything")
    before = newest()
    answer = ada.post(PAGE, {"seen": seen, "note": "mine"})
    shown = squeezed(answer)
    assert "different by now: adapter production-management" in shown
    assert re.search("Everything production-management other than you saw", shown)
    assert not re.search("Jobs job-tracking other than you saw", shown)
    assert newest() == before
    assert 'value="mine"' in answer.content.decode(), "the note is not lost"

    ada.post(PAGE, {"seen": answer.context["seen"], "note": "mine"})
    assert (newest().number, newest().note) == (before.number + 1, "mine")


def test_what_somebody_else_published_meanwhile_is_told(ada: Client) -> None:
    Api.objects.update(name="Jobs")
    seen = ada.get(PAGE).context["seen"]
    publication_make(by="grace")
    shown = squeezed(ada.post(PAGE, {"seen": seen}))
    assert "different by now: api job-tracking" in shown
    assert "Nothing: what is published is what the catalogue says." in shown


@pytest.mark.parametrize("seen", ["", "not json", "[1]", '{"api job-tracking": 5}', "null"])
def test_what_was_not_seen_is_not_published(ada: Client, seen: str) -> None:
    Api.objects.update(name="Jobs")
    before = newest()
    assert "different by now" in squeezed(ada.post(PAGE, {"seen": seen}))
    assert newest() == before


def test_who_publishes_without_looking_is_not_asked(sample: Sample) -> None:
    Api.objects.update(name="Jobs")
    assert publication_make(by="command line").number > 1
    Api.objects.update(name="Other")
    with pytest.raises(ChangedMeanwhile) as refused:
        publication_make(by="page", seen={"adapter x": "0"})
    assert refused.value.what == ("api job-tracking", "adapter x")
    assert sample.company.pk


# History


def test_a_version_tells_who_when_why_and_what_it_changed(ada: Client) -> None:
    Api.objects.update(name="Jobs")
    publish(ada, note="A shorter name")
    version = newest()
    assert version_page(version.number) in ada.get(PAGE).content.decode()
    shown = squeezed(ada.get(version_page(version.number)))
    assert "ada@example.com · A shorter name" in shown
    assert "name: was Job Tracking , is Jobs" in shown
    assert "rolling back" not in shown, "it is in force"
    first = Version.objects.earliest("number")
    assert "Added API" in squeezed(ada.get(version_page(first.number)))
    assert ada.get(version_page(9999)).status_code == 404


def test_the_history_has_pages(ada: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "HISTORY", 2)
    for number in range(4):
        Api.objects.update(name=f"Jobs {number}")
        publish(ada, note=f"note {number}")
    first, second = (squeezed(ada.get(PAGE, {"p": p})) for p in ("1", "2"))
    assert "note 3" in first
    assert "note 1" not in first
    assert "note 1" in second
    assert "note 3" not in second
    assert ada.get(PAGE, {"p": "nonsense"}).status_code == 200


def test_rolling_back_asks_and_shows_what_it_would_change(ada: Client) -> None:
    old = newest()
    Api.objects.update(name="Jobs")
    publish(ada)
    back = ada.get(version_page(old.number))
    shown = squeezed(back)
    assert "What rolling back to it would change" in shown
    assert "name: was Jobs , is Job Tracking" in shown
    assert f"Put the catalogue of version {old.number} in force again?" in shown
    restore = reverse("console-version-restore", args=(old.number,))
    assert ada.get(restore).status_code == 405

    Api.objects.update(name="Third")
    publish(ada)
    again = ada.post(restore, {"seen": back.context["seen"]}, follow=True)
    assert "different by now: api job-tracking" in squeezed(again)
    assert "name: was Third , is Job Tracking" in squeezed(again)
    assert snapshot_current().document.catalogue.apis[0].name == "Third"

    done = ada.post(restore, {"seen": again.context["seen"]}, follow=True)
    assert f"The catalogue of version {old.number} is in force again" in text(done)
    assert snapshot_current().document.catalogue.apis[0].name == "Job Tracking"
    assert newest().kind == Version.Kind.RESTORE


def test_a_catalogue_that_cannot_be_obeyed_any_more_shows_why_and_has_no_button(
    ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = newest()
    Operation.objects.filter(key="get-job").delete()
    publish(ada)
    from millgate.control.publish import targets  # noqa: PLC0415 - it is replaced here

    monkeypatch.setattr(targets, "known", lambda: {"plant": frozenset({"jobs.list"})})
    answer = ada.get(version_page(old.number))
    assert "has no operation 'jobs.one'" in text(answer)
    assert "restore/" not in answer.content.decode()


def test_a_version_of_a_release_that_wrote_otherwise_says_so(ada: Client) -> None:
    Version.objects.filter(number=Version.objects.earliest("number").number).update(
        document='{"catalogue": {"unknown": 1}, "directory": {}}'
    )
    first = Version.objects.earliest("number")
    shown = squeezed(ada.get(version_page(first.number)))
    assert "another release" in shown
    assert "Roll back" not in shown


# Workers


class _Board:
    def __init__(self, standing: WorkersStanding | None) -> None:
        self._standing = standing

    def standing(self) -> WorkersStanding | None:
        return self._standing


def test_the_page_says_how_many_workers_are_on_the_newest_version_and_names_the_others(
    ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = newest().number
    there = (
        WorkerStanding(1, number, ready=True),
        WorkerStanding(2, number - 1, ready=True),
        WorkerStanding(3, number, ready=False),
    )
    monkeypatch.setattr(settings, "WORKER_BOARD", _Board(WorkersStanding(4, there)))
    shown = squeezed(ada.get(PAGE))
    assert f"1 of 4 workers on version {number}" in shown
    assert f"Worker 2 is on version {number - 1}." in shown
    assert "Worker 3 takes no calls." in shown
    assert "Worker 4 says nothing." in shown
    assert "Worker 1 " not in shown

    one = WorkersStanding(1, (WorkerStanding(1, number, ready=True),))
    monkeypatch.setattr(settings, "WORKER_BOARD", _Board(one))
    shown = squeezed(ada.get(PAGE))
    assert f"1 of 1 worker on version {number}" in shown
    assert "Worker " not in shown


@pytest.mark.parametrize("board", [None, _Board(None)])
def test_where_workers_are_not_known_the_page_says_so(
    ada: Client, monkeypatch: pytest.MonkeyPatch, board: _Board | None
) -> None:
    monkeypatch.setattr(settings, "WORKER_BOARD", board)
    assert "is not known here" in squeezed(ada.get(PAGE))


def test_changes_of_one_thing_are_equal_whatever_they_hold() -> None:
    assert Change("changed", "api", "k", "n", 1, 2) == Change("changed", "api", "k", "n")
