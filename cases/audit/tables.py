"""The tables of a bag: each as JSON Lines, which is what is verified, and as Parquet, for whoever computes with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from cases.audit.bag import BagWriter
from cases.links import canonical

_ROWS_A_GROUP = 1000
TABLES: dict[str, dict[str, str]] = {
    "batches": {
        "id": "string", "source": "string", "channel": "string", "documents": "integer", "created_at": "string",
    },
    "documents": {
        "id": "integer", "sha256": "string", "name": "string", "bytes": "integer", "channel": "string",
        "partner": "string", "source": "string", "state": "string", "reason": "string", "reason_code": "string",
        "pages": "integer", "received_at": "string", "batch_id": "string",
        "gone": "string",
    },
    "pages": {
        "id": "integer", "document_id": "integer", "number": "integer", "template": "string", "template_hash": "string",
        "language": "string", "registered": "boolean", "reason": "string", "reason_code": "string",
        "residual_mm": "number", "method": "string", "rotation": "integer", "ms": "object",
        "copy_of": "string", "read_with": "array",
    },
    "readings": {
        "id": "integer", "page_id": "integer", "name": "string", "kind": "string", "value": "any",
        "confidence": "number", "status": "string", "alternatives": "array", "notes": "array", "reader": "string",
        "family": "string", "threshold": "number", "box": "array", "crop": "string",
    },
    "decisions": {
        "id": "integer", "document_id": "integer", "first_page_id": "integer", "page_ids": "array",
        "template": "string", "mailing_id": "integer", "case_id": "integer", "subscriber_id": "string",
        "state": "string", "verdict": "string", "rules": "array", "candidates": "array", "why": "array",
        "decided_at": "string", "matched": "object",
    },
    "matches": {
        "response_id": "integer", "verdict": "string", "rule": "string", "subscriber": "string",
        "probability": "number", "score": "number", "evidence": "array",
    },
    "cases": {
        "id": "integer", "mailing_id": "integer", "response_id": "integer", "subscriber_id": "string",
        "campaign_id": "integer", "kind": "string", "offer": "string", "reason": "string", "consent": "boolean",
        "state": "string", "due": "string", "channel": "string", "partner": "string", "opened_at": "string",
    },
    "questions": {
        "id": "integer", "key": "string", "kind": "string", "document_id": "integer", "response_id": "integer",
        "page_id": "integer", "field": "string", "rule": "string", "question": "string", "state": "string",
        "asked_at": "string", "due": "string", "channel": "string", "purpose": "string", "alike": "string",
        "odd_by": "string",
    },
    "edits": {
        "id": "integer", "exception_id": "integer", "response_id": "integer", "person": "string", "word": "string",
        "value": "any", "at": "string", "undone_at": "string", "first_key_s": "number", "active_s": "number",
        "keys": "number", "group_id": "integer",
    },
    "keyed": {
        "id": "integer", "reading_id": "integer", "template": "string", "field": "string", "kind": "string",
        "family": "string", "reader": "string", "offered": "any", "confidence": "number", "threshold": "number",
        "said": "any", "right": "boolean", "person": "string", "at": "string", "active_s": "number",
    },
    "repairs": {
        "id": "integer", "page_id": "integer", "what": "string", "value": "any", "person": "string", "at": "string",
        "undone_at": "string", "undone_by": "string",
    },
    "consents": {
        "id": "integer", "response_id": "integer", "case_id": "integer", "subscriber_id": "string", "given": "boolean",
        "field": "string", "wording": "string", "language": "string", "template": "string", "template_hash": "string",
        "crop": "string", "received_at": "string",
    },
    "campaigns": {
        "id": "integer", "name": "string", "code": "string", "template": "string", "offers": "object",
        "opens": "string", "closes": "string", "partner": "string", "mailed": "integer",
    },
    "terms": {
        "id": "integer", "partner": "string", "valid_from": "string", "hash": "string", "terms": "object",
        "added_by": "string", "added_at": "string",
    },
    "outcomes": {
        "id": "integer", "case_id": "integer", "what": "string", "on": "string", "holds": "boolean",
        "partner": "string", "offer": "string", "recorded_by": "string", "recorded_at": "string",
    },
    "statements": {
        "id": "integer", "partner": "string", "month": "string", "state": "string", "currency": "string",
        "total": "string", "lines": "integer", "digest": "string", "known_outcome": "integer",
        "known_terms": "integer", "proposed_by": "string", "proposed_at": "string", "decided_by": "string",
        "decided_at": "string",
    },
    "statement_lines": {
        "id": "integer", "statement_id": "integer", "number": "integer", "case_id": "integer", "kind": "string",
        "of": "string", "of_month": "string", "amount": "string", "terms": "string", "sentence": "string",
        "evidence": "object",
    },
    "disputes": {
        "id": "integer", "line_id": "integer", "text": "string", "raised_by": "string", "raised_at": "string",
        "answer": "string", "answered_by": "string", "answered_at": "string",
    },
    "ledger": {
        "chain": "string", "seq": "integer", "at": "string", "who": "string", "tag": "string", "subject": "string",
        "facts": "object", "before": "object", "after": "object", "previous": "string", "hash": "string",
    },
    "elsewhere": {
        "chain": "string", "seq": "integer", "at": "string", "who": "string", "tag": "string", "subject": "string",
        "facts": "object", "before": "object", "after": "object", "body": "string", "previous": "string",
        "hash": "string",
    },
    "seals": {
        "number": "integer", "at": "string", "day": "string", "heads": "object", "previous": "string",
        "hash": "string", "key_id": "string", "signature": "string",
    },
    "openings": {
        "digest": "string", "entry": "string", "name": "string", "salt": "string", "value": "any",
    },
}  # fmt: skip
"""Columns of each table with their Frictionless types; a row leaves out what it has nothing to say of."""
_ARROW = {"integer": pa.int64(), "number": pa.float64(), "boolean": pa.bool_()}


@dataclass
class _Table:
    columns: Mapping[str, str]
    lines: Any
    parquet: Any
    rows: list[Mapping[str, Any]] = field(default_factory=list)

    def flush(self) -> None:
        """Hands the gathered rows on as one group of the Parquet file."""
        arrays = [
            pa.array([_cell(row.get(n), kind) for row in self.rows], _arrow(kind)) for n, kind in self.columns.items()
        ]
        self.parquet.write_table(pa.Table.from_arrays(arrays, schema=self.parquet.schema))
        self.rows.clear()


class TableWriter:
    """Writes all tables of a bag at once, row by row; use it in a ``with``."""

    def __init__(self, bag: BagWriter) -> None:
        self._bag, self._files, self._tables = bag, ExitStack(), dict[str, _Table]()

    def __enter__(self) -> TableWriter:
        for name, columns in TABLES.items():
            schema = pa.schema([(column, _arrow(kind)) for column, kind in columns.items()])
            lines = self._files.enter_context(self._bag.writing(f"{name}.jsonl"))
            sink = self._files.enter_context(self._bag.writing(f"parquet/{name}.parquet"))
            parquet = pq.ParquetWriter(pa.PythonFile(sink, mode="w"), schema, compression="zstd")
            self._tables[name] = _Table(columns, lines, parquet)
        return self

    def __exit__(self, *failed: object) -> None:
        for table in self._tables.values():
            if failed[0] is None:
                table.flush()
            table.parquet.close()
        self._files.close()

    def add(self, name: str, row: Mapping[str, Any]) -> None:
        """Adds a row; columns that a table of the bag does not have stand in its JSON Lines alone."""
        table = self._tables[name]
        table.lines.write(canonical(row) + b"\n")
        table.rows.append(row)
        if len(table.rows) >= _ROWS_A_GROUP:
            table.flush()


def descriptor(title: str) -> bytes:
    """The Frictionless data package of a bag's tables, relative to ``data/``."""
    resources = [
        {
            "name": f"{name}-{form}", "path": path, "format": form, "profile": "tabular-data-resource",
            "schema": {"fields": [{"name": column, "type": kind} for column, kind in columns.items()]},
        }
        for name, columns in TABLES.items()
        for form, path in (("jsonl", f"{name}.jsonl"), ("parquet", f"parquet/{name}.parquet"))
    ]  # fmt: skip
    package = {"name": "replyflow-audit-bag", "title": title, "profile": "data-package", "resources": resources}
    return json.dumps(package, indent=1, ensure_ascii=False).encode()


def _arrow(kind: str) -> pa.DataType:
    return _ARROW.get(kind, pa.string())


def _cell(value: Any, kind: str) -> Any:  # noqa: ANN401  # JSON
    if value is None or kind in _ARROW:
        return value
    return value if kind == "string" else canonical(value).decode()
