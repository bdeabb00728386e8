"""Why a client secret was probably refused, for its owner and for the log; callers are never told."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class SecretHint(StrEnum):
    """What became of a secret on its way, or of the application that it is for."""

    PLUS_AS_SPACE = "plus-as-space"
    ENCODED_TWICE = "encoded-twice"
    PADDING_CUT = "padding-cut"
    WHITESPACE = "whitespace"
    QUOTED = "quoted"
    BASE64 = "base64"
    URL_SAFE = "url-safe"
    SEVERAL = "several"
    EXPIRED = "expired"
    EXPIRED_BY_HAND = "expired-by-hand"
    DISABLED = "disabled"
    OTHER_TENANT = "other-tenant"
    ON_DEMAND = "on-demand"


CAUSES: Final[dict[SecretHint, str]] = {
    SecretHint.PLUS_AS_SPACE: "a + arrived as a space: percent-encode the secret in the form body",
    SecretHint.ENCODED_TWICE: "the secret arrived percent-encoded: it was encoded twice",
    SecretHint.PADDING_CUT: "the = at the end was cut off",
    SecretHint.WHITESPACE: "there is a space or a line break around the secret",
    SecretHint.QUOTED: "there are quotation marks around the secret",
    SecretHint.BASE64: "the secret arrived base64-encoded once more",
    SecretHint.URL_SAFE: "+ and / arrived as - and _: the secret is base64, not base64url",
    SecretHint.SEVERAL: "the secret was changed in more than one way: look at how it is kept and encoded",
    SecretHint.EXPIRED: "the secret has expired",
    SecretHint.EXPIRED_BY_HAND: "the secret was expired by hand",
    SecretHint.DISABLED: "the application, or its company, is disabled",
    SecretHint.OTHER_TENANT: "the application belongs to another tenant than the address names",
    SecretHint.ON_DEMAND: "a fault rule or the header X-Millgate-Fault asked for this error",
}
"""Each cause in the words of the log."""
