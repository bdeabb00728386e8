"""How rows are told: one line for each model of decisions, by its label.

Ways to members are Django's, as in `company__pcn`, so that a row is read with what it refers to by one
query. A key and a name are texts with such ways in braces. What is secret is compared and never told.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

State: TypeAlias = Mapping[str, Any]
"""The values of a row by the ways to them; empty for a row that is not there."""
Word: TypeAlias = Callable[[State, State], str]
"""What happened to a row, in a word; empty when it is nothing but a change."""

_WAY: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The rows of one model.

    Attributes:
        model: its label.
        kind: of the thing that a row is, or is a part of, as files call it.
        key: names the thing among those of its kind.
        name: of the thing, for people.
        part: names the part of the thing that a row is; empty where it is the thing.
        members: what is told, by name: the way to each.
        secret: what is compared and never told, by name.
        lists: many-to-many members: the way from what is listed to what is told of it.
        untold: fields that are left out, and why.
        word: what happened, where it has a word of its own.
        comment: the way to what somebody said about it.
        told: whether a row is told at all.
        removals: whether rows that go are told.
    """

    model: str
    kind: str
    key: str
    name: str
    members: Mapping[str, str]
    part: str = ""
    secret: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, str] = field(default_factory=dict)
    untold: Mapping[str, str] = field(default_factory=dict)
    word: Word = lambda _before, _after: ""
    comment: str = ""
    told: Callable[[State], bool] = lambda _state: True
    removals: bool = True

    @property
    def ways(self) -> tuple[str, ...]:
        """Everything that is read of a row."""
        texts = _WAY.findall(f"{self.key}{self.name}{self.part}")
        found = [*self.members.values(), *self.secret.values(), *texts, self.comment]
        return tuple(dict.fromkeys(way for way in found if way))


def filled(text: str, state: State) -> str:
    """A text with the values of a row in it."""
    return _WAY.sub(lambda found: str(state[found[1]] if state[found[1]] is not None else ""), text).strip()


def _same(*names: str, **others: str) -> dict[str, str]:
    return {name: name for name in names} | others


_ROW: Final = {"id": "the number of a row names nothing outside"}
_OWNER: Final = "the thing that it is a part of"


def _became(way: str, words: Mapping[str, str]) -> Word:
    def word(before: State, after: State) -> str:
        if not before or not after or before[way] == after[way]:
            return ""
        return words.get(str(after[way]), "")

    return word


def _subscription(before: State, after: State) -> str:
    if before and after and before["state"] == after["state"]:
        keys = [way for way in ("primary_digest", "secondary_digest") if before[way] != after[way]]
        return "keys regenerated" if keys else ""
    states = {
        "active": "reinstated" if before and before["state"] in {"suspended", "cancelled"} else "approved",
        "suspended": "suspended",
        "rejected": "rejected",
        "cancelled": "cancelled",
    }
    return states.get(str(after["state"]), "") if before and after else ""


def _person(before: State, after: State) -> str:
    if before and after and before["state"] == after["state"] and before["password"] != after["password"]:
        return "password set"
    if before and after and before["state"] == "pending" and after["state"] == "active":
        return "approved" if before["confirmed_at"] else "activated"
    words = {"active": "activated", "blocked": "blocked", "closed": "closed", "rejected": "rejected"}
    return _became("state", words)(before, after)


def _secret(before: State, after: State) -> str:
    if not before or not after:
        return "secret removed" if before else "secret added"
    if before["revoked_at"] != after["revoked_at"]:
        return "secret expired"
    return "secret end set" if before["expires_at"] != after["expires_at"] else ""


def _certificate(before: State, after: State) -> str:
    return {(False, True): "certificate added", (True, False): "certificate removed"}.get(
        (bool(before), bool(after)), ""
    )


def _consent(_before: State, after: State) -> str:
    return "consent given" if after else "consent revoked"


def _signing_key(before: State, after: State) -> str:
    return "rotated" if before and after and after["signs"] and not before["signs"] else ""


def _version(before: State, after: State) -> str:
    if before or not after:
        return ""
    return "published" if after["kind"] == "publication" else "rolled back"


def _post(before: State, after: State) -> str:
    if not after or after["draft"] or (before and not before["draft"]):
        return ""
    return "published"


def _clock(before: State, after: State) -> str:
    now = float(after["offset_seconds"]) if after else 0.0
    return "jumped" if now else "set back" if before else ""


def _release(before: State, after: State) -> str:
    return "made current" if after and not before else ""


def _action_token(before: State, after: State) -> str:
    if not before or not after or before["token_digest"] == after["token_digest"]:
        return ""
    return "token made" if after["token_digest"] else "token revoked"


