"""Making rows as files say: everything or nothing, in one transaction, compared where it is changed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from millgate.control.accounts.models import Person, PersonState
from millgate.control.clients.signing_keys import signing_keys_ensure
from millgate.control.publish.exporting import kinds
from millgate.control.publish.exporting.comparing import compared
from millgate.control.publish.exporting.files import Fault, FilesFaulty
from millgate.control.publish.exporting.putting import Putting
from millgate.control.publish.exporting.selectors import decisions_of_rows, digests_fingerprint
from millgate.control.publish.selectors import draft
from millgate.control.publish.services import directory_change, publication_make
from millgate.snapshot.build import SnapshotFaulty
from millgate.stores.sealing import SealBroken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from millgate.control.publish.exporting.comparing import Change
    from millgate.control.publish.exporting.kinds import Decisions, Kind
    from millgate.control.publish.exporting.reading import Found

NOTE: Final = "Applied from files"
REFUSALS: Final = (ValidationError, ProtectedError, IntegrityError, SealBroken)
"""What a row may be refused with."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What applying did, or would do.

    Attributes:
        changes: made, in the order in which they were made.
        beyond: things that stand and that the files do not name; they stay without `prune`.
        notes: what is left for people to do, such as secrets that the files leave out.
        waiting: changes of the catalogue that wait to be published.
        standing_against: why they cannot be published as they are, by place.
        version: the number in force when the catalogue was published.
    """

    changes: tuple[Change, ...]
    beyond: tuple[Change, ...]
    notes: tuple[str, ...]
    waiting: int = 0
    standing_against: tuple[str, ...] = ()
    version: int | None = None


class ChangedMeanwhile(Exception):  # noqa: N818 - what happened, as it is told
    """What was shown and agreed to is not what would be done any more."""


def differences(found: Found) -> tuple[Change, ...]:
    """What applying these files would change, removals told too."""
    files = _usable(found)
    return compared(decisions_of_rows(secrets=found.secrets is not None), files)


def decisions_apply(
    *,
    found: Found,
    by: str,
    prune: bool = False,
    publish: bool = False,
    dry_run: bool = False,
    agreed: Sequence[Change] | None = None,
) -> Applied:
    """Make the rows as the files say; the directory's half takes effect with it.

    Args:
        found: what the files say.
        by: who does it.
        prune: whether things that the files do not name are removed.
        publish: whether the catalogue is published too.
        dry_run: whether all of it is undone at the end.
        agreed: the differences that somebody has seen and agreed to, or None.

    Raises:
        FilesFaulty: with every fault; nothing is changed.
        ChangedMeanwhile: there are other differences by now; nothing is changed.
    """
    try:
        # Around the change, so that a dry run is told all that putting in force would say.
        with transaction.atomic():
            with directory_change(by=by):
                applied = _applied(found, by, prune=prune, publish=publish, agreed=agreed)
            transaction.set_rollback(dry_run)
    except SnapshotFaulty as faulty:
        raise FilesFaulty(_snapshot_faults(found, faulty.faults)) from None
    return applied


def _applied(
    found: Found, by: str, *, prune: bool, publish: bool, agreed: Sequence[Change] | None
) -> Applied:
    files = _usable(found)
    rows = decisions_of_rows(secrets=found.secrets is not None)
    changes = compared(rows, files)
    if agreed is not None and tuple(agreed) != changes:
        raise ChangedMeanwhile("Something else was changed meanwhile. Nothing was applied; look again.")
    could_sign_in = _somebody_administers()
    done = _Doing(found, files, rows, changes).all(prune=prune)
    if could_sign_in and not _somebody_administers():
        raise FilesFaulty([Fault("people.yaml", 0, _("No administrator would be left who can sign in."))])
    if files.get(kinds.SIGNING_KEY):
        signing_keys_ensure()
    version = publication_make(by=by, note=NOTE) if publish else None
    waits = None if publish else draft()
    return Applied(
        changes=done,
        beyond=() if prune else tuple(change for change in changes if change.what == "removed"),
        notes=tuple(_notes(found, files, done)),
        waiting=len(waits.changes) if waits else 0,
        standing_against=tuple(f"{where}: {why}" for where, whys in waits.faults.items() for why in whys)
        if waits and waits.changes
        else (),
        version=version.number if version else None,
    )


def _usable(found: Found) -> Decisions:
    """What the files say, without digests that were made under another master key and match nothing."""
    if found.secrets is None or found.secrets.digests == digests_fingerprint():
        return found.decisions
    return {kind: things for kind, things in found.decisions.items() if kind is not kinds.CLIENT_SECRET}


def _somebody_administers() -> bool:
    people = Person.objects.filter(is_superuser=True, is_staff=True, state=PersonState.ACTIVE)
    return any(person.has_usable_password() for person in people)


class _Doing:
    """Makes changes one by one, each whole or not at all, so that every fault is told."""

    def __init__(self, found: Found, files: Decisions, rows: Decisions, changes: Sequence[Change]) -> None:
        self._found = found
        self._files = files
        self._rows = rows
        self._changes = changes
        self._putting = Putting()
        self._faults: list[Fault] = []

    def all(self, *, prune: bool) -> tuple[Change, ...]:
        """Make the changes; returns those that were made.

        Raises:
            FilesFaulty: with every fault.
        """
        puts = [change for change in self._changes if change.what != "removed"]
        removals = [change for change in reversed(self._changes) if change.what == "removed"] if prune else []
        different = {(change.kind, change.key) for change in puts}
        for kind, things in self._files.items():
            for key, thing in things.items():
                if (kind, key) in different or self._putting.overwritten(kind, thing):
                    self._try(kind, key, partial(self._putting.put, kind, thing))
        for change in removals:
            thing = self._rows[change.kind][change.key]
            self._try(change.kind, change.key, partial(self._putting.remove, change.kind, thing))
        if self._faults:
            raise FilesFaulty(self._faults)
        return (*puts, *removals)

    def _try(self, kind: Kind, key: str, do: Callable[[], None]) -> None:
        try:
            with transaction.atomic():
                do()
        except REFUSALS as refused:
            self._faults.extend(self._found.fault(kind, key, why, member) for member, why in _whys(refused))


def _whys(refused: Exception) -> Iterator[tuple[str, str]]:
    """Why a change was refused, each with the member that it is about, if it is about one."""
    if isinstance(refused, ValidationError) and hasattr(refused, "error_dict"):
        for member, whys in refused.message_dict.items():
            yield from (("" if member == NON_FIELD_ERRORS else member, why) for why in whys)
    elif isinstance(refused, ValidationError):
        yield from (("", why) for why in refused.messages)
    elif isinstance(refused, ProtectedError):
        users = ", ".join(sorted(str(row) for row in refused.protected_objects))
        yield "", _("it is in use and stays: %(users)s") % {"users": users}
    elif isinstance(refused, SealBroken):
        yield "", _("what stands was sealed under another master key")
    else:
        yield "", _("it breaks a rule of the database: %(why)s") % {"why": refused}


def _snapshot_faults(found: Found, faults: Mapping[str, Iterable[str]]) -> list[Fault]:
    """Faults of the document at the files that they come from, where these can be told."""
    by_name = {kind.name: kind for kind in kinds.KINDS if not kind.sealed}
    told = []
    for where, whys in faults.items():
        name, _space, rest = where.partition(" ")
        kind, key = by_name.get(name), rest.partition(",")[0].partition(" ;")[0]
        for why in whys:
            if kind is not None and key in found.decisions[kind]:
                told.append(found.fault(kind, key, f"{where}: {why}"))
            else:
                told.append(Fault(where, 0, why))
    return told


# What is left to do


def _notes(found: Found, files: Decisions, done: Sequence[Change]) -> Iterator[str]:
    if found.secrets is not None and kinds.CLIENT_SECRET not in files:
        yield _("Client secrets were left out: their digests are good under the other master key alone.")
    for change in done:
        if change.what != "removed" and change.kind in files and change.key in files[change.kind]:
            yield from _missing(change, files[change.kind][change.key], files)


def _missing(change: Change, thing: Any, files: Decisions) -> Iterator[str]:  # noqa: ANN401 - a thing of any kind
    """The secrets that a thing is without, because it is new here and the files leave them out."""
    if change.kind is kinds.UPSTREAM:
        for header in thing.headers:
            if f"{thing.key} {header.name}" not in files.get(kinds.UPSTREAM_HEADER, {}):
                yield _(
                    "Upstream %(key)s: the header %(name)s keeps its value, or has none if it is new."
                ) % {
                    "key": thing.key,
                    "name": header.name,
                }
    if change.what != "added":
        return
    told = {
        kinds.PERSON: _("Person %(key)s has no password, and cannot sign in until one is set."),
        kinds.APPLICATION: _("Application %(key)s has no secret. Add one in the console."),
        kinds.SUBSCRIPTION: _("Subscription %(key)s has new keys."),
        kinds.SOURCE: _("Source %(key)s has no database. Give its address in the console."),
    }.get(change.kind)
    if told and not getattr(thing, "is_service_account", False) and not _has_secrets(change, files):
        yield told % {"key": change.key}


def _has_secrets(change: Change, files: Decisions) -> bool:
    return any(
        str(getattr(secret, kind.names[0])) == change.key
        for kind, things in files.items()
        if kind.of is change.kind
        for secret in things.values()
    )
