"""The service that one would write by hand: FastAPI and SQLAlchemy, as their documentation shows them.

`/orm/…` maps rows to objects and answers through a response model. `/core/…` leaves both out: plain rows,
and the fastest JSON encoder there is for Python.

    PLANT_URL=sqlite:////path/plant.db  uvicorn fastapi_service:app
"""

import os
from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated

import msgspec
from fastapi import Depends, FastAPI, HTTPException, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from sqlalchemy import BigInteger, DateTime, ForeignKey, Select, case, create_engine, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, contains_eager, mapped_column, relationship

CONNECTIONS = 16


class Base(DeclarativeBase):
    """The tables."""

    type_annotation_map = {datetime: DateTime(timezone=True), int: BigInteger}  # noqa: RUF012 - SQLAlchemy's form


class Company(Base):
    """A company."""

    __tablename__ = "plant_pcn"

    pcn_key: Mapped[int] = mapped_column(primary_key=True)
    part_rev_separator: Mapped[str]


class ProductionLog(Base):
    """Good pieces."""

    __tablename__ = "plant_production_log"

    production_log_key: Mapped[int] = mapped_column(primary_key=True)
    pcn: Mapped[int] = mapped_column(ForeignKey("plant_pcn.pcn_key"))
    workcenter_key: Mapped[int]
    workcenter_code: Mapped[str]
    record_date: Mapped[datetime]
    report_date: Mapped[date]
    shift: Mapped[str]
    quantity: Mapped[float]
    unit: Mapped[str]
    rejected: Mapped[bool]
    scrap_quantity: Mapped[float]
    job_no: Mapped[str]
    job_key: Mapped[int | None]
    job_op_key: Mapped[int | None]
    part_no: Mapped[str]
    revision: Mapped[str]
    part_key: Mapped[int | None]
    operation_no: Mapped[int | None]
    operation_code: Mapped[str]
    part_operation_key: Mapped[int | None]
    serial_no: Mapped[str]
    lot_no: Mapped[str]
    heat_no: Mapped[str]
    tracking_no: Mapped[str]
    employee_key: Mapped[int | None]
    employee_name: Mapped[str]
    cycle_seconds_actual: Mapped[float | None]
    company: Mapped[Company] = relationship()

    @property
    def log_date(self) -> datetime:
        """The name that the API gives it."""
        return self.record_date

    @property
    def part_no_revision(self) -> str:
        """Part and revision as the company joins them."""
        if not self.revision:
            return self.part_no
        return f"{self.part_no}{self.company.part_rev_separator}{self.revision}"


class Shown(BaseModel):
    """What rows share."""

    model_config = ConfigDict(from_attributes=True, alias_generator=to_camel, populate_by_name=True)


class LogShown(Shown):
    """A production log as the API answers it."""

    production_log_key: int
    workcenter_key: int
    workcenter_code: str
    log_date: datetime
    report_date: date
    shift: str
    quantity: float
    unit: str
    rejected: bool
    scrap_quantity: float
    job_no: str
    job_key: int | None
    job_op_key: int | None
    part_no: str
    revision: str
    part_no_revision: str
    part_key: int | None
    operation_no: int | None
    operation_code: str
    part_operation_key: int | None
    serial_no: str
    lot_no: str
    heat_no: str
    tracking_no: str
    employee_key: int | None
    employee_name: str
    cycle_seconds_actual: float | None


class Page(BaseModel):
    """A page of them."""

    links: list[dict[str, str]]
    embedded: list[LogShown]
    total: int
    count: int


class Asked(BaseModel):
    """The query."""

    pcn: int
    start: Annotated[datetime, Field(alias="StartDate")]
    end: Annotated[datetime, Field(alias="EndDate")]
    offset: int = 0
    limit: int = 100


engine = create_engine(os.environ["PLANT_URL"], pool_size=CONNECTIONS)
encoder = msgspec.json.Encoder()


def get_session() -> Iterator[Session]:
    """A session for one request."""
    with Session(engine) as session:
        yield session


SessionDep = Annotated[Session, Depends(get_session)]
AskedDep = Annotated[Asked, Query()]
app = FastAPI()


@app.get("/orm/WorkcenterProductionLogs/{key}", response_model=Page)
def read_objects(key: int, asked: AskedDep, session: SessionDep) -> dict[str, object]:
    """A page by way of mapped objects and a response model."""
    total = session.scalar(_wanted(select(func.count()).select_from(ProductionLog), key, asked))
    rows = select(ProductionLog).join(ProductionLog.company).options(contains_eager(ProductionLog.company))
    logs = session.scalars(_page(rows, key, asked)).all()
    if not total:
        raise HTTPException(404)
    return {"links": _links(key, asked, total), "embedded": logs, "total": total, "count": len(logs)}


def _columns() -> Select:
    log = ProductionLog.__table__.c
    joined = log.part_no + case(
        (log.revision == "", ""), else_=Company.__table__.c.part_rev_separator + log.revision
    )
    given = {"log_date": log.record_date, "part_no_revision": joined}
    named = [(name, given[name] if name in given else log[name]) for name in LogShown.model_fields]
    return (
        select(*(column.label(to_camel(name)) for name, column in named))
        .select_from(ProductionLog.__table__)
        .join(Company.__table__)
    )


ROWS = _columns()


@app.get("/core/WorkcenterProductionLogs/{key}")
def read_rows(key: int, asked: AskedDep) -> Response:
    """A page by way of plain rows and an encoder."""
    with engine.connect() as connection:
        total = connection.scalar(_wanted(select(func.count()).select_from(ProductionLog), key, asked))
        rows = [dict(row) for row in connection.execute(_page(ROWS, key, asked)).mappings()]
    if not total:
        raise HTTPException(404)
    page = {"links": _links(key, asked, total), "embedded": rows, "total": total, "count": len(rows)}
    return Response(encoder.encode(page), media_type="application/json")


def _wanted(statement: Select, key: int, asked: Asked) -> Select:
    return statement.where(
        ProductionLog.pcn == asked.pcn,
        ProductionLog.workcenter_key == key,
        ProductionLog.record_date >= asked.start,
        ProductionLog.record_date < asked.end,
    )


def _page(statement: Select, key: int, asked: Asked) -> Select:
    ordered = _wanted(statement, key, asked).order_by(
        ProductionLog.record_date, ProductionLog.production_log_key
    )
    return ordered.offset(asked.offset).limit(asked.limit)


def _links(key: int, asked: Asked, total: int) -> list[dict[str, str]]:
    window = f"StartDate={_text(asked.start)}&EndDate={_text(asked.end)}"
    query = f"/WorkcenterProductionLogs/{key}?{window}"
    places = {"self": asked.offset, "first": 0, "last": (total - 1) // asked.limit * asked.limit}
    if asked.offset + asked.limit < total:
        places["next"] = asked.offset + asked.limit
    return [
        {"rel": rel, "href": f"{query}&offset={offset}&limit={asked.limit}", "method": "GET"}
        for rel, offset in places.items()
    ]


def _text(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"
