"""What every page of the console shares: a change is one decision, in force when it is committed.

Whatever a page changes runs inside `directory_change`, and it is here that it does, so that no page can
forget it. A change that the rules forbid becomes messages on the page it came from.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeAlias
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import quote, unquote
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.contrib.messages.storage import default_storage
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.http import Http404, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from millgate.control.audit.collecting import thing_of
from millgate.control.console.deleting import listed_by, seen_only
from millgate.control.console.listing import ConsoleList
from millgate.control.console.navigation import heading
from millgate.control.console.seen import seen_form, seen_mark
from millgate.control.publish.services import directory_change
from millgate.snapshot.build import SnapshotFaulty
from millgate.stores.sealing import SealBroken

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.admin.views.main import ChangeList
    from django.db.models import Model, QuerySet
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase
    from django.urls import URLPattern
    from django.utils.functional import Promise
    from django.utils.safestring import SafeString

    # Only the type checker's Django can be told of which model an admin is.
    ModelAdmin: TypeAlias = admin.ModelAdmin[Any]
    Run: TypeAlias = Callable[[HttpRequest, Any], HttpResponse | None]
    Title: TypeAlias = str | Promise
else:
    ModelAdmin = admin.ModelAdmin

REFUSALS: Final = (ValidationError, SnapshotFaulty, SealBroken, ProtectedError, IntegrityError)
"""What a change may be refused with, and every page tells instead of failing."""
CONFIRMED: Final = "confirmed"
"""The field with which the page that asks is answered."""
ROWS_NAMED: Final = 50
"""How many rows that page names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Something that can be done to a row besides editing it: a button on its page, an action in its list.

    Attributes:
        name: in the address.
        label: on the button.
        done: what the page says afterwards.
        run: does it, through a service; may answer with a page of its own.
        open_to: whether a row is in a state for it.
        asks: the question before it is done, for what cannot be undone.
        comment: whether a reason can be given.
        listed: whether it can be done to several rows at once.
        shown: whether the row's page has a button for it, or places it itself.
    """

    name: str
    label: str | Promise
    done: str | Promise
    run: Run
    open_to: Callable[[Any], bool] = lambda _row: True
    asks: str | Promise = ""
    comment: bool = False
    listed: bool = True
    shown: bool = True


def decide(request: HttpRequest, answer: Callable[[], HttpResponseBase], *, back: str) -> HttpResponseBase:
    """Answer a request that changes something: all of it in force, or nothing and the reasons told."""
    try:
        with directory_change(by=request.user.get_username()):
            return answer()
    except REFUSALS as refused:
        # What was said so far speaks of a change that has just been undone.
        request._messages = default_storage(request)  # type: ignore[attr-defined]  # noqa: SLF001
        for why in reasons(refused):
            messages.error(request, why)
        return HttpResponseRedirect(back)


def reasons(refused: Exception) -> list[str]:
    """Why a change was refused, as sentences for the person who made it."""
    if isinstance(refused, ValidationError):
        return refused.messages
    if isinstance(refused, SnapshotFaulty):
        return [f"{where}: {why}" for where, whys in refused.faults.items() for why in whys]
    if isinstance(refused, ProtectedError):
        users = ", ".join(sorted(str(row) for row in refused.protected_objects))
        return [_("It is in use and stays: %(users)s") % {"users": users}]
    if isinstance(refused, SealBroken):
        return [_("This was sealed under another master key and cannot be opened with today's.")]
    return [_("Somebody else has just changed this. Look at it again, then repeat your change.")]


def plain_choices(field: Any) -> Any:  # noqa: ANN401 - any field
    """The field, without Django's buttons to add, change, delete and view what can be chosen."""
    if isinstance(getattr(field, "widget", None), RelatedFieldWidgetWrapper):
        field.widget = field.widget.widget
    return field


