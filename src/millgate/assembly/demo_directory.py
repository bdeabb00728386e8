"""The demo's people, programs, adapter and subscription. Imported once Django is ready."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.conf import settings

from millgate.assembly import demo_content
from millgate.control.accounts import services as accounts
from millgate.control.accounts.models import Company, Person
from millgate.control.actions.applications import application_account_set, application_token_rotate
from millgate.control.actions.models import Application as ActionApplication
from millgate.control.catalogue import models as catalogue
from millgate.control.catalogue.services import adapter_put
from millgate.control.clients import services as clients
from millgate.control.clients.models import ClientApplication, ClientType, Subscription
from millgate.control.lookup.selectors import DEMO_ACCOUNT
from millgate.control.publish.selectors import draft
from millgate.control.publish.services import directory_change, publication_make
from millgate.core.secrets import new_password
from millgate.plant import registry
from millgate.plant.sample.company import PROFILES
from millgate.snapshot.document import TEST, Adapter, Limit

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from django.db.models import QuerySet

BY: Final = "demo"
ADMINISTRATOR: Final = "admin@tamarack.example"
DEVELOPER: Final = "developer@tamarack.example"
SERVICE_ACCOUNT: Final = "svc-integration"
APPLICATION: Final = "Sample Integration"
TEST_ONLY_APPLICATION: Final = "Sample Integration (Test Only)"
BOARD: Final = "Andon Board"
"""A program on the machine of whoever uses it, which signs people in."""
BOARD_ID: Final = "MILLGATE_PUBLIC_CLIENT_ID"
REDIRECT_URI: Final = "http://127.0.0.1/callback"
ADAPTER: Final = "production-management"
DESK: Final = "orders@tamarack.example"
DESK_EMAIL: Final = "MILLGATE_ACTION_EMAIL"
DESK_HATS: Final = ("client", "employee", "liaison")
"""Of the order desk: all that the action API knows, so that applications differ in what one acts as."""
DESK_ROLES: Final = ("production-viewer", "production-planner")
"""Of the order desk, too: who cancels jobs may write them."""
DESK_APPLICATION: Final = "planoorder"
PERSONAL_ROLES: Final = ("production-viewer",)
"""Of the developer: fewer than the service account has, so that one sees as whom a program acts."""
ROLES: Final = ("production-viewer", "operator", "production-planner", "engineer", "quality")

LIMITED_ADAPTER: Final = "limited-trial"
LIMITED_KEY: Final = "MILLGATE_LIMITED_SUBSCRIPTION_KEY"
LIMITED_RATE: Final = Limit(
    "rate", 20, 60, remaining_header="X-Remaining-Calls", total_header="X-Total-Calls"
)
"""Few enough calls that anybody can watch a limit at work."""

COMPANY_CODE: Final = "MILLGATE_COMPANY_CODE"
LOOKUP_ADAPTER: Final = "workcenter-lookup-demo"
LOOKUP_APPLICATION: Final = "Workcenter Lookup (Demo Mode)"
LOOKUP_RATE: Final = Limit("rate", 1_200, 60)
LOOKUP_QUOTA: Final = Limit("calls", 200_000, 86_400)
"""All who are in Demo Mode share these: enough for some dozens who look at reports."""

EVERYDAY_RATE: Final = Limit("rate", 20_000, 10)
EVERYDAY_QUOTA: Final = Limit("calls", 1_000_000_000, 7 * 86_400)


def made() -> bool:
    """Whether this installation has the demo's programs."""
    return ClientApplication.objects.filter(display_name=APPLICATION).exists()


def make(resource: str, *, keep: Callable[[dict[str, str]], None]) -> dict[str, str]:
    """Make what is missing, and new credentials for all of it.

    `keep` is called with the credentials before anything is committed: rows whose credentials were
    not kept are never there.
    """
    with directory_change(by=BY):
        if not made():
            adapter_put(_adapter())
            adapter_put(_limited_adapter())
            adapter_put(_lookup_adapter())
            demo_content.make(now=settings.CLOCK.utc())
            publication_make(by=BY, note="The sample company")
            _make_people_and_programs()
            _make_board()
            _make_desk()
            _make_limited_subscription()
            _make_lookup_identity()
        credentials = _issue(resource)
        keep(credentials)
    return credentials


def _adapter() -> Adapter:
    return Adapter(
        key=ADAPTER,
        name="Production Management",
        description="Parts, workcenters, jobs and production logs of the sample company, on both tiers.",
        terms="Sample data of a fictional company. Use it as you like.",
        apis=tuple(api.key for api in registry.apis()),
        all_apis_on_test=True,
        limits=(EVERYDAY_RATE, EVERYDAY_QUOTA),
    )


