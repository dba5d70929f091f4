"""The model of `form.yaml`: one source for printing a form and for reading it.

All lengths are millimetres from the top left corner of the trimmed page; a box is ``[x, y, width, height]``.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    PositiveFloat,
    PositiveInt,
    StringConstraints,
    Tag,
    TypeAdapter,
    ValidationError,
    model_validator,
)

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.+/ -]*$", max_length=80)]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]


def _one_or_many(value: Any) -> str:  # noqa: ANN401  # whatever the YAML says
    return "each" if isinstance(value, dict) else "all"


Localised = Annotated[
    Annotated[str, Tag("all")] | Annotated[dict[Language, str], Tag("each")], Discriminator(_one_or_many)
]
"""One text for every language, or one for each."""

Box = Annotated[tuple[float, float, PositiveFloat, PositiveFloat], Field(description="x, y, width, height in mm")]

Role = Literal[
    "name", "first_name", "last_name", "street", "house_number", "postcode", "city", "address", "country",
    "phone", "email", "birth_date", "customer_number", "reference", "form_id", "offer", "reason", "consent",
    "score", "comment", "date", "signature", "withdrawal", "contract_number",
]  # fmt: skip
"""What a field means to matching, rules and cases, whatever its name on this form is."""

RuleId = Literal[
    "date", "date_not_future", "date_plausible", "birth_date", "phone", "email", "postcode", "customer_number",
]  # fmt: skip
Charset = Literal["digits", "upper", "alnum", "text", "date", "phone", "email"]
ListName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=80)]
Prefill = Literal[
    "name", "first_name", "last_name", "street", "street_and_number", "house_number", "postcode", "city",
    "postcode_and_city", "phone", "email", "birth_date", "customer_number", "reference", "address", "contract_end",
]  # fmt: skip
"""Which datum of the subscriber is printed into a field of a personalised form."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class PageSize(_Strict):
    """A standard size by name, or width and height in mm."""

    size: Literal["A4", "A5", "A5-landscape", "A6", "A6-landscape", "Letter"] | None = None
    width: PositiveFloat | None = None
    height: PositiveFloat | None = None

    @model_validator(mode="after")
    def _one_way_of_saying_it(self) -> PageSize:
        if (self.size is None) == (self.width is None or self.height is None):
            raise ValueError("give either size, or both width and height in mm")
        return self

    @property
    def mm(self) -> tuple[float, float]:
        if self.width is not None and self.height is not None:
            return self.width, self.height
        return STANDARD_SIZES[self.size or "A4"]


STANDARD_SIZES: dict[str, tuple[float, float]] = {
    "A4": (210.0, 297.0), "A5": (148.0, 210.0), "A5-landscape": (210.0, 148.0),
    "A6": (105.0, 148.0), "A6-landscape": (148.0, 105.0), "Letter": (215.9, 279.4),
}  # fmt: skip


class ArucoMarks(_Strict):
    """Corner markers of ArUco's 4x4 dictionary: ids clockwise from the top left, each `size` mm wide.

    `margin` is the distance in mm of each marker's outer corner from the page edges.
    """

    method: Literal["aruco"]
    ids: tuple[int, int, int, int]
    size: PositiveFloat = 9.0
    margin: PositiveFloat = 8.0
    max_residual: PositiveFloat = 0.6


class SquareMarks(_Strict):
    """Solid black squares; boxes in mm. Their layout (a missing or a longer one) or the codes give the orientation."""

    method: Literal["squares"]
    squares: Annotated[tuple[Box, ...], Field(min_length=3)]
    blank: str | None = None
    max_residual: PositiveFloat = 1.0


class PrintMarks(_Strict):
    """No marks: features of the page are matched against the blank form, one picture for each language."""

    method: Literal["print"]
    blanks: dict[Language, str]
    max_residual: PositiveFloat = 1.0


Marks = Annotated[ArucoMarks | SquareMarks | PrintMarks, Field(discriminator="method")]


class _Field(_Strict):
    label: Localised = ""
    role: Role | None = None
    required: bool = False
    critical: bool = Field(
        False, description="what a person keys here is keyed again by another, who does not see the first value"
    )
    rules: tuple[RuleId, ...] = ()