def _cancelation(before: State, after: State) -> str:
    if not before:
        return "canceled"
    return "reinstated" if after and before["active"] and not after["active"] else ""


_DEPLOYMENT: Final = _became("state", {"planned": "planned", "deployed": "deployed", "retired": "retired"})


TABLE: Final = (
    Rows(
        model="accounts.Company",
        kind="company",
        key="{pcn}",
        name="{name}",
        members=_same("pcn", "tenant_id", "code", "name", "time_zone", "active"),
        untold=_ROW,
    ),
    Rows(
        model="accounts.Role",
        kind="role",
        key="{key}",
        name="{name}",
        members=_same("key", "name", "description"),
        untold=_ROW,
    ),
    Rows(
        model="accounts.RoleGrant",
        kind="role",
        key="{role__key}",
        name="{role__name}",
        part="grant {controller}",
        members=_same("controller", "read", "write"),
        untold=_ROW | {"role": _OWNER},
    ),
    Rows(
        model="accounts.Person",
        kind="person",
        key="{user_id}",
        name="{email}",
        members=_same(
            "user_id",
            "email",
            "first_name",
            "last_name",
            "position",
            "department",
            "time_zone",
            "language",
            "asked_company",
            "state",
            "confirmed_at",
            "terms_accepted_at",
            "is_service_account",
            "is_staff",
            "is_superuser",
            company="company__pcn",
        ),
        secret=_same("password"),
        lists={"companies": "pcn", "user_permissions": "codename"},
        untold=_ROW
        | {
            "last_login": "every sign-in is an entry of its own",
            "created_at": "the time of the entry",
            "groups": "nothing uses Django's groups",
            "state_comment": "the comment of the entry",
        },
        word=_person,
        comment="state_comment",
    ),
    Rows(
        model="accounts.Hat",
        kind="person",
        key="{person__user_id}",
        name="{person__email}",
        part="hat {kind}",
        members=_same("kind"),
        untold=_ROW | {"person": _OWNER},
    ),
    Rows(
        model="accounts.AccountSettings",
        kind="accounts settings",
        key="{key}",
        name="Accounts settings",
        members=_same("sign_up", "administrators_need_second_factor", "terms", "terms_required"),
        untold=_ROW | {"key": "there is one row alone"},
    ),
    Rows(
        model="accounts.RoleAssignment",
        kind="person",
        key="{person__user_id}",
        name="{person__email}",
        part="role {role__key}",
        members=_same("member", "admin", role="role__key"),
        untold=_ROW | {"person": _OWNER},
    ),
    Rows(
        model="accounts.ServiceRequest",
        kind="service request",
        key="{id}",
        name="USR-{id}",
        members=_same(
            "requester_name",
            "requester_email",
            "requester_phone",
            "purpose",
            "wanted_user_id",
            "state",
            "reason",
            "created_at",
            "taken_at",
            "closed_at",
            number="id",
            company="company__pcn",
            requested_by="requested_by__user_id",
            handled_by="handled_by__user_id",
            account="account__user_id",
            service_account="service_account__user_id",
        ),
        lists={"wanted_companies": "pcn"},
        word=_became("state", {"in-progress": "taken", "done": "done", "declined": "declined"}),
        comment="reason",
    ),
    Rows(
        model="actions.Application",
        kind="action application",
        key="{slug}",
        name="{name}",
        members=_same("slug", "name", "roles", "active", account="account__user_id"),
        secret={"token": "token_digest"},
        untold=_ROW | {"token_made_at": "the time of the entry"},
        word=_action_token,
    ),
    Rows(
        model="actions.ServiceRecord",
        kind="action service",
        key="{slug}",
        name="{slug}",
        members=_same("slug", "state", "version", "owner"),
        untold=_ROW | {"deployed_at": "the time of the entry"},
        word=_DEPLOYMENT,
    ),
    Rows(
        model="actions.RouteRecord",
        kind="action route",
        key="{path}",
        name="{path}",
        members=_same("path", "state", service="service__slug"),
        untold=_ROW | {"deployed_at": "the time of the entry"},
        word=_DEPLOYMENT,
    ),
    Rows(
        model="actions.ListItem",
        kind="list item",
        key="{key} {slug}",
        name="{name}",
        members=_same(
            *("key", "slug", "name", "value", "description", "notes", "active", "default"),
            *("external_id", "item_type"),
        ),
        untold=_ROW,
    ),
    Rows(
        model="actions.Cancelation",
        kind="cancelation",
        key="{id}",
        name="{cancelable_type} {cancelable_id}",
        members=_same(
            *("id", "tier", "cancelable_type", "cancelable_id", "key", "reason_slug", "reason_text"),
            *("reason_note", "canceled_at", "canceled_by", "canceled_in", "reinstated_at", "reinstated_by"),
            *("reinstated_note", "active", "stopped"),
            company="company__pcn",
        ),
        untold={
            "reference": "it names the same as the number, in a plant",
            "reason": "its slug is told",
            "stage": "what is under way is nothing yet",
            "pending": "likewise",
            "created_at": "the time of the entry",
            "updated_at": "likewise",
        },
        word=_cancelation,
        # Until it has stopped something it is only begun, and may never come about.
        told=lambda state: bool(state["stopped"]),
    ),
    Rows(
        model="actions.Preference",
        kind="person",
        key="{person__user_id}",
        name="{person__email}",
        part="action sessions",
        members=_same("remember_me"),
        untold=_ROW | {"person": _OWNER},
    ),
    Rows(
        model="catalogue.Api",
        kind="api",
        key="{key}",
        name="{name}",
        members=_same(
            "key",
            "name",
            "description",
            "kind",
            "suffix",
            "version",
            "upstream",
            "tiers",
            "subscription_required",
            "bearer_required",
            "key_header",
            "key_query",
            "version_scheme",
            "version_name",
            "definitions",
            "revision",
            "online",
            "release_note",
            "deprecated",
            "deprecation_note",
            "sunset_on",
        ),
        untold=_ROW,
    ),
    Rows(
        model="catalogue.Operation",
        kind="api",
        key="{api__key}",
        name="{api__name}",
        part="operation {key}",
        members=_same(
            "key",
            "position",
            "method",
            "template",
            "name",
            "target",
            "summary",
            "parameters",
            "description",
            "deprecated",
            "tags",
            "body",
            "answers",
        ),
        untold=_ROW | {"api": _OWNER},
    ),
    Rows(
        model="catalogue.Revision",
        kind="api",
        key="{api__key}",
        name="{api__name}",
        part="revision {number}",
        members=_same("number", "online", "note", "upstream", "operations", "definitions"),
        untold=_ROW | {"api": _OWNER, "created_at": "the time of the entry"},
    ),
    Rows(
        model="catalogue.Release",
        kind="api",
        key="{api__key}",
        name="{api__name}",
        part="release of {released_at}",
        members=_same("revision", "note", "released_at", "released_by"),
        untold=_ROW | {"api": _OWNER},
        word=_release,
        comment="note",
    ),
    Rows(
        model="catalogue.Adapter",
        kind="adapter",
        key="{key}",
        name="{name}",
        members=_same(
            "key",
            "name",
            "description",
            "terms",
            "tiers",
            "all_apis_on_test",
            "subscription_required",
            "approval_required",
            "subscriptions_limit",
            "published",
            "ratelimit_fields",
        ),
        lists={"apis": "key"},
        untold=_ROW,
    ),
    Rows(
        model="catalogue.Limit",
        kind="adapter",
        key="{adapter__key}",
        name="{adapter__name}",
        part="limit {kind} in {period} s {api__key} {operation}",
        members=_same(
            "kind", "amount", "period", "operation", "remaining_header", "total_header", api="api__key"
        ),
        untold=_ROW | {"adapter": _OWNER},
    ),
    Rows(
        model="catalogue.Upstream",
        kind="upstream",
        key="{key}",
        name="{name}",
        members=_same(
            "key",
            "name",
            "description",
            "production_urls",
            "test_urls",
            "connect_seconds",
            "total_seconds",
            "retries",
            "most_connections",
            "breaker_failures",
            "breaker_seconds",
            "health_path",
            "health_seconds",
            "identity",
            "forward_authorization",
            "preserve_host",
            "ca_pem",
        ),
        untold=_ROW,
    ),
    Rows(
        model="catalogue.UpstreamHeader",
        kind="upstream",
        key="{upstream__key}",
        name="{upstream__name}",
        part="header {name}",
        members=_same("name"),
        secret={"value": "sealed"},
        untold=_ROW | {"upstream": _OWNER},
    ),
    Rows(
        model="catalogue.DataSource",
        kind="source",
        key="{key}",
        name="{name}",
        members=_same("key", "name", "format", "declaration", "enabled"),
        secret={"production database": "production_sealed", "test database": "test_sealed"},
        untold=_ROW | {"created_at": "the time of the entry", "updated_at": "the time of the entry"},
    ),
    Rows(
        model="catalogue.Connector",
        kind="connector",
        key="{key}",
        name="{name}",
        members=_same("key", "name", "summary", "description", "vendor", "link", "published", "position"),
        lists={"apis": "key", "adapters": "key"},
        untold=_ROW,
    ),
    Rows(
        model="catalogue.Post",
        kind="post",
        key="{key}",
        name="{title}",
        members=_same("key", "title", "summary", "author", "draft", "published_at", "body"),
        untold=_ROW | {"changed_at": "the time of the entry"},
        word=_post,
    ),
    Rows(
        model="clients.ClientApplication",
        kind="application",
        key="{client_id}",
        name="{display_name}",
        members=_same(
            "client_id",
            "display_name",
            "homepage_uri",
            "identifier_uri",
            "client_type",
            "redirect_uris",
            "test_only",
            "enabled",
            company="company__pcn",
            account="account__user_id",
            owner="owner__user_id",
        ),
        untold=_ROW | {"created_at": "the time of the entry"},
    ),
    Rows(
        model="clients.ClientSecret",
        kind="application",
        key="{application__client_id}",
        name="{application__display_name}",
        part="secret …{hint}",
        members=_same("description", "hint", "created_at", "expires_at", "revoked_at"),
        secret=_same("digest"),
        untold=_ROW | {"application": _OWNER},
        word=_secret,
    ),
    Rows(
        model="clients.ClientCertificate",
        kind="application",
        key="{application__client_id}",
        name="{application__display_name}",
        part="certificate {thumbprint}",
        members=_same("thumbprint", "description", "created_at", "expires_at"),
        untold=_ROW
        | dict.fromkeys(("certificate", "n", "e"), "the thumbprint names it")
        | {"application": _OWNER},
        word=_certificate,
    ),
    Rows(
        model="clients.ProtectedResource",
        kind="protected resource",
        key="{identifier}",
        name="{name}",
        members=_same("identifier", "name", "profile"),
        untold=_ROW,
    ),
    Rows(
        model="clients.Consent",
        kind="consent",
        key="{person__user_id} {application__client_id} {resource}",
        name="{application__display_name}",
        members=_same("resource", "given_at", person="person__user_id", application="application__client_id"),
        untold=_ROW,
        word=_consent,
    ),
    Rows(
        model="clients.Subscription",
        kind="subscription",
        key="{id}",
        name="{name}",
        members=_same(
            "id",
            "name",
            "all_apis",
            "state",
            "state_comment",
            "created_at",
            "started_at",
            "terms_accepted_at",
            "terms_fingerprint",
            owner="owner__user_id",
            adapter="adapter__key",
            api="api__key",
        ),
        secret={"primary key": "primary_digest", "secondary key": "secondary_digest"},
        untold=dict.fromkeys(("primary_sealed", "secondary_sealed"), "the digest changes with the key"),
        word=_subscription,
        comment="state_comment",
    ),
    Rows(
        model="clients.SigningKey",
        kind="signing key",
        key="{kid}",
        name="{kid}",
        members=_same("kid", "signs", "created_at", "signs_since", "signed_until"),
        secret={"private half": "sealed"},
        untold=dict.fromkeys(("certificate", "n", "e"), "the key ID names it"),
        word=_signing_key,
    ),
    Rows(
        model="sandbox.FaultRule",
        kind="fault rule",
        key="{name}",
        name="{name}",
        members=_same(
            *("name", "enabled", "place", "tier", "operation", "effect", "code", "delay_from", "delay_to"),
            *("share", "seed", "most", "since", "until"),
            api="api__key",
            application="application__client_id",
            subscription="subscription__id",
        ),
        untold=_ROW | dict.fromkeys(("run", "started_at"), "they go with every change"),
        word=_became("enabled", {"True": "switched on", "False": "switched off"}),
    ),
    Rows(
        model="sandbox.SandboxClock",
        kind="clock",
        key="clock",
        name="clock",
        members=_same("offset_seconds", "towards"),
        untold=_ROW,
        word=_clock,
    ),
    Rows(
        model="publish.Version",
        kind="version",
        key="{number}",
        name="",
        members=_same("number", "kind", "content_hash", "note"),
        untold={
            "document": "all decisions, each of which has its own entry",
            "made_at": "the time of the entry",
            "made_by": "who of the entry",
        },
        word=_version,
        comment="note",
        # A change of the directory is told as what it is, and not once more as the version it makes.
        told=lambda state: state["kind"] != "directory",
        # Old directory versions go by themselves, and reading them to say so would read all decisions.
        removals=False,
    ),
)
"""Every model whose rows are decisions."""

BY_MODEL: Final = {rows.model: rows for rows in TABLE}
