"""The pages on which people look after their own account."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from millgate.control.accounts import addresses, offering, second_factors, services, sessions, tries
from millgate.control.accounts.links import CONFIRM_HOURS
from millgate.control.accounts.passwords import password_change
from millgate.control.actions.sessions import sessions_end as action_sessions_end
from millgate.control.audit.acting import origin
from millgate.control.portal.account_forms import (
    AddressForm,
    NameForm,
    OwnPasswordForm,
    PasswordChangeForm,
    SecondFactorForm,
)
from millgate.control.portal.asking import asked_too_often
from millgate.control.publish.services import directory_change
from millgate.snapshot.build import SnapshotFaulty

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from millgate.control.accounts.models import Person


@login_required
@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Name, time zone, language, e-mail, and what the person is here."""
    person = _person(request)
    form = NameForm(request.POST or None, instance=person)
    if request.method == "POST" and form.is_valid():
        services.person_profile_set(person=person, **form.cleaned_data)
        messages.success(request, _("Your profile is saved."))
        return redirect("portal:profile")
    person.refresh_from_db()
    return render(request, "portal/profile/account.html", {"form": form, "person": person})


@login_required
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Change the password; everybody else who is signed in with it is signed out."""
    person = _person(request)
    form = PasswordChangeForm(request.POST or None, person=person)
    if request.method == "POST" and form.is_valid():
        key = request.session.session_key
        password_change(person=person, password=form.cleaned_data["password"], session=key)
        update_session_auth_hash(request, person)
        sessions.session_keep(request, person)
        messages.success(request, _("Your password is changed. Everywhere else you are signed out."))
        return redirect("portal:profile-security")
    return render(request, "portal/profile/password.html", {"form": form})


@login_required
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def address(request: HttpRequest) -> HttpResponse:
    """Ask for another e-mail."""
    person = _person(request)
    form = AddressForm(request.POST or None, person=person)
    if request.method == "POST" and form.is_valid() and _address_asked(form, person):
        words = _(
            "A link is on its way to %(email)s. It works for %(hours)s hours; your e-mail stays until then."
        )
        messages.success(request, words % {"email": form.cleaned_data["email"], "hours": CONFIRM_HOURS})
        return redirect("portal:profile")
    return render(request, "portal/profile/address.html", {"form": form})


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def address_confirm(request: HttpRequest, secret: str) -> HttpResponse:
    """Confirm another e-mail, as the person who asked for it."""
    person = _person(request)
    email = addresses.address_change_waits(person, secret)
    if email is not None and request.method == "POST":
        try:
            addresses.address_change(person=person, secret=secret)
        except ValidationError:
            email = None
        else:
            messages.success(request, _("Your e-mail is %(email)s now. Sign in with it.") % {"email": email})
            return redirect("portal:profile")
    if email is None:
        return render(request, "portal/link_dead.html", {"again": "portal:profile-address"}, status=404)
    return render(request, "portal/profile/address_confirm.html", {"email": email})


@login_required
@require_safe
def security(request: HttpRequest) -> HttpResponse:
    """Password, second factor, and where the person is signed in."""
    person = _person(request)
    context = {
        "person": person,
        "second_factor": second_factors.has_second_factor(person),
        "codes_left": second_factors.recovery_codes_left(person),
        "sessions": sessions.sessions_of(person)[:50],
        "this": request.session.session_key,
    }
    return render(request, "portal/profile/security.html", context)


@login_required
@require_POST
def sessions_end(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere else: of browsers, of the pane, and of what was begun with the action API."""
    person = _person(request)
    action_sessions_end(person)
    ended = sessions.sessions_end(person=person, but=request.session.session_key)
    words = ngettext(
        "%(n)s other browser is signed out, and so are Workcenter Lookup and the action API.",
        "%(n)s other browsers are signed out, and so are Workcenter Lookup and the action API.",
        ended.browsers,
    )
    if ended.complete:
        messages.success(request, words % {"n": ended.browsers})
    else:
        messages.error(request, _("Sessions of Workcenter Lookup could not be ended. Try again in a moment."))
    return redirect("portal:profile-security")


@never_cache
@login_required
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    """Turn the second factor on."""
    person = _person(request)
    if second_factors.has_second_factor(person):
        return redirect("portal:profile-security")
    secret = offering.secret_offered(request, person)
    form = SecondFactorForm(request.POST or None, person=person)
    if request.method == "POST" and form.is_valid():
        try:
            codes = second_factors.second_factor_enable(
                person=person, secret=secret, code=form.cleaned_data["code"]
            )
        except ValidationError as refused:
            form.add_error("code", refused)
        else:
            offering.offer_end(request)
            return _codes_shown(request, codes)
    picture = offering.picture_of(secret, person)
    context = {"form": form, "picture": picture, "secret": offering.spelt(secret)}
    return render(request, "portal/profile/second_factor.html", context)


@never_cache
@login_required
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def second_factor_off(request: HttpRequest) -> HttpResponse:
    """Turn the second factor off."""
    person = _person(request)
    form = OwnPasswordForm(request.POST or None, person=person)
    if request.method == "POST" and form.is_valid():
        second_factors.second_factor_disable(person=person)
        messages.success(request, _("The second factor is off."))
        return redirect("portal:profile-security")
    return render(request, "portal/profile/second_factor_off.html", {"form": form})


@never_cache
@login_required
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Make new recovery codes."""
    person = _person(request)
    if not second_factors.has_second_factor(person):
        return redirect("portal:profile-security")
    form = OwnPasswordForm(request.POST or None, person=person)
    if request.method == "POST" and form.is_valid():
        return _codes_shown(request, second_factors.recovery_codes_renew(person=person))
    return render(request, "portal/profile/recovery_codes.html", {"form": form})


@login_required
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def close(request: HttpRequest) -> HttpResponse:
    """Close the account, for good."""
    person = _person(request)
    form = OwnPasswordForm(request.POST or None, person=person)
    if request.method == "POST" and form.is_valid():
        try:
            with directory_change(by=person.user_id):
                services.person_close(person=person)
        except (ValidationError, SnapshotFaulty) as refused:
            form.add_error(None, _why(refused))
        else:
            logout(request)
            messages.success(request, _("Your account is closed. Its keys do not work any more."))
            return redirect("portal:home")
    return render(request, "portal/profile/close.html", {"form": form})


def _person(request: HttpRequest) -> Person:
    return cast("Person", request.user)


def _address_asked(form: AddressForm, person: Person) -> bool:
    until = tries.try_begin(tries.of_asking(origin().address))
    if until is not None:
        form.add_error(None, asked_too_often(until))
        return False
    try:
        addresses.address_change_ask(person=person, email=form.cleaned_data["email"])
    except ValidationError as refused:
        form.add_error("email", refused.messages)
        return False
    return True


def _codes_shown(request: HttpRequest, codes: list[str]) -> HttpResponse:
    return render(request, "portal/recovery_codes.html", {"codes": codes, "onward": ""})


def _why(refused: ValidationError | SnapshotFaulty) -> list[str]:
    if isinstance(refused, ValidationError):
        return list(refused.messages)
    return [_("The account cannot be closed just now. Tell your administrator.")]