class CodeField(_Field):
    """A printed code, possibly printed more than once. `content` says what it carries.

    ``reference``: our form code, and on personalised forms the signed reference; ``form``: the fixed `value` that
    names this design; ``free``: anything.
    """

    kind: Literal["code"]
    format: Literal["qr", "datamatrix", "ean13", "ean8", "code128", "code39", "itf"]
    content: Literal["reference", "form", "free"] = "reference"
    boxes: Annotated[tuple[Box, ...], Field(min_length=1)]
    value: str | None = None


class TickField(_Field):
    """One box to tick; its value is true or false."""

    kind: Literal["tick"]
    box: Box


class Option(_Strict):
    box: Box
    label: Localised = ""


class ChoiceField(_Field):
    """A group of tick boxes; its value is the list of the ticked options' names."""

    kind: Literal["choice"]
    options: Annotated[dict[Name, Option], Field(min_length=1)]
    multiple: bool = False
    shape: Literal["square", "circle"] = "square"
    mark: Literal["tick", "fill"] = Field(
        "tick",
        description="fill: a bubble is blackened to choose it, and a letter may be printed inside; "
        "tick: any stroke chooses, and a blackened box is taken back",
    )


class TextField(_Field):
    """Text typed or printed by machine, read by Tesseract; handwriting in it ends as doubtful."""

    kind: Literal["text"]
    box: Box
    charset: Charset = "text"
    lines: PositiveInt = 1
    prefill: Prefill | None = None
    size: PositiveFloat = Field(10.0, description="font size in points of a prefilled value")
    line: bool = Field(False, description="print a writing line under each line of the field")


_WORDS = Field(
    None,
    description="the list of what is mostly written here: NAME.txt beside form.yaml, or else in the lists folder",
)


class CombField(_Field):
    """Cells for one handwritten character each, equally wide across the box."""

    kind: Literal["comb"]
    box: Box
    cells: PositiveInt
    charset: Charset = "alnum"
    prefill: Prefill | None = None
    separators: tuple[int, ...] = Field((), description="a wider gap is printed after these cells (count from 1)")
    words: ListName | None = _WORDS


class HandprintField(_Field):
    """Handwriting in a free box, without cells."""

    kind: Literal["handprint"]
    box: Box
    charset: Charset = "text"
    lines: PositiveInt = 1
    words: ListName | None = _WORDS


class SignatureField(_Field):
    """Ink in the box means signed; nothing is inferred from the strokes."""

    kind: Literal["signature"]
    box: Box


class StampField(_Field):
    """Ink of a rubber stamp in the box."""

    kind: Literal["stamp"]
    box: Box


FormField = Annotated[
    CodeField | TickField | ChoiceField | TextField | CombField | HandprintField | SignatureField | StampField,
    Field(discriminator="kind"),
]


class PrintedText(_Strict):
    """Text drawn on the form, wrapped into its box."""

    text: Localised
    box: Box
    size: PositiveFloat = Field(9.0, description="points")
    style: Literal["regular", "bold", "italic"] = "regular"
    align: Literal["left", "center", "right"] = "left"
    color: Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")] = "#000000"


class PrintedLine(_Strict):
    """A straight line from (x1, y1) to (x2, y2)."""

    line: tuple[float, float, float, float]
    width: PositiveFloat = 0.2
    color: Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")] = "#000000"
    dashed: bool = False


class PrintedBox(_Strict):
    """A rectangle, outlined or filled."""

    rect: Box
    stroke: Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")] | None = None
    fill: Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")] | None = None
    width: PositiveFloat = 0.2


def _kind_of_item(value: Any) -> str | None:  # noqa: ANN401  # whatever the YAML says
    keys = value if isinstance(value, dict) else value.model_fields_set if isinstance(value, BaseModel) else ()
    return next((f"a {key}" for key in ("text", "line", "rect") if key in keys), None)


PrintedItem = Annotated[
    Annotated[PrintedText, Tag("a text")]
    | Annotated[PrintedLine, Tag("a line")]
    | Annotated[PrintedBox, Tag("a rect")],
    Discriminator(
        _kind_of_item,
        custom_error_type="printed_item",
        custom_error_message="an item of print is a text with its box, a line or a rect",
    ),
]


