"""A small scorecard, its measures, and the faults that break it: one line changed each."""

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

TINY = """\
id: demo/tiny
version: "1"
title: {zh: 小分, en: Tiny score}
platform: demo
subject: shop
published_on: 2022-01-01
effective_from: 2022-02-01
scale: {min: 0, max: 10, decimals: 2}
window: {days: 30}
peers: {by: category, min_peers: 5}
volume: {measure: paid, minimum: 3}
total: weighted_mean
params: {grace_hours: 24}
dimensions:
  - id: speed
    title: {zh: 速度, en: Speed}
    weight: 6000
    when_missing: leave_out
    indicators:
      - id: fast
        title: {zh: 快, en: Fast}
        measure: collected
        better: higher
        weight: 2500
        points: {curve: steps, steps: [{bound: 0.9, points: 10}, {bound: 0.5, points: 5}], otherwise: 0}
        when_missing: {points: 4}
        unit: rate
        advice: {zh: 快一点, en: Be quick}
      - id: near
        title: {zh: 近, en: Near}
        measure: duration
        better: lower
        weight: 7500
        points: {curve: linear, worst: {bound: 100, points: 0}, best: {bound: 10, points: 10}}
        when_missing: zero
        unit: seconds
        advice: {zh: 近一点, en: Be near}
  - id: care
    title: {zh: 服务, en: Care}
    weight: 4000
    when_missing: insufficient
    indicators:
      - id: kind
        title: {zh: 客气, en: Kind}
        measure: kindness
        better: higher
        weight: equal
        points: {curve: peer_share, min: 2, max: 10}
        when_missing: leave_out
        params: {stars: 3, opens: "08:00"}
        unit: rate
        advice: {zh: 客气些, en: Be kind}
      - id: calm
        title: {zh: 冷静, en: Calm}
        measure: paid
        better: higher
        weight: equal
        points: {curve: deduction, target: 0.9, full: 10, per_unit: 1, unit: 0.01, floor: 0}
        when_missing: leave_out
        unit: rate
        advice: {zh: 冷静些, en: Be calm}
observed:
  - id: patience
    title: {zh: 耐心, en: Patience}
    measure: kindness
    better: lower
    params: {stars: 2, opens: "09:00"}
    unit: rate
    advice: {zh: 耐心些, en: Be patient}
adjustments:
  - id: impatient
    title: {zh: 不耐烦, en: Impatient}
    indicator: patience
    dimensions: [care]
    degrees:
      - {id: heavy, title: {zh: 重, en: Heavy}, reaches: 0.5, points: 3}
      - {id: light, title: {zh: 轻, en: Light}, reaches: 0.2, cap: 7}
gates:
  - id: unkind
    title: {zh: 门槛, en: Limit}
    indicator: kind
    value_at_least: 0.5
    demotions: [{from_raw: 9, low: 8, high: 9}, {from_raw: 8, low: 7, high: 8}]
bands:
  - {id: top, title: {zh: 优, en: Top}, at_least: 8}
  - {id: rest, title: {zh: 其他, en: Rest}, at_least: 0}
exemptions:
  - {reasons: [force_majeure], indicators: [fast]}
effects:
  - id: ads
    title: {zh: 广告, en: Ads}
    kind: restriction
    when: [{of: score, below: 4.8}, {of: dimension.care, at_most: 5}]
    from_on: 2022-03-01
sources:
  - covers: [scale.*, window.days, "dimensions.*.weight", gates.**, bands.**, effects.**]
    grade: S
    where: the rule
  - {covers: [volume.minimum, peers.min_peers], grade: B, where: a guide}
assumptions:
  - covers: ["params.*", "dimensions.*.indicators.*.**", "observed.**", "adjustments.**"]
    why: {zh: 未公布, en: not published}
"""

