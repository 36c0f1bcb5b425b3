"""The reference pages of the measures, `docs/measures.md` and `docs/measures.zh-CN.md`, from their descriptions.

`python -m steelyard.measures.reference [zh]` writes one to stdout; a test compares both with the pages.
"""

import sys
from collections.abc import Iterator
from inspect import cleandoc
from itertools import groupby

from steelyard.measures import Measure, Params
from steelyard.measures.catalogue import CATALOGUE
from steelyard.measures.descriptions import HEADS, Language, described, row_in_words, section_title
from steelyard.measures.labels import LEFT_OUT
from steelyard.scorecards.terms import PARAMS

_HEAD = {
    "en": """\
# Measures

[中文](measures.zh-CN.md) · Written from the measures themselves by `python -m steelyard.measures.reference`; a test
compares.

A measure looks at the rows of one fact: an order, an after-sales case, a session, or a product's day on
the shelf. Its value is what counts ÷ what is eligible. A row belongs to a window by the time that makes it
eligible, and only what was known before the day of the score exists. A row is left out only where the
condition is *known* to be true: an unknown distance is not remote. Without any of the evidence tables
there is no data, never zero. The rule's numbers are not here: they are parameters that the scorecard gives
(`steelyard scorecards show`).
""",
    "zh": """\
# 指标口径

[English](measures.md) · 由 `python -m steelyard.measures.reference zh` 根据口径本身生成，有测试比对。

一项口径只看一种事实的记录：一笔订单、一张售后单、一个会话，或一件商品在架的一天。数值等于分子 ÷ 分母。
一条记录在它成为分母的那一刻归入统计窗口；评分日之前尚不知道的事，等于没有发生。
只有*确知*条件成立时，记录才不计入：距离未知不算偏远。所依据的数据表一张都没有时，结果是没有数据，而不是零。
规则里的数字不在这里：它们是评分卡给出的参数（`steelyard scorecards show`）。
""",
}
_LABELS = {
    "en": """\
## Why a row does not count

What `steelyard rows` says in the columns `reason` and `because`: the conditions of measures, then the
reasons of exclusions.
""",
    "zh": """\
## 记录为什么不计入

`steelyard rows` 在 `reason` 和 `because` 两列给出的原因：先是各口径的条件，后是剔除的原因。
""",
}
_WORDS = {
    "looks_at": ("一条记录是", "Looks at"),
    "evidence": ("所依据的数据表", "Evidence"),
    "params": ("参数", "Parameters"),
}


def reference(lang: Language) -> str:
    """The whole page in one language, as Markdown."""
    return "\n".join([_HEAD[lang], *_measures(lang), *_labels(lang)])


def _measures(lang: Language) -> Iterator[str]:
    by_file = groupby(CATALOGUE.values(), key=lambda measure: measure.count.__module__.rpartition(".")[2])
    for module, measures in sorted((name, list(found)) for name, found in by_file):
        yield f"## {section_title(module, lang)}\n"
        for measure in measures:
            yield from _measure(measure, lang)


def _measure(measure: Measure, lang: Language) -> Iterator[str]:
    parts = described(measure, lang)
    yield f"### {measure.name}\n\n{parts.pop('question')}\n"
    yield _line(_WORDS["looks_at"], row_in_words(measure.fact, lang), lang)
    yield from (_line(HEADS[name], text, lang) for name, text in parts.items())
    tables = [f"`{table}`" for table in measure.evidence]
    yield _line(_WORDS["evidence"], ("、" if lang == "zh" else ", ").join(tables), lang)
    if measure.params.model_fields:
        yield _line(_WORDS["params"], _params_zh(measure.params) if lang == "zh" else _params_en(measure.params), lang)
    yield ""


def _line(head: tuple[str, str], text: str, lang: Language) -> str:
    return f"- **{head[0]}**：{text}" if lang == "zh" else f"- **{head[1]}**: {text}"


def _params_zh(params: type[Params]) -> str:
    return "；".join(f"`{name}` {PARAMS[name][0]}" for name in params.model_fields) + "。"


def _params_en(params: type[Params]) -> str:
    """The names, then what a measure's own parameters and those it shares with others mean."""
    own = [cls for cls in reversed(params.__mro__) if issubclass(cls, Params) and cls is not Params]
    meant = " ".join(" ".join(cleandoc(cls.__doc__).split()) for cls in own if cls.__doc__)
    return f"{', '.join(f'`{name}`' for name in params.model_fields)}. {meant}"


def _labels(lang: Language) -> Iterator[str]:
    yield _LABELS[lang]
    yield "| 代码 | 中文 | 英文 |" if lang == "zh" else "| code | 中文 | English |"
    yield "|---|---|---|"
    yield from (f"| `{code}` | {zh} | {en} |" for code, (zh, en) in LEFT_OUT.items())


if __name__ == "__main__":
    sys.stdout.write(reference("zh" if sys.argv[1:] == ["zh"] else "en") + "\n")
