"""What people are told of their subscriptions and applications, by mail.

Each of these is called in the transaction of the change that it tells of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from millgate.control.accounts.models import Person, PersonState
from millgate.control.accounts.selectors import administrators_with
from millgate.control.clients.models import ClientSecret
from millgate.control.mail.kinds import Kind
from millgate.control.mail.rendering import link_to
from millgate.control.mail.services import mail_queue

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from django.utils.functional import Promise

    from millgate.control.clients.models import Subscription

_APPROVES: Final = "clients.change_subscription"


def request_tell(subscription: Subscription) -> None:
    """Tell of a request: whoever asks that it was received, and those who may approve it that it waits."""
    owner, values = subscription.owner, _values(subscription)
    if not _reads_mail(owner):
        return
    mail_queue(kind=Kind.REQUEST_RECEIVED, to=owner, values=values)
    asked = values | {
        "requester": str(owner),
        "email": owner.email,
        "link": link_to(reverse("admin:clients_subscription_change", args=(subscription.pk,))),
    }
    for person in approvers():
        mail_queue(kind=Kind.APPROVAL_WAITING, to=person, values=asked)


def approval_tell(subscription: Subscription) -> None:
    """Tell the owner that a subscription is active."""
    if _reads_mail(subscription.owner):
        mail_queue(kind=Kind.REQUEST_APPROVED, to=subscription.owner, values=_values(subscription))


def rejection_tell(subscription: Subscription) -> None:
    """Tell the owner that a request was turned down, and why."""
    if _reads_mail(subscription.owner):
        values = _values(subscription) | {"reason": subscription.state_comment}
        mail_queue(kind=Kind.REQUEST_REJECTED, to=subscription.owner, values=values)


def secret_ending_tell(*, secret: int, days: int, expires_at: datetime) -> None:
    """Tell the owner of an application, once, that one of its secrets in use expires in some days.

    An application without an owner, and a secret that is gone by now, are told to nobody.
    """
    row = ClientSecret.objects.select_related("application__owner").filter(pk=secret).first()
    owner = row.application.owner if row else None
    if row is None or owner is None or not row.live or not _reads_mail(owner):
        return
    mail_queue(
        kind=Kind.SECRET_EXPIRING,
        to=owner,
        values={
            "application": row.application.display_name,
            "secret": f"{row.description} ({row})".strip(),
            "days": days,
            "until": f"{expires_at:%Y-%m-%d %H:%M} UTC",
            "link": link_to(reverse("portal:application", args=(row.application.client_id,))),
        },
        once=f"secret:{secret}:{days}:{int(expires_at.timestamp())}",
    )


def quota_tell(
    subscription: Subscription,
    *,
    occasion: str,
    percent: int,
    used: float,
    amount: int,
    unit: str | Promise,
    until: str | Promise,
) -> None:
    """Tell the owner, once in a window, that most of a quota is used.

    Args:
        subscription: whose.
        occasion: names the quota and its window.
        percent: of it that is used.
        used: so much.
        amount: of so much.
        unit: calls or kilobytes.
        until: when it begins anew, in words.
    """
    if not _reads_mail(subscription.owner):
        return
    values = _values(subscription) | {
        "percent": percent,
        "used": f"{used:.0f}",
        "amount": amount,
        "unit": unit,
        "until": until,
    }
    once = f"quota:{subscription.pk}:{occasion}"
    mail_queue(kind=Kind.QUOTA_APPROACHING, to=subscription.owner, values=values, once=once)


def approvers() -> Iterable[Person]:
    """The administrators who may decide about subscriptions; the first of them where they are many."""
    return administrators_with(_APPROVES)


def _reads_mail(person: Person) -> bool:
    return not person.is_service_account and person.state != PersonState.CLOSED


def _values(subscription: Subscription) -> dict[str, object]:
    page = reverse("portal:subscription", args=(subscription.pk,))
    what = subscription.adapter or subscription.api or _("all APIs")
    return {"subscription": subscription.name, "what": what, "link": link_to(page)}
