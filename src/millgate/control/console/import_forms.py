"""What is asked before a description is imported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypedDict

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from millgate.control.catalogue.models import Api
from millgate.control.catalogue.names import key_validator
from millgate.control.console.catalogue_forms import upstream_choices
from millgate.describe.reading.bounds import LARGEST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from millgate.control.catalogue.importing import Into
    from millgate.control.console.catalogue_forms import Choices

NEW: Final = "new-api"
REPLACE: Final = "replace"
REVISION: Final = "revision"
WAYS: Final = {
    NEW: _("A new API"),
    REPLACE: _("Replace the current revision of an API"),
    REVISION: _("A new revision of an API"),
}
_AS_DESCRIBED: Final = (
    "",
    _("As it is; of a new API, the address in the description, or else its examples"),
)
_MEBIBYTE: Final = 1024 * 1024


class Options(TypedDict):
    """How a description is imported: what `api_import_plan` takes."""

    key: str
    name: str
    suffix: str
    version: str
    upstream: str
    into: Into


class ImportForm(forms.Form):
    """A description, and what becomes of it."""

    file = forms.FileField(
        label=_("File"),
        required=False,
        help_text=_("OpenAPI 3.0 or 3.1, or Swagger 2.0, as JSON or YAML; at most %(most)s MB.")
        % {"most": LARGEST // _MEBIBYTE},
    )
    text = forms.CharField(
        label=_("Or its text"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false", "class": "code"}),
        help_text=_("For what is short; give a file otherwise."),
    )
    way = forms.ChoiceField(label=_("Becomes"), widget=forms.RadioSelect)
    api = forms.ModelChoiceField(
        Api.objects.all(),
        label=_("API"),
        required=False,
        help_text=_("Which is replaced, or gets a revision."),
    )
    key = forms.CharField(
        label=_("Key"),
        required=False,
        max_length=76,
        validators=[key_validator],
        help_text=_("Names a new API for good. Empty: made from its title."),
    )
    name = forms.CharField(label=_("Name"), required=False, max_length=200)
    suffix = forms.CharField(
        label=_("Suffix"),
        required=False,
        max_length=100,
        help_text=_("The first segment of its addresses behind the tier."),
    )
    version = forms.CharField(label=_("Version"), required=False, max_length=40)
    upstream = forms.ChoiceField(label=_("Upstream"), required=False)
    address = forms.CharField(
        label=_("Or the address of one"),
        required=False,
        max_length=2000,
        help_text=_("As in https://erp.example/api/v2. An HTTP upstream is made for it."),
    )

    def __init__(self, *args: Any, ways: Sequence[str], **kwargs: Any) -> None:  # noqa: ANN401 - passed on
        super().__init__(*args, **kwargs)
        self._offer("way", [(way, WAYS[way]) for way in ways])
        self._offer("upstream", [_AS_DESCRIBED, *upstream_choices()])

    def _offer(self, name: str, choices: Choices) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - as declared above
        field.choices = choices

    def clean(self) -> dict[str, Any]:
        """One description; an API where one is meant; one upstream."""
        cleaned = super().clean() or self.cleaned_data
        if "file" in cleaned and bool(cleaned["file"]) == bool(cleaned.get("text")):
            self.add_error("file", _("Give a file, or a text."))
        if cleaned.get("way") == NEW:
            cleaned["api"] = None
            if Api.objects.filter(key=cleaned.get("key", "")).exists():
                self.add_error("key", _("There is an API of this key. Replace it, or add a revision."))
        elif cleaned.get("way") and "api" in cleaned and not cleaned["api"]:
            self.add_error("api", _("Choose an API."))
        if cleaned.get("address") and cleaned.get("upstream"):
            self.add_error("address", _("Choose an upstream, or give an address."))
        return cleaned

    def clean_file(self) -> Any:  # noqa: ANN401 - as Django's own
        """A file that is not too large to be read."""
        file = self.cleaned_data["file"]
        if file and file.size > LARGEST:
            raise ValidationError(_("It is larger than %(most)s MB.") % {"most": LARGEST // _MEBIBYTE})
        return file

    def clean_address(self) -> str:
        """An address, which is told from the name of an upstream."""
        address = str(self.cleaned_data["address"])
        if address and "://" not in address:
            raise ValidationError(_("Begin it with http:// or https://."))
        return address

    def description(self) -> bytes:
        """What was given."""
        file = self.cleaned_data["file"]
        return bytes(file.read()) if file else str(self.cleaned_data["text"]).encode()

    def options(self) -> Options:
        """What becomes of it."""
        given = self.cleaned_data
        return {
            "key": given["api"].key if given["api"] else given["key"],
            "name": given["name"],
            "suffix": given["suffix"],
            "version": given["version"],
            "upstream": given["address"] or given["upstream"],
            "into": "new" if given["way"] == REVISION else "current",
        }
