"""Opening an events folder: good rows under their contract names, bad ones in quarantine, a report of both.

Clean tables become bare scans of their files; nothing is copied and nothing filtered. Whether they are clean
is read from Parquet footers where those can tell, and counted where they cannot.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import ibis
import ibis.expr.types as ir

from steelyard.engines import Engine
from steelyard.errors import InputError, Problem, UsageError
from steelyard.events.contract import CONTRACT, Column, IdType, Table
from steelyard.events.damage import naming_damaged
from steelyard.events.evidence import dense_keys, gather
from steelyard.events.folder import File, file_at, locate, places_in, read_footers, strangers
from steelyard.events.quarantine import Out, sort_out
from steelyard.events.report import CheckReport, TableReport, summary
from steelyard.events.source import Source, extras, id_type, misfits
from steelyard.landing import refuse_address


@dataclass(frozen=True)
class Events:
    """An opened events folder: every opened table stands on `engine` under its name, good rows only."""

    engine: Engine
    folder: Path
    present: frozenset[str]
    """Contract tables that are in the folder, empty ones too, opened or not."""
    id_type: IdType
    report: CheckReport
    sources: Mapping[str, Source] = field(default_factory=dict, repr=False)
    """Every table that was read, all rows as they stand in the files."""
    out: Mapping[str, Out] = field(default_factory=dict, repr=False)
    """The rows that are out, of tables that have some."""
    has_states: bool = False
    """Whether states of subjects, made by assessments over time, stand on the engine as well."""
    known_on: date | None = None
    """The day whose knowledge counts, for every day that is scored. None: each day knows what it knew."""
    copies: Mapping[str, ir.Table] = field(default_factory=dict, repr=False)
    """Tables with the history of their rows, to be read where several days are scored."""
    borders: tuple[date, ...] = ()
    """Days from which on a table is there, or one without times of its own says otherwise than before."""
    reopen: Callable[[date], "Events"] | None = field(default=None, repr=False)
    """Puts the tables on the engine as a score of that day knows them. None: they are the same for every day."""

    def on(self, day: date) -> "Events":
        """The events as a score of `day` knows them, on the engine in the place of these."""
        return self if self.reopen is None else self.reopen(day)

    def quarantine(self) -> ir.Table | None:
        """Quarantined rows of all opened tables, or None where every row is good.

        Columns: `table`, `file` (below the folder), `row` (from 1), `row_id` (the key as text, NULL without
        key), `reason`, `column`, `value` (as text), `message`, `fix`.
        """
        parts = [out.quarantine for name, out in self.out.items() if self.report.table(name).quarantined]
        return ibis.union(*parts) if len(parts) > 1 else next(iter(parts), None)


def open_events(engine: Engine, folder: Path, tables: Iterable[str] | None = None) -> Events:
    """Check the events in `folder` and put them on `engine`.

    Each of `tables` (default: the whole contract) becomes a table of its contract name with the contract's
    columns in order, good rows only; absent tables are empty, absent optional columns NULL. Tables that are
    not asked for are read only as far as references need them.

    Keys are judged over all rows of a table: a row is quarantined with its twin even where the twin has a
    fault of its own. References are judged against all rows of their target: nothing cascades.

    Raises UsageError for a table the contract does not have, and for an address that is no path. Raises InputError with
    everything that keeps the folder from being read: no-such-folder, missing-table, table-twice, unreadable-file,
    column-twice, reserved-column, missing-column, wrong-type.
    """
    refuse_address(folder)
    return _opened(engine, folder, _asked(tables), locate(folder.absolute()), {})


def open_arrivals(engine: Engine, folder: Path, known: Mapping[str, Sequence[Path]]) -> Events:
    """As `open_events`, of a folder of what arrived, which may lack any table.

    `known` are the Parquet files of what arrived before, by table: references may point at their rows too.
    """
    refuse_address(folder)
    return _opened(engine, folder, _asked(None), places_in(folder.absolute()), known)


def _opened(
    engine: Engine,
    folder: Path,
    asked: tuple[Table, ...],
    places: Mapping[str, Path],
    known: Mapping[str, Sequence[Path]],
) -> Events:
    needed = {table.name: table.columns for table in asked if table.name in places}
    for table in asked:
        for target in table.references.values() if table.name in places else ():
            if target in places:
                needed.setdefault(target, _key_of(target))
    files = read_footers(folder.absolute(), {name: places[name] for name in CONTRACT if name in needed})
    problems = [problem for name, columns in needed.items() for problem in misfits(files[name], columns)]
    if problems:
        raise InputError(problems)
    before = {name: tuple(file_at(path) for path in paths) for name, paths in known.items() if paths}
    ids, mixed = id_type([(CONTRACT[name], those) for group in (files, before) for name, those in group.items()])
    sources = {name: Source(engine, CONTRACT[name], those, needed[name], ids) for name, those in files.items()}
    pointed = {
        name: Source(engine, CONTRACT[name], (*files.get(name, ()), *before.get(name, ())), _key_of(name), ids)
        if name in before
        else sources[name]
        for name in (*before, *sources)
    }
    with naming_damaged(sources):
        reports, out = _check(engine, asked, sources, pointed, ids)
    report = CheckReport(tuple(reports), tuple(_folder_notes(folder, mixed=mixed)))
    return Events(engine, folder, frozenset(places), ids, report, sources, out)


def _key_of(table: str) -> tuple[Column, ...]:
    return (CONTRACT[table].column(CONTRACT[table].key[0]),) if CONTRACT[table].key else ()


def _asked(names: Iterable[str] | None) -> tuple[Table, ...]:
    wanted = set(CONTRACT if names is None else names)
    unknown = sorted(wanted - set(CONTRACT))
    if unknown:
        fix = f"use {', '.join(CONTRACT)}"
        raise UsageError([Problem("unknown-table", name, "the contract has no such table", fix) for name in unknown])
    return tuple(table for table in CONTRACT.values() if table.name in wanted)


def _check(
    engine: Engine,
    asked: Iterable[Table],
    sources: Mapping[str, Source],
    pointed: Mapping[str, Source],
    ids: IdType,
) -> tuple[list[TableReport], dict[str, Out]]:
    """Check each table, targets of references before those that point at them, and put it on the engine."""
    reports = []
    outs = {}
    dense: dict[str, range] = {}
    for table in asked:
        engine.drop(table.name)
        if table.name not in sources:
            engine.empty(table.name, table.schema(ids))
            reports.append(TableReport(table.name, present=False))
            continue
        source = sources[table.name]
        targets = {column: pointed[name] for column, name in table.references.items() if name in pointed}
        findings = gather(source, targets, dense)
        notes = tuple(_table_notes(source))
        if findings.clean:
            engine.view(table.name, source.rows.select(*table.schema(ids)))
            reports.append(TableReport(table.name, present=True, read=source.row_count, notes=notes))
        else:
            outs[table.name] = sort_out(source, findings, targets)
            engine.view(table.name, outs[table.name].good)
            reports.append(summary(outs[table.name], notes))
        keys = dense_keys(source) if table.key and not findings.repeated and pointed[table.name] is source else None
        if keys is not None:
            dense[table.name] = keys
    return reports, outs


def _table_notes(source: Source) -> Iterator[Problem]:
    where = _place(source.files)
    if not source.row_count:
        yield Problem("empty-table", where, "it has no rows", "nothing to do if nothing of the kind happened")
    unknown = extras(source.table, source.files)
    if unknown:
        message = f"columns {', '.join(unknown)} are not in the contract and are not read"
        yield Problem("unknown-column", where, message, "rename them to columns of the contract, or drop them")


def _folder_notes(folder: Path, *, mixed: bool) -> Iterator[Problem]:
    if mixed:
        message = "some ids are BIGINT and some VARCHAR; all are read as text"
        yield Problem("mixed-id-types", str(folder), message, "write ids of one type in every table")
    yield from strangers(folder)


def _place(files: tuple[File, ...]) -> str:
    return files[0].label if len(files) == 1 else f"{files[0].label.split('/')[0]}/"
