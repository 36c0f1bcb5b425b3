"""The whole of A8 in plain Python: `score(tables, day)`.

An independent second reading of the rules to compare the engine with. Rows are dicts, arithmetic is exact
(`Fraction`), nothing is fast on purpose.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from .naive_check import Tables, clean
from .naive_counts import MEASURES, Folder, product_shares, volume

Result = dict[str, dict[tuple[Any, ...], dict[str, Any]]]


@dataclass(frozen=True)
class Indicator:
    dimension: str
    better: str
    evidence: tuple[str, ...]


INDICATORS = {
    "goods_base_score": Indicator("goods", "higher", ("listing_checks",)),
    "negative_feedback_rate": Indicator("goods", "lower", ("reviews", "after_sales", "feedback")),
    "collection_timeliness": Indicator("logistics", "higher", ("orders",)),
    "delivery_duration": Indicator("logistics", "lower", ("orders",)),
    "logistics_negative_rate": Indicator("logistics", "lower", ("feedback",)),
    "complaint_rate": Indicator("service", "lower", ("complaints",)),
    "dispute_liability_rate": Indicator("service", "lower", ("after_sales",)),
    "im_3min_reply_rate": Indicator("service", "higher", ("messages",)),
    "refund_only_duration": Indicator("service", "lower", ("after_sales",)),
    "return_refund_duration": Indicator("service", "lower", ("after_sales",)),
    "im_dissatisfaction_rate": Indicator("service", "lower", ("sessions",)),
}
DIMENSIONS = {"goods": 4250, "logistics": 2000, "service": 3750}
LOW, HIGH = 3, 5
MIN_PEERS = 5
MIN_ORDERS = 30
GATE_RAW, GATE_RATE = Decimal("4.8"), Decimal("0.15")
POOLS = ((Decimal("4.8"), Decimal("4.9")), (Decimal("4.7"), Decimal("4.8")))


def half_up(number: Fraction | Decimal, places: int) -> Decimal:
    """A number that is not negative, rounded half up."""
    return Decimal(int(Fraction(number) * 10**places + Fraction(1, 2))).scaleb(-places)


def score(tables: Tables, day: date) -> Result:
    """Every shop's score as of `day`.

    `scores` and `adjustments` are keyed by `(subject_id,)`, `dimensions` and `indicators` by
    `(subject_id, dimension or indicator)`. Values, points and raw scores are Decimals in millionths, weights
    Fractions; what has no value is None.
    """
    folder = Folder(clean(tables), day)
    categories = {row["shop_id"]: row.get("category") for row in folder.tables["shops"]}
    indicators = {
        (shop, name): counted
        for name, indicator in INDICATORS.items()
        for shop, counted in _counts(folder, name, indicator, list(categories)).items()
    }
    orders = Counter(volume(folder))
    valued = {shop for (shop, _), row in indicators.items() if row["status"] == "ok"}
    scored = {shop: categories[shop] for shop in valued if orders[shop] >= MIN_ORDERS}
    for name, indicator in INDICATORS.items():
        _rank(name, indicator, indicators, scored)
    dimensions = {
        (shop, name): _dimension(shop, name, indicators, scored) for shop in categories for name in DIMENSIONS
    }
    raw = _totals(dimensions, scored)
    gated, adjustments = _gate(raw, scored, indicators)
    scores = {(shop,): _shown(shop, category, raw, gated, scored) for shop, category in categories.items()}
    return {
        "scores": scores,
        "dimensions": dimensions,
        "indicators": indicators,
        "adjustments": adjustments,
    }


def _counts(folder: Folder, name: str, indicator: Indicator, shops: list[Any]) -> dict[Any, dict[str, Any]]:
    """Numerator, denominator and value of one indicator for every shop."""
    empty = {"dimension": indicator.dimension, "points": None, "weight": None}
    empty |= {"peer_mean": None, "peer_best10": None}
    parts: dict[Any, tuple[int | None, int | None, Decimal | None]]
    if not any(table in folder.tables for table in indicator.evidence):
        parts = dict.fromkeys(shops, (None, None, None))
    elif name == "goods_base_score":
        shares = product_shares(folder)
        parts = {shop: (None, None, _mean_share(shares.get(shop, []))) for shop in shops}
    else:
        amounts: dict[Any, list[int]] = {}
        for shop, amount in MEASURES[name](folder):
            amounts.setdefault(shop, []).append(amount)
        parts = {shop: _ratio(amounts.get(shop, [])) for shop in shops}
    return {
        shop: empty
        | {"numerator": numerator, "denominator": denominator, "value": value}
        | {"status": "no_data" if value is None else "ok"}
        for shop, (numerator, denominator, value) in parts.items()
    }


def _ratio(amounts: list[int]) -> tuple[int, int, Decimal | None]:
    count, total = len(amounts), sum(amounts)
    return total, count, half_up(Fraction(total, count), 6) if count else None


def _mean_share(shares: list[Fraction]) -> Decimal | None:
    """The mean over products, each product's share first rounded to 10⁻¹²."""
    rounded = [Fraction(half_up(share, 12)) for share in shares]
    return half_up(sum(rounded) / len(rounded), 6) if rounded else None


