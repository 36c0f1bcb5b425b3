"""`pay`: statements of what agents are paid for a month."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer

from steelyard import calls
from steelyard.cli.printing import (
    Format,
    FormatOption,
    Language,
    LanguageOption,
    put,
    put_rows,
    put_table,
    say,
    spinner,
)
from steelyard.cli.scores import EngineOption, EventsOption, values_of
from steelyard.errors import InputError, Problem, UsageError
from steelyard.events.check import Events
from steelyard.service.pay.folder import Written, month_of, paid_before, refuse_gap, write_payroll
from steelyard.service.pay.metrics import Month
from steelyard.service.pay.money import Words
from steelyard.service.pay.plans import example, examples, in_force, load_plan
from steelyard.service.pay.reading import TABLES, cutoff
from steelyard.service.pay.record import amounts, teams
from steelyard.service.pay.run import Case, Office, pay_month
from steelyard.service.pay.statement import SECTIONS, Payroll, Statement, changed
from steelyard.service.pay.tables import Claim, Entry, StaffRow, rows_of
from steelyard.service.pay.words import HEADS, SECTION_TITLES, said

SUMS = (*SECTIONS, "earned", "corrections", "brought_forward", "carried_over", "payout")
ENGINE = "engine."


def _show_example(name: str | None) -> None:
    if name is not None:
        put(example(name).rstrip("\n"))
        raise typer.Exit(0)


PlanArgument = Annotated[Path, typer.Argument(metavar="PLAN.yaml", help="A pay plan: a file, or a folder of versions.")]
MonthOption = Annotated[str, typer.Option("--month", metavar="YYYY-MM", help="The month that is paid.")]
RegisterOption = Annotated[
    Path | None,
    typer.Option("--register", metavar="FILE", help="The sales register: claims (YAML, CSV or Parquet)."),
]
StaffOption = Annotated[
    Path | None,
    typer.Option("--staff", metavar="FILE", help="Region, role, first and last day of agents (YAML, CSV or Parquet)."),
]
EntriesOption = Annotated[
    Path | None,
    typer.Option("--entries", metavar="FILE", help="Amounts entered by hand (YAML, CSV or Parquet)."),
]
BeforeOption = Annotated[
    Path | None,
    typer.Option("--before", metavar="DIR", help="Where the payrolls of earlier months lie; by default in --out."),
]
AgentOption = Annotated[
    str | None, typer.Option("--agent", metavar="ID", help="Print this agent's lines and corrections with formulas.")
]
ExampleOption = Annotated[
    str | None,
    typer.Option(
        "--example",
        metavar="NAME",
        help=f"Print a plan to begin with and stop: {', '.join(examples())}.",
        is_eager=True,
        callback=_show_example,
    ),
]
SettingOption = Annotated[
    list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="A setting of the engine (engine.threads=2).")
]


def register(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command("pay", rich_help_panel="Customer service")(pay)


def pay(
    plan: PlanArgument,
    events: EventsOption,
    month: MonthOption,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Statements go to DIR/YYYY-MM.")],
    lang: LanguageOption,
    before: BeforeOption = None,
    claims: RegisterOption = None,
    staff: StaffOption = None,
    entries: EntriesOption = None,
    agent: AgentOption = None,
    _example: ExampleOption = None,
    engine: EngineOption = "duckdb",
    values: SettingOption = None,
    how: FormatOption = Format.table,
) -> None:
    """Pay statements of a month, one per agent: every amount with its formula, inputs and rows; JSON and XLSX.

    What is known later of a month that was paid is posted in the next one.
    """
    paid_month, loaded, office = month_of(month), load_plan(plan), _office(claims, staff, entries)
    for place in {out, before or out}:
        refuse_gap(place, paid_month)
    earlier = paid_before(before or out, paid_month, loaded.id)
    version = in_force(loaded, paid_month)
    known_on = cutoff(paid_month, version.cutoff_days)
    with calls.opened_tables(TABLES, events, (engine, _settings(values)), known_on) as known:
        tell_events(known)
        with spinner(f"pay of {paid_month} by {loaded.id}@{version.version}"):
            payroll = pay_month(Case(known, loaded, office), paid_month, earlier)
    shown = None if agent is None else _of(payroll, agent)
    written = write_payroll(payroll, out, lang.value)
    if shown is None:
        _put(payroll, lang, how)
    else:
        _put_one(payroll, shown, lang, how)
    _say(payroll, written, lang)


def _office(claims: Path | None, staff: Path | None, entries: Path | None) -> Office:
    return Office(
        rows_of(claims, Claim) if claims else (),
        rows_of(staff, StaffRow) if staff else (),
        rows_of(entries, Entry) if entries else (),
    )


def _settings(values: list[str] | None) -> dict[str, str]:
    """Settings of the engine; UsageError for anything else."""
    given = values_of(values)
    foreign = [path for path in given if not path.startswith(ENGINE)]
    if foreign:
        fix = "change the plan file: statements name the numbers they were paid by"
        raise UsageError(
            [Problem("not-settable", f"--set {path}", "it is no setting of an engine", fix) for path in foreign]
        )
    return {path.removeprefix(ENGINE): text for path, text in given.items()}


def tell_events(events: Events) -> None:
    """On stderr: examples of faults, how many rows are quarantined."""
    for found in events.report.examples:
        say(str(found))
    if events.report.quarantined:
        say(f"{events.report.quarantined:,} rows quarantined")


def _put(payroll: Payroll, lang: Language, how: Format) -> None:
    """One row per agent; for people the totals of each shop and of all as well."""
    rows = [_row(payroll.month, statement) for statement in payroll.statements]
    if how is not Format.table:
        put_rows(rows, how, ("month", "agent_id", "name", "shop_id", *SUMS))
        return
    sums = [name for name in SUMS if name == "payout" or any(row[name] for row in rows)]
    heads = ("agent_id", "name", "shop_id", *sums)
    lines = [[_id(name, row[name]) for name in heads] for row in rows]
    every = teams(payroll)
    for team in every:
        if team["shop_id"] is not None and (team["agents"] == 1 or len(every) == 2):
            continue
        shop = "" if team["shop_id"] is None else str(team["shop_id"])
        lines.append([said(HEADS["total"], lang), "", shop, *(Decimal(team[name]) for name in sums)])
    title = f"{payroll.month} · {payroll.plan}@{payroll.version} · {payroll.currency}"
    put_table([said(HEADS[name], lang) for name in heads], lines, title)


LINE = ("month", "agent_id", "section", "line", "amount", "formula", "numbers", "notes")


def _of(payroll: Payroll, agent: str) -> Statement:
    """The statement of an agent; InputError where the month has none."""
    found = next((each for each in payroll.statements if str(each.member.agent_id) == agent), None)
    if found is None:
        fix = "give an agent_id that the month has a statement of"
        raise InputError(Problem("unknown-subject", f"--agent {agent}", "the month has no statement of it", fix))
    return found


def _put_one(payroll: Payroll, statement: Statement, lang: Language, how: Format) -> None:
    """One row per line of an agent's statement and per correction; for people what is paid as well."""
    rows = [*_own(statement, lang), *_posted(statement, lang)]
    if how is not Format.table:
        put_rows(rows, how, LINE)
        return
    sums = amounts(statement)
    paid = [name for name in ("brought_forward", "carried_over", "payout") if sums[name] or name == "payout"]
    rows += [{"line": said(HEADS[name], lang), "amount": sums[name]} for name in paid]
    heads = ("section", "line", "amount", "formula", "numbers", "notes")
    title = f"{payroll.month} · {statement.member.agent_id} {statement.member.name} · {payroll.currency}"
    lines = [[row.get(name, "") for name in heads] for row in rows]
    put_table([said(HEADS[name], lang) for name in heads], lines, title)


