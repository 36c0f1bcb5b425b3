"""Commission on own sales, deduction for own returns, equal share of what nobody assisted. Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from steelyard.service.pay.attribution import Credit, Order
from steelyard.service.pay.metrics import Id, Month, Row
from steelyard.service.pay.money import ZERO, Words, floor_of, floored, named, plain, rounded, split
from steelyard.service.pay.people import Member
from steelyard.service.pay.plan import Commission, PlanVersion, concerns
from steelyard.service.pay.statement import Draft, Line, total
from steelyard.service.pay.words import NOTES, TITLES


@dataclass(frozen=True)
class Return:
    """A refunded case of a return kind: booked in the month it is completed."""

    case_id: Id
    order_id: Id
    amount: Decimal | None
    completed_at: datetime


@dataclass(frozen=True)
class Booked:
    """What a month books of one agent, or of nobody: sales with cancellations as negative ones, and returns."""

    sales: tuple[Row, ...] = ()
    returns: tuple[Row, ...] = ()
    reverses: bool = False
    lacks_amount: bool = False

    @property
    def sold(self) -> Decimal:
        """The sum of the sales."""
        return total(Decimal(row.value) for row in self.sales)

    @property
    def returned(self) -> Decimal:
        """The sum of the returns."""
        return total(Decimal(row.value) for row in self.returns)


@dataclass(frozen=True)
class Books:
    """A month's sales and returns: of agents, and of nobody by shop."""

    of_agents: Mapping[Id, Booked]
    unassisted: Mapping[Id, Booked]
    has_cases: bool
    undecided: int = 0
    """Orders of which nobody can tell whether an agent assisted."""


def book(
    orders: Collection[Order], returns: Iterable[Return], credit: Mapping[Id, Credit], month: Month, *, has_cases: bool
) -> Books:
    """Sales and returns of `month` by who has the credit.

    A sale counts in the month of `counted_at`, unless cancelled by that month's end. A cancellation in a later month
    takes the sale back there. A return counts in the month it is completed, unless its order is cancelled by then.
    """
    known = {order.order_id: order for order in orders}
    gathered: dict[Owner, _Gathered] = {}
    undecided = 0
    for order in orders:
        amount = _sold(order, month)
        if amount is not None:
            gathered.setdefault(_owner(order, credit[order.order_id]), _Gathered()).sell(order, amount, credit)
            undecided += credit[order.order_id].by == "undecided"
    for case in returns:
        sold = known.get(case.order_id)
        if sold is not None and month.holds(case.completed_at) and _stands(sold, month):
            gathered.setdefault(_owner(sold, credit[sold.order_id]), _Gathered()).take_back(sold, case, credit)
    booked = {owner: those.booked() for owner, those in gathered.items()}
    return Books(
        {owner.agent: those for owner, those in booked.items() if owner.agent is not None},
        {owner.shop: those for owner, those in booked.items() if owner.agent is None and owner.shop is not None},
        has_cases,
        undecided,
    )


@dataclass(frozen=True)
class Owner:
    """The agent with the credit, else the shop whose sale nobody assisted; neither where it is undecided."""

    agent: Id | None
    shop: Id | None


def _owner(order: Order, credit: Credit) -> Owner:
    if credit.agent_id is not None:
        return Owner(credit.agent_id, None)
    return Owner(None, None if credit.by == "undecided" else order.shop_id)


def _sold(order: Order, month: Month) -> Decimal | None:
    """What the order adds to the month's sales: its amount, minus its amount, or None where it is no sale of it."""
    amount = Decimal("0.00") if order.amount is None else order.amount
    gone = order.cancelled_at
    if month.holds(order.counted_at):
        return amount if gone is None or gone.date() >= month.end else None
    earlier = order.counted_at is not None and order.counted_at.date() < month.first
    return -amount if earlier and month.holds(gone) else None


def _stands(order: Order, month: Month) -> bool:
    """Whether the order is not cancelled by the end of the month."""
    return order.cancelled_at is None or order.cancelled_at.date() >= month.end