def _rank(
    name: str,
    indicator: Indicator,
    indicators: dict[tuple[Any, ...], dict[str, Any]],
    scored: dict[Any, Any],
) -> None:
    """Points by peer share, the peers' mean and best tenth, for every scored shop with a value."""
    values = {shop: indicators[shop, name]["value"] for shop in scored}
    everybody = {shop: value for shop, value in values.items() if value is not None}
    for shop, own in everybody.items():
        peers = [value for peer, value in everybody.items() if scored[peer] == scored[shop]]
        if len(peers) < MIN_PEERS:
            peers = list(everybody.values())
        best_first = sorted(peers, reverse=indicator.better == "higher")
        not_better = sum(value <= own if indicator.better == "higher" else value >= own for value in peers)
        indicators[shop, name] |= {
            "points": half_up(LOW + (HIGH - LOW) * Fraction(not_better, len(peers)), 6),
            "peer_mean": half_up(sum(map(Fraction, peers)) / len(peers), 6),
            "peer_best10": best_first[-(-len(peers) // 10) - 1],
        }


def _dimension(
    shop: Any, dimension: str, indicators: dict[tuple[Any, ...], dict[str, Any]], scored: dict[Any, Any]
) -> dict[str, Any]:
    """The plain mean of the dimension's points; notes the weight each indicator had in it."""
    rows = [indicators[shop, name] for name, found in INDICATORS.items() if found.dimension == dimension]
    used = [row for row in rows if row["points"] is not None]
    for row in used:
        row["weight"] = Fraction(1, len(used))
    points = half_up(sum(Fraction(row["points"]) for row in used) / len(used), 6) if used else None
    return {"points": points if shop in scored else None, "weight": None}


def _totals(dimensions: dict[tuple[Any, ...], dict[str, Any]], scored: dict[Any, Any]) -> dict[Any, Decimal]:
    """The raw score of every scored shop; notes the weight each dimension had in it."""
    raw = {}
    for shop in scored:
        used = {name: dimensions[shop, name] for name in DIMENSIONS}
        used = {name: row for name, row in used.items() if row["points"] is not None}
        whole = sum(DIMENSIONS[name] for name in used)
        for name, row in used.items():
            row["weight"] = Fraction(DIMENSIONS[name], whole)
        raw[shop] = half_up(sum(Fraction(row["points"]) * row["weight"] for row in used.values()), 6)
    return raw


def _gate(
    raw: dict[Any, Decimal],
    scored: dict[Any, Any],
    indicators: dict[tuple[Any, ...], dict[str, Any]],
) -> tuple[dict[Any, Decimal], dict[tuple[Any, ...], dict[str, Any]]]:
    """Scores after the demotion of shops with too many dissatisfied ratings, and what it changed."""
    target = {}
    for shop, before in raw.items():
        rate = indicators[shop, "im_dissatisfaction_rate"]["value"]
        if rate is not None and rate >= GATE_RATE and before >= GATE_RAW:
            target[shop] = POOLS[0] if before >= POOLS[0][1] else POOLS[1]
    gated, adjustments = dict(raw), {}
    for category, (low, high) in {(scored[shop], pool) for shop, pool in target.items()}:
        pool = [
            shop
            for shop, before in raw.items()
            if scored[shop] == category and (target[shop] == (low, high) if shop in target else low <= before < high)
        ]
        pool.sort(key=lambda shop: (raw[shop], shop))
        for place, shop in enumerate(pool):
            step = Fraction(place, len(pool)) * Fraction(high - low)
            gated[shop] = half_up(Fraction(low) + step, 6)
            adjustments[shop,] = {"before": raw[shop], "after": gated[shop], "demoted": shop in target}
    return gated, adjustments


def _shown(
    shop: Any, category: Any, raw: dict[Any, Decimal], gated: dict[Any, Decimal], scored: dict[Any, Any]
) -> dict[str, Any]:
    """The row of `scores`."""
    peers = [gated[peer] for peer, group in scored.items() if group == category]
    row = {"peer_group": category, "band": None, "peers": len(peers)}
    if shop not in scored:
        nothing = {"status": "insufficient", "score": None, "raw_score": None}
        return row | nothing | {"gated": None, "peer_rank": None}
    return row | {
        "status": "scored",
        "score": half_up(gated[shop], 2),
        "raw_score": raw[shop],
        "gated": gated[shop],
        "peer_rank": 1 + sum(other > gated[shop] for other in peers),
    }
