"""The life of signing keys: no token is refused on the way, and nothing stays for ever."""

from __future__ import annotations

import base64
import hashlib
import threading
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.contrib.admin.utils import quote
from django.core.exceptions import ValidationError
from django.db import connections
from django.test import Client
from django.urls import reverse

from millgate.authority import discovery
from millgate.control.clients import signing_keys
from millgate.control.clients.certificates import key_pair_make
from millgate.control.clients.models import SIGNING_KEY_KEPT, SigningKey
from millgate.control.clients.signing_keys import (
    KEYS_CACHED,
    signing_key_due,
    signing_key_retire,
    signing_key_rotate,
    signing_keys_ensure,
)
from millgate.control.clients.vault import sealer
from millgate.control.publish import signing
from millgate.control.publish.installation import installation_ensure
from millgate.control.publish.models import Version
from millgate.control.publish.selectors import snapshot_current
from millgate.core.clock import StillClock
from millgate.snapshot.signing import KEYS_CACHED_SECONDS, TOKEN_SECONDS
from support.console_pages import act, administrator, helper, page, text

START: Final = datetime(2026, 3, 1, tzinfo=UTC)
DAY: Final = timedelta(days=1)
ROTATE: Final = "admin:clients_signingkey_rotate"
LISTING: Final = "admin:clients_signingkey_changelist"


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> StillClock:
    standing = StillClock(START.timestamp())
    monkeypatch.setattr(settings, "CLOCK", standing)
    return standing


@pytest.fixture
def founded(clock: StillClock, rows: None) -> StillClock:  # noqa: ARG001 - on rows that are rolled back
    """An installation whose keys every verifier knows."""
    installation_ensure(apis=())
    clock.jump(KEYS_CACHED_SECONDS)
    return clock


def signs() -> SigningKey:
    return SigningKey.objects.get(signs=True)


def follows() -> SigningKey:
    return SigningKey.objects.get(signs=False, signed_until=None)


def published() -> dict[str, bool]:
    """What machines obey: whether each key signs."""
    snapshot = snapshot_current()
    assert snapshot is not None
    return {kid: key.signs for kid, key in snapshot.signing_keys.items()}


@pytest.mark.usefixtures("rows")
def test_one_key_signs_and_another_is_published_to_follow() -> None:
    for _ in range(2):
        signing_keys_ensure()
        assert [key.standing for key in SigningKey.objects.order_by("-signs")] == ["signs", "follows"]
        assert signs().signs_since == START


@pytest.mark.usefixtures("rows")
def test_the_private_half_is_sealed_for_its_key_id() -> None:
    signing_keys_ensure()
    pem = sealer().unseal(bytes(signs().sealed), f"signing-key:{signs().kid}")
    assert pem.startswith(b"-----BEGIN PRIVATE KEY-----")


def test_rfc_7515_section_4_1_7_what_is_published_is_what_the_certificate_says(founded: StillClock) -> None:
    """And RFC 7517 section 4.7: the key in x5c is the key beside it."""
    del founded
    snapshot = snapshot_current()
    assert snapshot is not None
    answer = discovery.keys(snapshot).body
    assert isinstance(answer, bytes)
    for key in msgspec.json.decode(answer)["keys"]:
        der = base64.b64decode(key["x5c"][0], validate=True)
        public = x509.load_der_x509_certificate(der).public_key()
        assert isinstance(public, rsa.RSAPublicKey)
        thumbprint = base64.urlsafe_b64encode(hashlib.sha1(der, usedforsecurity=False).digest())
        assert key["kid"] == key["x5t"] == thumbprint.rstrip(b"=").decode()
        numbers = public.public_numbers()
        assert int.from_bytes(base64.urlsafe_b64decode(key["n"] + "==")) == numbers.n
        assert int.from_bytes(base64.urlsafe_b64decode(key["e"] + "==")) == numbers.e


# Rotating


