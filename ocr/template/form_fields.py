"""The fields that a PDF form declares itself (AcroForm), with their places on a page."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pypdfium2 as pdfium
from pypdfium2 import raw

from ocr.pages.sniff import sniff

_MM = 25.4 / 72
_COMB_FLAG = 1 << 24
_TYPES: dict[int, Literal["tick", "radio", "text", "signature"]] = {
    raw.FPDF_FORMFIELD_CHECKBOX: "tick",
    raw.FPDF_FORMFIELD_RADIOBUTTON: "radio",
    raw.FPDF_FORMFIELD_TEXTFIELD: "text",
    raw.FPDF_FORMFIELD_COMBOBOX: "text",
    raw.FPDF_FORMFIELD_SIGNATURE: "signature",
}


@dataclass(frozen=True, slots=True)
class PdfField:
    """One field (of a group of radio buttons: one button). `box` is x, y, width, height in mm from the top left;
    `cells` is the number of comb cells, 0 without; `value` is what a ticked button exports."""

    name: str
    type: Literal["tick", "radio", "text", "signature"]
    box: tuple[float, float, float, float]
    label: str
    value: str
    required: bool
    multiline: bool
    cells: int


def form_fields(file: Path, number: int = 1) -> list[PdfField]:
    """The fields on page `number` (from 1) of `file`; none for a picture, or a PDF that declares none."""
    if sniff(file) != "pdf":
        return []
    document = pdfium.PdfDocument(file)
    try:
        document.init_forms()
        page = document[number - 1]
        if document.formenv is None or page.get_rotation():
            return []
        return list(_fields(document, page))
    finally:
        document.close()


def _fields(document: pdfium.PdfDocument, page: pdfium.PdfPage) -> Iterator[PdfField]:
    left, _, _, top = page.get_cropbox()
    for index in range(raw.FPDFPage_GetAnnotCount(page)):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        try:
            kind = _TYPES.get(raw.FPDFAnnot_GetFormFieldType(document.formenv, annotation))
            if kind is not None:
                yield _field(document, annotation, kind, left, top)
        finally:
            raw.FPDFPage_CloseAnnot(annotation)


def _field(document: pdfium.PdfDocument, annotation: Any, kind: Any, left: float, top: float) -> PdfField:  # noqa: ANN401
    rect = raw.FS_RECTF()
    raw.FPDFAnnot_GetRect(annotation, rect)
    flags = raw.FPDFAnnot_GetFormFieldFlags(document.formenv, annotation)
    cells = ctypes.c_float(0)
    raw.FPDFAnnot_GetNumberValue(annotation, b"MaxLen", cells)
    box = ((rect.left - left) * _MM, (top - rect.top) * _MM, (rect.right - rect.left) * _MM,
           (rect.top - rect.bottom) * _MM)  # fmt: skip

    def text(read: Callable[..., int]) -> str:
        return _text(read, document.formenv, annotation)

    return PdfField(
        text(raw.FPDFAnnot_GetFormFieldName), kind, box, text(raw.FPDFAnnot_GetFormFieldAlternateName),
        text(raw.FPDFAnnot_GetFormFieldExportValue), bool(flags & raw.FPDF_FORMFLAG_REQUIRED),
        bool(flags & raw.FPDF_FORMFLAG_TEXT_MULTILINE), int(cells.value) if flags & _COMB_FLAG else 0,
    )  # fmt: skip


def _text(read: Callable[..., int], form: Any, annotation: Any) -> str:  # noqa: ANN401
    """What pdfium writes as UTF-16 into a buffer of the length that it names first."""
    length = read(form, annotation, None, 0)
    buffer = ctypes.create_string_buffer(length)
    read(form, annotation, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), length)
    return buffer.raw.decode("utf-16-le", errors="replace").rstrip("\0").strip()
