"""AuditLogs: who changed what through the API, when, and from where."""

from __future__ import annotations

from typing import Final

from millgate.plant.kinds import INSTANT, INTEGER, TEXT
from millgate.plant.modules import PLATFORM
from millgate.plant.resource import (
    BEFORE,
    LIKE,
    SINCE,
    Action,
    Field,
    Filter,
    Operation,
    Resource,
    Window,
)

AUDIT_LOGS: Final = Resource(
    name="AuditLogs",
    controller="AuditLogs",
    module=PLATFORM,
    path="/Platform/Audit/AuditLogs",
    source="plant_change x",
    pcn="x.pcn",
    order=("x.changed_at", "x.change_key"),
    fields=(
        Field("auditLogKey", INTEGER, "x.change_key", "The key of the row."),
        Field("changedAt", INSTANT, "x.changed_at", "When it was changed, UTC."),
        Field("account", TEXT, "x.account", "The account that the application acted as."),
        Field("application", TEXT, "x.application", "The client id of the application."),
        Field("sourceAddress", TEXT, "x.source_address", "The address that the call came from."),
        Field("requestId", TEXT, "x.request_id", "The call's X-Request-Id."),
        Field("resource", TEXT, "x.resource", "Of which resource the row is."),
        Field("rowKey", TEXT, "x.row_key", "The key of the row."),
        Field("action", TEXT, "x.action", "create, update or delete."),
        Field("before", TEXT, "x.before", "The row as it was, as JSON; empty where there was none."),
        Field("after", TEXT, "x.after", "The row as it became, as JSON; empty where it is gone."),
    ),
    filters=(
        Filter("Resource", TEXT, "x.resource", LIKE, "The resource.", example="DcJobs"),
        Filter("RowKey", TEXT, "x.row_key", LIKE, "The key of the row.", example="104512"),
        Filter("Account", TEXT, "x.account", LIKE, "The account.", example="%"),
        Filter("Action", TEXT, "x.action", LIKE, "create, update or delete.", example="update"),
        Filter("StartDate", INSTANT, "x.changed_at", SINCE, "Changed at or after this instant.", days_ago=30),
        Filter("EndDate", INSTANT, "x.changed_at", BEFORE, "Changed before this instant.", days_ago=-1),
    ),
    windows=(Window("StartDate", "EndDate"),),
    operations=(
        Operation(
            "list-audit-logs",
            Action.LIST,
            "List changes",
            "Changes that applications made through this API, oldest first.",
        ),
    ),
)
