"""Objects that stand more than once are written once, and referred to."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, Final

from millgate.describe.writing.parameters import Json

_LONGEST_NAME: Final = 40
_NOT_PLAIN: Final = re.compile(r"[^A-Za-z0-9._-]+")


class Shared:
    """The shared objects of one section of a document.

    Args:
        section: where they stand, as a JSON pointer in a fragment: `#/components/responses/`.
        objects: all of the section's kind, as often as they are used.
        name: what to call one; a number is added where the name is taken.
    """

    def __init__(self, section: str, objects: Iterable[Json], name: Callable[[Json], str]) -> None:
        self._section = section
        self._names: dict[str, str] = {}
        self.objects: Json = {}
        told = [(_text(item), item) for item in objects]
        times = Counter(text for text, _ in told)
        for text, item in told:
            if times[text] > 1 and text not in self._names:
                self._names[text] = free_name(plain_name(name(item)), self.objects)
                self.objects[self._names[text]] = item

    def written(self, item: Json) -> Json:
        """A reference to an object that is shared, or the object."""
        name = self._names.get(_text(item))
        return item if name is None else {"$ref": self._section + name}


def answer_name(response: Json) -> str:
    """What to call a response: the first sentence of its description, in one word."""
    sentence = str(response["description"]).partition(".")[0]
    return sentence.title().replace(" ", "")[:_LONGEST_NAME] or "Answer"


def plain_name(name: str) -> str:
    """A name as components may have it (OpenAPI 3.1 section 4.8.7)."""
    return _NOT_PLAIN.sub("-", name).strip("-") or "unnamed"


def free_name(name: str, taken: Iterable[str]) -> str:
    """The name, or with a number behind it the first that is not taken."""
    used = set(taken)
    if name not in used:
        return name
    return next(made for at in range(2, len(used) + 3) if (made := f"{name}-{at}") not in used)


def _text(item: Any) -> str:  # noqa: ANN401 - a JSON value
    return json.dumps(item)
