"""Access tokens made by hand, good ones but for what a test changes."""

from __future__ import annotations

import json
from typing import Any

from joserfc import jws
from joserfc.jwk import RSAKey

from support.world import CLIENT, NOW, ORIGIN, RESOURCE, TENANT, pem, private_key


def claims_of(**changes: Any) -> dict[str, Any]:
    """Claims that are good unless changed."""
    return {
        "aud": RESOURCE,
        "iss": f"{ORIGIN}/{TENANT}/",
        "nbf": int(NOW) - 300,
        "exp": int(NOW) + 3600,
        "appid": CLIENT,
        "tid": TENANT,
    } | changes


def signed(*, number: int = 1, header: dict[str, Any] | None = None, **changes: Any) -> str:
    """A token signed by a key of the world, with members of the header and claims changed."""
    key = RSAKey.import_key(pem(private_key(number)))
    protected = {"typ": "JWT", "alg": "RS256", "kid": f"kid-{number}"} | (header or {})
    payload = json.dumps(claims_of(**changes)).encode()
    algorithms = ["RS256", "RS384", "RS512", "PS256"]
    registry = jws.JWSRegistry(algorithms=algorithms, strict_check_header=False)
    return jws.serialize_compact(protected, payload, key, registry=registry)
