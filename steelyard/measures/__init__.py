"""What counts: each measure is one short function over a fact, and answers one question.

Its docstring says the question, what is eligible, what counts, what is left out, the unit and the source. It
returns a `Count` (or several, averaged over a finer thing) of columns of that fact.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_type_hints

import ibis.expr.types as ir
from pydantic import BaseModel, ConfigDict

from steelyard.facts.catalogue import FACTS

Unit = Literal["rate", "seconds", "stars", "points", "money", "pieces", "count", "time"]
TOTALS: tuple[Unit, ...] = ("count", "time")
"""Units of totals: their value is the numerator, whatever the number of rows."""
Found = Callable[[str, str], ir.Column]
"""`found(alias, column)`: a column of the evidence a measure declared under `alias`."""


class Params(BaseModel):
    """The numbers a measure takes from its scorecard."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True)
class Count:
    """Where a fact row stands: as of D it is in the denominator when `anchor` is in the window and `eligible_at` < D.

    It is in the numerator when `counted_at` < D as well; for means `amount` is added instead. A row is left out when
    any condition of `left_out` is known to be true. `units` are what a row adds to the denominator, where that is
    not one: pieces of an order, say.
    """

    anchor: ir.TimestampValue
    eligible_at: ir.TimestampValue
    counted_at: ir.TimestampValue | None = None
    amount: ir.IntegerValue | None = None
    units: ir.IntegerValue | None = None
    once: ir.Column | None = None
    """Of a subject's rows inside with the same value here, only one adds its `units`; NULL equals nothing."""
    left_out: Mapping[str, ir.BooleanValue] = field(default_factory=dict)
    agent: ir.Column | None = None
    """Who is credited with the row where agents are judged; None: the fact's `subject_id`."""
    wait: ir.IntegerValue | None = None
    """Seconds behind a row that is no mean of times: for its median; NULL where there were none."""


@dataclass(frozen=True)
class Averaged:
    """Shares counted per `over`, each the plain mean of its parts; the subject's value is the mean over them."""

    over: str
    parts: Mapping[str, Count]


Counts = Count | Averaged


@dataclass(frozen=True)
class Measure:
    """One entry of the catalogue; `evidence` are the tables that can put a row in the numerator."""

    name: str
    fact: str
    evidence: tuple[str, ...]
    reads: tuple[str, ...]
    """Event tables looked at besides the fact's and the evidence: reference tables, flags."""
    unit: Unit
    params: type[Params]
    needs: Callable[[Any], Mapping[str, Hashable]]
    count: Callable[[ir.Table, Any, Found], Counts]
    averaged: bool
    """Whether its value is the mean over products of their shares (the function returns `Averaged`)."""
    doc: str

    @property
    def of_agents(self) -> bool:
        """Whether it can be counted for agents: the rows of its fact name one."""
        return FACTS[self.fact].agents


CATALOGUE: dict[str, Measure] = {}
"""Every measure by name."""


def _needs_nothing(_params: Params) -> Mapping[str, Hashable]:
    return {}


def measure(  # noqa: PLR0913 - what the catalogue holds of a measure, all by keyword
    fact: str,
    *,
    evidence: tuple[str, ...],
    reads: tuple[str, ...] = (),
    unit: Unit = "rate",
    params: type[Params] = Params,
    needs: Callable[[Any], Mapping[str, Hashable]] = _needs_nothing,
) -> Callable[[Callable[..., Counts]], Callable[..., Counts]]:
    """Enter a function into the catalogue under its own name.

    The function is called with the fact, its params and `found(alias, column)`, which gives the columns of the
    evidence declared by `needs`.
    """

    def enter(function: Callable[..., Counts]) -> Callable[..., Counts]:
        name = function.__name__
        averaged = get_type_hints(function)["return"] is Averaged
        doc = function.__doc__ or ""
        CATALOGUE[name] = Measure(name, fact, evidence, reads, unit, params, needs, function, averaged, doc)
        return function

    return enter
