"""APIs, adapters, limits and data sources as rows: drafts, until somebody publishes them."""

from typing import Any

import msgspec
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from millgate.control.audit.rows import Audited
from millgate.control.catalogue.content import Connector, Post
from millgate.control.catalogue.names import key_validator
from millgate.describe.model import Answer, Body, Parameter, VersionScheme
from millgate.snapshot.document import TIERS
from millgate.snapshot.policies.limits import LONGEST_RATE_PERIOD
from millgate.snapshot.upstreams import url_fault

__all__ = [
    "Adapter",
    "Api",
    "Connector",
    "DataSource",
    "Limit",
    "Operation",
    "Post",
    "Release",
    "Revision",
    "Upstream",
    "UpstreamHeader",
]


def tiers_default() -> list[str]:
    """Both tiers."""
    return list(TIERS)


def tiers_validate(value: Any) -> None:  # noqa: ANN401 - whatever JSON holds
    """Refuse anything but a list of tiers."""
    if not isinstance(value, list) or not set(value) <= set(TIERS):
        raise ValidationError(_("Choose among %(tiers)s."), params={"tiers": ", ".join(TIERS)})


def parameters_validate(value: Any) -> None:  # noqa: ANN401 - whatever JSON holds
    """Refuse anything but a list of described parameters, saying what is wrong where."""
    try:
        msgspec.convert(value, tuple[Parameter, ...])
    except msgspec.ValidationError as wrong:
        raise ValidationError(_("Not a list of parameters: %(why)s"), params={"why": str(wrong)}) from wrong


def body_validate(value: Any) -> None:  # noqa: ANN401 - whatever JSON holds
    """Refuse anything but a described body, or nothing."""
    try:
        msgspec.convert(value, Body | None)
    except msgspec.ValidationError as wrong:
        raise ValidationError(_("Not a body: %(why)s"), params={"why": str(wrong)}) from wrong


def answers_validate(value: Any) -> None:  # noqa: ANN401 - whatever JSON holds
    """Refuse anything but a list of described answers, saying what is wrong where."""
    try:
        msgspec.convert(value, tuple[Answer, ...])
    except msgspec.ValidationError as wrong:
        raise ValidationError(_("Not a list of answers: %(why)s"), params={"why": str(wrong)}) from wrong


def tags_validate(value: Any) -> None:  # noqa: ANN401 - whatever JSON holds
    """Refuse anything but a list of texts."""
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValidationError(_("Not a list of texts."))


def definitions_validate(value: Any) -> None:  # noqa: ANN401 - whatever JSON holds
    """Refuse anything but schemas by name."""
    if not isinstance(value, dict) or not all(isinstance(item, dict) for item in value.values()):
        raise ValidationError(_("Not schemas by name."))


