"""Small marketplaces made to break the scorecards of agents: with roles, spot checks and late news."""

from datetime import timedelta
from random import Random
from typing import Any

from .hostile_service import FIRST, marketplace
from .naive_service import Row, Tables

ITEMS = ("解决问题的能力", "沟通技巧", "专业程度", "售后服务", "准确性", "服务态度", "录音规范")
SCORES = (None, 0.0, 10.0, 7.5, 8.0005, 8.0004, 9.9995, 0.0015, 3.14159)
NAMED = (
    None, "response_speed", "expertise", "disrespect", "workload", "substance_rate_10s", "conversion_rate",
    "mean_response_time", "average_order_value", "effective_reply_rate", "first_answer_rate_30s",
)  # fmt: skip


def agents_marketplace(seed: int, *, text_ids: bool) -> Tables:
    """Two shops in one category or two, four agents of either role or none; some rows arrive a day or more late."""
    dice = Random(seed)
    tables = marketplace(seed, text_ids=text_ids)
    for shop in tables["shops"]:
        shop["category"] = dice.choice(("a", "b", None))
    for agent in tables["agents"]:
        agent["role"] = dice.choice(("presale", "presale", "aftersale", None))
    _judge_replies(dice, tables)
    ids = [agent["agent_id"] for agent in tables["agents"]]
    tables["quality_checks"] = [_check(dice, number, ids, tables) for number in range(60)]
    for name, own in (("orders", "paid_at"), ("sessions", "started_at"), ("messages", "sent_at"),
                      ("after_sales", "applied_at"), ("quality_checks", "checked_at")):  # fmt: skip
        for row in tables[name]:
            if dice.random() < 0.1:
                row["arrived_at"] = row[own] + timedelta(days=dice.choice((0, 1, 3)))
    tables["exclusions"] = tables["exclusions"][:4] + [_exclusion(dice, tables) for _ in range(12)]
    for name in dice.sample(("quality_checks", "presence", "complaints", "after_sales", "platform_contacts"), 2):
        if dice.random() < 0.2:
            del tables[name]
            tables["exclusions"] = [row for row in tables["exclusions"] if row["table"] != name]
    return tables


def _judge_replies(dice: Random, tables: Tables) -> None:
    """Adds replies about five and ten seconds, and says of some whether they are in substance."""
    asked = [message for message in tables["messages"] if message["sender"] == "buyer"]
    for message in dice.sample(asked, len(asked) // 3):
        soon = message["sent_at"] + timedelta(seconds=dice.choice((5, 6, 10, 11)))
        tables["messages"].append(message | {"sender": "agent", "sent_at": soon, "auto": None})
    for message in tables["messages"]:
        if message["sender"] == "agent":
            message["substantive"] = dice.choice((True, False, None))


def _check(dice: Random, number: int, ids: list[Any], tables: Tables) -> Row:
    return {
        "check_id": f"Q{number:03d}" if isinstance(ids[0], str) else number,
        "shop_id": tables["shops"][0]["shop_id"], "agent_id": dice.choice((*ids, None)), "item": dice.choice(ITEMS),
        "passed": dice.choice((True, True, False, None)), "score": dice.choice(SCORES),
        "checked_at": FIRST + timedelta(seconds=dice.choice((-1, 0, 86_400, 345_599, 345_600, 400_000))),
    }  # fmt: skip


def _exclusion(dice: Random, tables: Tables) -> Row:
    table, key = dice.choice((("sessions", "session_id"), ("orders", "order_id"), ("quality_checks", "check_id")))
    decided = FIRST + timedelta(days=dice.choice((0, 0, 0, 4, 6)))
    return {
        "table": table, "row_id": dice.choice(tables[table])[key], "indicator": dice.choice(NAMED),
        "reason": "appeal_upheld", "decided_at": decided,
        "revoked_at": dice.choice((None, None, None, decided, decided + timedelta(days=2))),
    }  # fmt: skip
