"""How much room the versions that changes of the directory make may take."""

from __future__ import annotations

import pytest

from millgate.control.accounts.services import company_create
from millgate.control.publish import services
from millgate.control.publish.models import Version
from millgate.control.publish.services import (
    FEWEST_DIRECTORY_VERSIONS_KEPT,
    directory_change,
    publication_make,
)

pytestmark = pytest.mark.usefixtures("rows")


def change(*, times: int, first: int = 0) -> None:
    """Change the directory so often, each time with a company of its own."""
    for index in range(first, first + times):
        with directory_change(by="test"):
            company_create(pcn=900 + index, code=f"c{index}", name=f"Company {index}")


def kept() -> list[Version]:
    """The versions that stayed and that changes of the directory made, oldest first."""
    return list(Version.objects.filter(kind=Version.Kind.DIRECTORY).order_by("number"))


def test_of_large_documents_fewer_versions_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    publication_make(by="test")
    change(times=25)
    size = len(kept()[-1].document)
    monkeypatch.setattr(services, "DIRECTORY_BYTES_KEPT", 20 * size)
    change(times=25, first=25)

    room = sum(len(version.document) for version in kept())
    assert FEWEST_DIRECTORY_VERSIONS_KEPT < len(kept()) <= 20
    assert room <= 20 * size
    assert Version.objects.filter(kind=Version.Kind.PUBLICATION).count() == 1


def test_some_stay_however_large_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    publication_make(by="test")
    monkeypatch.setattr(services, "DIRECTORY_BYTES_KEPT", 1)
    change(times=6)

    newest = Version.objects.order_by("-number").values_list("number", flat=True)[0]
    assert len(kept()) == FEWEST_DIRECTORY_VERSIONS_KEPT
    assert kept()[-1].number == newest
