"""Why token requests of an application were refused, and how that is mended."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from millgate.control.clients.models import ClientSecret
from millgate.control.clients.moments import ago
from millgate.control.usage.selectors import token_refusals
from millgate.core.errors import CATALOGUE
from millgate.core.hints import CAUSES, SecretHint
from millgate.stores.retention import DAY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.utils.functional import Promise

    from millgate.control.clients.models import ClientApplication
    from millgate.control.usage.models import TokenRefusal

SHOWN: Final = 20
"""How many kinds of refused requests a page lists."""

_REMEDIES: Final[dict[SecretHint, str | Promise]] = {
    SecretHint.PLUS_AS_SPACE: _(
        "In a form body + means a space. Write + as %2B, / as %2F and = as %3D, or have a library do it."
    ),
    SecretHint.ENCODED_TWICE: _("Hand the secret as it is to a library that encodes the form itself."),
    SecretHint.PADDING_CUT: _(
        "The secret has 44 characters, the last of them an =. Split a line NAME=VALUE at its first = alone."
    ),
    SecretHint.WHITESPACE: _("Take the line break or space away where the secret is read."),
    SecretHint.QUOTED: _(
        "Leave the quotation marks out; env files of containers keep them as part of the value."
    ),
    SecretHint.BASE64: _(
        "Decode it before it is sent. In Kubernetes the data of a Secret is base64; stringData is not."
    ),
    SecretHint.URL_SAFE: _("Send + and / as they were shown, percent-encoded; do not replace them."),
    SecretHint.SEVERAL: _("Keep the secret exactly as it was shown, and let a library write the form body."),
    SecretHint.EXPIRED: _("Add a new secret and give it to the program that still sends this one."),
    SecretHint.EXPIRED_BY_HAND: _("Somebody expired it. Give the program that still sends it the new one."),
    SecretHint.DISABLED: _("An administrator enables the application, or its company, in the console."),
    SecretHint.OTHER_TENANT: _(
        "Use the token address without a tenant, or the tenant of the application's PCN."
    ),
    SecretHint.ON_DEMAND: _("Nothing is wrong with the request. An administrator switches the rule off."),
}
_READING: Final[dict[SecretHint, str]] = {
    SecretHint.PADDING_CUT: "CLIENT_SECRET=\"$(grep '^CLIENT_SECRET=' app.env | cut -d= -f2-)\"",
    SecretHint.WHITESPACE: "CLIENT_SECRET=\"$(tr -d '\\r\\n ' < client-secret.txt)\"",
    SecretHint.QUOTED: 'CLIENT_SECRET="$(tr -d \'"\\r\\n\' < client-secret.txt)"',
    SecretHint.BASE64: 'CLIENT_SECRET="$(base64 --decode < client-secret.b64)"',
}
"""How the secret is read, where that was the fault; in sh."""
_WITHOUT_SAMPLE: Final = frozenset(
    {
        SecretHint.EXPIRED,
        SecretHint.EXPIRED_BY_HAND,
        SecretHint.DISABLED,
        SecretHint.OTHER_TENANT,
        SecretHint.ON_DEMAND,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Token requests that were refused alike.

    Attributes:
        last: when it last happened.
        ago: the same as people say it.
        times: how often.
        client, library: from where, and with which program.
        request_id: of the last one, by which the log has it.
        code: of the catalogue.
        said: what the caller was told, by its name and number.
        cause: what probably happened; empty where nothing is known.
        secret: the secret that was meant, if one was.
        remedy: what to do.
        sample: how it is done right, for a shell; empty where that is no question of code.
    """

    last: datetime
    ago: str
    times: int
    client: str
    library: str
    request_id: str
    code: str
    said: str
    cause: str
    secret: ClientSecret | None
    remedy: str
    sample: str


def refused_requests(application: ClientApplication) -> list[Refused]:
    """The refused token requests of the last weeks, those with a known cause first, then the last first."""
    rows = list(token_refusals([str(application.client_id)]))
    rows.sort(key=lambda row: not row.hint)
    keys = [row.secret for row in rows if row.secret]
    secrets = {str(row.pk): row for row in ClientSecret.objects.filter(application=application, pk__in=keys)}
    now = settings.CLOCK.utc()
    return [_refused(row, application, secrets.get(row.secret), now) for row in rows[:SHOWN]]


def refused_with_cause(applications: Iterable[ClientApplication]) -> dict[str, int]:
    """By client id, how many kinds of refused requests of the last day have a known cause."""
    since = settings.CLOCK.now() - DAY
    rows = token_refusals(str(item.client_id) for item in applications).exclude(hint="")
    found: dict[str, int] = {}
    for client_id in rows.filter(last_at__gte=since).values_list("application", flat=True):
        found[client_id] = found.get(client_id, 0) + 1
    return found


def _refused(
    row: TokenRefusal, application: ClientApplication, secret: ClientSecret | None, now: datetime
) -> Refused:
    problem, last = CATALOGUE.get(row.code), datetime.fromtimestamp(row.last_at, UTC)
    hint = SecretHint(row.hint) if row.hint in CAUSES else None
    return Refused(
        last=last,
        ago=ago(last, now),
        times=row.times,
        client=row.client,
        library=row.library,
        request_id=row.request_id,
        code=row.code,
        said=f"{problem.title}, AADSTS{problem.numbers[-1]}" if problem else "",
        cause=_now(CAUSES[hint]) if hint else "",
        secret=secret,
        remedy=str(_REMEDIES[hint]) if hint else _now(problem.remedy if problem else ""),
        sample=token_sample(application, hint) if hint and hint not in _WITHOUT_SAMPLE else "",
    )


def token_sample(application: ClientApplication, hint: SecretHint | None = None) -> str:
    """A token request that encodes what it sends, with the fault of a hint mended."""
    ours = settings.MILLGATE
    request = " \\\n  ".join(
        (
            f"curl {shlex.quote(ours.public_origin + '/oauth2/v1/token')}",
            "--data grant_type=client_credentials",
            f"--data client_id={application.client_id}",
            '--data-urlencode client_secret="$CLIENT_SECRET"',
            f"--data-urlencode resource={shlex.quote(ours.resource)}",
        )
    )
    reading = _READING.get(hint, "") if hint else ""
    return f"{reading}\n{request}" if reading else request
