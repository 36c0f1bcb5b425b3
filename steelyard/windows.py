"""Days, windows, durations and service hours: the only date arithmetic.

A score of day D knows what happened before D at 00:00. A window is half-open, `[D − start, D − end)` in days.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import ibis
import ibis.expr.types as ir

from steelyard.fixed import floor_division

EPOCH = ibis.literal(datetime(1970, 1, 1))
"""An origin to count seconds from."""

_DAY = 86_400
_LONGEST_MONTH = 31
_NEVER = date(9999, 1, 1)


def midnight(day: date) -> datetime:
    """The first instant of `day`."""
    return datetime.combine(day, time())


@dataclass(frozen=True)
class Window:
    """Days `[D − days − skip, D − skip)` before the day D of a score.

    >>> Window(90, skip=14).on(date(2022, 9, 26))
    (datetime.datetime(2022, 6, 14, 0, 0), datetime.datetime(2022, 9, 12, 0, 0))
    """

    days: int
    skip: int = 0

    def on(self, day: date) -> tuple[datetime, datetime]:
        """First instant inside and first instant after the window of `day`."""
        end = midnight(day) - timedelta(days=self.skip)
        return end - timedelta(days=self.days), end

    def scores_with(self, anchor: ir.DateValue) -> tuple[ir.DateValue, ir.DateValue]:
        """The first day of a score with the day `anchor` inside its window, and the first after those."""
        return shifted(anchor, self.skip + 1), shifted(anchor, self.skip + 1 + self.days)


@dataclass(frozen=True)
class MonthWindow:
    """The calendar month of the day before D, up to D.

    >>> MonthWindow().on(date(2023, 2, 1))
    (datetime.datetime(2023, 1, 1, 0, 0), datetime.datetime(2023, 2, 1, 0, 0))
    """

    def on(self, day: date) -> tuple[datetime, datetime]:
        """First instant inside and first instant after the window of `day`."""
        return midnight((day - timedelta(days=1)).replace(day=1)), midnight(day)

    def scores_with(self, anchor: ir.DateValue) -> tuple[ir.DateValue, ir.DateValue]:
        """The first day of a score with the day `anchor` inside its window, and the first after those."""
        next_month = shifted(anchor.truncate("M"), _LONGEST_MONTH).truncate("M").cast("date")
        return shifted(anchor, 1), shifted(next_month, 1)


@dataclass(frozen=True)
class Period:
    """Days `[first, end)`, whatever the day D.

    >>> Period(date(2023, 1, 1), date(2023, 1, 3)).on(date(2024, 1, 1))
    (datetime.datetime(2023, 1, 1, 0, 0), datetime.datetime(2023, 1, 3, 0, 0))
    """

    first: date
    end: date

    def on(self, _day: date) -> tuple[datetime, datetime]:
        """First instant inside and first instant after the period."""
        return midnight(self.first), midnight(self.end)

    def scores_with(self, anchor: ir.DateValue) -> tuple[ir.DateValue, ir.DateValue]:
        """The first day of a score with the day `anchor` inside its window, and the first after those: never."""
        never = ibis.literal(_NEVER)
        inside = (anchor >= ibis.literal(self.first)) & (anchor < ibis.literal(self.end))
        return inside.ifelse(shifted(anchor, 1), never), never


AnyWindow = Window | MonthWindow | Period


def known_before(day: date, instant: ir.TimestampValue) -> ir.TimestampValue:
    """`instant` as known on `day`: NULL where it lies on that day or later."""
    return (instant < ibis.literal(midnight(day))).ifelse(instant, ibis.null("timestamp"))


def seconds_between(earlier: ir.TimestampValue, later: ir.TimestampValue) -> ir.IntegerValue:
    """Whole seconds: both ends cut to the second, then subtracted."""
    return later.truncate("s").delta(earlier.truncate("s"), unit="second").cast("int64")


def shifted(day: ir.DateValue, days: int) -> ir.DateValue:
    """The day so many days later."""
    return (day + ibis.interval(days=days)).cast("date")


def days_from(first: date, last: date) -> ir.Table:
    """One row per day from `first` to `last`, both included: `as_of`."""
    offsets = ibis.range(0, (last - first).days + 1).unnest().name("offset").as_table()
    return offsets.select(as_of=day_plus(first, offsets.offset))


def days_after(first: date, instant: ir.TimestampValue) -> ir.IntegerValue:
    """Whole days from the midnight of `first` to the day of `instant`; negative before it."""
    return instant.date().delta(ibis.literal(first), unit="day").cast("int64")


def day_plus(first: date, days: ir.IntegerValue) -> ir.DateValue:
    """The day so many days after `first`."""
    return (ibis.literal(first) + days.as_interval("D")).cast("date")


def within_hours(instant: ir.TimestampValue, opens: time, closes: time) -> ir.BooleanValue:
    """Whether the time of day lies in `[opens, closes)`, whole minutes both; `closes` 00:00 is the end of the day."""
    minute = instant.hour().cast("int64") * 60 + instant.minute().cast("int64")
    end = closes.hour * 60 + closes.minute or 24 * 60
    return (minute >= opens.hour * 60 + opens.minute) & (minute < end)


def earliest(first: ir.TimestampValue, *others: ir.TimestampValue) -> ir.TimestampValue:
    """The least of several times; those that are NULL are not among them, on any engine."""
    for other in others:
        first = ibis.coalesce(ibis.least(first, other), first, other)
    return first


def service_seconds(earlier: ir.TimestampValue, later: ir.TimestampValue, opens: time, closes: time) -> ir.IntegerValue:
    """Whole seconds between two times that lie within the daily hours `[opens, closes)`, whole minutes both.

    Both ends are cut to the second; negative where `later` comes first. `closes` lies after `opens`.
    """
    open_from, open_until = _second_of_day(opens), _second_of_day(closes)

    def served_until(instant: ir.TimestampValue) -> ir.IntegerValue:
        second = seconds_between(EPOCH, instant)
        today = ibis.greatest(ibis.least(second % _DAY, open_until) - open_from, 0)
        return floor_division(second, _DAY) * (open_until - open_from) + today

    return (served_until(later) - served_until(earlier)).cast("int64")


def _second_of_day(at: time) -> int:
    return at.hour * 3600 + at.minute * 60
