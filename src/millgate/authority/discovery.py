"""Discovery (OpenID Connect Discovery 1.0, RFC 8414) and the published keys (RFC 7517)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from millgate.core.errors import TOKEN_INSTANCE_UNKNOWN, Refusal, Refused
from millgate.wire.messages import Response
from millgate.wire.refusals import JSON_UTF8

if TYPE_CHECKING:
    from millgate.snapshot.model import Snapshot

ANY_TENANT = "common"
_CACHED = ("cache-control", "private, max-age=3600")


def metadata(origin: str, tenant: str) -> Response:
    """The discovery document of a tenant; `common` stands for any."""
    base = f"{origin}/{tenant}"
    issuer = f"{origin}/{'{tenantid}' if tenant == 'common' else tenant}/"
    return _json(
        {
            "issuer": issuer,
            "token_endpoint": f"{base}/oauth2/token",
            "jwks_uri": f"{base}/discovery/keys",
            # Client libraries for the confidential grant read this member, too, and fail without it.
            "authorization_endpoint": f"{base}/oauth2/authorize",
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
            "grant_types_supported": ["client_credentials"],
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "scopes_supported": ["openid"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }
    )


def keys(snapshot: Snapshot) -> Response:
    """Every key that a token in force may be signed with."""
    published = [
        {"kty": "RSA", "use": "sig", "kid": key.kid, "x5t": key.kid, "n": key.n, "e": key.e, "x5c": [key.x5c]}
        for key in snapshot.signing_keys.values()
    ]
    return _json({"keys": published})


def instance(snapshot: Snapshot, origin: str, endpoint: str) -> Response:
    """What client libraries ask before they trust an authority: whether it is one, and where its document is.

    Args:
        snapshot: in force.
        origin: ours.
        endpoint: the address for signing in that is asked for; its first segment is a tenant.

    Raises:
        Refused: it is not one of a tenant here.
    """
    tenant = endpoint.removeprefix(f"{origin}/").partition("/")[0].lower()
    here = endpoint.startswith(f"{origin}/")
    if not here or (tenant != ANY_TENANT and tenant not in snapshot.companies):
        raise Refused(Refusal(TOKEN_INSTANCE_UNKNOWN))
    host = origin.partition("//")[2]
    return _json(
        {
            "tenant_discovery_endpoint": f"{origin}/{tenant}/.well-known/openid-configuration",
            "api-version": "1.1",
            "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
        }
    )


def _json(members: dict[str, object]) -> Response:
    return Response(200, (JSON_UTF8, _CACHED), msgspec.json.encode(members))
