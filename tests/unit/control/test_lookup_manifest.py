"""The add-in's manifest, held to the order and the limits of the published format.

[MS-OWEMXML] gives both: sections 5.2 (the manifest), 5.6 (basic types) and 5.7 (what a task pane overrides). No
program that validates it works without asking Microsoft, so what we use of it is written down here.
"""

from __future__ import annotations

import re
import struct
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, fromstring

import pytest
from django.conf import settings
from django.test import Client

from millgate.control.lookup.pages import ICONS

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.usefixtures("rows")

APP: Final = "{http://schemas.microsoft.com/office/appforoffice/1.1}"
OVERRIDES: Final = "{http://schemas.microsoft.com/office/taskpaneappversionoverrides}"
BASIC: Final = "{http://schemas.microsoft.com/office/officeappbasictypes/1.0}"
TYPE: Final = "{http://www.w3.org/2001/XMLSchema-instance}type"
ORDERS: Final = {
    "OfficeApp": (
        *("Id", "AlternateId", "Version", "ProviderName", "DefaultLocale", "DisplayName", "Description"),
        *("IconUrl", "HighResolutionIconUrl", "SupportUrl", "AppDomains", "Hosts", "Requirements"),
        *("DefaultSettings", "Permissions", "Dictionary", "VersionOverrides", "ExtendedOverrides"),
    ),
    "VersionOverrides": ("Description", "Requirements", "Hosts", "Resources", "WebApplicationInfo"),
    "DesktopFormFactor": ("GetStarted", "FunctionFile", "ExtensionPoint"),
    "GetStarted": ("Title", "Description", "LearnMoreUrl"),
    "Group": ("Label", "Icon", "Control"),
    "Control": ("Label", "Supertip", "Icon", "Action"),
    "Supertip": ("Title", "Description"),
    "Action": ("TaskpaneId", "SourceLocation"),
    "Resources": ("Images", "Urls", "ShortStrings", "LongStrings"),
}
"""Children of an element, in the order in which they must stand."""
SHORT: Final = 125
LONG: Final = 250
LONGEST_ID: Final = 32
LONGEST_URL: Final = 2048


def manifest_of(client: Client) -> Element:
    answer = client.get("/lookup/manifest.xml")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/xml"
    return fromstring(answer.content)  # noqa: S314 - our own


@pytest.fixture
def manifest(rows: None, monkeypatch: pytest.MonkeyPatch) -> Element:  # noqa: ARG001 - it reads rows
    """Of an installation with an address of its own."""
    own = replace(settings.MILLGATE, origin="https://plant.example:8443")
    monkeypatch.setattr(settings, "MILLGATE", own)
    return manifest_of(Client())


def local(element: Element) -> str:
    return element.tag.partition("}")[2]


def text(element: Element, path: str) -> str:
    found = element.find(path)
    assert found is not None, path
    return found.get("DefaultValue") or found.text or ""


def addresses(manifest: Element) -> Iterator[str]:
    for element in manifest.iter():
        for value in (*element.attrib.values(), element.text or ""):
            if value.strip().startswith("http") and "schemas.microsoft.com" not in value:
                yield value.strip()


def test_elements_stand_in_the_order_of_the_format(manifest: Element) -> None:
    assert manifest.tag == f"{APP}OfficeApp"
    assert manifest.get(TYPE) == "TaskPaneApp"
    seen = set()
    for element in manifest.iter():
        order = ORDERS.get(local(element))
        if order is None or (local(element) == "OfficeApp" and element is not manifest):
            continue
        children = [local(child) for child in element]
        places = [order.index(name) for name in children]
        assert places == sorted(places), local(element)
        seen.add(local(element))
    assert seen == set(ORDERS)


def test_what_must_be_there_is_there_within_its_limits(manifest: Element) -> None:
    assert str(uuid.UUID(text(manifest, f"{APP}Id"))) == text(manifest, f"{APP}Id")
    assert re.fullmatch(r"\d{1,5}(\.\d{1,5}){1,3}", text(manifest, f"{APP}Version"))
    assert re.fullmatch(r"[a-z]{2}-[A-Z]{2}", text(manifest, f"{APP}DefaultLocale"))
    assert 0 < len(text(manifest, f"{APP}ProviderName")) <= SHORT
    assert 0 < len(text(manifest, f"{APP}DisplayName")) <= SHORT
    assert 0 < len(text(manifest, f"{APP}Description")) <= LONG
    assert text(manifest, f"{APP}Permissions") == "ReadWriteDocument"
    host = manifest.find(f"{APP}Hosts/{APP}Host")
    assert host is not None
    assert host.get("Name") == "Workbook"
    needed = manifest.find(f"{APP}Requirements/{APP}Sets/{APP}Set")
    assert needed is not None
    assert (needed.get("Name"), needed.get("MinVersion")) == ("ExcelApi", "1.7")
    assert all(len(override.get("Value", "")) <= LONG for override in manifest.iter(f"{APP}Override"))


