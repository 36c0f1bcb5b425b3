"""Every scorecard in one call, versions over a range of days, previews, effects since when, the demo."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from command_line import UNTIL, Done, tables_of

from steelyard.scorecards.library import library

Cli = Callable[..., Done]
NEEDS_NUMBERS = "jd/aftersales_provider"
NEED_NUMBERS = {NEEDS_NUMBERS, "jd/agent_presale", "jd/agent_aftersale"}


def test_all_scores_every_card_into_its_own_folder(cli: Cli, market: Path, tmp_path: Path) -> None:
    done = cli("score", "all", "--events", market, "--as-of", UNTIL, "--out", tmp_path / "out", "--format", "json")
    assert done.code == 0
    names = set(library().ids()) - NEED_NUMBERS
    assert {line["scorecard"].partition("@")[0] for line in json.loads(done.out)} == names
    assert all(f"note: {name} is not scored" in done.err for name in NEED_NUMBERS)
    agents = pq.read_table(tmp_path / "out" / "pdd" / "agent_presale" / "scores.parquet")["subject_id"]
    assert sorted(agents.to_pylist()) == sorted(pq.read_table(market / "agents.parquet")["agent_id"].to_pylist())
    assert "required-parameter" in done.err
    for name in names:
        assert json.loads((tmp_path / "out" / name / "run.json").read_text("utf-8"))["scorecard"] == name
    one = cli("score", "pdd/experience", "--events", market, "--as-of", UNTIL, "--out", tmp_path / "one")
    assert one.code == 0
    assert tables_of(tmp_path / "one") == tables_of(tmp_path / "out" / "pdd" / "experience")


def test_all_takes_no_value_of_a_scorecard(cli: Cli, market: Path, tmp_path: Path) -> None:
    done = cli(
        "score", "all", "--events", market, "--as-of", UNTIL, "--out", tmp_path / "out", "--set", "volume.minimum=3"
    )
    assert (done.code, done.codes()) == (2, ["set-with-all"])
    assert not (tmp_path / "out").exists()


def test_a_number_nobody_publishes_must_be_given(cli: Cli, market: Path, tmp_path: Path) -> None:
    call = ["score", NEEDS_NUMBERS, "--events", market, "--as-of", UNTIL, "--out", tmp_path / "out"]
    done = cli(*call)
    assert done.code == 2
    assert set(done.codes()) == {"required-parameter"}
    paths = [line.split(": ")[0].split(" ")[1] for line in done.err.splitlines()]
    given = [word for path in paths for word in ("--set", f"{path}=0.5")]
    assert cli(*call, *given).code == 0


@pytest.mark.parametrize(
    ("first", "last", "versions"),
    [
        ("2022-09-24", "2022-09-25", {"2022-mid"}),
        ("2022-09-25", "2022-09-26", {"2022-09-26"}),
    ],
)  # fmt: skip
def test_history_is_restated_from_the_day_a_version_takes_effect(
    cli: Cli, market: Path, tmp_path: Path, first: str, last: str, versions: set[str]
) -> None:
    done = cli(
        "score", "douyin/experience", "--events", market, "--from", first, "--as-of", last, "--out", tmp_path / "out"
    )
    assert done.code == 0
    scores = pq.read_table(tmp_path / "out" / "scores.parquet").to_pylist()
    assert {row["version"] for row in scores} == versions
    assert {str(row["as_of"]) for row in scores} == {first, last}


def test_a_version_that_is_announced_is_a_preview_without_effects(cli: Cli, market: Path, tmp_path: Path) -> None:
    call = [
        "score",
        "douyin/experience@2022-09-26",
        "--events",
        market,
        "--from",
        "2022-09-25",
        "--as-of",
        "2022-09-26",
    ]
    done = cli(*call, "--out", tmp_path / "out")
    assert "preview: douyin/experience@2022-09-26 takes effect on 2022-09-26" in done.err
    scores = pq.read_table(tmp_path / "out" / "scores.parquet").to_pylist()
    assert {(str(row["as_of"]), row["preview"]) for row in scores} == {("2022-09-25", True), ("2022-09-26", False)}
    effects = pq.read_table(tmp_path / "out" / "effects.parquet").to_pylist()
    assert {row["as_of"] for row in effects} == {date(2022, 9, 26)}
    assert json.loads((tmp_path / "out" / "run.json").read_text("utf-8"))["previews"] == ["2022-09-25"]


def test_since_is_the_first_day_of_the_unbroken_run(cli: Cli, market: Path, tmp_path: Path) -> None:
    call = ["score", "douyin/experience", "--events", market, "--from", "2022-10-24", "--as-of", UNTIL]
    assert cli(*call, "--out", tmp_path / "out").code == 0
    rows = pq.read_table(tmp_path / "out" / "effects.parquet").to_pylist()
    states = {(row["subject_id"], row["effect"], row["as_of"]): row["state"] for row in rows}
    days = sorted({row["as_of"] for row in rows})
    assert len(days) == 9
    for row in rows:
        run = [day for day in days if day <= row["as_of"]]
        while (
            len(run) > 1
            and all(states[row["subject_id"], row["effect"], day] == row["state"] for day in run[-2:])
            and run[-2] >= row["since"]
        ):
            run.pop()
        assert run[-1] == row["since"], row
        before = [day for day in days if day < row["since"]]
        assert not before or states[row["subject_id"], row["effect"], before[-1]] != row["state"]
    assert any(row["since"] > days[0] for row in rows)


def test_the_demo_shows_every_scorecard(cli: Cli, tmp_path: Path) -> None:
    done = cli("demo", "--home", tmp_path / "demo", "--shops", 20, "--days", 60, "--no-serve", "--format", "json")
    assert done.code == 0
    lines = json.loads(done.out)
    assert {line["scorecard"].partition("@")[0] for line in lines} == set(library().ids())
    assert all((Path(line["path"]) / "scores.parquet").is_file() for line in lines)


def test_scorecards_of_one_kind_of_subject(cli: Cli, market: Path, tmp_path: Path) -> None:
    words = ["score", "all", "--events", market, "--as-of", UNTIL, "--out", tmp_path / "out", "--format", "json"]
    done = cli(*words, "--only", "agent")
    known = library()
    judged = {line["scorecard"].partition("@")[0] for line in json.loads(done.out)}
    assert done.code == 0
    assert judged
    assert judged < {name for name in known.ids() if known.get(name, known.versions(name)[-1]).subject == "agent"}
    assert cli(*words, "--only", "day").codes() == ["unknown-subject-kind"]
    assert cli("score", "douyin/dsr", *words[2:], "--only", "shop").codes() == ["only-with-all"]
