"""The console's addresses."""

from django.urls import path

from millgate.control.console import (
    account_settings,
    admin,  # noqa: F401 - importing it registers its pages
    analytics_views,
    approvals_views,
    cloud_access_views,
    roles_views,
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
