"""Texts of files as decisions, or every fault by its place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import msgspec
import yaml

from millgate.control.publish.exporting.files import (
    HEAD,
    SECRETS,
    Fault,
    FilesFaulty,
    Head,
    SecretsHead,
    sealed,
)
from millgate.control.publish.exporting.kinds import FORMAT, KINDS, SOURCE, Decisions, Kind, decisions_make
from millgate.control.publish.exporting.sealing import MASTER_KEY, PASSPHRASE
from millgate.control.publish.exporting.text import TextFaulty, converted, line_of, lines_of, parsed, value_of
from millgate.describe.names import KEY
from millgate.stores.sealing import SealBroken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from millgate.control.publish.exporting.sealing import FileSealer

_SOURCE_FORMATS: Final = ("toml", "yaml")


@dataclass(slots=True)
class Found:
    """What files say.

    Attributes:
        decisions: without the kinds of secrets when these are left out.
        secrets: how secrets are sealed; None when they are left out.
    """

    decisions: Decisions
    secrets: SecretsHead | None = None
    _places: dict[tuple[Kind, str], _Place] = field(default_factory=dict)

    def fault(self, kind: Kind, key: str, why: str, member: str = "") -> Fault:
        """A fault of a thing, at its place."""
        place = self._places.get((kind, key))
        if place is None:
            return Fault(f"{kind.name} {key}", 0, why)
        line = place.members.get(member, place.line)
        return Fault(place.path, line, f"{member}: {why}" if member else why)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a thing stands, and its members. Nodes are not kept: there may be millions."""

    path: str
    line: int
    members: dict[str, int]


def read(files: Mapping[str, str], sealer_for: Callable[[SecretsHead], FileSealer]) -> Found:
    """Read the texts of all files, by their paths.

    `sealer_for` gives what opens the secrets, or raises ValueError telling why nothing does.

    Raises:
        FilesFaulty: with every fault.
    """
    return _Reading(files, sealer_for).found()


def secrets_head(text: str) -> SecretsHead | None:
    """How a file of secrets is sealed; None when it does not say."""
    try:
        found = value_of(parsed(text))
        head: SecretsHead = msgspec.convert(found["sealed"], SecretsHead)
    except (TextFaulty, TypeError, KeyError, msgspec.ValidationError):
        return None
    return head


