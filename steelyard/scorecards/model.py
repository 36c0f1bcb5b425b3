"""A scorecard version as data: what one YAML file of the library may say.

Numbers are exact (`Decimal`), rates fractions 0..1, weights basis points or `equal`. A scorecard names
measures; it holds no code and no expressions.
"""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, Literal

from pydantic import Field

from steelyard.scorecards.consequences import Adjustment, Band, Effect, Gate
from steelyard.scorecards.curves import Curve, LowVolume, Missing, Weight, WhenMissing
from steelyard.scorecards.rule import Number, Rule, Text, WindowRule


class Scale(Rule):
    """The range of the score and the decimals it is shown with."""

    min: Number
    """The lowest score."""
    max: Number
    """The highest score."""
    decimals: int = Field(ge=0, le=6)
    """Decimals of the shown score."""


class Peers(Rule):
    """Who is compared with whom; groups with fewer than `min_peers` are compared with all subjects."""

    by: Literal["category", "main_category", "everyone", "team", "shop"]
    """`category`: the subject's own, of an agent its shop's; `main_category`: of the products in most rows of a shop's
    volume, ties by name, its own where none has one; `team`: agents of the same shop and role; `shop`: agents of the
    same shop; `everyone`: all subjects."""
    min_peers: int = Field(ge=1, le=10**12)
    """Groups with fewer subjects are compared with all."""
    needed: bool = False
    """Whether a subject without a group gets no score."""
    difference: bool = False
    """Whether the distance from the peers' mean is shown, as a share of that of the best or the worst."""


class Volume(Rule):
    """A subject needs `minimum` rows of `measure` in the window to be scored at all."""

    measure: str
    """The measure whose rows are counted."""
    minimum: int = Field(ge=0, le=10**12)
    """Rows needed."""
    window: WindowRule | None = None
    """Another window than the scorecard's."""


class Indicator(Rule):
    """One measured value and the points it earns."""

    id: str
    """The word other parts and results call it by."""
    title: Text
    """What people call it."""
    measure: str
    """What is counted: a name of the catalogue of measures."""
    better: Literal["higher", "lower"]
    """Which way is better."""
    weight: Weight
    """Basis points within the dimension, or `equal` for all."""
    points: Curve
    """How a value becomes points."""
    when_missing: WhenMissing
    """Without a value: its weight goes to the others, no points, no score at all, or fixed points."""
    window: WindowRule | None = None
    """Another window than the scorecard's."""
    low_volume: LowVolume | None = None
    """What happens where the denominator has few rows."""
    params: dict[str, Any] = Field(default_factory=dict)
    """Parameters of the measure."""
    unit: Literal["rate", "seconds", "stars"]
    """What the value is: a fraction 0..1, whole seconds, or stars."""
    advice: Text
    """What helps a subject that loses points here."""


class Observed(Rule):
    """A measured value that earns no points: shown, or looked at by adjustments, gates and effects."""

    id: str
    """The word other parts and results call it by."""
    title: Text
    """What people call it."""
    measure: str
    """What is counted: a name of the catalogue of measures."""
    better: Literal["higher", "lower"]
    """Which way is better."""
    window: WindowRule | None = None
    """Another window than the scorecard's."""
    low_volume: Missing | None = None
    """How many rows the value needs: with fewer it is below the minimum, and nothing looks at it."""
    params: dict[str, Any] = Field(default_factory=dict)
    """Parameters of the measure."""
    unit: Literal["rate", "seconds", "stars"]
    """What the value is: a fraction 0..1, whole seconds, or stars."""
    advice: Text
    """What helps a subject that does badly here."""


class Dimension(Rule):
    """Indicators judged together."""

    id: str
    """The word other parts and results call it by."""
    title: Text
    """What people call it."""
    weight: Weight
    """Basis points of the total, or `equal` for all."""
    when_missing: Literal["leave_out", "insufficient"]
    """What happens where no indicator has points."""
    indicators: tuple[Indicator, ...] = Field(min_length=1)
    """What the dimension is made of."""


