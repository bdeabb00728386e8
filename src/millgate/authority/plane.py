"""The plane of the token service: which address is what, and the steps of a token request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog

from millgate.authority import answers, discovery, requests
from millgate.core.errors import (
    MANAGED_FAILURE,
    ROUTE_UNKNOWN,
    TOKEN_GRANT_UNSUPPORTED,
    TOKEN_METHOD_WRONG,
    TOKEN_TENANT_UNKNOWN,
    Refusal,
    Refused,
)
from millgate.wire.messages import Response
from millgate.wire.refusals import answer, failure

if TYPE_CHECKING:
    from millgate.authority.client_credentials import ClientCredentials
    from millgate.authority.clients import ClientCheck
    from millgate.core.clock import Clock
    from millgate.snapshot.document import Company
    from millgate.snapshot.holder import Holder
    from millgate.snapshot.model import Snapshot
    from millgate.wire.messages import Request

ANY_TENANT: Final = "common"
_DISCOVERY: Final = frozenset(
    {(".well-known", "openid-configuration"), ("v2.0", ".well-known", "openid-configuration")}
)
_KEYS: Final = ("discovery", "keys")
_TOKEN: Final = ("oauth2", "token")
_FIRST: Final = frozenset({"oauth2", ".well-known"})
_BELOW_TENANT: Final = _DISCOVERY | {_KEYS, _TOKEN}
_RFC_8414: Final = (".well-known", "oauth-authorization-server")

_log = structlog.get_logger("millgate.authority")


def claims(segments: tuple[str, ...]) -> bool:
    """Whether an address belongs to the token service, whatever its tenant."""
    return segments[0] in _FIRST or segments[1:] in _BELOW_TENANT


class AuthorityPlane:
    """Answers token requests, discovery and keys."""

    def __init__(
        self, *, holder: Holder, clients: ClientCheck, grant: ClientCredentials, clock: Clock, origin: str
    ) -> None:
        self._holder = holder
        self._clients = clients
        self._grant = grant
        self._clock = clock
        self._origin = origin

    async def __call__(self, request: Request) -> Response:
        """Answer one request."""
        snapshot, segments = self._holder.current, request.segments
        if segments == ("oauth2", "v1", "token"):
            return await self._token(snapshot, request, ANY_TENANT)
        if segments[1:] == _TOKEN:
            return await self._token(snapshot, request, segments[0])
        if request.method in {"GET", "HEAD"}:
            return self._published(snapshot, segments)
        return answer(Refusal(ROUTE_UNKNOWN))

    def _published(self, snapshot: Snapshot, segments: tuple[str, ...]) -> Response:
        at_front = segments[:2] == _RFC_8414
        tenant = segments[-1] if at_front else segments[0]
        known = tenant == ANY_TENANT or tenant.lower() in snapshot.companies
        if known and (segments[1:] in _DISCOVERY or (at_front and len(segments) == 3)):  # noqa: PLR2004 - both parts and a tenant
            return discovery.metadata(self._origin, tenant.lower())
        if known and segments[1:] == _KEYS:
            return discovery.keys(snapshot)
        return answer(Refusal(ROUTE_UNKNOWN))

    async def _token(self, snapshot: Snapshot, request: Request, tenant: str) -> Response:
        """One exchange; whatever goes wrong, the answer carries its ids and is never a stack trace."""
        correlation = answers.correlate(request)
        try:
            return answers.success(await self._grant_to(snapshot, request, tenant), correlation)
        except Refused as refused:
            refusal = self._challenged(refused.refusal, request)
            _log.info("token_refused", trace_id=correlation.trace_id, code=refusal.problem.code)
            return answers.error(refusal, correlation, self._clock.now())
        except Exception:  # noqa: BLE001 - the border: an answer, and the cause in the log
            _log.exception("token_failure", trace_id=correlation.trace_id)
            return failure(MANAGED_FAILURE, correlation.trace_id)

    async def _grant_to(self, snapshot: Snapshot, request: Request, tenant: str) -> dict[str, str]:
        if request.method != "POST":
            raise Refused(Refusal(TOKEN_METHOD_WRONG, {"method": request.method}, (("allow", "POST"),)))
        company = _company(snapshot, tenant)
        asked = await requests.read(request)
        if asked.grant_type != "client_credentials":
            raise Refused(Refusal(TOKEN_GRANT_UNSUPPORTED, {"grant_type": asked.grant_type[:100]}))
        now = self._clock.now()
        application = self._clients.authenticate(snapshot, asked.credentials, company, now)
        return self._grant.issue(snapshot, application, asked.parameters, int(now))

    def _challenged(self, refusal: Refusal, request: Request) -> Refusal:
        """RFC 6749 section 5.2: a client that failed to authenticate by header is told the scheme."""
        if refusal.problem.status != 401 or request.header("authorization") is None:  # noqa: PLR2004 - HTTP
            return refusal
        challenge = ("www-authenticate", f'Basic realm="{self._origin}"')
        return Refusal(refusal.problem, refusal.values, (*refusal.headers, challenge), refusal.cause)


def _company(snapshot: Snapshot, tenant: str) -> Company | None:
    if tenant == ANY_TENANT:
        return None
    company = snapshot.companies.get(tenant.lower())
    if company is None:
        raise Refused(Refusal(TOKEN_TENANT_UNKNOWN, {"tenant": tenant[:100]}))
    return company
