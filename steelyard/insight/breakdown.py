"""Where an indicator's misses come from: by product, scenario, region, route, carrier, hour and agent."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pyarrow as pa

from steelyard.scorecards.model import Indicator, Observed

ASPECTS: Mapping[str, tuple[str, ...]] = {
    "product": ("product_id",),
    "scenario": ("scenario",),
    "reason": ("case_reason",),
    "region": ("destination_province",),
    "route": ("origin_province", "destination_province"),
    "carrier": ("carrier",),
    "hour": ("hour",),
    "agent": ("agent_id",),
}
"""Aspect → the columns of the rows that tell it."""

ON_THE_WAY = ("route", "carrier")
"""Aspects that say something of parcels only: who carried a return of a broken thing is no cause of it."""

_SHIPPING = frozenset(
    {
        "abnormal_collection_rate",
        "collected_within",
        "collection_timeliness",
        "delivery_duration",
        "logistics_negative_rate",
    }
)
_SHIPPING_PARAMS = frozenset({"logistics", "shipping", "logistics_stars"})
"""Measures of shipping, and the words in the params of others that make them so."""

MOST_STARS = 5
MOST_POINTS = 10
"""The best rating, and the most points of a check, that the event contract knows."""

Counted = tuple[int, int]
"""Numerator and denominator."""

Rescore = Callable[[Counted], Decimal | None]
"""The six-place score a subject would have with another count for the indicator at hand, its peers as they are."""


@dataclass(frozen=True)
class Slice:
    """The rows of one subject and indicator that share one value of an aspect."""

    key: str | None
    """What they share; None where the rows do not say. A route is `from → to`."""
    numerator: int
    denominator: int
    exact: Fraction | None
    """The value before it is rounded; None without a denominator."""
    misses: Fraction
    """What it adds to what is lost: see `misses_of`."""
    share_of_misses: Decimal | None
    """Of all misses; None where nothing was missed."""
    share_of_rows: Decimal
    """Of the denominator."""
    would_win: Decimal | None = None
    """Points of the score if all its rows did as those of the shop's best carrier; carriers only."""

    @property
    def value(self) -> Decimal | None:
        """In six places, as the indicator's own."""
        return None if self.exact is None else half_up(self.exact)

    @property
    def excess(self) -> Decimal:
        """How much more of the misses than of the rows is its own."""
        return (self.share_of_misses or Decimal(0)) - self.share_of_rows


@dataclass(frozen=True)
class Breakdown:
    """An indicator's slices by one aspect, the worst first."""

    aspect: str
    slices: tuple[Slice, ...]
    best: str | None = None
    """The shop's best carrier; carriers only."""
    would_win: Decimal | None = None
    """Points of the score if every carrier's rows did as those of the best; carriers only."""

    @property
    def worst(self) -> tuple[Slice, ...]:
        """The slices with more of the misses than of the rows."""
        return tuple(each for each in self.slices if each.misses and each.excess > 0)


def breakdowns(rows: pa.Table, part: Indicator | Observed) -> tuple[Breakdown, ...]:
    """By every aspect that tells the rows apart; `rows` as `rows_with_aspects` gives them.

    Worst first: by how much more of the misses than of the rows a slice has, ties by its name. An aspect with one
    value for all rows tells nothing and is left out. Route and carrier are looked at for shipping only.
    """
    aspects = [aspect for aspect in ASPECTS if aspect not in ON_THE_WAY or is_about_shipping(part)]
    return tuple(found for aspect in aspects if (found := breakdown(rows, part, aspect)) is not None)


def is_about_shipping(part: Indicator | Observed) -> bool:
    """Whether parcels are judged: by the measure, or by the words in its params."""
    listed = [value if isinstance(value, list | tuple) else [value] for value in part.params.values()]
    words = {word for values in listed for word in values if isinstance(word, str)}
    return part.measure in _SHIPPING or not _SHIPPING_PARAMS.isdisjoint(words)


def breakdown(rows: pa.Table, part: Indicator | Observed, aspect: str) -> Breakdown | None:
    """The slices by one aspect; None where all rows agree in it, or none knows it."""
    columns = ASPECTS[aspect]
    sums = rows.group_by([*columns, "part"]).aggregate([("numerator", "sum"), ("denominator", "sum")])
    grouped: dict[str | None, dict[str | None, Counted]] = {}
    for row in sums.to_pylist():
        if row["denominator_sum"]:
            parts = grouped.setdefault(_key([row[column] for column in columns]), {})
            before = parts.get(row["part"], (0, 0))
            parts[row["part"]] = (before[0] + row["numerator_sum"], before[1] + row["denominator_sum"])
    if len(grouped) < 2:
        return None
    return Breakdown(aspect, tuple(_sliced(grouped, part)))