class Api(Audited):
    """One API in one version. Its operations are those of its current revision."""

    class Kind(models.TextChoices):
        """Whose data an API speaks of."""

        SYSTEM = "system", _("System")
        BUSINESS_PROCESS = "business process", _("Business process")

    key = models.CharField(
        _("key"),
        max_length=76,
        unique=True,
        validators=[key_validator],
        help_text=_("Names the API for good, as in job-tracking."),
    )
    name = models.CharField(_("name"), max_length=200)
    description = models.TextField(_("description"), blank=True)
    kind = models.CharField(
        _("kind"),
        max_length=20,
        choices=Kind.choices,
        default=Kind.SYSTEM,
        help_text=_("System: the data of one application. Business process: made of several."),
    )
    suffix = models.CharField(
        _("suffix"), max_length=100, help_text=_("The first segment of its addresses behind the tier.")
    )
    version = models.CharField(_("version"), max_length=40, default="v1")
    upstream = models.CharField(
        _("upstream"), max_length=100, default="plant", help_text=_("The backend that answers.")
    )
    tiers = models.JSONField(_("tiers"), default=tiers_default, blank=True, validators=[tiers_validate])
    subscription_required = models.BooleanField(_("subscription required"), default=True)
    bearer_required = models.BooleanField(
        _("access token required"),
        default=True,
        help_text=_("Off: calls need no token of ours, and run for no application."),
    )
    key_header = models.CharField(_("header of the key"), max_length=100, default="Ocp-Apim-Subscription-Key")
    key_query = models.CharField(_("query name of the key"), max_length=100, default="subscription-key")
    version_scheme = models.CharField(
        _("version is named by"),
        max_length=10,
        choices=[
            (VersionScheme.SEGMENT.value, _("the segment behind the suffix")),
            (VersionScheme.QUERY.value, _("a query parameter")),
            (VersionScheme.HEADER.value, _("a header")),
            (VersionScheme.ORIGINAL.value, _("nothing (the original)")),
        ],
        default=VersionScheme.SEGMENT.value,
        help_text=_("The same for all versions below one suffix, but for the original."),
    )
    version_name = models.CharField(
        _("query parameter or header"), max_length=100, blank=True, help_text=_("Which names the version.")
    )
    definitions = models.JSONField(
        _("definitions"), default=dict, blank=True, validators=[definitions_validate]
    )
    revision = models.PositiveIntegerField(_("current revision"), default=1, editable=False)
    online = models.BooleanField(
        _("online"), default=True, help_text=_("Off: the current revision answers nothing.")
    )
    release_note = models.TextField(_("release note"), blank=True, editable=False)
    deprecated = models.BooleanField(
        _("deprecated"),
        default=False,
        help_text=_("Still answers. The portal tells developers not to begin with this version."),
    )
    deprecation_note = models.CharField(
        _("what to use instead"),
        max_length=500,
        blank=True,
        help_text=_("Shown beside the badge, as in: Use version v2."),
    )
    sunset_on = models.DateField(
        _("answers until"),
        null=True,
        blank=True,
        help_text=_("The day after which it may be gone. Empty: not decided."),
    )

    class Meta:
        verbose_name = _("API")
        verbose_name_plural = _("APIs")
        ordering = ("name", "version")

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class Operation(Audited):
    """One operation of an API."""

    class Method(models.TextChoices):
        """The methods that can be published."""

        GET = "GET", "GET"
        HEAD = "HEAD", "HEAD"
        POST = "POST", "POST"
        PUT = "PUT", "PUT"
        PATCH = "PATCH", "PATCH"
        DELETE = "DELETE", "DELETE"
        OPTIONS = "OPTIONS", "OPTIONS"

    api = models.ForeignKey(Api, on_delete=models.CASCADE, related_name="operations", verbose_name=_("API"))
    position = models.PositiveIntegerField(_("position"), default=0)
    key = models.CharField(_("key"), max_length=76, validators=[key_validator])
    method = models.CharField(_("method"), max_length=10, choices=Method.choices, default=Method.GET)
    template = models.CharField(
        _("template"), max_length=300, help_text=_("The path below the version, as in /Parts/{PartKey}.")
    )
    name = models.CharField(_("name"), max_length=300)
    target = models.CharField(
        _("target"), max_length=200, help_text=_("Which operation of the upstream answers.")
    )
    summary = models.CharField(_("summary"), max_length=500, blank=True)
    parameters = models.JSONField(_("parameters"), default=list, blank=True, validators=[parameters_validate])
    description = models.TextField(_("description"), blank=True, help_text=_("Markdown."))
    deprecated = models.BooleanField(_("deprecated"), default=False)
    tags = models.JSONField(_("tags"), default=list, blank=True, validators=[tags_validate])
    body = models.JSONField(_("request body"), null=True, blank=True, validators=[body_validate])
    answers = models.JSONField(_("answers"), default=list, blank=True, validators=[answers_validate])

    class Meta:
        verbose_name = _("operation")
        verbose_name_plural = _("operations")
        ordering = ("position", "key")
        constraints = [
            models.UniqueConstraint(
                fields=("api", "key"),
                name="catalogue_operation_once",
                violation_error_message=_("The API has an operation of this key already."),
            )
        ]

    def __str__(self) -> str:
        return self.name


