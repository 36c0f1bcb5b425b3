"""What scorecards ask of the measures, each question counted once however many ask it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce

import ibis
import ibis.expr.types as ir

from steelyard.counting import Question
from steelyard.counting.main_category import main_categories
from steelyard.counting.tally import tally
from steelyard.events.exclusions import VOLUME, Acting
from steelyard.facts import Past
from steelyard.measures import Measure
from steelyard.scorecards.curves import LongerWindow
from steelyard.scorecards.model import Indicator, Observed, Scorecard
from steelyard.scoring.steps import Step
from steelyard.scoring.values import longer_name, policy_of


@dataclass(frozen=True)
class Asked:
    """A scorecard and the question behind each of its own names: its volume, indicators, observed values."""

    scorecard: Scorecard
    questions: Mapping[str, Question]


def questions_of(
    scorecard: Scorecard, measures: Mapping[str, Measure], named: Collection[str] | None = None
) -> list[Question]:
    """What the scorecard asks: its volume first, then each indicator and observed value, longer windows beside.

    `named` are the indicators that exclusions of the folder name, where that is known: no other needs exclusions of
    its own, so more questions are alike.
    """
    volume = measures[scorecard.volume.measure]
    params = volume.params.model_validate(scorecard.params_for({}, volume.params.model_fields))
    window = (scorecard.volume.window or scorecard.window).window()
    found = [Question(VOLUME, volume, params, window, _acting(scorecard, VOLUME, named), scorecard.subject)]
    for part in scorecard.measured:
        own = replace(_question(scorecard, part, measures), acting=_acting(scorecard, part.id, named))
        found.append(own)
        policy = policy_of(part)
        if isinstance(policy, LongerWindow):
            found.append(replace(own, name=longer_name(part.id), window=policy.window.window()))
    return found


def _acting(scorecard: Scorecard, indicator: str, named: Collection[str] | None) -> Acting:
    limited = {reason: exemption for exemption in scorecard.exemptions for reason in exemption.reasons}
    allowed = {reason for reason, exemption in limited.items() if indicator in exemption.indicators}
    name = indicator if named is None or indicator in named else VOLUME
    return Acting(name, frozenset(limited), frozenset(allowed), frozenset(scorecard.evidence_only))


def _question(scorecard: Scorecard, part: Indicator | Observed, measures: Mapping[str, Measure]) -> Question:
    measure = measures[part.measure]
    params = measure.params.model_validate(scorecard.params_for(part.params, measure.params.model_fields))
    window = (part.window or scorecard.window).window()
    return Question(part.id, measure, params, window, _acting(scorecard, part.id, None), scorecard.subject)


def asked(
    scorecards: Sequence[Scorecard], measures: Mapping[str, Measure], named: Collection[str] | None = None
) -> list[Asked]:
    """What all scorecards ask; where two ask the same, both have one and the same question."""
    known: dict[tuple[object, ...], Question] = {}
    names: set[str] = set()
    found = []
    for scorecard in scorecards:
        own = {}
        for question in questions_of(scorecard, measures, named):
            same = known.setdefault(_content(question), _renamed(question, names))
            names.add(same.name)
            own[question.name] = same
        found.append(Asked(scorecard, own))
    return found


def _content(question: Question) -> tuple[object, ...]:
    return question.measure.name, question.params, question.window, question.acting, question.judged


def _renamed(question: Question, taken: set[str]) -> Question:
    name, number = question.name, 1
    while name in taken:
        number += 1
        name = f"{question.name}__{number}"
    return replace(question, name=name)


def by_fact(questions: Sequence[Question]) -> list[tuple[str, list[Question]]]:
    """The name of a step and the questions it counts: one per fact, and per question averaged over something finer.

    What is counted for agents has steps of its own.
    """
    distinct = list(dict.fromkeys(questions))
    found: list[tuple[str, list[Question]]] = []
    for judged, fact in sorted({(question.judged or "shop", question.measure.fact) for question in distinct}):
        of_fact = [q for q in distinct if (q.judged or "shop", q.measure.fact) == (judged, fact)]
        plain = [question for question in of_fact if not question.measure.averaged]
        groups = ([plain] if plain else []) + [[question] for question in of_fact if question.measure.averaged]
        name = f"tally_{fact}" if judged == "shop" else f"tally_{fact}_of_{judged}s"
        names = [name, *(f"{name}_{number}" for number in range(2, len(groups) + 1))]
        found += zip(names, groups, strict=True)
    return found


def counting_steps(past: Past, questions: Sequence[Question]) -> list[Step]:
    """The counts of one day: one row per subject, with the day `as_of`; a step for each of `by_fact`."""
    return [
        Step(name, tally(past, group[0].measure.fact, group).mutate(as_of=ibis.literal(past.day)))
        for name, group in by_fact(questions)
    ]


def category_steps(wanted: Asked, past: Past) -> list[Step]:
    """The main category of each subject on one day, where the scorecard compares by it."""
    if wanted.scorecard.peers.by != "main_category":
        return []
    found = main_categories(past, wanted.questions[VOLUME])
    return [Step("main_categories", found.mutate(as_of=ibis.literal(past.day)))]


def tallies_step(wanted: Asked, subjects: ir.Table, counting: Sequence[Step], categories: Sequence[Step]) -> Step:
    """`tallies`: one row per day and subject, the counts by the scorecard's own names, `peer_group` and `volume`.

    `subjects` has `as_of`, `subject_id` and `peer_group`, which gives way to the subject's main category if it has one.
    """
    for step in categories:
        main = step.table.rename(main_on="as_of", main_of="subject_id")
        same = [subjects.as_of == main.main_on, subjects.subject_id == main.main_of]
        joined = subjects.left_join(main, same)
        subjects = joined.select(
            "as_of", "subject_id", peer_group=ibis.coalesce(joined.main_category, joined.peer_group)
        )
    rows = reduce(_join_subject, (_own_counts(wanted, step.table) for step in counting), subjects)
    counts = rows.mutate(volume=rows[f"{VOLUME}__denominator"].fill_null(0))
    return Step("tallies", counts.drop(f"{VOLUME}__numerator", f"{VOLUME}__denominator"))


def _own_counts(wanted: Asked, tallied: ir.Table) -> ir.Table:
    own = {
        f"{name}__{kind}": tallied[f"{question.name}__{kind}"]
        for name, question in wanted.questions.items()
        for kind in ("numerator", "denominator")
        if f"{question.name}__{kind}" in tallied.columns
    }
    return tallied.select("as_of", "subject_id", **own)


def _join_subject(subjects: ir.Table, tallied: ir.Table) -> ir.Table:
    if tallied.columns == ("as_of", "subject_id"):
        return subjects
    tallied = tallied.rename(tallied_on="as_of", tallied_id="subject_id")
    same = [subjects.as_of == tallied.tallied_on, subjects.subject_id == tallied.tallied_id]
    return subjects.left_join(tallied, same).drop("tallied_on", "tallied_id")
