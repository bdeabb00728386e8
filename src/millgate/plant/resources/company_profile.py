"""CompanyProfile: the company that the caller acts in."""

from __future__ import annotations

from typing import Final

from millgate.plant.kinds import INTEGER, TEXT, TIME_OF_DAY
from millgate.plant.modules import PLATFORM
from millgate.plant.resource import SELDOM_CHANGED, Action, Field, Operation, Resource, modified_since

COMPANY_PROFILE: Final = Resource(
    name="CompanyProfile",
    controller="CompanyProfile",
    module=PLATFORM,
    path="/Platform/Login/CompanyProfile",
    source="plant_pcn c",
    pcn="c.pcn",
    order=("c.pcn_key",),
    fields=(
        Field("name", TEXT, "c.name", "The name of the company."),
        Field("plexusCustomerCode", TEXT, "c.plexus_customer_code", "The code that people sign in with."),
        Field("pcn", INTEGER, "c.pcn_key", "The number of the company."),
        Field("timeZone", TEXT, "c.time_zone", "The plant's time zone, by its IANA name."),
        Field(
            "productionDayStart",
            TIME_OF_DAY,
            "c.production_day_start",
            "When a production day begins, as hh:mm of the plant's own clock.",
        ),
    ),
    filters=(modified_since("c.modified_date", days_ago=SELDOM_CHANGED),),
    operations=(
        Operation(
            "get-company-profile",
            Action.LIST,
            "Get the company profile",
            "The company in which the application acts: always one row.",
        ),
    ),
)