def _own(statement: Statement, lang: Language) -> Iterator[dict[str, Any]]:
    for line in statement.lines:
        yield {
            "month": str(statement.month), "agent_id": statement.member.agent_id,
            "section": said(SECTION_TITLES[line.section], lang), "line": said(line.title, lang),
            "amount": line.amount, "formula": said(line.formula, lang), "numbers": line.numbers,
            "notes": " ".join(said(note, lang) for note in line.notes),
        }  # fmt: skip


def _posted(statement: Statement, lang: Language) -> Iterator[dict[str, Any]]:
    for each in statement.corrections:
        yield {
            "month": each.month, "agent_id": statement.member.agent_id,
            "section": said(HEADS["corrections"], lang), "line": f"{each.month} {said(each.line.title, lang)}",
            "amount": each.delta, "formula": f"{said(HEADS['now'], lang)} − {said(HEADS['before'], lang)}",
            "numbers": f"{each.now} − {each.before}", "notes": "; ".join(changed(each)),
        }  # fmt: skip


def _row(month: Month, statement: Statement) -> dict[str, Any]:
    member = statement.member
    who = {"agent_id": member.agent_id, "name": member.name, "shop_id": member.shop_id}
    return {"month": str(month), **who, **amounts(statement)}


def _id(name: str, value: Any) -> Any:
    return str(value) if name.endswith("_id") else value


def _say(payroll: Payroll, written: Written, lang: Language) -> None:
    for note in payroll.notes:
        say(f"note: {said(note, lang)}")
    if written.stood:
        text = Words("已有相同的工资单，未改动：", "the same statements stand already, nothing is changed:")
        say(f"note: {said(text, lang)} {written.folder}")
    else:
        say(f"written: {written.folder}")