def _limited_adapter() -> Adapter:
    return Adapter(
        key=LIMITED_ADAPTER,
        name="Limited Trial",
        description="Every API on the test tier, for a few calls a minute: to see a limit at work.",
        apis=(),
        all_apis_on_test=True,
        ratelimit_fields=True,
        limits=(LIMITED_RATE,),
    )


def _lookup_adapter() -> Adapter:
    return Adapter(
        key=LOOKUP_ADAPTER,
        name="Workcenter Lookup, Demo Mode",
        description="What Demo Mode of Workcenter Lookup reads; all who use it share it.",
        apis=("workcenter", "production-tracking", "production-reports"),
        tiers=(TEST,),
        published=False,
        limits=(LOOKUP_RATE, LOOKUP_QUOTA),
    )


def make_missing(kept: Collection[str]) -> dict[str, str]:
    """Make what a demo of an earlier release has not, by the names of its credentials; the new ones."""
    limited = {} if LIMITED_KEY in kept else _made_limited()
    board = {} if BOARD_ID in kept else _made_board()
    _lookup_identity_ensure()
    desk = {} if DESK_EMAIL in kept else _made_desk()
    lookup = {} if COMPANY_CODE in kept else _lookup_credentials()
    return limited | board | desk | lookup


def _made_desk() -> dict[str, str]:
    with directory_change(by=BY):
        if not Person.objects.filter(email=DESK).exists():
            _make_desk()
        return _desk_credentials()


def _made_board() -> dict[str, str]:
    with directory_change(by=BY):
        if not ClientApplication.objects.filter(display_name=BOARD).exists():
            _make_board()
    return _board_credentials()


def _made_limited() -> dict[str, str]:
    """Make the limited adapter and subscription in a demo of an earlier release; its credentials.

    Where somebody has drafts, the adapter waits beside them to be published: nothing of theirs is published
    along with it.
    """
    with directory_change(by=BY):
        if not catalogue.Adapter.objects.filter(key=LIMITED_ADAPTER).exists():
            drafts = draft().changes
            adapter_put(_limited_adapter())
            if not drafts:
                publication_make(by=BY, note="A limit to watch")
        if not _subscriptions().filter(adapter__key=LIMITED_ADAPTER).exists():
            _make_limited_subscription()
    return _limited_credentials()


def _make_limited_subscription() -> None:
    clients.subscription_create(
        owner=Person.objects.get(email=DEVELOPER),
        adapter=catalogue.Adapter.objects.get(key=LIMITED_ADAPTER),
        name="Limited trial",
        approved=True,
    )


def _lookup_identity_ensure() -> None:
    """Make the identity of Demo Mode in a demo of an earlier release; the adapter as in `_made_limited`."""
    if Person.objects.filter(user_id=DEMO_ACCOUNT).exists():
        return
    with directory_change(by=BY):
        if not catalogue.Adapter.objects.filter(key=LOOKUP_ADAPTER).exists():
            drafts = draft().changes
            adapter_put(_lookup_adapter())
            if not drafts:
                publication_make(by=BY, note="Demo Mode of Workcenter Lookup")
        _make_lookup_identity()


def _make_lookup_identity() -> None:
    """The account as which Demo Mode reads, its application without a secret, and its subscription."""
    company = _application(APPLICATION).company
    account = accounts.service_account_create(
        user_id=DEMO_ACCOUNT,
        company=company,
        roles=PERSONAL_ROLES,
        first_name="Workcenter Lookup",
        last_name="Demo Mode",
    )
    clients.application_create(
        display_name=LOOKUP_APPLICATION, company=company, account=account, test_only=True
    )
    clients.subscription_create(
        owner=account,
        adapter=catalogue.Adapter.objects.get(key=LOOKUP_ADAPTER),
        name=LOOKUP_APPLICATION,
        approved=True,
    )


def _make_board() -> None:
    developer = Person.objects.get(email=DEVELOPER)
    clients.application_create(
        display_name=BOARD,
        company=_application(APPLICATION).company,
        account=None,
        owner=developer,
        client_type=ClientType.PUBLIC,
        redirect_uris=(REDIRECT_URI,),
    )


def _make_desk() -> None:
    """Somebody who cancels and reinstates what customers order, through the action API."""
    desk = accounts.person_create(
        email=DESK,
        user_id="orders",
        first_name="Odile",
        last_name="Marsh",
        position="Order desk",
        company=_application(APPLICATION).company,
        roles=DESK_ROLES,
    )
    accounts.person_hats_set(person=desk, hats=DESK_HATS)
    application_account_set(
        ActionApplication.objects.get(slug=DESK_APPLICATION), Person.objects.get(user_id=SERVICE_ACCOUNT)
    )


