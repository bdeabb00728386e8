"""Fields of forms are written as Django's own templates write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy, override

from millgate.control.site.form_rendering import _WRITERS, QuickForms

AWKWARD = "\"><script>alert('1')</script>&amp; Ü"
CHOICES: Any = [
    ("", "---------"),
    ("a&b", AWKWARD),
    (7, 12345),
    (None, gettext_lazy("Yes")),
    (AWKWARD, [("x", "X"), ("y", mark_safe("<b>Y</b>"))]),
    (gettext_lazy("No"), ()),
]
WIDGETS: list[tuple[forms.Widget, list[Any]]] = [
    (forms.TextInput({"size": 1234, "data-x": AWKWARD}), [None, "", AWKWARD, 1234.5, mark_safe("a&b")]),
    (forms.TextInput({"required": True, "disabled": False, "autofocus": ""}), ["x"]),
    (forms.HiddenInput(), [12345, "x"]),
    (forms.PasswordInput(), ["hidden"]),
    (forms.PasswordInput(render_value=True), ["shown"]),
    (forms.NumberInput({"min": 0, "step": 0.5}), [0, 12345, 0.25]),
    (forms.EmailInput(), ["a@example.com"]),
    (forms.URLInput(), ["https://example.com/?a=b&c"]),
    (forms.DateInput(), [datetime(2026, 11, 30, tzinfo=UTC).date()]),
    (forms.DateTimeInput(), [datetime(2026, 11, 30, 12, 0, tzinfo=UTC)]),
    (forms.TimeInput(), ["12:00"]),
    (forms.CheckboxInput(), [True, False, None, "on", AWKWARD]),
    (forms.Textarea({"class": AWKWARD}), [None, "", AWKWARD, "\nlines\n", 12345, mark_safe("<p>")]),
    (forms.Select(choices=CHOICES), [None, "", "a&b", 7, "y", AWKWARD]),
    (forms.Select(), [None]),
    (forms.SelectMultiple({"size": 4}, choices=CHOICES), [[], ["a&b", "x"], None]),
    (forms.NullBooleanSelect(), [None, True, "false"]),
    (forms.RadioSelect(choices=CHOICES[:3]), ["a&b"]),
    (forms.CheckboxSelectMultiple(choices=CHOICES[:3]), [["7"]]),
    (forms.SplitDateTimeWidget(), [datetime(2026, 11, 30, 12, 0, tzinfo=UTC)]),
]


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("field", range(len(WIDGETS)))
def test_a_field_is_written_as_django_writes_it(field: int, language: str) -> None:
    widget, values = WIDGETS[field]
    with override(language):
        for value in values:
            given = ("a & b", value, {"id": "id_x", "aria-label": AWKWARD})
            written = widget.render(*given, renderer=QuickForms())
            assert written == widget.render(*given, renderer=DjangoTemplates())
            assert "<script" not in written


class Typed(forms.Form):
    plain = forms.CharField(label=AWKWARD)
    lazy = forms.IntegerField(label=gettext_lazy("Yes"), required=False, help_text="how many")
    bare = forms.BooleanField(label="", label_suffix=mark_safe("<i>?</i>"))


@pytest.mark.parametrize("data", [None, {}, {"plain": AWKWARD, "lazy": AWKWARD, "bare": "on"}])
@pytest.mark.parametrize("how", ["as_p", "as_div", "as_table", "as_ul"])
def test_labels_and_faults_are_written_as_django_writes_them(how: str, data: dict[str, str] | None) -> None:
    quick, slow = (Typed(data, renderer=renderer) for renderer in (QuickForms(), DjangoTemplates()))
    assert getattr(quick, how)() == getattr(slow, how)()
    for one, other in zip(quick, slow, strict=True):
        attributes: dict[str, str | bool] = {"class": AWKWARD, "hidden": True, "open": False}
        assert one.label_tag(attrs=attributes) == other.label_tag(attrs=attributes)
        assert one.legend_tag(contents=AWKWARD) == other.legend_tag(contents=AWKWARD)
        assert str(one.errors) == str(other.errors)
        assert one.errors.as_ul() == other.errors.as_ul()


def test_every_template_that_is_written_is_one_of_django() -> None:
    for name in _WRITERS:
        assert DjangoTemplates().get_template(name)


def test_a_list_with_choices_of_its_own_is_rendered_from_its_templates() -> None:
    class Own(forms.Select):
        option_template_name = "django/forms/widgets/radio_option.html"

    own = Own(choices=[("a", "A"), ("b", "B")])
    written = own.render("x", "a", renderer=QuickForms())
    assert written == own.render("x", "a", renderer=DjangoTemplates())
    assert len(re.findall("<input", written)) == 2
