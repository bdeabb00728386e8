"""Parameters that are declared once for all routes, for all indexes, or for all that show records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from millgate.control.actions.registry.model import Parameter, Type

if TYPE_CHECKING:
    from millgate.control.actions.registry.model import Route

APPLICATIONS: Final = ("planoauth", "planoorder", "planox2")
SESSION_VIEWS: Final = ("default", "minimal", "none")
APPLICATION_VIEWS: Final = ("default", "none")
COMPARISONS: Final = ("is", "is_not", "contains", "gt", "gte", "lt", "lte")

MOST_ROWS: Final = 100
MOST_PAGES: Final = 10_000
MOST_FILTERS: Final = 20

TOKEN: Final = Parameter(
    name="token",
    type=Type.STRING,
    position=100,
    required=True,
    max_length=100,
    description="The token of a session or of an application.",
    example="sample-token",
)
APPLICATION: Final = Parameter(
    name="application",
    type=Type.STRING,
    position=200,
    possible_values=APPLICATIONS,
    description="The application that the call is made in; that of the session unless given.",
    example="planoorder",
)
SESSION_VIEW: Final = Parameter(
    name="session_view",
    type=Type.STRING,
    position=300,
    possible_values=SESSION_VIEWS,
    description="How much of the session is answered.",
)
APPLICATION_VIEW: Final = Parameter(
    name="application_view",
    type=Type.STRING,
    position=310,
    possible_values=APPLICATION_VIEWS,
    description="How much of the application is answered.",
)
COMMON: Final = (TOKEN, APPLICATION, SESSION_VIEW)
ID: Final = Parameter(
    name="id",
    type=Type.INTEGER,
    position=400,
    required=True,
    least=1,
    description="Of the record.",
    example=1,
)


def view_of(route: Route) -> Parameter:
    """The parameter by which a caller says how records are shown."""
    return Parameter(
        name="view",
        type=Type.STRING,
        position=320,
        possible_values=route.views,
        description="How much of each record is answered.",
    )


def index_of(route: Route) -> tuple[Parameter, ...]:
    """What every index takes, with the attributes that this one has."""
    searched = tuple(item.name for item in route.attributes if item.search)
    filtered = tuple(item.name for item in route.attributes if item.filter)
    sorted_by = tuple(item.name for item in route.attributes if item.sort)
    return (
        Parameter(
            name="count",
            type=Type.BOOLEAN,
            position=1000,
            description="Whether count is answered: how many records there are on all pages.",
            example=True,
        ),
        *_search(searched),
        Parameter(
            name="filters",
            type=Type.ARRAY,
            position=1200,
            max_length=MOST_FILTERS,
            description="Conditions that all hold for the records.",
        ),
        Parameter(
            name="attribute",
            type=Type.STRING,
            position=1210,
            parent="filters",
            required=True,
            possible_values=filtered,
            description="What is compared.",
        ),
        Parameter(
            name="comparison",
            type=Type.STRING,
            position=1220,
            parent="filters",
            possible_values=COMPARISONS,
            description="How it is compared; is unless given.",
        ),
        Parameter(
            name="value",
            type=Type.JSON,
            position=1230,
            parent="filters",
            required=True,
            description="What it is compared with.",
        ),
        Parameter(name="page", type=Type.PARENT, position=1300, description="Which part of the records."),
        Parameter(
            name="number",
            type=Type.INTEGER,
            position=1310,
            parent="page",
            least=1,
            most=MOST_PAGES,
            description="The page, from 1.",
            example=1,
        ),
        Parameter(
            name="size",
            type=Type.INTEGER,
            position=1320,
            parent="page",
            least=1,
            most=MOST_ROWS,
            description="How many records a page has; 25 unless given.",
            example=25,
        ),
        Parameter(name="sort", type=Type.PARENT, position=1400, description="The order of the records."),
        Parameter(
            name="by",
            type=Type.STRING,
            position=1410,
            parent="sort",
            possible_values=sorted_by,
            description="The attribute that they are sorted by.",
            example=sorted_by[0],
        ),
        Parameter(
            name="order",
            type=Type.STRING,
            position=1420,
            parent="sort",
            possible_values=("asc", "desc"),
            description="Upwards unless desc.",
            example="desc",
        ),
    )


def _search(searched: tuple[str, ...]) -> tuple[Parameter, ...]:
    if not searched:
        return ()
    return (
        Parameter(name="search", type=Type.PARENT, position=1100, description="Words to look for."),
        Parameter(
            name="term",
            type=Type.STRING,
            position=1110,
            parent="search",
            required=True,
            max_length=200,
            description="What an attribute must contain.",
        ),
        Parameter(
            name="attributes",
            type=Type.ARRAY,
            position=1120,
            parent="search",
            possible_values=searched,
            max_length=len(searched),
            description="Where to look; everywhere unless given.",
        ),
    )
