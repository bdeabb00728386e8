"""The mock: answers each operation with its own example, so that an API can be called before it is built."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec

from millgate.core.errors import BODY_UNREADABLE, PARAMETER_WRONG, Refusal, Refused
from millgate.describe.examples import example_of
from millgate.describe.model import Place
from millgate.plant.accept import preferred
from millgate.wire.messages import WITHOUT_CONTENT, Response
from millgate.wire.refusals import answer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterator, Mapping

    from millgate.describe.calls import BackendCall
    from millgate.describe.model import Answer, Api, Operation, Parameter, Payload, Schema
    from millgate.snapshot.holder import Holder
    from millgate.snapshot.model import Snapshot
    from millgate.wire.messages import Header, Request

_WANTED: Final = re.compile(r'(?:^|[,;\s])(?:code|status)\s*=\s*"?([1-5][0-9]{2})"?', re.IGNORECASE)
_NOT_PARAMETERS: Final = frozenset({"accept", "content-type", "authorization"})
"""Headers that OpenAPI 3.1 (section 4.8.12) takes for something else than parameters."""

_FIRST_FINAL: Final = 200
_MOST_REMEMBERED: Final = 1_000


class MockBackend:
    """Answers from `Operation.answers`.

    Which answer: the one that `Prefer: code=404` asks for (RFC 7240), else the first 2xx. Which body: by
    Accept; the payload's example, or one made from its schema. A call without what the operation requires
    is refused as a backend does.

    Args:
        holder: what is in force; it has the schemas that operations refer to.
        body_limit: the largest request body in bytes.
    """

    def __init__(self, holder: Holder, body_limit: int) -> None:
        self._holder = holder
        self._body_limit = body_limit
        self._followed: Snapshot | None = None
        self._apis: dict[str, list[Api]] = {}
        self._usual: dict[tuple[int, str | None], Response] = {}

    async def __call__(self, call: BackendCall) -> Response:
        """Answer one call."""
        found = self.at_once(call)
        return found if isinstance(found, Response) else await found

    def at_once(self, call: BackendCall) -> Response | Awaitable[Response]:
        """As `PromptBackend.at_once`."""
        self._follow()
        fields = call.request.fields()
        accept = fields.get("accept")
        if "prefer" in fields:
            return self._checked(call, accept)
        # What an operation that requires nothing answers depends on Accept and Prefer alone. The snapshot
        # keeps its operations alive, so none takes the identity of another.
        asked = (id(call.operation), accept)
        usual = self._usual.get(asked)
        if usual is not None:
            return usual
        if _requires(call.operation):
            return self._checked(call, accept)
        if len(self._usual) >= _MOST_REMEMBERED:
            self._usual.clear()
        usual = self._usual[asked] = self._answered(call, accept)
        return usual

    async def _checked(self, call: BackendCall, accept: str | None) -> Response:
        try:
            await self._check(call)
            return self._answered(call, accept)
        except Refused as refused:
            return answer(refused.refusal, instance=call.managed_path, accept=accept)

    async def _check(self, call: BackendCall) -> None:
        faults = [*_faults(call), *await self._body_faults(call)]
        if faults:
            raise Refused(Refusal(PARAMETER_WRONG, {"faults": " ".join(faults)}))

    def _answered(self, call: BackendCall, accept: str | None) -> Response:
        status, chosen, headers = _chosen(call.operation, call.request)
        if chosen is None:
            return Response(status, headers)
        definitions = self._definitions(call)
        headers += tuple(_declared(chosen.headers, definitions))
        if not chosen.payloads or status in WITHOUT_CONTENT:
            return Response(status, headers)
        payload = _payload(chosen.payloads, accept)
        body = _body(payload, definitions)
        return Response(status, (("content-type", payload.media_type), *headers), body)

    async def _body_faults(self, call: BackendCall) -> list[str]:
        """What is missing of the body; a body is read only where something of it is required."""
        members = [item for item in call.operation.parameters if item.place is Place.BODY and item.required]
        needed = call.operation.body is not None and call.operation.body.required
        if not members and not needed:
            return []
        data = await call.request.body(self._body_limit)
        if not data:
            return ["The body is missing."]
        if not members:
            return []
        try:
            sent = msgspec.json.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise Refused(Refusal(BODY_UNREADABLE, {"reason": "it is not JSON"})) from None
        if not isinstance(sent, dict):
            raise Refused(Refusal(BODY_UNREADABLE, {"reason": "it is not a JSON object"}))
        return [_missing(item) for item in members if item.name not in sent]

    def _follow(self) -> None:
        """Forget what rests on a version that is no longer in force."""
        current = self._holder.current
        if current is self._followed:
            return
        self._followed, self._apis, self._usual = current, {}, {}
        for api in current.document.catalogue.apis:
            self._apis.setdefault(api.key, []).append(api)

    def _definitions(self, call: BackendCall) -> Mapping[str, Schema]:
        """The schemas of the revision that is called."""
        revisions = self._apis.get(call.api, [])
        for api in revisions:
            if any(operation is call.operation for operation in api.operations):
                return api.definitions
        return revisions[0].definitions if revisions else {}


def _requires(operation: Operation) -> bool:
    """Whether a call can lack something."""
    return any(item.required for item in operation.parameters) or (
        operation.body is not None and operation.body.required
    )


def _faults(call: BackendCall) -> Iterator[str]:
    """The required parameters that the call lacks; names in the query are matched as `plant` does."""
    request = call.request
    sent = {
        Place.PATH: set(call.parameters),
        Place.QUERY: {name.lower() for name, _ in request.query_fields()},
        Place.HEADER: {name for name, _ in request.headers},
        Place.COOKIE: {name for name, _ in _cookies(request)},
    }
    for item in call.operation.parameters:
        if not item.required or item.place is Place.BODY:
            continue
        if item.place is Place.HEADER and item.name.lower() in _NOT_PARAMETERS:
            continue
        name = item.name.lower() if item.place in {Place.QUERY, Place.HEADER} else item.name
        if name not in sent[item.place]:
            yield _missing(item)


def _missing(item: Parameter) -> str:
    return f"{item.name} is missing; send a value of type {item.type} in the {item.place}."


def _cookies(request: Request) -> Iterator[tuple[str, str]]:
    for value in request.header_values("cookie"):
        for cookie in value.split(";"):
            name, _, text = cookie.strip().partition("=")
            yield name, text


def _chosen(operation: Operation, request: Request) -> tuple[int, Answer | None, tuple[Header, ...]]:
    """The status, the answer that describes it, and the headers that say so."""
    found = _WANTED.search(", ".join(request.header_values("prefer")))
    if found is None:
        return *_usual(operation.answers), ()
    wanted = found[1]
    for status in (wanted, f"{wanted[0]}XX", "default"):
        for item in operation.answers:
            if item.status.upper() == status.upper() and int(wanted) >= _FIRST_FINAL:
                return int(wanted), item, (("preference-applied", f"code={wanted}"),)
    known = ", ".join(item.status for item in operation.answers) or "none"
    fault = f"Prefer asks for {wanted}, which the operation does not declare; declared are {known}."
    raise Refused(Refusal(PARAMETER_WRONG, {"faults": fault}))


def _usual(answers: tuple[Answer, ...]) -> tuple[int, Answer | None]:
    """The first 2xx; an operation that declares none answers as if it had nothing to say."""
    for item in answers:
        if item.status.startswith("2"):
            return (int(item.status) if item.status.isdigit() else 200), item
    for item in answers:
        if item.status.lower() == "default":
            return 200, item
    return 204, None


def _payload(payloads: tuple[Payload, ...], accept: str | None) -> Payload:
    offered = [item.media_type.lower() for item in payloads]
    return payloads[offered.index(preferred(accept, offered))]


def _body(payload: Payload, definitions: Mapping[str, Schema]) -> bytes:
    value = payload.example
    if value is None:
        value = example_of(payload.schema, definitions)
    kind = payload.media_type.lower()
    is_json = kind == "application/json" or kind.endswith("+json")
    return value.encode() if isinstance(value, str) and not is_json else msgspec.json.encode(value)


def _declared(headers: tuple[Parameter, ...], definitions: Mapping[str, Schema]) -> Iterator[Header]:
    """The headers that the answer declares, where a value can be told."""
    for item in headers:
        value = item.example or (example_of(item.schema, definitions) if item.schema else "")
        text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
        if text and text.isascii() and text.isprintable() and item.name.lower() not in _NOT_PARAMETERS:
            yield item.name.lower(), text
