"""The installation's way of digesting and sealing secrets."""

from __future__ import annotations

from millgate.control.accounts.vault import digester, sealer

__all__ = ["digester", "sealer"]
