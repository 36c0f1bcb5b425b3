"""`problems`: what buyers call for help about, and what the end of each scenario would win."""

from datetime import date
from typing import Annotated, Any

import typer

from steelyard import calls
from steelyard.cli.printing import Format, FormatOption, Language, LanguageOption, put, put_rows, spinner, steps
from steelyard.cli.scenarios import MODULE_TITLES
from steelyard.cli.scorecards import RulesOption
from steelyard.cli.scores import AsOfOption, EngineOption, EventsOption, SetOption, WantedArgument, tell, values_of
from steelyard.events.scenarios import catalogue
from steelyard.insight.problems import COLUMNS, NO_ORDER, CoreProblem, core_problems, without_order
from steelyard.scoring.run import score_events

_HEADS = {
    "module": "模块",
    "name": "场景",
    "orders": "订单",
    "share": "占模块",
    "rate": "占成团订单",
    "before": "上期订单",
    "change": "较上期",
    "wins": "解决后加分",
}
_UNKNOWN = ("未归类", "of no module")
_UNNAMED = ("未填写", "not given")
_ADRIFT = ("没有可归属的订单，未计入的求助：{}", "requests that hang on no order and do not count: {}")


def register(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command("problems", rich_help_panel="Scores")(problems_command)


def problems_command(
    wanted: WantedArgument,
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="The shop's id.")],
    events: EventsOption,
    as_of: AsOfOption,
    lang: LanguageOption,
    most: Annotated[int, typer.Option("--most", metavar="N", min=1, help="How many scenarios of each module.")] = 5,
    engine: EngineOption = "duckdb",
    values: SetOption = None,
    more: RulesOption = None,
    how: FormatOption = Format.table,
) -> None:
    """The core problems: per module the scenarios by frequency, their share and trend, and the points each costs."""
    day = calls.day_of(as_of)
    chosen = calls.choose_at(events, wanted, [day], values_of(values), more or ())
    with calls.opened(chosen, events, engine) as known:
        tell(chosen, known)
        shop = calls.subject_id(known, subject)
        with steps(f"scoring {chosen.scorecard.name} {day}") as progress:
            result = score_events(known.engine, known, chosen.scorecard, day, progress)
        with spinner(f"core problems of {subject}"):
            found = core_problems(known, result, shop, most)
            adrift = without_order(known, result, shop)
    if how is Format.table:
        put_rows([_line(each, day, lang) for each in found], how)
        if adrift:
            put(_ADRIFT[0 if lang == "zh" else 1].format(adrift))
    else:
        left = [{"left_out": NO_ORDER, "requests": adrift}] if adrift else []
        put_rows([*(each.record() for each in found), *left], how, (*COLUMNS, "left_out", "requests"))


def _line(problem: CoreProblem, day: date, lang: Language) -> dict[str, Any]:
    """A row for people: words for codes, heads in their language."""
    which = 0 if lang == "zh" else 1
    names = {each.code: getattr(each.name, lang) for each in catalogue(day)}
    module = _UNKNOWN[which] if problem.module is None else MODULE_TITLES[problem.module][which]
    name = _UNNAMED[which] if problem.scenario is None else names.get(problem.scenario, problem.scenario)
    shares = {key: f"{value:.2%}" for key in ("share", "rate") for value in [getattr(problem, key)]}
    change = None if problem.change is None else f"{problem.change:+.2%}"
    row = {**problem.record(), **shares, "change": change, "module": module, "name": name}
    return {(_HEADS[key] if which == 0 else key): row[key] for key in _HEADS}
