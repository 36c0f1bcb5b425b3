"""`pay` and `claims`: statements of what agents are paid for a month, and the claims on sales."""

from collections.abc import Iterator, Sequence
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
from steelyard.errors import Problem, UsageError
from steelyard.events.check import Events
from steelyard.service.pay.folder import Written, month_of, paid_before, refuse_gap, write_payroll
from steelyard.service.pay.metrics import Month
from steelyard.service.pay.money import Words
from steelyard.service.pay.notices import FAULTS
from steelyard.service.pay.plans import example, examples, in_force, load_plan
from steelyard.service.pay.reading import TABLES, cutoff
from steelyard.service.pay.record import amounts, teams
from steelyard.service.pay.register import STANDINGS, Record, standing
from steelyard.service.pay.registered import records_on
from steelyard.service.pay.run import Case, Office, pay_month
from steelyard.service.pay.statement import SECTIONS, Payroll, Statement
from steelyard.service.pay.tables import Claim, Entry, StaffRow, rows_of
from steelyard.service.pay.words import HEADS, said

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
    """Add these commands to the command line."""
    app.command("pay", rich_help_panel="Customer service")(pay)
    app.command("claims", rich_help_panel="Customer service")(claims_command)


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
    _example: ExampleOption = None,
    engine: EngineOption = "duckdb",
    values: SettingOption = None,
    how: FormatOption = Format.table,
) -> None:
    """Pay statements of a month, one per agent: every amount with its formula, inputs and rows; JSON and XLSX.

    What is known later of a month that was paid is posted in the next one.
    """
    paid_month, loaded, office = month_of(month), load_plan(plan), _office(claims, staff, entries)
    refuse_gap(out, paid_month)
    earlier = paid_before(before or out, paid_month, loaded.id)
    version = in_force(loaded, paid_month)
    known_on = cutoff(paid_month, version.cutoff_days)
    with calls.opened_tables(TABLES, events, (engine, _settings(values)), known_on) as known:
        _tell(known)
        with spinner(f"pay of {paid_month} by {loaded.id}@{version.version}"):
            payroll = pay_month(Case(known, loaded, office), paid_month, earlier)
    written = write_payroll(payroll, out, lang.value)
    _put(payroll, lang, how)
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


def _tell(events: Events) -> None:
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
    for team in teams(payroll):
        if team["shop_id"] is not None and team["agents"] == 1:
            continue
        shop = "" if team["shop_id"] is None else str(team["shop_id"])
        lines.append([said(HEADS["total"], lang), "", shop, *(Decimal(team[name]) for name in sums)])
    title = f"{payroll.month} · {payroll.plan}@{payroll.version} · {payroll.currency}"
    put_table([said(HEADS[name], lang) for name in heads], lines, title)


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


def claims_command(
    file: Annotated[Path, typer.Argument(metavar="REGISTER", help="The sales register (YAML, CSV or Parquet).")],
    events: EventsOption,
    known_on: Annotated[str, typer.Option("--known-on", metavar="DATE", help="Decisions before this day count.")],
    lang: LanguageOption,
    order: Annotated[str | None, typer.Option("--order", metavar="ID", help="Only this order.")] = None,
    case: Annotated[str | None, typer.Option("--return", metavar="ID", help="Only the order of this return.")] = None,
    complaint: Annotated[
        str | None, typer.Option("--complaint", metavar="ID", help="Only the order of this complaint.")
    ] = None,
    engine: EngineOption = "duckdb",
    how: FormatOption = Format.table,
) -> None:
    """The claims on sales: how each stands, who else claims the order, its evidence, returns and complaints."""
    day, claims = calls.day_of(known_on), rows_of(file, Claim)
    with calls.opened_tables(TABLES, events, (engine, {}), day) as known:
        _tell(known)
        found = records_on(known, day, standing(claims, day))
    wanted = [each for each in found if _opens(each, order, case, complaint)]
    put_rows([row for each in wanted for row in _claims(each, lang)], how, CLAIM)


CLAIM = (
    "order_id", "claim_id", "agent_id", "standing", "rivals", "session_id", "chat", "decided_by", "decided_at",
    "faults", "returns", "complaints",
)  # fmt: skip
"""The columns of a claim."""


def _opens(record: Record, order: str | None, case: str | None, complaint: str | None) -> bool:
    """Whether the record is of the order, the return or the complaint asked for; of any where none is."""
    asked = (
        (order, (record.order,)),
        (case, tuple(map(str, record.cases))),
        (complaint, tuple(map(str, record.complaints))),
    )
    return all(wanted is None or wanted in known for wanted, known in asked)


def _claims(record: Record, lang: Language) -> Iterator[dict[str, Any]]:
    for each in record.claims:
        claim = each.claim
        faults = [said(FAULTS[fault], lang) for name, fault in record.faults if name == claim.claim_id]
        yield {
            "order_id": record.order, "claim_id": claim.claim_id, "agent_id": claim.agent_id,
            "standing": said(STANDINGS[each.standing], lang), "rivals": _joined(each.rivals),
            "session_id": claim.session_id, "chat": claim.chat, "decided_by": claim.decided_by,
            "decided_at": claim.decided_at, "faults": _joined(faults), "returns": _joined(record.cases),
            "complaints": _joined(record.complaints),
        }  # fmt: skip


def _joined(names: Sequence[object]) -> str | None:
    return ", ".join(map(str, names)) or None