def _desk_credentials() -> dict[str, str]:
    application = ActionApplication.objects.get(slug=DESK_APPLICATION)
    return {
        DESK_EMAIL: DESK,
        "MILLGATE_ACTION_PASSWORD": _password(DESK),
        "MILLGATE_ACTION_APPLICATION": DESK_APPLICATION,
        "MILLGATE_ACTION_TOKEN": application_token_rotate(application).reveal(),
    }


def _make_people_and_programs() -> None:
    company = _make_companies()[0]
    account = accounts.service_account_create(
        user_id=SERVICE_ACCOUNT, company=company, roles=ROLES, first_name="Sample", last_name="Integration"
    )
    developer = _make_people(company)
    for name, test_only in ((APPLICATION, False), (TEST_ONLY_APPLICATION, True)):
        clients.application_create(
            display_name=name,
            company=company,
            account=account,
            owner=developer,
            test_only=test_only,
            redirect_uris=(REDIRECT_URI,),
        )
    adapter = catalogue.Adapter.objects.get(key=ADAPTER)
    clients.subscription_create(owner=developer, adapter=adapter, name="Developer access", approved=True)


def _make_companies() -> list[Company]:
    return [
        accounts.company_create(pcn=item.pcn, code=item.code, name=item.name, time_zone=item.calendar.zone)
        for item in PROFILES
    ]


def _make_people(company: Company) -> Person:
    """The administrator and, returned, the developer; their passwords come with `_issue`."""
    accounts.person_create(
        email=ADMINISTRATOR,
        user_id="admin",
        first_name="Ada",
        last_name="Lindqvist",
        company=company,
        is_staff=True,
        is_superuser=True,
    )
    return accounts.person_create(
        email=DEVELOPER,
        user_id="developer",
        first_name="Devi",
        last_name="Okafor",
        company=company,
        roles=PERSONAL_ROLES,
    )


def _issue(resource: str) -> dict[str, str]:
    """New secrets and passwords, and the key that the subscription has."""
    application, test_only = _application(APPLICATION), _application(TEST_ONLY_APPLICATION)
    everyday = _subscriptions().exclude(adapter__key=LIMITED_ADAPTER).earliest("created_at")
    return {
        "MILLGATE_TENANT": str(application.company.tenant_id),
        "MILLGATE_CLIENT_ID": str(application.client_id),
        "MILLGATE_CLIENT_SECRET": _secret(application),
        "MILLGATE_RESOURCE": resource,
        "MILLGATE_SUBSCRIPTION_KEY": _key(everyday),
        **_limited_credentials(),
        "MILLGATE_TEST_ONLY_CLIENT_ID": str(test_only.client_id),
        "MILLGATE_TEST_ONLY_CLIENT_SECRET": _secret(test_only),
        **_board_credentials(),
        "MILLGATE_ADMIN_EMAIL": ADMINISTRATOR,
        "MILLGATE_ADMIN_PASSWORD": _password(ADMINISTRATOR),
        "MILLGATE_DEVELOPER_EMAIL": DEVELOPER,
        "MILLGATE_DEVELOPER_PASSWORD": _password(DEVELOPER),
        **_desk_credentials(),
        **_lookup_credentials(),
    }


def _application(name: str) -> ClientApplication:
    return ClientApplication.objects.select_related("company").get(display_name=name)


def _limited_credentials() -> dict[str, str]:
    limited = _subscriptions().filter(adapter__key=LIMITED_ADAPTER).earliest("created_at")
    return {LIMITED_KEY: _key(limited), "MILLGATE_LIMITED_CALLS": str(LIMITED_RATE.amount)}


def _board_credentials() -> dict[str, str]:
    return {BOARD_ID: str(_application(BOARD).client_id), "MILLGATE_REDIRECT_URI": REDIRECT_URI}


def _lookup_credentials() -> dict[str, str]:
    """What Workcenter Lookup asks a person for besides password and key."""
    developer = Person.objects.select_related("company").get(email=DEVELOPER)
    code = developer.company.code if developer.company else ""
    return {COMPANY_CODE: code, "MILLGATE_DEVELOPER_USER_ID": developer.user_id}


def _subscriptions() -> QuerySet[Subscription]:
    return Subscription.objects.filter(owner__email=DEVELOPER)


def _key(subscription: Subscription) -> str:
    return clients.subscription_keys_reveal(subscription=subscription).primary.reveal()


def _secret(application: ClientApplication) -> str:
    return clients.application_secret_add(application=application, description="Made by the demo")[1].reveal()


def _password(email: str) -> str:
    password = new_password()
    accounts.person_password_set(person=Person.objects.get(email=email), password=password)
    return password
