"""Which access tokens are refused although they have not expired (RFC 7009)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from millgate.core.clock import Clock
    from millgate.stores.grants import Grants


class Revocations:
    """The digests of revoked tokens, as far as this process has heard of them.

    A token lasts an hour, so there are never many. While the store cannot be asked, what is known stays so.

    Args:
        grants: where tokens are revoked.
        clock: by which they expire.
    """

    def __init__(self, grants: Grants, clock: Clock) -> None:
        self._grants = grants
        self._clock = clock
        self._place = 0
        self._until: dict[str, int] = {}

    def __contains__(self, digest: str) -> bool:
        return digest in self._until

    async def follow(self) -> bool:
        """Hear of what was revoked since the last time; whether there was anything.

        Raises:
            StoreUnreachable: nothing can be said.
        """
        newer, self._place = await asyncio.to_thread(self._grants.revoked_since, self._place)
        if not newer:
            return False
        now = self._clock.now()
        kept = {digest: until for digest, until in self._until.items() if until > now}
        self._until = kept | {item.access: item.until for item in newer if item.until > now}
        return True
