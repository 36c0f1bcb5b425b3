"""One source of a mapping: its staged files become typed rows of a table, or lines of the quarantine."""

from collections.abc import Mapping as Named
from collections.abc import Sequence
from dataclasses import dataclass

from steelyard.engines.duckdb import DuckDB
from steelyard.events.contract import Column, Table
from steelyard.events.importers.cells import LIMIT, clean, digits_lost, identifier, listed, literal, parse
from steelyard.events.importers.mapping import Cell, Mapping, Merge, Source
from steelyard.events.importers.quarantine import Quarantine
from steelyard.events.importers.sources import Staged

ORDER = "_file, _row"
"""The order in which rows were read: files as found, rows as they stand."""


@dataclass(frozen=True)
class Filling:
    """A source with what it fills: the contract's table and a cell per mapped column."""

    mapping: Mapping
    source: Source
    table: Table
    cells: Named[str, Cell]

    @property
    def headings(self) -> tuple[str, ...]:
        """Every heading it reads, once."""
        cells = (heading for cell in self.cells.values() for heading in cell.headings)
        return tuple(dict.fromkeys((*cells, *self.source.leave_out, *self.source.last_of)))

    @property
    def optional(self) -> frozenset[str]:
        """Headings that may be missing."""
        return frozenset(h for cell in self.cells.values() if cell.optional for h in cell.headings)


def fill(engine: DuckDB, filling: Filling, staged: Sequence[Staged], part: str, quarantine: Quarantine) -> list[str]:
    """Create the table `part` from the staged files; the notes say what the mapping left out."""
    _gather(engine, filling, staged)
    notes = _leave_out(engine, filling)
    _parse(engine, filling)
    quarantine.add(_faulty(filling))
    columns = [identifier(name) for name in filling.cells]
    rows = f"SELECT {ORDER}, _name, {', '.join(columns)} FROM typed WHERE len(_faults) = 0"
    if filling.source.merge:
        engine.sql(f"CREATE TEMP TABLE merged AS {_merged(filling, filling.source.merge, rows)}")
        for name in _summed(filling, filling.source.merge):
            quarantine.add(_too_much(filling, name))
            engine.sql(f"DELETE FROM merged WHERE abs({identifier(name)}) >= {LIMIT}")
        rows = _cast_back(filling, filling.source.merge)
    engine.sql(f"CREATE TEMP TABLE {part} AS SELECT * EXCLUDE (_name) FROM ({rows})")
    for name in ("gathered", "kept", "typed", "merged"):
        engine.drop(name)
    return notes


def _gather(engine: DuckDB, filling: Filling, staged: Sequence[Staged]) -> None:
    """`gathered`: the rows of all files with one cleaned column `h0, h1, …` per heading used."""
    selects = []
    for number, file in enumerate(staged):
        cells = [(f"h{index}", file.cell(heading)) for index, heading in enumerate(filling.headings)]
        columns = ", ".join(f"{clean(cell) if cell else 'NULL::VARCHAR'} AS {name}" for name, cell in cells)
        place = f"{number} AS _file, {literal(file.file.name)} AS _name, _row, _broken"
        selects.append(f"SELECT {place}{', ' if columns else ''}{columns} FROM {file.table}")
    engine.sql(f"CREATE TEMP TABLE gathered AS {' UNION ALL '.join(selects)}")


def _leave_out(engine: DuckDB, filling: Filling) -> list[str]:
    """`kept`: `gathered` with `_left_out`, the number of the reason to leave a row out; notes count them."""
    position = {heading: f"h{index}" for index, heading in enumerate(filling.headings)}
    filled = f"coalesce({', '.join(position.values())}) IS NOT NULL" if position else "true"
    reasons = [("empty rows", f"NOT {filled}")]
    nulls = set(filling.mapping.nulls) | {""}
    for heading, words in filling.source.leave_out.items():
        cell = position[heading]
        tests = [f"{cell} IN {listed([word or '' for word in words])}"]
        if any(word is None or word in nulls for word in words):
            tests.append(f"{cell} IS NULL OR {cell} IN {listed(sorted(nulls))}")
        reasons.append((f"rows left out by {heading}", f"coalesce({' OR '.join(tests)}, false)"))
    if filling.source.last_of:
        keys = ", ".join(position[heading] for heading in filling.source.last_of)
        newest = f"row_number() OVER (PARTITION BY {keys} ORDER BY _file DESC, _row DESC)"
        reasons.append(("older copies left out", f"_broken IS NULL AND {newest} > 1"))
    case = " ".join(f"WHEN {test} THEN {number}" for number, (_, test) in enumerate(reasons))
    engine.sql(
        "CREATE TEMP TABLE kept AS"
        f" SELECT *, CASE WHEN _broken IS NOT NULL THEN NULL {case} END AS _left_out FROM gathered"
    )
    counted = engine.sql("SELECT _left_out, count(*) FROM kept WHERE _left_out >= 0 GROUP BY ALL ORDER BY ALL")
    return [f"{filling.table.name}: {reasons[number][0]}: {count:,}" for number, count in counted.fetchall()]


