"""The action API as an API among others: at its own address, and as one that the gateway answers for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from millgate.control.actions.describing.examples import answer_example, body_example
from millgate.control.actions.describing.schemas import (
    DEFINITIONS,
    body_schema,
    encoded_schema,
    envelope_schema,
)
from millgate.control.actions.registry.model import JSON, PREFIX, TEXT, State, Verb
from millgate.control.actions.registry.statuses import RATE_LIMIT
from millgate.control.actions.registry.table import ROUTES, service_of, statuses_of
from millgate.describe.model import Answer, Api, Body, Operation, Parameter, Payload, Place
from millgate.snapshot.document import PRODUCTION
from millgate.snapshot.upstreams import ACTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from millgate.control.actions.registry.model import Route, Status

KEY: Final = "actions"
SUFFIX: Final = "actions"
"""The first segment of its managed addresses; `api` is that of the direct ones."""
VERSION: Final = "v1"
ALIASES: Final = "Aliases"
_DIRECT_SUFFIX: Final = PREFIX.split("/")[1]
_DESCRIPTION: Final = (
    "What people decide in applications: signing in, registering, canceling and reinstating, and the lists "
    "behind it. A call carries the token of a session or of an application as the parameter `token` of its "
    "body; there is neither subscription key nor access token to get. Every answer is one envelope, whose "
    "`status` says in a word what happened."
)
_RETRY_AFTER: Final = Parameter("Retry-After", Place.HEADER, "integer", "Seconds until a call may pass.")


def api_managed() -> Api:
    """As it stands in the catalogue of every installation: the routes that are installed as deployed."""
    return _api([route for route in ROUTES.values() if route.state is State.DEPLOYED])


def api_direct(routes: Iterable[Route]) -> Api:
    """As it is called at its own address, where no gateway stands before it: these routes."""
    return replace(_api(routes), suffix=_DIRECT_SUFFIX, upstream="")


def operation_key(route: Route) -> str:
    """By which the operation of a route is named in the catalogue."""
    return route.path.replace("/", "-").replace("_", "-")


def operation_of(route: Route) -> Operation:
    """A route by its documented verb."""
    return Operation(
        key=operation_key(route),
        method=route.verb.value,
        template=f"/{route.path}",
        name=route.title.removesuffix(" API"),
        target=route.path,
        summary=route.purpose,
        tags=(service_of(route).name,),
        body=Body(tuple(_payload(route, item) for item in route.content_types), required=True),
        answers=answers_of(route),
    )


def answers_of(route: Route) -> tuple[Answer, ...]:
    """What a route answers, by rising HTTP status: several slugs share one."""
    by_code: dict[int, list[Status]] = {}
    for status in statuses_of(route):
        by_code.setdefault(status.code, []).append(status)
    return tuple(_answer(route, by_code[code]) for code in sorted(by_code))


def _api(routes: Iterable[Route]) -> Api:
    shown = tuple(routes)
    return Api(
        key=KEY,
        name="Actions",
        suffix=SUFFIX,
        version=VERSION,
        upstream=ACTIONS,
        description=_DESCRIPTION,
        kind="business process",
        # Sessions, people and cancelations are those of the installation; there is no second set of them.
        tiers=(PRODUCTION,),
        subscription_required=False,
        bearer_required=False,
        operations=(*map(operation_of, shown), *_aliases(shown)),
        definitions=DEFINITIONS,
    )


def _aliases(routes: Iterable[Route]) -> Iterable[Operation]:
    """By POST, what is documented by PUT or DELETE: for programs that can send neither with a body."""
    for route in routes:
        if route.verb is not Verb.POST:
            operation = operation_of(route)
            yield replace(
                operation,
                key=f"{operation.key}-by-post",
                method=Verb.POST.value,
                name=f"{operation.name} (by POST)",
                summary=f"The same as {route.verb} {route.path}, for programs that can only POST.",
                tags=(ALIASES,),
            )


def _payload(route: Route, media_type: str) -> Payload:
    example = body_example(route, media_type)
    if media_type == TEXT:
        return Payload(TEXT, encoded_schema(route), example)
    return Payload(JSON, body_schema(route, sensitive=False), json.loads(example))


def _answer(route: Route, statuses: list[Status]) -> Answer:
    lines = (f"- `{item.slug}`: {item.description}" for item in statuses)
    return Answer(
        status=str(statuses[0].code),
        description="\n".join(lines),
        payloads=(Payload(JSON, envelope_schema(route, statuses), answer_example(route, statuses[0])),),
        headers=(_RETRY_AFTER,) if RATE_LIMIT in statuses else (),
    )
