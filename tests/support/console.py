"""A person at the console without a browser: pages are fetched, forms filled in and sent."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING, Self

import httpx

if TYPE_CHECKING:
    from http.cookiejar import CookieJar

    from support.served import Served

Fields = dict[str, list[str]]


class _Forms(HTMLParser):
    """The fields of each form of a page, as a browser would send them untouched."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, Fields]] = []
        self._select: str | None = None
        self._area: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((given.get("action", ""), {}))
        elif tag == "select":
            self._select = given.get("name")
        elif tag == "option" and self._select and "selected" in given:
            self._put(self._select, given.get("value", ""))
        elif tag == "textarea":
            self._area = given.get("name")
            self._put(self._area or "", "")
        elif tag == "input":
            self._input(given)

    def _input(self, given: dict[str, str]) -> None:
        kind = given.get("type", "text")
        if kind in {"submit", "button", "reset"} or (
            kind in {"checkbox", "radio"} and "checked" not in given
        ):
            return
        self._put(given.get("name", ""), given.get("value", "on" if kind == "checkbox" else ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = None
        elif tag == "textarea":
            self._area = None

    def handle_data(self, data: str) -> None:
        if self._area and self.forms:
            self.forms[-1][1][self._area] = [data.removeprefix("\r\n").removeprefix("\n")]

    def _put(self, name: str, value: str) -> None:
        if name and self.forms:
            self.forms[-1][1].setdefault(name, []).append(value)


def forms_of(html: str) -> list[tuple[str, Fields]]:
    """Action and fields of each form."""
    parser = _Forms()
    parser.feed(html)
    return parser.forms


class Console:
    """A signed-in administrator."""

    def __init__(self, server: Served) -> None:
        self._client = httpx.Client(
            base_url=server.origin, follow_redirects=True, timeout=30, verify=server.trust
        )
        self._origin = server.origin
        signed_in = self.send(
            "/console/login/",
            {"username": server.env["ADMIN_EMAIL"], "password": server.env["ADMIN_PASSWORD"]},
        )
        assert "Log out" in signed_in.text or "Sign out" in signed_in.text, signed_in.text

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._client.close()

    @property
    def cookies(self) -> CookieJar:
        """What the server has set."""
        return self._client.cookies.jar

    def page(self, address: str) -> str:
        """A page's HTML."""
        return self._client.get(address).raise_for_status().text

    def send(self, address: str, changes: dict[str, str | None], *, having: str = "") -> httpx.Response:
        """Fetch a page, change fields of its form, and send it.

        A field given as None is left out, as an unticked box is. `having` names a field that tells the
        form from others on the page; otherwise it is the one with the first of the changes.
        """
        wanted = having or next(iter(changes))
        action, fields = next(form for form in forms_of(self.page(address)) if wanted in form[1])
        for name, value in changes.items():
            if value is None:
                fields.pop(name, None)
            else:
                fields[name] = [value]
        target = httpx.URL(self._origin + address).join(action) if action else address
        return self._client.post(target, data=fields, headers={"Referer": self._origin + address})

    def act(self, page: str, action: str, fields: dict[str, str] | None = None) -> httpx.Response:
        """Press a button: the form of the page whose action ends so."""
        found = [form for form in forms_of(self.page(page)) if form[0].endswith(action)]
        assert found, f"no {action} on {page}"
        target = httpx.URL(self._origin + page).join(found[0][0])
        sent = found[0][1] | {name: [value] for name, value in (fields or {}).items()}
        return self._client.post(target, data=sent, headers={"Referer": self._origin + page})

    def row(self, listing: str, text: str) -> str:
        """The address of the row of a list whose link has this text."""
        finder = _Links(text)
        finder.feed(self.page(listing))
        assert finder.found, f"{text} is not in {listing}"
        return str(httpx.URL(self._origin + listing).join(finder.found[0]).path)


class _Links(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text
        self._href = ""
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self._href = dict(attrs).get("href") or ""

    def handle_data(self, data: str) -> None:
        if self._href and data.strip() == self._text:
            self.found.append(self._href)