def _parse(engine: DuckDB, filling: Filling) -> None:
    """`typed`: a value per mapped column, and `_faults`, what is wrong with the row."""
    position = {heading: f"h{index}" for index, heading in enumerate(filling.headings)}
    columns = [filling.table.column(name) for name in filling.cells]
    numbered = list(enumerate(columns))
    texts = [f"{_text(filling, filling.cells[column.name], position)} AS t{n}" for n, column in numbered]
    values = [f"{_value(filling, column, f't{n}')} AS v{n}" for n, column in numbered]
    faults = ", ".join(_fault(column, n) for n, column in numbered)
    named = [f"v{n} AS {identifier(column.name)}" for n, column in numbered]
    place = "_file, _name, _row, _broken"
    engine.sql(
        f"CREATE TEMP TABLE typed AS"
        f" SELECT {place}, {', '.join(named)}, {', '.join(f't{n}' for n, _ in numbered)},"
        f" list_filter([{_BROKEN}, {faults}], lambda fault: fault IS NOT NULL) AS _faults FROM ("
        f"  SELECT *, {', '.join(values)} FROM ("
        f"   SELECT {place}, {', '.join(texts)} FROM kept WHERE _left_out IS NULL))"
    )


def _text(filling: Filling, cell: Cell, position: Named[str, str]) -> str:
    """The text that is parsed: the cell, or what the mapping makes of one or several."""
    words = sorted(set(filling.mapping.nulls) - set(cell.values))
    known = [f"CASE WHEN {position[h]} NOT IN {listed([*words, ''])} THEN {position[h]} END" for h in cell.origins]
    if cell.value is not None:
        text = literal(cell.value)
    elif cell.join:
        text = f" || {literal(cell.separator)} || ".join(known)
    else:
        text = f"coalesce({', '.join(known)})" if len(known) > 1 else known[0]
    text = f"({text})"
    for piece in cell.remove:
        text = f"nullif(trim(replace({text}, {literal(piece)}, '')), '')"
    if cell.when:
        tests = (f"{position[h]} IN {listed([word or '' for word in kept])}" for h, kept in cell.when.items())
        text = f"(CASE WHEN {' AND '.join(tests)} THEN {text} END)"
    if not cell.values and not cell.has_otherwise:
        return text
    cases = [f"WHEN {_is(text, word)} THEN {_constant(value)}" for word, value in cell.values.items()]
    rest = _constant(cell.otherwise) if cell.has_otherwise else text
    return f"(CASE {' '.join(cases)} WHEN {text} IS NULL THEN NULL ELSE {rest} END)"


def _is(text: str, word: str) -> str:
    return f"{text} = {literal(word)}" if word else f"{text} IS NULL"


def _constant(value: str | None) -> str:
    return "NULL" if value is None else literal(value)


def _value(filling: Filling, column: Column, text: str) -> str:
    cell = filling.cells[column.name]
    value = parse(column.kind, text, cell.format or filling.mapping.times)
    if cell.multiply is not None:
        # decimals, so that 12345 fen are 123.45 and not 123.45000000000002
        exact = f"CAST({value} AS DECIMAL(24, 6)) * CAST({literal(str(cell.multiply))} AS DECIMAL(14, 9))"
        value = f"CASE WHEN abs({value}) * {cell.multiply} < {LIMIT} THEN CAST({exact} AS DOUBLE) END"
    return f"{literal(cell.prefix)} || {value}" if cell.prefix else value


_BROKEN = (
    "CASE WHEN _broken IS NOT NULL THEN"
    " {'reason': 'broken-row', 'column': NULL::VARCHAR, 'value': NULL::VARCHAR, 'message': _broken} END"
)