FAULTS: list[tuple[str, str, str, str]] = [
    ("anchors-not-read", "subject: shop", "subject: &s shop", "subject:"),
    ("anchors-not-read", "window: {days: 30}", "window: !days {days: 30}", "window:"),
    ("band-order", "at_least: 8}", "at_least: 0}", "id: rest"),
    ("band-order", "at_least: 0}", "at_least: 1}", "id: rest"),
    ("band-order", "at_least: 8}", "at_least: 11}", "id: top"),
    ("condition-comparison", "below: 4.8}", "below: 4.8, above: 1}", "when: [{of: score"),
    ("condition-comparison", "{of: score, below: 4.8}", "{of: score}", "when: [{of: score"),
    ("cover-of-nothing", "covers: [scale.*,", "covers: [scale.*, scales.*,", "scales"),
    ("covered-twice", 'covers: ["params.*",', 'covers: ["params.*", scale.min,', "scale: {min"),
    ("curve-order", "{bound: 0.5, points: 5}", "{bound: 0.9, points: 5}", "curve: steps"),
    ("curve-order", "{bound: 0.5, points: 5}", "{bound: 0.5, points: 10}", "curve: steps"),
    ("curve-order", "best: {bound: 10, points: 10}", "best: {bound: 200, points: 10}", "curve: linear"),
    ("curve-order", "full: 10, per_unit: 1", "full: 10, per_unit: -1", "curve: deduction"),
    ("dates-order", "effective_from: 2022-02-01", "effective_from: 2021-02-01", "effective_from"),
    ("dates-order", "from_on: 2022-03-01", "from_on: 2022-03-01\n    until_on: 2022-03-01", "until_on"),
    ("degree-order", "reaches: 0.2, cap: 7", "reaches: 0.6, cap: 7", "degrees:"),
    ("degree-order", "reaches: 0.2, cap: 7", "reaches: 0.2, cap: 7, points: 1", "degrees:"),
    ("degree-order", "reaches: 0.5, points: 3", "reaches: 0.5, points: -3", "degrees:"),
    ("degree-order", "reaches: 0.2, cap: 7", "reaches: 0.2, cap: -7", "degrees:"),
    ("degree-order", "reaches: 0.2, cap: 7", "reaches: 0.2, points: 4", "degrees:"),
    ("duplicate-id", "id: light", "id: heavy", "id: heavy, title: {zh: 轻"),
    ("invalid-id", "observed:\n  - id: patience", "observed:\n  - id: volume", "id: volume"),
    ("demotion-order", "{from_raw: 9, low: 8, high: 9}", "{from_raw: 9, low: 8.1, high: 9}", "demotions"),
    ("demotion-order", "{from_raw: 9, low: 8, high: 9}", "{from_raw: 9, low: 8, high: 8.9}", "demotions"),
    ("dimension-weights", "weight: 6000", "weight: 5000", "dimensions:"),
    ("dimension-weights", "weight: 6000", "weight: equal", "dimensions:"),
    ("duplicate-id", "id: near", "id: fast", "id: fast\n        title: {zh: 近"),
    ("duplicate-key", "subject: shop", "subject: shop\nsubject: agent", "subject: agent"),
    ("indicator-weights", "weight: 2500", "weight: 2000", "indicators:"),
    ("invalid-id", "id: demo/tiny", "id: tiny", "id: tiny"),
    ("invalid-id", 'version: "1"', 'version: "Eins!"', "version"),
    ("invalid-id", "id: ads", "id: Ads", "id: Ads"),
    ("min-above-max", "scale: {min: 0, max: 10,", "scale: {min: 10, max: 10,", "scale"),
    (
        "min-above-max",
        "curve: peer_share, min: 2, max: 10",
        "curve: peer_share, min: 5, max: 5",
        "peer_share",
    ),
    ("missing-key", "platform: demo\n", "", "id: demo/tiny"),
    ("missing-key", "{curve: peer_share, min: 2,", "{min: 2,", "points: {min: 2"),
    ("missing-text", "title: {zh: 小分, en: Tiny score}", "title: {zh: 小分}", "title: {zh: 小分}"),
    (
        "missing-text",
        "advice: {zh: 快一点, en: Be quick}",
        'advice: {zh: " ", en: Be quick}',
        'advice: {zh: " "',
    ),
    ("not-a-mapping", TINY, "- a\n- b\n", ""),
    ("not-yaml", "window: {days: 30}", "window: {days: 30", "peers"),
    ("out-of-range", "window: {days: 30}", "window: {days: 0}", "window"),
    ("points-outside-scale", "{bound: 0.9, points: 10}", "{bound: 0.9, points: 11}", "curve: steps"),
    (
        "policy-mismatch",
        "when_missing: zero",
        "when_missing: zero\n        low_volume: {policy: count, below: 5, per_row: 1}",
        "low_volume: {policy",
    ),
    (
        "points-outside-scale",
        "when_missing: {points: 4}",
        "when_missing: {points: -1}",
        "when_missing: {points",
    ),
    ("subject-mismatch", "subject: shop", "subject: shop\nrole: presale", "role:"),
    ("subject-mismatch", "by: category", "by: team", "peers:"),
    ("subject-mismatch", "by: category", "by: shop", "peers:"),
    ("measure-without-agents", "subject: shop", "subject: agent", "measure: kindness"),
    ("uncovered-number", "[volume.minimum, peers.min_peers]", "[volume.minimum]", "peers:"),
    ("uncovered-number", 'covers: ["params.*",', "covers: [", "params: {grace"),
    ("unit-mismatch", "unit: seconds", "unit: rate", "unit: rate\n        advice: {zh: 近"),
    ("unknown-key", "subject: shop", "subject: shop\nsubjects: shop", "subjects"),
    ("unknown-measure", "measure: kindness", "measure: kindnes", "measure: kindnes"),
    ("unknown-measure", "{measure: paid,", "{measure: pay,", "volume"),
    (
        "unknown-measure",
        "id: patience\n    title: {zh: 耐心, en: Patience}\n    measure: kindness",
        "id: patience\n    title: {zh: 耐心, en: Patience}\n    measure: kind",
        "measure: kind\n    better: lower",
    ),
    ("unknown-reference", "indicator: patience", "indicator: patient", "indicator: patient"),
    ("unknown-reference", "dimensions: [care]", "dimensions: [car]", "dimensions: [car]"),
    ("unknown-param", "params: {stars: 3,", "params: {star: 3, stars: 3,", "params: {star:"),
    ("unknown-reference", "indicator: kind", "indicator: kid", "indicator: kid"),
    ("unknown-reference", "indicators: [fast]", "indicators: [slow]", "[slow]"),
    ("unknown-reference", "of: dimension.care", "of: dimension.kind", "when: ["),
    ("unused-param", "params: {grace_hours: 24}", "params: {grace_hours: 24, days: 3}", "params: {grace"),
    ("wrong-param", "params: {grace_hours: 24}", "params: {grace_hours: long}", "params: {grace"),
    ("wrong-param", "params: {stars: 3,", "params: {", "params: { opens"),
    ("wrong-type", "minimum: 3", "minimum: three", "volume"),
    ("wrong-type", 'version: "1"', "version: 1", "version"),
    ("wrong-type", "minimum: 3", "minimum: true", "volume"),
    ("wrong-value", "subject: shop", "subject: shops", "subject"),
    ("wrong-value", "curve: peer_share", "curve: peers", "curve: peers"),
    ("wrong-value", "decimals: 2", "decimals: .nan", "scale"),
]
"""Code, what is changed, into what, and a text on the line the finding must point at."""


class _Params(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Grace(_Params):
    grace_hours: int


class Stars(_Params):
    stars: int
    opens: str


@dataclass(frozen=True)
class Info:
    name: str
    unit: str
    params: type[BaseModel]
    evidence: tuple[str, ...] = ("orders",)
    of_agents: bool = True


MEASURES = {
    info.name: info
    for info in (
        Info("paid", "rate", _Params),
        Info("collected", "rate", Grace),
        Info("duration", "seconds", _Params),
        Info("kindness", "rate", Stars, of_agents=False),
    )
}


def write(folder, text=TINY, name="1.yaml"):
    """The scorecard in a file, with a worked case beside it."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    cases = folder / "cases" / path.stem
    cases.mkdir(parents=True, exist_ok=True)
    (cases / "one.yaml").write_text("scorecard: demo/tiny@1\n", encoding="utf-8")
    return path
