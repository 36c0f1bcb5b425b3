"""How a column as it stands in a file is read as the contract's type.

Types that hold the same values are cast. Text, and numbers where whole numbers or flags are meant, are parsed
by one strict grammar, so that every engine reads the same: ISO 8601 without zone for times, plain decimal
digits for numbers. What does not parse is NULL here, and the check quarantines its row.
"""

from typing import Literal

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pyarrow as pa

from steelyard.events.contract import Column, Kind

Family = Literal["null", "text", "integer", "big", "number", "time", "zoned", "date", "flag", "other"]
How = Literal["cast", "parse"]

_READABLE: dict[tuple[Kind, Family], How] = {
    ("id", "integer"): "cast", ("id", "big"): "parse", ("id", "text"): "cast",
    ("text", "text"): "cast", ("text", "integer"): "cast",
    ("time", "time"): "cast", ("time", "date"): "cast", ("time", "text"): "parse",
    ("date", "date"): "cast", ("date", "time"): "cast", ("date", "text"): "parse",
    ("integer", "integer"): "cast", ("integer", "big"): "parse", ("integer", "number"): "parse",
    ("integer", "text"): "parse",
    ("number", "number"): "cast", ("number", "integer"): "cast", ("number", "big"): "cast",
    ("number", "text"): "parse",
    ("flag", "flag"): "cast", ("flag", "integer"): "parse", ("flag", "text"): "parse",
}  # fmt: skip

_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?"
_GRAMMAR = {
    "time": rf"^{_DAY}([ T]{_CLOCK})?\z",
    "date": rf"^{_DAY}( 00:00:00)?\z",
    "integer": r"^[+-]?[0-9]+\z",
    "number": r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?\z",
}
_LENGTH = {"time": len("2022-09-26 10:00:00.000000"), "date": len("2022-09-26")}
"""Characters that are read: engines hold microseconds."""

TRUE = ("true", "t", "yes", "y", "1")
FALSE = ("false", "f", "no", "n", "0")


def family(kind: pa.DataType) -> Family:
    """What values a Parquet column of this Arrow type holds."""
    types = pa.types
    if types.is_dictionary(kind):
        return family(kind.value_type)
    if isinstance(kind, pa.BaseExtensionType):
        return "text" if kind.extension_name == "arrow.json" else "other"
    if types.is_timestamp(kind):
        return "time" if kind.tz is None else "zoned"
    if types.is_integer(kind):
        return "big" if types.is_uint64(kind) else "integer"
    tests: tuple[tuple[bool, Family], ...] = (
        (types.is_null(kind), "null"),
        (types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind), "text"),
        (types.is_floating(kind) or types.is_decimal(kind), "number"),
        (types.is_date(kind), "date"),
        (types.is_boolean(kind), "flag"),
    )
    return next((name for holds, name in tests if holds), "other")


def how(column: Column, held: Family) -> How | None:
    """Whether values of that family are cast or parsed into `column`; None: they cannot be read."""
    return "cast" if held == "null" else _READABLE.get((column.kind, held))


def read(value: ir.Value, column: Column, held: Family, dtype: dt.DataType) -> ir.Value:
    """`value` as `dtype`, the contract's type of `column`; NULL where it does not parse."""
    if how(column, held) != "parse" or dtype.is_string():
        return value.cast(dtype)
    if column.kind == "flag":
        text = value.cast("string").lower()
        return ibis.cases((text.isin(TRUE), True), (text.isin(FALSE), False))
    if held == "text":
        text = value.left(_LENGTH[column.kind]) if column.kind in _LENGTH else value
        return value.re_search(_GRAMMAR[column.kind]).ifelse(text.try_cast(dtype), ibis.null(dtype))
    if held == "number":
        whole = value.cast("float64").try_cast(dtype)
        return (whole.cast("float64") == value.cast("float64")).ifelse(whole, ibis.null(dtype))
    return value.try_cast(dtype)
