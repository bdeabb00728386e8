"""The services: what is deployed and retired as one."""

from __future__ import annotations

from typing import Final

from millgate.control.actions.registry.model import Service

SESSIONS: Final = Service(
    slug="sessions", name="Sessions", description="Signing in, keeping a session, and signing out."
)
ACCOUNTS: Final = Service(
    slug="accounts", name="Accounts", description="Registration, passwords, and a user's own account."
)
PEOPLE: Final = Service(
    slug="people", name="People", description="Who is client, employee or liaison of the plant."
)
APPLICATIONS: Final = Service(
    slug="applications", name="Applications", description="The applications that calls are made in."
)
CANCELATIONS: Final = Service(
    slug="cancelations",
    name="Cancelations",
    description="Canceling and reinstating jobs, orders and subscriptions, with the whole record of it.",
)
LISTS: Final = Service(
    slug="lists", name="Lists", description="Lists of choices, such as the reasons of a cancelation."
)
REGISTRY: Final = Service(
    slug="registry", name="Registry", description="Which services and routes there are, and which answer."
)
OPERATIONS: Final = Service(
    slug="operations",
    name="Operations",
    description="Notifications of trouble, and the mails that were written.",
)

SERVICES: Final = (
    SESSIONS,
    ACCOUNTS,
    PEOPLE,
    APPLICATIONS,
    CANCELATIONS,
    LISTS,
    REGISTRY,
    OPERATIONS,
)
