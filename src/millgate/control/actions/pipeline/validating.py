"""Checks 11 and 12: whether the parameters are those that the registry declares."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from millgate.control.actions.pipeline.refusals import invalid, missing
from millgate.control.actions.registry.model import Type
from millgate.control.actions.registry.table import parameters_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from millgate.control.actions.registry.model import Parameter, Route

LONGEST: Final = {Type.STRING: 255, Type.TEXT: 10_000, Type.ARRAY: 100}
LARGEST_INTEGER: Final = 2**63 - 1
_SURROGATES: Final = range(0xD800, 0xE000)
_LINE_ENDS: Final = frozenset("\t\n\r")


def required_there(route: Route, given: Mapping[str, Any]) -> None:
    """Check 11.

    Raises:
        Refused: a required parameter is missing; of several, the first of the documentation.
    """
    declared = parameters_of(route)
    for parameter in declared:
        if not parameter.required:
            continue
        if parameter.parent:
            for within in _given_parents(given, parameter.parent):
                _there(parameter, within)
        else:
            _there(parameter, given)


def _there(parameter: Parameter, given: Mapping[str, Any]) -> None:
    value = given.get(parameter.name)
    if value is None or (value == "" and parameter.type in {Type.STRING, Type.TEXT}):
        raise missing(parameter.full_name, parameter.description)


def _given_parents(given: Mapping[str, Any], name: str) -> Iterable[Mapping[str, Any]]:
    """The mappings in which the members of a parameter stand: one, or those of an array."""
    value = given.get(name)
    found = value if isinstance(value, list) else [value]
    return [item for item in found if isinstance(item, Mapping)]


def valid(route: Route, given: Mapping[str, Any]) -> dict[str, Any]:
    """Check 12: the parameters, each of its declared type; those that are null are left out.

    Raises:
        Refused: one is not declared, or is not what it must be; the first of the documentation.
    """
    declared = parameters_of(route)
    return _members(declared, given, "")


def _members(declared: tuple[Parameter, ...], given: Mapping[str, Any], parent: str) -> dict[str, Any]:
    mine = [item for item in declared if item.parent == parent]
    found = {}
    for parameter in mine:
        value = given.get(parameter.name)
        if value is not None:
            found[parameter.name] = _value(declared, parameter, value)
    _none_unknown({item.name for item in mine}, given, parent)
    return found


def _none_unknown(known: set[str], given: Mapping[str, Any], parent: str) -> None:
    for name in given:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            shown = f"{parent}.{name[:100]}" if parent else name[:100]
            hint = f" Did you mean {near[0]}?" if near else ""
            raise invalid(_printable(shown), f"The route has no such parameter.{hint}")


def _printable(name: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in name)


def _value(declared: tuple[Parameter, ...], parameter: Parameter, value: Any) -> Any:  # noqa: ANN401 - as it came
    if parameter.type in {Type.PARENT, Type.HASH}:
        return _hash(declared, parameter, value)
    if parameter.type is Type.ARRAY:
        return _array(declared, parameter, value)
    return _KINDS[parameter.type](parameter, value)


def _hash(declared: tuple[Parameter, ...], parameter: Parameter, value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise invalid(parameter.full_name, "Send an object.")
    if parameter.type is Type.HASH and not _has_members(declared, parameter):
        _json(parameter, value)
        return value
    return _members(declared, value, parameter.name)


def _has_members(declared: tuple[Parameter, ...], parameter: Parameter) -> bool:
    return any(item.parent == parameter.name for item in declared)


def _array(declared: tuple[Parameter, ...], parameter: Parameter, value: Any) -> list[Any]:  # noqa: ANN401
    most = parameter.max_length or LONGEST[Type.ARRAY]
    if not isinstance(value, list):
        raise invalid(parameter.full_name, "Send an array.")
    if len(value) > most:
        raise invalid(parameter.full_name, f"Send at most {most} members.")
    if not _has_members(declared, parameter):
        return [_string(parameter, item) for item in value]
    if not all(isinstance(item, Mapping) for item in value):
        raise invalid(parameter.full_name, "Send objects in the array.")
    return [_members(declared, item, parameter.name) for item in value]


def _string(parameter: Parameter, value: Any) -> str:  # noqa: ANN401 - as it came
    if parameter.also_integer and isinstance(value, int) and not isinstance(value, bool):
        value = str(_integer(parameter, value))
    if not isinstance(value, str):
        raise invalid(parameter.full_name, "Send a string.")
    most = LONGEST[Type.STRING] if parameter.type is Type.ARRAY else _longest(parameter)
    if len(value) > most:
        raise invalid(parameter.full_name, f"Send at most {most} characters.")
    if not _writable(value, lines=parameter.type is not Type.STRING):
        raise invalid(
            parameter.full_name, "It holds a character that no text has, such as a control character."
        )
    if parameter.possible_values and value not in parameter.possible_values:
        raise invalid(parameter.full_name, f"Possible values: {', '.join(parameter.possible_values)}.")
    return value


def _longest(parameter: Parameter) -> int:
    return parameter.max_length or LONGEST[parameter.type]


def _writable(value: str, *, lines: bool) -> bool:
    """Whether every database and every page can hold it: no lone surrogate, no control but ends of lines."""
    allowed = _LINE_ENDS if lines else frozenset()
    return not any(
        (ord(char) < ord(" ") and char not in allowed) or char == "\x7f" or ord(char) in _SURROGATES
        for char in value
    )


def _integer(parameter: Parameter, value: Any) -> int:  # noqa: ANN401 - as it came
    if not isinstance(value, int) or isinstance(value, bool):
        raise invalid(parameter.full_name, "Send a whole number.")
    return int(_bounded(parameter, value))


def _float(parameter: Parameter, value: Any) -> float:  # noqa: ANN401 - as it came
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise invalid(parameter.full_name, "Send a number.")
    return float(_bounded(parameter, value))


def _bounded(parameter: Parameter, value: float) -> float:
    least = -LARGEST_INTEGER if parameter.least is None else parameter.least
    most = LARGEST_INTEGER if parameter.most is None else parameter.most
    if not least <= value <= most:
        raise invalid(parameter.full_name, f"Send a number from {least} to {most}.")
    return value


def _boolean(parameter: Parameter, value: Any) -> bool:  # noqa: ANN401 - as it came
    if not isinstance(value, bool):
        raise invalid(parameter.full_name, "Send true or false.")
    return value


def _json(parameter: Parameter, value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    if not all(_writable(text, lines=True) for text in _texts(value)):
        raise invalid(
            parameter.full_name, "It holds a character that no text has, such as a control character."
        )
    return value


def _texts(value: Any) -> Iterable[str]:  # noqa: ANN401 - whatever JSON holds
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield name
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


_KINDS: Final[Mapping[Type, Callable[[Parameter, Any], Any]]] = {
    Type.STRING: _string,
    Type.TEXT: _string,
    Type.INTEGER: _integer,
    Type.FLOAT: _float,
    Type.BOOLEAN: _boolean,
    Type.JSON: _json,
}
