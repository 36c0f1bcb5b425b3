"""A statement of reasons: one document that says by which rule a shop has its score, why, and how to contest it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from steelyard.insight import contest, trace
from steelyard.insight.diagnosis import Diagnosed, Diagnosis
from steelyard.insight.markdown import Language, code, fenced, safe, table
from steelyard.insight.origin_words import numbers_in_words
from steelyard.insight.rule_section import rule_blocks
from steelyard.insight.rule_words import POLICY, STATUS, curve_in_words
from steelyard.insight.slice_words import slice_lines
from steelyard.insight.standing import Standing
from steelyard.insight.standing_words import lift_in_words, since_in_words, state_in_words, why_in_words
from steelyard.insight.statement_words import SAID, Say
from steelyard.measures.labels import LEFT_OUT
from steelyard.scorecards.covers import covered, numbers, scorecard_leaves
from steelyard.scorecards.model import Assumption, Indicator, Source
from steelyard.scoring.wording import band_title, numerator_of, plain_number

WORST = 3
"""Slices named per aspect."""


@dataclass(frozen=True)
class Statement:
    """What a document is made of."""

    diagnosis: Diagnosis
    standings: Sequence[Standing]
    shop: str
    """What the shop is called."""
    commands: Sequence[str]
    """Calls that give the same figures again."""


def title_of(statement: Statement, lang: Language) -> str:
    """The document's title, as plain text."""
    row = statement.diagnosis.explanation.row
    card = statement.diagnosis.scorecard
    say = Say(lang, statement.diagnosis.scorecard.subject)
    shop = f"{statement.shop}{say.aside(str(row['subject_id']))}"
    return f"{say.pair(getattr(SAID['title'], lang), shop)} · {getattr(card.title, lang)}"


def markdown_of(statement: Statement, lang: Language) -> str:
    """The document as Markdown: rule, inputs, reckoning, peers, effects, causes, contest, origins, reproduction."""
    parts = [f"# {safe(title_of(statement, lang))}", *_Writer(statement, lang).document()]
    return "\n\n".join(parts) + "\n"