class _Gathered:
    """Rows of one owner while they are gathered."""

    def __init__(self) -> None:
        self.sales: list[Row] = []
        self.returns: list[Row] = []
        self.reverses = False
        self.lacks_amount = False

    def sell(self, order: Order, amount: Decimal, credit: Mapping[Id, Credit]) -> None:
        self.sales.append(credit[order.order_id].row(order.order_id, plain(amount)))
        self.reverses |= amount < 0
        self.lacks_amount |= order.amount is None

    def take_back(self, order: Order, case: Return, credit: Mapping[Id, Credit]) -> None:
        """A return without an amount of its own is worth its order."""
        given = credit[order.order_id]
        amount = case.amount if case.amount is not None else order.amount
        value = plain(Decimal("0.00") if amount is None else amount)
        detail = f"{given.words}, order {order.order_id}"
        self.returns.append(Row("after_sales", case.case_id, value, detail, given.session_id, given.message_at))

    def booked(self) -> Booked:
        sales, returns = (tuple(sorted(rows, key=_place)) for rows in (self.sales, self.returns))
        return Booked(sales, returns, self.reverses, self.lacks_amount)


def _place(row: Row) -> tuple[bool, Id]:
    return isinstance(row.row_id, str), row.row_id


def commission_lines(version: PlanVersion, member: Member, books: Books, team: Collection[Member]) -> Iterator[Line]:
    """The three lines of a member; `team` are all members of the shop."""
    rule = version.commission
    if rule is None or not concerns(rule.roles, member.role):
        return
    own = books.of_agents.get(member.agent_id, Booked())
    decimals = version.rounding.decimals
    yield _sales_line(rule, own, decimals)
    yield _returns_line(rule, own, books, decimals)
    yield _pool_line(rule, member, books, [each for each in team if concerns(rule.roles, each.role)], decimals)


def _sales_line(rule: Commission, own: Booked, decimals: int) -> Line:
    notes = [NOTES[name] for name, holds in (
        ("no_sales", not own.sales), ("reversed", own.reverses), ("no_amount", own.lacks_amount),
    ) if holds]  # fmt: skip
    inputs = {"own_sales": plain(own.sold), "rate": plain(rule.own_sales), "orders": str(len(own.sales))}
    term = named(Words("个人销售额", "own sales"), own.sold) * named(Words("提成比例", "rate"), rule.own_sales)
    return Draft("own_sales", "commission", TITLES["own_sales"], inputs, own.sales, tuple(notes)).of(term, decimals)


def _returns_line(rule: Commission, own: Booked, books: Books, decimals: int) -> Line:
    title = TITLES["own_returns"]
    if not books.has_cases:
        return Draft("own_returns", "commission", title, notes=(NOTES["no_cases"],)).of(ZERO, decimals)
    inputs = {"own_returns": plain(own.returned), "rate": plain(rule.own_returns), "cases": str(len(own.returns))}
    rate = named(Words("扣款比例", "rate"), rule.own_returns)
    term = ZERO - named(Words("个人退货额", "own returns"), own.returned) * rate
    return Draft("own_returns", "commission", title, inputs, own.returns).of(term, decimals)


def _pool_line(rule: Commission, member: Member, books: Books, team: Collection[Member], decimals: int) -> Line:
    """The member's part of the pool; the parts add up to it."""
    title, pool = TITLES["unassisted"], books.unassisted.get(member.shop_id, Booked())
    if books.undecided:
        return Draft("unassisted", "commission", title, notes=(NOTES["undecided"],)).of(ZERO, decimals)
    amount = rounded(Fraction(rule.unassisted) * Fraction(pool.sold - pool.returned), decimals)
    days = {each.agent_id: Fraction(each.days) for each in team}
    inputs = {
        "unassisted_sales": plain(pool.sold), "their_returns": plain(pool.returned), "rate": plain(rule.unassisted),
        "pool": plain(amount), "agents": str(sum(each.days > 0 for each in team)),
        "days": str(member.days), "days_of_all": str(sum(each.days for each in team)),
    }  # fmt: skip
    draft = Draft("unassisted", "commission", title, inputs, (*pool.sales, *pool.returns))
    if not member.days:
        return replace(draft, notes=(NOTES["not_employed"],)).of(ZERO, decimals)
    given = split(amount, days, decimals)[member.agent_id]
    part = named(Words("均摊总额", "pool"), amount) * named(Words("在职天数", "days employed"), member.days)
    part = floor_of(part / named(Words("全体在职天数", "days of all"), sum(each.days for each in team)), decimals)
    notes = [NOTES["pool_negative"]] if amount < 0 else []
    if given != floored(part.value, decimals):
        part = part + named(Words("余分", "unit left over"), given - floored(part.value, decimals))
        notes.append(NOTES["pool_remainder"])
    return replace(draft, notes=tuple(notes)).of(part, decimals)
