"""Base wage, performance pay and basic requirements: lines and checks of one agent. Pure."""

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal

from steelyard.service.pay.metrics import METRICS, Month, Reading, combined
from steelyard.service.pay.money import ZERO, Term, Words, named, plain, ratio, rounded
from steelyard.service.pay.people import Member
from steelyard.service.pay.plan import ByRegion, Incentive, Performance, PlanVersion, Requirement, Step, concerns
from steelyard.service.pay.statement import Check, Draft, Line, State
from steelyard.service.pay.tables import Entry
from steelyard.service.pay.words import NOTES, TITLES

Own = Mapping[str, Reading]
PLACES = 6
"""Decimals a value is shown with and compared by, as everywhere in the engine."""


def base_lines(version: PlanVersion, member: Member) -> Iterator[Line]:
    """The base wage, of part of a month by its days."""
    if version.base_wage is not None:
        draft = Draft("base_wage", "base", TITLES["base_wage"], *regional(version.base_wage, member))
        yield draft.of(monthly(version.base_wage, member), version.rounding.decimals)


def monthly(amounts: ByRegion, member: Member) -> Term:
    """A monthly amount of the member's region, for the days employed."""
    amount = amounts.regions.get(member.region or "", amounts.otherwise)
    term = named(Words("月标准", "monthly amount"), amount)
    if member.days == member.of_days:
        return term
    days = named(Words("在职天数", "days employed"), member.days)
    return term * days / named(Words("当月天数", "days of the month"), member.of_days)


def regional(amounts: ByRegion, member: Member) -> tuple[dict[str, str], tuple[()], tuple[Words, ...]]:
    """What goes into a regional amount, no rows, and what should be said."""
    inputs = {"region": member.region or "", "days": str(member.days), "of_days": str(member.of_days)}
    notes = []
    if member.region not in amounts.regions and amounts.regions:
        notes.append(NOTES["region_unknown"])
    if member.days == 0:
        notes.append(NOTES["not_employed"])
    elif member.days < member.of_days:
        notes.append(NOTES["part_month"])
    return inputs, (), tuple(notes)


def performance_lines(version: PlanVersion, member: Member, own: Own, team: Collection[Own]) -> Iterator[Line]:
    """基础绩效: the base bonus, and what each comparison with the team adds to it."""
    rule = version.performance
    if rule is None or not concerns(rule.roles, member.role):
        return
    base = _base_bonus(rule, own, version.rounding.decimals)
    yield base
    for metric in rule.weighted_by:
        yield _weighted(metric, base, (own, team), version.rounding.decimals)


def _base_bonus(rule: Performance, own: Own, decimals: int) -> Line:
    reading = own.get("receptions")
    title = TITLES["base_bonus"]
    if reading is None:
        return Draft("base_bonus", "basic_performance", title, notes=(NOTES["no_data"],)).of(ZERO, decimals)
    count = named(METRICS["receptions"].title, reading.numerator)
    term = count * named(Words("奖金基数", "bonus per reception"), rule.per_reception)
    inputs = {"receptions": plain(reading.numerator), "per_reception": plain(rule.per_reception)}
    return Draft("base_bonus", "basic_performance", title, inputs, reading.rows).of(term, decimals)


def _weighted(metric: str, base: Line, readings: tuple[Own, Collection[Own]], decimals: int) -> Line:
    """Base bonus × (own − team) ÷ team; nothing, with the reason, where one of them has no value or the team's is 0."""
    own = readings[0].get(metric)
    team = combined([each[metric] for each in readings[1] if metric in each])
    key = f"{metric}_bonus"
    inputs = {**_inputs(metric, own), **_inputs(f"team_{metric}", team)}
    note = _why_nothing(own, team)
    if note is not None or own is None or team is None:
        notes = () if note is None else (note,)
        return Draft(key, "basic_performance", TITLES[key], inputs, notes=notes).of(ZERO, decimals)
    title = METRICS[metric].title
    mine = ratio(Words(f"个人{title.zh}", f"own {title.en}"), own.numerator, own.denominator or 1)
    theirs = ratio(Words(f"团队{title.zh}", f"team's {title.en}"), team.numerator, team.denominator or 1)
    term = named(TITLES["base_bonus"], base.amount) * (mine - theirs) / theirs
    rows = own.rows
    return Draft(key, "basic_performance", TITLES[key], inputs, rows).of(term, decimals)


