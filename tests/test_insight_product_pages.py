"""Product pages: days failed of days checked, what each product costs, and today's catalogue beside the score."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from steelyard.engines import Engine
from steelyard.errors import UsageError
from steelyard.events.check import open_events
from steelyard.insight.product_pages import catalogue_score, product_pages
from steelyard.scorecards.library import library
from steelyard.scoring.run import score_events, tables_read
from tests.marketplace import write_events

DAY = date(2022, 10, 10)
A8 = library().get("douyin/experience", "2022-09-26")


def checks(product: str, shop: str, days: int, image_failed: int = 0, text_failed: int = 0) -> list[dict[str, Any]]:
    """`days` checks up to the day before DAY; the oldest of them failed."""
    return [
        {
            "product_id": product,
            "shop_id": shop,
            "checked_on": DAY - timedelta(days=days - number),
            "image_passed": number >= image_failed,
            "attributes_passed": number >= text_failed,
            "image_faults": "watermark,clutter" if number < image_failed else None,
            "attribute_faults": "missing_model" if number < text_failed else None,
        }
        for number in range(days)
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Shop S: product A failed 2 of 10 image days, B is spotless, C a bundle; five spotless rivals."""
    shops = [{"shop_id": shop, "category": "食品"} for shop in ("S", "R1", "R2", "R3", "R4", "R5")]
    orders = [
        {"order_id": f"{shop['shop_id']}-{n}", "shop_id": shop["shop_id"], "paid_at": datetime(2022, 9, 1, 10)}
        for shop in shops
        for n in range(30)
    ]
    products = [{"product_id": "C", "shop_id": "S", "kind": "bundle"}]
    products += [{"product_id": name, "shop_id": "S", "kind": "standard"} for name in "AB"]
    listed = checks("A", "S", 10, image_failed=2) + checks("B", "S", 10) + checks("C", "S", 10, text_failed=10)
    for shop in shops[1:]:
        products.append({"product_id": f"P{shop['shop_id']}", "shop_id": shop["shop_id"], "kind": "standard"})
        listed += checks(f"P{shop['shop_id']}", shop["shop_id"], 10)
    tables = {"shops": shops, "orders": orders, "products": products, "listing_checks": listed}
    return write_events(tmp_path, tables)


def test_products_come_by_what_they_cost(duckdb: Engine, folder: Path) -> None:
    events = open_events(duckdb, folder, tables_read(A8))
    result = score_events(duckdb, events, A8, DAY)
    pages = {page.product_id: page for page in product_pages(events, result, "S")}
    assert list(pages) == ["A", "B", "C"]
    worst = pages["A"]
    assert worst.days == {"image": (8, 10), "attributes": (10, 10)}
    assert worst.share == Decimal("0.9")
    assert worst.faults == {"watermark": 2, "clutter": 2}
    # (0.9 + 1) ÷ 2 is the worst of six: 3 + 2 × 1/6; perfect it shares the best: 5; goods is the only dimension
    assert worst.wins == Decimal(5) - Decimal("3.333333")
    assert (pages["B"].share, pages["B"].wins) == (Decimal(1), None)
    assert (pages["C"].assessed, pages["C"].share) == (False, None)


def test_todays_catalogue_stands_beside_the_score(duckdb: Engine, folder: Path) -> None:
    events = open_events(duckdb, folder, tables_read(A8))
    pages = product_pages(events, score_events(duckdb, events, A8, DAY), "S")
    assert {page.product_id: page.today for page in pages} == {"A": Decimal(100), "B": Decimal(100), "C": None}
    assert catalogue_score(pages) == Decimal(100)
    assert catalogue_score([]) is None


def test_a_scorecard_without_product_pages_is_refused(duckdb: Engine, folder: Path) -> None:
    card = library().get("douyin/dsr", "2020")
    events = open_events(duckdb, folder, tables_read(card, A8))
    with pytest.raises(UsageError) as error:
        product_pages(events, score_events(duckdb, events, card, DAY), "S")
    assert error.value.problems[0].code == "no-product-pages"
