"""The reference as Markdown, for programs that read text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from millgate.control.portal import selectors
from millgate.control.portal.reference import shown
from millgate.control.portal.reference.errors import ErrorPage, Stage, stages
from millgate.control.portal.reference.schemas import SchemaRow
from millgate.describe.samples import LANGUAGES, call_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from millgate.control.portal.reference.answers import AnswerShown, Example
    from millgate.control.portal.reference.parameters import ParameterRow
    from millgate.control.portal.reference.shown import OperationShown
    from millgate.control.portal.selectors import AdapterPage
    from millgate.describe.model import Api

FILE: Final = "index.md"
_SPACE: Final = re.compile(r"\s+")


def apis_text() -> str:
    """All APIs."""
    lines = [f"# {_('APIs')}", ""]
    lines += [link(api.name, _url(shown.api_address(api)), api.description) for api in selectors.apis_shown()]
    return joined(lines)


def api_text(api: Api) -> str:
    """An API with its operations by resource."""
    lines = [f"# {one_line(api.name)} {api.version}", "", api.description, ""]
    lines += [f"- {selectors.tier_word(base.tier)}: `{base.address}`" for base in shown.bases_of(api)]
    lines += ["", *_needs(api)]
    for group in shown.groups_matching(api, ""):
        lines += ["", f"## {one_line(group.name)}", ""]
        for operation in group.operations:
            address = _url(shown.operation_address(api, operation))
            said = f"`{operation.method} {operation.template}` {operation.summary}"
            lines.append(link(operation.name, address, said))
    notes = [change for change in shown.changes_of(api) if change.note]
    lines += ["", f"## {_('Change log')}", ""] if notes else []
    lines += [f"- {change.revision}: {one_line(change.note)}" for change in notes]
    return joined(lines)


def operation_text(page: OperationShown) -> str:
    """An operation with its parameters, body, answers and a sample."""
    operation = page.operation
    lines = [f"# {one_line(operation.name)}", "", operation.summary, "", operation.description, ""]
    lines += [_("Deprecated: new programs should do without it."), ""] if operation.deprecated else []
    lines += [
        f"- {selectors.tier_word(base.tier)}: `{operation.method} {base.address}`" for base in page.addresses
    ]
    for table in page.tables:
        lines += ["", f"## {table.title}", "", *parameter_lines(table.rows)]
    if page.members or page.body:
        lines += ["", f"## {_('Request body')}", "", *(parameter_lines(page.members) if page.members else ())]
    for example in page.body:
        lines += _example(example)
    lines += ["", f"## {_('Responses')}"]
    for answer in page.answers:
        lines += _answer(answer)
    sample = LANGUAGES[0].text(call_of(page.api, operation, shown.reference_site()))
    lines += ["", f"## {_('Sample')}", "", *fenced(sample, "sh")]
    return joined(lines)


def schema_text(name: str, tree: SchemaRow | None) -> str:
    """One schema; None where it says nothing."""
    rows = _schema(tree, 0) if tree else [_("Nothing is said of it: any value will do.")]
    return joined([f"# {one_line(name)}", "", *rows])


def errors_text() -> str:
    """The error catalogue by stage."""
    lines = [f"# {_('Errors')}"]
    for stage in stages(settings.MILLGATE.public_origin):
        lines += _stage(stage)
    return joined(lines)


def error_text(page: ErrorPage) -> str:
    """One error."""
    lines = [f"# {page.code}: {page.problem.status} {page.phrase}", "", *fenced(page.response, "http"), ""]
    lines += [f"**{_('Cause')}:** {one_line(page.cause)}", "", f"**{_('Fix')}:** {page.problem.remedy}"]
    if page.check:
        lines += ["", f"**{_('Check')} {page.check.number}:** {page.check.name}"]
    return joined(lines)


def adapters_text() -> str:
    """All adapters that the portal shows."""
    lines = [f"# {_('Adapters')}", ""]
    for page in selectors.adapters_shown():
        address = reverse("portal:adapter", args=(page.adapter.key,))
        lines.append(link(page.adapter.name, _url(address), page.adapter.description))
    return joined(lines)


def adapter_text(page: AdapterPage) -> str:
    """An adapter with its APIs, limits and terms."""
    lines = [f"# {one_line(page.adapter.name)}", "", page.adapter.description, ""]
    lines += [f"- {limit}" for limit in page.limits]
    lines += ["", f"## {_('APIs')}", ""]
    lines += [link(api.name, _url(shown.api_address(api)), api.description) for api in page.apis]
    lines += ["", f"## {_('Terms of use')}", "", page.adapter.terms] if page.adapter.terms else []
    return joined(lines)


def llms_text() -> str:
    """What there is to read, as llms.txt asks for it (https://llmstxt.org)."""
    said = _("Manufacturing data as documented APIs, behind one gateway with keys, tokens and limits.")
    lines = ["# Millgate", "", f"> {said}", "", f"## {_('APIs')}", ""]
    for api in selectors.apis_shown():
        lines.append(link(f"{api.name} {api.version}", _url(shown.api_address(api)), api.description))
        if api.online:
            address = _absolute(reverse("portal:openapi.json", args=(api.key,)))
            lines.append(f"- [{one_line(api.name)} {api.version}: OpenAPI 3.1]({address})")
    lines += ["", f"## {_('Reference')}", ""]
    lines.append(
        link(_("Errors"), _url(reverse("portal:errors")), _("Every refusal, its cause and its fix."))
    )
    lines.append(link(_("Adapters"), _url(reverse("portal:adapters")), _("What a subscription opens.")))
    lines.append(
        link(
            _("Actions"),
            _url(reverse("documentation:overview")),
            _("The session-token action API, route by route."),
        )
    )
    return joined(lines)


def _needs(api: Api) -> Iterable[str]:
    if api.subscription_required:
        yield f"- {_('Subscription key')}: `{api.key_header}` / `{api.key_query}`"
    if api.bearer_required:
        yield f"- {_('Access token')}: `Authorization: Bearer` ({shown.reference_site().token_url})"


def parameter_lines(rows: Iterable[ParameterRow]) -> Iterable[str]:
    """Parameters as a list."""
    for row in rows:
        marks = [
            f"{row.type} {row.position}" if row.position else row.type,
            *([_("required")] if row.required else ()),
            *([_("deprecated")] if row.deprecated else ()),
        ]
        marks += [_("repeatable")] if row.repeatable else []
        told = [one_line(row.description), *row.facts]
        told += [f"{_('One of')}: {', '.join(row.values)}"] if row.values else []
        told += [f"{_('For example')}: `{row.example}`"] if row.example else []
        yield f"- `{row.name}` ({', '.join(marks)}): {one_line('; '.join(part for part in told if part))}"


def _answer(answer: AnswerShown) -> Iterable[str]:
    yield from ("", f"### {answer.status} {answer.phrase}", "", *map(one_line, answer.descriptions))
    if answer.headers:
        yield from ("", *parameter_lines(answer.headers))
    for example in answer.examples:
        yield from _example(example)


def _example(example: Example) -> Iterable[str]:
    code = f" ({example.code})" if example.code else ""
    yield from ("", f"{one_line(example.title)}{code}:", "")
    if example.text:
        yield from fenced(example.text, "json" if example.text[:1] in "{[" else "")
    if example.schema and not example.code:
        yield from ("", *_schema(example.schema, 0))


def _schema(row: SchemaRow, depth: int) -> Iterable[str]:
    marks = ", ".join([row.type, *([_("required")] if row.required else ()), *row.facts])
    name = f"`{row.name}` " if row.name else ""
    yield f"{'  ' * depth}- {name}({marks}) {one_line(row.description)}".rstrip()
    for inner in row.rows:
        yield from _schema(inner, depth + 1)


def _stage(stage: Stage) -> Iterable[str]:
    yield from ("", f"## {stage.name}", "")
    for page in stage.errors:
        title = f"{page.code} ({page.problem.status})"
        yield link(title, _url(reverse("portal:error", args=(page.code,))), page.text)


def link(title: str, address: str, said: str) -> str:
    """A line of a list that leads somewhere."""
    more = one_line(said)
    return f"- [{one_line(title)}]({address})" + (f": {more}" if more else "")


def _url(address: str) -> str:
    """The Markdown copy of a page."""
    path, mark, query = address.partition("?")
    return _absolute(f"{path}{FILE}{mark}{query}")


def _absolute(address: str) -> str:
    return settings.MILLGATE.public_origin + address


def fenced(text: str, lexer: str) -> list[str]:
    """A block of code whose fence is longer than any run of backticks in it."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}{lexer}", text, fence]


def one_line(text: str) -> str:
    """A text without its line ends."""
    return _SPACE.sub(" ", str(text)).strip()


def joined(lines: Iterable[str]) -> str:
    """The lines with no more than one empty line in a row."""
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"
