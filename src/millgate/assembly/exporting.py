"""Export, diff and apply: an installation's decisions and a folder of files."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, TypeVar, cast

from millgate.control.publish.exporting.files import SECRETS, FilesFaulty, Unwritable, files_of
from millgate.control.publish.exporting.folder import NotAnExport, folder_check, folder_read, folder_write
from millgate.control.publish.exporting.reading import read, secrets_head
from millgate.control.publish.exporting.sealing import MASTER_KEY, PASSPHRASE, FileSealer
from millgate.stores.sealing import SealBroken

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from millgate.control.publish.exporting.comparing import Change
    from millgate.control.publish.exporting.files import SecretsHead
    from millgate.control.publish.exporting.reading import Found
    from millgate.control.publish.exporting.services import Applied
    from millgate.core.settings import Settings


_C = TypeVar("_C", bound="Callable[..., object]")


def _uncollected(command: _C) -> _C:
    """Run without looking for garbage: a thousand APIs are read in 6 seconds so, and in 30 otherwise."""

    @wraps(command)
    def run(*given: object, **named: object) -> object:
        gc.disable()
        try:
            return command(*given, **named)
        finally:
            gc.enable()

    return cast("_C", run)


class ExportRefused(Exception):  # noqa: N818 - what happened, as it is told
    """What was asked for cannot be done; tells why."""


@dataclass(frozen=True, slots=True)
class Exported:
    """How many files were written, and under what secrets are sealed; empty when they are left out."""

    files: int
    under: str


@_uncollected
def export(
    settings: Settings, folder: Path, *, secrets: bool, passphrase: str = "", force: bool = False
) -> Exported:
    """Write all decisions to a folder, with their secrets sealed if asked for.

    Raises:
        ExportRefused: tells why; the folder is as it was.
        NotAnExport: the folder holds something else.
    """
    folder_check(folder, force=force)
    _ready(settings)
    from millgate.control.publish.exporting.selectors import (  # noqa: PLC0415 - Django must be ready
        decisions_of_rows,
        digests_fingerprint,
    )

    try:
        sealer = _sealer(settings, folder, passphrase) if secrets else None
        decisions = decisions_of_rows(secrets=secrets)
        files = files_of(decisions, sealer, digests_fingerprint() if secrets else "")
    except SealBroken as broken:
        raise _sealed_elsewhere(broken) from None
    except (Unwritable, ValueError) as wrong:
        raise ExportRefused(str(wrong)) from None
    folder_write(folder, files)
    return Exported(len(files), sealer.under if sealer else "")


@_uncollected
def diff(settings: Settings, folder: Path, *, passphrase: str = "") -> tuple[Change, ...]:
    """What applying a folder would change.

    Raises:
        ExportRefused: the installation is not ready.
        NotAnExport: the folder is none.
        FilesFaulty: with every fault of the files.
    """
    found = _read(settings, folder, passphrase)
    from millgate.control.publish.exporting.services import differences  # noqa: PLC0415 - as above

    try:
        return differences(found)
    except SealBroken as broken:
        raise _sealed_elsewhere(broken) from None


@_uncollected
def apply(
    settings: Settings,
    folder: Path,
    *,
    passphrase: str = "",
    prune: bool = False,
    publish: bool = False,
    dry_run: bool = False,
    agreed: tuple[Change, ...] | None = None,
) -> Applied:
    """Make the installation as a folder says.

    Raises:
        ExportRefused: the installation is not ready, or was changed since somebody agreed.
        NotAnExport: the folder is none.
        FilesFaulty: with every fault; nothing is changed.
    """
    found = _read(settings, folder, passphrase)
    from millgate.control.publish.exporting.services import (  # noqa: PLC0415 - as above
        ChangedMeanwhile,
        decisions_apply,
    )

    try:
        return decisions_apply(
            found=found, by="command line", prune=prune, publish=publish, dry_run=dry_run, agreed=agreed
        )
    except ChangedMeanwhile as changed:
        raise ExportRefused(str(changed)) from None
    except SealBroken as broken:
        raise _sealed_elsewhere(broken) from None


def _read(settings: Settings, folder: Path, passphrase: str) -> Found:
    files = folder_read(folder)
    _ready(settings)
    return read(files, lambda head: _opener(settings, head, passphrase))


def _ready(settings: Settings) -> None:
    from millgate.control.site import boot  # noqa: PLC0415 - Django reads the settled environment

    boot.setup()
    if boot.pending():
        raise ExportRefused(f"Migrations wait. Run: millgate migrate --home {settings.home}")


def _sealed_elsewhere(broken: SealBroken) -> ExportRefused:
    return ExportRefused(f"{broken}: sealed under another master key than this installation's.")


def _opener(settings: Settings, head: SecretsHead, passphrase: str) -> FileSealer:
    """What opens secrets that are sealed so.

    Raises:
        ValueError: nothing does; tells why.
    """
    if head.under == MASTER_KEY:
        return FileSealer.of_master(settings.master())
    if head.under != PASSPHRASE:
        raise ValueError(f"secrets are sealed under {MASTER_KEY} or {PASSPHRASE}, not {head.under!r}")
    if not passphrase:
        raise ValueError("it is sealed under a passphrase; give it in MILLGATE_EXPORT_PASSPHRASE")
    return FileSealer.of_passphrase(passphrase, head.salt)


def _sealer(settings: Settings, folder: Path, passphrase: str) -> FileSealer:
    """Seals under the passphrase if there is one; with the salt of the last export, so that lines stay."""
    if not passphrase:
        return FileSealer.of_master(settings.master())
    try:
        last = secrets_head(folder_read(folder).get(SECRETS, ""))
    except (NotAnExport, FilesFaulty):
        last = None
    if last is not None and last.under == PASSPHRASE:
        sealer = FileSealer.of_passphrase(passphrase, last.salt)
        if sealer.opens(last.check):
            return sealer
    return FileSealer.of_passphrase(passphrase)
