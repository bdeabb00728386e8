"""Reading what people decided from the rows, as files hold it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import msgspec
from django.db import transaction

from millgate.control.accounts import models as accounts
from millgate.control.catalogue import models as catalogue
from millgate.control.catalogue.selectors import api_document, sealed_member, upstream_document
from millgate.control.clients import models as clients
from millgate.control.clients.services import subscription_keys_open
from millgate.control.clients.signing_keys import signing_key_open
from millgate.control.clients.vault import digester, sealer
from millgate.control.publish.exporting import kinds
from millgate.control.publish.exporting.keeping import KEEPERS
from millgate.control.publish.exporting.kinds import decisions_make
from millgate.control.sandbox.selectors import rules_all
from millgate.describe import model
from millgate.plant.sources.describe import api_of
from millgate.plant.sources.reading import DeclarationFaulty, read_source
from millgate.snapshot.document import TIERS
from millgate.snapshot.sources import SourceDatabase
from millgate.snapshot.sources import sealed_for as source_bound
from millgate.snapshot.upstreams import sealed_for as header_bound

if TYPE_CHECKING:
    from collections.abc import Iterator

    from millgate.control.publish.exporting.kinds import Decisions
    from millgate.control.sandbox.models import FaultRule


@transaction.atomic
def decisions_of_rows(*, secrets: bool) -> Decisions:
    """All that people decided, as it stands at one moment; with the secrets in the clear when asked for.

    Raises:
        SealBroken: a secret was sealed under another master key; tells which.
    """
    things: dict[kinds.Kind, Any] = {
        kinds.COMPANY: map(_company, accounts.Company.objects.all()),
        kinds.ROLE: map(_role, accounts.Role.objects.prefetch_related("grants")),
        kinds.PERSON: _people(),
        kinds.ACCOUNT_SETTINGS: map(_account_settings, accounts.AccountSettings.objects.all()),
        kinds.UPSTREAM: map(_upstream, catalogue.Upstream.objects.prefetch_related("headers")),
        kinds.SOURCE: map(_source, catalogue.DataSource.objects.all()),
        kinds.API: _apis(),
        kinds.ADAPTER: map(_adapter, catalogue.Adapter.objects.prefetch_related("apis", "limits__api")),
        kinds.CONNECTOR: map(_connector, catalogue.Connector.objects.prefetch_related("apis", "adapters")),
        kinds.POST: map(_post, catalogue.Post.objects.all()),
        kinds.APPLICATION: map(
            _application,
            clients.ClientApplication.objects.select_related("company", "account", "owner").prefetch_related(
                "certificates"
            ),
        ),
        kinds.RESOURCE: map(_resource, clients.ProtectedResource.objects.all()),
        kinds.SUBSCRIPTION: map(
            _subscription, clients.Subscription.objects.select_related("owner", "adapter", "api")
        ),
        kinds.FAULT_RULE: map(_fault_rule, rules_all()),
        **{kind: keeper.things() for kind, keeper in KEEPERS.items()},
    }
    return decisions_make(things | (_secrets() if secrets else {}))


def digests_fingerprint() -> str:
    """Tells installations apart whose digests of client secrets differ; tells nothing of the key."""
    return digester().digest("millgate export")


# The directory


def _company(row: accounts.Company) -> kinds.Company:
    return kinds.Company(row.pcn, row.tenant_id, row.code, row.name, row.time_zone, row.active)


def _role(row: accounts.Role) -> kinds.Role:
    grants = sorted(row.grants.all(), key=lambda grant: grant.controller)
    return kinds.Role(
        key=row.key,
        name=row.name,
        description=row.description,
        grants=tuple(kinds.Grant(grant.controller, grant.read, grant.write) for grant in grants),
    )


def _people() -> Iterator[kinds.Person]:
    rows = accounts.Person.objects.select_related("company").prefetch_related(
        "companies", "assignments__role", "user_permissions__content_type", "hats"
    )
    return map(_person, rows)


def _person(row: accounts.Person) -> kinds.Person:
    permissions = (f"{item.content_type.app_label}.{item.codename}" for item in row.user_permissions.all())
    standings = (kinds.Standing(item.role.key, item.member, item.admin) for item in row.assignments.all())
    return kinds.Person(
        user_id=row.user_id,
        email=row.email,
        first_name=row.first_name,
        last_name=row.last_name,
        position=row.position,
        department=row.department,
        company=row.company.pcn if row.company else None,
        companies=tuple(sorted(company.pcn for company in row.companies.all())),
        time_zone=row.time_zone,
        language=row.language,
        asked_company=row.asked_company,
        state=row.state,
        state_comment=row.state_comment,
        confirmed_at=row.confirmed_at,
        terms_accepted_at=row.terms_accepted_at,
        is_service_account=row.is_service_account,
        is_staff=row.is_staff,
        is_superuser=row.is_superuser,
        user_permissions=tuple(sorted(permissions)),
        roles=tuple(sorted(standings, key=lambda standing: standing.role)),
        hats=tuple(sorted(hat.kind for hat in row.hats.all())),
    )


def _account_settings(row: accounts.AccountSettings) -> kinds.AccountSettings:
    return kinds.AccountSettings(
        sign_up=row.sign_up,
        administrators_need_second_factor=row.administrators_need_second_factor,
        terms=row.terms,
        terms_required=row.terms_required,
    )


def _application(row: clients.ClientApplication) -> kinds.Application:
    return kinds.Application(
        client_id=row.client_id,
        display_name=row.display_name,
        company=row.company.pcn,
        account=row.account.user_id if row.account else None,
        owner=row.owner.user_id if row.owner else None,
        homepage_uri=row.homepage_uri,
        identifier_uri=row.identifier_uri,
        test_only=row.test_only,
        enabled=row.enabled,
        client_type=row.client_type,
        redirect_uris=tuple(row.redirect_uris),
        certificates=tuple(
            kinds.Certificate(item.certificate, item.created_at, item.description)
            for item in sorted(row.certificates.all(), key=lambda item: item.thumbprint)
        ),
    )


def _resource(row: clients.ProtectedResource) -> kinds.Resource:
    return kinds.Resource(row.identifier, row.name, row.profile)


def _subscription(row: clients.Subscription) -> kinds.Subscription:
    return kinds.Subscription(
        id=row.pk,
        name=row.name,
        owner=row.owner.user_id,
        adapter=row.adapter.key if row.adapter else None,
        api=row.api.key if row.api else None,
        all_apis=row.all_apis,
        state=row.state,
        state_comment=row.state_comment,
        created_at=row.created_at,
        started_at=row.started_at,
        terms_accepted_at=row.terms_accepted_at,
        terms_fingerprint=row.terms_fingerprint,
    )


def _fault_rule(row: FaultRule) -> kinds.FaultRule:
    return kinds.FaultRule(
        name=row.name,
        enabled=row.enabled,
        place=row.place,
        tier=row.tier,
        api=row.api.key if row.api else None,
        operation=row.operation,
        application=row.application.client_id if row.application else None,
        subscription=row.subscription.pk if row.subscription else None,
        effect=row.effect,
        code=row.code,
        delay_from=row.delay_from,
        delay_to=row.delay_to,
        share=row.share,
        seed=row.seed,
        most=row.most,
        since=row.since,
        until=row.until,
    )


# The catalogue


def _upstream(row: catalogue.Upstream) -> kinds.Upstream:
    upstream = upstream_document(row)
    values = {name: getattr(upstream, name) for name in upstream.__struct_fields__}
    return kinds.Upstream(
        **values | {"headers": tuple(kinds.HeaderName(item.name) for item in upstream.headers)}
    )


def _source(row: catalogue.DataSource) -> kinds.Source:
    return kinds.Source(row.key, row.declaration, row.format, row.enabled)


def _apis() -> Iterator[kinds.Api]:
    """All APIs but those that say no more than the declaration of their source."""
    declared = {api.key: api for api in map(api_declared, catalogue.DataSource.objects.all()) if api}
    rows = catalogue.Api.objects.prefetch_related("operations", "revisions", "releases")
    apis = map(api_of_row, rows)
    return (api for api in apis if api != declared.get(api.key))


def api_declared(row: catalogue.DataSource) -> kinds.Api | None:
    """The API of a data source as its declaration alone makes it; None when it cannot be read any more."""
    databases = tuple(SourceDatabase(tier, "") for tier in TIERS if getattr(row, sealed_member(tier)))
    try:
        source = read_source(row.declaration, row.format)
    except DeclarationFaulty:
        return None
    return _api_with(api_of(msgspec.structs.replace(source, databases=databases)), (), ())


def api_of_row(row: catalogue.Api) -> kinds.Api:
    """An API as files say it, whoever made it."""
    revisions = sorted(row.revisions.all(), key=lambda item: item.number, reverse=True)
    releases = sorted(row.releases.all(), key=lambda item: (item.released_at, item.pk), reverse=True)
    return _api_with(
        api_document(row),
        tuple(map(_revision, revisions)),
        tuple(
            kinds.Release(item.revision, item.released_at, item.released_by, item.note) for item in releases
        ),
    )


def _api_with(
    api: model.Api, revisions: tuple[kinds.Revision, ...], releases: tuple[kinds.Release, ...]
) -> kinds.Api:
    values = {name: getattr(api, name) for name in api.__struct_fields__}
    return kinds.Api(**values, revisions=revisions, releases=releases)


def _revision(row: catalogue.Revision) -> kinds.Revision:
    return kinds.Revision(
        revision=row.number,
        upstream=row.upstream,
        online=row.online,
        release_note=row.note,
        operations=msgspec.convert(row.operations, tuple[model.Operation, ...]),
        definitions=row.definitions,
    )


def _adapter(row: catalogue.Adapter) -> kinds.Adapter:
    limits = sorted(row.limits.all(), key=lambda limit: limit.pk)
    return kinds.Adapter(
        key=row.key,
        name=row.name,
        apis=tuple(sorted(api.key for api in row.apis.all())),
        tiers=tuple(row.tiers),
        description=row.description,
        terms=row.terms,
        all_apis_on_test=row.all_apis_on_test,
        subscription_required=row.subscription_required,
        approval_required=row.approval_required,
        subscriptions_limit=row.subscriptions_limit,
        published=row.published,
        limits=tuple(map(_limit, limits)),
        ratelimit_fields=row.ratelimit_fields,
    )


def _limit(row: catalogue.Limit) -> kinds.Limit:
    return kinds.Limit(
        kind=row.kind,
        amount=row.amount,
        period=row.period,
        api=row.api.key if row.api else None,
        operation=row.operation or None,
        remaining_header=row.remaining_header,
        total_header=row.total_header,
    )


def _connector(row: catalogue.Connector) -> kinds.Connector:
    return kinds.Connector(
        key=row.key,
        name=row.name,
        summary=row.summary,
        description=row.description,
        vendor=row.vendor,
        link=row.link,
        apis=tuple(sorted(api.key for api in row.apis.all())),
        adapters=tuple(sorted(adapter.key for adapter in row.adapters.all())),
        published=row.published,
        position=row.position,
    )


def _post(row: catalogue.Post) -> kinds.Post:
    return kinds.Post(
        key=row.key,
        title=row.title,
        body=row.body,
        summary=row.summary,
        author=row.author,
        draft=row.draft,
        published_at=row.published_at,
    )


# Secrets


def _secrets() -> dict[kinds.Kind, Any]:
    return {
        kinds.PASSWORD: [
            kinds.Password(row.user_id, row.password)
            for row in accounts.Person.objects.all()
            if row.has_usable_password()
        ],
        kinds.UPSTREAM_HEADER: _headers(),
        kinds.SOURCE_DATABASE: _databases(),
        kinds.CLIENT_SECRET: map(_client_secret, clients.ClientSecret.objects.select_related("application")),
        kinds.SUBSCRIPTION_KEYS: map(_subscription_keys, clients.Subscription.objects.all()),
        kinds.SIGNING_KEY: map(_signing_key, clients.SigningKey.objects.all()),
    }


def _headers() -> Iterator[kinds.UpstreamHeader]:
    for row in catalogue.UpstreamHeader.objects.select_related("upstream"):
        if row.sealed:
            value = _unsealed(row.sealed, header_bound(row.upstream.key, row.name), "latin-1")
            yield kinds.UpstreamHeader(row.upstream.key, row.name, value)


def _databases() -> Iterator[kinds.SourceDatabase]:
    for row in catalogue.DataSource.objects.all():
        for tier in TIERS:
            sealed = getattr(row, sealed_member(tier))
            if sealed:
                yield kinds.SourceDatabase(row.key, tier, _unsealed(sealed, source_bound(row.key, tier)))


def _unsealed(sealed: bytes | memoryview[int], bound_to: str, encoding: str = "utf-8") -> str:
    return sealer().unseal(bytes(sealed), bound_to).decode(encoding)


def _client_secret(row: clients.ClientSecret) -> kinds.ClientSecret:
    return kinds.ClientSecret(
        client_id=row.application.client_id,
        id=client_secret_id(row.digest),
        hint=row.hint,
        created_at=row.created_at,
        digest=row.digest,
        description=row.description,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )


def client_secret_id(digest: str) -> str:
    """What names a client secret among those of its application."""
    return hashlib.sha256(digest.encode()).hexdigest()[:16]


def _subscription_keys(row: clients.Subscription) -> kinds.SubscriptionKeys:
    keys = subscription_keys_open(subscription=row)
    return kinds.SubscriptionKeys(row.pk, keys.primary.reveal(), keys.secondary.reveal())


def _signing_key(row: clients.SigningKey) -> kinds.SigningKey:
    return kinds.SigningKey(
        kid=row.kid,
        created_at=row.created_at,
        certificate=row.certificate,
        n=row.n,
        e=row.e,
        private_pem=signing_key_open(key=row).reveal(),
        signs=row.signs,
        signs_since=row.signs_since,
        signed_until=row.signed_until,
    )
