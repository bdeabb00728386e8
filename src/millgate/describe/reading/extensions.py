"""What exports of Millgate say beyond OpenAPI, taken where it is sound: see `describe.writing.extensions`."""

from __future__ import annotations

from typing import Any, Final

from millgate.describe.model import VersionScheme
from millgate.describe.names import KEY, SEGMENT, TOKEN
from millgate.describe.reading.naming import LONGEST_API_NAME, LONGEST_KEY
from millgate.describe.reading.nodes import Node
from millgate.describe.reading.problems import shown

API: Final = "x-millgate"
OWN: Final = "x-millgate-own"
PARAMETER: Final = "x-millgate-parameter"
DEPRECATED: Final = "x-millgate-deprecated"
_LONGEST: Final = 100
_LONGEST_VERSION: Final = 40
_KINDS: Final = frozenset({"system", "business process"})
_TIERS: Final = frozenset({"test", "production"})


def own(node: Node | None) -> Node | None:
    """What the API itself says in a place, where an export says more; None where it says nothing."""
    if node is None or not isinstance(node.value, dict) or OWN not in node.value:
        return node
    inner = node.child(OWN)
    return inner if inner is not None and isinstance(inner.value, dict) else None


def said_of_api(root: Node) -> dict[str, Any]:
    """Members of `model.Api` that an export says: those that are sound."""
    table = root.table(API) if root.has(API) else None
    if table is None:
        return {}
    found: dict[str, Any] = {}
    for name, (member, sound) in _MEMBERS.items():
        if table.has(name):
            _take(table, name, member, sound, found)
    if "version_scheme" in found:
        found["version_scheme"] = VersionScheme(found["version_scheme"])
    if "tiers" in found:
        found["tiers"] = tuple(found["tiers"])
    return found


def _take(table: Node, name: str, member: str, sound: Any, found: dict[str, Any]) -> None:  # noqa: ANN401 - a function
    value = table.value[name]
    if sound(value):
        found[member] = value
        return
    inner = table.child(name)
    if inner is not None:
        inner.remark("it is not what it may be, and is left out")


def order_of(root: Node) -> list[str]:
    """The keys of the operations in their order; empty when the paths have it."""
    table = root.value.get(API)
    keys = table.get("operations") if isinstance(table, dict) else None
    return [key for key in keys if isinstance(key, str)] if isinstance(keys, list) else []


def parameter_said(node: Node) -> dict[str, Any]:
    """Members of `model.Parameter` that stand above what is read."""
    inner = node.child(PARAMETER)
    if inner is None:
        return {}
    if not isinstance(inner.value, dict):
        inner.remark("it is not a mapping, and is left out")
        return {}
    return inner.value


def text_said(node: Node, name: str, longest: int) -> str:
    """A text on one line in an extension; empty when there is none, or no sound one."""
    value = node.value.get(name)
    if value is None:
        return ""
    if isinstance(value, str) and value.isprintable() and 0 < len(value) <= longest:
        return value
    node.remark(f"{name} is {shown(str(value))}, and is left out")
    return ""


# What is sound


def _printable(value: Any) -> bool:  # noqa: ANN401 - any value
    return isinstance(value, str) and value.isprintable() and 0 < len(value) <= _LONGEST


def _segment(value: Any) -> bool:  # noqa: ANN401 - any value
    return isinstance(value, str) and len(value) <= _LONGEST and SEGMENT.fullmatch(value) is not None


def _version(value: Any) -> bool:  # noqa: ANN401 - any value
    return _segment(value) and len(value) <= _LONGEST_VERSION


def _key(value: Any) -> bool:  # noqa: ANN401 - any value
    return isinstance(value, str) and len(value) <= LONGEST_KEY and KEY.fullmatch(value) is not None


def _header(value: Any) -> bool:  # noqa: ANN401 - any value
    return isinstance(value, str) and len(value) <= _LONGEST and TOKEN.fullmatch(value) is not None


def _flag(value: Any) -> bool:  # noqa: ANN401 - any value
    return isinstance(value, bool)


def _tiers(value: Any) -> bool:  # noqa: ANN401 - any value
    texts = isinstance(value, list) and all(isinstance(item, str) for item in value)
    return texts and set(value) <= _TIERS and len(set(value)) == len(value)


def _scheme(value: Any) -> bool:  # noqa: ANN401 - any value
    return isinstance(value, str) and value in {item.value for item in VersionScheme}


_MEMBERS: Final = {
    "key": ("key", _key),
    "suffix": ("suffix", _segment),
    "version": ("version", _version),
    "kind": ("kind", lambda value: isinstance(value, str) and value in _KINDS),
    "tiers": ("tiers", _tiers),
    "subscriptionRequired": ("subscription_required", _flag),
    "bearerRequired": ("bearer_required", _flag),
    "keyHeader": ("key_header", _header),
    "keyQuery": ("key_query", _printable),
    "versionScheme": ("version_scheme", _scheme),
    "versionName": ("version_name", _printable),
    "upstream": ("upstream", lambda value: _printable(value) and len(value) <= LONGEST_API_NAME),
}
