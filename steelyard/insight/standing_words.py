"""How a subject stands, in words of both languages."""

from steelyard.insight.standing import Standing
from steelyard.scorecards.rule import Text

_STATES = {
    ("right", "holds"): Text(zh="可以", en="may"),
    ("right", "does_not_hold"): Text(zh="不可以", en="may not"),
    ("restriction", "holds"): Text(zh="受限", en="restricted"),
    ("restriction", "does_not_hold"): Text(zh="不受限", en="not restricted"),
    ("advice", "holds"): Text(zh="提示", en="told"),
    ("advice", "does_not_hold"): Text(zh="无需提示", en="not told"),
}
_UNKNOWN = {
    "not_assessed": Text(zh="未评估", en="not assessed"),
    "not_set": Text(zh="门槛未设定", en="threshold not set"),
}
_REASONS = {
    "insufficient": Text(zh="暂无得分", en="no score"),
    "state_unknown": Text(zh="状态未知", en="its state is not known"),
    "threshold_not_set": Text(zh="门槛未公布，也未设定", en="the threshold is not published and not given"),
}


def state_in_words(standing: Standing) -> Text:
    """The state as its effect understands it: may, may not, restricted, told."""
    return _STATES.get((standing.effect.kind, standing.state)) or _UNKNOWN[standing.state]


def why_in_words(standing: Standing) -> Text:
    """The conditions with their values, or why nothing was assessed."""
    unknown = _REASONS.get(standing.reason or "") if standing.state in _UNKNOWN else None
    if unknown is not None:
        return unknown
    return Text(
        zh="；".join(text.zh for text in standing.conditions), en="; ".join(text.en for text in standing.conditions)
    )


def lift_in_words(standing: Standing) -> Text:
    """What would change it: any of the needs for a restriction, all for a right."""
    right = standing.effect.kind == "right"
    return Text(
        zh=("；" if right else "；或").join(text.zh for text in standing.lift),
        en=("; " if right else "; or ").join(text.en for text in standing.lift),
    )


def since_in_words(standing: Standing) -> Text:
    """The first day of the run, or earlier where the days looked at do not tell."""
    day = str(standing.since)
    if standing.state == "not_set":
        return Text(zh="–", en="–")
    return Text(zh=f"{day} 或更早", en=f"{day} or earlier") if standing.or_earlier else Text(zh=day, en=day)
