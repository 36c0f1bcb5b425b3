"""A payroll office for tests: a plan as text, people, books, and formulas reckoned anew from their text."""

import ast
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from steelyard.service.pay.attribution import Credit, Order
from steelyard.service.pay.commission import Books, Return, book
from steelyard.service.pay.metrics import Month, Reading
from steelyard.service.pay.payroll import Worked
from steelyard.service.pay.people import Member
from steelyard.service.pay.plan import Plan, PlanVersion
from steelyard.service.pay.plans import load_plan
from steelyard.service.pay.statement import Statement

OCTOBER = Month.of(date(2022, 10, 1))

PLAN = """\
id: test/plan
title: {zh: 测试, en: test}
currency: CNY
versions:
  - version: "1"
    effective_from: 2022-01-01
    cutoff_days: 2
    team: shop
    rounding: {decimals: 2, method: half_up, at: line}
    attribution:
      automatic: [platform, chat]
      before: [placed_at, paid_at, grouped_at]
      within_days: 3
      automatic_replies: ignore
    sales: {counted_by: paid_at, return_kinds: [return_refund]}
    base_wage: {regions: {north: 2000}, otherwise: 1100}
    commission: {own_sales: 0.02, own_returns: 0.04, unassisted: 0.01}
    floor: {regions: {north: 1500}, otherwise: 1100}
    assumptions:
      - covers: ["**"]
        why: {zh: 测试, en: a test}
"""


def plan_text(**changes: str) -> str:
    """PLAN with lines of its version replaced, added, or (empty text) taken out, by key."""
    lines = PLAN.splitlines()
    for key, value in changes.items():
        mine = [number for number, line in enumerate(lines) if line.strip().startswith((f"{key}:", f"- {key}:"))]
        new = [f"    {key}: {value}"] if value else []
        where = mine[0] if mine else lines.index("    assumptions:")
        end = where + len(mine)
        while mine and end < len(lines) and lines[end].startswith("      "):
            end += 1
        lines[where:end] = new
    return "\n".join(lines) + "\n"


def plan_of(folder: Path, **changes: str) -> Plan:
    """The plan of `plan_text`, read from a file."""
    file = folder / "plan.yaml"
    file.write_text(plan_text(**changes), encoding="utf-8")
    return load_plan(file)


def version_of(folder: Path, **changes: str) -> PlanVersion:
    """Its only version."""
    return plan_of(folder, **changes).versions[0]


def member(number: int, days: int = 31, **rest: Any) -> Member:
    """An agent of shop 1 in October."""
    return Member(**{
        "agent_id": number, "shop_id": 1, "name": f"A{number}", "role": "presale", "region": None, "days": days,
        "of_days": 31, **rest,
    })  # fmt: skip


def order(number: int, agent: int | None, amount: str, day: int = 10, **rest: Any) -> tuple[Order, Credit]:
    """An order of October with its credit."""
    at = rest.pop("counted_at", datetime(2022, 10, day, 12))
    money = None if amount == "" else Decimal(amount)
    return Order(number, 1, number, money, at, **rest), Credit(agent, "platform" if agent is not None else "nobody")


def books(sold: list[tuple[Order, Credit]], back: list[Return] | None = None, month: Month = OCTOBER) -> Books:
    """The books of a month."""
    credit = {each.order_id: given for each, given in sold}
    return book([each for each, _ in sold], back or [], credit, month, has_cases=True)


def worked(members: list[Member], sold: Books, **readings: Any) -> Worked:
    """A month's work; readings are given as `a1={"receptions": Reading(…)}`."""
    found = {int(name[1:]): those for name, those in readings.items()}
    return Worked(OCTOBER, members, sold, found)


def rate(numerator: int, denominator: int) -> Reading:
    return Reading(numerator, denominator)


def amounts_of(statement: Statement) -> dict[str, Decimal]:
    """Amounts of the lines by key."""
    return {line.key: line.amount for line in statement.lines}


def reckoned(numbers: str) -> Fraction:
    """A formula with its numbers put in, reckoned from the text alone."""
    text = numbers.replace("×", "*").replace("÷", "/").replace("−", "-")
    return _value(ast.parse(text, mode="eval").body, text)


def _value(node: ast.expr, text: str) -> Fraction:
    match node:
        case ast.Constant():
            return Fraction(ast.get_source_segment(text, node) or "")
        case ast.UnaryOp(operand=inner):
            return -_value(inner, text)
        case ast.Call(func=ast.Name(id=name), args=[first, second]):
            one, two = _value(first, text), _value(second, text)
            return max(one, two) if name == "max" else Fraction((one * 10**two).__floor__()) / 10**two
        case ast.BinOp(left=left, op=sign, right=right):
            one, two = _value(left, text), _value(right, text)
            if isinstance(sign, ast.Add):
                return one + two
            if isinstance(sign, ast.Sub):
                return one - two
            return one * two if isinstance(sign, ast.Mult) else one / two
    raise AssertionError(ast.dump(node))


def half_up(value: Fraction) -> Decimal:
    """To the cent, a half away from zero, by the decimal module instead of the engine's own integers."""
    cents = abs(value) * 100
    whole = cents.numerator // cents.denominator + (1 if cents - cents.__floor__() >= Fraction(1, 2) else 0)
    return Decimal(whole if value >= 0 else -whole) / 100
