"""Revisions of an API: added, tried, made current, switched off and on, removed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec
from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from millgate.control.catalogue.models import Api, Operation, Revision, definitions_validate
from millgate.control.catalogue.revisions import revision_delete, revision_of, revision_online_set
from millgate.control.catalogue.services import revision_add, revision_make_current
from millgate.control.console.admin.drafts import DraftAdmin, tell_draft
from millgate.control.console.catalogue_forms import upstream_choices
from millgate.control.console.decisions import Act
from millgate.control.console.fields import JsonArea, can_be_typed
from millgate.control.console.site import console
from millgate.control.publish.selectors import snapshot_current
from millgate.describe import model

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import Model
    from django.http import HttpRequest

    # Only the type checker's Django can be told of which model a form is.
    RevisionModelForm: TypeAlias = forms.ModelForm[Revision]
else:
    RevisionModelForm = forms.ModelForm


# What the page of an API shows


@dataclass(frozen=True, slots=True)
class Line:
    """A revision in the list of an API's page.

    Attributes:
        number: its number.
        current: whether addresses without a number mean it.
        online: whether it answers, once that is published.
        note: of its release.
        created: when it was made; None of one that is current.
        operations: how many it has.
        published: whether it is in force and online, so that its description files can be had.
        page: where it is edited; empty for the current one, which the API's page itself edits.
    """

    number: int
    current: bool
    online: bool
    note: str
    created: datetime | None
    operations: int
    published: bool
    page: str


def lines(api: Api) -> list[Line]:
    """All revisions of an API, the newest first."""
    in_force = {
        item.revision
        for item in snapshot_current().document.catalogue.apis
        if item.key == api.key and item.online
    }
    others = [
        Line(
            number=row.number,
            current=False,
            online=row.online,
            note=row.note,
            created=row.created_at,
            operations=len(row.operations),
            published=row.number in in_force,
            page=reverse("admin:catalogue_revision_change", args=(row.pk,)),
        )
        for row in api.revisions.all()
    ]
    current = Line(
        number=api.revision,
        current=True,
        online=api.online,
        note=api.release_note,
        created=None,
        operations=api.operations.count(),
        published=api.revision in in_force,
        page="",
    )
    return sorted([current, *others], key=lambda line: -line.number)


# What can be done there


def _number(request: HttpRequest) -> int:
    given = request.POST.get("revision", "")
    if not given.isdecimal() or len(given) > 9:  # noqa: PLR2004 - what the column holds
        raise ValidationError(_("Choose a revision."))
    return int(given)


def _note(request: HttpRequest) -> str:
    return request.POST.get("note", "").strip()[:_LONGEST_NOTE]


_LONGEST_NOTE: Final = 5000


def _add(request: HttpRequest, api: Api) -> None:
    revision_add(api=api, note=_note(request))
    tell_draft(request)


def _make_current(request: HttpRequest, api: Api) -> None:
    revision = revision_of(api, _number(request))
    revision_make_current(
        revision=revision, note=_note(request) or revision.note, by=request.user.get_username()
    )
    tell_draft(request)


def _online_set(request: HttpRequest, api: Api, *, online: bool) -> None:
    revision_online_set(api=api, number=_number(request), online=online)
    tell_draft(request)


def _delete(request: HttpRequest, api: Api) -> None:
    revision_delete(api=api, number=_number(request))
    tell_draft(request)


_placed = partial(Act, listed=False, shown=False)

ACTS: Final = (
    _placed(name="revision-add", label=_("Add revision"), done=_("a revision was added."), run=_add),
    _placed(
        name="revision-current",
        label=_("Make revision current"),
        done=_("another revision is current."),
        run=_make_current,
    ),
    _placed(
        name="revision-online",
        label=_("Take revision online"),
        done=_("the revision is online."),
        run=partial(_online_set, online=True),
    ),
    _placed(
        name="revision-offline",
        label=_("Take revision offline"),
        done=_("the revision is offline."),
        run=partial(_online_set, online=False),
    ),
    _placed(
        name="revision-delete", label=_("Delete revision"), done=_("the revision was deleted."), run=_delete
    ),
)
"""Acts on an API; its page places them beside the revisions."""


# The page of a revision that is not current


def operations_validate(value: Any) -> None:  # noqa: ANN401 - whatever JSON holds
    """Refuse anything but described operations, saying what is wrong where."""
    try:
        found = msgspec.convert(value, tuple[model.Operation, ...])
    except msgspec.ValidationError as wrong:
        raise ValidationError(_("Not a list of operations: %(why)s"), params={"why": str(wrong)}) from wrong
    known = set(Operation.Method.values)
    for item in found:
        if item.method not in known:
            told = _now("%(key)s: the method is not among %(methods)s.")
            raise ValidationError(told % {"key": item.key, "methods": ", ".join(Operation.Method.values)})


class RevisionForm(RevisionModelForm):
    """A revision that is not current: what it answers, as JSON."""

    upstream = forms.ChoiceField(label=_("Upstream"), help_text=_("The backend that answers."))
    operations = JsonArea(label=_("Operations"), nothing=list, check=operations_validate, rows=30)
    definitions = JsonArea(
        label=_("Definitions"),
        nothing=dict,
        check=definitions_validate,
        rows=12,
        help_text=_("Schemas by name, to which operations refer."),
    )

    class Meta:
        model = Revision
        fields = ("online", "note", "upstream", "operations", "definitions")

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - passed on
        super().__init__(*args, **kwargs)
        field = self.fields.get("upstream")
        if isinstance(field, forms.ChoiceField):
            field.choices = upstream_choices(self.instance.upstream)


@admin.register(Revision, site=console)
class RevisionAdmin(DraftAdmin):
    """Revisions that are not current. They are listed on the pages of their APIs."""

    form = RevisionForm
    list_display = ("api", "number", "online", "note", "created_at")
    list_select_related = ("api",)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:  # noqa: ANN401 - as Django's own
        """All of it, but for what is too large to be typed."""
        del request
        small = [name for name in ("operations", "definitions") if can_be_typed(getattr(obj, name, None))]
        all_of_it = small == ["operations", "definitions"]
        told = "" if all_of_it else _("Some of it is too large for a page. Import a description instead.")
        always = ("api", "number", "online", "note", "upstream")
        return ((None, {"fields": (*always, *small), "description": told}),)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:  # noqa: ANN401
        """Whose it is, and its number."""
        del request, obj
        return ("api", "number")

    def has_module_permission(self, request: HttpRequest) -> bool:
        """It stands in no list of pages."""
        del request
        return False

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whoever may see APIs."""
        del obj
        return request.user.has_perm("catalogue.view_api") or self.has_change_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whoever may change APIs."""
        del obj
        return request.user.has_perm("catalogue.change_api")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A revision is added on the page of its API."""
        del request
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """It is deleted there, too."""
        del request, obj
        return False

    def response_post_save_change(self, request: HttpRequest, obj: Revision) -> HttpResponseRedirect:
        """Back to the API."""
        del request
        return HttpResponseRedirect(reverse("admin:catalogue_api_change", args=(obj.api_id,)))
