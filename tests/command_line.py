"""Calls of the command line in tests: what came back, and what is to be expected of it."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

CARD = "douyin/experience"
VERSION = "2022-09-26"
UNTIL = date(2022, 11, 1)
"""The day after the last one of the sample marketplace."""

TABLES = ("scores", "dimensions", "indicators", "observed", "adjustments", "effects")
QUICK = """\
id: demo/quick
version: "1"
title: {zh: 快, en: Quick}
platform: demo
subject: shop
published_on: 2022-01-01
scale: {min: 0, max: 10, decimals: 1}
window: {days: 30}
peers: {by: category, min_peers: 2}
volume: {measure: paid_orders, minimum: 3}
total: weighted_mean
dimensions:
  - id: care
    title: {zh: 服务, en: Care}
    weight: equal
    when_missing: insufficient
    indicators:
      - id: complaints
        title: {zh: 投诉率, en: Complaints}
        measure: complaint_rate
        better: lower
        weight: equal
        points: {curve: peer_share, min: 0, max: 10}
        when_missing: leave_out
        unit: rate
        advice: {zh: 少投诉, en: Fewer complaints}
assumptions:
  - covers: ["**"]
    why: {zh: 测试, en: a test}
"""
"""A scorecard of one indicator, for tests of what happens around a score: it takes a tenth of the time."""

PROBLEM = re.compile(r"(?P<place>\S.*?): (?P<code>[a-z]+(?:-[a-z]+)+): (?P<message>\S.*); (?P<fix>\S.*)")
TOLD = re.compile(
    r"note: .+|written: .+|.+ …|.+: [\w -]+ and \d+ more|[\d,]+ rows quarantined.*"
    r"|next: .+|events: \S+|results: \S+"
)
"""Progress and notes, one line each."""


@dataclass(frozen=True)
class Done:
    """A finished call."""

    code: int
    out: str
    err: str

    def codes(self) -> list[str]:
        """The codes of the problems told; nothing but problems, progress and notes may be told."""
        assert "Traceback" not in self.err
        lines = [line for line in self.err.splitlines() if not TOLD.fullmatch(line)]
        found = [PROBLEM.fullmatch(line) for line in lines]
        assert all(found), self.err
        return [match["code"] for match in found if match]


def with_settings(arguments: Iterable[object]) -> list[str]:
    """`arguments` as text; on this small data a score is quickest with two threads."""
    texts = [str(argument) for argument in arguments]
    return [*texts, "--set", "engine.threads=2"] if texts[:1] in (["score"], ["explain"], ["rows"]) else texts


def started(*arguments: object) -> subprocess.Popen[str]:
    """The command line in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "steelyard", *with_settings(arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "STEELYARD_LANG": "en", "PYTHONIOENCODING": "utf-8"},
    )


def finished(process: subprocess.Popen[str]) -> Done:
    """What a started call came to."""
    out, err = process.communicate()
    return Done(process.returncode, out, err)


def tables_of(folder: Path) -> dict[str, pa.Table]:
    """A result, sorted: rows of a table come in no order."""
    return {name: in_order(pq.read_table(folder / f"{name}.parquet")) for name in TABLES}


def in_order(table: pa.Table) -> pa.Table:
    """`table` sorted by all it is told apart by, its types without who may be NULL."""
    keys = [
        name
        for name in ("as_of", "subject_id", "indicator", "dimension", "effect", "rule")
        if name in table.column_names
    ]
    plain = pa.schema([(field.name, field.type) for field in table.schema])
    return table.cast(plain).sort_by([(name, "ascending") for name in keys])


def content(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, byte for byte."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def days_in(folder: Path) -> list[str]:
    """The days `run.json` names."""
    days: list[str] = json.loads((folder / "run.json").read_text(encoding="utf-8"))["days"]
    return days
