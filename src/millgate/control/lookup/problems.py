"""What the pane is told when something does not work: a word for programs, a sentence for people."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from django.http import JsonResponse

if TYPE_CHECKING:
    from django.utils.functional import Promise


@dataclass
class Problem(Exception):  # noqa: N818 - an answer, not an error
    """Something that the person at the pane can be told, and mostly do something about.

    Attributes:
        error: which problem it is: lower case and dashes.
        message: what happened and what to do.
        status: of the answer.
        retry_after: after how many seconds it may go better; None where waiting does not help.
    """

    error: str
    message: str | Promise
    status: HTTPStatus = HTTPStatus.BAD_REQUEST
    retry_after: int | None = None

    def answer(self) -> JsonResponse:
        """As JSON."""
        members: dict[str, object] = {"error": self.error, "message": str(self.message)}
        if self.retry_after is not None:
            members["retry_after"] = self.retry_after
        response = JsonResponse(members, status=self.status)
        if self.retry_after is not None:
            response.headers["Retry-After"] = str(self.retry_after)
        return response
