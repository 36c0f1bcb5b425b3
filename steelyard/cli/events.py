"""`sample`, `import` and `check`: events in."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import ibis.expr.types as ir
import typer

from steelyard.calls import day_of
from steelyard.cli.printing import Format, FormatOption, named, put_rows, say, spinner
from steelyard.engines import Engine, connect
from steelyard.events.check import open_events
from steelyard.events.importers.olist import import_olist
from steelyard.events.importers.report import ImportReport
from steelyard.events.importers.table import import_table
from steelyard.events.notes import notes
from steelyard.events.report import check_report_rows
from steelyard.events.sample import WRITTEN, sample

EVENTS = "Events"
imports = typer.Typer(no_args_is_help=True, help="Bring data into the event contract.", rich_markup_mode=None)
checks = typer.Typer(no_args_is_help=True, help="Check data against its contract.", rich_markup_mode=None)


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command("sample", rich_help_panel=EVENTS)(sample_command)
    app.add_typer(imports, name="import", rich_help_panel=EVENTS)
    app.add_typer(checks, name="check", rich_help_panel=EVENTS)


def sample_command(
    target: Annotated[Path, typer.Argument(metavar="DIR", help="New folder for the events.")],
    shops: Annotated[int, typer.Option(metavar="N", help="How many shops.")],
    days: Annotated[int, typer.Option(metavar="N", help="How many days.")],
    until: Annotated[str, typer.Option(metavar="DATE", help="The day after the last one.")],
    seed: Annotated[int, typer.Option(metavar="N", help="The same seed gives the same marketplace.")] = 1,
    orders: Annotated[
        int | None, typer.Option(metavar="N", help="How many orders; default three a day and shop.")
    ] = None,
    how: FormatOption = Format.table,
) -> None:
    """Write a synthetic marketplace: every table of the contract, the same for the same seed."""
    last = day_of(until)
    with named(f"sample marketplace in {target}", len(WRITTEN)) as tell:
        written = sample(target, shops=shops, days=days, until=last, seed=seed, orders=orders, progress=tell)
    put_rows([{"table": name, "rows": count} for name, count in written.items()], how)


@imports.command("olist")
def olist_command(
    source: Annotated[Path, typer.Argument(metavar="SRC", help="Folder of the Olist tables, CSV or Parquet.")],
    target: Annotated[Path, typer.Argument(metavar="DIR", help="New folder for the events.")],
    how: FormatOption = Format.table,
) -> None:
    """Bring the Olist data set into the event contract."""
    with spinner(f"importing {source}"):
        report = import_olist(source, target)
    _tell(report, how)


@imports.command("table")
def table_command(
    mapping: Annotated[Path, typer.Argument(metavar="MAPPING.yaml", help="Which heading is which column.")],
    target: Annotated[Path, typer.Argument(metavar="DIR", help="Folder for the events.")],
    how: FormatOption = Format.table,
) -> None:
    """Bring a shop's own CSV, XLSX or Parquet exports into the event contract by a mapping file."""
    with spinner(f"importing by {mapping}"):
        report = import_table(mapping, target)
    _tell(report, how)


def _tell(report: ImportReport, how: Format) -> None:
    put_rows(report.records(), how)
    for note in report.notes:
        say(f"note: {note}")
    if report.quarantined_rows:
        say(f"{report.quarantined_rows:,} rows quarantined, see {report.quarantine}")


@checks.command("events")
def check_command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The events folder.")],
    quarantine: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write quarantined rows to this Parquet file.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 where rows are quarantined.")] = False,
    how: FormatOption = Format.table,
) -> None:
    """Check an events folder: rows per table, quarantined rows with reasons, notes on what was kept."""
    engine = connect()
    try:
        with spinner(f"checking {folder}"):
            events = open_events(engine, folder)
            found = (*events.report.notes, *notes(events))
        put_rows(check_report_rows(events.report), how)
        for note in found:
            say(f"note: {note}")
        bad = events.quarantine()
        if bad is not None:
            if quarantine is not None:
                _write_whole(engine, bad, quarantine)
            where = f", written to {quarantine}" if quarantine else "; --quarantine FILE writes them"
            say(f"{events.report.quarantined:,} rows quarantined{where}")
            if strict:
                raise typer.Exit(1)
    finally:
        engine.close()


def _write_whole(engine: Engine, rows: ir.Table, file: Path) -> None:
    """`rows` as one Parquet file that appears whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f".{file.name}-", dir=file.parent) as beside:
        draft = Path(beside) / file.name
        engine.write_parquet(rows, draft)
        draft.rename(file)
