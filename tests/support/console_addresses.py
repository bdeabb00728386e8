"""Every address of console and portal, and who may use it. A new address without an entry fails the tests.

Pages of models follow from one line for each model; everything else has a line of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.urls import get_resolver, reverse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ANYBODY = "anybody"
"""Also somebody who has not signed in."""
PERSON = "a person"
STAFF = "an administrator"
EVERYTHING = "every right"
"""Only who has every right, whatever rights there come to be."""
THE_PANE = "the pane, which says so in a header"
NOBODY = "nobody"
"""Nothing is there: not found, for whoever may enter."""


@dataclass(frozen=True)
class Use:
    """Who may fetch a page, and who may send to it.

    Attributes:
        get, post: rights of which one is enough, or one of the words above; empty where the method is none.
        args: of the address, from the rows of the test.
        besides: rights that are needed in any case.
    """

    get: tuple[str, ...] = ()
    post: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    besides: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rows:
    """What can be done with the rows of a model by those who have the right.

    Attributes:
        can: of add, change, delete.
        acts: that its page or another one has a button for.
        add_needs: a right that adding needs besides.
        rights_of: the model whose rights count; empty for its own.
    """

    can: str = "add change delete"
    acts: tuple[str, ...] = ()
    add_needs: tuple[str, ...] = ()
    rights_of: str = ""


_OWN = ("clients.subscription",)
_SECRETS = ("secret-add", "secret-expire", "secret-end", "certificate-add", "certificate-remove")
_REVISIONS = ("revision-add", "revision-current", "revision-online", "revision-offline", "revision-delete")
_SUBSCRIPTION = (
    *("approve", "reject", "reveal", "regenerate-primary", "regenerate-secondary", "suspend", "reinstate"),
    *("cancel", "counter-reset", "counters-reset"),
)

_PERSON = ("approve", "reject", "activate", "block", "unlock", "reset-second-factor", "close")

ROWS: Mapping[str, Rows] = {
    "accounts.company": Rows(),
    "accounts.person": Rows("add change", _PERSON, ("accounts.change_person",)),
    "accounts.role": Rows(),
    "accounts.servicerequest": Rows("add change", ("take", "decline")),
    "audit.entry": Rows(""),
    "catalogue.adapter": Rows(),
    "catalogue.api": Rows(acts=_REVISIONS),
    "catalogue.connector": Rows(acts=("show", "hide")),
    "catalogue.datasource": Rows(),
    "catalogue.operation": Rows(),
    "catalogue.post": Rows(acts=("publish", "withdraw")),
    "catalogue.revision": Rows("change", rights_of="catalogue.api"),
    "catalogue.upstream": Rows(),
    "clients.clientapplication": Rows(acts=_SECRETS),
    "clients.protectedresource": Rows(),
    "clients.signingkey": Rows(""),
    "clients.subscription": Rows("add change", _SUBSCRIPTION),
    "mail.mail": Rows("change", ("resend",)),
    "usage.callcount": Rows(""),
    "usage.counter": Rows(""),
    "usage.notice": Rows("change", ("read",)),
    "usage.refusal": Rows(""),
}

_CATALOGUE = tuple(
    f"catalogue.{may}_{model}"
    for model in ("api", "adapter", "datasource", "upstream")
    for may in ("view", "change")
)
_PUBLISHING = ("publish.view_version", "publish.add_version", *_CATALOGUE)
_MAIL = ("mail.view_mail", "mail.change_mail")

_DECIDES = ("accounts.change_person", "clients.change_subscription", "accounts.change_servicerequest")
_PEOPLE = ("accounts.change_person",)
_FAULT_RULES = ("sandbox.view_faultrule", "sandbox.change_faultrule")
_CLOCK = ("sandbox.change_sandboxclock",)
_CHOOSE_PEOPLE = (
    *("accounts.view_person", "accounts.change_person", "clients.add_clientapplication"),
    *("clients.change_clientapplication", "clients.add_subscription"),
)
_ANSWERS = Use(
    ("accounts.change_servicerequest",),
    ("accounts.change_servicerequest",),
    args=("accounts.servicerequest",),
    besides=("accounts.add_person", "accounts.change_person"),
)

NAMED: Mapping[str, Use] = {
    "": Use((ANYBODY,)),
    "portal:home": Use((ANYBODY,)),
    "portal:apis": Use((ANYBODY,)),
    "portal:language": Use((ANYBODY,), args=("language",)),
    "portal:apis-copy": Use((ANYBODY,)),
    "portal:api": Use((ANYBODY,), args=("api_key",)),
    "portal:api-copy": Use((ANYBODY,), args=("api_key",)),
    "portal:operation": Use((ANYBODY,), args=("api_key", "operation_key")),
    "portal:operation-copy": Use((ANYBODY,), args=("api_key", "operation_key")),
    "portal:schema": Use((ANYBODY,), args=("api_key", "schema_name")),
    "portal:schema-copy": Use((ANYBODY,), args=("api_key", "schema_name")),
    "portal:openapi.json": Use((ANYBODY,), args=("api_key",)),
    "portal:openapi.yaml": Use((ANYBODY,), args=("api_key",)),
    "portal:swagger.json": Use((ANYBODY,), args=("api_key",)),
    "portal:wadl.xml": Use((ANYBODY,), args=("api_key",)),
    "portal:adapters": Use((ANYBODY,)),
    "portal:adapters-copy": Use((ANYBODY,)),
    "portal:adapter": Use((ANYBODY,), args=("adapter_key",)),
    "portal:adapter-copy": Use((ANYBODY,), args=("adapter_key",)),
    "portal:errors": Use((ANYBODY,)),
    "portal:errors-copy": Use((ANYBODY,)),
    "portal:error": Use((ANYBODY,), args=("error_code",)),
    "portal:error-copy": Use((ANYBODY,), args=("error_code",)),
    "portal:search": Use((ANYBODY,)),
    "portal:search-index": Use((ANYBODY,)),
    "portal:llms": Use((ANYBODY,)),
    "portal:connectors": Use((ANYBODY,)),
    "portal:connector": Use((ANYBODY,), args=("connector_key",)),
    "portal:blog": Use((ANYBODY,)),
    "portal:feed": Use((ANYBODY,)),
    "portal:post": Use((ANYBODY,), args=("post_key",)),
    "portal:glossary": Use((ANYBODY,)),
    "portal:applications": Use((PERSON,)),
    "portal:application": Use(("its owner",), args=("client_id",)),
    "portal:service-requests": Use((PERSON,)),
    "portal:service-request-new": Use((PERSON,), (PERSON,)),
    "portal:service-request": Use(("who asked",), args=("accounts.servicerequest",)),
    "portal:sign-in": Use((ANYBODY,)),
    "portal:sign-in-code": Use((ANYBODY,)),
    "portal:sign-in-set-up": Use((ANYBODY,)),
    "portal:sign-up": Use((ANYBODY,)),
    "portal:sign-up-sent": Use((ANYBODY,)),
    "portal:sign-up-waiting": Use((ANYBODY,)),
    "portal:sign-up-confirm": Use((ANYBODY,), args=("one",)),
    "portal:terms": Use((ANYBODY,)),
    "portal:password-forgot": Use((ANYBODY,)),
    "portal:password-sent": Use((ANYBODY,)),
    "portal:password-reset": Use((ANYBODY,), args=("one",)),
    "portal:profile": Use((PERSON,)),
    "portal:profile-password": Use((PERSON,)),
    "portal:profile-address": Use((PERSON,)),
    "portal:address-confirm": Use((PERSON,), (PERSON,), args=("one",)),
    "portal:profile-security": Use((PERSON,)),
    "portal:profile-sessions-end": Use(post=(PERSON,)),
    "portal:profile-second-factor": Use((PERSON,)),
    "portal:profile-second-factor-off": Use((PERSON,), (PERSON,)),
    "portal:profile-recovery-codes": Use(post=(PERSON,)),
    "portal:profile-close": Use((PERSON,)),
    "portal:subscribe": Use((PERSON,), (PERSON,), args=("adapter_key",)),
    "portal:subscriptions": Use((PERSON,)),
    "portal:subscription": Use(("its owner",), args=_OWN),
    "portal:subscription-cancel": Use(("its owner",), args=_OWN),
    "portal:subscription-key": Use(post=("its owner",), args=(*_OWN, "primary")),
    "portal:subscription-regenerate": Use(("its owner",), args=(*_OWN, "primary")),
    "portal:analytics": Use((PERSON,)),
    "portal:try-it-why": Use(post=(PERSON,)),
    "portal:analytics-csv": Use((PERSON,), args=("table",)),
    "portal:refusals": Use((PERSON,)),
    "portal:why": Use(("its owner, or an administrator",), args=("unknown",)),
    "portal:sign-out": Use(post=(ANYBODY,)),
    "authorize:any": Use((ANYBODY,)),
    "authorize:tenant": Use((ANYBODY,), args=("tenant",)),
    "authorize:decide": Use(post=(ANYBODY,)),
    "authorize:programs": Use((PERSON,)),
    "authorize:revoke": Use(("who allowed it",), ("who allowed it",), args=("client_id",)),
    "lookup:pane": Use((ANYBODY,)),
    "lookup:manifest": Use((ANYBODY,)),
    "lookup:icon": Use((ANYBODY,), args=("icon_size",)),
    "lookup:help": Use((ANYBODY,)),
    "lookup:session": Use(post=(THE_PANE,)),
    "lookup:renew": Use(post=(THE_PANE,)),
    "lookup:end": Use(post=(THE_PANE,)),
    "lookup:reports": Use((THE_PANE,)),
    "lookup:windows": Use((THE_PANE,)),
    "lookup:sheets": Use(post=(THE_PANE,)),
    "admin:index": Use((STAFF,)),
    "admin:login": Use((ANYBODY,)),
    "admin:logout": Use(post=(STAFF,)),
    "admin:password_change": Use((STAFF,), (STAFF,)),
    "admin:password_change_done": Use((STAFF,)),
    "admin:jsi18n": Use((STAFF,)),
    "admin:autocomplete": Use((NOBODY,)),
    "admin:view_on_site": Use((NOBODY,), args=("one", "one")),
    "admin:app_list": Use((STAFF,), args=("app",)),
    "console-publishing": Use(_PUBLISHING, ("publish.add_version",)),
    "console-version": Use(_PUBLISHING, args=("version",)),
    "console-version-restore": Use(post=("publish.add_version",), args=("version",)),
    "console-account-settings": Use(
        ("accounts.change_accountsettings",), ("accounts.change_accountsettings",)
    ),
    "console-settings": Use((EVERYTHING,)),
    "console-people-offered": Use(_CHOOSE_PEOPLE),
    "console-faults": Use((*_FAULT_RULES, *_CLOCK)),
    "console-fault-rule-add": Use(("sandbox.add_faultrule",), ("sandbox.add_faultrule",)),
    "console-fault-rule": Use(
        ("sandbox.change_faultrule",), ("sandbox.change_faultrule",), args=("fault_rule",)
    ),
    "console-fault-rule-switch": Use(post=("sandbox.change_faultrule",), args=("fault_rule",)),
    "console-fault-rule-delete": Use(
        ("sandbox.delete_faultrule",), ("sandbox.delete_faultrule",), args=("fault_rule",)
    ),
    "console-clock-jump": Use(post=_CLOCK),
    "console-clock-reset": Use(post=_CLOCK),
    "console-approvals": Use(_DECIDES, _DECIDES),
    "console-cloud-access": Use(_PEOPLE),
    "console-cloud-access-of": Use(_PEOPLE, _PEOPLE, args=("accounts.person",)),
    "console-roles": Use(_PEOPLE),
    "console-role": Use(_PEOPLE, args=("role_key",)),
    "console-role-change": Use(post=_PEOPLE, args=("role_key",)),
    "admin:accounts_servicerequest_account": _ANSWERS,
    "admin:accounts_servicerequest_link": _ANSWERS,
    "console-analytics": Use(("usage.view_callcount",)),
    "console-analytics-csv": Use(("usage.view_callcount",), args=("table",)),
    "admin:auth_user_password_change": Use(
        ("accounts.change_person",), ("accounts.change_person",), args=("accounts.person",)
    ),
    "admin:audit_entry_history": Use((NOBODY,), args=("audit.entry",)),
    "admin:audit_entry_export": Use(("audit.view_entry",), args=("csv",)),
    "admin:catalogue_api_import": Use(
        ("catalogue.add_api", "catalogue.change_api"), ("catalogue.add_api", "catalogue.change_api")
    ),
    "admin:catalogue_datasource_declare": Use(("catalogue.add_datasource",), ("catalogue.add_datasource",)),
    "admin:catalogue_datasource_add_resource": Use(
        ("catalogue.change_datasource",), ("catalogue.change_datasource",), args=("catalogue.datasource",)
    ),
    "admin:catalogue_datasource_resource": Use(
        ("catalogue.change_datasource",),
        ("catalogue.change_datasource",),
        args=("catalogue.datasource", "source_resource"),
    ),
    "admin:clients_signingkey_rotate": Use(post=("clients.change_signingkey",)),
    "admin:clients_signingkey_retire": Use(post=("clients.change_signingkey",), args=("clients.signingkey",)),
    "admin:mail_mail_test": Use(("mail.add_mail",), ("mail.add_mail",)),
    "admin:mail_mail_templates": Use(_MAIL),
    "admin:mail_mail_template": Use(_MAIL, args=("mail_kind",)),
    "admin:mail_mail_template_html": Use(_MAIL, args=("mail_kind",)),
    "admin:mail_mail_html": Use(_MAIL, args=("mail.mail",)),
}


def uses() -> dict[tuple[str, tuple[str, ...]], Use]:
    """Who may use what, by the name of the address and its arguments that are not rows."""
    found: dict[tuple[str, tuple[str, ...]], Use] = {}
    for model, rows in ROWS.items():
        for name, use in _of_rows(model, rows):
            found[name, use.args[1:]] = use
    return found | {(name, ()): use for name, use in NAMED.items()}


def _of_rows(model: str, rows: Rows) -> Iterator[tuple[str, Use]]:
    app, label = model.split(".")
    start = f"admin:{app}_{label}"
    owner, whose = (rows.rights_of or model).split(".")
    sees = (f"{owner}.view_{whose}", f"{owner}.change_{whose}")

    def may(what: str) -> tuple[str, ...]:
        return (f"{owner}.{what}_{whose}",) if what in rows.can else ()

    yield f"{start}_changelist", Use(sees)
    yield f"{start}_add", Use(may("add"), may("add"), besides=rows.add_needs)
    yield f"{start}_change", Use(sees, may("change"), args=(model,))
    yield f"{start}_delete", Use(may("delete"), may("delete"), args=(model,))
    yield f"{start}_history", Use(("history",), args=(model,))
    if not rows.acts:
        yield f"{start}_act", Use(args=(model, "nothing"))
    for act in rows.acts:
        yield f"{start}_act", Use(post=(f"{owner}.change_{whose}",), args=(model, act))


def named_addresses() -> set[str]:
    """The names of all addresses that Django answers, besides those that only lead on."""
    return {name for name in _walk(get_resolver()) if not name.endswith(":")}


def _walk(resolver: Any, space: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        if hasattr(pattern, "url_patterns"):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from _walk(pattern, inner)
        else:
            yield f"{space}{pattern.name or ''}"


def address(name: str, use: Use, rows: Mapping[str, object]) -> str:
    """Where a use is."""
    return reverse(name, args=[rows.get(arg, arg) for arg in use.args]) if name else "/"
