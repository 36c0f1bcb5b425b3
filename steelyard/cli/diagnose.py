"""`diagnose`: what each indicator of a shop says, costs and asks for, and where its misses come from."""

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from steelyard import calls
from steelyard.cli.printing import Format, FormatOption, Language, LanguageOption, put, put_rows, put_table, steps
from steelyard.cli.scorecards import RulesOption
from steelyard.cli.scores import AsOfOption, EngineOption, EventsOption, SetOption, WantedArgument, tell, values_of
from steelyard.errors import Problem, UsageError
from steelyard.insight.breakdown import Breakdown
from steelyard.insight.diagnosis import VIEWS, Diagnosed, Diagnosis, Opening, diagnose
from steelyard.insight.rule_words import POLICY, STATUS
from steelyard.insight.slice_words import ASPECT, carrier_in_words, key_in_words, slice_lines
from steelyard.measures.labels import LEFT_OUT
from steelyard.scorecards.model import Scorecard
from steelyard.scoring.run import score_events
from steelyard.scoring.wording import briefly, plain_number

WORST = 3
"""Slices named per aspect where no single indicator is asked for."""
_SAID: dict[str, tuple[str, str]] = {
    "indicator": ("指标", "indicator"),
    "value": ("数值", "value"),
    "status": ("状态", "status"),
    "mean": ("同行均值", "peers' mean"),
    "best": ("同行前 10%", "best tenth"),
    "points": ("得分", "points"),
    "weight": ("权重", "weight"),
    "cost": ("失分", "costs"),
    "days": ("近 {} 天", "{} days"),
    "under": ("不及均值", "under the mean"),
    "yes": ("是", "yes"),
    "advice": ("建议", "advice"),
    "left_out": ("不计入", "left out"),
    "score": ("得分", "score"),
    "no_score": ("暂无得分", "no score yet"),
    "so_far": ("窗口内已有 {}，需要 {}", "{} rows so far in the window, {} needed"),
    "expected": ("按目前速度预计 {} 起出分", "at the current pace a score is expected on {}"),
    "never": ("按目前速度达不到", "at the current pace there are never enough"),
    "lacking": ("计分必需而没有数据：{}", "needed and without data: {}"),
    "no_group": ("没有类目，无法比较", "it has no category to be compared in"),
    "not_low": ("没有得分不等于低分：影响均为未评估", "no score is not a low score: effects are not assessed"),
    "with_data": ("已有数据的指标：{}", "indicators that have data: {}"),
    "and": ("、", ", "),
    "colon": ("：", ": "),
    "numerator": ("分子", "numerator"),
    "denominator": ("分母", "denominator"),
    "misses": ("占失分", "of the misses"),
    "rows": ("占记录", "of the rows"),
    "wins": ("改用最佳快递可得", "best carrier would win"),
}


def register(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command("diagnose", rich_help_panel="Scores")(diagnose_command)


def diagnose_command(
    wanted: WantedArgument,
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="The shop's id, or the agent's.")],
    events: EventsOption,
    as_of: AsOfOption,
    lang: LanguageOption,
    indicator: Annotated[
        str | None,
        typer.Option("--indicator", metavar="ID", help="Every slice of this indicator."),
    ] = None,
    engine: EngineOption = "duckdb",
    values: SetOption = None,
    more: RulesOption = None,
    how: FormatOption = Format.table,
) -> None:
    """What each indicator says, what it costs, where its misses come from, and what helps."""
    day = calls.day_of(as_of)
    chosen = calls.choose_at(events, wanted, [day], values_of(values), more or ())
    _refuse_unknown(chosen.scorecard, indicator)
    with calls.opened(chosen, events, engine) as known:
        tell(chosen, known)
        shop = calls.subject_id(known, subject)
        with steps(f"scoring {chosen.scorecard.name} {day}") as progress:
            result = score_events(known.engine, known, chosen.scorecard, day, progress)
        found = diagnose(result, known, shop, None if indicator is None else {indicator})
    if how is not Format.table:
        put_rows(list(records(found)), how)
    elif indicator is not None:
        _put_slices(found.part(indicator), lang)
    else:
        _put_diagnosis(found, lang)


def _refuse_unknown(card: Scorecard, indicator: str | None) -> None:
    known = [part.id for part in card.measured]
    if indicator is not None and indicator not in known:
        fix = f"use one of {', '.join(known)}"
        raise UsageError(Problem("unknown-indicator", card.name, f"there is no indicator {indicator!r}", fix))


def records(found: Diagnosis) -> Iterator[dict[str, Any]]:
    """The diagnosis as flat rows: the opening where there is no score, each measured thing, each of its slices."""
    if found.opening is not None:
        yield {"level": "opening", **vars(found.opening)}
    scored = {part.id for part in found.scorecard.indicators}
    for each in found.parts:
        views = {f"value_{view.days}_days": view.value for view in each.views}
        row = {key: value for key, value in each.row.items() if key not in ("scorecard", "version", "as_of")}
        yield {
            "level": "indicator" if each.part.id in scored else "observed",
            **row,
            "cost": each.cost,
            "under_mean": each.under_mean,
            "from": each.window[0],
            "to": each.window[1],
            **views,
        }
        for breakdown in each.breakdowns:
            yield from _slice_records(each, breakdown)


