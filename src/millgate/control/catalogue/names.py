"""How things of the catalogue are called."""

from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

key_validator = RegexValidator(
    r"\A[a-z0-9]+(?:-[a-z0-9]+)*\Z", _("Use lower case letters, digits and single dashes.")
)
