"""The folder that holds the files: read with care, and replaced so that no file is ever half there.

Whatever else lies in the folder (a README, a version control's own files) is left alone.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from millgate.control.publish.exporting.files import HEAD, SECRETS, Fault, FilesFaulty
from millgate.control.publish.exporting.kinds import KINDS, SOURCE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LARGEST_BYTES: Final = 64 * 2**20
_FOLDERS: Final = frozenset({SOURCE.place, *(kind.place for kind in KINDS if kind.folder)})
_FILES: Final = frozenset(
    {SECRETS, *(f"{kind.place}.yaml" for kind in KINDS if not (kind.sealed or kind.folder))}
)


class NotAnExport(Exception):  # noqa: N818 - what happened, as it is told
    """A folder that holds something else than an export."""


# Reading


def folder_read(folder: Path) -> dict[str, str]:
    """The text of every file of an export by its path in the folder, with `/`.

    Raises:
        NotAnExport: it is none, or one that was interrupted.
        FilesFaulty: a file cannot be read, or should not be: links are not followed.
    """
    if not (folder / HEAD).is_file():
        raise NotAnExport(f"{folder} is not a whole export: it has no {HEAD}.")
    faults: list[Fault] = []
    files = {}
    for path in _paths(folder, faults):
        try:
            files[path] = _text(folder / path)
        except (OSError, ValueError) as wrong:
            faults.append(Fault(path, 0, getattr(wrong, "strerror", None) or str(wrong)))
    if faults:
        raise FilesFaulty(faults)
    return files


def _paths(folder: Path, faults: list[Fault]) -> Iterator[str]:
    for item in sorted(folder.iterdir()):
        if item.name in _FOLDERS:
            if item.is_symlink() or not item.is_dir():
                faults.append(Fault(item.name, 0, "expected a folder"))
            else:
                yield from (
                    f"{item.name}/{inner.name}"
                    for inner in sorted(item.iterdir())
                    if not inner.name.startswith(".")
                )
        elif item.suffix == ".yaml" and not item.name.startswith("."):
            yield item.name


def _text(path: Path) -> str:
    """The text of a plain file, its line ends as they are."""
    # Not to wait for a pipe, nor to follow a link out of the folder.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ValueError("it is not a file")
        data = file.read(LARGEST_BYTES + 1)
    if len(data) > LARGEST_BYTES:
        raise ValueError(f"it is larger than {LARGEST_BYTES // 2**20} MiB")
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None


# Writing


def folder_check(folder: Path, *, force: bool) -> None:
    """See to it that a folder may be written.

    Raises:
        NotAnExport: it holds something else, and nobody said that this does not matter.
    """
    if folder.exists() and not folder.is_dir():
        raise NotAnExport(f"{folder} is a file.")
    if force or not folder.exists() or (folder / HEAD).is_file() or not any(folder.iterdir()):
        return
    raise NotAnExport(
        f"{folder} is not empty, and not a whole export. Write there all the same with --force."
    )


def folder_write(folder: Path, files: Mapping[str, str]) -> None:
    """Make a folder hold these files, and of an export nothing else.

    A new folder appears whole. In one that stands, the files of each kind are replaced at once; the head is
    missing meanwhile, so that an interrupted export is not taken for a whole one.
    """
    folder = folder.resolve()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _beside(folder) as beside:
        made = beside / "made"
        _make(made, files)
        if not folder.exists():
            made.rename(folder)
            return
        (folder / HEAD).unlink(missing_ok=True)
        for name in sorted(_FOLDERS | _FILES):
            _replace(folder / name, made / name, beside)
        (made / HEAD).replace(folder / HEAD)


def _make(folder: Path, files: Mapping[str, str]) -> None:
    folder.mkdir(mode=0o700)
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(text.encode())


def _replace(old: Path, new: Path, beside: Path) -> None:
    if old.is_dir() and not old.is_symlink():
        _keep_strangers(old, new)
        old.rename(beside / f"old-{old.name}")
    elif not new.exists():
        old.unlink(missing_ok=True)
    elif old.is_symlink() and new.is_dir():
        old.unlink()
    if new.exists():
        new.replace(old)


def _keep_strangers(old: Path, new: Path) -> None:
    """Hidden files in a folder are not ours, and stay."""
    for item in old.iterdir():
        if item.name.startswith("."):
            new.mkdir(exist_ok=True)
            item.rename(new / item.name)


@contextmanager
def _beside(folder: Path) -> Iterator[Path]:
    """A place on the same file system, gone afterwards."""
    place = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
