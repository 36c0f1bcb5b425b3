"""The Ibis constructs the rules are written with, on every engine, against values worked out by hand."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pytest

from steelyard.engines import Engine
from steelyard.errors import EngineError
from steelyard.fixed import floor_division, half_up, shown
from steelyard.windows import known_before, seconds_between, within_hours

Rows = list[tuple[Any, ...]]

NOON = datetime(2022, 9, 26, 12)
HOURS = (time(8), time(23))

TIMES = pa.table(
    {
        "id": pa.array([1, 2, 3, 4], pa.int64()),
        "a": pa.array(
            [datetime(2022, 2, 27, 22, 59, 59, 999_999), NOON, datetime(1900, 1, 1), None], pa.timestamp("us")
        ),
        "b": pa.array(
            [
                datetime(2022, 2, 28, 23, 0, 0, 1),
                NOON + timedelta(microseconds=999_999),
                datetime(2100, 1, 1),
                NOON,
            ],
            pa.timestamp("us"),
        ),
    }
)

WHOLE = pa.table(
    {
        "id": pa.array([1, 2, 3, 4, 5, 6], pa.int64()),
        "a": pa.array([7, 9_007_199_254_740_993, 9_223_372_036_854_775_806, 0, None, 5], pa.int64()),
        "b": pa.array([2, 7, 1_000_000, 3, 3, 0], pa.int64()),
    }
)

SALES = pa.table(
    {
        "shop": ["甲", "甲", "甲", "乙", "乙", "乙", None],
        "at": pa.array([3, 1, 1, None, 5, 5, 9], pa.int64()),
        "id": ["c", "b", "a", "d", "f", "e", "g"],
        "sum": pa.array([10, 20, 20, 40, None, 60, 70], pa.int64()),
    }
)


def rows(engine: Engine, expression: ir.Table) -> Rows:
    """The rows as tuples, in the order of their first column, NULL last."""
    found = [tuple(row.values()) for row in engine.arrow(expression).to_pylist()]
    return sorted(found, key=lambda row: (row[0] is None, row[0]))


def by_id(table: ir.Table, **columns: ir.Value) -> ir.Table:
    return table.select("id", **columns)


TIME_CASES: dict[str, tuple[Callable[[ir.Table], ir.Table], Rows]] = {
    "seconds are cut, then subtracted, also beyond 2³¹": (
        lambda t: by_id(t, s=seconds_between(t.a, t.b)),
        [(1, 86_401), (2, 0), (3, 6_311_433_600), (4, None)],
    ),
    "seconds backwards": (
        lambda t: by_id(t, s=seconds_between(t.b, t.a)),
        [(1, -86_401), (2, 0), (3, -6_311_433_600), (4, None)],
    ),
    "a time on the day or later is not known": (
        lambda t: by_id(t, a=known_before(date(2022, 9, 26), t.a), b=known_before(date(2022, 9, 27), t.b)),
        [
            (1, datetime(2022, 2, 27, 22, 59, 59, 999_999), datetime(2022, 2, 28, 23, 0, 0, 1)),
            (2, None, NOON + timedelta(microseconds=999_999)),
            (3, datetime(1900, 1, 1), None),
            (4, None, NOON),
        ],
    ),
    "22:59:59 is within the hours, 23:00 is not": (
        lambda t: by_id(t, a=within_hours(t.a, *HOURS), b=within_hours(t.b, *HOURS)),
        [(1, True, False), (2, True, True), (3, False, False), (4, None, True)],
    ),
    "days and hours are added on the wall clock": (
        lambda t: by_id(t, d=t.a + ibis.interval(days=14), h=t.a + ibis.interval(hours=24)),
        [
            (1, datetime(2022, 3, 13, 22, 59, 59, 999_999), datetime(2022, 2, 28, 22, 59, 59, 999_999)),
            (2, datetime(2022, 10, 10, 12), datetime(2022, 9, 27, 12)),
            (3, datetime(1900, 1, 15), datetime(1900, 1, 2)),
            (4, None, None),
        ],
    ),
    "a microsecond before the next day": (
        lambda t: by_id(t, e=t.a.truncate("D") + ibis.interval(days=1) - ibis.interval(microseconds=1)),
        [
            (1, datetime(2022, 2, 27, 23, 59, 59, 999_999)),
            (2, datetime(2022, 9, 26, 23, 59, 59, 999_999)),
            (3, datetime(1900, 1, 1, 23, 59, 59, 999_999)),
            (4, None),
        ],
    ),
    "the day and the hour": (
        lambda t: by_id(t, d=t.a.date(), h=t.a.hour(), back=t.a.date().cast("timestamp")),
        [
            (1, date(2022, 2, 27), 22, datetime(2022, 2, 27)),
            (2, date(2022, 9, 26), 12, datetime(2022, 9, 26)),
            (3, date(1900, 1, 1), 0, datetime(1900, 1, 1)),
            (4, None, None, None),
        ],
    ),
    "days between dates": (
        lambda t: by_id(t, n=t.b.date().delta(t.a.date(), unit="day").cast("int64")),
        [(1, 1), (2, 0), (3, 73_049), (4, None)],
    ),
    "least and greatest pass over NULL": (
        lambda t: by_id(t, least=ibis.least(t.a, t.b), greatest=ibis.greatest(t.b, t.a)),
        [
            (1, datetime(2022, 2, 27, 22, 59, 59, 999_999), datetime(2022, 2, 28, 23, 0, 0, 1)),
            (2, NOON, NOON + timedelta(microseconds=999_999)),
            (3, datetime(1900, 1, 1), datetime(2100, 1, 1)),
            (4, NOON, NOON),
        ],
    ),
    "a comparison with NULL is neither true nor false": (
        lambda t: by_id(t, later=t.b > t.a, neither=(t.b > t.a).fill_null(False), no=~(t.b > t.a)),
        [(1, True, True, False), (2, True, True, False), (3, True, True, False), (4, None, False, None)],
    ),
}
WHOLE_CASES: dict[str, tuple[Callable[[ir.Table], ir.Table], Rows]] = {
    "whole quotients stay exact": (
        lambda t: by_id(t.filter(t.b > 0), q=floor_division(t.a, t.b), r=t.a % t.b),
        [
            (1, 3, 1),
            (2, 1_286_742_750_677_284, 5),
            (3, 9_223_372_036_854, 775_806),
            (4, 0, 0),
            (5, None, None),
        ],
    ),
    "a millionth is rounded half up, nothing divided by nothing is NULL": (
        lambda t: by_id(t.filter(t.id != 3, t.id != 2), q=half_up(t.a, t.b, 1_000_000)),
        [(1, 3_500_000), (4, 0), (5, None), (6, None)],
    ),
    "half goes up": (
        lambda t: by_id(t.filter(t.id < 3), q=half_up(t.a, 2), s=shown(t.a * 500_000, 0)).filter(ibis._.id == 1),
        [(1, 4, Decimal(4))],
    ),
    "millionths come out as decimals": (
        lambda t: by_id(t.filter(t.id != 2, t.id != 3), d=shown(t.a * 1_000_001, 6)),
        [(1, Decimal("7.000007")), (4, Decimal("0.000000")), (5, None), (6, Decimal("5.000005"))],
    ),
    "times a millionth in decimals": (
        lambda t: by_id(t, d=(t.a * ibis.literal(Decimal("0.000001"), "decimal(7, 6)")).cast("decimal(20, 6)")),
        [
            (1, Decimal("0.000007")),
            (2, Decimal("9007199254.740993")),
            (3, Decimal("9223372036854.775806")),
            (4, Decimal("0.000000")),
            (5, None),
            (6, Decimal("0.000005")),
        ],
    ),
    "division of integers is not cut": (
        lambda t: by_id(t.filter(t.id == 1), q=t.a / t.b),
        [(1, 3.5)],
    ),
    "cases, coalesce and nullif": (
        lambda t: by_id(
            t,
            word=ibis.cases((t.b == 0, "none"), (t.a > 8, "much"), else_="some"),
            value=ibis.coalesce(t.a, t.b),
            gone=t.b.nullif(3),
        ),
        [
            (1, "some", 7, 2),
            (2, "much", 9_007_199_254_740_993, 7),
            (3, "much", 9_223_372_036_854_775_806, 1_000_000),
            (4, "some", 0, None),
            (5, "some", 3, None),
            (6, "none", 5, 0),
        ],
    ),
}


def over(table: ir.Table, order: Any, **kwargs: Any) -> Any:
    return ibis.window(group_by=table.shop, order_by=order, **kwargs)


SALES_CASES: dict[str, tuple[Callable[[ir.Table], ir.Table], Rows]] = {
    "NULL comes last in the order of a window": (
        lambda t: by_id(t, n=ibis.row_number().over(over(t, [t["at"], t.id]))),
        [("a", 0), ("b", 1), ("c", 2), ("d", 2), ("e", 0), ("f", 1), ("g", 0)],
    ),
    "the row before": (
        lambda t: by_id(t, v=t["sum"].lag(1).over(over(t, [t["at"], t.id]))),
        [("a", None), ("b", 20), ("c", 20), ("d", None), ("e", None), ("f", 60), ("g", None)],
    ),
    "a running sum in the order of two columns": (
        lambda t: by_id(
            t,
            v=t["sum"].sum().over(over(t, [t["at"], t.id], rows=(None, 0))),
            n=t["sum"].count().over(over(t, None)),
        ),
        [("a", 20, 3), ("b", 40, 3), ("c", 50, 3), ("d", 100, 2), ("e", 60, 2), ("f", 60, 2), ("g", 70, 1)],
    ),
    "ties share a rank, the next one leaves a gap": (
        lambda t: by_id(t, n=ibis.rank().over(over(t, t["at"])), d=ibis.rank().over(over(t, ibis.desc(t["at"])))),
        [("a", 0, 1), ("b", 0, 1), ("c", 2, 0), ("d", 2, 2), ("e", 0, 0), ("f", 0, 0), ("g", 0, 0)],
    ),
    "the first of a partition": (
        lambda t: by_id(t, v=t["sum"].first().over(over(t, [t["at"], t.id]))),
        [("a", 20), ("b", 20), ("c", 20), ("d", 60), ("e", 60), ("f", 60), ("g", 70)],
    ),
    "the least of structs goes field by field": (
        lambda t: (
            t.filter(t["at"].notnull())
            .group_by("shop")
            .agg(first=ibis.struct({"at": t["at"], "id": t.id, "sum": t["sum"]}).min())
            .select("shop", id=ibis._.first["id"], sum=ibis._.first["sum"])
        ),
        [("乙", "e", 60), ("甲", "a", 20), (None, "g", 70)],
    ),
    "sums, counts and means pass over NULL": (
        lambda t: t.group_by("shop").agg(
            s=t["sum"].sum(),
            n=t["sum"].count(),
            rows=t.count(),
            distinct=t["sum"].nunique(),
            most=t["at"].max(),
        ),
        [("乙", 100, 2, 3, 2, 5), ("甲", 50, 3, 3, 2, 3), (None, 70, 1, 1, 1, 9)],
    ),
    "a sum of nothing is NULL, a count of nothing is 0": (
        lambda t: t.filter(t.id == "z").agg(s=ibis._["sum"].sum(), n=ibis._.count(), d=ibis._.id.nunique()),
        [(None, 0, 0)],
    ),
    "a count or sum where": (
        lambda t: t.group_by("shop").agg(n=t.count(where=t["at"] > 1), s=t["sum"].sum(where=t["at"] == 1)),
        [("乙", 2, None), ("甲", 1, 40), (None, 1, None)],
    ),
    "rows that match, rows that do not": (
        lambda t: (
            t.semi_join(t.filter(t["at"] > 4).select("shop"), "shop")
            .select("id", here=ibis.literal(True))
            .union(t.anti_join(t.filter(t["at"] > 4).select("shop"), "shop").select("id", here=ibis.literal(False)))
        ),
        [("a", False), ("b", False), ("c", False), ("d", True), ("e", True), ("f", True), ("g", False)],
    ),
    "a union keeps copies": (
        lambda t: t.select("id").union(t.filter(t.id == "a").select("id")),
        [("a",), ("a",), ("b",), ("c",), ("d",), ("e",), ("f",), ("g",)],
    ),
    "texts are compared by code points and begin as they begin": (
        lambda t: by_id(t, begins=t.shop.startswith("甲"), after=t.shop > "丙", isin=t.shop.isin(["乙", "丙"])),
        [(i, True, True, False) for i in "abc"] + [(i, False, True, True) for i in "def"] + [("g", None, None, None)],
    ),
    "a left join finds or gives NULL": (
        lambda t: t.left_join(t.filter(t["at"] == 1).select("id", got="sum"), "id").select("id", "got"),
        [("a", 20), ("b", 20), ("c", None), ("d", None), ("e", None), ("f", None), ("g", None)],
    ),
}

CASES = [
    pytest.param(table, build, expected, id=name)
    for table, cases in ((TIMES, TIME_CASES), (WHOLE, WHOLE_CASES), (SALES, SALES_CASES))
    for name, (build, expected) in cases.items()
]


@pytest.mark.parametrize(("table", "build", "expected"), CASES)
def test_engines_give_the_value_worked_out_by_hand(
    engine: Engine, table: pa.Table, build: Callable[[ir.Table], ir.Table], expected: Rows
) -> None:
    assert rows(engine, build(engine.store("agree", ibis.memtable(table)))) == expected


def test_arithmetic_that_does_not_fit_is_an_error_not_a_number(engine: Engine) -> None:
    big = engine.store("big", ibis.memtable(pa.table({"a": pa.array([2**62], pa.int64())})))
    with pytest.raises(EngineError, match="query-failed"):
        engine.arrow(big.select(b=big.a * 4))


def test_types_are_the_same_in_memory(engine: Engine) -> None:
    table = pa.table(
        {
            "money": pa.array([Decimal("1.5")], pa.decimal128(20, 6)),
            "count": pa.array([1], pa.int64()),
            "day": pa.array([date(2022, 9, 26)]),
            "at": pa.array([NOON], pa.timestamp("us")),
            "flag": [True],
            "text": ["甲"],
            "rate": [0.5],
        }
    )
    stored = engine.store("types", ibis.memtable(table))
    assert engine.arrow(stored).schema == table.schema
    assert engine.arrow(stored).to_pylist() == table.to_pylist()


def test_sums_keep_their_type_when_stored_and_named(engine: Engine) -> None:
    sales = engine.store("sales", ibis.memtable(SALES))
    total = sales.group_by("shop").agg(total=sales["sum"].sum(), hour=sales["at"].max())
    for table in (engine.store("stored", total), engine.view("named", total)):
        assert table.schema() == ibis.schema({"shop": "string", "total": "int64", "hour": "int64"})
