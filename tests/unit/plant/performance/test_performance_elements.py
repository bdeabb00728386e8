"""What a status or a rate counts as."""

import pytest

from millgate.plant.performance import Element, RateSource, element_of, rate_of
from millgate.plant.sample.vocabulary import STATUSES, Status

OF_THE_SAMPLE = {
    "Production": Element.APT,
    "Setup": Element.AUST,
    "Excess Setup": Element.AUST,
    "Idle - No Job": Element.IDLE,
    "Idle - No Operator": Element.IDLE,
    "Waiting Material": Element.ADET,
    "Down - Unplanned": Element.ADET,
    "Down - Tooling": Element.ADET,
    "Quality Hold": Element.ADET,
    "Planned Maintenance": Element.OUT,
    "Break": Element.OUT,
    "Off Shift": Element.OUT,
}


def element(*flags: str, iso: str = "none") -> Element:
    names = ("off", "production", "setup", "downtime", "maintenance")
    set_flags = {name: f"{name}_status" in flags for name in names}
    return element_of(**set_flags, iso_time_element=iso)


@pytest.mark.parametrize("status", STATUSES, ids=lambda status: status.name)
def test_each_status_of_the_sample_has_its_element(status: Status) -> None:
    assert element(*status.flags, iso=status.element) is OF_THE_SAMPLE[status.name]


@pytest.mark.parametrize(
    ("flags", "iso", "expected"),
    [
        ((), "none", Element.IDLE),
        (("maintenance_status",), "ADET", Element.ADET),
        (("maintenance_status", "downtime_status"), "none", Element.OUT),
        (("off_status", "production_status"), "APT", Element.OUT),
        (("production_status", "setup_status"), "APT", Element.APT),
        (("setup_status", "downtime_status"), "AUST", Element.AUST),
    ],
)
def test_of_several_flags_one_decides(flags: tuple[str, ...], iso: str, expected: Element) -> None:
    assert element(*flags, iso=iso) is expected


@pytest.mark.parametrize(
    ("ideal", "standard", "expected"),
    [
        (120.0, 100.0, (120.0, RateSource.IDEAL)),
        (None, 100.0, (100.0, RateSource.STANDARD)),
        (0.0, 100.0, (100.0, RateSource.STANDARD)),
        (-1.0, 0.0, None),
        (None, None, None),
    ],
)
def test_the_ideal_rate_counts_where_it_is_given(
    ideal: float | None, standard: float | None, expected: tuple[float, RateSource] | None
) -> None:
    assert rate_of(ideal, standard) == expected
