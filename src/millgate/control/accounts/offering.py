"""Offering an authenticator app a secret: kept, sealed, in the session until the app shows a right code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from millgate.control.accounts import one_time_codes
from millgate.control.accounts.vault import sealer
from millgate.stores.sealing import SealBroken

if TYPE_CHECKING:
    from django.http import HttpRequest

    from millgate.control.accounts.models import Person

ISSUER: Final = "Millgate"
_KEY: Final = "second_factor_offer"


def secret_offered(request: HttpRequest, person: Person) -> str:
    """The secret for this person's app, the same until it is taken."""
    kept = request.session.get(_KEY)
    if kept:
        try:
            return sealer().unseal(bytes.fromhex(kept), _bound(person)).decode()
        except SealBroken:
            pass  # offered to somebody else in this browser, or under another master key
    secret = one_time_codes.secret_new()
    request.session[_KEY] = sealer().seal(secret.encode(), _bound(person)).hex()
    return secret


def offer_end(request: HttpRequest) -> None:
    """Forget the secret: it was taken."""
    request.session.pop(_KEY, None)


def picture_of(secret: str, person: Person) -> str:
    """What an app's camera reads, as an SVG element without any style of its own."""
    # Costly to import, and seldom needed.
    import qrcode  # type: ignore[import-untyped]  # noqa: PLC0415
    from qrcode.image.svg import SvgPathImage  # type: ignore[import-untyped]  # noqa: PLC0415

    address = one_time_codes.address_of(secret, account=person.email, issuer=ISSUER)
    return str(qrcode.make(address, image_factory=SvgPathImage).to_string(encoding="unicode"))


def spelt(secret: str) -> str:
    """The secret in groups of four, for whoever types it."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


def _bound(person: Person) -> str:
    return f"second factor offer {person.pk}"
