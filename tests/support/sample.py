"""A small company with an account, an application and a catalogue, as services make them."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.conf import settings

from millgate.control.accounts.services import company_create, person_create, service_account_create
from millgate.control.catalogue.services import adapter_put
from millgate.control.clients.services import application_create, application_secret_add, subscription_create
from millgate.control.publish.installation import installation_ensure
from millgate.control.publish.services import directory_change, publication_make
from millgate.core.clock import Clock
from millgate.describe.model import Api, Operation, Parameter, Place
from millgate.snapshot.document import Adapter, Limit
from support.rows import Added, adding

if TYPE_CHECKING:
    from millgate.control.accounts.models import Company, Person
    from millgate.control.clients.models import ClientApplication, Subscription

JOBS = Api(
    key="job-tracking",
    name="Job Tracking",
    suffix="JobTracking",
    version="v1",
    upstream="plant",
    description="Jobs and how far they are.",
    operations=(
        Operation(
            key="list-jobs",
            method="GET",
            template="/DcJobs",
            name="List jobs",
            target="jobs.list",
            summary="The jobs of the plant.",
            parameters=(
                Parameter(
                    "JobStatus",
                    Place.QUERY,
                    description="How far the job is.",
                    repeatable=True,
                    values=("Scheduled", "Production", "Completed"),
                ),
            ),
        ),
        Operation(
            key="get-job",
            method="GET",
            template="/DcJobs/{JobKey}",
            name="Get a job",
            target="jobs.one",
            parameters=(Parameter("JobKey", Place.PATH, "integer", required=True, example="4711"),),
        ),
    ),
)

PRODUCTION = Adapter(
    key="production-management",
    name="Production Management",
    apis=("job-tracking",),
    description="Everything about jobs.",
    limits=(Limit("rate", 60, 60), Limit("calls", 10_000, 604_800)),
)

PASSWORD = "nine tall mills"


@dataclass(frozen=True)
class Sample:
    """What `sample_make` made."""

    company: Company
    administrator: Person
    developer: Person
    account: Person
    application: ClientApplication
    secret: str
    subscription: Subscription


_made: Final[list[tuple[Api, Sample, Added]]] = []
"""The samples of this process with their API and rows, as they were made in empty databases."""


def sample_make() -> Sample:
    """An installation with one of everything, published.

    Services make it once per process. Later calls put the same rows again where none of them stands: with the
    same keys, secrets and moments, in a fiftieth of the time. By a clock that goes another way it is made anew.
    """
    if type(settings.CLOCK) is not Clock or settings.CLOCK.offset:
        return _make()
    known = next((kept for kept in _made if kept[0] == JOBS), None)
    if known is not None:
        _, sample, added = known
        return copy.deepcopy(sample) if added.put() else _make()
    with adding() as added:
        sample = _make()
    if added.to_nothing:
        _made.append((JOBS, copy.deepcopy(sample), added))
    return sample


def _make() -> Sample:
    installation_ensure(apis=(JOBS,))
    adapter = adapter_put(PRODUCTION)
    with directory_change(by="sample"):
        company = company_create(pcn=79870, code="GRAND", name="Grand Mills", time_zone="America/Detroit")
        administrator = person_create(
            email="ada@example.com",
            password=PASSWORD,
            first_name="Ada",
            last_name="Admin",
            is_staff=True,
            is_superuser=True,
        )
        developer = person_create(
            email="dev@example.com", password=PASSWORD, first_name="Dee", last_name="Developer"
        )
        account = service_account_create(user_id="svc.jobs", company=company, roles=("production-viewer",))
        application = application_create(
            display_name="Job board", company=company, account=account, owner=developer
        )
        _, secret = application_secret_add(application=application, description="first")
        subscription = subscription_create(owner=developer, adapter=adapter, approved=True)
    publication_make(by="sample")
    return Sample(company, administrator, developer, account, application, secret.reveal(), subscription)
