"""How a thing of each kind becomes a row, and how a row goes: through the services of its app."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from millgate.control.accounts import services as accounts
from millgate.control.accounts.models import AccountSettings, Company, Person, Role
from millgate.control.accounts.settings_services import account_settings_set
from millgate.control.catalogue import content_services as content
from millgate.control.catalogue import services as catalogue
from millgate.control.catalogue.models import (
    Adapter,
    Api,
    Connector,
    DataSource,
    Post,
    Upstream,
    UpstreamHeader,
)
from millgate.control.catalogue.selectors import sealed_member
from millgate.control.clients import services as clients
from millgate.control.clients.models import (
    ClientApplication,
    ClientSecret,
    ProtectedResource,
    SigningKey,
    Subscription,
)
from millgate.control.clients.services import SubscriptionKeys
from millgate.control.clients.signing_keys import signing_key_put
from millgate.control.clients.vault import sealer
from millgate.control.publish.exporting import kinds
from millgate.control.publish.exporting.keeping import KEEPERS
from millgate.control.publish.exporting.selectors import api_declared, api_of_row
from millgate.control.sandbox.models import FaultRule
from millgate.control.sandbox.services import fault_rule_put
from millgate.core.secrets import Secret
from millgate.plant.sources.reading import DeclarationFaulty, read_source
from millgate.snapshot.document import TIERS
from millgate.snapshot.names import key_faults
from millgate.snapshot.sources import UPSTREAM_PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_M = TypeVar("_M", bound=models.Model)


@dataclass(slots=True)
class Putting:
    """Puts and removes things, and keeps what follows from one for others.

    Attributes:
        redeclared: the data sources that were put, whose APIs were made anew from their declarations.
    """

    redeclared: set[str] = field(default_factory=set)

    def put(self, kind: kinds.Kind, thing: Any) -> None:  # noqa: ANN401 - a thing of the kind
        """Make a row as the thing says.

        Raises:
            ValidationError: the rules forbid it.
        """
        if kind is kinds.SOURCE:
            self.redeclared.add(thing.key)
        elif kind is kinds.SOURCE_DATABASE:
            self.redeclared.add(thing.source)
        put = KEEPERS[kind].put if kind in KEEPERS else _PUT[kind]
        put(thing)

    def overwritten(self, kind: kinds.Kind, thing: Any) -> bool:  # noqa: ANN401 - a thing of the kind
        """Whether a row that was as the thing says has been made anew since."""
        return kind is kinds.API and thing.upstream in {UPSTREAM_PREFIX + key for key in self.redeclared}

    def remove(self, kind: kinds.Kind, thing: Any) -> None:  # noqa: ANN401 - a thing of the kind
        """Take a row away.

        Raises:
            ValidationError: the rules forbid it.
            ProtectedError: other rows name it.
        """
        remove = KEEPERS[kind].remove if kind in KEEPERS else _REMOVE[kind]
        remove(thing)


def _found(model: type[_M], member: str, what: str, **by: Any) -> _M:  # noqa: ANN401 - a value to look for
    """The row of a name; `member` is what names it, and is told when there is none."""
    row = model._default_manager.filter(**by).first()  # noqa: SLF001 - Django's name for a public thing
    if row is None:
        told = _("There is no %(what)s %(key)s.") % {"what": what, "key": next(iter(by.values()))}
        raise ValidationError({member: told} if member else told)
    return row


def _maybe(model: type[_M], member: str, what: str, **by: Any) -> _M | None:  # noqa: ANN401 - as above
    return None if next(iter(by.values())) is None else _found(model, member, what, **by)


# The directory


def _company_put(thing: kinds.Company) -> None:
    accounts.company_put(**msgspec.structs.asdict(thing))


def _role_put(thing: kinds.Role) -> None:
    accounts.role_put(
        key=thing.key,
        name=thing.name,
        description=thing.description,
        grants=[(grant.controller, grant.read, grant.write) for grant in thing.grants],
    )


def _person_put(thing: kinds.Person) -> None:
    members = msgspec.structs.asdict(thing)
    members["permissions"] = members.pop("user_permissions")
    accounts.person_put(
        **members
        | {
            "company": _maybe(Company, "company", _("company"), pcn=thing.company),
            "companies": [_found(Company, "companies", _("company"), pcn=pcn) for pcn in thing.companies],
            "roles": {item.role: (item.member, item.admin) for item in thing.roles},
        }
    )


def _account_settings_put(thing: kinds.AccountSettings) -> None:
    members = msgspec.structs.asdict(thing)
    members.pop("key")
    account_settings_set(**members)


def _application_put(thing: kinds.Application) -> None:
    members = msgspec.structs.asdict(thing)
    members.pop("certificates")
    application = clients.application_put(
        **members
        | {
            "company": _found(Company, "company", _("company"), pcn=thing.company),
            "account": _maybe(Person, "account", _("person"), user_id=thing.account),
            "owner": _maybe(Person, "owner", _("person"), user_id=thing.owner),
            "redirect_uris": list(thing.redirect_uris),
        }
    )
    clients.application_certificates_put(
        application=application,
        certificates=[(item.certificate, item.description, item.created_at) for item in thing.certificates],
    )


def _resource_put(thing: kinds.Resource) -> None:
    clients.resource_put(**msgspec.structs.asdict(thing))


def _subscription_put(thing: kinds.Subscription) -> None:
    members = msgspec.structs.asdict(thing)
    clients.subscription_put(
        subscription_id=members.pop("id"),
        **members
        | {
            "owner": _found(Person, "owner", _("person"), user_id=thing.owner),
            "adapter": _maybe(Adapter, "adapter", _("adapter"), key=thing.adapter),
            "api": _maybe(Api, "api", _("API"), key=thing.api),
        },
    )


# The catalogue


def _upstream_put(thing: kinds.Upstream) -> None:
    """Values of headers that the upstream is sent already stay."""
    kept = {
        row.name: bytes(row.sealed).hex() for row in UpstreamHeader.objects.filter(upstream__key=thing.key)
    }
    headers = tuple(kinds.HeaderName(item.name, kept.get(item.name, "")) for item in thing.headers)
    catalogue.upstream_put(msgspec.structs.replace(thing, headers=headers)).full_clean()


def _source_put(thing: kinds.Source) -> None:
    _key_keep(thing)
    row = DataSource.objects.filter(key=thing.key).first()
    if row is not None and any(getattr(row, sealed_member(tier)) for tier in TIERS):
        _databases_put(thing.declaration, thing.format, {}, enabled=thing.enabled)
    else:
        catalogue.data_source_declare(declaration=thing.declaration, form=thing.format, enabled=thing.enabled)


def _key_keep(thing: kinds.Source) -> None:
    try:
        key = read_source(thing.declaration, thing.format).key
    except DeclarationFaulty:
        return  # the service tells every fault
    if key != thing.key:
        raise ValidationError({"key": _("Its declaration is of %(key)s.") % {"key": key}})


def _databases_put(declaration: str, form: str, urls: dict[str, str], *, enabled: bool) -> None:
    catalogue.data_source_put(
        declaration=declaration,
        form=form,
        urls=urls,
        sealer=sealer(),
        home=settings.MILLGATE.home,
        enabled=enabled,
    )


def _database_put(thing: kinds.SourceDatabase) -> None:
    if thing.tier not in TIERS:
        raise ValidationError({"tier": _("There is no tier %(tier)s.") % {"tier": thing.tier}})
    row = _found(DataSource, "source", _("source"), key=thing.source)
    _databases_put(row.declaration, row.format, {thing.tier: thing.url}, enabled=row.enabled)


def _database_remove(thing: kinds.SourceDatabase) -> None:
    """Only while its source stays: it goes with it otherwise."""
    row = DataSource.objects.filter(key=thing.source).first()
    if row is None:
        return
    api = Api.objects.filter(key=thing.source).first()
    as_declared = api is not None and api_of_row(api) == api_declared(row)
    setattr(row, sealed_member(thing.tier), b"")
    row.save()
    if as_declared:
        catalogue.data_source_declare(declaration=row.declaration, form=row.format, enabled=row.enabled)


def _api_put(thing: kinds.Api) -> None:
    faults = key_faults(thing.key)
    if faults:
        raise ValidationError({"key": faults})
    row = catalogue.api_put(thing)
    row.full_clean()
    _lengths_keep(row.operations.all(), "operations")
    others = [
        msgspec.structs.replace(
            thing,
            revision=item.revision,
            upstream=item.upstream,
            online=item.online,
            release_note=item.release_note,
            operations=item.operations,
            definitions=item.definitions,
        )
        for item in thing.revisions
    ]
    catalogue.revisions_put(api=row, revisions=others)
    releases = [(item.revision, item.note, item.released_at, item.released_by) for item in thing.releases]
    catalogue.releases_put(api=row, releases=releases)


def _lengths_keep(rows: Iterable[models.Model], member: str) -> None:
    """Refuse texts that are too long for their columns, which not every database notices."""
    for row in rows:
        for column in row._meta.concrete_fields:  # noqa: SLF001 - Django's name for a public thing
            text, most = getattr(row, column.attname), column.max_length
            if isinstance(text, str) and most is not None and len(text) > most:
                told = _("%(row)s: %(name)s is longer than %(most)s characters.")
                raise ValidationError({member: told % {"row": row, "name": column.name, "most": most}})


def _adapter_put(thing: kinds.Adapter) -> None:
    faults = key_faults(thing.key)
    if faults:
        raise ValidationError({"key": faults})
    for key in thing.apis:
        _found(Api, "apis", _("API"), key=key)
    for limit in thing.limits:
        _maybe(Api, "limits", _("API"), key=limit.api)
    row = catalogue.adapter_put(thing)
    row.full_clean()
    for item in row.limits.all():
        item.full_clean()


def _connector_put(thing: kinds.Connector) -> None:
    content.connector_put(**msgspec.structs.asdict(thing))


def _post_put(thing: kinds.Post) -> None:
    # The console would take the present moment, and files would differ from it ever after.
    if not thing.draft and thing.published_at is None:
        raise ValidationError({"published_at": _("Say when it is published, as it is no draft.")})
    content.post_put(**msgspec.structs.asdict(thing))


def _api_remove(thing: kinds.Api) -> None:
    """The API of a source that stays becomes what the declaration makes of it; any other goes."""
    row = Api.objects.filter(key=thing.key).first()
    if row is None:
        return
    source = DataSource.objects.filter(key=thing.key).first()
    declared = (
        api_declared(source) if source is not None and row.upstream == UPSTREAM_PREFIX + thing.key else None
    )
    if declared is not None:
        _api_put(declared)
        return
    listed = sorted(str(adapter) for adapter in row.adapters.all())
    if listed:
        told = _("It is in use by %(names)s and stays.") % {"names": ", ".join(listed)}
        raise ValidationError(told)
    row.delete()


# Secrets


def _password_put(thing: kinds.Password) -> None:
    person = _found(Person, "user_id", _("person"), user_id=thing.user_id)
    accounts.person_password_hash_put(person=person, password_hash=thing.password)


def _password_remove(thing: kinds.Password) -> None:
    for person in Person.objects.filter(user_id=thing.user_id):
        accounts.person_password_hash_put(person=person, password_hash="")


def _header_put(thing: kinds.UpstreamHeader) -> None:
    upstream = _found(Upstream, "upstream", _("upstream"), key=thing.upstream)
    catalogue.upstream_header_put(
        upstream=upstream, name=thing.name, value=Secret(thing.value), sealer=sealer()
    )


def _header_remove(thing: kinds.UpstreamHeader) -> None:
    for row in UpstreamHeader.objects.filter(upstream__key=thing.upstream, name=thing.name):
        catalogue.upstream_header_put(upstream=row.upstream, name=row.name, value=None, sealer=sealer())


def _client_secret_put(thing: kinds.ClientSecret) -> None:
    members = msgspec.structs.asdict(thing)
    members.pop("id")
    client_id = members.pop("client_id")
    application = _found(ClientApplication, "client_id", _("application"), client_id=client_id)
    clients.application_secret_put(application=application, **members)


def _subscription_keys_put(thing: kinds.SubscriptionKeys) -> None:
    row = _found(Subscription, "id", _("subscription"), pk=thing.id)
    keys = SubscriptionKeys(Secret(thing.primary), Secret(thing.secondary))
    clients.subscription_keys_put(subscription=row, keys=keys)


def _fault_rule_put(thing: kinds.FaultRule) -> None:
    members = msgspec.structs.asdict(thing)
    fault_rule_put(
        **members
        | {
            "api": _maybe(Api, "api", _("API"), key=thing.api),
            "application": _maybe(
                ClientApplication, "application", _("application"), client_id=thing.application
            ),
            "subscription": _maybe(Subscription, "subscription", _("subscription"), pk=thing.subscription),
        }
    )


def _signing_key_put(thing: kinds.SigningKey) -> None:
    members = msgspec.structs.asdict(thing)
    members["private_pem"] = Secret(thing.private_pem)
    signing_key_put(**members)


# By kind


def _rows_remove(model: type[models.Model], **by: str) -> Callable[[Any], None]:
    def remove(thing: Any) -> None:  # noqa: ANN401 - a thing of the kind
        for row in model._default_manager.filter(**{of: getattr(thing, name) for of, name in by.items()}):  # noqa: SLF001 - Django's name for a public thing
            row.delete()

    return remove


def _role_remove(thing: kinds.Role) -> None:
    for role in Role.objects.filter(key=thing.key):
        accounts.role_delete(role=role)


def _person_remove(thing: kinds.Person) -> None:
    for person in Person.objects.filter(user_id=thing.user_id):
        accounts.person_delete(person=person)


def _source_remove(thing: kinds.Source) -> None:
    for source in DataSource.objects.filter(key=thing.key):
        catalogue.data_source_delete(source=source)


_PUT: Final[dict[kinds.Kind, Callable[[Any], None]]] = {
    kinds.COMPANY: _company_put,
    kinds.ROLE: _role_put,
    kinds.PERSON: _person_put,
    kinds.ACCOUNT_SETTINGS: _account_settings_put,
    kinds.PASSWORD: _password_put,
    kinds.UPSTREAM: _upstream_put,
    kinds.UPSTREAM_HEADER: _header_put,
    kinds.SOURCE: _source_put,
    kinds.SOURCE_DATABASE: _database_put,
    kinds.API: _api_put,
    kinds.ADAPTER: _adapter_put,
    kinds.CONNECTOR: _connector_put,
    kinds.POST: _post_put,
    kinds.APPLICATION: _application_put,
    kinds.RESOURCE: _resource_put,
    kinds.CLIENT_SECRET: _client_secret_put,
    kinds.SUBSCRIPTION: _subscription_put,
    kinds.SUBSCRIPTION_KEYS: _subscription_keys_put,
    kinds.FAULT_RULE: _fault_rule_put,
    kinds.SIGNING_KEY: _signing_key_put,
}

_REMOVE: Final[dict[kinds.Kind, Callable[[Any], None]]] = {
    kinds.COMPANY: _rows_remove(Company, pcn="pcn"),
    kinds.ROLE: _role_remove,
    kinds.PERSON: _person_remove,
    kinds.ACCOUNT_SETTINGS: _rows_remove(AccountSettings, key="key"),
    kinds.PASSWORD: _password_remove,
    kinds.UPSTREAM: _rows_remove(Upstream, key="key"),
    kinds.UPSTREAM_HEADER: _header_remove,
    kinds.SOURCE: _source_remove,
    kinds.SOURCE_DATABASE: _database_remove,
    kinds.API: _api_remove,
    kinds.ADAPTER: _rows_remove(Adapter, key="key"),
    kinds.CONNECTOR: _rows_remove(Connector, key="key"),
    kinds.POST: _rows_remove(Post, key="key"),
    kinds.APPLICATION: _rows_remove(ClientApplication, client_id="client_id"),
    kinds.RESOURCE: _rows_remove(ProtectedResource, identifier="identifier"),
    kinds.CLIENT_SECRET: _rows_remove(ClientSecret, digest="digest"),
    kinds.SUBSCRIPTION: _rows_remove(Subscription, pk="id"),
    kinds.SUBSCRIPTION_KEYS: lambda _thing: None,
    kinds.FAULT_RULE: _rows_remove(FaultRule, name="name"),
    kinds.SIGNING_KEY: _rows_remove(SigningKey, kid="kid"),
}
"""Keys of a subscription go with it, and not alone: without, it could not be."""
