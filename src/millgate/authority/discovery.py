"""Discovery (OpenID Connect Discovery 1.0, RFC 8414) and the published keys (RFC 7517)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from millgate.authority.assertions import ALGORITHMS
from millgate.core.errors import TOKEN_INSTANCE_UNKNOWN, Refusal, Refused
from millgate.snapshot.document import SIGNING_ALGORITHM
from millgate.snapshot.signing import KEYS_CACHED_SECONDS
from millgate.wire.messages import Response
from millgate.wire.refusals import JSON_UTF8

if TYPE_CHECKING:
    from millgate.snapshot.access_tokens import Issuing
    from millgate.snapshot.model import Snapshot

ANY_TENANT: Final = "common"

_CACHED: Final = ("cache-control", f"private, max-age={KEYS_CACHED_SECONDS}")

_ENDPOINTS: Final = {
    # Client libraries for the confidential grant read the first member, too, and fail without it.
    "authorization_endpoint": "oauth2/authorize",
    "token_endpoint": "oauth2/token",
    "introspection_endpoint": "oauth2/introspect",
    "revocation_endpoint": "oauth2/revoke",
    "jwks_uri": "discovery/keys",
}
"""Where each is, below the tenant."""

_PROOFS: Final = ("client_secret_post", "client_secret_basic", "private_key_jwt")
_OFFERED: Final[dict[str, tuple[str, ...]]] = {
    "grant_types_supported": ("client_credentials", "authorization_code", "refresh_token"),
    "response_types_supported": ("code",),
    "response_modes_supported": ("query", "fragment", "form_post"),
    "code_challenge_methods_supported": ("S256", "plain"),
    "scopes_supported": ("openid",),
    "subject_types_supported": ("pairwise",),
    "id_token_signing_alg_values_supported": (SIGNING_ALGORITHM,),
    "token_endpoint_auth_methods_supported": (*_PROOFS, "none"),
    "token_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
    "introspection_endpoint_auth_methods_supported": _PROOFS,
    "introspection_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
    "revocation_endpoint_auth_methods_supported": (*_PROOFS, "none"),
    "revocation_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
}
"""What is supported."""


def metadata(issuing: Issuing, tenant: str) -> Response:
    """The discovery document of a tenant; `common` stands for any.

    Args:
        issuing: where the server is.
        tenant: as it stands in tokens: lower case.
    """
    # As the documented service has it: whoever reads it puts in the tenant that the token names.
    issuer = issuing.issuer("{tenantid}" if tenant == ANY_TENANT else tenant)
    endpoints = {name: f"{issuing.origin}/{tenant}/{path}" for name, path in _ENDPOINTS.items()}
    # RFC 9207: an answer to a request that named no tenant tells no issuer.
    told = {"authorization_response_iss_parameter_supported": tenant != ANY_TENANT}
    return _json({"issuer": issuer, **endpoints, **_OFFERED, **told})


def keys(snapshot: Snapshot) -> Response:
    """Every key that a token in force may be signed with, or the next ones will be."""
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
