"""States: what assessments over time have made of subjects, given beside the events folder."""

from dataclasses import replace
from pathlib import Path

from steelyard.errors import InputError, Problem
from steelyard.events.check import Events
from steelyard.facts import STATES, states_schema


def with_states(events: Events, file: Path) -> Events:
    """`events` with the states of a Parquet file on its engine: `subject_id`, `name`, `value`, `from_on`, `to_on`.

    Raises InputError `no-such-file`, `missing-column`, or `wrong-type` where a column cannot be read as it should.
    """
    if not file.is_file():
        raise InputError(Problem("no-such-file", str(file), "there is no such file", "give a Parquet file of states"))
    rows = events.engine.read_parquet([file])
    schema = states_schema(events.id_type)
    missing = [column for column in schema if column not in rows.columns]
    if missing:
        fix = f"give the columns {', '.join(schema)}"
        raise InputError([Problem("missing-column", f"{file} {column}", "it is not there", fix) for column in missing])
    wrong = [column for column, kind in schema.items() if not rows[column].type().castable(kind)]
    if wrong:
        raise InputError(
            [Problem("wrong-type", f"{file} {c}", f"it is {rows[c].type()}", f"write {schema[c]}") for c in wrong]
        )
    cast = {column: rows[column].cast(kind) for column, kind in schema.items()}
    events.engine.store(STATES, rows.select(**cast))
    return replace(events, has_states=True)
