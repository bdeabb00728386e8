"""Every address that Django answers."""

from django.urls import include, path
from django.views.generic import RedirectView

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="portal:home")),
    path("llms.txt", RedirectView.as_view(pattern_name="portal:llms")),
    path("portal/", include("millgate.control.portal.urls")),
    path("console/", include("millgate.control.console.urls")),
    path("api/", include("millgate.control.actions.urls")),
    path("documentation/", include("millgate.control.portal.documentation.urls")),
    path("lookup/", include("millgate.control.lookup.urls")),
    path("", include("millgate.control.authorize.urls")),
]
