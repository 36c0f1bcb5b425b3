"""`claims`: the sales register, claim by claim, with what hangs on the orders."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from steelyard import calls
from steelyard.cli.pay import tell_events
from steelyard.cli.printing import Format, FormatOption, Language, LanguageOption, put_rows
from steelyard.cli.scores import EngineOption, EventsOption
from steelyard.service.pay.notices import FAULTS
from steelyard.service.pay.reading import TABLES
from steelyard.service.pay.register import STANDINGS, Record, standing
from steelyard.service.pay.registered import records_on
from steelyard.service.pay.tables import Claim, rows_of
from steelyard.service.pay.words import HEADS, said


def register(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command("claims", rich_help_panel="Customer service")(claims_command)


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
        tell_events(known)
        found = records_on(known, day, standing(claims, day))
    wanted = [each for each in found if _opens(each, order, case, complaint)]
    rows = [row for each in wanted for row in _claims(each, lang)]
    if how is Format.table:
        rows = [{said(HEADS[name], lang): row[name] for name in CLAIM} for row in rows]
    put_rows(rows, how, None if how is Format.table else CLAIM)


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
