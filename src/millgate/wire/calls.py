"""What the managed layer hands to a backend in the same process."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import msgspec

from millgate.core.values import Principal
from millgate.wire.messages import Request, Response


class BackendCall(msgspec.Struct, frozen=True, kw_only=True):
    """One admitted call.

    Attributes:
        request: as it came in.
        tier: `test` or `production`.
        target: which operation of the backend, as the catalogue names it.
        parameters: what the path's template captured, by name.
        principal: for whom, or None when the token resolves to no account.
        request_id: the id that the answer will carry.
        managed_path: the address up to the operation, for backends that link to managed addresses.
    """

    request: Request
    tier: str
    target: str
    parameters: dict[str, str]
    principal: Principal | None
    managed_path: str
    request_id: str = ""


Backend: TypeAlias = Callable[[BackendCall], Awaitable[Response]]
