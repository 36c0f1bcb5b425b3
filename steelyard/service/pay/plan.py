"""A pay plan as data: what one file may say, version by version. It holds numbers and words, no formulas."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from steelyard.scorecards.model import Assumption, Source
from steelyard.scorecards.rule import Number, Rule, Text

Role = Literal["presale", "aftersale"]
Roles = tuple[Role, ...]
Positive = Annotated[Decimal, Field(ge=0, le=10**9, decimal_places=6)]
"""An amount that is paid."""
Share = Annotated[Decimal, Field(ge=0, le=1, decimal_places=6)]
"""A fraction 0..1."""


class Rounding(Rule):
    """How amounts are rounded; totals add rounded lines and are exact."""

    decimals: int = Field(ge=0, le=2)
    """Decimals of an amount."""
    method: Literal["half_up"]
    """A half goes away from zero."""
    at: Literal["line"]
    """Every line is rounded once."""


class ByRegion(Rule):
    """Amounts per month, by the agent's region."""

    regions: dict[str, Positive] = Field(default_factory=dict)
    """Region → amount."""
    otherwise: Positive
    """For an agent of no region, or of one that is not named."""


class Attribution(Rule):
    """Whose sale an order is, where no accepted claim of the sales register says so."""

    automatic: tuple[Literal["platform", "chat"], ...] = Field(min_length=1)
    """What is asked, in this order: the agent the platform names in the order; the chats before it."""
    before: tuple[Literal["placed_at", "paid_at", "grouped_at"], ...] = Field(min_length=1)
    """The last agent who wrote before the first of these times; where none did, before the next."""
    within_days: int = Field(ge=1, le=90)
    """Calendar days up to that time, its own among them, in which a message counts."""
    automatic_replies: Literal["count", "ignore"]
    """Whether an automatic reply wins the credit."""


class Sales(Rule):
    """When an order is a sale, and when a return is one."""

    counted_by: Literal["paid_at", "grouped_at"]
    """The time that places an order in a month."""
    return_kinds: tuple[Literal["refund_only", "return_refund"], ...] = Field(min_length=1)
    """The kinds of after-sales cases that are returns once refunded, in the month they are completed."""


class Performance(Rule):
    """Basic performance pay: a bonus per buyer received, weighted by two comparisons with the team."""

    roles: Roles = ()
    """Who gets it; none named: everybody."""
    per_reception: Positive
    """The bonus per buyer received."""
    weighted_by: tuple[Literal["conversion_rate", "average_order_value"], ...] = ()
    """Each adds bonus × (own − team) ÷ team."""


class Step(Rule):
    """An amount for reaching a value."""

    at_least: Number | None = None
    """The value is this or more."""
    at_most: Number | None = None
    """The value is this or less."""
    amount: Number
    """What it earns."""


class Incentive(Rule):
    """One table of the flexible performance pay: from a metric to an amount."""

    id: str
    """The word statements call it by."""
    title: Text
    """What people call it."""
    metric: str
    """The metric that is looked at."""
    roles: Roles = ()
    """Who gets it; none named: everybody."""
    steps: tuple[Step, ...] = ()
    """The first step that is reached counts; the best comes first."""
    each: Number | None = None
    """Or an amount for each one counted."""
    minimum: int = Field(0, ge=0)
    """With a smaller denominator the table pays nothing."""


class Requirement(Rule):
    """What is simply expected: met or not, without an amount."""

    id: str
    """The word statements call it by."""
    title: Text
    """What people call it."""
    metric: str
    """The metric that is looked at."""
    roles: Roles = ()
    """Whom it concerns; none named: everybody."""
    at_least: Number | None = None
    """Met with this or more."""
    at_most: Number | None = None
    """Met with this or less."""


class Commission(Rule):
    """Shares of sales and returns, as fractions."""

    roles: Roles = ()
    """Who gets it; none named: everybody."""
    own_sales: Share
    """Of one's own sales."""
    own_returns: Share
    """Of returns of one's own sales, taken off."""
    unassisted: Share
    """Of sales that nobody assisted less their returns, shared by the days of employment."""


class PlanVersion(Rule):
    """The plan from one month on."""

    version: str
    """The version, in quotes."""
    effective_from: date
    """The first day of the first month paid by it."""
    cutoff_days: int = Field(ge=0, le=27)
    """Days after the month's end whose events are still read: what is known then is stated."""
    team: Literal["shop", "shop_and_role"]
    """With whom an agent is compared."""
    rounding: Rounding
    """How amounts are rounded."""
    attribution: Attribution
    """Whose sale an order is."""
    sales: Sales
    """What a sale and a return are."""
    base_wage: ByRegion | None = None
    """The fixed part; of part of a month by its days."""
    performance: Performance | None = None
    """Basic performance pay."""
    flexible: tuple[Incentive, ...] = ()
    """Flexible performance pay: the sum of these tables."""
    requirements: tuple[Requirement, ...] = ()
    """Basic requirements."""
    commission: Commission | None = None
    """Shares of sales and returns."""
    floor: ByRegion
    """The least that is paid for a month; of part of a month by its days."""
    sources: tuple[Source, ...] = ()
    """Numbers that are published."""
    assumptions: tuple[Assumption, ...] = ()
    """Numbers that are not."""

    @property
    def wanted(self) -> frozenset[str]:
        """The metrics it looks at."""
        own = {"receptions", *self.performance.weighted_by} if self.performance else set()
        looked_at = {each.metric for each in self.flexible} | {each.metric for each in self.requirements}
        return frozenset(own | looked_at)


class Plan(Rule):
    """One plan in all its versions."""

    id: str
    """The word statements call it by."""
    title: Text
    """What people call it."""
    currency: str
    """The currency of every amount: that of the events."""
    versions: tuple[PlanVersion, ...] = Field(min_length=1)
    """The plan as it was from month to month."""


def concerns(roles: Roles, role: str | None) -> bool:
    """Whether a part of a plan concerns an agent of that role; a role nobody knows is none of those named."""
    return not roles or role in roles
