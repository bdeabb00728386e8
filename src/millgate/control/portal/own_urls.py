"""The addresses of what is somebody's own: subscriptions, their keys, and why calls were refused."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from millgate.control.portal import analytics_views, refusal_views, subscribe_views, subscription_views


class WhichKey(StringConverter):
    """Either key of a subscription."""

    regex = "primary|secondary"


register_converter(WhichKey, "key")

_SUBSCRIPTION = "profile/subscriptions/<uuid:pk>/"
urlpatterns = [
    path("adapters/<slug:key>/subscribe/", subscribe_views.subscribe, name="subscribe"),
    path("profile/subscriptions/", subscription_views.listed, name="subscriptions"),
    path(_SUBSCRIPTION, subscription_views.one, name="subscription"),
    path(f"{_SUBSCRIPTION}cancel/", subscription_views.cancel, name="subscription-cancel"),
    path(f"{_SUBSCRIPTION}<key:which>/", subscription_views.key, name="subscription-key"),
    path(
        f"{_SUBSCRIPTION}<key:which>/regenerate/",
        subscription_views.regenerate,
        name="subscription-regenerate",
    ),
    path("profile/refusals/", refusal_views.listed, name="refusals"),
    path("profile/analytics/", analytics_views.analytics, name="analytics"),
    path("profile/analytics/<slug:name>.csv", analytics_views.analytics_csv, name="analytics-csv"),
    path("why/<str:request_id>/", refusal_views.one, name="why"),
]
