"""Built-in roles that stand already open the controllers of the reports and of the audit trail, too.

Only once: whoever takes them away afterwards is not contradicted.
"""

from typing import Any

from django.db import migrations

REPORTS = (
    "ProductionSummary",
    "ScrapByReason",
    "DowntimeByReason",
    "SetupHistory",
    "DailyPerformance",
    "JobProgress",
)
AUDIT = "AuditLogs"
READS = {
    "production-viewer": REPORTS,
    "operator": REPORTS,
    "production-planner": (*REPORTS, AUDIT),
    "engineer": (*REPORTS, AUDIT),
    "quality": (*REPORTS, AUDIT),
}


def grant(apps: Any, schema_editor: Any) -> None:
    """Add what is missing; what stands is left as somebody set it."""
    alias = schema_editor.connection.alias
    grants = apps.get_model("accounts", "RoleGrant").objects.using(alias)
    for role in apps.get_model("accounts", "Role").objects.using(alias).filter(key__in=READS):
        for controller in READS[role.key]:
            grants.get_or_create(role=role, controller=controller, defaults={"read": True, "write": False})


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
