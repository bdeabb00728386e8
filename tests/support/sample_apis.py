"""Operations whose samples are looked at: all that are built in, and some whose description is hostile."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from msgspec.structs import replace

from millgate.control.actions.describing.api import api_direct, api_managed
from millgate.control.actions.registry.table import ROUTES
from millgate.describe.model import Api, Body, Operation, Parameter, Payload, Place, VersionScheme
from millgate.describe.samples import SampleCall, call_of
from millgate.describe.writing.site import Site
from millgate.plant.registry import apis

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SITE = Site("https://mill.example", "https://mill.example/oauth2/v1/token", "http://api.plex.com/")

HOSTILE = (
    "'; reboot; '",
    '"; reboot; "',
    "$(reboot) `reboot` ${reboot} #{reboot}",
    "\\",
    "\\'",
    '\\"',
    '"""',
    "''''",
    '"\n"""\nBODY\nBODY;\n\'@\n`',
    "\n\u2019@\n\u2018; reboot #",
    "line\r\nX-Injected: yes",
    "\0\x07\x7f",
    "\u202e\u2066hidden\u2069",
    "\u2028\u2029\ufeff",
    "caf\u00e9 \u4e2d\u6587 \U0001f600",
    "*/ // <!-- --> </script><script>alert(1)</script>",
    "<?php ?> <% %> {{ x }} {% x %}",
    "%0a%s%n",
    "  leading\n    more\ntrailing  \n",
    'a\n"""',
    "\U000e0001 tag",
    "@file",
    "__proto__",
)


def api_of(operation: Operation, **changes: object) -> Api:
    api = Api(
        key="hostile", name="Hostile", suffix="Hostile", version="v1", upstream="u", operations=(operation,)
    )
    return replace(api, **changes)


def hostile_call(text: str, *, method: str = "POST", media_type: str = "application/json") -> SampleCall:
    """A call with a text in every place that a description can fill."""
    operation = Operation(
        key="x",
        method=method,
        template="/Things/{ThingKey}",
        name=text,
        target="x",
        summary=text,
        parameters=(
            Parameter("ThingKey", Place.PATH, example=text, required=True),
            Parameter(text, Place.QUERY, example=text, required=True),
            Parameter("X-Trace", Place.HEADER, example=text, required=True),
            Parameter(text, Place.HEADER, example="named", required=True),
            Parameter(text, Place.COOKIE, example=text, required=True),
        ),
        body=Body((Payload(media_type, example=text if media_type == "text/plain" else {text: text}),)),
    )
    api = api_of(operation, version=text, version_scheme=VersionScheme.QUERY, version_name=text)
    return call_of(api, operation, SITE)


def action_calls() -> list[SampleCall]:
    """Of every route of the action API, at its own address as its page of documentation shows it, and managed."""
    actions = (api_direct(ROUTES.values()), api_managed())
    return [call_of(api, operation, SITE) for api in actions for operation in api.operations]


@cache
def built_in_calls() -> Sequence[SampleCall]:
    plant = [call_of(api, operation, SITE) for api in apis() for operation in api.operations]
    return [*plant, *action_calls()]


@cache
def hostile_calls() -> Sequence[SampleCall]:
    media_types = (
        "application/json",
        "text/plain",
        "multipart/form-data",
        "application/x-www-form-urlencoded",
    )
    return [hostile_call(text, media_type=media) for text in HOSTILE for media in media_types]


def calls() -> list[SampleCall]:
    """All of them; they are written once per process."""
    return [*built_in_calls(), *hostile_calls()]


def header_texts(call: SampleCall) -> Iterable[tuple[str, str]]:
    """The headers with the credentials that the tests give: KEY and T0KEN."""
    values = {"": "", "key": call.credentials.key, "token": "T0KEN"}
    return [(item.name, item.text + values[item.secret]) for item in call.headers]
