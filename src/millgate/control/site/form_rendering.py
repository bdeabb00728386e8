"""The fields of forms, written without a template for each.

Django renders every input, its label, its faults (if it has none, too) and every choice of a list from
templates of one line, with another for their attributes: two thirds of the time of a page with a long form.
Those are written here, character by character the same. All others are rendered from their templates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.forms.renderers import DjangoTemplates
from django.utils.formats import localize
from django.utils.html import conditional_escape, escape
from django.utils.safestring import SafeString

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.http import HttpRequest

_FOLDER: Final = "django/forms/widgets"
_OPTION: Final = f"{_FOLDER}/select_option.html"
_INPUTS: Final = (
    *("checkbox", "color", "date", "datetime", "email", "hidden", "input", "number", "password", "search"),
    *("tel", "text", "time", "url"),
)


class QuickForms(DjangoTemplates):
    """Django's own renderer of forms, with the most usual fields written directly."""

    def render(
        self, template_name: str, context: Mapping[str, Any], request: HttpRequest | None = None
    ) -> SafeString:
        """The field, or what stands around it, as HTML."""
        write = _WRITERS.get(template_name)
        written = None if write is None else write(context)
        return SafeString(
            super().render(template_name, dict(context), request) if written is None else written
        )


def _plain(widget: Mapping[str, Any]) -> bool:
    """Whether the choices of a list are written as Django writes them."""
    groups = widget["optgroups"]
    return all(option["template_name"] == _OPTION for _name, options, _index in groups for option in options)


def _label(context: Mapping[str, Any]) -> str:
    label, tag = _shown(context["label"]), context["tag"]
    return f"<{tag}{_attributes(context)}>{label}</{tag}>".strip() if context["use_tag"] else label.strip()


def _no_faults(context: Mapping[str, Any]) -> str | None:
    return None if context["errors"] else ""


def _input(context: Mapping[str, Any]) -> str:
    widget = context["widget"]
    value = widget["value"]
    said = "" if value is None else f' value="{_text(value)}"'
    return f'<input type="{_text(widget["type"])}" name="{_text(widget["name"])}"{said}{_attributes(widget)}>'


def _textarea(context: Mapping[str, Any]) -> str:
    widget = context["widget"]
    value = _shown(widget["value"]) if widget["value"] else ""
    return f'<textarea name="{_text(widget["name"])}"{_attributes(widget)}>\n{value}</textarea>'


def _select(context: Mapping[str, Any]) -> str | None:
    widget = context["widget"]
    if not _plain(widget):
        return None
    groups = "".join(_group(name, options) for name, options, _index in widget["optgroups"])
    return f'<select name="{_text(widget["name"])}"{_attributes(widget)}>{groups}\n</select>'


def _group(name: Any, options: list[dict[str, Any]]) -> str:  # noqa: ANN401 - a text, perhaps a lazy one
    written = "".join(f"\n  {_option(option)}\n" for option in options)
    return f'\n  <optgroup label="{_shown(name)}">{written}\n  </optgroup>' if name else written


def _option(widget: Mapping[str, Any]) -> str:
    return f'<option value="{_text(widget["value"])}"{_attributes(widget)}>{_shown(widget["label"])}</option>'


def _attributes(widget: Mapping[str, Any]) -> str:
    return "".join(
        f" {escape(name)}" if value is True else f' {escape(name)}="{_text(value)}"'
        for name, value in widget["attrs"].items()
        if value is not False
    )


def _text(value: Any) -> str:  # noqa: ANN401 - whatever a field holds
    """As it is, not in the way of a language."""
    return conditional_escape(value if isinstance(value, SafeString) else str(value))


def _shown(value: Any) -> str:  # noqa: ANN401 - whatever a field holds
    """As a page says it."""
    return conditional_escape(localize(value))


_WRITERS: Final[dict[str, Callable[[Mapping[str, Any]], str | None]]] = {
    **{f"{_FOLDER}/{name}.html": _input for name in _INPUTS},
    f"{_FOLDER}/textarea.html": _textarea,
    f"{_FOLDER}/select.html": _select,
    "django/forms/label.html": _label,
    "django/forms/errors/list/default.html": _no_faults,
    "django/forms/errors/list/ul.html": _no_faults,
}