def _key(values: Sequence[Any]) -> str | None:
    return None if any(value is None for value in values) else " → ".join(map(str, values))


def _sliced(grouped: Mapping[str | None, Mapping[str | None, Counted]], part: Indicator | Observed) -> Iterator[Slice]:
    misses = {key: sum((misses_of(part, n) for n in parts.values()), Fraction(0)) for key, parts in grouped.items()}
    rows = {key: sum(denominator for _, denominator in parts.values()) for key, parts in grouped.items()}
    missed, counted = sum(misses.values(), Fraction(0)), sum(rows.values())
    found = [
        Slice(
            key,
            sum(numerator for numerator, _ in parts.values()),
            rows[key],
            _value(part, parts.values()),
            misses[key],
            half_up(misses[key] / missed) if missed else None,
            half_up(Fraction(rows[key], counted)),
        )
        for key, parts in grouped.items()
    ]
    yield from sorted(found, key=lambda each: (-each.excess, -each.misses, each.key is None, _natural(each.key)))


def _natural(key: str | None) -> tuple[int, str]:
    """Numbers in the order of numbers, before names."""
    text = key or ""
    return (int(text), "") if text.isdecimal() else (10**18, text)


def parts_of(part: Indicator | Observed) -> int:
    """Into how many parts the unit of a numerator is cut: money is counted in millionths."""
    return 10**6 if part.unit == "money" else 1


def _value(part: Indicator | Observed, parts: Iterable[Counted]) -> Fraction | None:
    """The mean of the parts' shares, as an averaged indicator takes it; one part is a plain share."""
    cut = parts_of(part)
    shares = [Fraction(numerator, denominator * cut) for numerator, denominator in parts if denominator]
    return sum(shares, Fraction(0)) / len(shares) if shares else None


def misses_of(part: Indicator | Observed, counted: Counted) -> Fraction:
    """What is lost in so many rows: rows that miss a rate, missing stars or points, seconds waited.

    Of money or pieces nobody says how much there could have been: none is lost.
    """
    numerator, denominator = counted
    if part.better == "lower":
        return Fraction(numerator)
    best = {"rate": 1, "stars": MOST_STARS, "points": MOST_POINTS}.get(part.unit)
    return Fraction(0) if best is None else Fraction(best * denominator - numerator)


def with_best_carrier(found: Breakdown, score: Decimal, rescore: Rescore, part: Indicator | Observed) -> Breakdown:
    """The carriers with what it would win in points to give the rows of each, or of all, to the shop's best one.

    Best is the carrier with the best value among those with at least a tenth of the rows; rows given to it are taken
    to do as well as its own, to the nearest whole count. `score` is the one of today, in six places.
    """
    often = [each for each in found.slices if each.key is not None and each.share_of_rows * 10 >= 1]
    if not often:
        return found
    sign = 1 if part.better == "lower" else -1
    best = min(often, key=lambda each: (sign * Fraction(each.numerator, each.denominator), each.key))
    numerator = sum(each.numerator for each in found.slices)
    denominator = sum(each.denominator for each in found.slices)

    def won(gained: int) -> Decimal | None:
        then = rescore((numerator + gained, denominator))
        return None if then is None else then - score

    gains = {each.key: _gain(each, best) for each in found.slices if each.key is not None and each.key != best.key}
    useful = {key: gain for key, gain in gains.items() if gain * sign < 0}
    altogether = won(sum(useful.values())) if useful else None
    # More of the same cannot win less: where all together win nothing, none of them does.
    alike = not altogether or len(useful) == 1
    wins = {key: altogether if alike else won(gain) for key, gain in useful.items()}
    slices = tuple(replace(each, would_win=wins.get(each.key or "")) for each in found.slices)
    return replace(found, slices=slices, best=best.key, would_win=altogether)


def _gain(each: Slice, best: Slice) -> int:
    """How the numerator changes when the rows of `each` do as those of the best."""
    return int(half_up(Fraction(best.numerator * each.denominator, best.denominator), 0)) - each.numerator


def half_up(number: Fraction, places: int = 6) -> Decimal:
    """A fraction rounded half up, exactly."""
    scaled = (2 * number * 10**places + 1).__floor__() // 2
    return Decimal(scaled).scaleb(-places)
