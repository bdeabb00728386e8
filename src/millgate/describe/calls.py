"""What the managed layer hands to a backend."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeAlias, runtime_checkable

import msgspec

from millgate.core.errors import Problem
from millgate.core.values import Principal
from millgate.describe.model import Operation
from millgate.wire.messages import Request, Response


class BackendCall(msgspec.Struct, frozen=True):
    """One admitted call.

    Attributes:
        request: as it came in.
        tier: `test` or `production`.
        operation: what is called; its `target` says which operation of the backend answers.
        parameters: what the path's template captured, by name, decoded.
        principal: for whom, or None when the token resolves to no account.
        managed_path: the address up to the operation, for backends that link to managed addresses.
        request_id: the id that the answer will carry.
        api: the key of the API.
        subscription: the key of the subscription; empty for a call without one.
        application: the client id; empty for a call of an API that needs no token.
        traceparent: the W3C Trace Context of the call, to be handed on.
    """

    request: Request
    tier: str
    operation: Operation
    parameters: dict[str, str]
    principal: Principal | None
    managed_path: str
    request_id: str = ""
    api: str = ""
    subscription: str = ""
    application: str = ""
    traceparent: str = ""

    @property
    def target(self) -> str:
        """Which operation of the backend answers."""
        return self.operation.target


Backend: TypeAlias = Callable[[BackendCall], Awaitable[Response]]
AskingBackend: TypeAlias = Callable[[BackendCall], Response | Awaitable[Response]]
"""Asks a backend: the answer, or what is to be awaited for it."""


@runtime_checkable
class PromptBackend(Protocol):
    """A backend that answers without being awaited where nothing has to be waited for."""

    def at_once(self, call: BackendCall) -> Response | Awaitable[Response]:
        """The answer, or what is to be awaited for it."""
        ...


@runtime_checkable
class RefusingBackend(Protocol):
    """A backend that can answer as if it refused a call, in its own words."""

    def refusing(self, call: BackendCall, problem: Problem) -> Response:
        """The answer with which it refuses a call for this reason. Nothing is read or changed."""
        ...


def asking(backend: Backend) -> AskingBackend:
    """The cheapest way to ask a backend."""
    prompt: object = backend
    return prompt.at_once if isinstance(prompt, PromptBackend) else backend
