"""The portal's addresses."""

from django.urls import path

from millgate.control.portal import views
from millgate.control.portal.definitions import FORMS, definition
from millgate.control.portal.reference.urls import urlpatterns as reference

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    *reference,
    *(path(f"apis/<slug:key>/{form}", definition, {"form": form}, name=form) for form in FORMS),
    path("adapters/", views.adapters, name="adapters"),
    path("adapters/<slug:key>/", views.adapter, name="adapter"),
    path("applications/", views.applications, name="applications"),
    path("applications/<uuid:client_id>/", views.application, name="application"),
    path("sign-in/", views.SignIn.as_view(), name="sign-in"),
    path("sign-out/", views.SignOut.as_view(), name="sign-out"),
]
