"""The door through which service metrics reach the payroll: agent → metric → reading."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Literal, Protocol

from steelyard.service.pay.money import Words

Id = int | str
Unit = Literal["rate", "seconds", "count", "money"]


@dataclass(frozen=True)
class Metric:
    """What a plan may name: a title, and what its value is counted in."""

    title: Words
    unit: Unit
    total: bool = False
    """Whether it is a sum, with nothing to divide by."""


METRICS: Mapping[str, Metric] = {
    "receptions": Metric(Words("接待人数", "buyers received"), "count", total=True),
    "conversion_rate": Metric(Words("询单转化率", "conversion rate"), "rate"),
    "average_order_value": Metric(Words("客单价", "average order value"), "money"),
    "items_per_buyer": Metric(Words("客件数", "items per buyer"), "count"),
    "message_reply_rate": Metric(Words("消息回复率", "message reply rate"), "rate"),
    "effective_reply_rate": Metric(Words("有效回复率", "effective reply rate"), "rate"),
    "human_reply_rate_3min": Metric(Words("3分钟人工回复率", "human reply rate in 3 minutes"), "rate"),
    "answer_rate_30s": Metric(Words("30秒应答率", "answer rate in 30 seconds"), "rate"),
    "mean_response_time": Metric(Words("平均响应时间", "mean response time"), "seconds"),
    "first_response_time": Metric(Words("首次响应时间", "first response time"), "seconds"),
    "online_time": Metric(Words("在线时长", "online time"), "seconds", total=True),
    "positive_rate": Metric(Words("好评率", "good-review rate"), "rate"),
    "return_rate": Metric(Words("退货率", "return rate"), "rate"),
    "changed_reviews": Metric(Words("改评数", "changed reviews"), "count", total=True),
    "complaint_rate": Metric(Words("投诉率", "complaint rate"), "rate"),
}
"""Every metric that a plan may name."""


@dataclass(frozen=True)
class Row:
    """A row behind a number: where it stands, what it is worth there, and what gave its agent the credit."""

    table: str
    row_id: Id
    value: str = ""
    credit: str = ""
    session_id: Id | None = None
    message_at: datetime | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from other rows of a line."""
        return self.table, str(self.row_id)


@dataclass(frozen=True)
class Reading:
    """A metric of one agent and month: the value is numerator ÷ denominator, or the numerator of a plain count."""

    numerator: Decimal | int
    denominator: int | None = None
    rows: tuple[Row, ...] = ()

    @property
    def value(self) -> Fraction | None:
        """The exact value; None where there is nothing to divide by."""
        if self.denominator is None:
            return Fraction(self.numerator)
        return Fraction(self.numerator) / self.denominator if self.denominator else None


Readings = Mapping[Id, Mapping[str, Reading]]
"""Agent → metric → reading. A metric that nothing measures is missing: never zero."""


@dataclass(frozen=True)
class Month:
    """A calendar month, as the half-open days `[first, end)`.

    >>> str(Month.of(date(2022, 10, 7))), Month.of(date(2022, 12, 1)).end
    ('2022-10', datetime.date(2023, 1, 1))
    """

    first: date
    end: date

    @classmethod
    def of(cls, day: date) -> "Month":
        """The month of a day."""
        first = day.replace(day=1)
        return cls(first, (first + timedelta(days=31)).replace(day=1))

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.end - self.first).days

    def holds(self, instant: datetime | None) -> bool:
        """Whether a time lies in it."""
        return instant is not None and self.first <= instant.date() < self.end

    def __str__(self) -> str:
        return f"{self.first:%Y-%m}"


class Metrics(Protocol):
    """Whoever measures service: asked once per month to be stated or stated again."""

    def readings(self, month: Month, known_on: date, wanted: Collection[str]) -> Readings:
        """The metrics `wanted` of every agent in `month`, by what was known before `known_on`."""


def combined(readings: Collection[Reading]) -> Reading | None:
    """One reading of a whole team: numerators and denominators added; None where there are none."""
    if not readings:
        return None
    numerator = sum((each.numerator for each in readings), Decimal(0))
    denominators = [each.denominator for each in readings if each.denominator is not None]
    return Reading(numerator, sum(denominators) if denominators else None)
