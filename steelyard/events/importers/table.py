"""A shop's own exports (CSV, spreadsheets, Parquet, any headings) into the event contract, by a mapping file.

`mapping.py` is the file's model, `sources.py` reads files as text, `rows.py` turns text into rows.
"""

import glob
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from steelyard.engines.duckdb import DuckDB, connect
from steelyard.errors import InputError, Problem
from steelyard.events.contract import CONTRACT, tables
from steelyard.events.importers import chats
from steelyard.events.importers.cells import identifier
from steelyard.events.importers.mapping import Mapping, columns_of, load
from steelyard.events.importers.quarantine import Quarantine
from steelyard.events.importers.report import ImportReport
from steelyard.events.importers.rows import Filling, fill
from steelyard.events.importers.sources import Layout, Staged, register, same, stage
from steelyard.events.importers.yamltext import Document, Path_
from steelyard.landing import landing, refuse_existing


def import_table(mapping: Path, target: Path) -> ImportReport:
    """Read what `mapping` names and write its tables into the events folder `target`, all of them or none.

    Raises InputError for a wrong mapping, missing files or headings, and unreadable files (all at once),
    UsageError where `target` has one of the tables already.
    """
    rules, document = load(mapping)
    jobs = list(_jobs(rules))
    names = {job.filling.table.name for job in jobs} | {"sessions" for job in jobs if job.filling.source.sessions}
    refuse_existing(target, [table.name for table in tables() if table.name in names])
    files = _find_files(jobs, document)
    engine = connect({})
    try:
        with tempfile.TemporaryDirectory(prefix="steelyard-import-") as scratch, landing(target) as draft:
            reading = _Reading(engine, document, Path(scratch), Quarantine(engine))
            reading.read(jobs, files)
            rows = {table.name: reading.write(table.name, draft) for table in tables() if table.name in names}
            file = reading.quarantine.write(draft, target)
            notes = (*reading.notes, *_still_missing(target, draft))
            return ImportReport(target, rows, reading.quarantine.counts(), notes, file)
    finally:
        engine.close()


@dataclass(frozen=True)
class _Job:
    """A source with its place in the mapping."""

    path: Path_
    filling: Filling


def _jobs(rules: Mapping) -> Iterator[_Job]:
    for name, sources in rules.tables.items():
        for index, source in enumerate(sources):
            cells = columns_of(rules, CONTRACT[name], source)
            yield _Job(("tables", name, index), Filling(rules, source, CONTRACT[name], cells))


def _find_files(jobs: list[_Job], document: Document) -> list[list[Path]]:
    """The files of every job, sorted within each pattern; InputError for patterns without files."""
    found, problems = [], []
    folder = document.file.parent.resolve()
    for job in jobs:
        place = document.where((*job.path, "files"))
        files: list[Path] = []
        for pattern in job.filling.source.files:
            matches = _matching(folder, pattern)
            outside = [path for path in matches if not path.resolve().is_relative_to(folder)]
            if not matches:
                fix = "mend the path, which is relative to the mapping file"
                problems.append(Problem("no-files", place, f"no file matches {pattern!r}", fix))
            elif outside and not Path(pattern).is_absolute():
                message = f"{pattern!r} leads out of the mapping's folder"
                problems.append(Problem("outside-folder", place, message, "write the absolute path if it is meant"))
            files += (path for path in matches if path not in files)
        found.append(files)
    if problems:
        raise InputError(problems)
    return found


def _matching(folder: Path, pattern: str) -> list[Path]:
    """A file of exactly that name, else what the pattern finds; not the lock files of open spreadsheets."""
    if Path(folder, pattern).is_file():
        return [Path(folder, pattern)]
    names = glob.glob(pattern, root_dir=folder, recursive=True)  # noqa: PTH207, absolute patterns are fine too
    paths = (Path(folder, name) for name in sorted(names))
    return [path for path in paths if path.is_file() and not path.name.startswith(("~$", "."))]


