"""`replies`: reply and service metrics of agents, shops or days over a period, and the rows behind a number."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, get_args

import typer

from steelyard import calls
from steelyard.choice import ENGINE
from steelyard.cli.printing import Format, FormatOption, Language, LanguageOption, file_of_rows, put_rows, say, spinner
from steelyard.cli.scores import EngineOption, EventsOption, values_of
from steelyard.errors import Problem, UsageError
from steelyard.events.check import Events
from steelyard.facts import Judged
from steelyard.landing import draft_beside
from steelyard.measures.labels import LEFT_OUT
from steelyard.service.report import COLUMNS, Asked, Row, Subject, report, rows_of
from steelyard.service.settings import SHEET, Settings, platforms, settings_of
from steelyard.service.trend import TREND, Every, trend
from steelyard.windows import Period

_ROW_COLUMNS = ("row_id", "anchor", "eligible_at", "counted_at", "amount", "state", "reason", "because")
_PLACES = {".csv": Format.csv, ".json": Format.json}

ByOption = Annotated[str, typer.Option("--by", metavar="agent|shop|day", help="Whose numbers.")]
FromOption = Annotated[str, typer.Option("--from", metavar="DATE", help="The first day.")]
ToOption = Annotated[str, typer.Option("--to", metavar="DATE", help="The first day after the period.")]
PlatformOption = Annotated[
    str, typer.Option("--platform", metavar="NAME", help=f"Whose settings: {', '.join(platforms())}.")
]
SettingsOption = Annotated[
    Path | None, typer.Option("--settings", metavar="FILE", help="Settings of your own, instead of a platform's.")
]
ValuesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="PATH=VALUE", help="A setting of the engine (engine.threads=2) or a value of the settings."
    ),
]
MetricOption = Annotated[
    list[str] | None, typer.Option("--metric", metavar="NAME", help="Only this metric; may be given several times.")
]
RowsOption = Annotated[
    tuple[str, str] | None,
    typer.Option("--rows", metavar="METRIC SUBJECT", help="Instead of the numbers the rows behind one of them."),
]
EveryOption = Annotated[
    str | None, typer.Option("--every", metavar="week|month", help="A row for each week or month, with the change.")
]
OutOption = Annotated[
    Path | None, typer.Option("--out", metavar="FILE.csv|FILE.json", help="Write to this file instead of printing.")
]


def register(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command("replies", rich_help_panel="Service")(replies)


def replies(
    events: EventsOption,
    by: ByOption,
    first: FromOption,
    end: ToOption,
    lang: LanguageOption,
    platform: PlatformOption = SHEET,
    own: SettingsOption = None,
    values: ValuesOption = None,
    metrics: MetricOption = None,
    behind: RowsOption = None,
    every: EveryOption = None,
    out: OutOption = None,
    engine: EngineOption = "duckdb",
    how: FormatOption = Format.table,
) -> None:
    """Reply and service metrics over a period: counts, values, medians, and the rows behind any of them."""
    settings, running = settings_and_running((platform, own), values)
    wanted = [behind[0]] if behind else metrics
    settings = settings.only(wanted) if wanted else settings
    judged, period, steps = _judged(by), period_of(first, end), _every(every, by, behind)
    how = how if out is None else kind_of(out)
    with calls.opened_for(settings, events, (engine, running)) as known:
        tell(known)
        asked = Asked(known, settings, judged, period)
        with spinner(
            f"{settings.title.zh if lang == Language.zh else settings.title.en} {period.first} … {period.end}"
        ):
            if behind is not None:
                lines, columns = _rows(asked, behind, lang)
            else:
                found, names = (report(asked), COLUMNS) if steps is None else (trend(asked, steps), TREND)
                lines, columns = _lines(found, settings, how, lang, names)
    if out is None:
        put_rows(lines, how, columns)
    else:
        write_text(out, file_of_rows(lines, how, columns))
        say(f"written: {out}")


def settings_and_running(given: tuple[str, Path | None], values: list[str] | None) -> tuple[Settings, dict[str, str]]:
    """The settings of a platform or of a file, values set in them, and the settings of the engine."""
    texts = values_of(values)
    own = {path: text for path, text in texts.items() if not path.startswith(ENGINE)}
    running = {path.removeprefix(ENGINE): text for path, text in texts.items() if path.startswith(ENGINE)}
    return settings_of(*given, own), running


def _judged(by: str) -> Judged:
    for known in get_args(Judged):
        if by == known:
            judged: Judged = known
            return judged
    fix = "use agent, shop or day"
    raise UsageError(Problem("unknown-subject-kind", f"--by {by}", "numbers are by agent, shop or day", fix))


def period_of(first: str, end: str) -> Period:
    """The days from `first` to before `end`; UsageError where there is none."""
    return calls.period_of(calls.day_of(first), calls.day_of(end))


def kind_of(out: Path) -> Format:
    """CSV or JSON by the ending of a file's name; UsageError for any other."""
    if out.suffix not in _PLACES or out.is_dir():
        fix = f"name a file that ends in {' or '.join(_PLACES)}"
        raise UsageError(Problem("unknown-document", f"--out {out}", "it is neither CSV nor JSON", fix))
    return _PLACES[out.suffix]