class Revision(Audited):
    """A revision of an API that is not the current one, as it stands."""

    api = models.ForeignKey(Api, on_delete=models.CASCADE, related_name="revisions", verbose_name=_("API"))
    number = models.PositiveIntegerField(_("number"))
    online = models.BooleanField(
        _("online"), default=True, help_text=_("Off: its address answers as if it were not there.")
    )
    note = models.TextField(_("release note"), blank=True)
    upstream = models.CharField(_("upstream"), max_length=100)
    operations = models.JSONField(_("operations"), default=list)
    definitions = models.JSONField(_("definitions"), default=dict, validators=[definitions_validate])
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("revision")
        verbose_name_plural = _("revisions")
        ordering = ("-number",)
        constraints = [
            models.UniqueConstraint(fields=("api", "number"), name="catalogue_revision_once"),
        ]

    def __str__(self) -> str:
        return f"{self.api} ;rev={self.number}"


class Release(Audited):
    """A revision that was made current, with its note: a line of the change log."""

    api = models.ForeignKey(Api, on_delete=models.CASCADE, related_name="releases", verbose_name=_("API"))
    revision = models.PositiveIntegerField(_("revision"))
    note = models.TextField(_("release note"), blank=True)
    released_at = models.DateTimeField(_("released"))
    released_by = models.CharField(_("by"), max_length=254, blank=True)

    class Meta:
        verbose_name = _("release")
        verbose_name_plural = _("releases")
        ordering = ("-released_at", "-pk")

    def __str__(self) -> str:
        return f"{self.api} ;rev={self.revision}"


class Adapter(Audited):
    """A product: the APIs that one subscription opens, and under which limits."""

    key = models.CharField(
        _("key"),
        max_length=76,
        unique=True,
        validators=[key_validator],
        help_text=_("Names the adapter for good, as in production-management."),
    )
    name = models.CharField(_("name"), max_length=200)
    description = models.TextField(_("description"), blank=True)
    terms = models.TextField(
        _("terms of use"), blank=True, help_text=_("Accepted by whoever subscribes, when there are any.")
    )
    apis = models.ManyToManyField(Api, blank=True, related_name="adapters", verbose_name=_("APIs"))
    tiers = models.JSONField(_("tiers"), default=tiers_default, blank=True, validators=[tiers_validate])
    all_apis_on_test = models.BooleanField(
        _("all APIs on the test tier"), default=False, help_text=_("Also opens every API on the test tier.")
    )
    subscription_required = models.BooleanField(
        _("subscription required"), default=True, help_text=_("Off: its APIs can be called without a key.")
    )
    approval_required = models.BooleanField(
        _("approval required"), default=True, help_text=_("An administrator approves each subscription.")
    )
    subscriptions_limit = models.PositiveIntegerField(
        _("subscription limit"),
        null=True,
        blank=True,
        help_text=_("How many subscriptions one person may have. Empty: any number."),
    )
    published = models.BooleanField(
        _("shown on the portal"), default=True, help_text=_("Keys work either way.")
    )
    ratelimit_fields = models.BooleanField(
        _("RateLimit fields"),
        default=False,
        help_text=_("Answers tell in RateLimit and RateLimit-Policy how much is left."),
    )

    class Meta:
        verbose_name = _("adapter")
        verbose_name_plural = _("adapters")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Limit(Audited):
    """How much one subscription to an adapter may call."""

    class Kind(models.TextChoices):
        """What is counted, and in which kind of window."""

        RATE = "rate", _("Rate limit (calls)")
        CALLS = "calls", _("Quota (calls)")
        BANDWIDTH = "bandwidth", _("Quota (kilobytes)")

    adapter = models.ForeignKey(
        Adapter, on_delete=models.CASCADE, related_name="limits", verbose_name=_("adapter")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.RATE)
    amount = models.PositiveBigIntegerField(_("amount"), help_text=_("Calls, or kilobytes."))
    period = models.PositiveIntegerField(
        _("period"),
        help_text=_("Seconds; at most %(most)s for a rate limit. 0 is a quota for life.")
        % {"most": LONGEST_RATE_PERIOD},
        validators=[MaxValueValidator(10 * 366 * 86400)],
    )
    api = models.ForeignKey(
        Api,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="limits",
        verbose_name=_("only API"),
    )
    operation = models.CharField(
        _("only operation"), max_length=76, blank=True, help_text=_("By key; empty: all of them.")
    )
    remaining_header = models.CharField(
        _("header with the rest"), max_length=100, blank=True, help_text=_("Empty: answers do not tell it.")
    )
    total_header = models.CharField(
        _("header with the amount"), max_length=100, blank=True, help_text=_("Empty: answers do not tell it.")
    )

    class Meta:
        verbose_name = _("limit")
        verbose_name_plural = _("limits")
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount} / {self.period} s"


