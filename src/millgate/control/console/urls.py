"""The console's addresses."""

from django.urls import path

from millgate.control.console import (
    account_settings,
    admin,  # noqa: F401 - importing it registers its pages
    analytics_views,
    approvals_views,
    choosing,
    cloud_access_views,
    roles_views,
    sandbox_views,
    settings_views,
    views,
)
from millgate.control.console.site import console

urlpatterns = [
    path("publishing/", console.admin_view(views.publishing), name="console-publishing"),
    path("publishing/<int:number>/", console.admin_view(views.version), name="console-version"),
    path(
        "publishing/<int:number>/restore/",
        console.admin_view(views.version_restore),
        name="console-version-restore",
    ),
    path(
        "account-settings/",
        console.admin_view(account_settings.account_settings_page),
        name="console-account-settings",
    ),
    path("analytics/", console.admin_view(analytics_views.analytics), name="console-analytics"),
    path(
        "analytics/<slug:name>.csv",
        console.admin_view(analytics_views.analytics_csv),
        name="console-analytics-csv",
    ),
    path("faults/", console.admin_view(sandbox_views.faults), name="console-faults"),
    path("faults/add/", console.admin_view(sandbox_views.rule_add), name="console-fault-rule-add"),
    path("faults/clock/jump/", console.admin_view(sandbox_views.clock_jump), name="console-clock-jump"),
    path("faults/clock/reset/", console.admin_view(sandbox_views.clock_reset), name="console-clock-reset"),
    path(
        "faults/rules/<slug:name>/", console.admin_view(sandbox_views.rule_change), name="console-fault-rule"
    ),
    path(
        "faults/rules/<slug:name>/switch/",
        console.admin_view(sandbox_views.rule_switch),
        name="console-fault-rule-switch",
    ),
    path(
        "faults/rules/<slug:name>/delete/",
        console.admin_view(sandbox_views.rule_delete),
        name="console-fault-rule-delete",
    ),
    path("settings/", console.admin_view(settings_views.installation_settings), name="console-settings"),
    path("people-offered/", console.admin_view(choosing.people_offered), name="console-people-offered"),
    path("approvals/", console.admin_view(approvals_views.approvals), name="console-approvals"),
    path("cloud-access/", console.admin_view(cloud_access_views.cloud_access), name="console-cloud-access"),
    path(
        "cloud-access/<int:number>/",
        console.admin_view(cloud_access_views.cloud_access_of),
        name="console-cloud-access-of",
    ),
    path("roles/", console.admin_view(roles_views.roles), name="console-roles"),
    path("roles/<slug:key>/", console.admin_view(roles_views.role), name="console-role"),
    path("roles/<slug:key>/change/", console.admin_view(roles_views.role_change), name="console-role-change"),
    path("", console.urls),
]
