"""Companies and security roles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from django.contrib import admin

from millgate.control.accounts.models import EVERYONE, Company, Role, RoleGrant
from millgate.control.console.decisions import ConsoleAdmin
from millgate.control.console.site import console

if TYPE_CHECKING:
    from django.db.models import Model
    from django.http import HttpRequest

    # Only the type checker's Django can be told of which models an inline is.
    GrantTable: TypeAlias = admin.TabularInline[RoleGrant, Role]
else:
    GrantTable = admin.TabularInline


@admin.register(Company, site=console)
class CompanyAdmin(ConsoleAdmin):
    """Companies (PCN)."""

    list_display = ("pcn", "name", "code", "time_zone", "active")
    list_display_links = ("pcn", "name")
    list_filter = ("active",)
    search_fields = ("pcn", "name", "code")
    fields = ("pcn", "code", "name", "time_zone", "active", "tenant_id")
    readonly_fields = ("tenant_id",)


class GrantInline(GrantTable):
    """What the role opens."""

    model = RoleGrant
    extra = 1


@admin.register(Role, site=console)
class RoleAdmin(ConsoleAdmin):
    """Security roles."""

    list_display = ("name", "key", "description")
    search_fields = ("name", "key")
    inlines = (GrantInline,)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:  # noqa: ANN401
        """The key stays as it was given."""
        del request
        return ("key",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """The role that every account has implicitly stays."""
        if isinstance(obj, Role) and obj.key == EVERYONE:
            return False
        return super().has_delete_permission(request, obj)
