"""Where Django meets the plant's tables."""

from django.apps import AppConfig


class PlantDataConfig(AppConfig):
    """The app that owns every `plant_*` table."""

    name = "millgate.control.plantdata"
    label = "plantdata"
    verbose_name = "Plant data"
