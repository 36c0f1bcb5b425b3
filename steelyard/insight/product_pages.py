"""Product pages of one shop: which products cost points, by which faults, and how the catalogue stands today.

The score looks at the days of its window, and at two points of a page (image, attributes); the catalogue tool looks at
today's pages. Both are shown side by side, with the sentence why they differ.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import ibis

from steelyard.counting import Question
from steelyard.counting.tally import SHARE_SCALE
from steelyard.errors import Problem, UsageError
from steelyard.events.check import Events
from steelyard.events.damage import naming_damaged
from steelyard.insight.breakdown import half_up
from steelyard.measures.catalogue import CATALOGUE
from steelyard.scorecards.rule import Text
from steelyard.scoring import questions_of
from steelyard.scoring.rows import rows_behind
from steelyard.scoring.run import past_of
from steelyard.scoring.running import Result
from steelyard.scoring.what_if import rescored
from steelyard.staged import staged
from steelyard.windows import midnight

MEASURE = "goods_base_score"
PARTS = ("image", "attributes")
FAULTS: dict[str, Text] = {
    "watermark": Text(zh="水印", en="watermark"),
    "collage": Text(zh="图片拼接", en="collage"),
    "clutter": Text(zh="牛皮癣", en="clutter on the image"),
    "missing_model": Text(zh="缺商品型号", en="model missing"),
    "missing_effect": Text(zh="缺产品功效", en="effect missing"),
}
"""Codes of failing points, as `listing_checks` gives them; others are shown as they are."""

WHY_THEY_DIFFER = Text(
    zh=(
        "体验分看窗口内每一天在架商品的画风和导购信息；平台的商品优化看当天在架商品的全部基础信息，"
        "全部达标即为 100 分。"
        "此处的今日分只按画风与导购信息估算，标题和详情没有数据，所以几个数字不同。"
    ),
    en=(
        "The score looks at every day of its window, and at image style and shopping attributes only; the platform's "
        "catalogue tool looks at all of today's pages and gives 100 when everything passes. Today's score here is "
        "estimated from images and attributes, without titles and details. So the numbers differ."
    ),
)


@dataclass(frozen=True)
class ProductPage:
    """One product of the shop over the window."""

    product_id: str | int
    assessed: bool
    """Bundles and lucky bags are not, nor a product that was never checked for one of the two points."""
    days: Mapping[str, tuple[int, int]]
    """Per point: days passed, days checked."""
    share: Decimal | None
    """Half the image share and half the attribute share, in six places; None where it is not assessed."""
    faults: Mapping[str, int]
    """Days on which each point failed, the most frequent first."""
    wins: Decimal | None
    """Points the score would rise, were every day of this product passed; None without a score or not reckoned."""
    today: Decimal | None
    """Points passed ÷ points checked on the day before the score, times 100; None off the shelf or not assessed."""


def product_pages(events: Events, result: Result, subject: str | int, most: int = 10) -> list[ProductPage]:
    """The products of `subject`, the costliest first; `wins` is reckoned for the first `most`.

    Raises UsageError for a scorecard that does not judge product pages.
    """
    question = _question(result)
    rows = _rows(events, result, question, subject)
    checks = _checks(events, result, question, subject)
    last = result.day - timedelta(days=1)
    pages = [_page(product, rows, checks, last) for product in dict.fromkeys(row["row_id"] for row in rows)]
    lost = {page.product_id: 1 - page.share for page in pages if page.share is not None}
    ordered = sorted(pages, key=lambda page: (-lost.get(page.product_id, -1), str(page.product_id)))
    return [_with_wins(page, result, question, subject) if n < most else page for n, page in enumerate(ordered)]


def catalogue_score(pages: Iterable[ProductPage]) -> Decimal | None:
    """The mean of today's products in six places, 100 when every point of every page passes; None without any."""
    today = [Fraction(page.today) for page in pages if page.today is not None]
    return half_up(sum(today, Fraction()) / len(today)) if today else None


