"""Putting decisions in force: rows to a document, checked, to a stored version.

The catalogue waits for `publication_make`. The directory does not: whatever changes it runs inside
`directory_change`, which stores its new version in the same transaction, so that no change can be
committed without taking effect, nor take effect without being committed.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from millgate.control.audit.collecting import recorded
from millgate.control.catalogue.selectors import catalogue_document
from millgate.control.publish import targets
from millgate.control.publish.models import Version
from millgate.control.publish.selectors import (
    catalogue_in,
    catalogue_published,
    catalogue_stored,
    changes_between,
    directory_document,
    marks_of,
)
from millgate.snapshot.build import SnapshotFaulty, build, directory_faults
from millgate.snapshot.document import Document, encode, encode_beside, version_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from millgate.snapshot.document import Catalogue

DIRECTORY_VERSIONS_KEPT: Final = 200
"""How many versions made by directory changes stay; publications and restores stay for good."""
DIRECTORY_BYTES_KEPT: Final = 256 * 1024 * 1024
"""How much room they may take: fewer stay of large documents, each of which holds everything."""
FEWEST_DIRECTORY_VERSIONS_KEPT: Final = 3
"""How many stay however large they are, so that a worker finds the one that it has heard of."""


class ChangedMeanwhile(Exception):  # noqa: N818 - what happened, as it is told
    """What would be put in force is not what somebody saw.

    Attributes:
        what: the kinds and keys of what is different.
    """

    def __init__(self, what: Iterable[str]) -> None:
        self.what: Final = tuple(what)
        super().__init__(", ".join(self.what))


@transaction.atomic
def publication_make(*, by: str, note: str = "", seen: Mapping[str, str] | None = None) -> Version:
    """Put the catalogue's rows in force; returns the version in force, a new one if anything changed.

    Args:
        by: who does.
        note: for the history.
        seen: the marks of the changes that they saw, by `marks_of`; None when nobody looked.

    Raises:
        ChangedMeanwhile: the changes are other ones by now; nothing is stored.
        SnapshotFaulty: with every fault; nothing is stored, and what was in force stays so.
    """
    with recorded(by=by):
        document = Document(catalogue_document(), directory_document())
        _seen_check(document.catalogue, seen)
        build(document, targets.known())
        return _version_store(encode(document), Version.Kind.PUBLICATION, by, note)


@transaction.atomic
def version_restore(*, number: int, by: str, seen: Mapping[str, str] | None = None) -> Version:
    """Put the catalogue of an old version in force again, with the directory as it is today.

    The catalogue's rows stay as they are, as drafts.

    Args:
        number: of the old version.
        by: who does.
        seen: the marks of the changes that they saw, by `marks_of`; None when nobody looked.

    Raises:
        ChangedMeanwhile: the changes are other ones by now; nothing is stored.
        SnapshotFaulty: this release cannot obey that catalogue any more.
        ValidationError: there is no such version.
    """
    old = Version.objects.filter(number=number).first()
    if old is None:
        raise ValidationError(_("There is no version %(number)s."), params={"number": number})
    with recorded(by=by):
        document = Document(catalogue_in(old.document), directory_document())
        _seen_check(document.catalogue, seen)
        build(document, targets.known())
        note = _("The catalogue of version %(number)s.") % {"number": number}
        return _version_store(encode(document), Version.Kind.RESTORE, by, note)


def _seen_check(wanted: Catalogue, seen: Mapping[str, str] | None) -> None:
    if seen is None:
        return
    now = marks_of(changes_between(catalogue_published(), wanted))
    if now != seen:
        raise ChangedMeanwhile(what for what in now | dict(seen) if now.get(what) != seen.get(what))


@contextmanager
def directory_change(*, by: str) -> Iterator[None]:
    """One transaction for changes to the directory, in force and in the audit log when it is committed.

    The catalogue stays as it is stored, and is not looked at: faults that a newer release sees in it must
    not keep anybody from revoking a key.

    Raises:
        SnapshotFaulty: the directory cannot be obeyed as changed; the change is undone.
    """
    with recorded(by=by), transaction.atomic():
        yield
        directory = directory_document()
        faults = directory_faults(directory)
        if faults:
            raise SnapshotFaulty(faults)
        _version_store(encode_beside(catalogue_stored(), directory), Version.Kind.DIRECTORY, by, "")


def _version_store(data: bytes, kind: Version.Kind, by: str, note: str) -> Version:
    content_hash = version_of(data)
    newest = Version.objects.defer("document").order_by("-number").first()
    if newest is not None and newest.content_hash == content_hash:
        return newest
    version = Version.objects.create(
        document=data.decode(),
        content_hash=content_hash,
        kind=kind,
        made_at=settings.CLOCK.utc(),
        made_by=by,
        note=note,
    )
    if kind == Version.Kind.DIRECTORY:
        _old_directories_drop(len(data))
    return version


def _old_directories_drop(size: int) -> None:
    """Drop old versions made by directory changes.

    They are taken to be as large as the newest: to measure each would read all of them at every change.
    """
    kept = max(min(DIRECTORY_BYTES_KEPT // size, DIRECTORY_VERSIONS_KEPT), FEWEST_DIRECTORY_VERSIONS_KEPT)
    made = Version.objects.filter(kind=Version.Kind.DIRECTORY).order_by("-number")
    too_old = list(made.values_list("number", flat=True)[kept:])
    Version.objects.filter(number__in=too_old).delete()