def test_everything_that_is_named_is_a_resource_of_its_kind_and_nothing_else_is(manifest: Element) -> None:
    kinds: dict[str, set[str]] = {}
    for group in ("Images", "Urls", "ShortStrings", "LongStrings"):
        found = manifest.find(f"{OVERRIDES}VersionOverrides/{OVERRIDES}Resources/{BASIC}{group}")
        assert found is not None, group
        kinds[group] = {str(item.get("id")) for item in found}
        assert all(len(name) <= LONGEST_ID for name in kinds[group])
        most = {"ShortStrings": SHORT, "LongStrings": LONG}.get(group, LONGEST_URL)
        values = [item.get("DefaultValue", "") for item in found]
        values += [item.get("Value", "") for item in found.iter(f"{BASIC}Override")]
        assert all(0 < len(value) <= most for value in values), group
    wanted = {
        "Image": "Images",
        "SourceLocation": "Urls",
        "LearnMoreUrl": "Urls",
        "Description": "LongStrings",
    }
    named: dict[str, set[str]] = {group: set() for group in kinds}
    for element in manifest.iter():
        if "resid" in element.attrib:
            named[wanted.get(local(element), "ShortStrings")].add(str(element.get("resid")))
    assert named == kinds


def test_the_ribbon_has_a_button_that_shows_the_pane(manifest: Element) -> None:
    button = manifest.find(f".//{OVERRIDES}Control")
    assert button is not None
    assert button.get(TYPE) == "Button"
    action = button.find(f"{OVERRIDES}Action")
    assert action is not None
    assert action.get(TYPE) == "ShowTaskpane"
    sizes = [image.get("size") for image in button.findall(f"{OVERRIDES}Icon/{BASIC}Image")]
    assert sizes == ["16", "32", "80"], "the three that Excel asks for"


def test_every_address_is_of_the_origin_under_which_the_installation_is_reached(manifest: Element) -> None:
    found = list(addresses(manifest))
    assert len(found) >= 8
    assert {f"{urlsplit(item).scheme}://{urlsplit(item).netloc}" for item in found} == {
        "https://plant.example:8443"
    }
    assert text(manifest, f"{APP}DefaultSettings/{APP}SourceLocation") == "https://plant.example:8443/lookup/"


def test_two_installations_are_two_add_ins_and_one_stays_the_same(manifest: Element) -> None:
    first = text(manifest, f"{APP}Id")
    assert text(manifest_of(Client()), f"{APP}Id") == first
    assert first != str(uuid.uuid5(uuid.NAMESPACE_URL, "https://plant.example:8443"))


def test_the_manifest_is_the_same_in_every_language(manifest: Element) -> None:
    german: Any = manifest_of(Client(headers={"accept-language": "de"}))
    assert text(german, f"{APP}Description") == text(manifest, f"{APP}Description")


@pytest.mark.parametrize("size", ICONS)
def test_icons_are_pngs_of_their_size(size: int) -> None:
    answer = Client().get(f"/lookup/icons/icon-{size}.png")
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.content[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", answer.content[16:24]) == (size, size)


def test_there_are_no_other_icons() -> None:
    assert Client().get("/lookup/icons/icon-17.png").status_code == 404


def test_the_pane_may_stand_in_excels_frame_and_other_pages_in_nobodys() -> None:
    client = Client()
    pane = client.get("/lookup/")
    policy = pane.headers["Content-Security-Policy"]
    assert "script-src 'self' https://appsforoffice.microsoft.com;" in policy
    assert (
        "frame-ancestors 'self' https://*.officeapps.live.com https://*.office.com https://*.microsoft.com"
        " https://*.sharepoint.com;" in policy
    )
    assert "X-Frame-Options" not in pane.headers
    guide = client.get("/lookup/help/")
    assert "frame-ancestors 'none'" in guide.headers["Content-Security-Policy"]
    assert guide.headers["X-Frame-Options"] == "DENY"
    assert "Excel takes add-ins by HTTPS alone" in guide.content.decode()
