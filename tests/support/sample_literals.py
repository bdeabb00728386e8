"""The string literals of a sample, decoded, by small scanners: a sample that they cannot read is broken.

They stand in where a language's own tool is not at hand, and say what the language's tool does not: which
texts a program really sends.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    Rule = tuple[str, Callable[[re.Match[str]], str | None]]

QUOTES = "'\u2018\u2019\u201a\u201b"
SIMPLE = {"n": "\n", "r": "\r", "t": "\t"}
PAIRS = {")": "(", "]": "[", "}": "{"}
CHAR = r"\[char\]::ConvertFromUtf32\((\d+)\)"
SINGLE = rf"[{QUOTES}](?:[^{QUOTES}]|[{QUOTES}]{{2}})*[{QUOTES}]"


def literals(language: str, source: str) -> list[str]:
    """All literals in order; fails where one does not end, or a bracket has no partner."""
    found: list[str] = []
    rest = ""
    at = 0
    while at < len(source):
        for pattern, decode in RULES[language]:
            if match := re.compile(pattern, re.DOTALL).match(source, at):
                text = decode(match)
                found += [] if text is None else [text]
                rest += " "
                at = match.end()
                break
        else:
            rest += source[at]
            at += 1
    balanced(rest)
    return found


def balanced(code: str) -> None:
    """Fail where brackets do not pair or a quote stands alone."""
    open_ones: list[str] = []
    for char in code:
        assert char not in "\"'" + QUOTES, f"a quote without a partner in {code!r}"
        assert char.isprintable() or char in "\n\t", f"{char!r} in {code!r}"
        if char in PAIRS.values():
            open_ones.append(char)
        elif char in PAIRS:
            assert open_ones, f"{char} was never opened in {code!r}"
            assert open_ones.pop() == PAIRS[char], code
    assert not open_ones, code


def unescaped(text: str) -> str:
    """As languages of the family of C read what stands between double quotes."""

    def one(match: re.Match[str]) -> str:
        code = match[1]
        if code[0] in "uU":
            return chr(int(code[1:].strip("{}"), 16))
        return SIMPLE.get(code, code)

    plain = re.sub(r"\\(u\{[0-9a-f]+\}|u[0-9a-f]{4}|U[0-9a-f]{8}|.)", one, text, flags=re.DOTALL)
    return plain.encode("utf-16", "surrogatepass").decode("utf-16")


def comment(match: re.Match[str]) -> None:
    del match


def quoted(match: re.Match[str]) -> str:
    return unescaped(match[1])


def plain(match: re.Match[str]) -> str:
    return re.sub(r"\\([\\'])", r"\1", match[1])


def second(match: re.Match[str]) -> str:
    return match[2]


def first(match: re.Match[str]) -> str:
    return match[1]


def text_block(match: re.Match[str]) -> str:
    """JEP 378: what all lines are indented by is no part of the text."""
    lines = match[1].split("\n")
    indent = min(len(line) - len(line.lstrip(" ")) for line in lines if line)
    return unescaped("\n".join(line[indent:].rstrip(" ") for line in lines))


def expression(match: re.Match[str]) -> str:
    """Strings of PowerShell and characters by number, joined."""
    parts = re.finditer(rf"({SINGLE})|{CHAR}", match[0])
    return "".join(chr(int(part[2])) if part[2] else powershell_string(part[1]) for part in parts)


def powershell_string(text: str) -> str:
    return re.sub(rf"([{QUOTES}])[{QUOTES}]", r"\1", text[1:-1])


DOUBLE: Rule = (r'"((?:[^"\\\n]|\\.)*)"', quoted)
APOSTROPHES: Rule = (r"'((?:[^'\\]|\\.)*)'", plain)
SLASHES: Rule = (r"//[^\n]*", comment)

RULES: dict[str, tuple[Rule, ...]] = {
    "csharp": (SLASHES, (r'("{3,})\n(.*?)\n\1(?!")', second), DOUBLE),
    "java": (SLASHES, (r'"""\n((?:[^"\\]|\\.|"(?!""))*)"""', text_block), DOUBLE),
    "php": ((r"<\?php", comment), (r"<<<'(\w+)'\n(.*?)\n\1(?=;)", second), APOSTROPHES, DOUBLE),
    "ruby": ((r"<<'(\w+)'\.chomp\n(.*?)\n\1\n", second), APOSTROPHES, DOUBLE),
    "go": ((r"`([^`]*)`", first), DOUBLE),
    "powershell": (
        (rf"@'\n((?:(?!\n[{QUOTES}]@).)*)\n'@", first),
        (rf"\((?:{SINGLE}|{CHAR})(?: \+ (?:{SINGLE}|{CHAR}))+\)", expression),
        (SINGLE, lambda match: powershell_string(match[0])),
        (CHAR, expression),
        (r"`(?=\n)", comment),
    ),
}
