"""The plane of the token service: which address is what, and the steps of a token request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

import structlog

from millgate.authority import answers, discovery, requests
from millgate.authority.attempts import Attempt
from millgate.authority.discovery import ANY_TENANT
from millgate.authority.striking import Dropped
from millgate.core.errors import (
    FAULT_UNKNOWN,
    GRANTS_UNREACHABLE,
    MANAGED_FAILURE,
    ROUTE_UNKNOWN,
    TOKEN_BODY_EMPTY,
    TOKEN_GRANT_UNSUPPORTED,
    TOKEN_METHOD_WRONG,
    TOKEN_MISSING,
    TOKEN_PARAMETER_MISSING,
    TOKEN_TENANT_UNKNOWN,
    Refusal,
    Refused,
)
from millgate.snapshot.model import Snapshot
from millgate.stores.ports import StoreUnreachable
from millgate.wire.messages import Request, Response
from millgate.wire.refusals import answer, failure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from millgate.authority.attempts import Attempts
    from millgate.authority.clients import Authenticated, ClientCheck
    from millgate.authority.inspection import Inspection
    from millgate.authority.striking import TokenStriking
    from millgate.core.clock import Clock
    from millgate.snapshot.access_tokens import Issuing
    from millgate.snapshot.document import Company
    from millgate.snapshot.holder import Holder

_DISCOVERY: Final = frozenset(
    {(".well-known", "openid-configuration"), ("v2.0", ".well-known", "openid-configuration")}
)
_KEYS: Final = ("discovery", "keys")
_INSTANCE: Final = ("discovery", "instance")
_CLIENTS: Final = frozenset({("oauth2", "token"), ("oauth2", "introspect"), ("oauth2", "revoke")})
_FIRST: Final = frozenset({"oauth2", ".well-known"})
_BELOW_TENANT: Final = _DISCOVERY | _CLIENTS | {_KEYS, _INSTANCE}
_SECOND: Final = frozenset(below[0] for below in _BELOW_TENANT)
_RFC_8414: Final = (".well-known", "oauth-authorization-server")

_Endpoint: TypeAlias = Callable[[Snapshot, Request, str, Attempt], Awaitable[dict[str, Any] | None]]

_log = structlog.get_logger("millgate.authority")


def claims(segments: tuple[str, ...]) -> bool:
    """Whether an address belongs to the token service, whatever its tenant."""
    if segments[0] in _FIRST:
        return True
    # Every managed call is asked for this, and hardly any looks like one of these.
    return len(segments) > 1 and segments[1] in _SECOND and segments[1:] in _BELOW_TENANT


def _endpoint_of(segments: tuple[str, ...]) -> str:
    """Which endpoint for clients an address is; empty when it is none."""
    at_no_tenant = segments[:2] == ("oauth2", "v1") and ("oauth2", *segments[2:]) in _CLIENTS
    return segments[2] if at_no_tenant or segments[1:] in _CLIENTS else ""


class GrantType(Protocol):
    """One grant: what is given to a client for what it brings."""

    async def issue(
        self, snapshot: Snapshot, client: Authenticated, parameters: dict[str, str], now: int
    ) -> dict[str, Any]:
        """The members of the success answer, in their order.

        Raises:
            Refused: nothing is given.
        """
        ...


class AuthorityPlane:
    """Answers token requests, introspection, revocation, discovery and keys."""

    def __init__(
        self,
        *,
        holder: Holder,
        clients: ClientCheck,
        grants: Mapping[str, GrantType],
        inspection: Inspection,
        attempts: Attempts,
        clock: Clock,
        issuing: Issuing,
        striking: TokenStriking,
    ) -> None:
        self._holder = holder
        self._clients = clients
        self._grants = grants
        self._inspection = inspection
        self._attempts = attempts
        self._clock = clock
        self._issuing = issuing
        self._striking = striking
        self._endpoints: dict[str, _Endpoint] = {
            "token": self._token,
            "introspect": self._introspected,
            "revoke": self._revoked,
        }

    async def __call__(self, request: Request) -> Response:
        """Answer one request."""
        snapshot, segments = self._holder.current, request.segments
        endpoint = self._endpoints.get(_endpoint_of(segments))
        if endpoint is not None:
            tenant = ANY_TENANT if segments[0] == "oauth2" else segments[0]
            return await self._exchanged(endpoint, snapshot, request, tenant)
        if request.method in {"GET", "HEAD"}:
            if segments == (ANY_TENANT, *_INSTANCE):
                return self._instance(snapshot, request)
            return self._published(snapshot, segments)
        return answer(Refusal(ROUTE_UNKNOWN))

    def _published(self, snapshot: Snapshot, segments: tuple[str, ...]) -> Response:
        if segments[:2] == _RFC_8414:
            return self._issued_by(snapshot, segments[2:])
        tenant = segments[0].lower()
        known = tenant == ANY_TENANT or tenant in snapshot.companies
        if known and segments[1:] in _DISCOVERY:
            return discovery.metadata(self._issuing, tenant)
        if known and segments[1:] == _KEYS:
            return discovery.keys(snapshot)
        return answer(Refusal(ROUTE_UNKNOWN))

    def _instance(self, snapshot: Snapshot, request: Request) -> Response:
        endpoint = dict(request.query_fields()).get("authorization_endpoint", "")
        try:
            return discovery.instance(snapshot, self._issuing.origin, endpoint)
        except Refused as refused:
            return answers.error(refused.refusal, answers.correlate(request), self._clock.now())

    def _issued_by(self, snapshot: Snapshot, issuer_path: tuple[str, ...]) -> Response:
        """RFC 8414 section 3.1: the address is made of the issuer's path without the slash at its end.

        Some clients keep that slash. Tokens of `common` do not exist, so it is nobody's issuer (section 3.3).
        """
        tenant = issuer_path[0].lower() if issuer_path else ""
        if tenant in snapshot.companies and issuer_path[1:] in {(), ("",)}:
            return discovery.metadata(self._issuing, tenant)
        return answer(Refusal(ROUTE_UNKNOWN))

    async def _exchanged(
        self, endpoint: _Endpoint, snapshot: Snapshot, request: Request, tenant: str
    ) -> Response:
        """One exchange; whatever goes wrong, the answer carries its ids and is never a stack trace."""
        correlation, attempt = answers.correlate(request), Attempt()
        try:
            members = await endpoint(snapshot, request, tenant, attempt)
        except Refused as refused:
            if refused.refusal.problem is FAULT_UNKNOWN:
                return answer(refused.refusal)
            refusal = self._challenged(refused.refusal, request)
        except Dropped as dropped:
            _log.warning("token_dropped", trace_id=correlation.trace_id, why=str(dropped))
            return dropped.response()
        except StoreUnreachable as failed:
            refusal = Refusal(GRANTS_UNREACHABLE, cause=str(failed))
        except Exception:  # noqa: BLE001 - the border: an answer, and the cause in the log
            _log.exception("token_failure", trace_id=correlation.trace_id)
            return failure(MANAGED_FAILURE, correlation.trace_id)
        else:
            return answers.success(members, correlation, attempt.held_by)
        now = self._clock.now()
        self._attempts.refused(
            attempt, snapshot, refusal, request.client, trace_id=correlation.trace_id, now=now
        )
        return answers.error(refusal, correlation, now)

    async def _token(
        self, snapshot: Snapshot, request: Request, tenant: str, attempt: Attempt
    ) -> dict[str, Any]:
        """A token, or several (RFC 6749 section 3.2)."""
        attempt.tenant = _company(snapshot, request, tenant)
        asked = await requests.read(
            request, "grant_type", empty=TOKEN_BODY_EMPTY, missing=TOKEN_PARAMETER_MISSING
        )
        attempt.read(request, asked)
        grant_type = asked.parameters["grant_type"]
        grant = self._grants.get(grant_type)
        if grant is None:
            raise Refused(Refusal(TOKEN_GRANT_UNSUPPORTED, {"grant_type": grant_type[:100]}))
        client, now = self._authenticated(snapshot, request, asked, attempt)
        directory = attempt.tenant.tenant if attempt.tenant is not None else ANY_TENANT
        attempt.held_by = await self._striking.strike(snapshot, request, client.application, directory)
        members = await grant.issue(snapshot, client, asked.parameters, int(now))
        self._attempts.issued()
        return members

    async def _introspected(
        self, snapshot: Snapshot, request: Request, tenant: str, attempt: Attempt
    ) -> dict[str, Any]:
        """What a token is worth (RFC 7662)."""
        client, token, now = await self._about_a_token(snapshot, request, tenant, attempt)
        return await self._inspection.introspect(snapshot, client, token, now)

    async def _revoked(self, snapshot: Snapshot, request: Request, tenant: str, attempt: Attempt) -> None:
        """A token is worth nothing from now on (RFC 7009)."""
        client, token, now = await self._about_a_token(snapshot, request, tenant, attempt)
        await self._inspection.revoke(snapshot, client, token, now)

    async def _about_a_token(
        self, snapshot: Snapshot, request: Request, tenant: str, attempt: Attempt
    ) -> tuple[Authenticated, str, int]:
        attempt.tenant = _company(snapshot, request, tenant)
        asked = await requests.read(request, "token", empty=TOKEN_MISSING, missing=TOKEN_MISSING)
        attempt.read(request, asked)
        client, now = self._authenticated(snapshot, request, asked, attempt)
        return client, asked.parameters["token"], int(now)

    def _authenticated(
        self, snapshot: Snapshot, request: Request, asked: requests.ClientRequest, attempt: Attempt
    ) -> tuple[Authenticated, float]:
        """Who asks, and when."""
        now = self._clock.now()
        client = self._clients.authenticate(snapshot, asked.credentials, attempt.tenant, now)
        self._attempts.authenticated(attempt, client, request.client, now)
        return client, now

    def _challenged(self, refusal: Refusal, request: Request) -> Refusal:
        """RFC 6749 section 5.2: a client that failed to authenticate by header is told the scheme."""
        if refusal.problem.status != 401 or request.header("authorization") is None:  # noqa: PLR2004 - HTTP
            return refusal
        challenge = ("www-authenticate", f'Basic realm="{self._issuing.origin}"')
        return Refusal(refusal.problem, refusal.values, (*refusal.headers, challenge), refusal.cause)


def _company(snapshot: Snapshot, request: Request, tenant: str) -> Company | None:
    if request.method != "POST":
        raise Refused(Refusal(TOKEN_METHOD_WRONG, {"method": request.method}, (("allow", "POST"),)))
    if tenant == ANY_TENANT:
        return None
    company = snapshot.companies.get(tenant.lower())
    if company is None:
        raise Refused(Refusal(TOKEN_TENANT_UNKNOWN, {"tenant": tenant[:100]}))
    return company
