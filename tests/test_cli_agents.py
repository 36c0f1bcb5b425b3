"""Scorecards of agents by every command: what works, in the words of agents, and what is refused."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from command_line import UNTIL, Done

from tests.arriving import new_home, run, shown

Cli = Callable[..., Done]
CARD = "pdd/agent_presale"


def scored(market: Path) -> int:
    """An agent before the sale who has sessions."""
    sessions = pq.read_table(market / "sessions.parquet").to_pylist()
    roles = {row["agent_id"]: row["role"] for row in pq.read_table(market / "agents.parquet").to_pylist()}
    return next(row["agent_id"] for row in sessions if roles.get(row["agent_id"]) == "presale")


def call(market: Path, verb: str, *more: object) -> list[Any]:
    return [verb, CARD, *more, "--events", market, "--as-of", UNTIL]


def test_explained_in_the_words_of_agents(cli: Cli, market: Path) -> None:
    english = cli(*call(market, "explain", scored(market)))
    assert english.code == 0
    assert "too few of the group, so all agents" in english.out
    assert "why it matters" in english.out
    assert "all shops" not in english.out
    chinese = cli(*call(market, "explain", scored(market)), "--lang", "zh").out
    assert "同组太少，与全部客服比" in chinese
    assert "本店" not in chinese


def test_the_statement_speaks_of_an_agent(cli: Cli, market: Path, tmp_path: Path) -> None:
    out = tmp_path / "reasons.md"
    done = cli(*call(market, "statement", scored(market)), "--from", UNTIL, "--out", out, "--lang", "zh")
    assert done.code == 0
    text = out.read_text(encoding="utf-8")
    assert "| 客服 |" in text
    assert "同店同岗位的客服；不足 3 人时与全部客服比较" in text
    assert "全部店铺" not in text
    english = tmp_path / "reasons-en.md"
    assert cli(*call(market, "statement", scored(market)), "--from", UNTIL, "--out", english).code == 0
    assert "the agents of the same shop and role; where there are fewer than 3, all agents" in english.read_text(
        "utf-8"
    )


def test_diagnosed_with_money_as_money(cli: Cli, market: Path) -> None:
    done = cli(*call(market, "diagnose", scored(market)), "--format", "json")
    assert done.code == 0
    rows = [row for row in json.loads(done.out) if row.get("indicator") == "average_order_value"]
    values = [
        value for row in rows for name, value in row.items() if "value" in name and isinstance(value, str | float)
    ]
    assert values
    assert all(float(value) < 1_000_000 for value in values)


def test_effects_of_an_agent_and_of_all(cli: Cli, market: Path) -> None:
    line = "effects.answer_rate_30s_off_target.when.0.below=0.99"
    every = ["effects", "--scorecard", CARD, "--events", market, "--as-of", UNTIL, "--from", UNTIL, "--set", line]
    listed = cli(*every, "--effect", "answer_rate_30s_off_target", "--format", "json")
    assert listed.code == 0
    assert {row["scorecard"] for row in json.loads(listed.out)} == {CARD}
    one = cli("effects", scored(market), *every[1:], "--format", "json")
    assert {row["effect"] for row in json.loads(one.out)} >= {"answer_rate_30s_off_target", "complaint_rate_off_target"}
    assert "agent" in cli(*every, "--effect", "answer_rate_30s_off_target").out


def test_an_id_alone_is_a_shops(cli: Cli, market: Path) -> None:
    shop = pq.read_table(market / "shops.parquet")["shop_id"][0].as_py()
    done = cli("effects", shop, "--events", market, "--as-of", UNTIL, "--from", UNTIL, "--format", "json")
    assert done.code == 0
    assert not [
        row for row in json.loads(done.out) if "agent" in row["scorecard"] or "service_score" in row["scorecard"]
    ]


@pytest.mark.parametrize(("verb", "code"), [("problems", "no-calls-for-help"), ("products", "no-product-pages")])
def test_what_only_shops_have_is_refused(cli: Cli, market: Path, verb: str, code: str) -> None:
    done = cli(*call(market, verb, scored(market)))
    assert (done.code, done.codes()) == (2, [code])


def test_rows_behind_a_number_and_an_agent_that_is_not_there(cli: Cli, market: Path) -> None:
    done = cli(
        "rows", CARD, "answer_rate_30s", scored(market), "--events", market, "--as-of", UNTIL, "--format", "json"
    )
    assert done.code == 0
    assert {row["state"] for row in json.loads(done.out)} <= {"counted", "eligible", "left_out"}
    nobody = cli("rows", CARD, "answer_rate_30s", 10**9, "--events", market, "--as-of", UNTIL)
    assert (nobody.code, nobody.codes()) == (1, ["unknown-subject"])
    assert "agent_id of agents" in nobody.err


def test_a_home_scores_agents_every_day(cli: Cli, market: Path, tmp_path: Path) -> None:
    home = new_home(tmp_path / "home", [CARD, "douyin/ccr"])
    arrivals = home.arrivals / (UNTIL - timedelta(days=1)).isoformat()
    arrivals.mkdir(parents=True)
    for name in (
        "shops",
        "orders",
        "agents",
        "sessions",
        "messages",
        "complaints",
        "after_sales",
        "feedback",
        "reviews",
    ):
        (arrivals / f"{name}.parquet").write_bytes((market / f"{name}.parquet").read_bytes())
    run(home, UNTIL)
    folders = {name: home.path(each.folder) for (name, day), each in shown(home).items() if day == UNTIL}
    assert set(folders) == {CARD, "douyin/ccr"}
    scores = pq.read_table(folders[CARD] / "scores.parquet").to_pylist()
    agents = pq.read_table(market / "agents.parquet")["agent_id"].to_pylist()
    assert sorted(row["subject_id"] for row in scores) == sorted(agents)
    subject = next(row["subject_id"] for row in scores if row["status"] == "scored")
    alone = cli(*call(market, "score"), "--out", tmp_path / "alone")
    assert alone.code == 0
    from_folder = {row["subject_id"]: row for row in pq.read_table(tmp_path / "alone" / "scores.parquet").to_pylist()}
    assert from_folder[subject]["volume"] == next(row["volume"] for row in scores if row["subject_id"] == subject)
    trend = cli("trend", CARD, subject, "--home", home.folder, "--from", UNTIL, "--to", UNTIL, "--format", "json")
    assert (trend.code, len(json.loads(trend.out))) == (0, 1)
