"""The pane's addresses."""

from django.urls import path

from millgate.control.lookup import pages, session_views, views

app_name = "lookup"
urlpatterns = [
    path("", views.pane, name="pane"),
    path("manifest.xml", pages.manifest, name="manifest"),
    path("icons/icon-<int:size>.png", pages.icon, name="icon"),
    path("help/", pages.guide, name="help"),
    path("session", session_views.begin, name="session"),
    path("session/renew", session_views.renew, name="renew"),
    path("session/end", session_views.end, name="end"),
    path("reports.json", views.reports, name="reports"),
    path("windows", views.time_frames, name="windows"),
    path("sheets", views.sheets, name="sheets"),
]
