"""What happens around the points: adjustments of dimensions, gates, bands, effects."""

from datetime import date
from typing import Literal

from pydantic import Field

from steelyard.scorecards.rule import Number, Open, Rule, Text


class Degree(Rule):
    """How bad is how bad: from this value on, dimensions lose `points`, or earn at most `cap`."""

    id: str
    """The word results call it by."""
    title: Text
    """What people call it."""
    reaches: Open
    """The value from which on it applies, in the worse direction."""
    points: Open | None = None
    """Points that a dimension loses."""
    cap: Open | None = None
    """The most points that a dimension keeps."""


class Adjustment(Rule):
    """Dimensions lose points by degrees of one indicator; without a value nothing is adjusted."""

    id: str
    """The word results call it by."""
    title: Text
    """What people call it."""
    indicator: str
    """The indicator, or observed value, looked at."""
    dimensions: tuple[str, ...] = Field(min_length=1)
    """The dimensions it lowers, never below the scale's minimum."""
    degrees: tuple[Degree, ...] = Field(min_length=1)
    """From the worst to the mildest; the first that is reached applies."""


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
    at_least: Open
    """The lowest score of the band."""
    dimensions_at_least: Open | None = None
    """Points that every dimension must have as well."""


class Condition(Rule):
    """A comparison of one thing with a number or a word; what is not known never meets it."""

    of: str
    """`score` (after the gates, six places), `band`, `dimension.ID`, `indicator.ID` (observed too), `state.NAME`."""
    below: Open | None = None
    """Holds for less."""
    at_most: Open | None = None
    """Holds for this and less."""
    at_least: Open | None = None
    """Holds for this and more."""
    above: Open | None = None
    """Holds for more."""
    one_of: tuple[str, ...] | None = None
    """Holds for one of these bands or states."""


class Effect(Rule):
    """What a score does to a shop: a restriction or a right that holds while all conditions do."""

    id: str
    """The word results call it by."""
    title: Text
    """What people call it."""
    kind: Literal["restriction", "right", "advice"]
    """Something a subject suffers, something it may do, or something it is told."""
    when: tuple[Condition, ...] = Field(min_length=1)
    """All of them must hold."""
    activity: str | None = None
    """The activity whose goods it concerns: a name under `activity` of the events table `placements`."""
    note: Text | None = None
    """What follows from it, and what would lift it, where the condition alone does not tell."""
    from_on: date | None = None
    """First day, open where not given."""
    until_on: date | None = None
    """First day on which it is over, open where not given."""
