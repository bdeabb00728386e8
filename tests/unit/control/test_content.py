"""Connectors, the blog with its feed, and the glossary: written in the console, shown on the portal."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, NoReturn
from xml.etree import ElementTree as ET

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.test import Client

from millgate.control.audit.models import Entry
from millgate.control.catalogue.content_services import connector_put, post_put
from millgate.control.catalogue.models import Api, Connector, Post
from millgate.control.portal.glossary import glossary_terms
from millgate.control.publish.exporting.files import FilesFaulty, files_of
from millgate.control.publish.exporting.reading import read
from millgate.control.publish.exporting.selectors import decisions_of_rows
from millgate.control.publish.exporting.services import decisions_apply, differences
from millgate.control.publish.models import Version
from millgate.control.publish.selectors import draft
from support.console_pages import act, administrator, filled, helper, page, signed_in, text
from support.sample import sample_make

if TYPE_CHECKING:
    from datetime import datetime

pytestmark = pytest.mark.usefixtures("rows")
ATOM = "{http://www.w3.org/2005/Atom}"


def now() -> datetime:
    return settings.CLOCK.utc()


def a_post(key: str, *, ago: float = 1, draft: bool = False, body: str = "Some *words*.") -> Post:
    when = now() - timedelta(hours=ago)
    return post_put(key=key, title=f"Title of {key}", body=body, draft=draft, published_at=when)


# The blog


def test_only_posts_whose_time_has_come_are_shown() -> None:
    a_post("shown")
    a_post("later", ago=-1)
    a_post("unfinished", draft=True)
    client = Client()
    listed = text(client.get("/portal/blog/"))
    assert "Title of shown" in listed
    assert "Title of later" not in listed
    assert "Title of unfinished" not in listed
    assert client.get("/portal/blog/shown/").status_code == 200
    assert client.get("/portal/blog/later/").status_code == 404
    assert client.get("/portal/blog/unfinished/").status_code == 404
    feed = client.get("/portal/blog/feed.atom").content.decode()
    assert "Title of shown" in feed
    assert "later" not in feed
    assert "unfinished" not in feed


def test_a_scheduled_post_appears_when_its_time_comes() -> None:
    a_post("later", ago=-1)
    settings.CLOCK.jump(2 * 3600)
    try:
        assert "Title of later" in text(Client().get("/portal/blog/"))
    finally:
        settings.CLOCK.jump(-2 * 3600)


def test_the_list_is_paged_and_a_wrong_page_is_the_nearest_one() -> None:
    for number in range(12):
        a_post(f"post-{number:02}", ago=number + 1)
    client = Client()
    first, second = client.get("/portal/blog/"), client.get("/portal/blog/?page=2")
    assert first.content.count(b"<article") == 10
    assert second.content.count(b"<article") == 2
    assert b"page=2" in first.content
    assert client.get("/portal/blog/?page=900").content.count(b"<article") == 2
    assert client.get("/portal/blog/?page=x").status_code == 200
    assert "Older" in text(client.get("/portal/blog/post-00/"))


def test_what_is_written_cannot_act_on_a_page() -> None:
    a_post("hostile", body="<script>alert(1)</script>\n\n[x](javascript:alert(1))")
    shown = Client().get("/portal/blog/hostile/").content.decode()
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert" in shown
    assert 'href="javascript' not in shown


def test_the_feed_is_atom_and_names_the_origin_whatever_host_was_asked() -> None:
    a_post("first", ago=2, body="A & B <b>\x0b\n\n```\nx < y\n```")
    a_post("second")
    answer = Client().get("/portal/blog/feed.atom", headers={"host": "127.0.0.1:9"})
    assert answer.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    feed = ET.fromstring(answer.content)  # noqa: S314 - made here
    assert feed.tag == f"{ATOM}feed"
    for part in (feed, *feed.iter(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert part.findtext(f"{ATOM}{name}"), name
    links = [link.attrib["href"] for link in feed.iter(f"{ATOM}link")]
    assert all(link.startswith("http://testserver/portal/blog/") for link in links), links
    ids = [entry.findtext(f"{ATOM}id") for entry in feed.iter(f"{ATOM}entry")]
    assert ids == ["http://testserver/portal/blog/second/", "http://testserver/portal/blog/first/"]
    assert "<p>A &amp; B &lt;b&gt;" in str(feed.findall(f"{ATOM}entry")[1].findtext(f"{ATOM}content"))


def test_a_reader_that_has_the_feed_is_told_so() -> None:
    a_post("first")
    client = Client()
    tag = client.get("/portal/blog/feed.atom").headers["ETag"]
    assert client.get("/portal/blog/feed.atom", headers={"if-none-match": tag}).status_code == 304


def test_an_empty_blog_says_so_and_its_feed_is_whole() -> None:
    assert "There are no posts yet." in text(Client().get("/portal/blog/"))
    assert ET.fromstring(Client().get("/portal/blog/feed.atom").content).findtext(f"{ATOM}updated")  # noqa: S314 - made here


# In files


def test_posts_and_connectors_are_exported_and_applied_without_a_publication() -> None:
    sample_make()
    a_post("first", ago=2)
    connector_put(key="python", name="Python", summary="A library.", apis=("job-tracking",))
    files = files_of(decisions_of_rows(secrets=False), None, "")
    assert files["posts/first.yaml"].endswith("body: Some *words*.\n")
    assert "job-tracking" in files["connectors/python.yaml"]
    Post.objects.all().delete()
    Connector.objects.all().delete()
    applied = decisions_apply(found=read(files, _no_sealer), by="test")
    assert sorted(f"{change.kind.name} {change.key}" for change in applied.changes) == [
        "connector python",
        "post first",
    ]
    assert applied.waiting == 0
    assert differences(read(files, _no_sealer)) == ()
    assert Client().get("/portal/blog/first/").status_code == 200


def test_a_post_in_a_file_says_when_it_is_published() -> None:
    sample_make()
    files = files_of(decisions_of_rows(secrets=False), None, "")
    files["posts/now.yaml"] = "key: now\ntitle: Now\nbody: x\ndraft: false\n"
    with pytest.raises(FilesFaulty, match=r"posts/now.yaml:1: .*Say when it is published"):
        decisions_apply(found=read(files, _no_sealer), by="test")


def _no_sealer(_head: object) -> NoReturn:
    raise ValueError("there are no secrets")


# In the console


def test_a_post_is_previewed_and_then_saved_and_needs_no_publication() -> None:
    ada = administrator()
    address = "/console/catalogue/post/add/"
    data = filled(ada, address, title="Maintenance in March", body="On *Sunday*.") | {"draft": "on"}
    preview = ada.post(address, data | {"_preview": "1"})
    assert "<em>Sunday</em>" in preview.content.decode()
    assert "Please correct" not in text(preview)
    assert 'value="Maintenance in March"' in preview.content.decode()
    assert not Post.objects.exists()
    versions = Version.objects.count()
    ada.post(address, data, follow=True)
    post = Post.objects.get()
    assert (post.key, post.draft, post.published_at) == ("maintenance-in-march", True, None)
    act(ada, post, "publish")
    assert "<em>Sunday</em>" in Client().get("/portal/blog/maintenance-in-march/").content.decode()
    assert Version.objects.count() <= versions + 1  # the directory's, which a new installation lacks
    assert not draft().changes
    act(ada, post, "withdraw")
    told = list(Entry.objects.filter(kind="post").order_by("id").values_list("action", flat=True))
    assert told == ["added", "published", "changed"]
    assert Client().get("/portal/blog/maintenance-in-march/").status_code == 404


def test_a_post_that_is_no_draft_is_shown_from_now_on() -> None:
    ada = administrator()
    address = "/console/catalogue/post/add/"
    data = filled(ada, address, title="Now", body="x", key="now")
    data.pop("draft", None)
    ada.post(address, data)
    post = Post.objects.get()
    assert post.published_at is not None
    assert abs((post.published_at - now()).total_seconds()) < 60
    assert "Shown" in text(ada.get("/console/catalogue/post/"))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"title": "??", "key": ""}, "Give a key"),
        ({"key": "No Key"}, "Use lower case letters"),
        ({"key": "taken"}, "already exists"),
        ({"published_at": "tomorrow"}, "Enter a valid date/time."),
        ({"body": "x" * 100_001}, "at most 100000 characters"),
    ],
)
def test_what_cannot_be_saved_says_why(given: dict[str, str], told: str) -> None:
    a_post("taken")
    ada = administrator()
    address = "/console/catalogue/post/add/"
    data = filled(ada, address, title="A title", body="x", key="a-key") | given
    assert told in text(ada.post(address, data))
    assert Post.objects.count() == 1


def test_the_key_of_a_post_stays() -> None:
    post, ada = a_post("first"), administrator()
    assert 'name="key"' not in ada.get(page(post)).content.decode()
    data = filled(ada, page(post), title="Another title") | {"key": "other"}
    ada.post(page(post), data)
    post.refresh_from_db()
    assert (post.key, post.title) == ("first", "Another title")


def test_only_who_has_the_right_writes() -> None:
    reader = helper("view_post")
    post = a_post("first")
    assert reader.get(page(post)).status_code == 200
    assert "_preview" not in reader.get(page(post)).content.decode()
    assert reader.get("/console/catalogue/post/add/").status_code == 403
    assert act(reader, post, "withdraw").status_code == 403
    assert reader.get("/console/catalogue/connector/").status_code == 403


# Connectors


def test_connectors_are_listed_in_their_order_found_and_shown_with_what_they_call() -> None:
    sample_make()
    connector_put(
        key="excel",
        name="Excel",
        summary="A workbook.",
        description="Take the **task pane**.",
        vendor="Somebody",
        link="https://example.com/x",
        apis=("job-tracking",),
        adapters=("production-management",),
        position=2,
    )
    connector_put(key="python", name="Python", summary="A library.", position=1)
    connector_put(key="hidden", name="Hidden", summary="Not yet.", published=False)
    client = Client()
    listed = text(client.get("/portal/connectors/"))
    assert listed.index("Python") < listed.index("Excel")
    assert "Hidden" not in listed
    found = text(client.get("/portal/connectors/?q=task+workbook"))
    assert "1 connector has these words." in found
    assert "No connector has these words." in text(client.get("/portal/connectors/?q=nothing%00"))
    shown = client.get("/portal/connectors/excel/")
    assert "<strong>task pane</strong>" in shown.content.decode()
    assert "Job Tracking" in text(shown)
    assert "Production Management" in text(shown)
    assert client.get("/portal/connectors/hidden/").status_code == 404


def test_a_connector_is_written_hidden_and_shown_in_the_console() -> None:
    ada = administrator()
    address = "/console/catalogue/connector/add/"
    data = filled(ada, address, name="Power tool", summary="A tool.", link="javascript:alert(1)")
    assert "Enter a valid URL." in text(ada.post(address, data))
    ada.post(address, data | {"link": "https://example.com/"}, follow=True)
    connector = Connector.objects.get()
    assert connector.key == "power-tool"
    act(ada, connector, "hide")
    assert Client().get("/portal/connectors/power-tool/").status_code == 404
    act(ada, connector, "show")
    assert Client().get("/portal/connectors/power-tool/").status_code == 200
    told = list(Entry.objects.filter(kind="connector").order_by("id").values_list("action", flat=True))
    assert told == ["added", "changed", "changed"]


def test_an_api_that_a_connector_names_is_not_dropped_from_it_in_silence() -> None:
    sample = sample_make()
    connector_put(key="python", name="Python", summary="A library.", apis=("job-tracking",))
    api = Api.objects.get(key="job-tracking")
    answer = signed_in(sample.administrator).get(page(api, "delete"))
    assert "connector: Python" in text(answer)


def test_a_connector_cannot_name_what_is_not_there() -> None:
    with pytest.raises(ValidationError, match="There is no gone"):
        connector_put(key="python", name="Python", summary="x", apis=("gone",))
    assert not Connector.objects.exists()


# Glossary


def test_every_term_has_an_anchor_and_leads_to_others() -> None:
    shown = Client().get("/portal/glossary/").content.decode()
    anchors = set(re.findall(r'<div id="([a-z-]+)"', shown))
    assert anchors == {term.key for term in glossary_terms()}
    assert set(re.findall(r'href="#([a-z-]+)"', shown)) - {"main"} <= anchors
    assert {"adapter", "pcn", "pun", "rate-limit", "quota", "controller"} <= anchors
