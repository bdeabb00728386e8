"""The reference's addresses, below those of the portal."""

from django.urls import path

from millgate.control.portal.reference import views
from millgate.control.portal.reference.markdown import FILE

urlpatterns = [
    path("apis/", views.apis, name="apis"),
    path(f"apis/{FILE}", views.apis_copy, name="apis-copy"),
    path("apis/<slug:key>/", views.api, name="api"),
    path(f"apis/<slug:key>/{FILE}", views.api_copy, name="api-copy"),
    path("apis/<slug:key>/operations/<slug:operation_key>/", views.operation, name="operation"),
    path(
        f"apis/<slug:key>/operations/<slug:operation_key>/{FILE}", views.operation_copy, name="operation-copy"
    ),
    path("apis/<slug:key>/schemas/<path:name>/", views.schema, name="schema"),
    path(f"apis/<slug:key>/schemas/<path:name>/{FILE}", views.schema_copy, name="schema-copy"),
    path(f"adapters/{FILE}", views.adapters_copy, name="adapters-copy"),
    path(f"adapters/<slug:key>/{FILE}", views.adapter_copy, name="adapter-copy"),
    path("errors/", views.errors, name="errors"),
    path(f"errors/{FILE}", views.errors_copy, name="errors-copy"),
    path("errors/<slug:code>/", views.error, name="error"),
    path(f"errors/<slug:code>/{FILE}", views.error_copy, name="error-copy"),
    path("search/", views.find, name="search"),
    path("search/index.json", views.index, name="search-index"),
    path("llms.txt", views.llms, name="llms"),
]
