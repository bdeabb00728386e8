"""The console's addresses."""

from django.urls import path

from millgate.control.console import (
    admin,  # noqa: F401 - importing it registers its pages
    analytics_views,
    choosing,
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
    path("analytics/", console.admin_view(analytics_views.analytics), name="console-analytics"),
    path(
        "analytics/<slug:name>.csv",
        console.admin_view(analytics_views.analytics_csv),
        name="console-analytics-csv",
    ),
    path("people-offered/", console.admin_view(choosing.people_offered), name="console-people-offered"),
    path("", console.urls),
]
