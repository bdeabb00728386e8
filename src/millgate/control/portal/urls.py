"""The portal's addresses."""

from django.urls import path

from millgate.control.portal import account_urls, content, languages, own_urls, service_requests, views
from millgate.control.portal.definitions import FORMS, definition
from millgate.control.portal.reference.urls import urlpatterns as reference
from millgate.control.portal.tryit.urls import urlpatterns as try_it

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    *reference,
    *try_it,
    *(path(f"apis/<slug:key>/{form}", definition, {"form": form}, name=form) for form in FORMS),
    path("adapters/", views.adapters, name="adapters"),
    path("adapters/<slug:key>/", views.adapter, name="adapter"),
    path("connectors/", content.connectors, name="connectors"),
    path("connectors/<slug:key>/", content.connector, name="connector"),
    path("blog/", content.blog, name="blog"),
    path("blog/feed.atom", content.feed, name="feed"),
    path("blog/<slug:key>/", content.post, name="post"),
    path("language/<slug:code>/", languages.language, name="language"),
    path("glossary/", content.glossary, name="glossary"),
    path("applications/", views.applications, name="applications"),
    path("applications/<uuid:client_id>/", views.application, name="application"),
    path("service-requests/", service_requests.service_requests, name="service-requests"),
    path("service-requests/new/", service_requests.service_request_new, name="service-request-new"),
    path("service-requests/<int:number>/", service_requests.service_request, name="service-request"),
    *account_urls.urlpatterns,
    *own_urls.urlpatterns,
]