class Grid(_Strict):
    """Bubbles in equal rows and columns: a choice field for each of `names`, all with the same `options`.

    ``q1..15`` among the names stands for q1 to q15; ``A..E`` and ``0..9`` among the options for what lies between.
    `box` is the first option of the first field; the steps (mm right, mm down) lead to the next option and field.
    """

    names: Annotated[tuple[str, ...], Field(min_length=1)]
    options: Annotated[tuple[str, ...], Field(min_length=1)]
    box: Box
    option_step: tuple[float, float]
    field_step: tuple[float, float] = (0.0, 0.0)
    shape: Literal["square", "circle"] = "circle"
    mark: Literal["tick", "fill"] = "fill"
    multiple: bool = False

    def expanded(self) -> dict[str, dict[str, Any]]:
        """The choice fields that the grid stands for, as form.yaml would spell them out."""
        options = [option for item in self.options for option in _between(item)]
        names = [name for item in self.names for name in _between(item)]
        return {name: self._field(number, options) for number, name in enumerate(names)}

    def _field(self, row: int, options: list[str]) -> dict[str, Any]:
        x, y = (self.box[i] + row * self.field_step[i] for i in (0, 1))
        across, down = self.option_step
        boxes = {
            option: {"box": [round(x + n * across, 3), round(y + n * down, 3), *self.box[2:]], "label": option}
            for n, option in enumerate(options)
        }
        return {
            "kind": "choice", "shape": self.shape, "mark": self.mark, "multiple": self.multiple, "options": boxes,
        }  # fmt: skip


def _between(item: str) -> list[str]:
    """``q9..11`` as q9, q10, q11; ``A..C`` as A, B, C; anything else as it is."""
    if (numbers := re.fullmatch(r"(.*?)(\d+)\.\.(\d+)", item)) is not None:
        first, last = int(numbers[2]), int(numbers[3])
        width = len(numbers[2]) if numbers[2].startswith("0") and len(numbers[2]) > 1 else 1
        return [f"{numbers[1]}{number:0{width}d}" for number in range(first, last + 1)]
    if (letters := re.fullmatch(r"([A-Za-z])\.\.([A-Za-z])", item)) is not None:
        return [chr(code) for code in range(ord(letters[1]), ord(letters[2]) + 1)]
    return [item]


_GRIDS = TypeAdapter(tuple[Grid, ...])


class Offer(_Strict):
    """What the subscriber may tick; `action` is what the case asks the retention team to do."""

    label: Localised
    action: str = ""


class Template(_Strict):
    """One form design."""

    name: Name
    code: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{2,8}$")] = Field(
        description="the short id printed in our codes"
    )
    version: PositiveInt = 1
    title: Localised
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] = "SE"
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = ("en",)
    page: PageSize
    marks: Marks
    fields: Annotated[dict[Name, FormField], Field(min_length=1)] = Field(default_factory=dict)
    grids: tuple[Grid, ...] = Field(
        (), description="bubbles in rows; they become choice fields when the form is loaded"
    )
    offers: dict[Name, Offer] = Field(default_factory=dict)
    answers: Literal["offer", "renewal", "withdrawal", "feedback", "other"] = Field(
        "other", description="what kind of case a response to this form opens"
    )
    print: tuple[PrintedItem, ...] = Field((), description="what is drawn besides the fields and the marks")
    printable: bool = Field(True, description="false for forms of others, which are read but never printed")
    valid_from: dt.date | None = None

    @model_validator(mode="before")
    @classmethod
    def _with_grids(cls, data: Any) -> Any:  # noqa: ANN401  # whatever the YAML says
        """Adds each grid's fields; one of `fields` with the same name takes its place."""
        if not isinstance(data, dict) or not isinstance(data.get("fields", {}), dict):
            return data
        try:
            grids = _GRIDS.validate_python(data.get("grids", ()))
        except ValidationError:
            return data  # the key itself is checked next, and tells what is wrong with its line
        grown = {name: field for grid in grids for name, field in grid.expanded().items()}
        return {**data, "fields": {**grown, **data.get("fields", {})}} if grown else data

    @model_validator(mode="after")
    def _something_to_read(self) -> Template:
        if not self.fields:
            raise ValueError("a form needs fields or grids")
        return self


def localise(text: Localised, language: str) -> str:
    """The text in `language`, or in the first language it has."""
    if isinstance(text, str):
        return text
    return text.get(language) or next(iter(text.values()), "")
