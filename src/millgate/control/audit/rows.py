"""The base of every model of decisions: whatever changes its rows is told, in the same transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django.db import models

from millgate.control.audit.collecting import recorded, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterable

M = TypeVar("M", bound=models.Model)


class AuditedQuerySet(models.QuerySet[M]):
    """Rows of decisions. What Django does to many at once sends no signal, so it is told here."""

    def update(self, **kwargs: Any) -> int:  # noqa: ANN401 - as Django's own
        """Change all of them."""
        with recorded() as block:
            block.touch(self.model, list(self.order_by().values_list("pk", flat=True)))
            return super().update(**kwargs)

    def bulk_create(self, objs: Iterable[M], *args: Any, **kwargs: Any) -> list[M]:  # noqa: ANN401 - as Django's own
        """Make many; none that stands is replaced.

        Raises:
            TypeError: what conflicts was to be replaced or left.
        """
        if args[1:] or kwargs.keys() - {"batch_size"}:
            raise TypeError("rows that may stand already are made one by one")
        with recorded() as block:
            made = super().bulk_create(objs, *args, **kwargs)
            block.made(self.model, [row.pk for row in made])
            return made

    def bulk_update(self, objs: Iterable[M], *args: Any, **kwargs: Any) -> int:  # noqa: ANN401 - as Django's own
        """Change many, each in its way."""
        rows = list(objs)
        with recorded() as block:
            block.touch(self.model, [row.pk for row in rows])
            return super().bulk_update(rows, *args, **kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        """Remove all of them; what goes with them is noticed as it goes."""
        with recorded():
            return super().delete()


class AuditedManager(models.Manager[M]):
    """Hands out the rows of decisions."""

    def get_queryset(self) -> models.QuerySet[M]:
        """All rows."""
        return AuditedQuerySet(self.model, using=self._db)


class Audited(models.Model):
    """Rows of decisions. A change outside of any block is a block of its own."""

    objects = AuditedManager()

    class Meta:
        abstract = True

    def save_base(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as Django's own
        """Save it, and tell what differs."""
        model, names = type(self), kwargs.get("update_fields")
        if names and rows_of(model).untold.keys() >= set(names):
            super().save_base(*args, **kwargs)
            return
        with recorded() as block:
            if self.pk is not None and not kwargs.get("force_insert"):
                block.touch(model, [self.pk])
            super().save_base(*args, **kwargs)
            block.made(model, [self.pk])

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:  # noqa: ANN401 - as Django's own
        """Remove it; what goes with it is noticed as it goes."""
        with recorded():
            return super().delete(*args, **kwargs)