def _why_nothing(own: Reading | None, team: Reading | None) -> Words | None:
    if own is None or team is None:
        return NOTES["no_data"]
    if own.value is None:
        return NOTES["no_value"]
    return NOTES["team_zero"] if not team.value else None


def _inputs(name: str, reading: Reading | None) -> dict[str, str]:
    if reading is None:
        return {name: ""}
    if reading.denominator is None:
        return {name: plain(reading.numerator)}
    value = reading.value
    shown = "" if value is None else plain(rounded(value, PLACES))
    return {name: shown, f"{name}.numerator": plain(reading.numerator), f"{name}.denominator": str(reading.denominator)}


def flexible_lines(
    version: PlanVersion, member: Member, own: Own, entries: Collection[Entry], month: Month
) -> Iterator[Line]:
    """灵活绩效: one line per table, and one per amount entered by hand."""
    for table in version.flexible:
        if concerns(table.roles, member.role):
            yield _incentive(table, own.get(table.metric), version.rounding.decimals)
    for entry in entries:
        if (entry.agent_id, entry.month) == (str(member.agent_id), str(month)):
            title = Words(f"{TITLES['entered'].zh}：{entry.reason}", f"{TITLES['entered'].en}: {entry.reason}")
            inputs = {"reason": entry.reason, "entered_by": entry.entered_by}
            amount = named(Words("登记金额", "amount entered"), entry.amount)
            draft = Draft(f"entered:{entry.entry_id}", "flexible_performance", title, inputs)
            yield draft.of(amount, version.rounding.decimals)


def _incentive(table: Incentive, reading: Reading | None, decimals: int) -> Line:
    title = Words(table.title.zh, table.title.en)
    key, inputs = f"flexible:{table.id}", _inputs(table.metric, reading)
    rows = reading.rows if reading is not None else ()
    term, note = _earned(table, reading)
    draft = Draft(key, "flexible_performance", title, inputs, rows, () if note is None else (note,))
    return draft.of(term, decimals)


def _earned(table: Incentive, reading: Reading | None) -> tuple[Term, Words | None]:
    if reading is None:
        return ZERO, NOTES["no_data"]
    if reading.value is None:
        return ZERO, NOTES["no_value"]
    if reading.denominator is not None and reading.denominator < table.minimum:
        return ZERO, NOTES["too_few"]
    if table.each is not None:
        count = named(METRICS[table.metric].title, reading.numerator)
        return count * named(Words("每个金额", "amount for each"), table.each), None
    value = rounded(reading.value, PLACES)
    reached = next((step for step in table.steps if _meets(value, step)), None)
    if reached is None:
        return ZERO, NOTES["no_step"]
    name, bound = METRICS[table.metric].title, _bound(reached)
    words = Words(f"档位奖金（{name.zh} {bound}）", f"step ({name.en} {bound})")
    return named(words, reached.amount), None


def _meets(value: Decimal, bound: Step | Requirement) -> bool:
    low, high = bound.at_least, bound.at_most
    return (low is None or value >= low) and (high is None or value <= high)


def checks(version: PlanVersion, member: Member, own: Own) -> Iterator[Check]:
    """The basic requirements that concern the member; they touch no amount."""
    for rule in version.requirements:
        if not concerns(rule.roles, member.role):
            continue
        reading = own.get(rule.metric)
        value = None if reading is None or reading.value is None else rounded(reading.value, PLACES)
        bound = _bound(rule)
        title = Words(rule.title.zh, rule.title.en)
        shown = "" if value is None else plain(value)
        yield Check(rule.id, title, _state(value, rule), shown, bound, _inputs(rule.metric, reading))


def _bound(rule: Step | Requirement) -> str:
    return f"≤ {plain(rule.at_most or Decimal(0))}" if rule.at_least is None else f"≥ {plain(rule.at_least)}"


def _state(value: Decimal | None, rule: Requirement) -> State:
    if value is None:
        return "no_data"
    return "met" if _meets(value, rule) else "not_met"