def urls_validate(value: Any) -> None:  # noqa: ANN401 - whatever JSON holds
    """Refuse anything but a list of base addresses."""
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValidationError(_("Not a list of addresses."))
    for item in value:
        fault = url_fault(item)
        if fault:
            raise ValidationError(_("%(url)s: %(why)s"), params={"url": item, "why": fault})


class Upstream(Audited):
    """An HTTP service to which calls are forwarded."""

    key = models.CharField(_("key"), max_length=76, unique=True, validators=[key_validator])
    name = models.CharField(_("name"), max_length=200)
    description = models.TextField(_("description"), blank=True)
    production_urls = models.JSONField(
        _("addresses of the production tier"), default=list, blank=True, validators=[urls_validate]
    )
    test_urls = models.JSONField(
        _("addresses of the test tier"), default=list, blank=True, validators=[urls_validate]
    )
    connect_seconds = models.FloatField(_("seconds to connect"), default=5.0)
    total_seconds = models.FloatField(_("seconds to answer"), default=30.0)
    retries = models.PositiveIntegerField(
        _("retries"), default=1, help_text=_("Of calls that can be repeated safely.")
    )
    most_connections = models.PositiveIntegerField(_("connections at most"), default=100)
    breaker_failures = models.PositiveIntegerField(
        _("failures until it rests"), default=5, help_text=_("In a row. 0: it never rests.")
    )
    breaker_seconds = models.FloatField(_("seconds of rest"), default=10.0)
    health_path = models.CharField(
        _("health address"), max_length=300, blank=True, help_text=_("As in /health. Empty: it is not asked.")
    )
    health_seconds = models.FloatField(_("seconds between health checks"), default=10.0)
    identity = models.BooleanField(
        _("tell who calls"), default=True, help_text=_("In X-Millgate headers that no caller can forge.")
    )
    forward_authorization = models.BooleanField(
        _("forward Authorization"), default=False, help_text=_("Hands the caller's token on.")
    )
    preserve_host = models.BooleanField(_("keep the caller's Host"), default=False)
    ca_pem = models.TextField(
        _("certificates to trust"), blank=True, help_text=_("PEM; besides those of the machine.")
    )

    class Meta:
        verbose_name = _("upstream")
        verbose_name_plural = _("upstreams")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class UpstreamHeader(Audited):
    """A header that each forwarded call carries; its value is sealed."""

    upstream = models.ForeignKey(
        Upstream, on_delete=models.CASCADE, related_name="headers", verbose_name=_("upstream")
    )
    name = models.CharField(_("name"), max_length=100)
    sealed = models.BinaryField(_("value"))

    class Meta:
        verbose_name = _("header")
        verbose_name_plural = _("headers")
        ordering = ("name",)
        constraints = [
            models.UniqueConstraint(fields=("upstream", "name"), name="catalogue_upstream_header_once"),
        ]

    def __str__(self) -> str:
        return self.name


class DataSource(Audited):
    """Somebody's own database, with the declaration of what of it is published.

    Its API is a row of its own, made from the declaration, so that adapters and limits can name it.
    """

    class Format(models.TextChoices):
        """How the declaration is written."""

        TOML = "toml", "TOML"
        YAML = "yaml", "YAML"

    key = models.CharField(_("key"), max_length=76, unique=True, validators=[key_validator])
    name = models.CharField(_("name"), max_length=200)
    format = models.CharField(_("format"), max_length=4, choices=Format.choices, default=Format.TOML)
    declaration = models.TextField(_("declaration"))
    production_sealed = models.BinaryField(_("database of the production tier"), blank=True, default=b"")
    test_sealed = models.BinaryField(_("database of the test tier"), blank=True, default=b"")
    enabled = models.BooleanField(
        _("enabled"), default=True, help_text=_("Off: the next publication takes its API away.")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("data source")
        verbose_name_plural = _("data sources")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name
