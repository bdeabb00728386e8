"""Which upstreams exist, and what each can answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from millgate.snapshot.answering import Targets


def known() -> Targets:
    """The upstreams to which an API can be published, with their operations."""
    # Here, because declaring every resource of the plant takes time that most pages need not spend.
    from millgate.plant import registry  # noqa: PLC0415

    return {"plant": registry.targets()}
