"""Parts, tools and routings as batches of master data."""

from collections.abc import Iterator
from random import Random

from millgate.plant.sample.batches import Batch, batch
from millgate.plant.sample.company import Company
from millgate.plant.sample.ledger import Row
from millgate.plant.sample.parts import Part
from millgate.plant.sample.routing import Rate, Step

# Setups that take longer than this many minutes are planned for two.
TWO_PEOPLE_FROM = 60


def products(company: Company, at: str) -> Iterator[Batch]:
    """The parts, the tools that make them and how they are made."""
    yield _parts(company, at)
    pcn = company.profile.pcn
    yield batch("tool", [(t.key, pcn, t.no, t.kind, t.cavities, t.part, t.shots) for t in company.tools])
    yield from _routings(company, at)


def _parts(company: Company, at: str) -> Batch:
    rng = company.rng("parts")
    return batch("part", [_part(company, part, at, rng) for part in company.parts])


def _part(company: Company, part: Part, at: str, rng: Random) -> Row:
    raw, buildings = not part.route, company.profile.buildings
    building = part.route[0].family.building if part.route and part.route[0].family else 0
    return (
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


def _routings(company: Company, at: str) -> Iterator[Batch]:
    base, pcn = company.profile.base, company.profile.pcn
    steps = [(part, step) for part in company.parts for step in part.steps]
    codes = {code: base + 1 + n for n, code in enumerate(dict.fromkeys(step.code for _, step in steps))}
    yield batch("operation", [(key, pcn, code, *_operation_type(code)) for code, key in codes.items()])
    yield batch("part_operation", [_part_operation(pcn, p, s, codes[s.code], at) for p, s in steps])
    yield batch("approved_workcenter", _approvals(company, at))
    yield batch("bom", _materials(company))


def _part_operation(pcn: int, part: Part, step: Step, operation: int, at: str) -> Row:
    return (
        step.key,
        pcn,
        part.key,
        step.no,
        operation,
        int(part.status != "Obsolete"),
        int(step.last),
        step.multiple,
        step.pack,
        part.weight,
        at,
    )


def _operation_type(code: str) -> tuple[str, str]:
    """How an operation is done, and what its pieces are afterwards."""
    if code == "RECEIVE":
        return ("Receiving", "Raw Material")
    if code == "INSPECT":
        return ("Inspection", "WIP")
    return ("Production", "Finished Goods" if code == "PACK" else "WIP")


def _approvals(company: Company, at: str) -> list[Row]:
    return [
        _approval(company, position, step, rate, at)
        for part in company.parts
        for step in part.steps
        for position, rate in step.rates.items()
    ]


def _approval(company: Company, position: int, step: Step, rate: Rate, at: str) -> Row:
    return (
        rate.key,
        company.profile.pcn,
        company.workcenters[position].key,
        step.key,
        rate.standard,
        rate.ideal,
        round(rate.standard * 0.95, 1),
        round(rate.setup_minutes / 60, 3),
        1,
        2 if rate.setup_minutes > TWO_PEOPLE_FROM else 1,
        "",
        at,
    )


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
