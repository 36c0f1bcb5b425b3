"""Pages that repeat what the source says: commands, measures, error codes."""

import ast
import re
from datetime import date

import pytest
from documents import ROOT

from steelyard.cli.reference import reference as commands
from steelyard.counting import Question
from steelyard.counting.tally import counts_of, fact_table
from steelyard.events.contract import CONTRACT
from steelyard.events.exclusions import VOLUME, Acting
from steelyard.facts import Past
from steelyard.measures import Averaged
from steelyard.measures.catalogue import CATALOGUE
from steelyard.measures.labels import LEFT_OUT
from steelyard.measures.reference import reference as measures
from steelyard.scorecards.library import library
from steelyard.scoring import questions_of
from steelyard.service.settings import settings_of
from steelyard.windows import Period

CODE = r"[a-z]+(?:-[a-z]+)+"
NO_CODES = {"in-memory", "ibis-framework"}
"""Words of the source that look like codes: a value of a Spark setting, the name of a library."""


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def test_the_command_page_is_what_the_commands_say():
    assert page("cli.md").partition("<!-- commands -->\n")[2].strip() == commands().strip()


@pytest.mark.parametrize(("name", "lang"), [("measures.md", "en"), ("measures.zh-CN.md", "zh")])
def test_the_measures_pages_are_what_the_descriptions_say(name, lang):
    assert page(name).strip() == measures(lang).strip()


def test_every_reason_has_a_label_in_both_languages():
    past = Past(date(2022, 11, 1), "string", frozenset(CONTRACT))
    asked = [
        question
        for name in library().ids()
        for version in library().versions(name)
        for question in questions_of(library().get(name, version), CATALOGUE)
    ]
    every = settings_of()
    window = Period(past.day, past.day)
    asked += [
        Question("it", every.measure(metric), every.params(metric), window, Acting(VOLUME)) for metric in every.metrics
    ]
    changed = {"burst": "first", "offline": "shop", "holidays": [past.day], "phases": ["presale"]}
    clock = CATALOGUE["message_wait"]
    asked.append(Question("it", clock, clock.params.model_validate(changed), window, Acting(VOLUME)))
    reasons = set(CONTRACT["exclusions"].column("reason").values)
    for question in asked:
        found = counts_of(fact_table(past, question.measure.fact, [question]), question)
        for count in found.parts.values() if isinstance(found, Averaged) else [found]:
            reasons |= set(count.left_out)
    assert reasons == set(LEFT_OUT)
    assert all(zh.strip() and en.strip() for zh, en in LEFT_OUT.values())


def codes_in_source() -> tuple[set[str], set[str]]:
    """Codes written in the source, and the beginnings of those that are put together there."""
    codes, beginnings = set(), set()
    for file in (ROOT / "steelyard").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                codes |= set(re.findall(rf"'({CODE})'", node.value))
                codes |= {node.value} if re.fullmatch(CODE, node.value) else set()
            if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                begins = str(node.values[0].value)
                beginnings |= {begins} if re.fullmatch("[a-z]+-", begins) else set()
    return codes - NO_CODES, beginnings


def test_every_code_is_explained_and_every_explained_code_exists():
    rows = [line.split("|")[1] for line in page("errors.md").splitlines() if line.startswith("| `")]
    explained = {code for cell in rows for code in re.findall(rf"`({CODE})`", cell)}
    codes, beginnings = codes_in_source()
    assert codes - explained == set()
    assert {code for code in explained - codes if not code.startswith(tuple(beginnings))} == set()
    assert all(any(code.startswith(begins) for code in explained) for begins in beginnings)
