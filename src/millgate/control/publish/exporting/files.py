"""Decisions as texts by the paths of their files. The folder itself is written elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from millgate.control.publish.exporting.kinds import (
    FORMAT,
    KINDS,
    SOURCE,
    Decisions,
    Kind,
    plain,
)
from millgate.control.publish.exporting.text import (
    written,
)
from millgate.describe.names import KEY

if TYPE_CHECKING:
    from collections.abc import Callable

    from millgate.control.publish.exporting.sealing import FileSealer

HEAD: Final = "millgate.yaml"
SECRETS: Final = "secrets.yaml"
_LAST: Final = ("operations", "definitions", "revisions", "releases", "body")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and where.

    Attributes:
        place: a file of the folder; or a part of the installation.
        line: from 1; 0 when it is the whole file.
        why: what is wrong.
    """

    place: str
    line: int
    why: str

    def __str__(self) -> str:
        where = f"{self.place}:{self.line}" if self.line else self.place
        return f"{where}: {self.why}"


class FilesFaulty(Exception):  # noqa: N818 - it lists faults
    """Files that cannot be applied, with every fault."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


class Unwritable(Exception):  # noqa: N818 - what happened, as it is told
    """A row that files cannot hold."""


class Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `millgate.yaml` says."""

    format: int


class SecretsHead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the file of secrets is sealed.

    Attributes:
        under: `master key` or `passphrase`.
        check: tells whether a key opens the rest.
        digests: tells whether digests of client secrets are good under another master key.
        salt: of the passphrase.
    """

    under: str
    check: str
    digests: str
    salt: str = ""


# Writing


def files_of(decisions: Decisions, sealer: FileSealer | None, digests: str) -> dict[str, str]:
    """The text of every file by its path; equal decisions give equal texts.

    Raises:
        Unwritable: a key cannot name a file.
    """
    files = {HEAD: written({"format": FORMAT})}
    for kind in KINDS:
        if not kind.sealed:
            files |= _files(kind, list(decisions[kind].values()))
    if sealer is not None:
        files[SECRETS] = written(_secrets(decisions, sealer, digests))
    return files


def _files(kind: Kind, things: list[Any]) -> dict[str, str]:
    if kind.folder:
        return {f"{kind.place}/{_name(kind, thing)}.yaml": written(_plain(kind, thing)) for thing in things}
    files = {f"{kind.place}.yaml": written([_plain(kind, thing) for thing in things])}
    if kind is SOURCE:
        files |= {f"{kind.place}/{_name(kind, item)}.{item.format}": item.declaration for item in things}
    return files


def _name(kind: Kind, thing: Any) -> str:  # noqa: ANN401 - a thing of the kind
    key = kind.key(thing)
    if not KEY.fullmatch(key):
        raise Unwritable(f"The {kind.name} {key!r} cannot be exported: its key is no name of a file.")
    return key


def _plain(kind: Kind, thing: Any) -> dict[str, Any]:  # noqa: ANN401 - a thing of the kind
    """The members of a thing in the order of its type, what is long at the end."""
    values: dict[str, Any] = plain(thing)
    values.pop(kind.beside, None)
    return values | {name: values.pop(name) for name in _LAST if name in values}


def _secrets(decisions: Decisions, sealer: FileSealer, digests: str) -> dict[str, Any]:
    head = SecretsHead(sealer.under, sealer.check, digests, sealer.salt)
    kinds = [kind for kind in KINDS if kind.sealed]
    return {"sealed": plain(head)} | {
        kind.place: [sealed(kind, thing, sealer.seal) for thing in decisions[kind].values()] for kind in kinds
    }


def sealed(
    kind: Kind,
    thing: Any,  # noqa: ANN401 - a thing of the kind
    turn: Callable[[str, str], str],
) -> dict[str, Any]:
    """The members of a thing, those that are secret sealed, or opened again."""
    values: dict[str, Any] = plain(thing)
    for name in kind.sealed:
        values[name] = turn(values[name], f"{kind.name}, {name}: {kind.key(thing)}")
    return values
