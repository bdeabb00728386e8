"""The console's pages as tasks: one table, from which the navigation and the first page are made.

A page is added by adding an entry. One whose address is not there (yet) is left out, and so is every page
that the reader may not see.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from millgate.control.accounts.standings import CHANGES_PEOPLE
from millgate.control.console.rights import (
    ACCOUNT_SETTINGS,
    CLOCK,
    DECIDES,
    FAULT_RULES,
    PUBLISHING,
    has_any,
    may_give_roles,
    seeing,
)
from millgate.control.console.waiting import counts_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.utils.functional import Promise
    from django.utils.safestring import SafeString

    from millgate.control.console.rights import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A page of the console.

    Attributes:
        label: its name, as its heading has it.
        page: the name of its address.
        rights: who has one of these may see it; empty means nobody but those who have every right.
        help: what it is for, in a sentence.
        waits: which things that wait (`waiting.WAITING`) are counted beside it.
        add: the name of the address, and the right, of those who may only add something there.
        open_to: whether somebody sees it without one of the rights.
    """

    label: str | Promise
    page: str
    rights: tuple[str, ...]
    help: str | Promise
    waits: tuple[str, ...] = ()
    add: tuple[str, str] = ("", "")
    open_to: Callable[[Reader], bool] = lambda _reader: False


def rows_of(label: str | Promise, model: str, help: str | Promise, *waits: str) -> Entry:  # noqa: A002 - as above
    """The entry of the list of a model's rows, given as `app.model`."""
    app, name = model.split(".")
    return Entry(
        label=label,
        page=f"admin:{app}_{name}_changelist",
        rights=seeing(model),
        help=help,
        waits=waits,
        add=(f"admin:{app}_{name}_add", f"{app}.add_{name}"),
    )


GROUPS: Final[tuple[tuple[str | Promise, tuple[Entry, ...]], ...]] = (
    (
        _("People"),
        (
            Entry(
                label=_("Approvals"),
                page="console-approvals",
                rights=DECIDES,
                help=_("Accounts, subscriptions and service requests that wait for a yes or a no."),
                waits=("accounts", "subscriptions", "requests"),
            ),
            Entry(
                label=_("User Manager"),
                page="admin:accounts_person_changelist",
                rights=seeing("accounts.person"),
                help=_("Who has an account, their roles, and whether they may sign in."),
                waits=("accounts",),
            ),
            Entry(
                label=_("Cloud Access"),
                page="console-cloud-access",
                rights=("accounts.change_person",),
                help=_("The Default Customer (PCN) of a person, and further companies."),
            ),
            rows_of(
                _("Service Requests"),
                "accounts.servicerequest",
                _("Companies that ask for a developer account."),
                "requests",
            ),
            rows_of(_("Companies"), "accounts.company", _("Customers (PCN), their names and time zones.")),
            rows_of(
                _("Security Roles"),
                "accounts.role",
                _("What the members of a role may read and write."),
            ),
            Entry(
                label=_("Roles to Give"),
                page="console-roles",
                rights=(CHANGES_PEOPLE,),
                help=_("The roles of which you are an admin: give them to others, and take them back."),
                open_to=may_give_roles,
            ),
            Entry(
                label=_("Account Settings"),
                page="console-account-settings",
                rights=(ACCOUNT_SETTINGS,),
                help=_("Who may sign up, the terms of use, and the second factor of administrators."),
            ),
        ),
    ),
    (
        _("Programs"),
        (
            rows_of(
                _("Client Applications"),
                "clients.clientapplication",
                _("Programs that get tokens: client IDs, secrets, certificates, redirect URIs."),
                "ending",
            ),
            rows_of(
                _("Subscriptions"),
                "clients.subscription",
                _("Who may call what, with which keys; suspend and reinstate."),
                "subscriptions",
            ),
            rows_of(
                _("Protected Resources"),
                "clients.protectedresource",
                _("What tokens are asked for, besides the managed API itself."),
            ),
            rows_of(
                _("Signing Keys"),
                "clients.signingkey",
                _("The keys that sign tokens: rotate, retire."),
            ),
        ),
    ),
    (
        _("Catalogue"),
        (
            rows_of(
                _("APIs"),
                "catalogue.api",
                _("What can be called: operations, versions, revisions; import a description."),
            ),
            rows_of(
                _("Adapters"),
                "catalogue.adapter",
                _("What is subscribed to: APIs, tiers, terms, rate limits and quotas."),
            ),
            rows_of(_("Upstreams"), "catalogue.upstream", _("The servers that answer behind the gateway.")),
            rows_of(
                _("Data Sources"),
                "catalogue.datasource",
                _("Tables and views of your own databases, as managed resources."),
            ),
            rows_of(
                _("Connectors"),
                "catalogue.connector",
                _("Ready-made ways to connect a tool, told in the developer portal."),
            ),
            rows_of(_("Blog"), "catalogue.post", _("Announcements in the developer portal.")),
            Entry(
                label=_("Publishing"),
                page="console-publishing",
                rights=PUBLISHING,
                help=_("What would change, what stands against it, what is in force; roll back."),
                waits=("drafts",),
            ),
        ),
    ),
    (
        _("Actions"),
        (
            rows_of(
                _("Action Registry"),
                "actions.routerecord",
                _("Routes of the action API: which are planned, deployed or retired; deploy and retire."),
            ),
            rows_of(
                _("Action Services"),
                "actions.servicerecord",
                _("The services that routes are part of: deploy and retire them as one."),
            ),
            rows_of(
                _("Action Applications"),
                "actions.application",
                _("The applications that actions are called in: order of roles, tokens."),
            ),
            rows_of(
                _("Action Sessions"),
                "actions.session",
                _("Who is signed in to which application, since when; end a session."),
            ),
            rows_of(
                _("Cancelations"),
                "actions.cancelation",
                _("What was canceled and reinstated: by whom, why, when, in which application."),
            ),
            rows_of(
                _("List Items"),
                "actions.listitem",
                _("Lists of choices, such as the reasons of cancelations."),
            ),
            rows_of(
                _("Action Notifications"),
                "actions.notification",
                _("Actions that failed, such as for a mail that was not taken: send it again, resolve."),
                "troubles",
            ),
        ),
    ),
    (
        _("Operation"),
        (
            Entry(
                label=_("Analytics"),
                page="console-analytics",
                rights=("usage.view_callcount",),
                help=_("Calls, errors, latency and bandwidth over time, and who caused them."),
            ),
            rows_of(
                _("Refused Calls"),
                "usage.refusal",
                _("Which check refused a call, and when the next one is allowed."),
            ),
            rows_of(
                _("Counters"), "usage.counter", _("What is used of each rate limit and quota; begin anew.")
            ),
            rows_of(
                _("Call Counts"), "usage.callcount", _("Calls by minute, hour or day, as they were counted.")
            ),
            rows_of(
                _("Notifications"),
                "usage.notice",
                _("Trouble that the machines report: mail that failed, backends that do not answer."),
                "notices",
            ),
            Entry(
                label=_("Mail"),
                page="admin:mail_mail_changelist",
                rights=seeing("mail.mail"),
                help=_("What was sent, what failed and why; send again, try out, see the templates."),
                waits=("mails",),
                add=("admin:mail_mail_test", "mail.add_mail"),
            ),
            rows_of(
                _("Audit Log"),
                "audit.entry",
                _("Who changed what, when, from where; before and after."),
            ),
            Entry(
                label=_("Faults and Clock"),
                page="console-faults",
                rights=(*FAULT_RULES, CLOCK),
                help=_("Errors, latency and dropped connections on demand; jump the clock."),
                add=("console-fault-rule-add", "sandbox.add_faultrule"),
            ),
            Entry(
                label=_("Settings"),
                page="console-settings",
                rights=(),
                help=_("How this installation is set up, where each value comes from, what it takes up."),
            ),
        ),
    ),
)
"""Every page, grouped by what people come for."""


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as one reader sees it.

    Attributes:
        entry: of the table.
        address: where it leads.
        waiting: how many things wait there.
        current: whether the reader is there now.
    """

    entry: Entry
    address: str
    waiting: int
    current: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Links under a name."""

    name: str | Promise
    links: list[Link]


