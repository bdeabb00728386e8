"""The portal's addresses."""

from django.urls import path

from millgate.control.portal import account_urls, service_requests, views
from millgate.control.portal.definitions import FORMS, definition

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("apis/", views.apis, name="apis"),
    path("apis/<slug:key>/", views.api, name="api"),
    *(path(f"apis/<slug:key>/{form}", definition, {"form": form}, name=form) for form in FORMS),
    path("adapters/", views.adapters, name="adapters"),
    path("adapters/<slug:key>/", views.adapter, name="adapter"),
    path("applications/", views.applications, name="applications"),
    path("applications/<uuid:client_id>/", views.application, name="application"),
    path("service-requests/", service_requests.service_requests, name="service-requests"),
    path("service-requests/new/", service_requests.service_request_new, name="service-request-new"),
    path("service-requests/<int:number>/", service_requests.service_request, name="service-request"),
    *account_urls.urlpatterns,
]
