"""What a score run tells on the terminal: the distribution, how many are scored, how much is assumed."""

import json
from bisect import bisect_left
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from itertools import accumulate, pairwise
from typing import Any

import ibis
import ibis.expr.types as ir

from steelyard.cli.printing import Format, Language, plain, put, put_rows, put_table
from steelyard.engines import Engine
from steelyard.scorecards.covers import numbers
from steelyard.scorecards.model import Scorecard
from steelyard.scoring.running import Result

BINS = 10
"""Bars of the distribution over the scorecard's scale."""
_WORDS = {
    "zh": (
        ("已出分", "数据不足", "中位数", "前 10% 下限", "后 10% 上限"),
        ("得分", "店铺数", ""),
        ("指标", "有值", "无数据", "数据量不足"),
    ),
    "en": (
        ("scored", "insufficient", "median", "best tenth from", "worst tenth to"),
        ("score", "shops", ""),
        ("indicator", "ok", "no data", "below minimum"),
    ),
}  # fmt: skip

_LINE_HEADS: dict[str, dict[str, str]] = {
    "zh": {"scorecard": "评分卡", "title": "名称", "scored": "已出分", "insufficient": "数据不足", "median": "中位数",
           "best_tenth_from": "前 10% 下限", "worst_tenth_to": "后 10% 上限", "numbers": "数字", "assumed": "其中假设"},
    "en": {"scorecard": "scorecard", "title": "title", "scored": "scored", "insufficient": "insufficient",
           "median": "median", "best_tenth_from": "best tenth from", "worst_tenth_to": "worst tenth to",
           "numbers": "numbers", "assumed": "assumed"},
}  # fmt: skip


def put_summary(engine: Engine, scorecard: Scorecard, day: date, lang: Language, how: Format) -> None:
    """The summary of `day`, the last one scored on `engine`: its result tables still stand there."""
    tables = (engine.backend.table(name) for name in ("scores", "indicators"))
    last = [rows.filter(rows.as_of == ibis.literal(day)) for rows in tables]
    scores = _counted(engine, last[0], "status", "score")
    indicators = _counted(engine, last[1], "indicator", "status")
    facts = summary_of(scorecard, scores, indicators, day)
    if how is Format.json:
        put(json.dumps(plain(facts), ensure_ascii=False, indent=2))
    elif how is Format.csv:
        put_rows([{key: value for key, value in facts.items() if not isinstance(value, list)}], how)
    else:
        _put_tables(scorecard, facts, lang)


def line_of(result: Result, lang: Language) -> dict[str, Any]:
    """One scorecard's result in one line: how many are scored, the middle and both ends."""
    scores = _counted(result.engine, result.tables["scores"], "status", "score")
    indicators = _counted(result.engine, result.tables["indicators"], "indicator", "status")
    facts = summary_of(result.scorecard, scores, indicators, result.day)
    shown = ("scored", "insufficient", "median", "best_tenth_from", "worst_tenth_to", "numbers", "assumed")
    return {
        "scorecard": result.scorecard.name,
        "title": getattr(result.scorecard.title, lang),
        **{key: facts[key] for key in shown},
    }


def put_lines(lines: list[dict[str, Any]], lang: Language, how: Format) -> None:
    """One line per scorecard; for people under heads in their language, and without paths."""
    if how is not Format.table:
        put_rows(lines, how)
        return
    heads = _LINE_HEADS[lang]
    put_table(list(heads.values()), [[line[key] for key in heads] for line in lines])


def _counted(engine: Engine, rows: ir.Table, *columns: str) -> dict[tuple[Any, ...], int]:
    """How many rows say the same in `columns`: a few hundred lines, however many shops there are."""
    lines = engine.arrow(rows.group_by(*columns).aggregate(n=ibis._.count())).to_pylist()
    return {tuple(line[name] for name in columns): line["n"] for line in lines}


def summary_of(
    scorecard: Scorecard, scores: Mapping[tuple[Any, ...], int], indicators: Mapping[tuple[Any, ...], int], day: date
) -> dict[str, Any]:
    """The figures: counts by status, quantiles, histogram, data per indicator, assumed numbers.

    Of `scores` it takes how many shops there are by status and score, of `indicators` by indicator and status.
    """
    found = sorted((score, shops) for (_, score), shops in scores.items() if score is not None)
    counted = numbers(scorecard)
    return {
        "scorecard": scorecard.name,
        "as_of": day,
        "subjects": sum(scores.values()),
        "scored": sum(shops for _, shops in found),
        "insufficient": sum(shops for (status, _), shops in scores.items() if status == "insufficient"),
        "median": _quantile(found, 50),
        "best_tenth_from": _quantile(found, 90),
        "worst_tenth_to": _quantile(found, 10),
        "numbers": counted.total,
        "assumed": counted.assumed,
        "distribution": _histogram(scorecard, found),
        "indicators": [
            {
                "indicator": i.id,
                **{s: indicators.get((i.id, s), 0) for s in ("ok", "no_data", "below_minimum")},
            }
            for i in scorecard.indicators
        ],
    }


def _quantile(found: list[tuple[Decimal, int]], percent: int) -> Decimal | None:
    """The nearest-rank quantile of scores in order, each with the number of shops that have it."""
    upto = list(accumulate(shops for _, shops in found))
    return found[bisect_left(upto, max(1, -(-upto[-1] * percent // 100)))][0] if found else None


def _histogram(scorecard: Scorecard, found: list[tuple[Decimal, int]]) -> list[dict[str, Any]]:
    low, high = scorecard.scale.min, scorecard.scale.max
    width = (high - low) / BINS
    edges = [low + width * number for number in range(BINS + 1)]
    bars = []
    for number, (start, end) in enumerate(pairwise(edges)):
        last = number == BINS - 1
        shops = sum(n for value, n in found if start <= value < end or (last and value == end))
        bars.append({"from": start.normalize(), "to": end.normalize(), f"{scorecard.subject}s": shops})
    return bars


def _put_tables(scorecard: Scorecard, facts: Mapping[str, Any], lang: Language) -> None:
    figures, scale, kinds = _WORDS[lang]
    many = f"{scorecard.subject}s"
    if scorecard.subject == "agent":
        scale = (scale[0], "客服数" if lang == "zh" else many, scale[2])
    title, counted = getattr(scorecard.title, lang), getattr(numbers(scorecard), lang)()
    put(f"{scorecard.name} {title} · {facts['as_of']} · {counted}")
    put_table(
        figures,
        [[facts[key] for key in ("scored", "insufficient", "median", "best_tenth_from", "worst_tenth_to")]],
    )
    most = max(bar[many] for bar in facts["distribution"]) or 1
    bars = [
        (f"{bar['from']:f} – {bar['to']:f}", bar[many], "█" * (-(-bar[many] * 40 // most)))
        for bar in facts["distribution"]
    ]
    put_table(scale, bars)
    titles = {i.id: getattr(i.title, lang) for i in scorecard.indicators}
    lines = [(titles[row["indicator"]], row["ok"], row["no_data"], row["below_minimum"]) for row in facts["indicators"]]
    put_table(kinds, lines)