class _Writer:
    """The sections of one statement in one language, each a run of Markdown blocks."""

    def __init__(self, statement: Statement, lang: Language) -> None:
        self.statement = statement
        self.lang = lang
        self.say = Say(lang, statement.diagnosis.scorecard.subject)
        self.diagnosis = statement.diagnosis
        self.explanation = statement.diagnosis.explanation
        self.card = statement.diagnosis.scorecard
        self.row = self.explanation.row

    def document(self) -> Iterator[str]:
        """All sections in order."""
        yield from self.summary()
        yield f"> {self.say('not_the_platform')}"
        sections: list[tuple[str, Callable[[], Iterator[str]]]] = [
            ("rule", lambda: rule_blocks(self.card, self.say)),
            ("inputs", self.inputs),
            ("reckoning", self.reckoning),
            ("peers", self.peers),
            ("effects", self.effects),
            ("causes", self.causes),
            ("contest", self.contest),
            ("origins", self.origins),
            ("again", self.again),
        ]
        for number, (name, blocks) in enumerate(sections, 1):
            yield f"## {number}. {self.say(name)}"
            yield from blocks()

    def summary(self) -> Iterator[str]:
        """Who, by which rule, on which day, with which result."""
        row, card = self.row, self.card
        lines = [
            (self.say("shop"), f"{safe(self.statement.shop)}{self.say.aside(safe(row['subject_id']))}"),
            (self.say("by"), f"{self.say.text(card.title)}{self.say.aside(code(card.name))}"),
            (self.say("published"), safe(card.published_on or self.say("open"))),
            (self.say("in_force"), safe(card.effective_from or self.say("open"))),
            (self.say("day"), safe(self.explanation.day)),
            (self.say("score"), f"**{row['score']}**" if row["score"] is not None else f"**{self.say('no_score')}**"),
        ]
        if row["band"] is not None:
            lines.append((self.say("band"), self.say.text(band_title(card, row["band"]))))
        if row["peer_rank"] is not None:
            lines.append((self.say("rank"), self.say("rank_of", rank=row["peer_rank"], peers=row["peers"])))
        lines.append((self.say("numbers"), safe(getattr(numbers(card), self.lang)())))
        yield table([self.say("what"), self.say("is")], lines)
        if row["preview"]:
            yield f"> {self.say('preview')}"
        if self.diagnosis.opening is not None:
            yield from self.opening()

    def opening(self) -> Iterator[str]:
        """What is missing for a score."""
        opening = self.diagnosis.opening
        if opening is None:
            return
        lines = [self.say("so_far", volume=opening.volume, needed=opening.needed)]
        if opening.volume < opening.needed:
            expected = opening.expected_on
            lines.append(self.say("expected", day=expected) if expected else self.say("never"))
        if opening.missing:
            titles = {part.id: part.title for part in self.card.indicators}
            titles |= {part.id: part.title for part in self.card.dimensions}
            names = self.say("and").join(self.say.text(titles[name]) for name in opening.missing)
            lines.append(self.say("lacking", names=names))
        if opening.without_group:
            lines.append(self.say("no_group"))
        lines.append(self.say("not_low"))
        yield "\n".join(f"- {line}" for line in lines)

    def inputs(self) -> Iterator[str]:
        """What was counted, over which days, and what was left out and why."""
        lines = [self.input_line(each) for each in self.diagnosis.parts]
        yield table([self.say(k) for k in ("indicator", "dates", "counts", "value", "status", "left_out")], lines)
        yield self.say("counted_before", day=self.explanation.day)

    def input_line(self, each: Diagnosed) -> list[str]:
        """What was counted for one indicator."""
        row, between = each.row, self.say("semicolon")
        counts = "–" if row["denominator"] is None else f"{numerator_of(row, each.part.unit)} ÷ {row['denominator']}"
        status = [self.say.text(STATUS[row["status"]])]
        if row.get("policy"):
            status.append(self.say.text(POLICY[row["policy"]]))
        left_out = [self.say.pair(self.reason(name), str(rows)) for name, rows in sorted(each.left_out.items())]
        value = self.say.value(each.part, row["value"])
        dates = f"{each.window[0]} – {each.window[1]}"
        return [self.say.text(each.part.title), dates, counts, value, between.join(status), between.join(left_out)]

    def reason(self, name: str) -> str:
        """Why rows were left out."""
        return safe(LEFT_OUT[name][0 if self.lang == "zh" else 1] if name in LEFT_OUT else name)

    def reckoning(self) -> Iterator[str]:
        """From the counts to the score, each step an equation."""
        yield self.say("how_to_redo")
        by_id = {each.part.id: each for each in self.diagnosis.parts}
        for part in self.explanation.dimensions:
            yield f"### {self.say.text(part.dimension.title)}"
            lines = [self.step(by_id[leaf.indicator.id]) for leaf in part.indicators]
            mean = _shown(trace.dimension_equation(part, self.explanation.adjustments))
            lines.append(self.say.pair(self.say.text(part.dimension.title), mean))
            yield "\n".join(f"- {line}" for line in lines)
        yield f"### {self.say('sum')}"
        lines = [
            *self.moved(dimensions=True),
            self.say.pair(self.say("raw"), _shown(trace.total_equation(self.diagnosis))),
        ]
        lines += self.moved(dimensions=False)
        if self.row["score"] is not None:
            lines.append(
                self.say(
                    "rounded", exact=self.row["gated_score"], decimals=self.card.scale.decimals, score=self.row["score"]
                )
            )
        yield "\n".join(f"- {line}" for line in lines)

    def step(self, each: Diagnosed) -> str:
        """One indicator: value, then points."""
        row = each.row
        value = trace.value_equation(each) or (None if row["value"] is None else str(row["value"]))
        points = f"{self.say('points')} {self.earned(each)}"
        return self.say.pair(
            self.say.text(each.part.title), f"{self.say('value')} {_shown(value)}{self.say('semicolon')}{points}"
        )

    def earned(self, each: Diagnosed) -> str:
        """The points as an equation, or with the table or policy that gave them."""
        equation = trace.points_equation(each)
        if equation is not None:
            return code(equation)
        points, policy = each.row["points"], each.row.get("policy")
        because = [self.say.text(POLICY[policy])] if policy else []
        if points is None:
            return because[0] if because else self.say("none")
        if not because and isinstance(each.part, Indicator):
            because = [self.say.text(curve_in_words(each.part))]
        return f"{code(str(points))}{self.say.aside(self.say('semicolon').join(because))}"

    def moved(self, *, dimensions: bool) -> Iterator[str]:
        """What adjustments did to dimensions, or gates to the score."""
        card = self.card
        titles = {dimension.id: dimension.title for dimension in card.dimensions}
        degrees = {degree.id: degree.title for each in card.adjustments for degree in each.degrees}
        rules = {each.id: each.title for each in card.adjustments} | {each.id: each.title for each in card.gates}
        for row in self.explanation.adjustments:
            rule, _, dimension = row["rule"].partition(".")
            if bool(dimension) is dimensions:
                what = self.say.text(titles[dimension]) if dimension else self.say("score")
                because = self.say.text(degrees[row["reason"]]) if dimension else self.say(row["reason"])
                change = code(f"{row['before']} → {row['after']}")
                yield self.say.pair(f"{self.say.text(rules[rule])} · {what}", f"{change}{self.say.aside(because)}")

    def peers(self) -> Iterator[str]:
        """Whom it is compared with, and how they do."""
        scopes = {each.row["peer_scope"] for each in self.diagnosis.parts} - {None}
        heads = ["indicator", "value", "mean", "best_tenth", "peer_count", "not_better"]
        lines = [self.peer_line(each) for each in self.diagnosis.parts]
        said = [self.say("group_is", group=safe(self.row["peer_group"] or self.say("everyone")))]
        if len(scopes) > 1:
            heads.append("who")
            for each, line in zip(self.diagnosis.parts, lines, strict=True):
                line.append(self.say(each.row["peer_scope"]) if each.row["peer_scope"] else "–")
        elif scopes and self.row["peer_group"]:
            said.append(self.say(f"all_{scopes.pop()}"))
        yield ("" if self.lang == "zh" else " ").join(said)
        yield table([self.say(key) for key in heads], lines)

    def peer_line(self, each: Diagnosed) -> list[str]:
        """One indicator beside its peers."""
        row, part = each.row, each.part
        values = [self.say.value(part, row[name]) for name in ("value", "peer_mean", "peer_best10")]
        return [
            self.say.text(part.title),
            *values,
            str(row["peers"]),
            "–" if row["not_better"] is None else str(row["not_better"]),
        ]

    def effects(self) -> Iterator[str]:
        """What the score does, why, since when, and what would change it."""
        if not self.statement.standings:
            yield self.say("no_effects")
            return
        known = [each for each in self.statement.standings if each.state != "not_set"]
        if known:
            noted = any(each.effect.note for each in known)
            heads = ["effect", "state", "since", "why", "lifted_by", *(["note"] if noted else [])]
            yield table([self.say(head) for head in heads], [self.effect_line(each, noted=noted) for each in known])
        unset: dict[str, list[str]] = {}
        for each in self.statement.standings:
            if each.state == "not_set":
                note = self.say.text(each.effect.note) if each.effect.note else ""
                unset.setdefault(note, []).append(self.say.text(each.effect.title))
        if unset:
            yield self.say("not_set")
            named = [(self.say("and").join(titles), note) for note, titles in unset.items()]
            yield "\n".join(f"- {self.say.pair(titles, note) if note else titles}" for titles, note in named)

    def effect_line(self, each: Standing, *, noted: bool) -> list[str]:
        """One effect, with its note where any has one."""
        words = [state_in_words(each), since_in_words(each), why_in_words(each), lift_in_words(each)]
        note = [self.say.text(each.effect.note) if each.effect.note else ""] if noted else []
        return [*(self.say.text(text) for text in (each.effect.title, *words)), *note]

    def causes(self) -> Iterator[str]:
        """Where points are lost, with advice and the worst of the rows."""
        concerned = sorted(
            (each for each in self.diagnosis.parts if each.needs_advice), key=lambda each: -(each.cost or Decimal(0))
        )
        if not concerned:
            yield self.say("nothing_lost")
            return
        for each in concerned:
            costs = self.say("costs", points=plain_number(each.cost)) if each.cost else self.say("costs_nothing")
            under = f" · {self.say('under_mean')}" if each.under_mean else ""
            yield f"### {self.say.text(each.part.title)} · {costs}{under}"
            views = [
                f"{self.say('view', days=view.days)} {self.say.value(each.part, view.value)}" for view in each.views
            ]
            lines = [self.say.pair(self.say("advice"), self.say.text(each.part.advice))]
            if any(view.value is not None for view in each.views):
                lines.append(" · ".join(views))
            lines += [safe(line) for line in slice_lines(each, self.lang, WORST)]
            yield "\n".join(f"- {line}" for line in lines)

    def contest(self) -> Iterator[str]:
        """Which routes are open, and what each takes out."""
        yield safe(getattr(contest.GENERAL, self.lang))
        lines = []
        for route in contest.routes(self.card, self.explanation.day):
            names = self.say("semicolon").join(
                self.say.text(part.title) for part in self.card.measured if part.id in route.indicators
            )
            state = "open_now" if route.open_on(self.explanation.day) else "closed_since"
            lines.append(
                [names, self.say.text(route.title), self.say(state, day=route.until_on), self.say.text(route.upheld)]
            )
        if lines:
            yield table([self.say(key) for key in ("indicator", "route", "state", "upheld")], lines)

    def origins(self) -> Iterator[str]:
        """Every number of the rule: published and where, or assumed and why."""
        yield self.say("grades")
        entries: tuple[Source | Assumption, ...] = (*self.card.sources, *self.card.assumptions)
        every, lines = scorecard_leaves(self.card), []
        for entry in entries:
            met = sorted(covered(entry.covers, every), key=every.index)
            named = self.say("semicolon").join(safe(said) for said in numbers_in_words(self.card, met, self.lang))
            published = isinstance(entry, Source)
            grade = entry.grade if isinstance(entry, Source) else self.say("assumed")
            where = safe(entry.where) if isinstance(entry, Source) else self.say.text(entry.why)
            lines.append([grade if published else f"**{grade}**", where, named])
        yield table([self.say(key) for key in ("grade", "where", "which")], lines)

    def again(self) -> Iterator[str]:
        """How to get the same figures again."""
        yield self.say("run")
        yield fenced("\n".join(self.statement.commands))


def _shown(equation: str | None) -> str:
    return "–" if equation is None else code(equation)