class _Reading:
    """Reads all files, collecting what does not fit."""

    def __init__(self, files: Mapping[str, str], sealer_for: Callable[[SecretsHead], FileSealer]) -> None:
        self._files = files
        self._sealer_for = sealer_for
        self._faults: list[Fault] = []
        self._places: dict[tuple[Kind, str], _Place] = {}
        self._declarations: set[str] = set()

    def found(self) -> Found:
        """What the files say, when they are sound."""
        self._head()
        things = {kind: self._things(kind) for kind in KINDS if not kind.sealed}
        secrets = self._secrets(things) if SECRETS in self._files else None
        self._strangers()
        if self._faults:
            raise FilesFaulty(self._faults)
        return Found(decisions_make(things), secrets, self._places)

    def _head(self) -> None:
        node = self._node(HEAD)
        head = node and self._converted(HEAD, node, Head)
        if head and head.format != FORMAT:
            self._tell(HEAD, 1, f"this release reads format {FORMAT}, not {head.format}")
            raise FilesFaulty(self._faults)

    def _things(self, kind: Kind) -> list[Any]:
        if kind.folder:
            return [thing for path in self._in(kind.place) for thing in self._one(kind, path)]
        path = f"{kind.place}.yaml"
        node = self._node(path)
        return self._listed(kind, path, node) if node else []

    def _one(self, kind: Kind, path: str) -> Iterator[Any]:
        node = self._node(path)
        thing = node and self._thing(kind, path, node)
        if thing is not None:
            if path != f"{kind.place}/{kind.key(thing)}.yaml":
                self._tell(path, 1, f"the file of the {kind.name} {kind.key(thing)!r} is called otherwise")
            yield thing

    def _listed(self, kind: Kind, path: str, node: yaml.Node) -> list[Any]:
        if not isinstance(node, yaml.SequenceNode):
            self._tell(path, line_of(node), f"{kind.place}: expected a list")
            return []
        found = [self._thing(kind, path, item) for item in node.value]
        return [thing for thing in found if thing is not None]

    def _thing(self, kind: Kind, path: str, node: yaml.Node) -> Any:  # noqa: ANN401 - a thing of the kind, or None
        if kind is SOURCE:
            return self._source(path, node)
        return self._kept(kind, path, node, self._converted(path, node, kind.type))

    def _kept(self, kind: Kind, path: str, node: yaml.Node, thing: Any) -> Any:  # noqa: ANN401 - as above
        if thing is not None:
            if (kind, kind.key(thing)) in self._places:
                self._tell(path, line_of(node), f"the {kind.name} {kind.key(thing)} stands twice")
            self._places[kind, kind.key(thing)] = _Place(path, line_of(node), lines_of(node))
            for member, why in _whys(thing):
                self._tell(path, line_of(node, member), why)
        return thing

    def _source(self, path: str, node: yaml.Node) -> Any:  # noqa: ANN401 - as above
        """A data source, with the declaration that lies beside."""
        if any(name.value == SOURCE.beside for name, _ in getattr(node, "value", [])):
            self._tell(path, line_of(node, SOURCE.beside), "the declaration stands in a file of its own")
            return None
        listed = self._converted(path, node, _ListedSource)
        if listed is None:
            return None
        beside = f"{SOURCE.place}/{listed.key}.{listed.format}"
        self._declarations.add(beside)
        if listed.format not in _SOURCE_FORMATS or not KEY.fullmatch(listed.key):
            self._tell(path, line_of(node), f"there can be no declaration {beside}")
        elif beside not in self._files:
            self._tell(path, line_of(node), f"its declaration {beside} is missing")
        declaration = self._files.get(beside, "")
        thing = SOURCE.type(**msgspec.structs.asdict(listed), declaration=declaration)
        return self._kept(SOURCE, path, node, thing)

    # Secrets

    def _secrets(self, things: dict[Kind, list[Any]]) -> SecretsHead | None:
        node = self._node(SECRETS)
        if not isinstance(node, yaml.MappingNode):
            if node:
                self._tell(SECRETS, line_of(node), "expected names and values")
            return None
        parts = {name.value: part for name, part in node.value}
        head_node = parts.pop("sealed", None)
        head: SecretsHead | None = self._converted(SECRETS, head_node, SecretsHead) if head_node else None
        if head is None:
            self._tell(SECRETS, 1, "it does not say how it is sealed")
            return None
        sealer = self._sealer(head, line_of(head_node))
        for kind in KINDS:
            if kind.sealed:
                part = parts.pop(kind.place, None)
                listed = self._listed(kind, SECRETS, part) if part else []
                things[kind] = [self._opened(kind, item, sealer) for item in listed] if sealer else []
        for name, part in parts.items():
            self._tell(SECRETS, line_of(part), f"there is no {name!r}")
        return head

    def _sealer(self, head: SecretsHead, line: int) -> FileSealer | None:
        try:
            sealer = self._sealer_for(head)
        except ValueError as wrong:
            self._tell(SECRETS, line, str(wrong))
            return None
        if not sealer.opens(head.check):
            told = {
                MASTER_KEY: "it was sealed under another master key than this installation's",
                PASSPHRASE: "it was sealed under another passphrase",
            }
            self._tell(SECRETS, line, told[sealer.under])
            return None
        return sealer

    def _opened(self, kind: Kind, thing: Any, sealer: FileSealer) -> Any:  # noqa: ANN401 - a thing of the kind
        try:
            return msgspec.convert(sealed(kind, thing, sealer.unseal), kind.type)
        except SealBroken:
            line = self._places[kind, kind.key(thing)].line
            self._tell(SECRETS, line, f"the {kind.name} was changed, or belongs elsewhere")
            return thing

    # Files

    def _in(self, folder: str) -> list[str]:
        return [path for path in sorted(self._files) if path.startswith(f"{folder}/")]

    def _strangers(self) -> None:
        known = {HEAD, SECRETS, *self._declarations}
        for kind in KINDS:
            known |= set(self._in(kind.place)) if kind.folder else {f"{kind.place}.yaml"}
        for path in sorted(self._files.keys() - known):
            self._tell(path, 0, "no list names it" if "/" in path else "there is no such kind of file")

    def _node(self, path: str) -> yaml.Node | None:
        if path not in self._files:
            self._tell(path, 0, "it is missing")
            return None
        try:
            return parsed(self._files[path])
        except TextFaulty as wrong:
            self._tell(path, wrong.line, wrong.why)
            return None

    def _converted(self, path: str, node: yaml.Node, type_: Any) -> Any:  # noqa: ANN401 - of the type
        return converted(node, type_, lambda line, why: self._tell(path, line, why))

    def _tell(self, path: str, line: int, why: str) -> None:
        self._faults.append(Fault(path, line, why))


class _ListedSource(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A data source as the list names it."""

    key: str
    format: str = "toml"
    enabled: bool = True


def _whys(thing: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - a thing
    """What a thing may not say although its type can: by member."""
    for name in ("operations", "revisions", "roles", "grants", "headers"):
        seen: set[str] = set()
        for part in getattr(thing, name, ()):
            key = part if isinstance(part, str) else str(getattr(part, part.__struct_fields__[0]))
            if key in seen:
                yield name, f"{name}: {key!r} stands twice"
            seen.add(key)
    if not getattr(thing, "current", True):
        yield "current", "the revision that stands first is the current one"
    if any(getattr(header, "sealed", "") for header in getattr(thing, "headers", ())):
        yield "headers", "values of headers stand in the file of secrets"
    if any(part.revision == getattr(thing, "revision", 0) for part in getattr(thing, "revisions", ())):
        yield "revisions", "one of them has the number of the current revision"