def tell(known: Events) -> None:
    """What was found amiss in the events, on stderr."""
    for example in known.report.examples:
        say(str(example))
    if known.report.quarantined:
        say(f"{known.report.quarantined:,} rows quarantined")


def _every(every: str | None, by: str, behind: tuple[str, str] | None) -> Every | None:
    if every is None:
        return None
    if behind is not None or by == "day":
        message = "rows behind a number, and days, are of the period as a whole"
        raise UsageError(Problem("every-not-here", f"--every {every}", message, "leave it out"))
    for known in get_args(Every):
        if every == known:
            step: Every = known
            return step
    raise UsageError(Problem("unknown-step", f"--every {every}", "there are no such steps", "use week or month"))


def _lines(
    rows: list[Row], settings: Settings, how: Format, lang: Language, names: Sequence[str]
) -> tuple[list[Row], Sequence[str]]:
    """The rows as they are printed: people see a metric's title and no distribution, JSON has numbers as numbers."""
    if how is Format.json:
        return [{name: _number(value) for name, value in row.items()} for row in rows], names
    if how is Format.csv:
        return [row | {"distribution": _short(row["distribution"])} for row in rows], names
    titles = {metric.name: metric.title.zh if lang == Language.zh else metric.title.en for metric in settings.metrics}
    columns = [name for name in names if name != "distribution"]
    return [row | {"title": titles[row["metric"]]} for row in rows], [*columns, "title"]


def _number(value: Any) -> Any:
    """A decimal as the number that has its digits where fifteen are enough, else as text."""
    if not isinstance(value, Decimal):
        return value
    number = float(value)
    return number if Decimal(repr(number)) == value else str(value)


def _short(distribution: list[Row] | None) -> str | None:
    """`30:12 60:3 over:1`: how many up to each bound and above the one before, and above all."""
    if distribution is None:
        return None
    return " ".join(f"{'over' if each['up_to'] is None else each['up_to']}:{each['count']}" for each in distribution)


def _rows(asked: Asked, behind: tuple[str, str], lang: Language) -> tuple[list[dict[str, Any]], Sequence[str]]:
    metric, text = behind
    subject: Subject = calls.day_of(text) if asked.judged == "day" else calls.subject_id(asked.events, text)
    found = rows_of(asked, metric, subject).to_pylist()
    said = {code: words[0 if lang == Language.zh else 1] for code, words in LEFT_OUT.items()}
    states = {state: sum(row["state"] == state for row in found) for state in ("counted", "eligible", "left_out")}
    say(" · ".join(f"{state} {count:,}" for state, count in states.items()))
    return [row | {"because": said.get(row["reason"], row["reason"])} for row in found], _ROW_COLUMNS


def write_text(out: Path, text: str) -> None:
    """The file whole under its name, or not at all."""
    target = out.resolve()
    with draft_beside(target) as beside:
        draft = beside / target.name
        draft.write_text(text + "\n", encoding="utf-8")
        draft.replace(target)
