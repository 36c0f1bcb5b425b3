"""An explanation as a tree on the terminal, in Chinese or English."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from rich.tree import Tree

from steelyard.cli.printing import Language, put_drawn
from steelyard.scorecards.covers import numbers
from steelyard.scorecards.model import Assumption, Observed, Scorecard, Source
from steelyard.scoring.explain import POLICIES, Explanation, IndicatorPart, left_out_because
from steelyard.scoring.wording import numerator_of

_SAID: dict[str, tuple[str, str]] = {
    "score": ("得分", "score"),
    "raw": ("原始分", "raw score"),
    "gated": ("门槛后", "after gates"),
    "insufficient": ("数据不足，不计分", "insufficient, no score"),
    "volume": ("窗口内数据量", "volume in the window"),
    "rank": ("同类目排名", "rank among peers"),
    "points": ("得分", "points"),
    "weight": ("权重", "weight"),
    "value": ("数值", "value"),
    "costs": ("扣分", "costs"),
    "counts": ("分子 ÷ 分母", "numerator ÷ denominator"),
    "averaged": ("商品达标率的均值", "mean of the products' shares"),
    "window": ("统计日期", "window"),
    "peers": ("同行", "peers"),
    "not_better": ("家不优于本店", "do no better"),
    "group": ("同类目", "same category"),
    "all": ("同类目太少，与全部商家比", "too few of the category, so all shops"),
    "mean": ("均值", "mean"),
    "best10": ("前10%", "best tenth"),
    "clause": ("依据", "clause"),
    "assumed": ("假设", "assumed"),
    "matters": ("为什么重要", "why it matters"),
    "advice": ("建议", "advice"),
    "gate": ("门槛", "gate"),
    "demoted": ("因未达标降级重排", "demoted and re-ranked"),
    "reranked": ("因他店并入重排", "re-ranked with those who joined"),
    "effects": ("影响", "effects"),
    "holds": ("成立", "holds"),
    "does_not_hold": ("不成立", "does not hold"),
    "not_assessed": ("未评估", "not assessed"),
    "params": ("口径", "definition"),
    "observed": ("只展示、不计分", "shown without points"),
    "no_data": ("没有数据", "no data"),
    "suspended": ("门槛已被暂停", "the gate is suspended"),
    "preview": (
        "预览：该版本尚未生效，不影响任何权益",
        "preview: this version is not yet in force and touches nothing",
    ),
    "not_set": ("门槛未设定", "threshold not set"),
    "difference": ("与均值的距离", "distance from the mean"),
    "policy": ("低数据量规则", "policy for few data"),
}


_OF_AGENTS: dict[str, tuple[str, str]] = {
    "rank": ("同组排名", "rank among peers"),
    "not_better": ("人不优于本人", "do no better"),
    "group": ("同组", "same group"),
    "all": ("同组太少，与全部客服比", "too few of the group, so all agents"),
    "reranked": ("因他人并入重排", "re-ranked with those who joined"),
}
"""What is said otherwise of agents."""


def put_explanation(explanation: Explanation, lang: Language) -> None:
    """Print the whole derivation."""
    put_drawn(tree_of(explanation, lang))


def tree_of(explanation: Explanation, lang: Language) -> Tree:
    """The derivation as a tree: total → gates → dimensions → indicators → counts → peers → clause."""
    words = _SAID | (_OF_AGENTS if explanation.scorecard.subject == "agent" else {})
    said = {key: text[0 if lang == "zh" else 1] for key, text in words.items()}
    card, row = explanation.scorecard, explanation.row
    tree = Tree(f"{row['subject_id']} · {card.name} {getattr(card.title, lang)} · {explanation.day}")
    tree.add(_total(row, said))
    if row["preview"]:
        tree.add(said["preview"])
    tree.add(getattr(numbers(card), lang)())
    for adjustment in explanation.adjustments:
        tree.add(_moved(adjustment, card, said, lang))
    for part in explanation.dimensions:
        weighed = card.total == "weighted_mean"
        branch = tree.add(_headed(getattr(part.dimension.title, lang), part.row, said, weighed=weighed))
        for leaf in part.indicators:
            _add_indicator(branch, leaf, said, lang)
    if explanation.observed:
        branch = tree.add(said["observed"])
        names = {part.id: part for part in card.observed}
        for shown in explanation.observed:
            branch.add(_observed(names[shown["indicator"]], shown, said, lang))
    if explanation.effects:
        branch = tree.add(said["effects"])
        titles = {effect.id: getattr(effect.title, lang) for effect in card.effects}
        for effect in explanation.effects:
            branch.add(f"{titles[effect['effect']]}: {said[effect['state']]} ({effect['condition']})")
    return tree


def _moved(adjustment: Mapping[str, Any], card: Scorecard, said: Mapping[str, str], lang: Language) -> str:
    """What a gate or an adjustment did, in a line."""
    moved = f"{adjustment['before']} → {adjustment['after']}"
    name, _, dimension = adjustment["rule"].partition(".")
    for gate in card.gates:
        if gate.id == name:
            return f"{said['gate']}: {getattr(gate.title, lang)}: {moved}, {said[adjustment['reason']]}"
    rule = next(part for part in card.adjustments if part.id == name)
    degree = next(getattr(part.title, lang) for part in rule.degrees if part.id == adjustment["reason"])
    which = next(getattr(part.title, lang) for part in card.dimensions if part.id == dimension)
    return f"{getattr(rule.title, lang)}: {degree}: {which} {moved}"


def _observed(part: Observed, row: Mapping[str, Any], said: Mapping[str, str], lang: Language) -> str:
    text = f"{getattr(part.title, lang)} [{part.id}]: "
    if row["value"] is None:
        return text + said["no_data"]
    counts = "" if row["denominator"] is None else f" · {numerator_of(row, part.unit):,} ÷ {row['denominator']:,}"
    return f"{text}{worded(part.unit, row['value'])}{counts} · {said['mean']} {worded(part.unit, row['peer_mean'])}"


def _total(row: Mapping[str, Any], said: Mapping[str, str]) -> str:
    if row["score"] is None:
        return f"{said['insufficient']} · {said['volume']} {row['volume']}"
    text = f"{said['score']} {row['score']} · {said['raw']} {row['raw_score']}"
    if row["gated_score"] != row["raw_score"]:
        text += f" · {said['gated']} {row['gated_score']}"
    rank = f"{row['peer_rank']}/{row['peers']} ({row['peer_group'] or '–'})"
    return f"{text} · {said['rank']} {rank} · {said['volume']} {row['volume']}"


def _headed(title: str, row: Mapping[str, Any], said: Mapping[str, str], *, weighed: bool = True) -> str:
    """Title, points and, where it plays a part, the weight."""
    points = "–" if row["points"] is None else row["points"]
    text = f"{title}: {said['points']} {points}"
    weight = "–" if row["weight"] is None else row["weight"]
    return f"{text} · {said['weight']} {weight}" if weighed else text


def _add_indicator(branch: Tree, part: IndicatorPart, said: Mapping[str, str], lang: Language) -> None:
    text = _headed(f"{getattr(part.indicator.title, lang)} [{part.indicator.id}]", part.row, said)
    if part.cost is not None:
        text += f" · {said['costs']} {part.cost}"
    node = branch.add(text)
    for line in _lines(part, said, lang):
        node.add(line)


def _lines(part: IndicatorPart, said: Mapping[str, str], lang: Language) -> Iterator[str]:
    row = part.row
    unit = part.indicator.unit
    missing = left_out_because(row)
    if missing is not None:
        yield getattr(missing, lang)
    elif row["denominator"] is None:
        yield f"{said['value']} {worded(unit, row['value'])} · {said['averaged']}"
    else:
        counts = f"{numerator_of(row, unit):,} ÷ {row['denominator']:,}"
        yield f"{said['value']} {worded(unit, row['value'])} · {said['counts']} {counts}"
        if row["policy"] is not None:
            yield f"{said['policy']}: {getattr(POLICIES[row['policy']], lang)}"
    if part.indicator.matters is not None:
        yield f"{said['matters']}: {getattr(part.indicator.matters, lang)}"
    yield f"{said['window']} {part.window[0]} … {part.window[1]}"
    if row["not_better"] is not None:
        yield (
            f"{said['peers']} {row['peers']} ({said[row['peer_scope']]}): {row['not_better']} {said['not_better']}"
            f" · {said['mean']} {worded(unit, row['peer_mean'])} · {said['best10']} {worded(unit, row['peer_best10'])}"
        )
    if row["peer_difference"] is not None:
        yield f"{said['difference']} {row['peer_difference']:+.2%}"
    for what, cover in part.clauses:
        if cover is not None:
            yield f"{said['clause']} ({said[what]}): {_cover(cover, said, lang)}"
    if part.cost:
        yield f"{said['advice']}: {getattr(part.indicator.advice, lang)}"


def worded(unit: str, value: Decimal) -> str:
    """A value exactly, and what it comes to for people."""
    if unit in ("seconds", "time"):
        days, hours = value / 86_400, value / 3_600
        return f"{value} s ({days:.1f} d)" if days >= 1 else f"{value} s ({hours:.1f} h)"
    return f"{value} ({value:.2%})" if unit == "rate" else str(value)


def _cover(cover: Source | Assumption, said: Mapping[str, str], lang: Language) -> str:
    if isinstance(cover, Source):
        return f"[{cover.grade}] {cover.where}"
    return f"[{said['assumed']}] {getattr(cover.why, lang)}"
