"""On whose behalf applications act."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from millgate.core.values import Principal
from millgate.snapshot.document import Account, Application

_Opened: TypeAlias = tuple[frozenset[str], frozenset[str]]


def principals(
    applications: Iterable[Application], accounts: Mapping[str, Account]
) -> dict[str, Principal | None]:
    """For whom each application acts by itself, by client id; None when it resolves to nobody."""
    opened = {key: _opened(item) for key, item in accounts.items()}
    found: dict[str, Principal | None] = {}
    for item in applications:
        account = accounts.get(item.account) if item.account else None
        found[item.client_id] = _acting(item, account, opened[account.key]) if account is not None else None
    return found


def principal_of_person(application: Application, account: Account | None) -> Principal | None:
    """For whom an application acts that a person allowed to act as them; None when it resolves to nobody."""
    return _acting(application, account, _opened(account)) if account is not None else None


def _opened(account: Account) -> _Opened:
    return frozenset(account.reads), frozenset(account.writes)


def _acting(application: Application, account: Account, opened: _Opened) -> Principal | None:
    """None when the account is inactive, or of another company."""
    if not account.active or application.pcn not in account.pcns:
        return None
    return Principal(application.client_id, account.key, application.pcn, *opened)
