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

from millgate.control.catalogue.selectors import catalogue_document
from millgate.control.publish import targets
from millgate.control.publish.models import Version
from millgate.control.publish.selectors import catalogue_published, directory_document, version_newest
from millgate.snapshot.build import SnapshotFaulty, build, build_serving
from millgate.snapshot.document import Document, decode, encode, version_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from millgate.snapshot.document import Catalogue

DIRECTORY_VERSIONS_KEPT: Final = 200
"""How many versions made by directory changes stay; publications and restores stay for good."""
DIRECTORY_BYTES_KEPT: Final = 256 * 1024 * 1024
"""How much room they may take: fewer stay of large documents, each of which holds everything."""
FEWEST_DIRECTORY_VERSIONS_KEPT: Final = 3
"""How many stay however large they are, so that a worker finds the one that it has heard of."""


@transaction.atomic
def publication_make(*, by: str, note: str = "") -> Version:
    """Put the catalogue's rows in force; returns the version in force, a new one if anything changed.

    Raises:
        SnapshotFaulty: with every fault; nothing is stored, and what was in force stays so.
    """
    document = Document(catalogue_document(), directory_document())
    build(document, targets.known())
    return _version_store(document, Version.Kind.PUBLICATION, by, note)


@transaction.atomic
def version_restore(*, number: int, by: str) -> Version:
    """Put the catalogue of an old version in force again, with the directory as it is today.

    The catalogue's rows stay as they are, as drafts.

    Raises:
        SnapshotFaulty: this release cannot obey that catalogue any more.
    """
    old = Version.objects.filter(number=number).first()
    if old is None:
        raise ValidationError(_("There is no version %(number)s."), params={"number": number})
    document = Document(decode(old.document.encode()).catalogue, directory_document())
    build(document, targets.known())
    note = _("The catalogue of version %(number)s.") % {"number": number}
    return _version_store(document, Version.Kind.RESTORE, by, note)


@contextmanager
def directory_change(*, by: str) -> Iterator[None]:
    """One transaction for changes to the directory, in force when it is committed.

    Raises:
        SnapshotFaulty: the directory cannot be obeyed as changed; the change is undone.
    """
    with transaction.atomic():
        yield
        document = Document(catalogue_published(), directory_document())
        _directory_check(document)
        _version_store(document, Version.Kind.DIRECTORY, by, "")


def _directory_check(document: Document) -> None:
    """Refuse what the directory does wrong, and only that.

    A published catalogue may have faults in the eyes of a newer release. They must not keep anybody
    from revoking a key.
    """
    faults = build_serving(document, targets.known())[1]
    if faults:
        mine = {where: whys for where, whys in faults.items() if where not in _faults_of(document.catalogue)}
        if mine:
            raise SnapshotFaulty(mine)


def _faults_of(catalogue: Catalogue) -> dict[str, list[str]]:
    return build_serving(Document(catalogue), targets.known())[1]


def _version_store(document: Document, kind: Version.Kind, by: str, note: str) -> Version:
    data = encode(document)
    newest = version_newest()
    if newest is not None and newest.content_hash == version_of(data):
        return newest
    version = Version.objects.create(
        document=data.decode(),
        content_hash=version_of(data),
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
