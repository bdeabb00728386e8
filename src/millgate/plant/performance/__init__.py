"""How well workcenters perform: the elements of ISO 22400-2, and the indicators made of them."""

from millgate.plant.performance.calendar import Calendar, Segment, Shift
from millgate.plant.performance.elements import Element, Pieces, RateSource, Stretch, element_of, rate_of
from millgate.plant.performance.oee import Group, Performance, performance
from millgate.plant.performance.reading import performance_rows

__all__ = [
    "Calendar",
    "Element",
    "Group",
    "Performance",
    "Pieces",
    "RateSource",
    "Segment",
    "Shift",
    "Stretch",
    "element_of",
    "performance",
    "performance_rows",
    "rate_of",
]
