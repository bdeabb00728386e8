"""Forms for what people write for the portal. Each can be previewed: shown as the portal would, not saved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from millgate.control.catalogue.markdown import LONGEST, markdown
from millgate.control.catalogue.models import Connector, Post

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

    # Only the type checker's Django can be told of which model a form is.
    ConnectorModelForm: TypeAlias = forms.ModelForm[Connector]
    PostModelForm: TypeAlias = forms.ModelForm[Post]
    AnyModelForm: TypeAlias = forms.BaseModelForm[Any]
else:
    ConnectorModelForm = PostModelForm = forms.ModelForm
    AnyModelForm = forms.BaseModelForm

PREVIEW: Final = "_preview"
"""The button that shows a text as the portal would."""
LONGEST_KEY: Final = 76


class Previewed(AnyModelForm):
    """A form with a Markdown text, which can be looked at before it is saved.

    Attributes:
        text_field: the name of the field with the text.
        titled_by: the name of the field from which a key is made when none is given.
    """

    text_field = ""
    titled_by = ""

    def is_valid(self) -> bool:
        """Never while it is previewed, so that the page comes back with all that was typed."""
        return super().is_valid() and not self.previewed

    @property
    def previewed(self) -> bool:
        """Whether somebody wants to see it, and not to save it."""
        return PREVIEW in self.data

    @property
    def preview(self) -> SafeString:
        """The text as the portal would show it; nothing of one that is too long."""
        return markdown(str(self[self.text_field].value() or "")[:LONGEST])

    def clean(self) -> dict[str, Any]:
        """A new thing without a key gets one from its title."""
        cleaned = super().clean() or self.cleaned_data
        if "key" in self.fields and not cleaned.get("key") and "key" not in self.errors:
            cleaned["key"] = self._key(cleaned.get(self.titled_by) or "")
        return cleaned

    def _key(self, title: str) -> str:
        made = slugify(title)[:LONGEST_KEY].strip("-").replace("_", "-")
        made = "-".join(part for part in made.split("-") if part)
        if title and not made:
            self.add_error("key", ValidationError(_("Give a key; none can be made of this title.")))
        return made


def _key_field() -> forms.CharField:
    return forms.CharField(
        label=_("Key"),
        required=False,
        max_length=LONGEST_KEY,
        help_text=_("The last part of its address, for good. Empty: made from the title."),
    )


def _text_area(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "cols": 90, "class": "markdown"})


class ConnectorForm(Previewed, ConnectorModelForm):
    """A connector."""

    text_field = "description"
    titled_by = "name"
    key = _key_field()

    class Meta:
        model = Connector
        fields = "__all__"
        widgets = {
            "description": _text_area(18),
            "link": forms.URLInput(attrs={"size": 60}),
            "apis": forms.CheckboxSelectMultiple,
            "adapters": forms.CheckboxSelectMultiple,
        }


class PostForm(Previewed, PostModelForm):
    """A blog post."""

    text_field = "body"
    titled_by = "title"
    key = _key_field()

    class Meta:
        model = Post
        fields = ("title", "key", "summary", "author", "draft", "published_at", "body")
        widgets = {
            "summary": forms.Textarea(attrs={"rows": 2, "cols": 90}),
            "body": _text_area(24),
            "published_at": forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        }
        field_classes = {"published_at": forms.DateTimeField}
