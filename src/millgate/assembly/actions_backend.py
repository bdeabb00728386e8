"""The action API as a backend of the gateway: its calls go to the pages of the same process."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from millgate.wire.messages import Response

if TYPE_CHECKING:
    from millgate.describe.calls import BackendCall
    from millgate.wire.messages import Plane, Request

_PREFIX: Final = "/api/v1/"
_ROUTE: Final = re.compile("[a-z][a-z_]*/[a-z][a-z_]*")
"""A collection and its action. A target comes from the catalogue, and must lead nowhere else."""
_HANDED_ON: Final = frozenset({"accept", "content-type", "user-agent"})
"""Headers that are the action API's business: it takes no cookie, key or access token."""
_GATEWAYS_OWN: Final = frozenset({"x-request-id"})


class ActionsBackend:
    """Answers calls of the API “Actions”. What it takes and answers is what the direct address does.

    Args:
        pages: the plane that answers `/api/v1/…`.
    """

    def __init__(self, pages: Plane) -> None:
        self._pages = pages

    async def __call__(self, call: BackendCall) -> Response:
        """Answer one call.

        Raises:
            LookupError: the target is no route's path.
        """
        if not _ROUTE.fullmatch(call.target):
            raise LookupError(f"{call.target!r} is not the path of an action")
        response = await self._pages(_direct(call))
        kept = tuple(header for header in response.headers if header[0] not in _GATEWAYS_OWN)
        return replace(response, headers=kept)


def _direct(call: BackendCall) -> Request:
    """The same call as it is sent to the direct address."""
    path = _PREFIX + call.target
    return replace(
        call.request,
        raw_path=path,
        segments=tuple(path.split("/")[1:]),
        # Parameters travel in the body: what a managed address may carry in its query is the gateway's.
        query="",
        headers=tuple(header for header in call.request.headers if header[0] in _HANDED_ON),
        named=None,
        request_id=call.request_id,
    )
