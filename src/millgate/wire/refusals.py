"""A refusal written on the wire, in the shape that its problem names."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Final

from millgate.core.errors import Problem, Refusal, Shape
from millgate.wire.messages import Header, Response

JSON: Final[Header] = ("content-type", "application/json")
JSON_UTF8: Final[Header] = ("content-type", "application/json; charset=utf-8")
_MOST_KEPT: Final = 512
PROBLEM_JSON: Final = "application/problem+json"


def answer(refusal: Refusal, *, instance: str | None = None, accept: str | None = None) -> Response:
    """Write a refusal of the managed layer or of a backend.

    Args:
        refusal: what is refused; not of the token service, whose answers carry ids and times.
        instance: the backend path, where the shape has a place for it.
        accept: the request's Accept header; `application/problem+json` asks a backend for the strict form.
    """
    problem = refusal.problem
    if problem.shape is Shape.BACKEND:
        return _backend(refusal, instance, accept)
    return Response(problem.status, (JSON, *refusal.headers), _managed(refusal), refusal)


class Answers:
    """Keeps the answers to refusals that come again as the same object, because refusing must be cheap."""

    def __init__(self) -> None:
        self._kept: dict[int, Response] = {}

    def to(self, refusal: Refusal) -> Response:
        """As `answer`."""
        kept = self._kept.get(id(refusal))
        # An answer keeps its refusal alive, so that no other one takes its identity.
        if kept is not None and kept.refusal is refusal:
            return kept
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        made = self._kept[id(refusal)] = answer(refusal)
        return made


def failure(problem: Problem, activity_id: str, headers: tuple[Header, ...] = ()) -> Response:
    """The managed layer's own failure, with the id under which the log tells the cause."""
    message = json.dumps(problem.message)
    body = f'{{ "statusCode": {problem.status}, "message": {message}, "activityId": "{activity_id}" }}'
    return Response(problem.status, (JSON, *headers), body.encode())


def _managed(refusal: Refusal) -> bytes:
    problem = refusal.problem
    return _spaced(problem.shape is Shape.BEARER, problem.status, refusal.message)


@lru_cache(maxsize=2048)
def _spaced(bearer: bool, status: int, message: str) -> bytes:  # noqa: FBT001 - what the texts hang on
    """The managed byte form: one space inside each brace and after each colon and comma.

    Most refusals say what others have said before, and refusing must be cheap.
    """
    names = ("status", "Message") if bearer else ("statusCode", "message")
    text = json.dumps(message, ensure_ascii=False)
    return f'{{ "{names[0]}": {status}, "{names[1]}": {text} }}'.encode()


def _backend(refusal: Refusal, instance: str | None, accept: str | None) -> Response:
    """RFC 9457 members; `type` is null unless the strict form is asked for (section 3.1.1).

    Extension members come last and replace none of the others.
    """
    problem = refusal.problem
    strict = accept is not None and PROBLEM_JSON in accept
    members: dict[str, object] = {
        "type": "about:blank" if strict else None,
        "title": problem.title,
        "status": problem.status,
        "detail": refusal.message,
    }
    if instance is not None:
        members["instance"] = instance
    members |= {name: value for name, value in refusal.members.items() if name not in members}
    content_type = ("content-type", PROBLEM_JSON) if strict else JSON_UTF8
    body = json.dumps(members, ensure_ascii=False).encode("utf-8", "backslashreplace")
    return Response(problem.status, (content_type, *refusal.headers), body, refusal)
