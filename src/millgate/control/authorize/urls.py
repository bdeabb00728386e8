"""The room's addresses."""

from django.urls import path

from millgate.control.authorize import programs, views

app_name = "authorize"
urlpatterns = [
    path("oauth2/v1/authorize", views.authorize, name="any"),
    path("<str:tenant>/oauth2/authorize", views.authorize, name="tenant"),
    path("portal/consent/", views.decide, name="decide"),
    path("portal/profile/programs/", programs.programs, name="programs"),
    path("portal/profile/programs/<uuid:client_id>/", programs.revoke, name="revoke"),
]
