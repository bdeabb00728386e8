"""The console's addresses."""

from django.urls import path

from millgate.control.console import (
    admin,  # noqa: F401 - importing it registers its pages
    views,
)
from millgate.control.console.site import console

urlpatterns = [
    path("publishing/", console.admin_view(views.publishing), name="console-publishing"),
    path(
        "publishing/<int:number>/restore/",
        console.admin_view(views.version_restore),
        name="console-version-restore",
    ),
    path("", console.urls),
]
