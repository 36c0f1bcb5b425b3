"""Days, windows, durations and service hours: the only date arithmetic.

A score of day D knows what happened before D at 00:00. A window is half-open, `[D − start, D − end)` in days.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import ibis
import ibis.expr.types as ir

EPOCH = ibis.literal(datetime(1970, 1, 1))
"""An origin to count seconds from."""


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


def known_before(day: date, instant: ir.TimestampValue) -> ir.TimestampValue:
    """`instant` as known on `day`: NULL where it lies on that day or later."""
    return (instant < ibis.literal(midnight(day))).ifelse(instant, ibis.null("timestamp"))


def seconds_between(earlier: ir.TimestampValue, later: ir.TimestampValue) -> ir.IntegerValue:
    """Whole seconds: both ends cut to the second, then subtracted."""
    return later.truncate("s").delta(earlier.truncate("s"), unit="second").cast("int64")


def within_hours(instant: ir.TimestampValue, opens: time, closes: time) -> ir.BooleanValue:
    """Whether the time of day lies in `[opens, closes)`; both are whole minutes."""
    minute = instant.hour().cast("int64") * 60 + instant.minute().cast("int64")
    return (minute >= opens.hour * 60 + opens.minute) & (minute < closes.hour * 60 + closes.minute)
