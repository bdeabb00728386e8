"""What waits is counted anew as soon as anything has changed, and not before."""

from __future__ import annotations

from threading import Thread
from typing import TYPE_CHECKING

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from millgate.control.accounts.models import Person, PersonState
from millgate.control.clients.models import Subscription, SubscriptionState
from millgate.control.console.database_marks import mark_of
from support.console_pages import signed_in, text
from support.sample import sample_make

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

pytestmark = pytest.mark.usefixtures("committed")
PAGE = "/console/catalogue/post/"
WAITS = "Subscriptions 1 waiting"


def submit() -> None:
    Subscription.objects.update(state=SubscriptionState.SUBMITTED)


def elsewhere(change: Callable[[], object]) -> None:
    """Change something by another connection, as another worker would."""

    def run() -> None:
        try:
            change()
        finally:
            connections.close_all()

    thread = Thread(target=run)
    thread.start()
    thread.join()


def navigation(client: Client) -> str:
    return " ".join(text(client.get(PAGE)).split())


@pytest.mark.parametrize("where", [lambda change: change(), elsewhere], ids=["here", "elsewhere"])
def test_a_change_is_counted_on_the_next_page(where: Callable[[Callable[[], object]], None]) -> None:
    ada = signed_in(sample_make().administrator)
    assert WAITS not in navigation(ada)
    where(submit)
    assert WAITS in navigation(ada)
    where(lambda: Subscription.objects.update(state=SubscriptionState.ACTIVE))
    assert WAITS not in navigation(ada)


def test_nothing_is_counted_twice_while_nothing_changes() -> None:
    ada = signed_in(sample_make().administrator)
    navigation(ada)
    with CaptureQueriesContext(connection) as asked:
        navigation(ada)
    counted = [query["sql"] for query in asked if "COUNT" in query["sql"]]
    assert len(counted) == 1, "the list counts its own rows, and nothing else is counted"
    assert len(asked) < 8


def test_what_is_taken_back_is_not_kept() -> None:
    ada = signed_in(sample_make().administrator)
    assert WAITS not in navigation(ada)
    with transaction.atomic():
        submit()
        assert WAITS in navigation(ada)
        transaction.set_rollback(True)
    assert WAITS not in navigation(ada)


def test_each_reader_is_told_of_what_they_may_see() -> None:
    sample = sample_make()
    submit()
    assert WAITS in navigation(signed_in(sample.administrator))
    Person.objects.filter(pk=sample.developer.pk).update(is_staff=True, state=PersonState.ACTIVE)
    assert "waiting" not in navigation(signed_in(sample.developer))


def test_there_is_no_mark_within_a_transaction() -> None:
    sample_make()
    assert mark_of("default") == mark_of("default") is not None
    with transaction.atomic():
        assert mark_of("default") is None
