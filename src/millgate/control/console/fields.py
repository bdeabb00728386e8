"""Fields of the console's forms that Django has none for: lists by line, JSON told by place, secrets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NoReturn

import msgspec
from django import forms
from django.core.exceptions import ValidationError
from django.forms.fields import InvalidJSONInput
from django.utils.translation import gettext_lazy as _

from millgate.describe.reading.bounds import DEEPEST

if TYPE_CHECKING:
    from collections.abc import Callable

LARGEST_TYPED: Final = 500_000
"""Bytes of JSON up to which a value is edited on a page. Django takes five times as much from one form, and
a value is longer there, on lines."""

_WIDTH: Final = 80


class Unrepeated(forms.TextInput):
    """Shows what is typed, and never sends it back: it may be a secret."""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:  # noqa: ANN401
        """What the template gets: all but the value."""
        del value
        return super().get_context(name, None, attrs)


class LinesField(forms.CharField):
    """A list of texts, one on each line; empty lines count for nothing."""

    def __init__(self, *, rows: int = 3, **named: Any) -> None:  # noqa: ANN401 - passed on
        widget = forms.Textarea(attrs={"rows": rows, "cols": _WIDTH, "spellcheck": "false"})
        super().__init__(required=False, widget=widget, **named)

    def prepare_value(self, value: Any) -> Any:  # noqa: ANN401 - as Django's own
        """The text of a list."""
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:  # noqa: ANN401 - as Django's own
        """The list."""
        text = self.prepare_value(value) or ""
        return [line.strip() for line in text.splitlines() if line.strip()]


class JsonArea(forms.JSONField):
    """A JSON value as text on lines, with what is wrong told by line and column.

    Args:
        nothing: makes the value of an empty text.
        check: a validator of the value.
    """

    def __init__(
        self,
        *,
        nothing: Callable[[], Any],
        check: Callable[[Any], None] | None = None,
        rows: int = 6,
        **named: Any,  # noqa: ANN401 - passed on
    ) -> None:
        widget = forms.Textarea(attrs={"rows": rows, "cols": _WIDTH, "spellcheck": "false", "class": "code"})
        validators = [check] if check else []
        super().__init__(required=False, widget=widget, validators=validators, **named)
        self._nothing = nothing

    def prepare_value(self, value: Any) -> Any:  # noqa: ANN401 - as Django's own
        """The text of a value; of nothing, an empty one."""
        if isinstance(value, InvalidJSONInput):
            return value
        return "" if value == self._nothing() else json.dumps(value, indent=2, ensure_ascii=False)

    def bound_data(self, data: Any, initial: Any) -> Any:  # noqa: ANN401 - as Django's own
        """What was typed, as it was typed."""
        del initial
        return InvalidJSONInput(data or "")

    def to_python(self, value: Any) -> Any:  # noqa: ANN401 - as Django's own
        """The value.

        Raises:
            ValidationError: it is not JSON, or none that can be kept.
        """
        if value in self.empty_values:
            return self._nothing()
        try:
            found = json.loads(value, parse_constant=_no_constant)
        except json.JSONDecodeError as wrong:
            told = {"line": wrong.lineno, "column": wrong.colno, "why": wrong.msg}
            raise ValidationError(_("Line %(line)s, column %(column)s: %(why)s."), params=told) from None
        except (ValueError, RecursionError):
            raise ValidationError(_("It holds a number that JSON does not know, or is too deep.")) from None
        _keepable(found)
        return found


def can_be_typed(value: object) -> bool:
    """Whether a value that is kept as JSON is small enough to be edited on a page."""
    return len(msgspec.json.encode(value)) <= LARGEST_TYPED


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _keepable(value: object) -> None:
    """Refuse what could be read here and not be published."""
    if _deeper(value, DEEPEST):
        raise ValidationError(_("It is deeper than %(most)s levels."), params={"most": DEEPEST})
    try:
        msgspec.json.encode(value)
    except UnicodeError:
        raise ValidationError(_("It holds a character that cannot be sent as JSON.")) from None


def _deeper(value: object, levels: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels == 0 or any(_deeper(item, levels - 1) for item in inner)
