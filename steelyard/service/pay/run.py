"""From events to the payroll of a month: read, credit, reckon, correct."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from hashlib import sha256

from steelyard.errors import InputError, Problem
from steelyard.events.check import Events
from steelyard.service.pay.attribution import Clues, Order, credits_of
from steelyard.service.pay.commission import Books, book
from steelyard.service.pay.corrections import Again, settled
from steelyard.service.pay.counted import Measured
from steelyard.service.pay.metrics import Id, Metrics, Month, Reading, Readings
from steelyard.service.pay.money import Words
from steelyard.service.pay.notices import of_books, of_office, of_plan, of_register
from steelyard.service.pay.payroll import Worked, statements
from steelyard.service.pay.people import members
from steelyard.service.pay.plan import Plan
from steelyard.service.pay.plans import in_force
from steelyard.service.pay.reading import Reader, agents, cutoff, heard, ids, orders, returns
from steelyard.service.pay.register import standing, winners
from steelyard.service.pay.registered import records
from steelyard.service.pay.statement import Payroll, Statement, total
from steelyard.service.pay.tables import Claim, Entry, StaffRow


@dataclass(frozen=True)
class Office:
    """The payroll's own files."""

    claims: Sequence[Claim] = ()
    staff: Sequence[StaffRow] = ()
    entries: Sequence[Entry] = ()


@dataclass(frozen=True)
class Case:
    """Whose pay is reckoned: the events, the plan, the office's files, and who measures service."""

    events: Events
    plan: Plan
    office: Office = field(default_factory=Office)
    metrics: Metrics | None = None
    """None: what the payroll counts itself."""


def pay_month(case: Case, month: Month, paid: Sequence[Payroll]) -> Payroll:
    """The payroll of `month`; `paid` are the payrolls of earlier months as they were paid.

    It knows what was known on the morning of the month's cutoff. Earlier months are stated again with the same
    knowledge, and what differs is posted as corrections. Raises InputError where no version of the plan is in force.
    """
    version = in_force(case.plan, month)
    known_on = cutoff(month, version.cutoff_days)
    if "agents" not in case.events.present:
        fix = "add the table agents: agent_id, shop_id, name, role, joined_on"
        raise InputError(Problem("no-agents", str(case.events.folder), "there is nobody to be paid", fix))
    foreign = next((each for each in paid if each.currency != case.plan.currency), None)
    if foreign is not None:
        message = f"{foreign.month} was paid in {foreign.currency}, the plan is in {case.plan.currency}"
        raise InputError(Problem("another-plan", case.plan.id, message, "begin a new plan in a folder of its own"))
    own, notes = _state(case, month, known_on)
    notes = (*notes, *(of_plan(each.month) for each in paid if each.fingerprint != _print_of(case.plan, each.month)))
    again = [Again(each.month, _state(case, each.month, known_on)[0]) for each in paid]
    everyone = settled(own, again, paid, month)
    fingerprint = _print_of(case.plan, month)
    return Payroll(month, case.plan.id, version.version, case.plan.currency, fingerprint, tuple(everyone), notes)


def _print_of(plan: Plan, month: Month) -> str:
    """A fingerprint of the version that pays a month: the same rules and numbers, whatever their sources say."""
    text = in_force(plan, month).model_dump_json(exclude={"sources", "assumptions"})
    return sha256(f"{plan.id} {text}".encode()).hexdigest()[:16]


def _state(case: Case, month: Month, known_on: date) -> tuple[list[Statement], tuple[Words, ...]]:
    """The statements of one month by what was known on a day, without corrections."""
    version = in_force(case.plan, month)
    reader = Reader(case.events, month, version, known_on)
    people = agents(reader)
    entered = standing(case.office.claims, known_on)
    clues = Clues(tuple(heard(reader)), winners(entered), ids(people), reader.has("messages"))
    found = orders(reader)
    credit = credits_of(found, clues, version.attribution)
    books = book(found, returns(reader), credit, month, has_cases=reader.has("after_sales"))
    measured = (case.metrics or Measured(case.events, case.plan)).readings(month, known_on, version.wanted)
    readings = _with_sales(measured, of_sales(found, books, list(clues.agents.values())))
    staff = {each.agent_id: each for each in case.office.staff}
    worked = Worked(month, members(people, staff, month), books, readings, case.office.entries)
    notes = (
        *of_books(books, clues.agents),
        *of_register(records(case.events, reader.past, entered), {each.order_id for each in found}),
        *of_office(case.office.entries, case.office.staff, month, clues.agents),
    )
    return statements(version, worked), notes


def of_sales(found: Sequence[Order], books: Books, everyone: Sequence[Id]) -> Readings:
    """客单价 and 退货率 of own sales: amount ÷ buyers, returns ÷ orders. An order of no known buyer is a buyer."""
    buyers = {order.order_id: order.buyer_id for order in found}
    readings: dict[Id, dict[str, Reading]] = {}
    for agent in everyone:
        booked = books.of_agents.get(agent)
        sales = [row for row in booked.sales if not row.value.startswith("-")] if booked else []
        whom = {buyers[row.row_id] if buyers[row.row_id] is not None else ("order", row.row_id) for row in sales}
        sold = total(Decimal(row.value) for row in sales)
        mine = {"average_order_value": Reading(sold, len(whom), tuple(sales))}
        if books.has_cases:
            back = booked.returns if booked else ()
            mine["return_rate"] = Reading(len(back), len(sales), back)
        readings[agent] = mine
    return readings


def _with_sales(measured: Readings, own: Readings) -> Readings:
    """Both together; what is measured stands before what the payroll derives from its books."""
    return {agent: {**own.get(agent, {}), **measured.get(agent, {})} for agent in dict.fromkeys((*own, *measured))}
