"""What commands show: progress while they work, and the demo's addresses, credentials and first calls."""

from __future__ import annotations

import json
import shlex
from base64 import b64encode
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urlencode

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from millgate.assembly.demo_env import CA_FILE
from millgate.core.clock import Clock
from millgate.core.values import instant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from millgate.assembly.demo import Demo
    from millgate.core.settings import Settings

    Tell: TypeAlias = Callable[[str, int, int], None]

WEEK_SECONDS = 7 * 86_400


@contextmanager
def progress() -> Iterator[Tell]:
    """A bar for each step, on standard error, so that output can be piped."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"))
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def tell(step: str, done: int, total: int) -> None:
            name = step.partition(":")[0]
            if name not in tasks:
                tasks[name] = bars.add_task(name)
            bars.update(tasks[name], completed=done, total=total)

        yield tell


def demo(settings: Settings, ready: Demo) -> None:
    """Print everything that one needs for the first call, to be pasted as it stands."""
    values, origin = ready.credentials, settings.public_origin
    authority = values.get(CA_FILE)
    print(  # noqa: T201 - unwrapped, so that commands can be pasted
        _PAGE.format(
            origin=origin,
            home=settings.home,
            now=instant(Clock().now()),
            first=_curl(settings, ready, "/test"),
            second=_curl(settings, ready, ""),
            token=_token_curl(settings, values),
            session=_session_curl(settings, values),
            trust=_TRUST.format(file=authority, home=shlex.quote(str(settings.home))) if authority else "",
            **values,
        ),
        flush=True,
    )


def _token_curl(settings: Settings, values: dict[str, str]) -> str:
    return (
        f"TOKEN=$({_curl_begin(values)} {settings.public_origin}/oauth2/v1/token"
        " -d grant_type=client_credentials"
        f" -d client_id={values['MILLGATE_CLIENT_ID']}"
        f" --data-urlencode 'client_secret={values['MILLGATE_CLIENT_SECRET']}'"
        f" --data-urlencode 'resource={values['MILLGATE_RESOURCE']}'"
        """ | sed 's/.*"access_token": *"\\([^"]*\\)".*/\\1/')"""
    )


def _session_curl(settings: Settings, values: dict[str, str]) -> str:
    """Signing in. Its body holds a password, so it is the base64 of the JSON object."""
    given = {
        "email": values["MILLGATE_ACTION_EMAIL"],
        "password": values["MILLGATE_ACTION_PASSWORD"],
        "application": "planoorder",
    }
    body = b64encode(json.dumps(given).encode()).decode()
    begin = _curl_begin(values)
    return f"{begin} {settings.public_origin}/api/v1/sessions/create -H 'Content-Type: text/plain' -d {body}"


def _curl(settings: Settings, ready: Demo, tier: str) -> str:
    now = Clock().now()
    window = urlencode({"StartDate": instant(now - WEEK_SECONDS), "EndDate": instant(now)}, safe=":")
    path = f"{tier}/Production/v1/WorkcenterProductionLogs/{ready.workcenter_key}"
    return (
        f"{_curl_begin(ready.credentials)} '{settings.public_origin}{path}?{window}'"
        f" -H 'Ocp-Apim-Subscription-Key: {ready.credentials['MILLGATE_SUBSCRIPTION_KEY']}'"
        ' -H "Authorization: Bearer $TOKEN"'
    )


def _curl_begin(values: dict[str, str]) -> str:
    """curl, told whom to believe where the system does not know."""
    return f"curl -sS --cacert {shlex.quote(values[CA_FILE])}" if CA_FILE in values else "curl -sS"


_TRUST = """\
  Authority      {file} (millgate tls --home {home} tells how to trust it)
"""
_PAGE = """\
Millgate demo: Tamarack Precision Components (Sample), a company that does not exist.

  Portal         {origin}/portal/
  Console        {origin}/console/
  Lookup         {origin}/lookup/
  Data           {home}
{trust}
Sample credentials, for this demo alone; they also stand in {home}/demo.env:

  Administrator  {MILLGATE_ADMIN_EMAIL}  {MILLGATE_ADMIN_PASSWORD}
  Developer      {MILLGATE_DEVELOPER_EMAIL}  {MILLGATE_DEVELOPER_PASSWORD}
                  (in Lookup: user ID {MILLGATE_DEVELOPER_USER_ID}, company code {MILLGATE_COMPANY_CODE})
  Order desk     {MILLGATE_ACTION_EMAIL}  {MILLGATE_ACTION_PASSWORD}
  Client ID      {MILLGATE_CLIENT_ID}
  Client secret  {MILLGATE_CLIENT_SECRET}
  Key            {MILLGATE_SUBSCRIPTION_KEY}
  Limited key    {MILLGATE_LIMITED_SUBSCRIPTION_KEY}  ({MILLGATE_LIMITED_CALLS} calls a minute)

A token, then the production logs of a stamping press, on the test and the production tier:

{token}

{first}

{second}

A session of the action API, as the order desk:

{session}

Serving since {now}. End with Ctrl-C.
"""
