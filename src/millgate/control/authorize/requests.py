"""An authorization request (RFC 6749 section 4.1.1) as it came, and as what it asks for.

First comes where an answer may go at all: until the program and its redirect URI are known, faults are told
to the person and never sent anywhere (section 4.1.2.1). All later faults are the program's to know.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, quote, urlencode

import msgspec

from millgate.core.errors import (
    AUTHORIZE_PARAMETER_MISSING,
    AUTHORIZE_UNREADABLE,
    AUTHORIZE_VALUE_WRONG,
    CHALLENGE_METHOD_WRONG,
    CHALLENGE_MISSING,
    CHALLENGE_SIZE_WRONG,
    PROMPT_UNSUPPORTED,
    REPLY_ADDRESS_MISSING,
    REPLY_ADDRESS_UNKNOWN,
    RESPONSE_MODE_UNSUPPORTED,
    RESPONSE_TYPE_UNSUPPORTED,
    TOKEN_PARAMETER_REPEATED,
    TOKEN_RESOURCE_UNKNOWN,
    Refusal,
    Refused,
)
from millgate.snapshot.redirects import LONGEST_REDIRECT, redirect_known

if TYPE_CHECKING:
    from collections.abc import Container

LONGEST: Final = 10_000
"""How long a request may be as a query string; the sign-in page has it in its address, encoded once more."""
MOST_PARAMETERS: Final = 100
KNOWN: Final = {
    "client_id": 100,
    "response_type": 100,
    "redirect_uri": LONGEST_REDIRECT,
    "response_mode": 100,
    "resource": 300,
    "scope": 2_000,
    "state": 4_096,
    "nonce": 1_000,
    "prompt": 100,
    "login_hint": 320,
    "code_challenge": 1_000,
    "code_challenge_method": 100,
}
"""The parameters that mean something, with the most characters of each. Others are ignored (section 3.1)."""

_DEFAULT_SCOPE: Final = "/.default"
_CHALLENGE: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_METHODS: Final = frozenset({"plain", "S256"})


class ResponseMode(StrEnum):
    """How the answer travels to the redirect URI."""

    QUERY = "query"
    FRAGMENT = "fragment"
    FORM_POST = "form_post"


class Prompt(StrEnum):
    """What the person shall be asked, whatever is known already."""

    NONE = "none"
    LOGIN = "login"
    SELECT_ACCOUNT = "select_account"
    CONSENT = "consent"
    ADMIN_CONSENT = "admin_consent"


class Sent(msgspec.Struct, frozen=True):
    """The parameters that mean something, as they came; those without a value count as left out."""

    pairs: tuple[tuple[str, str], ...]

    @property
    def values(self) -> dict[str, str]:
        """By name."""
        return dict(self.pairs)

    @property
    def query(self) -> str:
        """The same parameters as a query string."""
        return urlencode(self.pairs, quote_via=quote)

    def once(self, name: str) -> str:
        """The value of a parameter, or an empty text.

        Raises:
            Refused: it came more than once.
        """
        values = [value for given, value in self.pairs if given == name]
        if len(values) > 1:
            raise Refused(Refusal(TOKEN_PARAMETER_REPEATED, {"parameter": name}))
        return values[0] if values else ""


class Program(msgspec.Struct, frozen=True):
    """What is known of the application that asks.

    Attributes:
        client_id: its GUID.
        tenant: the tenant id of its company.
        redirect_uris: where codes may be sent.
        public: whether it cannot keep a secret.
    """

    client_id: str
    tenant: str
    redirect_uris: tuple[str, ...]
    public: bool


class Target(msgspec.Struct, frozen=True):
    """Where the answer goes, and how. It is registered, so that faults may go there, too."""

    uri: str
    mode: ResponseMode
    state: str


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request without fault.

    Attributes:
        redirect_uri: as the request gave it; empty when it gave none.
        resource: the audience; empty when the program names it only when it comes with the code.
        prompts: what to ask whatever is known.
        login_hint: the e-mail that the person probably signs in with.
        nonce: for the ID token.
        challenge, method: of PKCE; empty without.
    """

    redirect_uri: str
    resource: str
    prompts: frozenset[Prompt]
    login_hint: str
    nonce: str
    challenge: str
    method: str


def read(text: str | bytes) -> Sent:
    """Read a query string, or a form's body.

    Raises:
        Refused: it cannot be read.
    """
    if len(text) > LONGEST:
        raise _too_long()
    try:
        decoded = text if isinstance(text, str) else text.decode()
        pairs = parse_qsl(decoded, errors="strict", max_num_fields=MOST_PARAMETERS)
    except UnicodeDecodeError:
        raise _unreadable("it is not UTF-8") from None
    except ValueError:
        raise _unreadable(f"it has more than {MOST_PARAMETERS} parameters") from None
    sent = Sent(tuple((name, value) for name, value in pairs if name in KNOWN))
    if len(sent.query) > LONGEST:  # encoding may have made it longer
        raise _too_long()
    return sent


def client_id(sent: Sent) -> str:
    """The application that asks, as it says.

    Raises:
        Refused: it does not say, or says it twice.
    """
    given = sent.once("client_id")
    if not given:
        raise Refused(Refusal(AUTHORIZE_PARAMETER_MISSING, {"parameter": "client_id"}))
    return given