def _fault(column: Column, number: int) -> str:
    """What is wrong with one value, as a struct; NULL where nothing is."""
    text, value = f"t{number}", f"v{number}"
    tests = []
    if column.kind == "id":
        tests.append((digits_lost(text), "digits-lost", "the id was rounded by a spreadsheet: export it as text"))
    tests.append((f"{text} IS NOT NULL AND {value} IS NULL", "unparsable-value", f"is no {column.kind}"))
    if column.required:
        tests.append((f"{value} IS NULL", "missing-value", "is required"))
    if column.values:
        allowed = f"is none of {', '.join(column.values)}"
        tests.append((f"{value} NOT IN {listed(column.values)}", "value-not-in-list", allowed))
    if column.bounds:
        low, high = column.bounds
        tests.append((f"{value} NOT BETWEEN {low} AND {high}", "value-not-in-list", f"is not {low} to {high}"))
    cases = " ".join(
        f"WHEN {test} THEN {{'reason': {literal(reason)}, 'column': {literal(column.name)}, 'value': {text},"
        f" 'message': {literal(f'{column.name} {message}')}}}"
        for test, reason, message in tests
    )
    return f"CASE WHEN _broken IS NULL THEN CASE {cases} END END"


def _faulty(filling: Filling) -> str:
    """The quarantine's rows: one per faulty row, by its first fault; the message tells of the others."""
    names = list(filling.cells)
    key = filling.table.key[:1]
    row_id = f"t{names.index(key[0])}" if key and key[0] in names else "NULL"
    return (
        f"SELECT {literal(filling.table.name)}, _name, _row, {row_id}, _faults[1].reason, _faults[1].column,"
        " _faults[1].\"value\", array_to_string(list_transform(_faults, lambda fault: fault.message), '; ')"
        " FROM typed WHERE len(_faults) > 0"
    )


def _merged(filling: Filling, merge: Merge, rows: str) -> str:
    """One row for the lines that agree in the columns of `merge.by`."""
    columns = []
    for name in filling.cells:
        quoted = identifier(name)
        way = merge.columns.get(name, "first")
        if name not in merge.by:
            quoted = f"{_together(way, quoted, filling.table.column(name))} AS {quoted}"
        columns.append(quoted)
    by = ", ".join(map(identifier, merge.by))
    place = ", ".join(f"first({name} ORDER BY {ORDER}) AS {name}" for name in ("_file", "_row", "_name"))
    return f"SELECT {place}, {', '.join(columns)} FROM ({rows}) GROUP BY {by}"


def _summed(filling: Filling, merge: Merge) -> list[str]:
    return [name for name in filling.cells if name not in merge.by and merge.columns.get(name) == "sum"]


def _too_much(filling: Filling, name: str) -> str:
    """The quarantine's rows: one per merged row whose sum is beyond every amount and count."""
    key = filling.table.key[:1]
    row_id = f"CAST({identifier(key[0])} AS VARCHAR)" if key and key[0] in filling.cells else "NULL"
    total = identifier(name)
    return (
        f"SELECT {literal(filling.table.name)}, _name, _row, {row_id}, 'unparsable-value', {literal(name)},"
        f" CAST({total} AS VARCHAR), {literal(f'{name} adds up to more than any amount or count')}"
        f" FROM merged WHERE abs({total}) >= {LIMIT}"
    )


def _cast_back(filling: Filling, merge: Merge) -> str:
    """The merged rows, sums in the contract's types again."""
    kinds = {name: filling.table.column(name).kind for name in _summed(filling, merge)}
    casts = [
        f"CAST({identifier(name)} AS {'BIGINT' if kind == 'integer' else 'DOUBLE'}) AS {identifier(name)}"
        for name, kind in kinds.items()
    ]
    return f"SELECT * REPLACE ({', '.join(casts)}) FROM merged" if casts else "SELECT * FROM merged"


def _together(way: str, value: str, column: Column) -> str:
    """Several values as one; sums are exact whatever the order of the lines, and as wide as they get."""
    if way == "sum":
        return f"sum(CAST({value} AS {'HUGEINT' if column.kind == 'integer' else 'DECIMAL(24, 6)'}))"
    if way in ("first", "last"):
        return f"{way}({value} ORDER BY {ORDER}) FILTER ({value} IS NOT NULL)"
    return f"{way}({value})"
