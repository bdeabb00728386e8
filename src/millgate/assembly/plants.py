"""Where the plant database of each tier is: a file in the home, or a PostgreSQL database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from millgate.assembly.home import Home
from millgate.snapshot.document import PRODUCTION
from millgate.stores.ports import PlantStore
from millgate.stores.sqlite.plant import SqlitePlant, SqlitePlantWriter

if TYPE_CHECKING:
    from millgate.core.secrets import Secret
    from millgate.core.settings import Settings
    from millgate.stores.ports import PlantWriter


class Plant(PlantStore, Protocol):
    """One tier's plant database, as machines use it."""

    def close(self) -> None:
        """End its threads or connections."""
        ...


def url_of(settings: Settings, tier: str) -> Secret | None:
    """The PostgreSQL database of a tier; None when it is a file in the home."""
    return settings.plant_url if tier == PRODUCTION else settings.plant_test_url


def open_plant(settings: Settings, tier: str) -> Plant:
    """A tier's plant database. Nothing is opened before it is first used."""
    url = url_of(settings, tier)
    if url is None:
        return SqlitePlant(Home.of(settings).plants[tier], settings.plant_threads)
    from millgate.stores.postgres.plant import PostgresPlant  # noqa: PLC0415 - loads a driver

    return PostgresPlant(
        url.reveal(), pool_size=settings.plant_threads, connect_seconds=settings.connect_seconds
    )


def plant_writer(settings: Settings, tier: str) -> PlantWriter:
    """Writes many rows of a tier's plant database."""
    url = url_of(settings, tier)
    if url is None:
        return SqlitePlantWriter(Home.of(settings).plants[tier])
    from millgate.stores.postgres.writing import PostgresPlantWriter  # noqa: PLC0415 - loads a driver

    return PostgresPlantWriter(url.reveal(), connect_seconds=settings.connect_seconds)
