"""The catalogue: every entry is whole, codes are unique and say their stage, texts fill from values."""

from __future__ import annotations

import json
import re
from string import Formatter
from typing import Final

import pytest

from millgate.core import errors
from millgate.core.errors import CATALOGUE, Problem, Refusal, Refused, Shape
from millgate.wire.refusals import answer

CODE: Final = re.compile(r"MG([1-79])\d\d")
STATUSES: Final = {
    "1": {400, 404, 408, 413, 431, 501},
    "2": {401},
    "3": {403},
    "4": {403, 429},
    "5": {500},
    "6": {400, 404, 409, 412, 415, 422},
    "7": {400, 401, 403, 405, 500, 503},
    "9": {500, 503},
}
SHAPES: Final = {
    "1": {Shape.MANAGED},
    "2": {Shape.MANAGED, Shape.BEARER},
    "3": {Shape.MANAGED, Shape.BACKEND},
    "4": {Shape.MANAGED},
    "5": {Shape.BACKEND, Shape.MANAGED},
    "6": {Shape.BACKEND},
    "7": {Shape.OAUTH},
    "9": {Shape.MANAGED},
}
OAUTH_ERRORS: Final = {
    "invalid_request",
    "invalid_client",
    "invalid_instance",
    "invalid_resource",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_grant",
    "unsupported_token_type",
    "unsupported_response_type",
    "access_denied",
    "login_required",
    "interaction_required",
    "consent_required",
    "server_error",
    "temporarily_unavailable",
}
ENTRIES = pytest.mark.parametrize("problem", CATALOGUE.values(), ids=CATALOGUE.keys())


def names(problem: Problem) -> set[str]:
    """The names in a text that a refusal's values fill."""
    return {name for _, name, _, _ in Formatter().parse(problem.message) if name}


def test_every_problem_of_the_module_stands_in_the_catalogue_under_its_code() -> None:
    constants = {value.code: value for value in vars(errors).values() if isinstance(value, Problem)}

    assert constants == CATALOGUE
    assert len(constants) == sum(isinstance(value, Problem) for value in vars(errors).values())


def test_a_code_that_stands_twice_is_refused_and_changes_nothing() -> None:
    before = dict(CATALOGUE)

    with pytest.raises(TypeError, match="MG101 stands twice"):
        errors._problem("MG101", 400, Shape.MANAGED, "Again.", "Do not.")

    assert before == CATALOGUE


@ENTRIES
def test_a_code_says_its_stage_and_fits_it(problem: Problem) -> None:
    stage = CODE.fullmatch(problem.code)

    assert stage is not None
    assert problem.status in STATUSES[stage[1]]
    assert problem.shape in SHAPES[stage[1]]


@ENTRIES
def test_an_entry_has_a_remedy_that_is_a_sentence(problem: Problem) -> None:
    assert re.fullmatch(r"[A-Z'].{10,}\.", problem.remedy)
    assert problem.message


@ENTRIES
def test_an_entry_has_what_its_shape_writes(problem: Problem) -> None:
    if problem.shape is Shape.OAUTH:
        assert problem.title in OAUTH_ERRORS
        assert [f"AADSTS{number}:" in problem.message for number in problem.numbers] == (
            [True] * len(problem.numbers)
        )
        assert problem.numbers
    elif problem.shape is Shape.BACKEND:
        assert problem.title
    else:
        assert problem.title == ""
        assert problem.numbers == ()


@ENTRIES
def test_an_entry_renders_with_its_values(problem: Problem) -> None:
    values = {name: f"<{name}>" for name in names(problem)}
    refusal = Refusal(problem, values)

    assert "{" not in refusal.message
    for value in values.values():
        assert value in refusal.message
    assert refusal.message in str(Refused(refusal))


@pytest.mark.parametrize(
    "problem",
    [item for item in CATALOGUE.values() if item.shape is not Shape.OAUTH],
    ids=lambda item: item.code,
)
def test_an_entry_is_written_as_json_with_its_status(problem: Problem) -> None:
    refusal = Refusal(problem, dict.fromkeys(names(problem), 'a "quoted" \\ value\n'))
    written = answer(refusal)
    assert isinstance(written.body, bytes)
    members = json.loads(written.body)

    assert written.status == problem.status
    assert problem.status in members.values()
    assert refusal.message in members.values()


@pytest.mark.parametrize(
    "value", ["{", "}", "{parameter}", "{0}", "{{}}", "{parameter.__class__}", "%s %(x)s"]
)
def test_braces_in_a_value_are_text(value: str) -> None:
    refusal = Refusal(errors.TOKEN_PARAMETER_MISSING, {"parameter": value})

    assert (
        refusal.message == f"AADSTS90014: The request body must contain the following parameter: '{value}'."
    )


def test_the_cause_is_no_part_of_what_is_shown() -> None:
    refusal = Refusal(errors.KEY_INVALID, cause="subscription sub-1 is not active")

    assert "sub-1" not in refusal.message
    assert "sub-1" not in str(Refused(refusal))
    assert b"sub-1" not in bytes(answer(refusal).body)  # type: ignore[arg-type]


def test_problems_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        errors.KEY_INVALID.status = 200  # type: ignore[misc]
