"""Every address of the action API: which routes there are is in the registry."""

from django.urls import re_path

from millgate.control.actions import views

app_name = "actions"
urlpatterns = [re_path(r"^v1(?:/.*)?\Z", views.call, name="call")]