class ConsoleAdmin(ModelAdmin):
    """The base of every page for rows."""

    change_form_template = "console/change_form.html"
    acts: ClassVar[tuple[Act, ...]] = ()

    # Every POST is a decision

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - as Django's own
        """The page that adds or changes a row."""
        row = self.get_object(request, unquote(object_id)) if object_id else None
        told = {
            "list_title": self.list_title,
            "acts": self._acts_shown(request, row),
            "seen": seen_mark(row),
        }
        context = (extra_context or {}) | told
        return self._decided(request, partial(super().changeform_view, request, object_id, form_url, context))

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> Any:  # noqa: ANN401 - as Django's own
        """The page that deletes a row."""
        told = {"list_title": self.list_title, "may_view": self.has_view_permission(request)}
        context = told | (extra_context or {})
        return self._decided(request, partial(super().delete_view, request, object_id, context))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:  # noqa: ANN401 - as Django's own
        """The list of rows, where actions on several are chosen."""
        context = {"title": self.list_title} | (extra_context or {})
        return self._decided(request, partial(super().changelist_view, request, context))

    @property
    def list_title(self) -> Title:
        """The name of the list, as the navigation has it."""
        page = f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"
        name = str(self.opts.verbose_name_plural)
        return heading(page) or f"{name[:1].upper()}{name[1:]}"

    def _decided(self, request: HttpRequest, answer: Callable[[], HttpResponseBase]) -> HttpResponseBase:
        if request.method != "POST":
            return answer()
        return decide(request, answer, back=request.path)

    # What was done stands in the audit log, which notices by itself; Django's own log has no entries.

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:  # noqa: ANN401 - as Django's own
        """Nothing: the audit log has it."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:  # noqa: ANN401 - as Django's own
        """Nothing: the audit log has it."""

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:  # noqa: ANN401 - as Django's own
        """Nothing: the audit log has it."""

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> Any:  # noqa: ANN401 - as Django's own
        """The entries of the audit log about a row."""
        del extra_context
        row = self.get_object(request, unquote(object_id))
        if not (self.has_view_permission(request, row) and request.user.has_perm("audit.view_entry")):
            raise PermissionDenied
        thing = thing_of(row) if row is not None else None
        if thing is None:
            raise Http404
        query = urlencode({"kind": thing[0], "key": thing[1]})
        return HttpResponseRedirect(f"{reverse('admin:audit_entry_changelist')}?{query}")

    # Lists

    show_full_result_count = False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:  # noqa: ANN401 - as Django's own
        """Lists that stay quick."""
        del request, kwargs
        return ConsoleList

    def action_checkbox(self, obj: Model) -> SafeString:
        """What chooses a row for an action on several."""
        said = _("Select this object for an action - {}").format(obj)
        box = '<input type="checkbox" name="{}" value="{}" class="action-select" aria-label="{}">'
        return format_html(box, ACTION_CHECKBOX_NAME, obj.pk, said)

    # Fields

    def get_form(
        self,
        request: HttpRequest,
        obj: Any = None,  # noqa: ANN401 - as Django's own
        change: bool = False,  # noqa: FBT001, FBT002 - as Django's own
        **kwargs: Any,  # noqa: ANN401 - as Django's own
    ) -> Any:  # noqa: ANN401 - as Django's own
        """The form; that of a row that stands notices what others have changed meanwhile."""
        if obj is not None:
            kwargs["form"] = seen_form(kwargs.get("form") or self.form)
        return super().get_form(request, obj, change=change, **kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:  # noqa: ANN401
        """Choices without the buttons that open other pages in small windows."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        return plain_choices(field)

    # Acts

    def get_urls(self) -> list[URLPattern]:
        """Django's addresses, and one for each act."""
        view = self.admin_site.admin_view(self.act_view)
        name = f"{self.opts.app_label}_{self.opts.model_name}_act"
        return [path("<path:object_id>/act/<slug:act>/", view, name=name), *super().get_urls()]

    def act_view(self, request: HttpRequest, object_id: str, act: str) -> HttpResponseBase:
        """Do an act to a row."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        row = self.get_object(request, unquote(object_id))
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        chosen = next((item for item in self.acts if item.name == act), None)
        if row is None or chosen is None:
            raise Http404
        return decide(request, partial(self._act, request, row, chosen), back=self.page_of(row))

    def page_of(self, row: Model) -> str:
        """The address of a row's page."""
        name = f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_change"
        return reverse(name, args=(quote(row.pk),))

    def _act(self, request: HttpRequest, row: Model, act: Act) -> HttpResponse:
        answer = act.run(request, row)
        if answer is not None:
            return answer
        self.message_user(request, f"{row}: {act.done}", messages.SUCCESS)
        return HttpResponseRedirect(self.page_of(row))

    def _acts_shown(self, request: HttpRequest, row: Model | None) -> list[tuple[Act, str]]:
        if row is None or not self.has_change_permission(request, row):
            return []
        name = f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_act"
        return [
            (act, reverse(name, args=(quote(row.pk), act.name)))
            for act in self.acts
            if act.shown and act.open_to(row)
        ]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Django's actions for several rows, and the acts that can be done to several."""
        actions: dict[str, Any] = super().get_actions(request)
        if self.has_change_permission(request):
            for act in self.acts:
                if act.listed:
                    actions[act.name] = (partial(_act_on_several, act), act.name, act.label)
        return actions

    # Deleting

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:  # noqa: ANN401 - as Django's own
        """Also protects rows that others list: the database would quietly drop them from the lists."""
        to_delete, counts, missing, protected = super().get_deleted_objects(objs, request)
        protected = [
            *seen_only(request, self.admin_site, protected),
            *listed_by(request, self.admin_site, objs),
        ]
        # Missing rights would be told first, and hide by what the row is held.
        shown = seen_only(request, self.admin_site, to_delete)
        return shown, counts, set() if protected else missing, protected


