"""The platform's terms in plain words. Pages link to them as `/portal/glossary/#key`; keys stay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class _Written:
    key: str
    name: str | Promise
    text: str | Promise
    see: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Term:
    """A term as the page shows it.

    Attributes:
        key: its anchor.
        name: the term.
        text: what it means.
        see: terms that belong to it.
    """

    key: str
    name: str
    text: str
    see: tuple[Term, ...] = ()


_TERMS: Final = (
    _Written(
        "access-token",
        _("Access token"),
        _(
            "A signed text that a client application gets from the token service, and sends with each "
            "call as Bearer. It says for which application and account the call is made, and ends after "
            "a while."
        ),
        ("client-application", "client-secret", "controller"),
    ),
    _Written(
        "action",
        _("Action"),
        _(
            "One thing that people decide in an application, such as canceling a job. It is called by its "
            "route, a collection and what is done to it, and answered in an envelope with a status."
        ),
        ("session-token", "cancelation", "list-item"),
    ),
    _Written(
        "adapter",
        _("Adapter"),
        _("A bundle of APIs. Whoever subscribes to it gets two keys that open its APIs within its limits."),
        ("subscription", "rate-limit", "quota", "tier"),
    ),
    _Written(
        "api",
        _("API"),
        _(
            "A set of operations under one address. It is published in versions, each with its own "
            "operations."
        ),
        ("operation", "version", "revision", "adapter"),
    ),
    _Written(
        "approval",
        _("Approval"),
        _(
            "An administrator's decision on a request, such as a subscription. Until it is made the "
            "request is waiting, and its keys open nothing."
        ),
        ("subscription",),
    ),
    _Written(
        "business-process-api",
        _("Business process API"),
        _("An API that is made of several others, and does a whole step of work in one call."),
        ("system-api",),
    ),
    _Written(
        "cancelation",
        _("Cancelation"),
        _(
            "The record that something was canceled: who, why, when and in which application; and, where "
            "it was reinstated, the same of that. Canceling again makes another record."
        ),
        ("action", "list-item"),
    ),
    _Written(
        "client-application",
        _("Client application"),
        _(
            "A program that calls APIs. It has a client ID, belongs to a company, and acts as an "
            "account whose security roles decide what it may read and write."
        ),
        ("client-secret", "pun", "test-only"),
    ),
    _Written(
        "client-secret",
        _("Client secret"),
        _(
            "What proves to the token service that a program is the client application that it says it "
            "is. It is shown once. An application may have several, so that one can be changed without "
            "a failed call."
        ),
        ("client-application", "access-token"),
    ),
    _Written(
        "connector",
        _("Connector"),
        _("A ready-made way to reach APIs from another product, such as a workbook or a client library."),
        ("adapter",),
    ),
    _Written(
        "controller",
        _("Controller"),
        _(
            "The name under which a kind of data is protected, such as Workcenters. A security role "
            "opens controllers for reading, or for reading and writing."
        ),
        ("security-role", "managed-resource"),
    ),
    _Written(
        "data-source",
        _("Data source"),
        _(
            "A database of one's own, of which tables and views are published as managed resources. It "
            "is only read."
        ),
        ("managed-resource",),
    ),
    _Written(
        "deprecated",
        _("Deprecated"),
        _(
            "Still answers, and is not to be begun with any more. What to use instead stands beside the "
            "mark, and the day until which it answers where that is decided."
        ),
        ("version",),
    ),
    _Written(
        "list-item",
        _("List item"),
        _("One choice of a list that is kept in the console, such as a reason for canceling a job."),
        ("cancelation",),
    ),
    _Written(
        "managed-resource",
        _("Managed resource"),
        _(
            "Rows of one kind, such as workcenters, that are listed, filtered and read one by one "
            "through an API."
        ),
        ("controller", "data-source"),
    ),
    _Written(
        "operation",
        _("Operation"),
        _("One thing that can be called: a method and an address, such as GET /Workcenters."),
        ("api",),
    ),
    _Written(
        "pcn",
        _("PCN"),
        _("The number of a company. Every call is made for one company, and sees that company's rows alone."),
        ("pun",),
    ),
    _Written(
        "publication",
        _("Publication"),
        _(
            "The moment at which changes of APIs and adapters take effect: all at once, or not at all. "
            "Before it they are drafts."
        ),
        ("version-in-force",),
    ),
    _Written(
        "pun",
        _("PUN"),
        _(
            "The user ID of a person or of a service account. It stands in tokens, and in the records "
            "of what was changed."
        ),
        ("service-account", "pcn"),
    ),
    _Written(
        "quota",
        _("Quota"),
        _(
            "How many calls, or how many kilobytes, a subscription has in a longer time such as a week. "
            "When it is used up, calls are answered with 403 until it renews."
        ),
        ("rate-limit",),
    ),
    _Written(
        "rate-limit",
        _("Rate limit"),
        _(
            "How many calls a subscription may make in a short time, five minutes at most. Calls beyond "
            "it are answered with 429 and Retry-After, which says in how many seconds the next one is "
            "allowed."
        ),
        ("quota",),
    ),
    _Written(
        "revision",
        _("Revision"),
        _(
            "A state of one version of an API. One is current; others can be tried at their own "
            "address, with ;rev= and a number, before they are made current."
        ),
        ("version",),
    ),
    _Written(
        "security-role",
        _("Security role"),
        _(
            "What a person or service account may do: a list of controllers, each to read, or to read "
            "and write."
        ),
        ("controller", "service-account"),
    ),
    _Written(
        "service-account",
        _("Service account"),
        _("An account that no person signs in with, and as which client applications act."),
        ("pun", "client-application"),
    ),
    _Written(
        "session-token",
        _("Session token"),
        _(
            "What an action carries in its body: it stands for a user in an application, or for the "
            "application itself. A session ends after seven days, or when it was not used for 72 hours, "
            "unless its user wants to be remembered."
        ),
        ("action", "access-token"),
    ),
    _Written(
        "subscription",
        _("Subscription"),
        _(
            "Somebody's permission to call an adapter, one API, or all of them. It has two keys and "
            "counts its calls."
        ),
        ("adapter", "subscription-key", "approval"),
    ),
    _Written(
        "subscription-key",
        _("Subscription key"),
        _(
            "What each call of a subscription carries, in a header or in the query. There are a primary "
            "and a secondary one: while one is changed, calls go on with the other."
        ),
        ("subscription",),
    ),
    _Written(
        "system-api",
        _("System API"),
        _("An API that gives the data of one application as it is."),
        ("business-process-api",),
    ),
    _Written(
        "test-only",
        _("Test Only"),
        _("Said of a client application that may call the test tier alone."),
        ("tier", "client-application"),
    ),
    _Written(
        "tier",
        _("Tier"),
        _("One of two sets of data: test, whose addresses begin with /test, and production."),
        ("test-only",),
    ),
    _Written(
        "version",
        _("Version"),
        _(
            "An edition of an API that stays as it is for the programs that call it. Another one gets "
            "another name, as v2."
        ),
        ("revision", "deprecated"),
    ),
    _Written(
        "version-in-force",
        _("Version in force"),
        _("What was published last: the APIs, adapters and limits that calls are judged by now."),
        ("publication",),
    ),
)


def glossary_terms() -> tuple[Term, ...]:
    """All terms by name in the reader's language."""
    shown = {item.key: Term(item.key, str(item.name), str(item.text)) for item in _TERMS}
    full = (
        Term(item.key, str(item.name), str(item.text), tuple(shown[key] for key in item.see))
        for item in _TERMS
    )
    return tuple(sorted(full, key=lambda term: term.name.casefold()))
