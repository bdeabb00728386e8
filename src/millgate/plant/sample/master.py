"""Master data as batches: written once when a company is founded."""

from collections.abc import Iterator
from datetime import date

from millgate.plant.sample.batches import Batch, batch
from millgate.plant.sample.calendar import BREAK_MINUTES, instant_text
from millgate.plant.sample.company import Company
from millgate.plant.sample.families import FAMILIES
from millgate.plant.sample.ledger import Row
from millgate.plant.sample.vocabulary import EVENTS, SCRAP_REASONS, STATUSES

DEPARTMENTS = (
    (100, "Stamping", 0),
    (200, "Molding", 0),
    (300, "Welding", 1),
    (400, "Machining", 1),
    (500, "Assembly", 1),
    (600, "Shipping", 1),
)
CALENDAR_HORIZON_DAYS = 370
# Setups that take longer than this many minutes are planned for two.
TWO_PEOPLE_FROM = 60
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
    yield from _products(company, at)


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
    yield batch(
        "shift",
        [
            (base + 1 + n, pcn, name, start.isoformat(), end.isoformat(), BREAK_MINUTES, days, at)
            for n, ((name, start, end), days) in enumerate(
                zip(
                    company.calendar.shift_times(),
                    ("Mon,Tue,Wed,Thu,Fri,Sat", "Mon,Tue,Wed,Thu,Fri,Sat", "Mon,Tue,Wed,Thu,Fri"),
                    strict=True,
                )
            )
        ],
    )
    yield batch(
        "employee",
        [
            (p.key, pcn, p.badge, p.last, p.first, p.department, p.shift, p.position, 1)
            for p in company.people
        ],
    )


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
    yield batch(
        "production_line",
        [
            (base + 1 + n, pcn, f"{f.code}-LINE", f"{f.group} Line", _buildings(company, f.building))
            for n, f in enumerate(families)
        ],
    )
    yield batch(
        "workcenter",
        [
            (
                w.key,
                pcn,
                w.code,
                w.name,
                w.family.type,
                w.group,
                w.family.department,
                _buildings(company, w.family.building),
                base + 1 + families.index(w.family),
                f"PLC-{w.code}",
                f"10.{company.profile.index}.{w.family.department // 100}.{10 + w.position}",
                1,
                at,
            )
            for w in company.workcenters
        ],
    )


def _products(company: Company, at: str) -> Iterator[Batch]:
    yield _parts(company, at)
    pcn = company.profile.pcn
    yield batch("tool", [(t.key, pcn, t.no, t.kind, t.cavities, t.part, t.shots) for t in company.tools])
    yield from _routings(company, at)


def _parts(company: Company, at: str) -> Batch:
    rng = company.rng("parts")
    buildings = company.profile.buildings
    rows: list[Row] = []
    for part in company.parts:
        raw = not part.route
        building = part.route[0].family.building if part.route and part.route[0].family else 0
        rows.append(
            (
                part.key,
                company.profile.pcn,
                part.no,
                part.revision,
                part.name,
                f"{part.name}, {part.group.lower()}",
                part.kind,
                part.group,
                "Purchased" if raw else "Manufactured",
                "Material" if raw else "Automotive",
                part.status,
                buildings[min(building, len(buildings) - 1)][0],
                rng.randrange(5, 40) if raw else rng.randrange(3, 15),
                part.weight,
                1000 if raw else part.route[-1].pack,
                part.bin,
                "kg" if raw else "pcs",
                "",
                at,
                at,
            )
        )
    return batch("part", rows)


def _routings(company: Company, at: str) -> Iterator[Batch]:
    base, pcn = company.profile.base, company.profile.pcn
    steps = [(part, step) for part in company.parts for step in part.steps]
    codes = {code: base + 1 + n for n, code in enumerate(dict.fromkeys(step.code for _, step in steps))}
    yield batch("operation", [(key, pcn, code, *_operation_type(code)) for code, key in codes.items()])
    yield batch(
        "part_operation",
        [
            (
                s.key,
                pcn,
                p.key,
                s.no,
                codes[s.code],
                int(p.status != "Obsolete"),
                int(s.last),
                s.multiple,
                s.pack,
                p.weight,
                at,
            )
            for p, s in steps
        ],
    )
    yield batch("approved_workcenter", _approvals(company, at))
    yield batch("bom", _materials(company))


def _operation_type(code: str) -> tuple[str, str]:
    """How an operation is done, and what its pieces are afterwards."""
    if code == "RECEIVE":
        return ("Receiving", "Raw Material")
    if code == "INSPECT":
        return ("Inspection", "WIP")
    return ("Production", "Finished Goods" if code == "PACK" else "WIP")


def _approvals(company: Company, at: str) -> list[Row]:
    rows: list[Row] = []
    for part in company.parts:
        for step in part.steps:
            for position, rate in step.rates.items():
                target = round(rate.standard * 0.95, 1)
                hours = round(rate.setup_minutes / 60, 3)
                machine = company.workcenters[position].key
                rows.append(
                    (
                        rate.key,
                        company.profile.pcn,
                        machine,
                        step.key,
                        rate.standard,
                        rate.ideal,
                        target,
                        hours,
                        1,
                        2 if rate.setup_minutes > TWO_PEOPLE_FROM else 1,
                        "",
                        at,
                    )
                )
    return rows


def _materials(company: Company) -> list[Row]:
    """Each made part consumes one raw material at its first reported step."""
    raw = [part for part in company.parts if not part.route]
    made = [part for part in company.parts if part.route]
    return [
        (
            company.profile.base + 1 + n,
            company.profile.pcn,
            part.route[0].key,
            raw[n % len(raw)].key,
            round(part.weight * 1.08, 4),
        )
        for n, part in enumerate(made)
    ]
