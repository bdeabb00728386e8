"""A request becomes a plan of work, or a refusal. What needs no data is refused before anything is opened."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from http import HTTPStatus
from typing import Final

import msgspec

from millgate.core.errors import DATA_NOT_FOUND, ROW_CHANGED, Refusal, Refused
from millgate.plant.etag import etag_of, names
from millgate.plant.kinds import read_instant, read_integer
from millgate.plant.resource import Action
from millgate.plant.writing import idempotency
from millgate.plant.writing.bodies import Body, Row, read_body
from millgate.plant.writing.entries import Entry, Writing
from millgate.plant.writing.faults import Fault, refusal_of
from millgate.plant.writing.inputs import Form
from millgate.plant.writing.ledger import Record
from millgate.plant.writing.verbs import VERBS, Editing, Making
from millgate.plant.writing.work import WriteContext
from millgate.plant.writing.written import Written
from millgate.stores.ports import Work

_NO_ROW: Final = Body((Row({}),), bulk=False)


class WritePlan(msgspec.Struct, frozen=True, kw_only=True):
    """A request that is understood; `work` does it.

    Attributes:
        verb: the operation.
        body: the rows that were sent.
        path_key: the key in the path, empty where there is none.
        if_match: the tags that the row must have one of; None asks nothing.
        claim: under which key the answer is remembered.
    """

    verb: Making | Editing
    body: Body
    path_key: str
    if_match: str | None
    claim: idempotency.Claim | None

    def work(self, context: WriteContext) -> Work[Written]:
        """The whole request, as one transaction.

        Raises:
            Refused: all that is wrong in view of the data; nothing must be kept then.
        """
        if self.claim is not None:
            before = yield from idempotency.claim(context, self.claim)
            if before is not None:
                return before
        written = yield from self._write(Writing(context, self.body.rows, self.path_key))
        if self.claim is not None:
            yield from idempotency.remember(context, self.claim, written)
        return written

    def _write(self, writing: Writing) -> Work[Written]:
        if isinstance(self.verb, Making):
            yield from self.verb.work(writing)
        else:
            (entry,) = writing.entries
            entry.record = yield from self._edited(self.verb, writing, entry)
            yield from self.verb.work(writing, entry.record)
        writing.refuse_faults()
        yield from writing.ledger.close()
        records = [entry.record for entry in writing.entries if entry.record is not None]
        if self.verb.form.action is Action.DELETE:
            return Written(status=HTTPStatus.NO_CONTENT)
        return (yield from self._answer(writing.context, records))

    def _edited(self, verb: Editing, writing: Writing, entry: Entry) -> Work[Record]:
        """The row that is changed, as long as it is what the caller takes it for."""
        key = _key_of(verb.form, self.path_key, self.body.rows[0])
        record = None if key is None else (yield from writing.ledger.get(verb.table, key))
        if record is None:
            raise Refused(Refusal(DATA_NOT_FOUND, {"resource": verb.form.resource_name}))
        unchanging = self.body.rows[0].unchanging
        if self.if_match is not None or unchanging:
            text = (yield from writing.context.current(record.key)) or "{}"
            if self.if_match is not None and not names(self.if_match, etag_of(text)):
                raise Refused(Refusal(ROW_CHANGED))
            entry.faults.extend(_changed(unchanging, text))
        return record

    def _answer(self, context: WriteContext, records: list[Record]) -> Work[Written]:
        texts = []
        for record in records:
            text = yield from context.current(record.key)
            if text is None:
                raise LookupError(f"{record.table.name} has no row {record.key!r} to show")
            texts.append(text)
        made = any(record.made for record in records)
        single = records[0] if made and not self.body.bulk else None
        return Written(
            status=HTTPStatus.CREATED if made else HTTPStatus.OK,
            rows=tuple(texts),
            location=None if single is None else single.key,
            bulk=self.body.bulk,
        )


def plan_write(
    target: str,
    body: bytes,
    *,
    content_type: str | None = None,
    path_key: str = "",
    if_match: str | None = None,
    idempotency_key: str | None = None,
) -> WritePlan | Refusal:
    """Understand a request that writes, or say all that is wrong with it.

    Args:
        target: one of `forms()`.
        body: as it came; not looked at where a row is removed.
        content_type: the header, None where it was not sent.
        path_key: what the path holds: the row's key, or the workcenter's for logs.
        if_match: the header; means nothing where rows are made.
        idempotency_key: the header; means nothing where none are.

    Raises:
        LookupError: there is no such target.
    """
    verb = VERBS[target]
    form = verb.form
    claim = None
    if idempotency_key is not None and form.action is Action.CREATE:
        claim = idempotency.claim_of(idempotency_key, target, path_key, body)
    if isinstance(claim, Refusal):
        return claim
    read = _NO_ROW if form.action is Action.DELETE else read_body(form, body, content_type)
    if isinstance(read, Refusal):
        return read
    if isinstance(verb, Making):
        if_match = None
    elif not path_key and form.key not in read.rows[0].unchanging:
        return refusal_of([Fault(form.key, "is missing; it says which row is meant")])
    return WritePlan(verb=verb, body=read, path_key=path_key, if_match=if_match, claim=claim)


def _key_of(form: Form, path_key: str, row: Row) -> int | None:
    """The key of the row that is meant; None where it is no key at all."""
    try:
        return read_integer(path_key or str(row.unchanging[form.key]))
    except ValueError:
        return None


def _changed(sent: dict[str, object], text: str) -> Iterator[Fault]:
    """Members that cannot be changed and differ from the row."""
    row = json.loads(text, parse_float=Decimal)
    for name, value in sent.items():
        if not _same(value, row.get(name)):
            yield Fault(name, "cannot be changed; leave it out, or send it as it is")


def _same(sent: object, shown: object) -> bool:
    if isinstance(sent, bool) or isinstance(shown, bool):
        return sent is shown
    if sent == shown:
        return True
    if not isinstance(sent, str) or not isinstance(shown, str):
        return False
    try:
        return read_instant(sent) == read_instant(shown)
    except ValueError:
        return False
