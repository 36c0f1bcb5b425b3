"""The words of a statement of reasons, in both languages."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from steelyard.insight.markdown import Language, safe
from steelyard.scorecards.model import Indicator, Observed
from steelyard.scorecards.rule import Text
from steelyard.scoring.wording import worded

_WORDS: dict[str, tuple[str, str]] = {
    "title": ("评分理由说明", "Statement of reasons"),
    "what": ("项目", "item"),
    "is": ("内容", "is"),
    "shop": ("店铺", "shop"),
    "by": ("规则", "rule"),
    "published": ("发布日期", "published on"),
    "in_force": ("生效日期", "in force from"),
    "open": ("未公开", "not known"),
    "day": ("评分日期", "day of the score"),
    "score": ("得分", "score"),
    "no_score": ("数据不足，暂无得分", "no score yet"),
    "band": ("等级", "band"),
    "rank": ("同行排名", "rank among peers"),
    "rank_of": ("{peers} 家中第 {rank}", "{rank} of {peers}"),
    "numbers": ("规则中的数字", "numbers of the rule"),
    "not_the_platform": (
        "本说明按公开的规则和所给数据计算，不是平台出具的分数；未公布的数字为假设，实际处理以平台为准。",
        "Reckoned by the published rule; not the platform's own score. Unpublished numbers are assumed.",
    ),
    "preview": (
        "这是预览：该版本在评分日尚未生效，不产生任何影响。",
        "This is a preview: the version is not in force on this day and touches nothing.",
    ),
    "so_far": ("窗口内已有 {volume} 单，需要 {needed} 单", "{volume} rows so far in the window, {needed} needed"),
    "expected": ("按目前速度，预计 {day} 起出分", "at the current pace a score is expected on {day}"),
    "never": ("按目前速度，窗口内达不到所需单量", "at the current pace the window never holds enough"),
    "lacking": ("计分必需而没有数据：{names}", "needed for a score and without data: {names}"),
    "and": ("、", ", "),
    "no_group": ("没有类目，无法与同行比较", "it has no category, so nobody to be compared with"),
    "not_low": (
        "没有得分不等于低分：各项影响均为“未评估”。",
        "No score is not a low score: all effects are “not assessed”.",
    ),
    "rule": ("规则", "The rule"),
    "scale": (
        "分值 {low} 至 {high}，显示 {decimals} 位小数",
        "scores run from {low} to {high}, shown with {decimals} decimals",
    ),
    "window": ("统计日期", "days looked at"),
    "compared": ("比较对象", "compared with"),
    "minimum": ("出分条件", "needed to be scored"),
    "total": ("总分", "total"),
    "weight": ("权重", "weight"),
    "points": ("得分", "points"),
    "observed": ("只展示、不计分", "Shown without points"),
    "every": ("各指标", "every indicator"),
    "equal_inside": ("本维度各指标等权。", "The indicators of this dimension weigh the same."),
    "as_for": ("口径同“{title}”；参数另有规定的列在下面。", "Counted as for “{title}”, but for parameters named here."),
    "param": ("参数", "Parameter"),
    "shared_param": ("共用参数", "shared parameter"),
    "around": ("调整、门槛与等级", "Adjustments, gates and bands"),
    "adjusts": (
        "调整：{title}：{indicator}达到 {bound}（{degree}）时，{dimensions}{does}",
        "adjustment: {title}: from {indicator} {bound} on ({degree}), {dimensions} {does}",
    ),
    "loses": ("减 {points} 分", "lose {points} points"),
    "capped": ("最高 {points} 分", "have at most {points} points"),
    "band_from": ("等级：{title}：得分不低于 {score}", "band: {title}: from a score of {score} on"),
    "and_dimensions": ("，且各维度不低于 {points}", ", with {points} or more in every dimension"),
    "colon": ("：", ": "),
    "semicolon": ("；", "; "),
    "gates": (
        "门槛：{title}：{indicator}不低于 {bound} 时降级重排",
        "gate: {title}: demotes and re-ranks from {indicator} {bound} on",
    ),
    "inputs": ("数据", "Inputs"),
    "indicator": ("指标", "indicator"),
    "dates": ("起止日期", "from – to"),
    "counts": ("分子 ÷ 分母", "numerator ÷ denominator"),
    "value": ("数值", "value"),
    "status": ("状态", "status"),
    "left_out": ("不计入的记录", "rows left out"),
    "counted_before": (
        "只计 {day} 零点之前已经发生并已知的事。",
        "Only what had happened and was known before {day} at 00:00 is counted.",
    ),
    "reckoning": ("计算过程", "The reckoning"),
    "how_to_redo": (
        "每个等式的左边四舍五入到右边的小数位，即得右边；没有得分的指标不参与。",
        "Each left side, rounded half up to the decimals shown, gives the right; what has no points takes no part.",
    ),
    "sum": ("总分", "Total"),
    "raw": ("原始分", "raw score"),
    "rounded": (
        "{exact} 四舍五入取 {decimals} 位小数：{score}",
        "{exact} rounded half up to {decimals} decimals: {score}",
    ),
    "none": ("无", "none"),
    "demoted": ("未达门槛，降级重排", "failed the gate, demoted and re-ranked"),
    "reranked": ("有店铺并入本档，整档重排", "others joined its band, which was spread anew"),
    "suspended": ("门槛已暂停适用", "the gate is suspended"),
    "peers": ("同行比较", "Peers"),
    "group_is": ("比较组：{group}。", "Peer group: {group}."),
    "everyone": ("全部店铺", "all shops"),
    "mean": ("同行均值", "peers' mean"),
    "best_tenth": ("同行前 10%", "best tenth"),
    "peer_count": ("同行数", "peers"),
    "not_better": ("不优于本店", "do no better"),
    "who": ("范围", "who they are"),
    "group": ("同组", "the group"),
    "all": ("组内太少，与全部店铺比较", "too few of the group, so all shops"),
    "all_group": ("各指标都与同组店铺比较。", "Every indicator is compared within the group."),
    "all_all": (
        "组内店铺太少，各指标都与全部店铺比较。",
        "The group has too few shops, so every indicator is compared with all shops.",
    ),
    "effects": ("影响", "Effects"),
    "not_set": (
        "下列影响的门槛没有公布，也没有设定，无法判断：",
        "The thresholds of these are not published and not given, so nobody can tell:",
    ),
    "no_effects": ("该规则在评分日没有规定影响。", "The rule has no effects on this day."),
    "effect": ("影响", "effect"),
    "state": ("状态", "state"),
    "since": ("起始日", "since"),
    "why": ("条件与现值", "condition and value"),
    "lifted_by": ("如何改变", "what would change it"),
    "note": ("说明", "note"),
    "causes": ("失分原因与建议", "Where points are lost, and what helps"),
    "nothing_lost": ("没有失分的指标。", "No indicator costs points."),
    "costs": ("失 {points} 分", "costs {points} points"),
    "costs_nothing": ("不失分", "costs no points"),
    "under_mean": ("不及同行均值", "worse than the peers' mean"),
    "view": ("近 {days} 天", "last {days} days"),
    "advice": ("建议", "advice"),
    "contest": ("如何申诉", "How to contest"),
    "route": ("途径", "route"),
    "open_now": ("开放", "open"),
    "closed_since": ("自 {day} 起关闭", "closed since {day}"),
    "upheld": ("成立后", "if upheld"),
    "origins": ("数字的来源", "Where the numbers come from"),
    "grades": (
        "S：来源文件；A：平台原文的副本；B：与两者一致的二手资料；“假设”为本项目自定。",
        "S: source document; A: copy of the platform's own text; B: second hand, agreeing with both; “assumed”: ours.",
    ),
    "grade": ("级别", "grade"),
    "where": ("出处（照评分卡原文）或理由", "where, or why"),
    "which": ("数字", "numbers"),
    "assumed": ("假设", "assumed"),
    "again": ("如何复算", "How to get the same figures"),
    "run": ("用同一份数据运行：", "With the same events, run:"),
}  # fmt: skip

_OF_AGENTS: dict[str, tuple[str, str]] = {
    "rank_of": ("{peers} 人中第 {rank}", "{rank} of {peers}"),
    "shop": ("客服", "agent"),
    "everyone": ("全部客服", "all agents"),
    "not_better": ("不优于本人", "do no better"),
    "reranked": ("有客服并入本档，整档重排", "others joined its band, which was spread anew"),
    "all": ("组内太少，与全部客服比较", "too few of the group, so all agents"),
    "all_group": ("各指标都与同组客服比较。", "Every indicator is compared within the group."),
    "all_all": (
        "组内客服太少，各指标都与全部客服比较。",
        "The group has too few agents, so every indicator is compared with all agents.",
    ),
}
"""What is said otherwise of agents."""

SAID: dict[str, Text] = {key: Text(zh=zh, en=en) for key, (zh, en) in _WORDS.items()}
"""Key → the phrase, with places for `format`."""
SAID_OF_AGENTS: dict[str, Text] = SAID | {key: Text(zh=zh, en=en) for key, (zh, en) in _OF_AGENTS.items()}


@dataclass(frozen=True)
class Say:
    """Phrases of ours, and texts and values of a scorecard as safe Markdown, in one language."""

    lang: Language
    subject: Literal["shop", "agent"] = "shop"

    def __call__(self, key: str, **values: object) -> str:
        """A phrase of ours, its places filled with Markdown."""
        said = SAID_OF_AGENTS if self.subject == "agent" else SAID
        return str(getattr(said[key], self.lang)).format(**values)

    def text(self, text: Text) -> str:
        """A text of the scorecard."""
        return safe(getattr(text, self.lang))

    def value(self, part: Indicator | Observed, value: Decimal | None) -> str:
        """A value of an indicator, in its unit."""
        return self.text(worded(value, part.unit))

    def aside(self, text: str) -> str:
        """Something added to what stands before it, in brackets."""
        return f"（{text}）" if self.lang == "zh" else f" ({text})"

    def pair(self, name: str, value: str) -> str:
        """A name with what it is."""
        return f"{name}{self('colon')}{value}"
