"""The mails that there are: each declared once, with its words, its values and an example of each.

A mail is paragraphs, perhaps words of somebody quoted, one address to follow, and a closing line; both its
text and its HTML are made from them. `%(name)s` stands for a value.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.functional import Promise


class Kind(StrEnum):
    """A kind of mail."""

    REQUEST_RECEIVED = "request-received"
    APPROVAL_WAITING = "approval-waiting"
    REQUEST_APPROVED = "request-approved"
    REQUEST_REJECTED = "request-rejected"
    SERVICE_REQUEST_RECEIVED = "service-request-received"
    SERVICE_REQUEST_WAITING = "service-request-waiting"
    SERVICE_REQUEST_DONE = "service-request-done"
    SERVICE_REQUEST_DECLINED = "service-request-declined"
    QUOTA_APPROACHING = "quota-approaching"
    SECRET_EXPIRING = "secret-expiring"  # noqa: S105 - a kind of mail
    ADDRESS_CONFIRM = "address-confirm"
    ACCOUNT_EXISTS = "account-exists"
    ACCOUNT_WAITING = "account-waiting"
    ACCOUNT_REJECTED = "account-rejected"
    ACCOUNT_CONFIRMED = "account-confirmed"
    PASSWORD_RESET = "password-reset"  # noqa: S105 - a kind of mail
    ADDRESS_CHANGED = "address-changed"
    ACCOUNT_CLOSED = "account-closed"
    SIGN_IN_CHANGED = "sign-in-changed"
    CANCELATION_MADE = "cancelation-made"
    CANCELATION_REINSTATED = "cancelation-reinstated"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Value:
    """Something that a mail says.

    Attributes:
        help: what it is.
        example: shown in the preview; of a link, the address within the origin.
    """

    help: str | Promise
    example: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MailKind:
    """One kind of mail.

    Attributes:
        title: what lists call it.
        subject: one line.
        paragraphs: what it says.
        values: what must be given, by name. `link` is where the button leads.
        button: the words on the button.
        quote: the value that is quoted as somebody's own words, with its lines; it may be empty.
        optional: whether the setting `mail_off` may name it.
        opens: whether whoever holds it can do something with its link alone: it is shown to nobody, and
            kept no longer than needed.
    """

    title: str | Promise
    subject: str | Promise
    paragraphs: tuple[str | Promise, ...]
    button: str | Promise
    values: Mapping[str, Value] = field(default_factory=dict)
    quote: str = ""
    optional: bool = True
    opens: bool = False


LINK: Final = "link"
_SUBSCRIPTION: Final = Value(_("The name of the subscription."), "Line balancing")
_WHAT: Final = Value(_("What it lets programs call."), "Production Management")
_OWN: Final = Value(
    _("The page of the subscription in its owner's profile."), "/portal/profile/subscriptions/"
)
_NUMBER: Final = Value(_("The number of the service request."), "USR-17")
_COMPANY: Final = Value(_("The company that asks, with its PCN."), "Grand River Components (79870)")
_OWN_REQUEST: Final = Value(
    _("The request in the portal; for who has no account, the portal."), "/portal/service-requests/"
)
_HOURS: Final = Value(_("For how many hours the link works."), "48")

_CANCELED: Final = {
    "what": Value(_("What it is about: its type and its key or number."), "Job 104512"),
    "number": Value(_("The number of the cancelation."), "17"),
    "by": Value(_("Who did it."), "Odile Marsh"),
    "application": Value(_("The application in which it was done."), "planoorder"),
    "note": Value(_("Why, in words; may be empty."), "Duplicate order"),
    LINK: Value(_("The portal."), "/portal/"),
}

KINDS: Final[Mapping[Kind, MailKind]] = {
    Kind.REQUEST_RECEIVED: MailKind(
        title=_("Request received"),
        subject=_("We have your request for %(what)s"),
        paragraphs=(
            _("You asked for the subscription “%(subscription)s” to %(what)s."),
            _(
                "An administrator looks at it, and you will hear of the decision by mail. Until then it is "
                "called Requested, and its keys stay hidden."
            ),
        ),
        button=_("See the request"),
        values={"subscription": _SUBSCRIPTION, "what": _WHAT, LINK: _OWN},
    ),
    Kind.APPROVAL_WAITING: MailKind(
        title=_("Approval waiting, to administrators"),
        subject=_("%(requester)s asks for %(what)s"),
        paragraphs=(
            _("%(requester)s (%(email)s) asks for the subscription “%(subscription)s” to %(what)s."),
            _("It waits until somebody approves or rejects it."),
        ),
        button=_("Open the request"),
        values={
            "requester": Value(_("Who asks."), "Dee Developer"),
            "email": Value(_("Their address."), "dee@example.com"),
            "subscription": _SUBSCRIPTION,
            "what": _WHAT,
            LINK: Value(
                _("The subscriptions that wait, in the console."),
                "/console/clients/subscription/?state__exact=submitted",
            ),
        },
    ),
    Kind.REQUEST_APPROVED: MailKind(
        title=_("Request approved"),
        subject=_("Your subscription to %(what)s is active"),
        paragraphs=(
            _("Your subscription “%(subscription)s” to %(what)s is active, and its keys work."),
            _("Keys are never sent by mail: see them on its page in your profile."),
        ),
        button=_("See its keys"),
        values={"subscription": _SUBSCRIPTION, "what": _WHAT, LINK: _OWN},
    ),
    Kind.REQUEST_REJECTED: MailKind(
        title=_("Request rejected"),
        subject=_("Your request for %(what)s was declined"),
        paragraphs=(
            _("Your request for the subscription “%(subscription)s” to %(what)s was declined."),
            _("If something was missing, ask again with it."),
        ),
        quote="reason",
        button=_("See the request"),
        values={
            "subscription": _SUBSCRIPTION,
            "what": _WHAT,
            "reason": Value(
                _("Why, in the administrator's words; may be empty."),
                "Please say which plant you are calling from.",
            ),
            LINK: _OWN,
        },
    ),
    Kind.SERVICE_REQUEST_RECEIVED: MailKind(
        title=_("Service request received"),
        subject=_("We have your service request %(number)s"),
        paragraphs=(
            _("You asked for a developer account for %(company)s. The number of the request is %(number)s."),
            _("An administrator looks at it, and you will hear by mail what becomes of it."),
        ),
        button=_("See the request"),
        values={"number": _NUMBER, "company": _COMPANY, LINK: _OWN_REQUEST},
    ),
    Kind.SERVICE_REQUEST_WAITING: MailKind(
        title=_("Service request waiting, to administrators"),
        subject=_("%(company)s asks for a developer account"),
        paragraphs=(
            _("%(requester)s (%(email)s) asks for a developer account for %(company)s: %(number)s."),
            _("It waits until somebody takes it."),
        ),
        quote="purpose",
        button=_("Open the request"),
        values={
            "number": _NUMBER,
            "company": _COMPANY,
            "requester": Value(_("Who asks."), "Dee Developer"),
            "email": Value(_("Their address."), "dee@example.com"),
            "purpose": Value(_("What the account is for, in their words."), "Count scrap by shift."),
            LINK: Value(_("The request in the console."), "/console/accounts/servicerequest/"),
        },
    ),
    Kind.SERVICE_REQUEST_DONE: MailKind(
        title=_("Service request done"),
        subject=_("Your service request %(number)s is done"),
        paragraphs=(
            _("The developer account for %(company)s is ready. Its user ID is %(user_id)s."),
            _(
                "It signs in with the address %(email)s. Passwords are never sent by mail: whoever has none "
                "yet chooses one by “Forgot your password?”, or gets it from the administrator."
            ),
        ),
        button=_("Sign in"),
        values={
            "number": _NUMBER,
            "company": _COMPANY,
            "user_id": Value(_("The user ID of the account."), "dee.developer"),
            "email": Value(_("The e-mail of the account."), "dee@example.com"),
            LINK: Value(_("The page to sign in."), "/portal/sign-in/"),
        },
    ),
    Kind.SERVICE_REQUEST_DECLINED: MailKind(
        title=_("Service request declined"),
        subject=_("Your service request %(number)s was declined"),
        paragraphs=(
            _("Your request %(number)s for a developer account for %(company)s was declined."),
            _("If something was missing, ask again with it."),
        ),
        quote="reason",
        button=_("See the request"),
        values={
            "number": _NUMBER,
            "company": _COMPANY,
            "reason": Value(
                _("Why, in the administrator's words."), "Please say which plant you are calling from."
            ),
            LINK: _OWN_REQUEST,
        },
    ),
    Kind.QUOTA_APPROACHING: MailKind(
        title=_("Quota approaching"),
        subject=_("%(subscription)s has used %(percent)s %% of a quota"),
        paragraphs=(
            _("Your subscription “%(subscription)s” to %(what)s has used %(used)s of %(amount)s %(unit)s."),
            _("Once all are used, calls are refused with status 403 until %(until)s."),
        ),
        button=_("See its limits"),
        values={
            "subscription": _SUBSCRIPTION,
            "what": _WHAT,
            "percent": Value(_("The part that is used, in hundredths."), "80"),
            "used": Value(_("What is used."), "8000"),
            "amount": Value(_("What may be used."), "10000"),
            "unit": Value(_("Calls or kilobytes."), "calls"),
            "until": Value(_("When the quota begins anew."), "2026-12-07 06:00 UTC"),
            LINK: _OWN,
        },
    ),
    Kind.SECRET_EXPIRING: MailKind(
        title=_("Secret expiring"),
        subject=_("A secret of %(application)s expires in %(days)s days"),
        paragraphs=(
            _("The secret %(secret)s of %(application)s expires %(until)s, and is still in use."),
            _(
                "Add another secret, move the programs to it, and see in the Secrets Grid who still uses the "
                "old one. Both work until then."
            ),
        ),
        button=_("Open the application"),
        values={
            "application": Value(_("The application's name."), "Job board"),
            "secret": Value(
                _("Its description and last four characters; never the secret."), "first (…Q7k=)"
            ),
            "days": Value(_("14 or 2."), "14"),
            "until": Value(_("When it expires."), "2026-12-14 09:30 UTC"),
            LINK: Value(_("The application's page in the portal."), "/portal/applications/"),
        },
    ),
    Kind.ADDRESS_CONFIRM: MailKind(
        title=_("Confirm your address"),
        subject=_("Confirm your address"),
        paragraphs=(
            _("Somebody, probably you, gave this address for an account. Confirm that it is yours."),
            _("The link works once, for %(hours)s hours. If it was not you, do nothing."),
        ),
        button=_("Confirm"),
        values={"hours": _HOURS, LINK: Value(_("The page that confirms."), "/portal/sign-in/")},
        optional=False,
        opens=True,
    ),
    Kind.ACCOUNT_EXISTS: MailKind(
        title=_("Account exists already"),
        subject=_("You have an account already"),
        paragraphs=(
            _("Somebody, probably you, asked for an account with this address. It has one already."),
            _("If you forgot the password, choose a new one. If it was not you, do nothing."),
        ),
        button=_("Choose a new password"),
        values={LINK: Value(_("The page that asks for a new password."), "/portal/password/forgot/")},
        optional=False,
    ),
    Kind.ACCOUNT_WAITING: MailKind(
        title=_("Account waiting, to administrators"),
        subject=_("%(requester)s asks for an account"),
        paragraphs=(
            _("%(requester)s (%(email)s) asks for an account, of the company “%(company)s”."),
            _("The address is confirmed. The account waits until somebody approves or rejects it."),
        ),
        button=_("Open the request"),
        values={
            "requester": Value(_("Who asks."), "Dee Developer"),
            "email": Value(_("Their address."), "dee@example.com"),
            "company": Value(_("The company, as they wrote it; a dash for none."), "Example Pumps"),
            LINK: Value(_("The accounts that wait, in the console."), "/console/approvals/?kind=account"),
        },
    ),
    Kind.ACCOUNT_REJECTED: MailKind(
        title=_("Account rejected"),
        subject=_("Your request for an account was declined"),
        paragraphs=(_("Your request for an account was declined."),),
        quote="reason",
        button=_("Open the portal"),
        values={
            "reason": Value(
                _("Why, in the administrator's words; may be empty."),
                "Please use the address of your company.",
            ),
            LINK: Value(_("The portal."), "/portal/"),
        },
        optional=False,
    ),
    Kind.ACCOUNT_CONFIRMED: MailKind(
        title=_("Account confirmed"),
        subject=_("Your account is ready"),
        paragraphs=(
            _("Your address is confirmed and your account is active. You can sign in now."),
            _("The quick start leads to a first answer within minutes."),
        ),
        button=_("Sign in"),
        values={LINK: Value(_("The page to sign in."), "/portal/sign-in/")},
        optional=False,
    ),
    Kind.PASSWORD_RESET: MailKind(
        title=_("Password reset"),
        subject=_("Choose a new password"),
        paragraphs=(
            _("Somebody, probably you, asked for a new password for this account."),
            _(
                "The link works once, for %(hours)s hours. "
                "If it was not you, do nothing: your password stays."
            ),
        ),
        button=_("Choose a password"),
        values={"hours": _HOURS, LINK: Value(_("The page that takes the new password."), "/portal/sign-in/")},
        optional=False,
        opens=True,
    ),
    Kind.ADDRESS_CHANGED: MailKind(
        title=_("Address changed, to the old address"),
        subject=_("The address of your account has changed"),
        paragraphs=(
            _("Your account now has the address %(address)s. This one is not used any more."),
            _("If you did not change it, tell your administrator at once."),
        ),
        button=_("Open the portal"),
        values={
            "address": Value(_("The new address."), "dee.developer@example.com"),
            LINK: Value(_("The portal."), "/portal/"),
        },
        optional=False,
    ),
    Kind.ACCOUNT_CLOSED: MailKind(
        title=_("Account closed"),
        subject=_("Your account is closed"),
        paragraphs=(
            _("Your account has been closed, and its subscription keys do not work any more."),
            _("What it called stays in the statistics. Thank you for building with us."),
        ),
        button=_("Open the portal"),
        values={LINK: Value(_("The portal."), "/portal/")},
    ),
    Kind.SIGN_IN_CHANGED: MailKind(
        title=_("Sign-in changed"),
        subject=_("How you sign in has changed"),
        paragraphs=(
            _("%(what)s"),
            _("If this was neither you nor an administrator you asked, choose a new password at once."),
        ),
        button=_("Open your profile"),
        values={
            "what": Value(_("What changed, as a sentence."), "Your password was changed."),
            LINK: Value(_("The person's profile."), "/portal/profile/"),
        },
        optional=False,
    ),
    Kind.CANCELATION_MADE: MailKind(
        title=_("Canceled"),
        subject=_("%(what)s is canceled"),
        paragraphs=(
            _("%(by)s canceled %(what)s in %(application)s. The cancelation has the number %(number)s."),
            _("It can be reinstated by that number."),
        ),
        quote="note",
        button=_("Open the portal"),
        values=_CANCELED,
    ),
    Kind.CANCELATION_REINSTATED: MailKind(
        title=_("Reinstated"),
        subject=_("%(what)s is reinstated"),
        paragraphs=(
            _("%(by)s reinstated %(what)s in %(application)s. It was canceled under the number %(number)s."),
        ),
        quote="note",
        button=_("Open the portal"),
        values=_CANCELED,
    ),
    Kind.TEST: MailKind(
        title=_("Test mail"),
        subject=_("Mail from Millgate arrives"),
        paragraphs=(_("%(sender)s sent this from the console, to see whether mail arrives. It does."),),
        button=_("Open the console's mails"),
        values={
            "sender": Value(_("Who sent it."), "Ada Admin"),
            LINK: Value(_("The mails in the console."), "/console/mail/mail/"),
        },
        optional=False,
    ),
}


def opens(kind: str) -> bool:
    """Whether whoever reads a mail of this kind could use its link; of an unknown kind it is taken so."""
    return kind not in set(Kind) or KINDS[Kind(kind)].opens
