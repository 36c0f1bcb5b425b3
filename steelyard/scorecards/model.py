"""A scorecard version as data: what one YAML file of the library may say.

Numbers are exact (`Decimal`), rates fractions 0..1, weights basis points or `equal`. A scorecard names
measures; it holds no code and no expressions.
"""

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from steelyard.windows import Window

Number = Annotated[Decimal, Field(ge=-(10**9), le=10**9, decimal_places=6)]
"""A number that fits fixed point: at most six decimals."""


class Rule(BaseModel):
    """A frozen part of a scorecard; unknown keys are an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Text(Rule):
    """A text in both languages of the project."""

    zh: str
    """Chinese."""
    en: str
    """English."""


class WindowRule(Rule):
    """Days `[D − days − skip, D − skip)` before the day D of the score."""

    days: int = Field(gt=0, le=36_500)
    """How many days the window is long."""
    skip: int = Field(0, ge=0, le=36_500)
    """How many days before D it ends."""

    def window(self) -> Window:
        """The window to reckon with."""
        return Window(self.days, self.skip)


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

    by: Literal["category", "everyone"]
    """`category`: the subject's own; `everyone`: all subjects."""
    min_peers: int = Field(ge=1, le=10**12)
    """Groups with fewer subjects are compared with all."""


class Volume(Rule):
    """A subject needs `minimum` rows of `measure` in the window to be scored at all."""

    measure: str
    """The measure whose rows are counted."""
    minimum: int = Field(ge=0, le=10**12)
    """Rows needed."""
    window: WindowRule | None = None
    """Another window than the scorecard's."""


class PeerShare(Rule):
    """points = min + (max − min) × share of peers that do not do better."""

    curve: Literal["peer_share"]
    """The kind of curve."""
    min: Number
    """Points that the worst of many peers comes close to."""
    max: Number
    """Points of the best peer."""


class Step(Rule):
    """From this bound on (in the better direction) the value earns these points."""

    bound: Number
    """A value of the indicator."""
    points: Number
    """The points it earns."""


class Steps(Rule):
    """The points of the best bound that the value reaches (reaching includes equality), else `otherwise`."""

    curve: Literal["steps"]
    """The kind of curve."""
    steps: tuple[Step, ...] = Field(min_length=1)
    """From the best bound to the worst."""
    otherwise: Number
    """Points of a value that reaches no bound."""


class Linear(Rule):
    """Points between two bounds, in proportion; flat outside them."""

    curve: Literal["linear"]
    """The kind of curve."""
    worst: Step
    """Values as bad as this or worse earn these points."""
    best: Step
    """Values as good as this or better earn these points."""


class SmallVolume(Rule):
    """With at most `at_most` rows, each row that missed costs `per_row` points instead."""

    at_most: int = Field(gt=0, le=10**12)
    """The largest volume to which this applies."""
    per_row: Number
    """Points lost per row."""


class Deduction(Rule):
    """`full` points at the target, minus `per_unit` for each `unit` short, pro rata, never under `floor`."""

    curve: Literal["deduction"]
    """The kind of curve."""
    target: Number
    """The value that earns full points."""
    full: Number
    """Points at the target."""
    per_unit: Number
    """Points lost per unit short."""
    unit: Number = Field(gt=0)
    """How large a unit is."""
    floor: Number
    """The least points."""
    small_volume: SmallVolume | None = None
    """Another way to count up to a volume."""


Curve = Annotated[PeerShare | Steps | Linear | Deduction, Field(discriminator="curve")]


class FixedPoints(Rule):
    """These points stand in for a missing value."""

    points: Number
    """Points given instead."""


WhenMissing = Literal["leave_out", "zero", "insufficient"] | FixedPoints
Weight = Annotated[int, Field(gt=0, le=10**6)] | Literal["equal"]


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
    minimum: int | None = Field(None, ge=1, le=10**12)
    """Rows in the denominator below which the value has status below_minimum."""
    params: dict[str, Any] = Field(default_factory=dict)
    """Parameters of the measure."""
    unit: Literal["rate", "seconds", "points"]
    """What the value is: a fraction 0..1, whole seconds, or points."""
    advice: Text
    """What helps a subject that loses points here."""


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


class Demotion(Rule):
    """A subject with a raw score of at least `from_raw` goes into `[low, high)`."""

    from_raw: Number
    """The raw score from which it applies."""
    low: Number
    """The lowest score of the band below."""
    high: Number
    """The score the band ends under; the same as `from_raw`."""


class Gate(Rule):
    """Subjects whose indicator reaches `value_at_least` are re-ranked into the next lower band."""

    id: str
    """The word results call it by."""
    title: Text
    """What people call it."""
    indicator: str
    """The indicator looked at."""
    value_at_least: Number
    """The value that fails the gate."""
    demotions: tuple[Demotion, ...] = Field(min_length=1)
    """From the highest band down, without a hole."""


class Band(Rule):
    """A name for scores of at least `at_least`, the highest that fits."""

    id: str
    """The word results call it by."""
    title: Text
    """What people call it."""
    at_least: Number
    """The lowest score of the band."""


class Condition(Rule):
    """A comparison of `score`, `dimension.ID` or `indicator.ID` with a number; NULL never meets it."""

    of: str
    """`score` (after the gates, six places), `dimension.ID` or `indicator.ID`."""
    below: Number | None = None
    """Holds for less."""
    at_most: Number | None = None
    """Holds for this and less."""
    at_least: Number | None = None
    """Holds for this and more."""
    above: Number | None = None
    """Holds for more."""


class Effect(Rule):
    """What a score does to a shop: a restriction or a right that holds while all conditions do."""

    id: str
    """The word results call it by."""
    title: Text
    """What people call it."""
    kind: Literal["restriction", "right"]
    """Something a subject suffers, or something it may do."""
    when: tuple[Condition, ...] = Field(min_length=1)
    """All of them must hold."""
    from_on: date | None = None
    """First day, open where not given."""
    until_on: date | None = None
    """First day on which it is over, open where not given."""


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
    published_on: date | None = None
    """When the rule was published."""
    effective_from: date | None = None
    """First day in force; not given or null: open."""
    restates_history: bool = False
    """Whether past days are shown by this version from then on."""
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
    gates: tuple[Gate, ...] = ()
    """What takes a score down."""
    bands: tuple[Band, ...] = ()
    """Names of score ranges, from the highest down to the scale's minimum."""
    exemptions: tuple[Exemption, ...] = ()
    """Exclusions that act on some indicators only."""
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
