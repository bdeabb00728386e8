"""What a password must not be, besides what Django refuses: too long, too uniform, or a run of neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST: Final = 128
PHRASE: Final = 15
"""From this length on a password is a phrase, and may be of small letters alone (NIST SP 800-63B-4)."""
FEWEST_DIFFERENT: Final = 5
RUN: Final = 5
_ROWS: Final = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "qwertzuiop",
    "asdfghjkl",
    "zxcvbnm",
    "yxcvbnm",
)


class LengthValidator:
    """No longer than hashing should be made to read."""

    def validate(self, password: str, user: object = None) -> None:
        """Refuse what is too long."""
        del user
        if len(password) > LONGEST:
            raise ValidationError(_("This password is longer than %(most)s characters.") % {"most": LONGEST})

    def get_help_text(self) -> str:
        """The rule, for whoever chooses."""
        return _("At most %(most)s characters; spaces count.") % {"most": LONGEST}


class ClassesValidator:
    """Two kinds of characters, unless it is long."""

    def validate(self, password: str, user: object = None) -> None:
        """Refuse a short one of one kind."""
        del user
        if len(password) < PHRASE and len(set(map(_class_of, password))) < 2:  # noqa: PLR2004 - two kinds
            raise ValidationError(
                _("Use different character classes, or a phrase of %(length)s characters and more.")
                % {"length": PHRASE}
            )

    def get_help_text(self) -> str:
        """The rule, for whoever chooses."""
        return _("Under %(length)s characters: of two kinds, such as letters and digits.") % {
            "length": PHRASE
        }


class RepetitionValidator:
    """Not the same few characters again and again, and no run of neighbours."""

    def validate(self, password: str, user: object = None) -> None:
        """Refuse what repeats, and what anybody's fingers find."""
        del user
        if len(set(password)) < FEWEST_DIFFERENT:
            raise ValidationError(_("Too many repetitions: use more different characters."))
        lower = password.lower()
        if any(run in lower for run in _runs()):
            raise ValidationError(_("Your password contains sequences, such as 12345 or qwert."))

    def get_help_text(self) -> str:
        """The rule, for whoever chooses."""
        return _("No repetitions, and no sequences such as 12345 or qwert.")


def _runs() -> Iterator[str]:
    for row in _ROWS:
        for way in (row, row[::-1]):
            yield from (way[start : start + RUN] for start in range(len(way) - RUN + 1))


def _class_of(char: str) -> str:
    if char.isdecimal():
        return "digit"
    if char.isalpha():
        return "capital" if char.isupper() else "letter"
    return "other"
