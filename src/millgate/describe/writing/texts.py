"""A description as text: JSON, or YAML that readers of YAML 1.1 and 1.2 understand alike."""

from __future__ import annotations

import json
import re
from typing import Any, Final

import yaml

try:
    from yaml import CSafeDumper as SafeDumper
except ImportError:  # PyYAML was built without libyaml: the same text, in four times the time
    from yaml import SafeDumper  # type: ignore[assignment] # both have what is used here

from millgate.describe.writing.parameters import Json

_DOUBTFUL: Final = re.compile(r"[-+]?[.]?[0-9].*|[yYnN=~<]|[-+]?[.](inf|Inf|INF|nan|NaN|NAN)", re.DOTALL)
"""Plain texts that one of the two takes for a number, a truth value or something else."""


def json_text(document: Json) -> bytes:
    """JSON in UTF-8, members in the document's order."""
    # A lone surrogate is no character of UTF-8; as an escape JSON can say it.
    return json.dumps(document, ensure_ascii=False, indent=1).encode("utf-8", "backslashreplace")


def yaml_text(document: Json) -> bytes:
    """YAML in UTF-8, members in the document's order, without aliases."""
    text = yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
    return str(text).encode("utf-8", "backslashreplace")


class _Dumper(SafeDumper):
    """Writes every value where it stands."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ANN401 - as the base class has it
        """Yes: a reader should not have to look elsewhere."""
        del data
        return True


def _text(dumper: SafeDumper, value: str) -> yaml.ScalarNode:
    style = "'" if _DOUBTFUL.fullmatch(value) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)