def _slice_records(each: Diagnosed, found: Breakdown) -> Iterator[dict[str, Any]]:
    for piece in found.slices:
        yield {
            "level": "slice",
            "subject_id": each.row["subject_id"],
            "indicator": each.part.id,
            "aspect": found.aspect,
            "key": piece.key,
            "numerator": piece.numerator,
            "denominator": piece.denominator,
            "value": piece.value,
            "share_of_misses": piece.share_of_misses,
            "share_of_rows": piece.share_of_rows,
            "would_win": piece.would_win,
        }


def _words(lang: Language) -> dict[str, str]:
    return {key: text[0 if lang == "zh" else 1] for key, text in _SAID.items()}


def _put_diagnosis(found: Diagnosis, lang: Language) -> None:
    said, row = _words(lang), found.explanation.row
    score = said["no_score"] if row["score"] is None else f"{said['score']} {row['score']}"
    title = f"{found.scorecard.name} {getattr(found.scorecard.title, lang)}"
    put(f"{row['subject_id']} · {title} · {row['as_of']} · {score}")
    if found.opening is not None:
        for line in _opening_lines(found, found.opening, said, lang):
            put(line)
    heads = ["indicator", "value", "status", "mean", "best", "points", "weight", "cost"]
    days = [said["days"].format(days) for days in VIEWS]
    put_table([*(said[key] for key in heads), *days, said["under"]], [_line(each, said, lang) for each in found.parts])
    for each in found.parts:
        if each.needs_advice:
            put(f"\n{getattr(each.part.title, lang)}{said['colon']}{getattr(each.part.advice, lang)}")
            for text in slice_lines(each, lang.value, WORST):
                put(f"  {text}")


def _line(each: Diagnosed, said: dict[str, str], lang: Language) -> list[Any]:
    row, unit = each.row, each.part.unit
    policy = row.get("policy")
    known = [] if row["status"] == "ok" else [getattr(STATUS[row["status"]], lang)]
    status = " · ".join([*known, *([getattr(POLICY[policy], lang)] if policy else [])]) or None
    values = [getattr(briefly(row[name], unit), lang) for name in ("value", "peer_mean", "peer_best10")]
    views = [getattr(briefly(view.value, unit), lang) for view in each.views]
    points = [row.get("points"), row.get("weight"), each.cost]
    numbers = [None if number is None else plain_number(number) for number in points]
    under = said["yes"] if each.under_mean else None
    return [getattr(each.part.title, lang), values[0], status, *values[1:], *numbers, *views, under]


def _opening_lines(found: Diagnosis, opening: Opening, said: dict[str, str], lang: Language) -> Iterator[str]:
    card = found.scorecard
    titles = {part.id: getattr(part.title, lang) for part in card.indicators}
    titles |= {part.id: getattr(part.title, lang) for part in card.dimensions}
    yield said["so_far"].format(opening.volume, opening.needed)
    if opening.volume < opening.needed:
        yield said["never"] if opening.expected_on is None else said["expected"].format(opening.expected_on)
    if opening.missing:
        yield said["lacking"].format(said["and"].join(titles[name] for name in opening.missing))
    if opening.without_group:
        yield said["no_group"]
    yield said["not_low"]
    if opening.with_data:
        yield said["with_data"].format(said["and"].join(titles[name] for name in opening.with_data))


def _put_slices(each: Diagnosed, lang: Language) -> None:
    said = _words(lang)
    put(f"{getattr(each.part.title, lang)}{said['colon']}{getattr(each.part.advice, lang)}")
    if each.left_out:
        reasons = [f"{LEFT_OUT[code][0 if lang == 'zh' else 1]} {rows}" for code, rows in sorted(each.left_out.items())]
        put(f"{said['left_out']}{said['colon']}{said['and'].join(reasons)}")
    for found in each.breakdowns:
        carriers = found.aspect == "carrier"
        heads = [said[key] for key in ("numerator", "denominator", "value", "misses", "rows")]
        heads = [getattr(ASPECT[found.aspect], lang), *heads, *([said["wins"]] if carriers else [])]
        lines = []
        for piece in found.slices:
            shares = [f"{(share or 0) * 100:.1f}%" for share in (piece.share_of_misses, piece.share_of_rows)]
            value = getattr(briefly(piece.value, each.part.unit), lang)
            key = getattr(key_in_words(found.aspect, piece.key), lang)
            won = [None if piece.would_win is None else plain_number(piece.would_win)] if carriers else []
            lines.append([key, piece.numerator, piece.denominator, value, *shares, *won])
        put_table(heads, lines)
        if found.would_win is not None:
            put(getattr(carrier_in_words(found), lang))
