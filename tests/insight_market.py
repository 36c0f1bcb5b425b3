"""A marketplace of four shops small enough to reckon by hand, and a rule with every kind of curve."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from marketplace import write_events

RULE = """\
id: demo/insight
version: "1"
title: {zh: 演示, en: Demonstration}
platform: demo
subject: shop
published_on: 2022-01-01
effective_from: 2022-02-01
scale: {min: 0, max: 10, decimals: 2}
window: {days: 30}
peers: {by: category, min_peers: 2}
volume: {measure: paid_orders, minimum: 5}
total: weighted_mean
params: {remote: []}
dimensions:
  - id: care
    title: {zh: 服务, en: Care}
    weight: 6000
    when_missing: leave_out
    indicators:
      - id: complaints
        title: {zh: 投诉率, en: Complaints}
        measure: complaint_rate
        better: lower
        weight: 5000
        points: {curve: peer_share, min: 0, max: 10}
        when_missing: leave_out
        unit: rate
        advice: {zh: 少投诉, en: Fewer complaints}
      - id: complaints_deducted
        title: {zh: 投诉扣分, en: Complaints deducted}
        measure: complaint_rate
        better: lower
        weight: 3000
        points: {curve: deduction, target: 0.05, full: 10, per_unit: 1, unit: 0.03, floor: 0}
        when_missing: leave_out
        unit: rate
        advice: {zh: 少投诉, en: Fewer complaints}
      - id: complaints_stepped
        title: {zh: 投诉分档, en: Complaints in steps}
        measure: complaint_rate
        better: lower
        weight: 2000
        points: {curve: steps, steps: [{bound: 0, points: 10}, {bound: 0.3, points: 6}], otherwise: 2}
        when_missing: leave_out
        unit: rate
        advice: {zh: 少投诉, en: Fewer complaints}
  - id: shipping
    title: {zh: 物流, en: Shipping}
    weight: 4000
    when_missing: leave_out
    indicators:
      - id: collected
        title: {zh: 揽收及时率, en: Collected in time}
        measure: collection_timeliness
        better: higher
        weight: equal
        points: {curve: linear, worst: {bound: 0.5, points: 0}, best: {bound: 1, points: 10}}
        when_missing: leave_out
        params: {grace_hours: 24}
        unit: rate
        advice: {zh: 早揽收, en: Hand over early}
bands:
  - {id: good, title: {zh: 良好, en: Good}, at_least: 8}
  - {id: plain, title: {zh: 一般, en: Plain}, at_least: 0}
effects:
  - {id: enrol, title: {zh: 可报名, en: May enrol}, kind: right, when: [{of: score, at_least: 8}], activity: 百亿补贴,
     note: {zh: 恢复后可再报名, en: Back as soon as the score is}}
  - {id: limited, title: {zh: 限流, en: Traffic limited}, kind: restriction,
     when: [{of: indicator.complaints, at_least: 0.2}]}
  - {id: marked, title: {zh: 标识, en: Marked}, kind: right, when: [{of: band, one_of: [good]}]}
  - {id: closed, title: {zh: 清退, en: Closed}, kind: restriction, when: [{of: score, below: required}]}
assumptions:
  - covers: ["**"]
    why: {zh: 测试, en: a test}
"""

DAY = "2022-10-01"
HOSTILE = "<script>alert('x')</script> | [here](javascript:x) *bold* `tick"
"""A shop's name that would be a mark-up in every language."""


def orders(shop: int, count: int) -> list[dict[str, Any]]:
    """Orders paid from 2022-09-11 on, one a day; A and B carry them in turns of three."""
    found = []
    for number in range(count):
        paid = datetime(2022, 9, 11, 10) + timedelta(days=number)
        late = shop == 1 and number in (0, 1, 6)  # all of them carried by A
        found.append(
            {
                "order_id": shop * 100 + number, "shop_id": shop, "product_id": 900 + shop * 10 + number % 2,
                "paid_at": paid, "promised_ship_at": paid + timedelta(hours=24),
                "collected_at": paid + timedelta(hours=60 if late else 20),
                "carrier": "A" if number % 6 < 3 else "B",
                "origin_province": "浙江", "destination_province": "广东" if number < 4 else "北京",
            }
        )  # fmt: skip
    return found


def small_market(folder: Path) -> Path:
    """Shop 1: ten orders, two complaints, three late. Shop 2: ten, none. Shop 3: three orders only. Shop 4: none."""
    complained = [datetime(2022, 9, 20, 12), datetime(2022, 9, 28, 12)]
    return write_events(
        folder,
        {
            "shops": [
                {"shop_id": 1, "name": HOSTILE, "category": "c"},
                {"shop_id": 2, "name": "二号店", "category": "c"},
                {"shop_id": 3, "name": "three", "category": "c"},
                {"shop_id": 4, "category": "c"},
            ],
            "orders": [*orders(1, 10), *orders(2, 10), *orders(3, 3)],
            "complaints": [
                {"complaint_id": number, "order_id": 100 + number, "shop_id": 1, "created_at": at}
                for number, at in enumerate(complained)
            ],
            "products": [{"product_id": 900 + shop * 10 + n, "shop_id": shop} for shop in (1, 2, 3) for n in (0, 1)],
            "placements": [
                {"product_id": 910, "shop_id": 1, "activity": "百亿补贴", "from_on": datetime(2022, 9, 1).date()},
                {"product_id": 911, "shop_id": 1, "activity": "砍价", "from_on": datetime(2022, 9, 1).date()},
                {"product_id": 920, "shop_id": 2, "activity": "百亿补贴", "from_on": datetime(2022, 9, 1).date()},
            ],
        },
    )
