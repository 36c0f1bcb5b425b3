"""What a measure counts, in words: in English its docstring, in Chinese its entry of `descriptions.zh.yaml`."""

import re
from functools import cache
from importlib.resources import files
from inspect import cleandoc
from typing import Literal

from pydantic import BaseModel, ConfigDict

from steelyard import yaml12
from steelyard.facts.catalogue import FACTS
from steelyard.measures import Measure

Language = Literal["zh", "en"]

HEADS: dict[str, tuple[str, str]] = {
    "question": ("问题", "Question"),
    "eligible": ("分母", "Eligible"),
    "counts": ("分子", "Counts"),
    "left_out": ("不计入", "Left out"),
    "unit": ("单位", "Unit"),
    "source": ("依据", "Source"),
}
"""The parts of a description in their order, and what they are called in both languages."""


class _Parts(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    question: str
    eligible: str
    counts: str
    left_out: str
    unit: str
    source: str


class _Chinese(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    facts: dict[str, str]
    sections: dict[str, str]
    measures: dict[str, _Parts]


def described(measure: Measure, lang: Language) -> dict[str, str]:
    """The parts of a measure's description by the names of `HEADS`, each as one line."""
    return _chinese().measures[measure.name].model_dump() if lang == "zh" else _english(measure.doc)


def row_in_words(fact: str, lang: Language) -> str:
    """What one row of a fact is."""
    return _chinese().facts[fact] if lang == "zh" else FACTS[fact].row


def section_title(module: str, lang: Language) -> str:
    """What the measures of one module are about."""
    return _chinese().sections[module] if lang == "zh" else module.replace("_", " ").capitalize()


def _english(doc: str) -> dict[str, str]:
    names = {en: name for name, (_, en) in HEADS.items()}
    line = " ".join(cleandoc(doc).split())
    question, *pieces = re.split(rf"\s*\b({'|'.join(names)}): ", line)
    return {"question": question} | {names[head]: text for head, text in zip(pieces[::2], pieces[1::2], strict=True)}


@cache
def _chinese() -> _Chinese:
    text = (files("steelyard.measures") / "descriptions.zh.yaml").read_text(encoding="utf-8")
    return _Chinese.model_validate(yaml12.plain(text))
