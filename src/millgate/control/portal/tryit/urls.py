"""The address that the panel's scripts ask, below those of the portal."""

from django.urls import path

from millgate.control.portal.tryit import views

urlpatterns = [
    path("try-it/why/", views.why, name="try-it-why"),
]