def test_no_key_id_looks_like_an_option(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter([b"\xfb", b"\xf8", b"\x00", b"\x01"])

    class Sha1:
        def __init__(self, _data: bytes, **_options: object) -> None:
            self._first = next(drawn)

        def digest(self) -> bytes:
            return self._first + bytes(19)

    monkeypatch.setattr("millgate.control.clients.certificates.hashlib.sha1", Sha1)
    assert key_pair_make(now=datetime(2026, 1, 1, tzinfo=UTC)).kid == "A" * 27
    assert next(drawn) == b"\x01"


def test_rotating_signs_with_the_key_that_was_published_before(founded: StillClock) -> None:
    signed, following = signs(), follows()
    done = signing_key_rotate()

    assert (done.before, done.signs, done.unknown_until) == (signed, following, None)
    assert signs() == following
    assert (signs().signs_since, signs().signed_until) == (founded.utc(), None)
    assert follows() == done.follows
    assert done.follows.created_at == founded.utc()


def test_a_key_that_has_signed_verifies_until_its_last_token_has_expired_and_nobody_keeps_old_keys(
    founded: StillClock,
) -> None:
    before = signing_key_rotate().before
    assert before is not None
    until = founded.utc() + timedelta(seconds=TOKEN_SECONDS) + DAY
    assert (before.standing, before.verifies_until) == ("verifies", until)

    founded.jump(SIGNING_KEY_KEPT.total_seconds() - 1)
    assert signing.signing_keys_turn(days=0) is None
    assert SigningKey.objects.filter(kid=before.kid).exists()

    founded.jump(1)
    turn = signing.signing_keys_turn(days=0)
    assert turn is not None
    assert (turn.succession, turn.dropped) == (None, (before.kid,))
    assert before.kid not in published()
    assert sorted(published().values()) == [False, True]
    assert signing.signing_keys_turn(days=0) is None


def test_quick_rotations_drop_no_key_whose_tokens_are_good(founded: StillClock) -> None:
    """The number of keys does not matter, only their age."""
    signed = {signs().kid}
    for _ in range(7):
        signed.add(signing_key_rotate(forced=True).signs.kid)
        founded.jump(10)
        signing.signing_keys_turn(days=0)

    assert len(signed) == 8
    assert signed <= set(SigningKey.objects.values_list("kid", flat=True))
    founded.jump(SIGNING_KEY_KEPT.total_seconds())
    turn = signing.signing_keys_turn(days=0)
    assert turn is not None
    assert set(turn.dropped) == signed - {signs().kid}


def test_a_key_is_published_for_as_long_as_verifiers_keep_keys_before_it_signs(founded: StillClock) -> None:
    signing_key_rotate()
    with pytest.raises(ValidationError, match="Verifiers keep keys for an hour"):
        signing_key_rotate()
    founded.jump(KEYS_CACHED_SECONDS - 1)
    until = signs().signs_since or START
    with pytest.raises(ValidationError, match="Verifiers keep keys for an hour") as refused:
        signing_key_rotate()
    assert refused.value.code == "unknown"
    assert f"{until + KEYS_CACHED:%Y-%m-%dT%H:%M:%SZ}" in refused.value.messages[0]

    founded.jump(1)
    assert signing_key_rotate().unknown_until is None


def test_by_force_it_signs_earlier_and_says_until_when_verifiers_may_refuse_it(founded: StillClock) -> None:
    published_at = signing_key_rotate().follows.created_at
    founded.jump(60)

    assert signing_key_rotate(forced=True).unknown_until == published_at + KEYS_CACHED


def test_not_even_by_force_does_a_key_sign_before_all_workers_know_it(founded: StillClock) -> None:
    """A worker that has the version before would refuse what another one signs."""
    signing_key_rotate()
    founded.jump(settings.MILLGATE.refresh_seconds)
    with pytest.raises(ValidationError, match="Try again in") as refused:
        signing_key_rotate(forced=True)
    assert refused.value.code == "unsettled"

    founded.jump(1 + settings.MILLGATE.refresh_seconds)
    signing_key_rotate(forced=True)


def test_there_is_an_end_to_how_many_keys_are_published(
    founded: StillClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signing_keys, "MOST_PUBLISHED", 4)
    for _ in range(2):
        signing_key_rotate(forced=True)
        founded.jump(10)
    with pytest.raises(ValidationError, match="4 keys are published"):
        signing_key_rotate(forced=True)


# By schedule


@pytest.mark.parametrize("days", [1, 30])
def test_a_key_is_due_after_as_many_days_and_another_signs_by_itself(founded: StillClock, days: int) -> None:
    first = signs()
    founded.jump((first.signs_since or START).timestamp() + days * 86_400 - founded.now() - 1)
    assert not signing_key_due(days=days)
    assert signing.signing_keys_turn(days=days) is None

    founded.jump(1)
    turn = signing.signing_keys_turn(days=days)
    assert turn is not None
    assert turn.succession is not None
    assert turn.succession.before == first
    assert published()[turn.succession.signs.kid]
    assert Version.objects.latest("number").made_by == "schedule"
    assert signing.signing_keys_turn(days=days) is None, "once"


def test_with_0_days_a_key_signs_for_ever(founded: StillClock) -> None:
    founded.jump(4000 * 86_400)
    assert signing.signing_keys_turn(days=0) is None


def test_the_schedule_waits_for_verifiers_to_know_the_key_that_follows(founded: StillClock) -> None:
    founded.jump(30 * 86_400)
    signing.retire(by="test", kid=follows().kid)
    assert signing.signing_keys_turn(days=30) is None

    founded.jump(KEYS_CACHED_SECONDS)
    assert signing.signing_keys_turn(days=30) is not None


@pytest.mark.usefixtures("committed")
def test_of_several_that_try_one_rotates(clock: StillClock) -> None:
    """Each saw that it was due before any of them began."""
    installation_ensure(apis=())
    clock.jump(31 * 86_400)
    together, turns = threading.Barrier(4), []

    def take() -> None:
        try:
            assert signing_key_due(days=30)
            together.wait(30)
            turns.append(signing.signing_keys_turn(days=30))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert len(turns) == 4
    assert [turn.succession is not None for turn in turns if turn].count(True) == 1
    assert SigningKey.objects.count() == 3


# Retiring


def test_a_retired_key_is_gone_at_once_and_the_next_one_signs(founded: StillClock) -> None:
    del founded
    compromised, following = signs(), follows()
    done = signing.retire(by="test", kid=compromised.kid)

    assert (done.signs, done.before, done.unknown_until) == (following, None, None)
    assert published() == {following.kid: True, done.follows.kid: False}


def test_a_retired_key_that_followed_is_replaced(founded: StillClock) -> None:
    del founded
    signed, following = signs(), follows()
    done = signing.retire(by="test", kid=following.kid)

    assert published() == {signed.kid: True, done.follows.kid: False}
    assert following.kid not in published()


def test_a_retired_key_that_only_verified_is_just_gone(founded: StillClock) -> None:
    del founded
    done = signing.rotate(by="test")
    assert done.before is not None
    signing.retire(by="test", kid=done.before.kid)

    assert published() == {done.signs.kid: True, done.follows.kid: False}


def test_retiring_warns_where_verifiers_may_not_know_the_next_key(founded: StillClock) -> None:
    done = signing.rotate(by="test")
    founded.jump(60)

    assert (
        signing.retire(by="test", kid=done.signs.kid).unknown_until == done.follows.created_at + KEYS_CACHED
    )


def test_rotating_can_retire_the_key_before(founded: StillClock) -> None:
    del founded
    before = signs()
    signing.rotate(by="test", retire_old=True)

    assert before.kid not in published()
    assert len(published()) == 2


@pytest.mark.usefixtures("rows")
def test_a_key_that_is_not_there_cannot_be_retired() -> None:
    with pytest.raises(ValidationError, match="There is no signing key x"):
        signing_key_retire(kid="x")


# Rows that say less


@pytest.mark.usefixtures("rows")
def test_keys_of_an_earlier_release_verify_on_from_the_upgrade(clock: StillClock) -> None:
    """They did not say since when they sign, nor until when they had signed."""
    signing_keys_ensure()
    clock.jump(10)
    old = signing_keys._make()
    clock.jump(10)
    newer = signing_keys._make()
    SigningKey.objects.update(signs=False, signs_since=None, signed_until=None)
    SigningKey.objects.filter(kid=old.kid).update(signs=True)
    clock.jump(86_400)

    signing_keys_ensure()
    told = {key.kid: (key.standing, key.signs_since, key.signed_until) for key in SigningKey.objects.all()}
    assert told.pop(old.kid) == ("signs", old.created_at, None)
    assert told.pop(newer.kid) == ("follows", None, None)
    assert list(told.values()) == [("verifies", None, clock.utc())] * 2


def test_a_clock_that_is_put_back_makes_no_further_keys(founded: StillClock) -> None:
    """A key that is younger than the one that signs may then be older by the clock."""
    founded.jump(-7200)
    signing.retire(by="test", kid=follows().kid)
    for _ in range(3):
        signing_keys_ensure()

    assert sorted(key.standing for key in SigningKey.objects.all()) == ["follows", "signs"]


# The console


@pytest.fixture
def ada(founded: StillClock) -> Client:
    del founded
    return administrator()


def test_the_page_says_which_signs_which_follows_and_which_verify_until_when(ada: Client) -> None:
    done = signing.rotate(by="test")
    shown = " ".join(text(ada.get(reverse(LISTING))).split())

    assert done.before is not None
    assert f"{done.follows.kid} follows 2026-03-01 01:00 UTC - - -" in shown
    assert f"{done.signs.kid} signs 2026-03-01 00:00 UTC 2026-03-01 01:00 UTC - -" in shown
    assert (
        f"{done.before.kid} verifies 2026-03-01 00:00 UTC 2026-03-01 00:00 UTC 2026-03-01 01:00 UTC "
        "2026-03-02 02:00 UTC"
    ) in shown


def test_the_page_rotates_and_asks_for_force_when_it_is_too_soon(ada: Client) -> None:
    first = follows()
    assert "Rotate all the same" not in text(ada.get(reverse(LISTING)))
    assert f"New tokens are signed with {first.kid}" in text(ada.post(reverse(ROTATE), follow=True))
    assert published()[first.kid]

    settings.CLOCK.jump(60)
    second = follows()
    assert "It is too soon" in text(ada.get(reverse(LISTING)))
    assert "Verifiers keep keys for an hour" in text(ada.post(reverse(ROTATE), follow=True))
    assert signs() == first
    answer = text(ada.post(reverse(ROTATE), {"forced": "1"}, follow=True))
    assert f"New tokens are signed with {second.kid}" in answer
    assert "may refuse its tokens until 2026-03-01T02:00:00Z" in answer


def test_the_page_retires_a_key_after_asking(ada: Client) -> None:
    key = signs()
    address = reverse("admin:clients_signingkey_retire", args=(quote(key.pk),))
    shown = " ".join(text(ada.get(page(key))).split())
    assert "every token that it has signed is refused" in shown
    assert "Verifies until: - " in shown
    assert ada.get(address).status_code == 405

    answer = text(ada.post(address, follow=True))
    assert f"Retired {key.kid}: what it signed is refused." in answer
    assert key.kid not in published()
    assert ada.post(address).status_code == 404


def test_who_may_only_look_neither_rotates_nor_retires(founded: StillClock) -> None:
    del founded
    looker = helper("view_signingkey")
    key = signs()

    assert "Rotate" not in text(looker.get(reverse(LISTING)))
    assert "Retire" not in text(looker.get(page(key)))
    assert looker.post(reverse(ROTATE)).status_code == 403
    assert looker.post(reverse("admin:clients_signingkey_retire", args=(quote(key.pk),))).status_code == 403
    assert act(looker, key, "retire").status_code in {403, 404}
    assert signs() == key
