"""What people allowed programs, and what is revoked. Machines write these tables by SQL, see `stores.grants`.

Times are seconds since the epoch. Codes and tokens are not kept, only digests of them.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Family(models.Model):
    """All codes and tokens that come of one time that somebody allowed a program something."""

    id = models.CharField(_("ID"), max_length=32, primary_key=True)
    account = models.TextField(_("account"))
    client_id = models.TextField(_("client ID"))
    body = models.TextField(_("grant"), help_text=_("What was allowed, as JSON."))
    until = models.BigIntegerField(_("expires"), help_text=_("When the last handle expires."))
    ended_at = models.BigIntegerField(_("ended"), null=True)

    class Meta:
        db_table = "tokens_family"
        verbose_name = _("family of tokens")
        verbose_name_plural = _("families of tokens")
        indexes = [
            models.Index(fields=("account", "client_id"), name="tokens_family_of"),
            models.Index(fields=("until",), name="tokens_family_until"),
        ]

    def __str__(self) -> str:
        return self.id


class Handle(models.Model):
    """A code or a refresh token, exchanged once."""

    digest = models.CharField(_("digest"), max_length=64, primary_key=True)
    kind = models.CharField(_("kind"), max_length=7)
    family = models.ForeignKey(Family, on_delete=models.CASCADE, related_name="handles")
    until = models.BigIntegerField(_("expires"))
    used_at = models.BigIntegerField(_("used"), null=True)

    class Meta:
        db_table = "tokens_handle"
        verbose_name = _("handle")
        verbose_name_plural = _("handles")

    def __str__(self) -> str:
        return self.kind


class AccessToken(models.Model):
    """An access token of a family, so that it can be revoked with it."""

    digest = models.CharField(_("digest"), max_length=64, primary_key=True)
    family = models.ForeignKey(Family, on_delete=models.CASCADE, related_name="access_tokens")
    until = models.BigIntegerField(_("expires"), db_index=True)

    class Meta:
        db_table = "tokens_access"
        verbose_name = _("access token")
        verbose_name_plural = _("access tokens")

    def __str__(self) -> str:
        return self.digest[:8]


class RevokedToken(models.Model):
    """An access token that is refused before it expires. Numbers only grow: workers look for newer ones."""

    number = models.BigAutoField(primary_key=True)
    digest = models.CharField(_("digest"), max_length=64, unique=True)
    until = models.BigIntegerField(_("expires"))

    class Meta:
        db_table = "tokens_revoked"
        verbose_name = _("revoked token")
        verbose_name_plural = _("revoked tokens")

    def __str__(self) -> str:
        return self.digest[:8]