def target(sent: Sent, program: Program) -> Target:
    """Where the answer may go.

    Raises:
        Refused: nowhere; the person is told, and nobody else.
    """
    state, mode = sent.values.get("state", ""), sent.values.get("response_mode", "")
    fits = not _value_fault("state", state) and _times(sent, "state") < 2  # noqa: PLR2004 - once, or not at all
    return Target(
        _redirect(sent, program),
        ResponseMode(mode) if mode in set(ResponseMode) else ResponseMode.QUERY,
        state if fits else "",
    )


def check(sent: Sent, program: Program, resources: Container[str]) -> Asked:
    """What a request asks for.

    Args:
        sent: the request.
        program: that asks; `target` has found where its answers go.
        resources: the audiences that there are.

    Raises:
        Refused: the first thing that is wrong, for the program to know.
    """
    given = {name: sent.once(name) for name in KNOWN}
    for name, value in given.items():
        if fault := _value_fault(name, value):
            raise Refused(Refusal(AUTHORIZE_VALUE_WRONG, {"parameter": name, "reason": fault}))
    _response_check(given, _redirect(sent, program))
    challenge, method = _challenge(given, public=program.public)
    return Asked(
        redirect_uri=given["redirect_uri"],
        resource=_audience(given, program, resources),
        prompts=_prompts(given["prompt"]),
        login_hint=given["login_hint"],
        nonce=given["nonce"],
        challenge=challenge,
        method=method,
    )


def _redirect(sent: Sent, program: Program) -> str:
    asked = sent.once("redirect_uri")
    if asked:
        if redirect_known(asked, program.redirect_uris):
            return asked
        values = {"redirect_uri": asked[:LONGEST_REDIRECT], "client_id": program.client_id}
        raise Refused(Refusal(REPLY_ADDRESS_UNKNOWN, values))
    if not program.redirect_uris:
        raise Refused(Refusal(REPLY_ADDRESS_MISSING))
    if len(program.redirect_uris) > 1:
        # Section 3.1.2.3: with several of them the request must say which.
        raise Refused(Refusal(AUTHORIZE_PARAMETER_MISSING, {"parameter": "redirect_uri"}))
    return program.redirect_uris[0]


def _times(sent: Sent, name: str) -> int:
    return sum(given == name for given, _ in sent.pairs)


def _value_fault(name: str, value: str) -> str:
    if len(value) > KNOWN[name]:
        return f"it is longer than {KNOWN[name]} characters"
    return "it holds a control character" if _CONTROL.search(value) else ""


def _response_check(given: dict[str, str], uri: str) -> None:
    kind, mode = given["response_type"], given["response_mode"]
    if not kind:
        raise Refused(Refusal(AUTHORIZE_PARAMETER_MISSING, {"parameter": "response_type"}))
    if kind != "code":
        raise Refused(Refusal(RESPONSE_TYPE_UNSUPPORTED, {"response_type": kind}))
    no_form = mode == ResponseMode.FORM_POST and not uri.lower().startswith(("https://", "http://"))
    if no_form or (mode and mode not in set(ResponseMode)):
        raise Refused(Refusal(RESPONSE_MODE_UNSUPPORTED, {"response_mode": mode}))


def _challenge(given: dict[str, str], *, public: bool) -> tuple[str, str]:
    """RFC 7636 section 4.3; without a method it is `plain`."""
    challenge, method = given["code_challenge"], given["code_challenge_method"]
    if method and method not in _METHODS:
        raise Refused(Refusal(CHALLENGE_METHOD_WRONG))
    if not challenge:
        if method:
            raise Refused(Refusal(CHALLENGE_SIZE_WRONG))
        if public:
            # RFC 9700 section 2.1.1: nothing else protects the code of a program that has no secret.
            raise Refused(Refusal(CHALLENGE_MISSING))
        return "", ""
    if not _CHALLENGE.fullmatch(challenge):
        raise Refused(Refusal(CHALLENGE_SIZE_WRONG))
    return challenge, method or "plain"


def _audience(given: dict[str, str], program: Program, resources: Container[str]) -> str:
    asked = given["resource"] or _scoped(given["scope"], resources)
    if asked and asked not in resources:
        raise Refused(Refusal(TOKEN_RESOURCE_UNKNOWN, {"resource": asked, "tenant": program.tenant}))
    return asked


def _scoped(scope: str, resources: Container[str]) -> str:
    """The resource of `X/.default`; some libraries send only that, some without X's last slash."""
    for item in scope.split(" "):
        if item.endswith(_DEFAULT_SCOPE):
            asked = item.removesuffix(_DEFAULT_SCOPE)
            return asked + "/" if asked not in resources and asked + "/" in resources else asked
    return ""


def _prompts(text: str) -> frozenset[Prompt]:
    """OpenID Connect Core section 3.1.2.1: a list; `none` stands alone."""
    given = text.split()
    if any(item not in set(Prompt) for item in given) or (Prompt.NONE in given and len(given) > 1):
        raise Refused(Refusal(PROMPT_UNSUPPORTED))
    return frozenset(Prompt(item) for item in given)


def _too_long() -> Refused:
    return _unreadable(f"it is longer than {LONGEST} bytes")


def _unreadable(reason: str) -> Refused:
    return Refused(Refusal(AUTHORIZE_UNREADABLE, {"reason": reason}))
