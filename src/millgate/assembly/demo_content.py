"""The demo's connectors and its first post. Imported once Django is ready."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from millgate.control.catalogue.content_services import connector_put, post_put

if TYPE_CHECKING:
    from datetime import datetime

_PYTHON: Final = """\
No library of ours is needed: [MSAL](https://pypi.org/project/msal/) gets the token, and any HTTP client
makes the call.

```python
import os

import httpx
import msal

origin, tenant = os.environ["MILLGATE_ORIGIN"], os.environ["MILLGATE_TENANT"]
application = msal.ConfidentialClientApplication(
    os.environ["MILLGATE_CLIENT_ID"],
    client_credential=os.environ["MILLGATE_CLIENT_SECRET"],
    authority=f"{origin}/{tenant}",
    instance_discovery=False,
)
token = application.acquire_token_for_client(["http://api.plex.com//.default"])["access_token"]
answer = httpx.get(
    f"{origin}/test/Workcenter/v1/Workcenters",
    params={"limit": 5},
    headers={
        "Authorization": f"Bearer {token}",
        "Ocp-Apim-Subscription-Key": os.environ["MILLGATE_SUBSCRIPTION_KEY"],
    },
)
print(answer.json())
```

The variables stand in `demo.env` in the data directory of the demo. MSAL keeps a token until it ends, so
ask it before each call. MSAL takes an authority that begins with `https://` alone: start the demo with TLS.
"""
_SPREADSHEETS: Final = """\
Every list also answers as CSV, as lines of JSON and as a workbook. The `Accept` header chooses:

| `Accept` | What comes |
|---|---|
| `text/csv` | CSV with a header line |
| `application/x-ndjson` | one JSON object on each line |
| `application/vnd.openxmlformats-officedocument.spreadsheetml.sheet` | an Excel workbook |

```sh
curl -sS "$MILLGATE_ORIGIN/test/Workcenter/v1/Workcenters" \\
  --header "Accept: text/csv" \\
  --header "Ocp-Apim-Subscription-Key: $MILLGATE_SUBSCRIPTION_KEY" \\
  --header "Authorization: Bearer $TOKEN" > workcenters.csv
```

Take the workbook where you can: in it every value has its kind, and no article number becomes a date.
Without `limit` and `offset` all rows come. A tool that reports from a folder of files needs nothing else
than this command in a nightly job.
"""
_DEFINITIONS: Final = """\
Each API has a definition in OpenAPI 3.1, Swagger 2.0 and WADL, which tools read to make a client, a
collection of calls or a mock. The addresses stay:

- `/portal/apis/workcenter/openapi.json`
- `/portal/apis/workcenter/openapi.yaml`
- `/portal/apis/workcenter/swagger.json`
- `/portal/apis/workcenter/wadl.xml`

Import one of them in Postman, Insomnia or Bruno, or hand it to a generator of clients for your language.
Give the tool your subscription key in the header `Ocp-Apim-Subscription-Key` and a token as `Bearer`.
"""
_WELCOME: Final = """\
This installation of Millgate runs the sample company: workcenters, parts, jobs and production logs that
move with the clock, on a test tier and a production tier.

## Begin here

1. Take the two commands of [the first page](/portal/). The second one answers with a workcenter.
2. Read [the APIs](/portal/apis/) with their operations and parameters.
3. Choose [an adapter](/portal/adapters/): it bundles APIs, and says under which limits they are open.

## Try what goes wrong

The adapter *Limited Trial* lets you make twenty calls a minute. Make more, and see how an API says that it
is enough.

Words that are new to you stand in [the glossary](/portal/glossary/).
"""


def make(*, now: datetime) -> None:
    """Make the connectors and the post of a new demo.

    Raises:
        ValidationError: the catalogue lacks an API or adapter that they name.
    """
    _connectors()
    post_put(
        key="welcome",
        title="Welcome to the sample company",
        summary="What is here to be tried, and where to begin.",
        author="The platform team",
        body=_WELCOME,
        draft=False,
        published_at=now,
    )


def _connectors() -> None:
    apis, adapters = ("workcenter",), ("production-management",)
    connector_put(
        key="python",
        name="Python",
        summary="A token and a first call in twenty lines, with libraries that you know.",
        description=_PYTHON,
        vendor="Recipe of the platform team",
        link="https://pypi.org/project/msal/",
        apis=apis,
        adapters=adapters,
        position=1,
    )
    connector_put(
        key="spreadsheets-and-reports",
        name="Spreadsheets and reports",
        summary="Lists as CSV or as an Excel workbook, for spreadsheets and reporting tools.",
        description=_SPREADSHEETS,
        vendor="Recipe of the platform team",
        apis=apis,
        adapters=adapters,
        position=2,
    )
    connector_put(
        key="api-tools",
        name="Tools that read API definitions",
        summary="Clients, collections and mocks made from the definition of an API.",
        description=_DEFINITIONS,
        vendor="Recipe of the platform team",
        apis=apis,
        position=3,
    )
