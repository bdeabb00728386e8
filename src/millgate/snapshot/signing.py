"""How long tokens are good for, and keys are published: what signing and publishing agree on."""

from __future__ import annotations

from typing import Final

TOKEN_SECONDS: Final = 3600
"""How long an access token is good from the moment at which it is signed."""

KEYS_CACHED_SECONDS: Final = 3600
"""How long verifiers may keep the published keys: what `Cache-Control` says where they stand.

A key is published for so long before it signs.
"""

KEYS_KEPT_SECONDS: Final = 86_400
"""How long a key stays published after the last token that it signed has expired.

Some verifiers keep keys longer than they are told, and those that find a key gone may drop the others, too.
"""
