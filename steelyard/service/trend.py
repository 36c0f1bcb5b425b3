"""Service metrics from week to week, or from month to month."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Literal

from steelyard.service.report import COLUMNS, Asked, Row
from steelyard.service.report import report as whole
from steelyard.windows import Period

Every = Literal["week", "month"]
"""Calendar weeks, which begin on Monday, or calendar months."""

TREND = (*COLUMNS, "from_on", "to_on", "whole", "change")
"""The columns of a row in order."""

_WEEK = timedelta(days=7)
_LONGER_THAN_A_MONTH = timedelta(days=32)


def parts(period: Period, every: Every) -> Iterator[Period]:
    """The weeks or months of a period in order, the first and the last cut where it begins and ends."""
    first = period.first
    while first < period.end:
        end = min(_following(first, every), period.end)
        yield Period(first, end)
        first = end


def _following(day: date, every: Every) -> date:
    """The first day of the next week or month."""
    if every == "week":
        return day - timedelta(days=day.weekday()) + _WEEK
    return (day.replace(day=1) + _LONGER_THAN_A_MONTH).replace(day=1)


def _is_whole(part: Period, every: Every) -> bool:
    begins = part.first.weekday() == 0 if every == "week" else part.first.day == 1
    return begins and part.end == _following(part.first, every)


def trend(asked: Asked, every: Every) -> list[Row]:
    """As `report`, one row per metric, subject and part of the period, parts in order of time.

    Also `from_on` and `to_on`, days `[from_on, to_on)` · `whole`, whether that is all of a week or month · `change`
    against the value of the part before, None where either has none.
    """
    rows: dict[tuple[object, object], list[Row]] = {}
    for part in parts(asked.period, every):
        more = {"from_on": part.first, "to_on": part.end, "whole": _is_whole(part, every)}
        for row in whole(replace(asked, period=part)):
            of_one = rows.setdefault((row["metric"], row["subject_id"]), [])
            before = of_one[-1]["value"] if of_one else None
            change = None if before is None or row["value"] is None else row["value"] - before
            of_one.append(row | more | {"change": change})
    order = {metric.name: number for number, metric in enumerate(asked.settings.metrics)}
    named = sorted(rows, key=lambda key: order[str(key[0])])
    return [row for key in named for row in rows[key]]
