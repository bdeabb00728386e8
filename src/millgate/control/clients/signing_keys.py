"""The life of the keys that sign tokens: published, signing, verifying what they signed, gone.

Verifiers keep published keys for a while. So a key is published for as long before it signs, and stays
published until the last token that it signed has expired and nobody can be keeping an older answer.
Machines see a change when the caller makes it inside `publish.services.directory_change`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from millgate.control.audit.collecting import recorded
from millgate.control.clients.certificates import key_pair_make
from millgate.control.clients.models import SIGNING_KEY_KEPT, SigningKey
from millgate.control.clients.vault import sealer
from millgate.core.secrets import Secret
from millgate.core.values import instant
from millgate.snapshot.signing import KEYS_CACHED_SECONDS

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

KEYS_CACHED: Final = timedelta(seconds=KEYS_CACHED_SECONDS)
MOST_PUBLISHED: Final = 50
"""How many keys may be published: verifiers read all of them."""


@dataclass(frozen=True, slots=True)
class Succession:
    """Which key signs after a change.

    Attributes:
        signs: the key that signs now.
        follows: the key that is published to sign after it.
        before: the key that signed until now and verifies on, or None when it is the same or is gone.
        unknown_until: until when verifiers may not know the key that signs now; None when they do.
    """

    signs: SigningKey
    follows: SigningKey
    before: SigningKey | None = None
    unknown_until: datetime | None = None


@recorded()
@transaction.atomic
def signing_keys_ensure() -> None:
    """See to it that one key signs, and another is published to follow it."""
    signing = SigningKey.objects.filter(signs=True).first() or _begin(_first_to_follow() or _make())
    _untold_tell(signing)
    if _first_to_follow() is None:
        _make()


@recorded()
@transaction.atomic
def signing_key_rotate(*, forced: bool = False) -> Succession:
    """Sign with the key that has been published to follow, and publish another one to follow that.

    The key that has signed stays published, so no token is refused on the way.

    Args:
        forced: also sooner than every verifier can know the key; never sooner than all workers do.

    Raises:
        ValidationError: the key that follows has not been published for long enough, or too many keys are.
    """
    signing_keys_ensure()
    follows = _follower()
    _known_or_refuse(follows, forced=forced)
    if SigningKey.objects.count() >= MOST_PUBLISHED:
        raise ValidationError(
            _("%(count)s keys are published, and more may not be. Wait for one to go, or retire one."),
            params={"count": MOST_PUBLISHED},
        )
    return _succeed(SigningKey.objects.get(signs=True), follows)


@recorded()
@transaction.atomic
def signing_key_retire(*, kid: str) -> Succession:
    """Take a key away at once, because somebody else may have its private half.

    What it signed is refused from then on. When it signs, the key that follows takes over, whether or not
    verifiers know it already.

    Raises:
        ValidationError: there is no such key.
    """
    key = SigningKey.objects.filter(kid=kid).first()
    if key is None:
        raise ValidationError(_("There is no signing key %(kid)s."), params={"kid": kid})
    signing_keys_ensure()
    key.refresh_from_db()
    signed = key.signs
    if signed:
        _succeed(key, _follower())
    key.delete()
    signing_keys_ensure()
    signs = SigningKey.objects.get(signs=True)
    return Succession(signs, _follower(), unknown_until=_unknown_until(signs) if signed else None)


def signing_key_due(*, days: int) -> bool:
    """Whether the key that signs has done so for as many days, and verifiers know the one that follows.

    Args:
        days: 0 is never.
    """
    signing, follows = SigningKey.objects.filter(signs=True).first(), _first_to_follow()
    if not days or signing is None or follows is None:
        return False
    since = signing.signs_since or signing.created_at
    return since + timedelta(days=days) <= settings.CLOCK.utc() and _unknown_until(follows) is None


def signing_keys_gone() -> list[str]:
    """The IDs of the keys that nobody needs any more."""
    return list(_past().values_list("kid", flat=True))


def signing_keys_gone_drop() -> list[str]:
    """Drop the keys that nobody needs any more; returns their IDs."""
    gone = signing_keys_gone()
    _past().filter(kid__in=gone).delete()
    return gone


def signing_key_put(*, kid: str, private_pem: Secret, signs: bool, **members: object) -> None:
    """Create a signing key, or replace the one of the same key ID. When it signs, no other does."""
    if signs:
        others = SigningKey.objects.exclude(kid=kid).filter(signs=True)
        others.update(signs=False, signed_until=settings.CLOCK.utc())
    sealed = sealer().seal(private_pem.reveal().encode(), _bound_to(kid))
    SigningKey.objects.update_or_create(kid=kid, defaults={**members, "signs": signs, "sealed": sealed})


def signing_key_open(*, key: SigningKey) -> Secret:
    """The private half of a signing key, as PEM: to be sealed again, not to be shown.

    Raises:
        SealBroken: it was sealed under another master key.
    """
    return Secret(sealer().unseal(bytes(key.sealed), _bound_to(key.kid)).decode())


def following_unknown_until() -> datetime | None:
    """Until when verifiers may not know the key that follows; None when they do."""
    follows = _first_to_follow()
    return _unknown_until(follows) if follows else None


# One step of a life


def _make() -> SigningKey:
    now = settings.CLOCK.utc()
    pair = key_pair_make(now=now)
    return SigningKey.objects.create(
        kid=pair.kid,
        sealed=sealer().seal(pair.private_pem, _bound_to(pair.kid)),
        certificate=pair.certificate,
        n=pair.n,
        e=pair.e,
        created_at=now,
    )


def _begin(key: SigningKey) -> SigningKey:
    key.signs, key.signs_since = True, settings.CLOCK.utc()
    key.save(update_fields=["signs", "signs_since"])
    return key


def _end(key: SigningKey) -> SigningKey:
    key.signs, key.signed_until = False, settings.CLOCK.utc()
    key.save(update_fields=["signs", "signed_until"])
    return key


def _succeed(signing: SigningKey, follows: SigningKey) -> Succession:
    before = _end(signing)
    signs = _begin(follows)
    return Succession(signs, _first_to_follow() or _make(), before, _unknown_until(signs))


def _first_to_follow() -> SigningKey | None:
    waiting = SigningKey.objects.filter(signs=False, signs_since=None, signed_until=None)
    return waiting.order_by("created_at", "kid").first()


def _follower() -> SigningKey:
    """The key that follows, where `signing_keys_ensure` has seen to it that there is one."""
    follows = _first_to_follow()
    if follows is None:
        raise SigningKey.DoesNotExist
    return follows


def _past() -> QuerySet[SigningKey]:
    return SigningKey.objects.filter(signs=False, signed_until__lte=settings.CLOCK.utc() - SIGNING_KEY_KEPT)


def _untold_tell(signing: SigningKey) -> None:
    """Say of keys that an earlier release made, or wrote to a file, how far their lives have come.

    That release did not say since when a key signs, and those that are older may have signed until now.
    """
    if signing.signs_since is None:
        signing.signs_since = signing.created_at
        signing.save(update_fields=["signs_since"])
        untold = SigningKey.objects.filter(signs=False, signed_until=None, created_at__lt=signing.created_at)
        untold.update(signed_until=settings.CLOCK.utc())


# Who knows a key


def _unknown_until(key: SigningKey) -> datetime | None:
    known = key.created_at + KEYS_CACHED
    return known if known > settings.CLOCK.utc() else None


def _known_or_refuse(follows: SigningKey, *, forced: bool) -> None:
    unknown_until = _unknown_until(follows)
    if unknown_until and not forced:
        raise ValidationError(
            _(
                "%(kid)s follows, and has been published since %(since)s. Verifiers keep keys for an hour:"
                " some may not know it before %(until)s, and refuse what it signs."
            ),
            code="unknown",
            params={
                "kid": follows.kid,
                "since": instant(follows.created_at.timestamp()),
                "until": instant(unknown_until.timestamp()),
            },
        )
    # A worker that still has the version before must know whatever another one signs with.
    settled = follows.created_at + timedelta(seconds=1 + 2 * settings.MILLGATE.refresh_seconds)
    left = (settled - settings.CLOCK.utc()).total_seconds()
    if left > 0:
        raise ValidationError(
            _("The key that follows has just been published. Try again in %(seconds)s seconds."),
            code="unsettled",
            params={"seconds": int(left) + 1},
        )


def _bound_to(kid: str) -> str:
    return f"signing-key:{kid}"
