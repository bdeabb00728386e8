"""What people decide about the action API goes to files of decisions and comes back."""

from __future__ import annotations

import pytest

from millgate.control.accounts.models import Person
from millgate.control.actions.applications import application_account_set, application_set
from millgate.control.actions.cancelation_models import ListItem
from millgate.control.actions.deployment import actions_ensure, route_state_set, service_state_set
from millgate.control.actions.list_items import list_item_put
from millgate.control.actions.models import Application, DeployState, RouteRecord, ServiceRecord
from millgate.control.publish.exporting.files import FilesFaulty
from millgate.control.publish.exporting.services import decisions_apply, differences
from support.sample import sample_make
from unit.control.test_exporting import exported, found_in

ROUTE, SERVICE, APPLICATION = "cancelations/update", "people", "planox2"
REASON = {"key": "job_cancelation_reason", "slug": "tool_broke", "name": "The tool broke"}

pytestmark = pytest.mark.usefixtures("rows")


@pytest.fixture
def untouched() -> dict[str, str]:
    """The files of an installation of which nobody has changed the action API."""
    sample_make()
    actions_ensure()
    return exported(sealed=False)


def changed() -> dict[str, str]:
    """The files after somebody has."""
    route_state_set(RouteRecord.objects.get(path=ROUTE), DeployState.RETIRED)
    service_state_set(ServiceRecord.objects.get(slug=SERVICE), DeployState.PLANNED)
    application = Application.objects.get(slug=APPLICATION)
    application_set(application, name="Our own desk", roles=["liaison"], active=False)
    application_account_set(application, Person.objects.get(user_id="svc.jobs"))
    return exported(sealed=False)


def applied(files: dict[str, str], *, prune: bool = False) -> list[str]:
    return [str(made) for made in decisions_apply(found=found_in(files), by="test", prune=prune).changes]


def test_files_name_what_somebody_has_changed_alone(untouched: dict[str, str]) -> None:
    after = changed()

    assert {path for path in after if after[path] != untouched[path]} == {
        *("action_applications.yaml", "action_routes.yaml", "action_services.yaml")
    }
    assert untouched["action_routes.yaml"] == "[]\n"
    assert after["action_routes.yaml"] == f"- path: {ROUTE}\n  state: retired\n"
    assert after["action_services.yaml"] == f"- slug: {SERVICE}\n  state: planned\n"


def test_it_comes_back_and_what_is_pruned_is_as_at_the_beginning(untouched: dict[str, str]) -> None:
    after = changed()
    back = applied(untouched, prune=True)

    assert sorted(back) == [
        f"removed action application {APPLICATION} (Our own desk)",
        f"removed action route {ROUTE}",
        f"removed action service {SERVICE}",
    ]
    assert exported(sealed=False) == untouched
    assert RouteRecord.objects.get(path=ROUTE).state == DeployState.DEPLOYED
    assert len(applied(after)) == 3
    assert exported(sealed=False) == after
    assert differences(found_in(after)) == ()


def test_an_installation_that_has_not_begun_with_them_takes_them(untouched: dict[str, str]) -> None:
    after = changed()
    assert after != untouched
    for model in (RouteRecord, ServiceRecord, Application, ListItem):
        model.objects.all().delete()
    applied(after)

    assert exported(sealed=False) == after


def test_an_item_of_a_list_is_made_and_changed_and_stays(untouched: dict[str, str]) -> None:
    list_item_put({**REASON, "default": True})
    after = exported(sealed=False)
    with pytest.raises(FilesFaulty) as faulty:
        applied(untouched, prune=True)
    assert [fault.why for fault in faulty.value.faults] == [
        "Records refer to it, so it stays. Set `active: false` instead."
    ]
    after["list_items.yaml"] = after["list_items.yaml"].replace("The tool broke", "A tool broke")

    assert applied(after) == ["changed list item job_cancelation_reason tool_broke (A tool broke)"]
    assert [item.slug for item in ListItem.objects.filter(key=REASON["key"], default=True)] == ["tool_broke"]


@pytest.mark.parametrize(
    ("path", "text", "why"),
    [
        ("action_routes.yaml", "- path: no/such\n  state: retired\n", "This release has no no/such."),
        (
            "action_routes.yaml",
            f"- path: {ROUTE}\n  state: gone\n",
            "state: Say one of planned, deployed, retired.",
        ),
        (
            "action_applications.yaml",
            f"- slug: {APPLICATION}\n  name: A\n  roles: [owner]\n",
            "roles: Name each of client, employee and liaison once at most.",
        ),
        (
            "action_applications.yaml",
            f"- slug: {APPLICATION}\n  name: A\n  account: nobody\n",
            "account: There is no person nobody.",
        ),
        (
            "action_applications.yaml",
            f"- slug: {APPLICATION}\n  name: A\n  account: '1234567'\n",
            "account: There is no person 1234567.",
        ),
        (
            "list_items.yaml",
            "- key: job_cancelation_reason\n  slug: Not So\n  name: A\n",
            "The parameter slug is invalid. Use lower case letters, digits and single underscores.",
        ),
    ],
)
def test_what_cannot_be_is_told_at_its_line(
    untouched: dict[str, str], path: str, text: str, why: str
) -> None:
    with pytest.raises(FilesFaulty) as faulty:
        applied(untouched | {path: text})

    (fault,) = faulty.value.faults
    assert (fault.place, fault.why) == (path, why)
    assert fault.line > 0
    assert exported(sealed=False) == untouched
