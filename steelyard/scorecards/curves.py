"""How a value becomes points, and what stands in for a value that is missing or rests on few rows."""

from typing import Annotated, Literal

from pydantic import Field

from steelyard.scorecards.rule import Number, Open, Rule, WindowRule


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

    bound: Open
    """A value of the indicator."""
    points: Open
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


class Deduction(Rule):
    """`full` points at the target, minus `per_unit` for each `unit` short, pro rata, never under `floor`."""

    curve: Literal["deduction"]
    """The kind of curve."""
    target: Open
    """The value that earns full points."""
    full: Number
    """Points at the target."""
    per_unit: Open
    """Points lost per unit short."""
    unit: Number = Field(gt=0)
    """How large a unit is."""
    floor: Number
    """The least points."""


Curve = Annotated[PeerShare | Steps | Linear | Deduction, Field(discriminator="curve")]


class FixedPoints(Rule):
    """These points stand in for a missing value."""

    points: Number
    """Points given instead."""


class Missing(Rule):
    """Few rows are as good as none: `when_missing` decides."""

    policy: Literal["missing"]
    """The kind of policy."""
    below: Annotated[int, Field(ge=1, le=10**12)] | Literal["required"]
    """It applies to fewer rows than these."""


class FewFixed(Rule):
    """With few rows these points are given."""

    policy: Literal["fixed_points"]
    """The kind of policy."""
    below: Annotated[int, Field(ge=1, le=10**12)] | Literal["required"]
    """It applies to fewer rows than these."""
    points: Open
    """Points given instead."""


class LongerWindow(Rule):
    """With few rows a longer window is counted; where that has too few as well, `when_missing` decides."""

    policy: Literal["longer_window"]
    """The kind of policy."""
    below: Annotated[int, Field(ge=1, le=10**12)] | Literal["required"]
    """It applies to fewer rows than these."""
    window: WindowRule
    """The window looked at instead."""


class CountInstead(Rule):
    """With few rows each one that missed costs points, instead of the rate; only beside a `deduction`."""

    policy: Literal["count"]
    """The kind of policy."""
    below: Annotated[int, Field(ge=1, le=10**12)] | Literal["required"]
    """It applies to fewer rows than these."""
    per_row: Number
    """Points lost per row that missed."""
    counts: str | None = None
    """An observed value whose counted rows cost points, where those are others than the ones that missed."""


LowVolume = Annotated[Missing | FewFixed | LongerWindow | CountInstead, Field(discriminator="policy")]
WhenMissing = Literal["leave_out", "zero", "insufficient"] | FixedPoints
Weight = Annotated[int, Field(gt=0, le=10**6)] | Literal["equal"]
