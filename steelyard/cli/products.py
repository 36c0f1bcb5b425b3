"""`products`: what the product pages of a shop cost, and how its catalogue stands today."""

from typing import Annotated, Any

import typer

from steelyard import calls
from steelyard.cli.printing import Format, FormatOption, Language, LanguageOption, put, put_rows, put_table, steps
from steelyard.cli.scorecards import RulesOption
from steelyard.cli.scores import (
    SCORES,
    AsOfOption,
    EngineOption,
    EventsOption,
    SetOption,
    WantedArgument,
    tell,
    values_of,
)
from steelyard.insight.product_pages import FAULTS, WHY_THEY_DIFFER, ProductPage, catalogue_score, product_pages
from steelyard.scoring.run import score_events

_HEADS = {
    "zh": ("商品", "达标率", "画风 达标/考核", "导购信息 达标/考核", "不达标原因（天数）", "可挽回分数", "今日商品分"),
    "en": ("product", "share", "image passed/checked", "attributes passed/checked", "faults (days)", "wins", "today"),
}
_NOT_ASSESSED = {"zh": "不考核", "en": "not assessed"}
_TODAY = {
    "zh": "今日商品基础分（按画风与导购信息估算）：{}",
    "en": "catalogue score today (estimated from images and attributes): {}",
}


def register(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command("products", rich_help_panel=SCORES)(products)


def products(
    wanted: WantedArgument,
    subject: Annotated[str, typer.Argument(metavar="SHOP", help="The shop's id.")],
    events: EventsOption,
    as_of: AsOfOption,
    lang: LanguageOption,
    most: Annotated[int, typer.Option("--most", metavar="N", min=1, help="Products shown, the costliest first.")] = 10,
    engine: EngineOption = "duckdb",
    values: SetOption = None,
    more: RulesOption = None,
    how: FormatOption = Format.table,
) -> None:
    """Product pages by what they cost: days failed of days checked, failing points, and today's catalogue score."""
    day = calls.day_of(as_of)
    chosen = calls.choose_at(events, wanted, [day], values_of(values), more or ())
    with calls.opened(chosen, events, engine) as known:
        tell(chosen, known)
        shop = calls.subject_id(known, subject)
        with steps(f"scoring {chosen.scorecard.name} {day}") as progress:
            result = score_events(known.engine, known, chosen.scorecard, day, progress)
        pages = product_pages(known, result, shop, most)
    if how is Format.table:
        put_table(_HEADS[lang], [_line(page, lang) for page in pages[:most]])
        put(_TODAY[lang].format(catalogue_score(pages) or "–"))
        put(getattr(WHY_THEY_DIFFER, lang))
    else:
        put_rows([_record(page) for page in pages], how)


def _line(page: ProductPage, lang: Language) -> list[Any]:
    days = [f"{passed}/{checked}" for passed, checked in page.days.values()]
    faults = {"zh": "，", "en": ", "}[lang].join(
        f"{getattr(FAULTS[c], lang) if c in FAULTS else c} {n}" for c, n in page.faults.items()
    )
    share = page.share if page.assessed else _NOT_ASSESSED[lang]
    return [str(page.product_id), share, *days, faults or None, page.wins, page.today]


def _record(page: ProductPage) -> dict[str, Any]:
    counts = {
        f"{part}_{what}": number
        for part, pair in page.days.items()
        for what, number in zip(("passed", "checked"), pair, strict=True)
    }
    faults = ",".join(f"{code}:{days}" for code, days in page.faults.items())
    shown = {"product_id": page.product_id, "assessed": page.assessed, "share": page.share, **counts}
    return {**shown, "faults": faults, "wins": page.wins, "today": page.today}
