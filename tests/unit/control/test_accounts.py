"""People: who they are, and who may not be shut out."""

from __future__ import annotations

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.db import connection

from millgate.control.accounts import services
from millgate.control.accounts.models import Person, PersonState, Role, RoleGrant
from support.sample import PASSWORD, sample_make

pytestmark = pytest.mark.usefixtures("rows")


def test_people_sign_in_with_their_email_whatever_its_case() -> None:
    sample = sample_make()
    assert authenticate(username="DEV@Example.com", password=PASSWORD) == sample.developer


def test_an_email_belongs_to_one_person_whatever_its_case() -> None:
    sample_make()
    with pytest.raises(ValidationError, match="Another account has this e-mail"):
        services.person_create(email="Dev@Example.COM")


def test_a_password_satisfies_the_rules() -> None:
    with pytest.raises(ValidationError, match="too common"):
        services.person_create(email="new@example.com", password="password")
    person = services.person_create(email="new@example.com", password=PASSWORD)
    with pytest.raises(ValidationError, match="too short"):
        services.person_password_set(person=person, password="x7$")
    services.person_password_set(person=person, password="another long one")
    assert person.check_password("another long one")


def test_a_service_account_cannot_sign_in() -> None:
    sample = sample_make()
    assert not sample.account.has_usable_password()
    assert not sample.account.is_active
    with pytest.raises(ValidationError, match="no password"):
        services.person_password_set(person=sample.account, password=PASSWORD)


def test_blocked_and_closed_people_cannot_sign_in_and_only_the_blocked_come_back() -> None:
    sample = sample_make()
    services.person_block(person=sample.developer)
    assert authenticate(username="dev@example.com", password=PASSWORD) is None
    services.person_activate(person=sample.developer)
    assert authenticate(username="dev@example.com", password=PASSWORD) == sample.developer
    services.person_close(person=sample.developer)
    assert not Person.objects.get(pk=sample.developer.pk).has_usable_password()
    with pytest.raises(ValidationError, match="stays so"):
        services.person_activate(person=sample.developer)
    with pytest.raises(ValidationError, match="stays so"):
        services.person_block(person=sample.developer)


def test_the_last_administrator_cannot_be_shut_out() -> None:
    sample = sample_make()
    with pytest.raises(ValidationError, match="last administrator"):
        services.person_block(person=sample.administrator)
    services.person_create(email="second@example.com", is_staff=True, is_superuser=True)
    services.person_block(person=sample.administrator)
    assert sample.administrator.state == PersonState.BLOCKED


def test_roles_are_given_by_key() -> None:
    sample = sample_make()
    services.person_roles_set(person=sample.account, roles=("operator", "quality"))
    keys = sample.account.assignments.values_list("role__key", flat=True)
    assert set(keys) == {"operator", "quality"}
    with pytest.raises(ValidationError, match="no role nobody"):
        services.person_roles_set(person=sample.account, roles=("nobody",))


def test_built_in_roles_stay_as_somebody_has_set_them() -> None:
    services.roles_ensure()
    RoleGrant.objects.filter(role__key="engineer").delete()
    services.roles_ensure()
    assert not Role.objects.get(key="engineer").grants.exists()
    assert set(Role.objects.values_list("key", flat=True)) == set(services.BUILT_IN_ROLES)


def test_roles_of_an_earlier_release_open_the_reports_once() -> None:
    services.roles_ensure()
    RoleGrant.objects.filter(controller__in=("JobProgress", "AuditLogs")).delete()
    migration = import_module("millgate.control.accounts.migrations.0002_report_controllers")
    migration.grant(apps, SimpleNamespace(connection=connection))
    opened = RoleGrant.objects.filter(read=True, write=False)
    assert opened.filter(role__key="operator", controller="JobProgress").exists()
    assert opened.filter(role__key="quality", controller="AuditLogs").exists()
    assert not opened.filter(role__key="operator", controller="AuditLogs").exists()
    assert not opened.filter(role__key="everyone", controller="JobProgress").exists()


def test_what_a_role_opens_for_writing_it_opens_for_reading() -> None:
    services.roles_ensure()
    grants = RoleGrant.objects.filter(role__key="quality", write=True)
    assert {grant.controller for grant in grants} == {"WorkcenterScrapLogs", "Containers"}
    assert all(grant.read for grant in grants)


def test_a_company_has_a_time_zone_that_exists() -> None:
    with pytest.raises(ValidationError, match="no time zone"):
        services.company_create(pcn=1, code="ONE", name="One", time_zone="Mars/Base")
