"""The languages, in the order of the menu."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from millgate.describe.samples import (
    csharp,
    curl,
    go,
    http_message,
    java,
    javascript,
    php,
    powershell,
    python,
    ruby,
)
from millgate.describe.samples.model import SampleCall


@dataclass(frozen=True, slots=True)
class Language:
    """A language in which samples are written.

    Attributes:
        key: in addresses: lower case.
        name: as shown.
        lexer: what Pygments calls it.
        write: writes a call: the commands where it is typed at a prompt, else one program.
        prompted: whether it is typed at a prompt.
    """

    key: str
    name: str
    lexer: str
    write: Callable[[SampleCall], tuple[str, ...]]
    prompted: bool = False

    def text(self, call: SampleCall) -> str:
        """The whole sample."""
        return "\n".join(self.write(call))


LANGUAGES: Final = (
    Language("curl", "curl", "bash", curl.write, prompted=True),
    Language("python", "Python", "python", python.write),
    Language("javascript", "JavaScript", "javascript", javascript.write),
    Language("csharp", "C#", "csharp", csharp.write),
    Language("java", "Java", "java", java.write),
    Language("php", "PHP", "php", php.write),
    Language("ruby", "Ruby", "ruby", ruby.write),
    Language("go", "Go", "go", go.write),
    Language("powershell", "PowerShell", "powershell", powershell.write),
    Language("http", "HTTP", "http", http_message.write),
)
"""The first is shown to whoever has chosen none."""

_BY_KEY: Final = {language.key: language for language in LANGUAGES}


def language_named(key: str) -> Language:
    """The language of that key, or the first."""
    return _BY_KEY.get(key, LANGUAGES[0])
