"""What the page of a route says, from its entry in the registry."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext as _

from millgate.control.actions.describing.api import KEY, api_direct, operation_key, operation_of
from millgate.control.actions.describing.examples import answer_example, body_example, params_example
from millgate.control.actions.describing.schemas import parameter_schema
from millgate.control.actions.registry.model import JSON, TEXT, Role
from millgate.control.actions.registry.table import parameters_of, service_of, statuses_of
from millgate.control.portal import selectors
from millgate.control.portal.reference.code import marked
from millgate.control.portal.reference.grouping import Anchors
from millgate.control.portal.reference.parameters import ParameterRow
from millgate.control.portal.reference.schemas import facts_of
from millgate.control.portal.reference.shown import bases_of
from millgate.describe.model import Place
from millgate.snapshot.upstreams import ACTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.utils.safestring import SafeString

    from millgate.control.actions.models import DeployState
    from millgate.control.actions.registry.model import Parameter, Route, Service, Status
    from millgate.control.actions.selectors import RouteStanding
    from millgate.describe.model import Api, Operation


@dataclass(frozen=True, slots=True)
class BodyExample:
    """A sample body.

    Attributes:
        media_type: as which it is sent.
        text: as it is sent.
        html: the text with its syntax marked.
        holds: what is encoded in it; empty where it is sent as it is written.
    """

    media_type: str
    text: str
    html: SafeString
    holds: SafeString | str = ""


@dataclass(frozen=True, slots=True)
class StatusShown:
    """What a call may come to.

    Attributes:
        slug: the literal in `status`.
        code: the HTTP status, and `phrase` what HTTP calls it.
        tone: `good`, `warn` or `bad`.
        description: when it is answered.
        own: whether this product adds it to the documented ones.
        text: the envelope, and `html` the same with its syntax marked.
        anchor: where it stands in the page.
    """

    slug: str
    code: int
    phrase: str
    tone: str
    description: str
    own: bool
    text: str
    html: SafeString
    anchor: str


@dataclass(frozen=True, slots=True)
class ActionShown:
    """All that the page of a route says.

    Attributes:
        route: of the registry.
        service: that it is part of.
        state: how far it has come.
        address: where it is called.
        aliases: the verbs that are taken besides the documented one.
        callers: who may call it, in words.
        sensitive: whether its body is, or may have to be, `text/plain`.
        parameters: by position.
        bodies: a sample for each content type.
        responses, uncommon: what calls come to.
        api, operation: the same as an operation of an API, for samples.
    """

    route: Route
    service: Service
    state: DeployState
    address: str
    aliases: tuple[str, ...]
    callers: str
    sensitive: bool
    parameters: tuple[ParameterRow, ...]
    bodies: tuple[BodyExample, ...]
    responses: tuple[StatusShown, ...]
    uncommon: tuple[StatusShown, ...]
    api: Api
    operation: Operation


def action_shown(standing: RouteStanding) -> ActionShown:
    """The page of a route."""
    route, anchors = standing.route, Anchors()
    statuses = statuses_of(route)
    parameters = parameters_of(route)
    return ActionShown(
        route=route,
        service=service_of(route),
        state=standing.state,
        address=settings.MILLGATE.public_origin + route.address,
        aliases=tuple(verb.value for verb in route.verbs[1:]),
        callers=callers_of(route),
        sensitive=TEXT in route.content_types,
        parameters=tuple(_row(item, anchors) for item in parameters),
        bodies=tuple(_body(route, item) for item in route.content_types),
        responses=tuple(_status(route, item, anchors) for item in statuses if not item.uncommon),
        uncommon=tuple(_status(route, item, anchors) for item in statuses if item.uncommon),
        api=api_direct([route]),
        operation=operation_of(route),
    )


def managed(route: Route) -> tuple[Api, Operation] | None:
    """The same route as the gateway answers it, where it is published."""
    api = _published()
    if api is None:
        return None
    key = operation_key(route)
    found = next((item for item in api.operations if item.key == key), None)
    return (api, found) if found is not None else None


def managed_base() -> str:
    """Where the gateway answers for all routes; empty where it does not."""
    api = _published()
    return bases_of(api)[0].address if api is not None else ""


def _published() -> Api | None:
    api = selectors.api_shown(KEY)
    return api if api is not None and api.online and api.upstream == ACTIONS and api.tiers else None


def callers_of(route: Route) -> str:
    """Who may call a route, in words."""
    if route.anonymous:
        return _("Anybody, without a token.")
    words = {
        Role.CLIENT: _("clients"),
        Role.EMPLOYEE: _("employees"),
        Role.LIAISON: _("liaisons"),
        Role.USER: _("users with or without a record"),
        Role.APPLICATION: _("applications by their own token"),
    }
    told = _("Callers: %s.") % ", ".join(str(words[role]) for role in route.roles)
    return told + (" " + _("The right %s is needed besides.") % route.right if route.right else "")


def _row(parameter: Parameter, anchors: Anchors) -> ParameterRow:
    schema = parameter_schema(parameter)
    said = {"enum", "minLength", *(("maxLength",) if parameter.possible_values else ())}
    bounds = {key: value for key, value in schema.items() if key not in said}
    example = "" if parameter.example is None else _plain(parameter.example)
    return ParameterRow(
        name=parameter.full_name,
        place=Place.BODY.value,
        type=parameter.type.value,
        required=parameter.required,
        repeatable=False,
        deprecated=False,
        description=parameter.description,
        facts=facts_of(bounds),
        values=parameter.possible_values,
        example=example,
        shown=example,
        anchor=anchors.take("parameter", parameter.full_name),
        position=parameter.position,
        sensitive=parameter.sensitive,
    )


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _body(route: Route, media_type: str) -> BodyExample:
    text = body_example(route, media_type)
    if media_type == JSON:
        return BodyExample(media_type, text, marked(text, "json"))
    whole = json.dumps(params_example(route), ensure_ascii=False, indent=2)
    return BodyExample(media_type, text, marked(text, "text"), marked(whole, "json"))


def _status(route: Route, status: Status, anchors: Anchors) -> StatusShown:
    text = json.dumps(answer_example(route, status), ensure_ascii=False, indent=2)
    return StatusShown(
        slug=status.slug,
        code=status.code,
        phrase=HTTPStatus(status.code).phrase,
        tone={2: "good", 4: "warn", 5: "bad"}.get(status.code // 100, ""),
        description=status.description,
        own=status.own,
        text=text,
        html=marked(text, "json"),
        anchor=anchors.take("status", status.slug),
    )


def neighbours(routes: Iterable[Route], route: Route) -> tuple[Route | None, Route | None]:
    """Those before and behind a route."""
    listed = list(routes)
    at = listed.index(route)
    return (listed[at - 1] if at else None), (listed[at + 1] if at + 1 < len(listed) else None)
