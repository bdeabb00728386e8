"""The documentation of the action API, at addresses that follow those of its calls."""

from django.urls import path

from millgate.control.portal.documentation import views
from millgate.control.portal.documentation.views import DEFINITIONS
from millgate.control.portal.reference.markdown import FILE

app_name = "documentation"
_ACTION = "api/v1/<slug:collection>/<slug:action>"

urlpatterns = [
    path("", views.overview, name="overview"),
    path("index.json", views.overview_json, name="overview-json"),
    path(FILE, views.overview_copy, name="overview-copy"),
    *(path(form, views.definition, {"form": form}, name=form) for form in DEFINITIONS),
    path("list_items", views.lists, name="lists"),
    path("list_items.json", views.lists_json, name="lists-json"),
    path("list_items.md", views.lists_copy, name="lists-copy"),
    path("list_items/<slug:key>", views.list_items, name="list"),
    path("list_items/<slug:key>.json", views.list_json, name="list-json"),
    path("list_items/<slug:key>.md", views.list_copy, name="list-copy"),
    path(_ACTION, views.action, name="action"),
    path(f"{_ACTION}.json", views.action_json, name="action-json"),
    path(f"{_ACTION}.md", views.action_copy, name="action-copy"),
]