def _question(result: Result) -> Question:
    for question in questions_of(result.scorecard, CATALOGUE):
        if question.measure.name == MEASURE:
            return question
    fix = "use a scorecard with the indicator goods_base_score, such as douyin/experience"
    raise UsageError(Problem("no-product-pages", result.scorecard.name, "it does not judge product pages", fix))


def _rows(events: Events, result: Result, question: Question, subject: str | int) -> list[dict[str, Any]]:
    with staged(), naming_damaged(events.sources):
        found: list[dict[str, Any]] = events.engine.arrow(
            rows_behind(past_of(events, result.day), question, subject)
        ).to_pylist()
    return found


def _checks(
    events: Events, result: Result, question: Question, subject: str | int
) -> dict[str | int, list[dict[str, Any]]]:
    """The checks of the subject's products in the window, in order of days."""
    start, _ = question.window.on(result.day)
    table = past_of(events, result.day).table("listing_checks")
    chosen = table.filter(
        table.shop_id == ibis.literal(subject, events.id_type),
        table.checked_on >= ibis.literal(start.date()),
        table.checked_on < ibis.literal(result.day),
        table.arrived_at.isnull() | (table.arrived_at < ibis.literal(midnight(result.day))),
    ).order_by("checked_on")
    found: dict[str | int, list[dict[str, Any]]] = {}
    with naming_damaged(events.sources):
        for row in events.engine.arrow(chosen).to_pylist():
            found.setdefault(row["product_id"], []).append(row)
    return found


def _page(
    product: str | int, rows: list[dict[str, Any]], checks: Mapping[str | int, list[dict[str, Any]]], last: date
) -> ProductPage:
    own = [row for row in rows if row["row_id"] == product]
    days = {
        part: (
            sum(row["part"] == part and row["state"] == "counted" for row in own),
            sum(row["part"] == part and row["state"] in ("counted", "eligible") for row in own),
        )
        for part in PARTS
    }
    assessed = all(checked for _, checked in days.values())
    share = half_up(sum((Fraction(*pair) for pair in days.values()), Fraction()) / len(PARTS)) if assessed else None
    its = checks.get(product, [])
    codes = (row[column] for row in its for column in ("image_faults", "attribute_faults") if row[column])
    faults = Counter(code.strip() for text in codes for code in text.split(","))
    left_out = all(row["state"] == "left_out" for row in own)
    today = None if left_out else _today(its, last)
    return ProductPage(product, assessed, days, share, dict(faults.most_common()), None, today)


def _today(checks: list[dict[str, Any]], last: date) -> Decimal | None:
    """Points passed ÷ points checked on the `last` day before the score, times 100; None where it was not checked."""
    if not checks or checks[-1]["checked_on"] != last:
        return None
    points = [passed for passed in (checks[-1]["image_passed"], checks[-1]["attributes_passed"]) if passed is not None]
    return half_up(Fraction(100 * sum(points), len(points))) if points else None


def _with_wins(page: ProductPage, result: Result, question: Question, subject: str | int) -> ProductPage:
    """`page` with the points its perfection would win, all else being equal."""
    tallies = result.tables["tallies"]
    own = tallies.filter(tallies.subject_id == ibis.literal(subject, result.past.id_type))
    counts = result.engine.arrow(own).to_pylist()[0]
    name = question.name
    if page.share in (None, 1) or counts[f"{name}__numerator"] is None:
        return page
    share = sum((Fraction(*pair) for pair in page.days.values()), Fraction()) / len(PARTS)
    lost = SHARE_SCALE - (2 * share * SHARE_SCALE + 1).__floor__() // 2
    changed = rescored(result, subject, {name: (counts[f"{name}__numerator"] + lost, counts[f"{name}__denominator"])})
    now = rescored(result, subject, {})
    if changed["raw_score"] is None or now["raw_score"] is None:
        return page
    wins = changed["gated_score"] - now["gated_score"]
    return ProductPage(page.product_id, page.assessed, page.days, page.share, page.faults, wins, page.today)


def window_of(result: Result) -> tuple[str, str]:
    """First and last day of the window the pages are judged over."""
    start, end = _question(result).window.on(result.day)
    return str(start.date()), str(end.date() - timedelta(days=1))
