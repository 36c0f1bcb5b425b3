"""Settings of service metrics: shipped per platform, extended by files, changed by values, every number covered."""

from datetime import date
from pathlib import Path

import pytest

from steelyard.errors import RulesError, UsageError
from steelyard.scorecards.check import cover_findings
from steelyard.service.settings import findings, platforms, settings_of, settings_tree

DOCUMENTED = Path(__file__).parent.parent / "docs" / "examples" / "import" / "star_chat" / "settings.yaml"


def own(folder: Path, text: str) -> Path:
    file = folder / "own.yaml"
    file.write_text("id: own\nextends: sheet\ntitle: {zh: 自用, en: Own}\n" + text, encoding="utf-8")
    return file


@pytest.mark.parametrize("platform", platforms())
def test_every_shipped_number_has_a_source_or_an_assumption(platform):
    assert list(cover_findings(settings_tree(platform))) == []
    assert list(findings(settings_of(platform), settings_tree(platform))) == []
    assert settings_of(platform).id == platform


def test_the_documented_example_is_covered_too():
    assert list(cover_findings(settings_tree("sheet", DOCUMENTED))) == []


def test_a_platform_keeps_what_it_does_not_change():
    sheet, jd = settings_of(), settings_of("jd")
    changed = {"conversion_rate", "conversion_rate.all_enquirers", "mean_response_time"}
    before = {metric.name: metric for metric in sheet.metrics}
    assert {metric.name for metric in jd.metrics if before.get(metric.name) != metric} == changed | {"answer_rate_5s"}
    placed = {metric.name: metric.params["placed"] for metric in jd.metrics if metric.measure == "converted_enquirers"}
    assert placed == dict.fromkeys(placed, "paid_at")


def test_a_file_extends_and_a_value_goes_further(tmp_path):
    file = own(tmp_path, "metrics:\n  - {id: answer_rate_30s, params: {within_seconds: 20}}\n")
    (twenty,) = [metric for metric in settings_of(own=file).metrics if metric.name == "answer_rate_30s"]
    assert (twenty.params["within_seconds"], twenty.params["opens"]) == (20, "08:00")
    given = settings_of(own=file, values={"metrics.answer_rate_30s.params.within_seconds": "10"})
    assert given.metrics[0].params["within_seconds"] == 10


def test_a_calendar_reaches_the_metrics_that_have_holidays(tmp_path):
    text = "calendars: [{id: mine, days: [2022-10-01, 2022-10-02]}]\ncalendar: mine\n"
    settings = settings_of(own=own(tmp_path, text))
    params = {metric.name: settings.params(metric) for metric in settings.metrics}
    assert params["answer_rate_30s"].holidays == (date(2022, 10, 1), date(2022, 10, 2))
    assert not hasattr(params["mean_refund_time"], "holidays")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("metrics:\n  - {id: answer_rate_30s, params: {within: 20}}\n", "unknown-param"),
        ("metrics:\n  - {id: answer_rate_30s, params: {offline: perhaps}}\n", "wrong-param"),
        ("metrics:\n  - {id: mine, title: {zh: 我, en: Me}, measure: nothing}\n", "unknown-measure"),
        ("metrics:\n  - {id: mine, title: {zh: 我, en: Me}, measure: goods_base_score}\n", "unknown-measure"),
        ("metrics:\n  - {id: answer_rate_30s, calendar: nobodys}\n", "unknown-reference"),
        ("calendar: nobodys\n", "unknown-reference"),
        ("buckets: [10, 5]\n", "curve-order"),
        ("colour: red\n", "unknown-key"),
        ("low_volume: many\n", "wrong-type"),
    ],
)
def test_faults_of_a_file_are_told_with_their_place(tmp_path, text, code):
    with pytest.raises(RulesError) as raised:
        settings_of(own=own(tmp_path, text))
    assert code in {problem.code for problem in raised.value.problems}
    assert all("own.yaml line" in problem.where for problem in raised.value.problems)


def test_faults_of_the_call_are_usage_errors(tmp_path):
    with pytest.raises(UsageError, match="unknown-platform"):
        settings_of("nowhere")
    with pytest.raises(UsageError, match="unknown-path"):
        settings_of(values={"metrics.nothing.params.opens": "1"})
    with pytest.raises(UsageError, match="wrong-param"):
        settings_of(values={"metrics.answer_rate_30s.params.within_seconds": "soon"})
    file = tmp_path / "own.yaml"
    file.write_text("id: own\nextends: nobody\n", encoding="utf-8")
    with pytest.raises(RulesError, match="unknown-base"):
        settings_of(own=file)
