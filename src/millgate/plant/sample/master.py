"""Master data as batches: written once when a company is founded."""

from collections.abc import Iterator
from datetime import date

from millgate.plant.sample.batches import Batch, batch
from millgate.plant.sample.calendar import BREAK_MINUTES, instant_text
from millgate.plant.sample.company import Company
from millgate.plant.sample.families import FAMILIES
from millgate.plant.sample.ledger import Row
from millgate.plant.sample.products import products
from millgate.plant.sample.vocabulary import EVENTS, SCRAP_REASONS, STATUSES
from millgate.plant.sample.workcenters import Workcenter

DEPARTMENTS = (
    (100, "Stamping", 0),
    (200, "Molding", 0),
    (300, "Welding", 1),
    (400, "Machining", 1),
    (500, "Assembly", 1),
    (600, "Shipping", 1),
)
CALENDAR_HORIZON_DAYS = 370
SHIFT_DAYS = ("Mon,Tue,Wed,Thu,Fri,Sat", "Mon,Tue,Wed,Thu,Fri,Sat", "Mon,Tue,Wed,Thu,Fri")
FLAGS = (
    "can_run_production",
    "production_status",
    "setup_status",
    "idle_status",
    "downtime_status",
    "maintenance_status",
    "off_status",
    "excess_setup",
    "no_operator_required",
)


def master_data(company: Company, *, founded: int) -> Iterator[Batch]:
    """Everything about a company that its simulation does not change."""
    at = instant_text(founded)
    yield from _site(company, at)
    yield from _words(company, at)
    yield from _equipment(company, at)
    yield from products(company, at)


def calendar_exceptions(company: Company, first: date, last: date) -> Batch:
    """Holidays and overtime Saturdays from `first` until a year after `last`."""
    profile, calendar = company.profile, company.calendar
    rows: list[Row] = []
    for ordinal in range(first.toordinal(), last.toordinal() + CALENDAR_HORIZON_DAYS):
        on = date.fromordinal(ordinal)
        closed = calendar.closed_for(on)
        if closed or calendar.is_overtime(on):
            key = ordinal * 100 + profile.index
            rows.append(
                (key, profile.pcn, on.isoformat(), None, closed or "Saturday overtime", int(not closed))
            )
    return batch("calendar_exception", rows)


def _buildings(company: Company, number: int) -> int:
    """The key of a family's building; a company with one building has everything in it."""
    return company.profile.base + 1 + min(number, len(company.profile.buildings) - 1)


def _site(company: Company, at: str) -> Iterator[Batch]:
    profile, base, pcn = company.profile, company.profile.base, company.profile.pcn
    start = company.calendar.day_start.isoformat()
    zone = company.calendar.zone
    yield batch("pcn", [(pcn, pcn, profile.name, profile.code, zone, start, "-", at)])
    yield batch(
        "building",
        [(base + 1 + n, pcn, *words, 1, at) for n, words in enumerate(profile.buildings)],
    )
    yield batch(
        "department",
        [
            (base + 1 + n, pcn, number, name, _buildings(company, building))
            for n, (number, name, building) in enumerate(DEPARTMENTS)
        ],
    )
    yield batch("shift", _shifts(company, at))
    yield batch(
        "employee",
        [
            (p.key, pcn, p.badge, p.last, p.first, p.department, p.shift, p.position, 1)
            for p in company.people
        ],
    )


def _shifts(company: Company, at: str) -> list[Row]:
    base, pcn = company.profile.base, company.profile.pcn
    times = zip(company.calendar.shift_times(), SHIFT_DAYS, strict=True)
    return [
        (base + 1 + n, pcn, name, start.isoformat(), end.isoformat(), BREAK_MINUTES, days, at)
        for n, ((name, start, end), days) in enumerate(times)
    ]


def _words(company: Company, at: str) -> Iterator[Batch]:
    base, pcn = company.profile.base, company.profile.pcn
    yield batch(
        "workcenter_status",
        [
            (base + 1 + n, pcn, s.name, *(int(flag in s.flags) for flag in FLAGS), s.element, 1, at)
            for n, s in enumerate(STATUSES)
        ],
    )
    yield batch(
        "workcenter_event",
        [(base + 1 + n, pcn, e.code, e.text, base + 1 + e.status, 1, at) for n, e in enumerate(EVENTS)],
    )
    yield batch(
        "scrap_reason",
        [(base + 1 + n, pcn, r.name, r.category, 1) for n, r in enumerate(SCRAP_REASONS)],
    )


def _equipment(company: Company, at: str) -> Iterator[Batch]:
    base, pcn = company.profile.base, company.profile.pcn
    families = [f for f in FAMILIES if any(w.family is f for w in company.workcenters)]
    groups = dict.fromkeys(w.group for w in company.workcenters)
    types = dict.fromkeys(f.type for f in families)
    yield batch("workcenter_group", [(base + 1 + n, pcn, group) for n, group in enumerate(groups)])
    yield batch("workcenter_type", [(base + 1 + n, pcn, name, 1) for n, name in enumerate(types)])
    lines = {f.code: base + 1 + n for n, f in enumerate(families)}
    yield batch(
        "production_line",
        [
            (lines[f.code], pcn, f"{f.code}-LINE", f"{f.group} Line", _buildings(company, f.building))
            for f in families
        ],
    )
    machines = company.workcenters
    yield batch("workcenter", [_workcenter(company, w, lines[w.family.code], at) for w in machines])


def _workcenter(company: Company, workcenter: Workcenter, line: int, at: str) -> Row:
    family = workcenter.family
    return (
        workcenter.key,
        workcenter.pcn,
        workcenter.code,
        workcenter.name,
        family.type,
        workcenter.group,
        family.department,
        _buildings(company, family.building),
        line,
        f"PLC-{workcenter.code}",
        f"10.{company.profile.index}.{family.department // 100}.{10 + workcenter.position}",
        1,
        at,
    )
