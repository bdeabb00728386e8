"""What signing up and signing in leave in tables. Nobody decides it: what is done has entries."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from millgate.control.accounts.browsers import browser_name

PERSON = "accounts.Person"


class SignUp(models.Model):
    """Somebody who signed up and has not confirmed the address; there is no account yet."""

    digest = models.CharField(max_length=64, unique=True)
    email = models.EmailField()
    first_name = models.CharField(max_length=100)
    last_name = models.CharField(max_length=100)
    company = models.CharField(max_length=200, blank=True)
    hat = models.CharField(max_length=20, default="developer")
    language = models.CharField(max_length=10, blank=True)
    password = models.CharField(max_length=128)
    terms_accepted_at = models.DateTimeField(null=True)
    address = models.CharField(max_length=45, blank=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        app_label = "accounts"
        verbose_name = _("sign-up")
        default_permissions = ()
        indexes = [
            models.Index(fields=("email", "made_at"), name="accounts_signup_email"),
            models.Index(fields=("address", "made_at"), name="accounts_signup_address"),
            models.Index(fields=("expires_at",), name="accounts_signup_expires"),
        ]

    def __str__(self) -> str:
        return self.email


class LinkPurpose(models.TextChoices):
    """What a link in a mail does."""

    PASSWORD_RESET = "password-reset"  # noqa: S105 - a purpose
    ADDRESS_CHANGE = "address-change"


class AccountLink(models.Model):
    """A link that was mailed to a person, by the digest of its secret. It is removed when it is used."""

    digest = models.CharField(max_length=64, unique=True)
    purpose = models.CharField(max_length=20, choices=LinkPurpose.choices)
    person = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="+")
    email = models.EmailField(blank=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        app_label = "accounts"
        verbose_name = _("account link")
        default_permissions = ()
        indexes = [models.Index(fields=("expires_at",), name="accounts_link_expires")]

    def __str__(self) -> str:
        return self.purpose


class PersonSession(models.Model):
    """A browser in which a person is signed in."""

    person = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="sessions")
    session_key = models.CharField(max_length=40, unique=True)
    address = models.CharField(max_length=45, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)
    signed_in_at = models.DateTimeField()

    class Meta:
        app_label = "accounts"
        verbose_name = _("session")
        default_permissions = ()
        ordering = ("-signed_in_at",)

    def __str__(self) -> str:
        return browser_name(self.user_agent)


class SignInTries(models.Model):
    """How often somebody tried lately. What was typed for a name is kept as a digest."""

    digest = models.CharField(max_length=64, unique=True)
    person = models.ForeignKey(PERSON, on_delete=models.CASCADE, null=True, related_name="tries")
    address = models.CharField(max_length=45, blank=True)
    tries = models.PositiveIntegerField(default=0)
    most = models.PositiveIntegerField()
    since = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        app_label = "accounts"
        verbose_name = _("sign-in tries")
        default_permissions = ()
        indexes = [models.Index(fields=("last_at",), name="accounts_tries_last")]

    def __str__(self) -> str:
        return f"{self.tries}/{self.most}"


class SecondFactor(models.Model):
    """A person's authenticator app: the sealed secret that it shares, and the last step that was used."""

    person = models.OneToOneField(PERSON, on_delete=models.CASCADE, related_name="second_factor")
    sealed = models.BinaryField()
    last_step = models.BigIntegerField(default=0)
    made_at = models.DateTimeField()

    class Meta:
        app_label = "accounts"
        verbose_name = _("second factor")
        default_permissions = ()

    def __str__(self) -> str:
        return str(_("Authenticator app"))


class RecoveryCode(models.Model):
    """A code for whoever has lost the app, by its digest. It is removed when it is used."""

    person = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64, unique=True)

    class Meta:
        app_label = "accounts"
        verbose_name = _("recovery code")
        default_permissions = ()

    def __str__(self) -> str:
        return str(_("Recovery code"))