def _act_on_several(
    act: Act, modeladmin: ConsoleAdmin, request: HttpRequest, queryset: QuerySet[Model]
) -> HttpResponse | None:
    if (act.asks or act.comment) and CONFIRMED not in request.POST:
        return _asked(act, modeladmin, request, queryset)
    done = 0
    for row in queryset:
        try:
            with transaction.atomic():
                if not modeladmin.has_change_permission(request, row):
                    raise ValidationError(_("You may not change it."))
                act.run(request, row)
        except REFUSALS as refused:
            for why in reasons(refused):
                modeladmin.message_user(request, f"{row}: {why}", messages.ERROR)
        else:
            done += 1
    if done:
        modeladmin.message_user(request, f"{act.label}: {done}", messages.SUCCESS)
    return None


def _asked(
    act: Act, modeladmin: ConsoleAdmin, request: HttpRequest, queryset: QuerySet[Model]
) -> HttpResponse:
    """The page that asks before an act is done to several rows."""
    context = modeladmin.admin_site.each_context(request) | {
        "title": act.label,
        "list_title": modeladmin.list_title,
        "opts": modeladmin.opts,
        "act": act,
        "confirmed": CONFIRMED,
        "rows": queryset[:ROWS_NAMED],
        "more": max(0, queryset.count() - ROWS_NAMED),
        "chosen": request.POST.getlist(ACTION_CHECKBOX_NAME),
        "chosen_name": ACTION_CHECKBOX_NAME,
        "across": request.POST.get("select_across", "0"),
    }
    return TemplateResponse(request, "console/act_on_several.html", context)


NO_BUTTONS: Final = {
    "show_save": False,
    "show_save_and_continue": False,
    "show_save_and_add_another": False,
}
"""Told to the page of a row on which there is nothing to save."""


class ActedOnAdmin(ConsoleAdmin):
    """Rows that are never edited: what can be done to them are acts."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - as Django's own
        """The page of a row, on which there is nothing to save."""
        return super().changeform_view(request, object_id, form_url, (extra_context or {}) | NO_BUTTONS)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """They come about by themselves."""
        del request
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """They go by themselves, if at all."""
        del request, obj
        return False


class ReadOnlyAdmin(ConsoleAdmin):
    """Rows that machines write, to be looked at."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds them by hand."""
        del request
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody changes them by hand."""
        del request, obj
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody deletes them by hand."""
        del request, obj
        return False
