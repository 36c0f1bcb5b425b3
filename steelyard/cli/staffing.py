"""`staffing`: hours of a shop, one more agent by a model, uneven load, weakest items, long suspensions."""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

import typer

from steelyard import calls
from steelyard.cli.printing import (
    Format,
    FormatOption,
    Language,
    LanguageOption,
    as_json,
    file_of_rows,
    put,
    put_rows,
    say,
    spinner,
)
from steelyard.cli.replies import (
    FromOption,
    OutOption,
    PlatformOption,
    SettingsOption,
    ToOption,
    ValuesOption,
    kind_of,
    period_of,
    settings_and_running,
    tell,
    write_text,
)
from steelyard.cli.scores import EngineOption, EventsOption
from steelyard.errors import Problem, UsageError
from steelyard.service.report import Asked
from steelyard.service.settings import SHEET
from steelyard.service.shop_hours import PARTS, Aim, Staffing
from steelyard.service.shop_hours import staffing as staffing_of
from steelyard.service.staffing import HOURS, LOAD, SUSPENDED, TRAINING

_COLUMNS = dict(zip(PARTS, (HOURS, LOAD, TRAINING, SUSPENDED), strict=True))
_SHOWN = _COLUMNS | {
    "hours": (
        "weekday", "hour", "written", "messages", "misses", "value", "median", "agents_online", "rescued",
        "value_with_one_more", "state", "status",
    ),
}  # fmt: skip
"""What people see of each list."""
_TITLES = {
    "hours": ("分时段", "By weekday and hour"),
    "load": ("各客服的工作量", "Load of each agent"),
    "training": ("各客服最弱的一项", "Each agent's weakest item"),
    "suspended": ("超时挂起", "Long suspensions"),
}
_SOURCES = {
    "given": ("给定", "given"),
    "platform": ("平台要求", "required by the platform"),
    "own": ("本期自身水平", "the shop's own value of the period"),
}


def register(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command("staffing", rich_help_panel="Service")(staffing)


def staffing(
    events: EventsOption,
    shop: Annotated[str, typer.Option("--shop", metavar="ID", help="The shop.")],
    first: FromOption,
    end: ToOption,
    lang: LanguageOption,
    metric: Annotated[
        str, typer.Option("--metric", metavar="NAME", help="The clock of messages to go by.")
    ] = "answer_rate_30s",
    target: Annotated[
        str | None, typer.Option("--target", metavar="SHARE", help="The share to be reached, 0 to 1.")
    ] = None,
    part: Annotated[str | None, typer.Option("--part", metavar="|".join(PARTS), help="Only this list.")] = None,
    platform: PlatformOption = SHEET,
    own: SettingsOption = None,
    values: ValuesOption = None,
    out: OutOption = None,
    engine: EngineOption = "duckdb",
    how: FormatOption = Format.table,
) -> None:
    """Where a shop lacks agents: hours, one more agent (an estimate), load, weakest items, long suspensions."""
    settings, running = settings_and_running((platform, own), values)
    period, wanted = period_of(first, end), _share(target)
    how = how if out is None else kind_of(out)
    parts = _parts(part, how)
    with calls.opened_for(settings, events, (engine, running)) as known:
        tell(known)
        with spinner(f"{settings.title.zh if lang == Language.zh else settings.title.en} {first} … {end}"):
            found = staffing_of(
                Asked(known, settings, "agent", period), calls.subject_id(known, shop), (metric, wanted), parts
            )
    for line in _said(found, lang):
        say(line)
    if out is not None:
        write_text(out, _file(found, parts, how))
        say(f"written: {out}")
    else:
        _put(found, parts, how, lang)


def _put(found: Staffing, parts: Sequence[str], how: Format, lang: Language) -> None:
    if how is not Format.table:
        put(_file(found, parts, how))
        return
    for each in parts:
        put(_TITLES[each][0 if lang == Language.zh else 1])
        put_rows(found.parts[each], how, _SHOWN[each])


def _share(text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        share = Decimal(text)
        fits = 0 <= share <= 1
    except InvalidOperation:  # no number, or one that compares with nothing
        fits = False
    if not fits:
        raise UsageError(Problem("bad-target", f"--target {text}", "it is no share", "give a number from 0 to 1"))
    return share


def _parts(part: str | None, how: Format) -> Sequence[str]:
    if part is not None and part not in PARTS:
        fix = f"use one of {', '.join(PARTS)}"
        raise UsageError(Problem("unknown-part", f"--part {part}", "there is no such list", fix))
    if part is None and how is Format.csv:
        message, fix = "a CSV file holds one list", f"name it: --part {'|'.join(PARTS)}"
        raise UsageError(Problem("part-needed", "--part", message, fix))
    return PARTS if part is None else [part]


def _file(found: Staffing, parts: Sequence[str], how: Format) -> str:
    """One list as an array, or all of them and what was aimed at as an object."""
    if len(parts) == 1:
        return file_of_rows(found.parts[parts[0]], how, _COLUMNS[parts[0]])
    lists = {name: [{key: row.get(key) for key in _COLUMNS[name]} for row in found.parts[name]] for name in parts}
    aim: dict[str, Any] = {
        "metric": found.aim.metric, "within_seconds": found.aim.limit, "target": found.aim.target,
        "target_from": found.aim.source, "answer_seconds": found.answer_seconds,
    }  # fmt: skip
    return as_json({"aim": aim} | lists)


def _said(found: Staffing, lang: Language) -> list[str]:
    """What the numbers rest on."""
    aim, answer = found.aim, found.answer_seconds
    if "hours" not in found.parts:
        return []
    short = sum(row["state"] == "with_one_more" for row in found.parts["hours"])
    if lang == Language.zh:
        return [_aimed_zh(aim), _model_zh(answer), f"多一名客服即可达标的时段：{short} 个（估算）"]
    return [
        _aimed_en(aim),
        _model_en(answer),
        f"hours that one more agent would have brought to it (estimated): {short}",
    ]


def _aimed_zh(aim: Aim) -> str:
    return f"目标：{aim.metric} 不低于 {aim.target}（{_SOURCES[aim.source][0]}），时限 {aim.limit} 秒"


def _aimed_en(aim: Aim) -> str:
    return f"target: {aim.metric} at least {aim.target} ({_SOURCES[aim.source][1]}), within {aim.limit} seconds"


def _model_zh(answer: int | None) -> str:
    if answer is None:
        return "没有一条消息按时得到回复，无法估算多一名客服的效果"
    return f"估算：多一名客服按先后接手超时的消息，每条用 {answer} 秒（按时回复的等待时长的中位数）"


def _model_en(answer: int | None) -> str:
    if answer is None:
        return "no message was answered in time, so that one more agent cannot be estimated"
    return (
        f"estimate: one more agent takes late messages in turn, {answer} seconds each, the median wait of those in time"
    )
