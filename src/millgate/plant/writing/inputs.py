"""The words in which it is declared what a body may hold, and the reading of one member."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final, TypeGuard

import msgspec

from millgate.plant.kinds import INSTANT, INTEGER, NUMBER, TEXT, Kind, read_instant
from millgate.plant.resource import Action, Resource, target_name

MOST_WHOLE_DIGITS: Final = 14
MOST_FRACTION_DIGITS: Final = 5
"""Numbers are kept as (19,5): 14 digits before the point and 5 behind it."""
_BEYOND: Final = 10**MOST_WHOLE_DIGITS
LARGEST_32: Final = 2**31 - 1
_LARGEST_64: Final = 2**63 - 1
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class Input(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """One member that a body may hold.

    Attributes:
        name: on the wire, camelCase: the name of the field that then shows it.
        kind: what it holds: INTEGER, NUMBER, TEXT or INSTANT.
        doc: what it means, with its unit.
        required: whether it must be sent where a row is made, and is never empty.
        values: the possible values when they are few.
        minimum, maximum: the least and the greatest number.
        above: a number that it must exceed.
        max_length: for a text, in characters.
        default: taken when it is left out while a row is made.
        nullable: whether null may be sent, for "none".
        example: a value that works on the sample company, as it stands in JSON but for the quotes of a text;
            empty where a call is better shown without the member.
    """

    name: str
    kind: Kind
    doc: str
    required: bool = False
    values: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None
    max_length: int = 0
    default: object = None
    nullable: bool = False
    example: str = ""

    @property
    def column(self) -> str:
        """The column that keeps it, where one does."""
        return _HUMP.sub("_", self.name).lower()

    @property
    def may_be_empty(self) -> bool:
        """Whether an empty text may be sent, which is how a row without one shows it."""
        empty = ("",) if self.values else ("", None)
        return not self.required and self.default in empty

    def read(self, value: object) -> Any:  # noqa: ANN401 - what the kind makes of it
        """The value as Python's own: int, float, str, aware datetime or None.

        Texts lose the blanks around them.

        Raises:
            ValueError: it is not what this member holds; completes a sentence about it.
        """
        if value is None:
            if self.nullable:
                return None
            raise ValueError(f"must not be null; {_leave_out(self)}")
        read = _READERS[self.kind.name](self, value)
        _check_value(self, read)
        return read


class Form(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """What the body of one operation may hold.

    Attributes:
        resource_name: the resource.
        action: what the operation does.
        inputs: the members.
        unchangeable: further members that a row shows; they may come back as they were.
        key: the member that names the row where the path does not.
    """

    resource_name: str
    action: Action
    inputs: tuple[Input, ...] = ()
    unchangeable: frozenset[str] = frozenset()
    key: str = ""

    @property
    def target(self) -> str:
        """How the catalogue names the operation, as in `Parts.create`."""
        return target_name(self.resource_name, self.action)


def update_form(resource: Resource, inputs: tuple[Input, ...], key: str) -> Form:
    """The form of a change: nothing must be sent, and what cannot be changed may come back as it was."""
    names = {member.name for member in inputs}
    return Form(
        resource_name=resource.name,
        action=Action.UPDATE,
        inputs=inputs,
        unchangeable=frozenset(field.name for field in resource.fields) - names,
        key=key,
    )


def _leave_out(member: Input) -> str:
    return f"send {_form(member)}" if member.required else "leave it out where there is none"


def _form(member: Input) -> str:
    if member.values:
        return f"one of {', '.join(member.values)}"
    if member.kind is TEXT:
        return f"a text of {int(not member.may_be_empty)} to {member.max_length} characters"
    return member.kind.form


def _read_integer(member: Input, value: object) -> int:
    if not _is_whole(value):
        raise ValueError(f"is not a whole number; send {_form(member)}")
    if not -_LARGEST_64 <= value <= _LARGEST_64:
        raise ValueError("is outside the range of 64-bit integers")
    return int(value)


def _is_whole(value: object) -> TypeGuard[int | Decimal]:
    if isinstance(value, Decimal):
        return _fraction_digits(value) <= 0
    return isinstance(value, int) and not isinstance(value, bool)


def _read_number(member: Input, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError(f"is not a number; send {_form(member)}")  # noqa: TRY004 - the reader's one exception
    if not -_BEYOND < value < _BEYOND:
        raise ValueError(f"has more than {MOST_WHOLE_DIGITS} digits before the point")
    if isinstance(value, Decimal) and _fraction_digits(value) > MOST_FRACTION_DIGITS:
        raise ValueError(f"has more than {MOST_FRACTION_DIGITS} digits behind the point")
    return float(value)


def _fraction_digits(value: Decimal) -> int:
    """How many digits stand behind the point, zeros at the end left out."""
    _, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)  # noqa: S101 - JSON has neither NaN nor Infinity
    if not any(digits):
        return 0
    zeros = next(at for at, digit in enumerate(reversed(digits)) if digit)
    return -(exponent + zeros)


def _read_text(member: Input, value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"is not a text; send {_form(member)}")  # noqa: TRY004 - as with numbers
    if _CONTROL.search(value):
        raise ValueError("holds a control character")
    if _SURROGATE.search(value):
        raise ValueError("holds half of a surrogate pair, which is no character")
    text = value.strip()
    if not text and not member.may_be_empty and not member.values:
        raise ValueError(f"is empty; send {_form(member)}")
    if len(text) > member.max_length > 0:
        raise ValueError(f"is longer than {member.max_length} characters")
    return text


def _read_instant(member: Input, value: object) -> object:
    # `read_instant` takes a space for the plus sign that queries lose. A body loses none.
    if not isinstance(value, str) or " " in value:
        raise ValueError(f"is not an instant; send {_form(member)}")
    try:
        return read_instant(value)
    except ValueError as fault:
        raise ValueError(f"{fault}; send {_form(member)}") from None


_READERS: Final[dict[str, Callable[[Input, object], Any]]] = {
    INTEGER.name: _read_integer,
    NUMBER.name: _read_number,
    TEXT.name: _read_text,
    INSTANT.name: _read_instant,
}


def _check_value(member: Input, value: Any) -> None:  # noqa: ANN401 - as read
    if member.values and value not in member.values and (value or not member.may_be_empty):
        raise ValueError(f"is not {_form(member)}")
    if member.minimum is not None and value < member.minimum:
        raise ValueError(f"must be at least {member.minimum:g}")
    if member.maximum is not None and value > member.maximum:
        raise ValueError(f"must be at most {member.maximum}")
    if member.above is not None and value <= member.above:
        raise ValueError(f"must be more than {member.above:g}")
