"""`score`, `explain`, `rows` and `sql`: scores out."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from steelyard import calls
from steelyard.choice import Chosen
from steelyard.cli.explaining import put_explanation
from steelyard.cli.printing import Format, FormatOption, Language, LanguageOption, put, put_rows, say, spinner, steps
from steelyard.cli.scorecards import RulesOption
from steelyard.cli.summary import line_of, put_lines, put_summary
from steelyard.errors import Problem, UsageError
from steelyard.events.check import Events
from steelyard.measures.labels import LEFT_OUT
from steelyard.scoring.explain import explain
from steelyard.scoring.run import score_events
from steelyard.scoring.running import Result

WantedArgument = Annotated[str, typer.Argument(metavar="ID[@VERSION]", help="Without a version: the one in force.")]
EventsOption = Annotated[Path, typer.Option("--events", metavar="DIR", help="The events folder, or a home.")]
AsOfOption = Annotated[
    str, typer.Option("--as-of", metavar="DATE", help="The day of the score; it knows what came before.")
]
EngineOption = Annotated[str, typer.Option("--engine", metavar="duckdb|spark", help="Where to compute.")]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="A setting of the engine (engine.threads=2) or a value of the scorecard.",
    ),
]
StatesOption = Annotated[
    Path | None,
    typer.Option("--states", metavar="FILE", help="States of shops over time (Parquet), as `programme --out` writes."),
]
KnownOption = Annotated[
    str | None,
    typer.Option("--known-on", metavar="DATE", help="What had arrived and been decided by this day counts."),
]
OnlyOption = Annotated[
    str | None, typer.Option("--only", metavar="shop|agent", help="With `all`: only scorecards of shops, or of agents.")
]
SCORES = "Scores"
ALL = "all"
"""Names every scorecard of the library."""


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command("score", rich_help_panel=SCORES)(score)
    app.command("explain", rich_help_panel=SCORES)(explain_command)
    app.command("rows", rich_help_panel=SCORES)(rows_command)
    app.command("sql", rich_help_panel=SCORES)(sql_command)


def values_of(pairs: list[str] | None) -> dict[str, str]:
    """What `--set` gives, by path; UsageError for what is no PATH=VALUE."""
    split = [pair.partition("=") for pair in pairs or []]
    wrong = [whole for whole, (path, equals, _) in zip(pairs or [], split, strict=True) if not (path and equals)]
    if wrong:
        raise UsageError(
            [
                Problem("bad-setting", f"--set {text}", "this is no PATH=VALUE", "write e.g. engine.threads=2")
                for text in wrong
            ]
        )
    return {path: value for path, _, value in split}


def tell(chosen: calls.Chosen, events: Events, place: str = "") -> None:
    """On stderr: notes on the choice, examples of faults, how many rows are quarantined."""
    for note in chosen.notes:
        say(f"note: {note}")
    for example in events.report.examples:
        say(str(example))
    if events.report.quarantined:
        say(f"{events.report.quarantined:,} rows quarantined{place}")


def score(
    wanted: Annotated[
        str, typer.Argument(metavar="ID[@VERSION]|all", help="Without a version: the one in force; `all`: every one.")
    ],
    events: EventsOption,
    as_of: AsOfOption,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the result tables.")],
    lang: LanguageOption,
    first: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="Score every day from here to --as-of.")
    ] = None,
    engine: EngineOption = "duckdb",
    values: SetOption = None,
    more: RulesOption = None,
    states: StatesOption = None,
    known_on: KnownOption = None,
    only: OnlyOption = None,
    how: FormatOption = Format.table,
) -> None:
    """Score every shop or agent and write the result contract; prints a summary."""
    _refuse_only(wanted, only)
    informed = _informed(known_on)
    last = calls.day_of(as_of)
    days = calls.days_between(calls.day_of(first) if first else last, last)
    if wanted == ALL:
        every = _every(days, values_of(values), more or (), only)
        _score_all(days, events, out, (engine, states, informed), (every, lang, how))
        return
    chosen = calls.choose_at(events, wanted, days, values_of(values), more or ())
    with calls.opened(chosen, events, engine, states, informed) as known:
        tell(chosen, known, f", see {out / 'quarantine.parquet'}")
        with steps(f"scoring {chosen.scorecard.name}", len(days)) as progress:
            paths = calls.score_to(chosen, known, out, progress)
        put_summary(known.engine, chosen.scorecard, last, lang, how)
    for path in paths.values():
        say(f"written: {path}")


def _informed(known_on: str | None) -> date | None:
    return calls.day_of(known_on) if known_on else None


def _refuse_only(wanted: str, only: str | None) -> None:
    if only is None:
        return
    if wanted != ALL:
        message, fix = f"{wanted} is one scorecard", "leave it out, or score `all`"
        raise UsageError(Problem("only-with-all", f"--only {only}", message, fix))
    if only not in {"shop", "agent"}:
        raise UsageError(
            Problem("unknown-subject-kind", f"--only {only}", "nobody of the kind is scored", "use shop or agent")
        )


def _every(days: Sequence[date], values: dict[str, str], more: Sequence[Path], only: str | None) -> list[Chosen]:
    """Every scorecard of the library that can be scored, or those of one kind of subject; says why others cannot."""
    every, reasons = calls.choose_all(days, values, more)
    for reason in reasons:
        say(f"note: {reason}")
    return [chosen for chosen in every if only in {None, chosen.scorecard.subject}]


def _score_all(
    days: Sequence[date], events: Path, out: Path, running: tuple[str, Path | None, date | None],
    options: tuple[Sequence[Chosen], Language, Format],
) -> None:  # fmt: skip
    """Each of several scorecards into its own folder, facts counted once."""
    every, lang, how = options
    lines: list[dict[str, Any]] = []
    with calls.opened(every, events, *running) as known:
        for chosen in every:
            tell(chosen, known)

        def told(result: Result) -> None:
            lines.append(line_of(result, lang))

        with steps("scoring every scorecard", len(days)) as progress:
            calls.score_all_to(every, known, out, progress, told)
    put_lines(lines, lang, how)
    say(f"written: {out}")


def explain_command(
    wanted: WantedArgument,
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="The shop's id, or the agent's.")],
    events: EventsOption,
    as_of: AsOfOption,
    lang: LanguageOption,
    engine: EngineOption = "duckdb",
    values: SetOption = None,
    more: RulesOption = None,
    known_on: KnownOption = None,
    how: FormatOption = Format.table,
) -> None:
    """The whole derivation of one score: dimensions, indicators, counts, peers, clauses, and their costs."""
    day = calls.day_of(as_of)
    chosen = calls.choose_at(events, wanted, [day], values_of(values), more or ())
    with calls.opened(chosen, events, engine, known_on=_informed(known_on)) as known:
        tell(chosen, known)
        shop = calls.subject_id(known, subject)
        with steps(f"scoring {chosen.scorecard.name} {day}") as progress:
            result = score_events(known.engine, known, chosen.scorecard, day, progress)
        explanation = explain(result, shop)
    if how is Format.table:
        put_explanation(explanation, lang)
    else:
        put_rows(list(explanation.records()), how)


def rows_command(
    wanted: WantedArgument,
    indicator: Annotated[str, typer.Argument(metavar="INDICATOR", help="An indicator's id, or `volume`.")],
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="The shop's id, or the agent's.")],
    events: EventsOption,
    as_of: AsOfOption,
    lang: LanguageOption,
    engine: EngineOption = "duckdb",
    values: SetOption = None,
    more: RulesOption = None,
    known_on: KnownOption = None,
    how: FormatOption = Format.table,
) -> None:
    """The rows behind a number: counted, eligible, or left out and why."""
    day = calls.day_of(as_of)
    chosen = calls.choose_at(events, wanted, [day], values_of(values), more or ())
    with calls.opened(chosen, events, engine, known_on=_informed(known_on)) as known:
        tell(chosen, known)
        with spinner(f"rows of {indicator} for {subject}"):
            found = calls.rows(known, chosen.scorecard, day, indicator, calls.subject_id(known, subject)).to_pylist()
    said = {code: text[0 if lang == "zh" else 1] for code, text in LEFT_OUT.items()}
    lines: list[dict[str, Any]] = [{**row, "because": said.get(row["reason"], row["reason"])} for row in found]
    columns = ["row_id", "part", "anchor", "eligible_at", "counted_at", "amount", "state", "reason", "because"]
    if how is Format.table:  # people need no columns that say nothing here, nor a code beside its words
        columns = [name for name in columns if name != "reason" and any(line[name] is not None for line in lines)]
    put_rows(lines, how, columns)
    tally = {state: sum(row["state"] == state for row in found) for state in ("counted", "eligible", "left_out")}
    say(" · ".join(f"{state} {count:,}" for state, count in tally.items()))


def sql_command(
    wanted: WantedArgument,
    as_of: AsOfOption,
    dialect: Annotated[str, typer.Option(metavar="spark|clickhouse|duckdb", help="Whose SQL.")] = "duckdb",
    values: SetOption = None,
    more: RulesOption = None,
    how: FormatOption = Format.table,
) -> None:
    """The SQL of each step, over the tables of the event contract."""
    statements = calls.sql(wanted, as_of=as_of, dialect=dialect, values=values_of(values), rules=more or ())
    if how is Format.table:
        put("\n\n".join(f"-- {name}\n{statement};" for name, statement in statements))
    else:
        put_rows([{"step": name, "sql": statement} for name, statement in statements], how)