def navigation(request: HttpRequest) -> list[Group]:
    """What the reader may see, by group; groups of which nothing is left are left out."""
    found = [(name, [(entry, _address(request, entry)) for entry in entries]) for name, entries in GROUPS]
    addresses = [address for _name, links in found for _entry, address in links if address]
    here = max((address for address in addresses if request.path.startswith(address)), key=len, default="")
    groups = [
        Group(name, [_link(request, entry, address, here) for entry, address in links if address])
        for name, links in found
    ]
    return [group for group in groups if group.links]


@dataclass(frozen=True, slots=True)
class _Sight:
    """The navigation as somebody sees it: by what two of them differ, and the groups themselves."""

    language: str | None
    links: tuple[tuple[str, str, int, bool], ...]
    groups: list[Group] = field(compare=False)


def navigation_written(groups: list[Group]) -> SafeString:
    """The navigation as HTML. It stands twice on each page, and is the same on most of them."""
    links = [link for group in groups for link in group.links]
    told = tuple((link.entry.page, link.address, link.waiting, link.current) for link in links)
    return _written(_Sight(get_language(), told, groups))


@lru_cache(maxsize=200)
def _written(sight: _Sight) -> SafeString:
    return render_to_string("console/_navigation.html", {"navigation": sight.groups})


def heading(page: str) -> str | Promise:
    """The name of a page by the name of its address; empty where the table has none."""
    return next((entry.label for _name, entries in GROUPS for entry in entries if entry.page == page), "")


def _link(request: HttpRequest, entry: Entry, address: str, here: str) -> Link:
    counts = counts_of(request).by_name if entry.waits else {}
    return Link(entry, address, sum(counts.get(name, 0) for name in entry.waits), address == here)


def _address(request: HttpRequest, entry: Entry) -> str:
    """Where an entry leads; empty where the reader may not go, or nothing is there."""
    add, right = entry.add
    if request.user.is_superuser or has_any(request.user, entry.rights) or entry.open_to(request.user):
        return _reversed(entry.page)
    return _reversed(add) if right and request.user.has_perm(right) else ""


def _reversed(page: str) -> str:
    try:
        return reverse(page)
    except NoReverseMatch:
        return ""
