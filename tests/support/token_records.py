"""Token requests as the machine would have written them down, for tests of pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from millgate.control.clients.models import ClientApplication, ClientSecret


def used(
    secret: ClientSecret, *, ago: float, client: str = "10.0.0.7", library: str = "curl/8", times: int = 1
) -> None:
    """A secret was used, so many seconds ago."""
    from millgate.control.usage.models import SecretCaller, SecretUse  # noqa: PLC0415 - Django must be ready

    at = settings.CLOCK.now() - ago
    moments = {"first_at": at, "last_at": at}
    row, made = SecretUse.objects.get_or_create(
        secret=str(secret.pk),
        defaults={"application": str(secret.application.client_id), "times": times, **moments},
    )
    if not made:
        row.last_at, row.times = max(row.last_at, at), row.times + times
        row.save()
    SecretCaller.objects.update_or_create(
        secret=str(secret.pk), client=client, library=library, defaults={"times": times, **moments}
    )


def refused(
    application: ClientApplication,
    *,
    code: str = "MG706",
    hint: str = "",
    secret: ClientSecret | None = None,
    ago: float = 60,
    library: str = "curl/8",
) -> None:
    """A token request was refused, so many seconds ago."""
    from millgate.control.usage.models import TokenRefusal  # noqa: PLC0415 - Django must be ready

    at = settings.CLOCK.now() - ago
    TokenRefusal.objects.create(
        application=str(application.client_id),
        code=code,
        hint=hint,
        secret=str(secret.pk) if secret else "",
        client="10.0.0.9",
        library=library,
        request_id="5f0c7c26-0000-4000-8000-000000000001",
        first_at=at,
        last_at=at,
        times=3,
    )
