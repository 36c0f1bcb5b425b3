"""Ratings: which reviews are valid, and what their stars add up to."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from marketplace import PAID, Row
from measured import measured

from steelyard.engines import Engine
from steelyard.windows import Window

DAY = date(2022, 10, 1)
DONE = datetime(2022, 9, 5, 12)
WRITTEN = datetime(2022, 9, 10, 8)
PRODUCTS: list[Row] = [
    {"product_id": 7, "shop_id": 1, "kind": "standard"},
    {"product_id": 8, "shop_id": 1, "kind": "virtual"},
]


def review(number: int, **cells: Any) -> Row:
    return {"review_id": number, "order_id": 10, "shop_id": 1, "created_at": WRITTEN, "stars": 4} | cells


def order(**cells: Any) -> Row:
    return {"order_id": 10, "shop_id": 1, "paid_at": PAID, "completed_at": DONE, "product_id": 7} | cells


def counted(engine: Engine, folder: Path, name: str, params: dict[str, Any], *reviews: Row, **cells: Any) -> Any:
    asked = {"measure": name, "params": params}
    tables = {"orders": [order(**cells)], "reviews": list(reviews), "products": PRODUCTS}
    return measured(engine, folder, asked, Window(30), DAY, **tables).get(1, (0, 0))


def test_the_mean_is_the_sum_of_stars_over_reviews_that_have_some(engine: Engine, tmp_path: Path) -> None:
    reviews = [review(1, stars=5, goods_stars=2), review(2, stars=3), review(3, stars=None, goods_stars=4)]
    assert counted(engine, tmp_path / "a", "mean_rating", {"item": "stars"}, *reviews) == (8, 2)
    assert counted(engine, tmp_path / "b", "mean_rating", {"item": "goods_stars"}, *reviews) == (6, 2)


def test_a_review_removed_before_the_day_never_was(engine: Engine, tmp_path: Path) -> None:
    midnight = datetime(2022, 10, 1)
    reviews = [review(1, removed_at=midnight - timedelta(microseconds=1)), review(2, removed_at=midnight, stars=1)]
    assert counted(engine, tmp_path, "mean_rating", {"item": "stars"}, *reviews) == (1, 1)


def test_a_review_is_late_from_the_end_of_the_days_after_completion(engine: Engine, tmp_path: Path) -> None:
    limit = DONE + timedelta(days=15)
    times = [limit - timedelta(microseconds=1), limit, limit + timedelta(seconds=1)]
    reviews = [review(number, created_at=at) for number, at in enumerate(times)]
    params = {"item": "stars", "within_days": 15}
    assert counted(engine, tmp_path / "a", "mean_rating", params, *reviews) == (4, 1)
    assert counted(engine, tmp_path / "b", "mean_rating", {"item": "stars"}, *reviews) == (12, 3)
    # A completion that is not known yet makes nothing late.
    assert counted(engine, tmp_path / "c", "mean_rating", params, *reviews, completed_at=None) == (12, 3)


def test_kinds_defaults_and_follow_ups_go_where_the_rule_says_so(engine: Engine, tmp_path: Path) -> None:
    reviews = [review(1, stars=5), review(2, stars=5, by_default=True), review(3, stars=1, follow_up=True)]
    both = {"item": "stars", "left_out_reviews": ["by_default", "follow_up"]}
    assert counted(engine, tmp_path / "a", "mean_rating", {"item": "stars"}, *reviews) == (11, 3)
    assert counted(engine, tmp_path / "b", "mean_rating", both, *reviews) == (5, 1)
    kinds = {"item": "stars", "left_out_kinds": ["virtual"]}
    assert counted(engine, tmp_path / "c", "mean_rating", kinds, *reviews, product_id=8) == (0, 0)
    assert counted(engine, tmp_path / "d", "mean_rating", kinds, *reviews, product_id=None) == (11, 3)


def test_the_share_counts_stars_between_both_bounds(engine: Engine, tmp_path: Path) -> None:
    reviews = [review(stars, stars=stars) for stars in (1, 2, 3, 4, 5)]
    for name, bounds, expected in (("good", (4, 5), 2), ("neutral", (3, 3), 1), ("bad", (1, 2), 2)):
        params = {"item": "stars", "at_least": bounds[0], "at_most": bounds[1]}
        assert counted(engine, tmp_path / name, "review_share", params, *reviews) == (expected, 5)


def test_a_valid_review_has_stars_for_any_of_the_items(engine: Engine, tmp_path: Path) -> None:
    reviews = [review(1), review(2, stars=None), review(3, stars=None, returns_stars=2)]
    assert counted(engine, tmp_path / "a", "valid_reviews", {}, *reviews) == (2, 2)
    assert counted(engine, tmp_path / "b", "valid_reviews", {"items": ["stars"]}, *reviews) == (1, 1)


def test_an_excluded_order_takes_its_reviews_along(engine: Engine, tmp_path: Path) -> None:
    excluded = {"reason": "fake_trade", "decided_at": WRITTEN}
    asked = {"measure": "mean_rating", "params": {"item": "stars"}}
    for number, (table, row) in enumerate((("orders", 10), ("reviews", 1))):
        tables = {
            "reviews": [review(1), review(2, order_id=11)],
            "exclusions": [excluded | {"table": table, "row_id": row}],
        }
        found = measured(engine, tmp_path / str(number), asked, Window(30), DAY, **tables)
        assert found[1] == (4, 1)