class Exemption(Rule):
    """Exclusions of these reasons act on these indicators only, and on nothing that hangs on the row."""

    reasons: tuple[str, ...]
    """Reasons of exclusions."""
    indicators: tuple[str, ...]
    """The indicators they act on."""


class Source(Rule):
    """Numbers that are published, and where."""

    covers: tuple[str, ...]
    """Paths or patterns of numbers."""
    grade: Literal["S", "A", "B"]
    """S a source document, A a copy of the platform's own text, B second hand and coherent with both."""
    where: str
    """Which text, and where in it."""


class Assumption(Rule):
    """Numbers that are ours, and why."""

    covers: tuple[str, ...]
    """Paths or patterns of numbers."""
    why: Text
    """Why this number was chosen."""


class Scorecard(Rule):
    """One version of one published rule."""

    id: str
    """`platform/name`."""
    version: str
    """The version, in quotes: the day it took effect, or a name."""
    title: Text
    """What people call it."""
    platform: str
    """The platform whose rule it is."""
    subject: Literal["shop", "agent"]
    """Who is scored."""
    role: Literal["presale", "aftersale"] | None = None
    """The role of the agents who are scored; not given: all. Agents of another get no score."""
    published_on: date | None = None
    """When the rule was published."""
    effective_from: date | None = None
    """First day in force; not given or null: open."""
    restates_history: bool = False
    """Whether past days are shown by this version from then on."""
    replaces: str | None = None
    """The version this one took over from, where the days alone do not tell."""
    scale: Scale
    """The range of the score."""
    window: WindowRule
    """The days looked at, unless an indicator has its own."""
    peers: Peers
    """Who is compared with whom."""
    volume: Volume
    """How much is needed to be scored."""
    total: Literal["weighted_mean", "sum"]
    """How dimensions become the score."""
    params: dict[str, Any] = Field(default_factory=dict)
    """Parameters several indicators share; an indicator's own come first."""
    dimensions: tuple[Dimension, ...] = Field(min_length=1)
    """What the score is made of."""
    observed: tuple[Observed, ...] = ()
    """What is measured and shown without points."""
    adjustments: tuple[Adjustment, ...] = ()
    """What lowers dimensions before they are weighed."""
    gates: tuple[Gate, ...] = ()
    """What takes a score down."""
    bands: tuple[Band, ...] = ()
    """Names of score ranges, from the highest down to the scale's minimum."""
    exemptions: tuple[Exemption, ...] = ()
    """Exclusions that act on some indicators only."""
    evidence_only: tuple[str, ...] = ()
    """Reasons of exclusions that take away what counts against the subject, while the row itself stays."""
    effects: tuple[Effect, ...] = ()
    """What the score does."""
    sources: tuple[Source, ...] = ()
    """Numbers that are published."""
    assumptions: tuple[Assumption, ...] = ()
    """Numbers that are not."""

    @property
    def name(self) -> str:
        """`id@version`."""
        return f"{self.id}@{self.version}"

    @property
    def indicators(self) -> tuple[Indicator, ...]:
        """All indicators, dimension by dimension."""
        return tuple(indicator for dimension in self.dimensions for indicator in dimension.indicators)

    def params_for(self, own: Mapping[str, Any], known: Collection[str]) -> dict[str, Any]:
        """The parameters of a measure that knows `known`: the shared ones among them and its `own`."""
        return {key: value for key, value in self.params.items() if key in known} | dict(own)

    def indicator(self, name: str) -> Indicator:
        """The indicator with that id; KeyError if there is none."""
        for indicator in self.indicators:
            if indicator.id == name:
                return indicator
        raise KeyError(name)

    @property
    def measured(self) -> tuple[Indicator | Observed, ...]:
        """Everything that is counted: the indicators, then what is only observed."""
        return (*self.indicators, *self.observed)
