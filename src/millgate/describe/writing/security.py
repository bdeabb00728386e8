"""The ways to be let in: the subscription key in either place, and the access token."""

from __future__ import annotations

from typing import Final

from millgate.describe.model import Api
from millgate.describe.writing.parameters import Json
from millgate.describe.writing.site import Site, key_text, token_text

KEY_HEADER: Final = "subscriptionKeyHeader"
KEY_QUERY: Final = "subscriptionKeyQuery"
TOKEN: Final = "accessToken"  # noqa: S105 - the name of a security scheme


def schemes_of(api: Api, site: Site, flow: Json) -> Json:
    """The security schemes by name.

    Args:
        api: whose.
        site: where it is called.
        flow: the grant and the token endpoint, in the words of the format.
    """
    if not api.upstream:
        return {}
    key = {"type": "apiKey", "description": key_text(api)}
    return {
        KEY_HEADER: {**key, "in": "header", "name": api.key_header},
        KEY_QUERY: {**key, "in": "query", "name": api.key_query},
        TOKEN: {"type": "oauth2", "description": token_text(site), **flow},
    }


def security_of(api: Api) -> list[Json]:
    """The ways, of which a call takes one: each names all that the call must carry."""
    token: Json = {TOKEN: []} if api.bearer_required else {}
    if api.subscription_required:
        return [{KEY_HEADER: [], **token}, {KEY_QUERY: [], **token}]
    return [token] if token else []