@dataclass
class _Reading:
    """One import under way: the parts read so far by table, and what there is to tell."""

    engine: DuckDB
    document: Document
    scratch: Path
    quarantine: Quarantine
    notes: list[str] = field(default_factory=list)
    parts: dict[str, list[str]] = field(default_factory=dict)

    def read(self, jobs: list[_Job], files: list[list[Path]]) -> None:
        """Stage everything, so that all problems come out at once, then fill the tables."""
        self.engine.sql("SET preserve_insertion_order = true")  # row numbers of text files are counted while reading
        problems: list[Problem] = []
        staged: list[list[Staged]] = []
        for number, (job, paths) in enumerate(zip(jobs, files, strict=True)):
            try:
                staged.append(self._stage(f"staged_{number}", job, paths))
            except InputError as error:
                problems += error.problems
        if problems:
            raise InputError(problems)
        for number, (job, sources) in enumerate(zip(jobs, staged, strict=True)):
            self._fill(f"part_{number}", job.filling, sources)

    def write(self, table: str, draft: Path) -> int:
        """Write a table from its parts; the number of rows."""
        union = " UNION ALL BY NAME ".join(f"SELECT * FROM {part}" for part in self.parts[table])
        self.engine.sql(f"CREATE TEMP TABLE {identifier('whole_' + table)} AS {union}")
        rows = self.engine.backend.table(f"whole_{table}")
        names = [column.name for column in CONTRACT[table].columns if column.name in rows.columns]
        order = [*CONTRACT[table].key, *(name for name in ("_file", "_row") if name in rows.columns)]
        self.engine.write_parquet(rows.order_by(order).select(names), draft / f"{table}.parquet")
        return int(rows.count().to_pyarrow().as_py())

    def _stage(self, name: str, job: _Job, paths: list[Path]) -> list[Staged]:
        filling, source = job.filling, job.filling.source
        if source.rows is not None:
            headings = filling.headings
            rows = [[row.get(heading) for heading in headings] for row in source.rows]
            register(self.engine, name, rows, headings, Layout(header_row=0))
            return [Staged(name, self.document.file, headings)]
        staged: list[Staged] = []
        problems: list[Problem] = []
        for number, path in enumerate(paths):
            try:
                staged.append(stage(self.engine, f"{name}_{number}", path, source.layout, self.scratch))
            except InputError as error:
                problems += error.problems
        for file in staged:
            problems += _heading_problems(job, file, self.document)
        if problems:
            raise InputError(problems)
        self.notes += dict.fromkeys(note for file in staged if (note := _unused(filling, file)))
        return staged

    def _fill(self, part: str, filling: Filling, staged: list[Staged]) -> None:
        self.notes += fill(self.engine, filling, staged, part, self.quarantine)
        for file in staged:
            self.engine.drop(file.table)
        self.parts.setdefault(filling.table.name, []).append(part)
        if filling.source.sessions:
            chats.cut(self.engine, part, filling.cells, filling.source.sessions, f"{part}_sessions")
            self.parts.setdefault("sessions", []).append(f"{part}_sessions")


def _heading_problems(job: _Job, file: Staged, document: Document) -> Iterator[Problem]:
    have = [name.strip() for name in file.headings if name.strip()]
    plain = {same(name): name for name in have}
    for heading in job.filling.headings:
        count = sum(same(name) == same(heading) for name in have)
        if count == 1 or (not count and heading in job.filling.optional):
            continue
        place = document.where(_place_of(job, heading))
        if count:
            message = f"{file.file.name} has the heading {heading!r} {count} times"
            yield Problem("repeated-heading", place, message, "rename the others in the file")
            continue
        near = [plain[name] for name in get_close_matches(same(heading), plain, 3, 0.4)]
        message = f"{file.file.name} has no heading {heading!r}; it has {', '.join(have)}"
        fix = f"did you mean {' or '.join(near)}?" if near else "write one of them, or mend `header_row`"
        yield Problem("missing-heading", place, message, fix)


def _place_of(job: _Job, heading: str) -> Path_:
    column = next((name for name, cell in job.filling.cells.items() if heading in cell.headings), None)
    if column:
        return (*job.path, "columns", column)
    return (*job.path, "leave_out" if heading in job.filling.source.leave_out else "last_of")


def _unused(filling: Filling, file: Staged) -> str:
    used = {same(heading) for heading in filling.headings}
    unused = [name.strip() for name in file.headings if name.strip() and same(name) not in used]
    return f"{filling.table.name}: headings not used: {', '.join(unused)}" if unused else ""


def _still_missing(target: Path, draft: Path) -> Iterator[str]:
    for table in tables():
        places = (folder / name for folder in (target, draft) for name in (f"{table.name}.parquet", table.name))
        if table.required and not any(place.exists() for place in places):
            yield f"the folder has no {table.name} yet, which every score needs"
