"""When a shop has too few agents: hours by weekday, one more agent by a model, uneven load, long suspensions.

The model of one more agent is an estimate, see `rescued`; everything else is counted.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal

from steelyard.fixed import MILLION
from steelyard.windows import Period, midnight

Id = str | int
Row = dict[str, Any]
Standing = Literal["met", "with_one_more", "not_with_one_more", "no_data"]
"""Whether an hour meets the target as it was, would have with one more agent, or would not have either."""

HOURS = (
    "weekday", "hour", "days", "written", "messages", "in_time", "misses", "value", "mean_wait", "median", "p90",
    "agents_online", "rescued", "value_with_one_more", "target", "state", "status",
)  # fmt: skip
"""The columns of `hours`."""
LOAD = ("agent_id", "messages", "online", "share_of_messages", "share_of_time", "per_hour", "against_team")
"""The columns of `load`."""
SUSPENDED = ("agent_id", "from_at", "to_at", "seconds", "minutes")
"""The columns of `suspensions`."""

_HOUR = timedelta(hours=1)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Message:
    """A buyer's message: its wait in whole seconds, if it was answered; whether the clock asks of it, and it is met."""

    session_id: Id
    sent_at: datetime
    wait: int | None
    asked: bool
    in_time: bool
    agent_id: Id | None


@dataclass(frozen=True)
class Wanted:
    """What hours are held against: the clock's limit in seconds, the target, and what is few messages."""

    limit: int
    target: Decimal
    low_volume: int


@dataclass(frozen=True)
class Stretch:
    """Time that an agent spent in one state, `[from_at, to_at)`."""

    agent_id: Id
    from_at: datetime
    to_at: datetime


def merged(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Stretches of the same agent that overlap or touch as one, in order of agent and time; empty ones are gone."""
    whole: list[Stretch] = []
    real = [stretch for stretch in stretches if stretch.from_at < stretch.to_at]
    for stretch in sorted(real, key=lambda each: (str(each.agent_id), each.from_at, each.to_at)):
        last = whole[-1] if whole else None
        if last is not None and last.agent_id == stretch.agent_id and stretch.from_at <= last.to_at:
            whole[-1] = replace(last, to_at=max(last.to_at, stretch.to_at))
        else:
            whole.append(stretch)
    return whole


def suspensions(suspended: Iterable[Stretch], period: Period, longest: int) -> list[Row]:
    """Stretches of more than `longest` seconds that touch the period, each at its full length; see `SUSPENDED`."""
    since, until = midnight(period.first), midnight(period.end)
    rows = []
    for stretch in merged(suspended):
        seconds = _seconds(stretch.from_at, stretch.to_at)
        if seconds > longest and stretch.from_at < until and stretch.to_at > since:
            minutes = _ratio(seconds, 60)
            rows.append(
                dict(zip(SUSPENDED, (stretch.agent_id, stretch.from_at, stretch.to_at, seconds, minutes), strict=True))
            )
    return sorted(rows, key=lambda row: (row["from_at"], str(row["agent_id"])))


def usual_answer(messages: Iterable[Message]) -> int | None:
    """How long an answer takes who is free: the median wait of messages answered in time, at least a second."""
    waits = sorted(each.wait for each in messages if each.asked and each.in_time and each.wait is not None)
    return max(waits[(len(waits) - 1) // 2], 1) if waits else None


def rescued(misses: Sequence[Message], begins: datetime, answer: int, limit: int) -> int:
    """How many of an hour's misses one more agent would have answered in time: the model.

    The agent is free when the hour `begins`, sees every miss the moment it is written, and takes them in order of time,
    one after another, each for `answer` seconds. The reply stands at the end of those; it answers all of its session
    that was written before. A miss that could not be answered within `limit` seconds any more is passed over.
    """
    free, spoke, count = begins, dict[Id, datetime](), 0
    for miss in sorted(misses, key=lambda each: (each.sent_at, str(each.session_id))):
        written = miss.sent_at.replace(microsecond=0)
        if miss.session_id in spoke and spoke[miss.session_id] > written:
            count += 1
            continue
        done = max(free, written) + answer * _SECOND
        if _seconds(written, done) <= limit:
            free = spoke[miss.session_id] = done
            count += 1
    return count


def hours(messages: Sequence[Message], online: Iterable[Stretch] | None, period: Period, wanted: Wanted) -> list[Row]:
    """One row per weekday (1 Monday … 7) and hour in which something was written or somebody online; see `HOURS`.

    `written` are all messages of buyers, `messages` those the clock asks of; few of them are marked by the status
    below_minimum. `agents_online` is the mean number over the period, None where no presence is known (`online` None).
    `rescued` and what follows from it are estimates, None where nothing was ever answered in time.
    """
    slots: dict[tuple[int, int], list[Message]] = defaultdict(list)
    for message in messages:
        slots[message.sent_at.isoweekday(), message.sent_at.hour].append(message)
    seconds = None if online is None else _online(online, period)
    days = Counter(day.isoweekday() for day in _days(period))
    answer = usual_answer(messages)
    return [
        {"weekday": weekday, "hour": hour, "days": days[weekday]}
        | _slot(slots[weekday, hour], answer, wanted)
        | {"agents_online": None if seconds is None else _ratio(seconds[weekday, hour], 3600 * days[weekday])}
        for weekday, hour in sorted({*slots, *(seconds or {})})
    ]


def _slot(messages: Sequence[Message], answer: int | None, wanted: Wanted) -> Row:
    asked = [message for message in messages if message.asked]
    waits = sorted(message.wait for message in asked if message.wait is not None)
    misses = [message for message in asked if not message.in_time]
    good = len(asked) - len(misses)
    more = None if answer is None else _rescued_by_hour(misses, answer, wanted.limit)
    value = _ratio(good, len(asked))
    better = None if more is None else _ratio(good + more, len(asked))
    status = "no_data" if not asked else "below_minimum" if len(asked) < wanted.low_volume else "ok"
    return {
        "written": len(messages), "messages": len(asked), "in_time": good, "misses": len(misses), "value": value,
        "mean_wait": _ratio(sum(waits), len(waits)), "median": _nearest(waits, 1, 2), "p90": _nearest(waits, 9, 10),
        "rescued": more, "value_with_one_more": better, "target": wanted.target,
        "state": _state(value, better, wanted.target), "status": status,
    }  # fmt: skip


def _rescued_by_hour(misses: Iterable[Message], answer: int, limit: int) -> int:
    """The misses of each calendar hour by themselves: the agent begins each anew."""
    by_hour: dict[datetime, list[Message]] = defaultdict(list)
    for miss in misses:
        by_hour[miss.sent_at.replace(minute=0, second=0, microsecond=0)].append(miss)
    return sum(rescued(those, begins, answer, limit) for begins, those in by_hour.items())


def _state(value: Decimal | None, better: Decimal | None, target: Decimal) -> Standing:
    if value is None:
        return "no_data"
    if value >= target:
        return "met"
    return "with_one_more" if better is not None and better >= target else "not_with_one_more"


def load(messages: Iterable[Message], online: Iterable[Stretch], period: Period) -> list[Row]:
    """One row per agent with messages or time online, the most burdened first; see `LOAD`.

    `messages` are those the clock asks of and credits to the agent, `online` is in seconds, `per_hour` messages per
    hour online, `against_team` that over the team's. None where there was no time online.
    """
    counts = Counter(message.agent_id for message in messages if message.asked and message.agent_id is not None)
    time: Counter[Id] = Counter()
    for stretch in merged(online):
        time[stretch.agent_id] += sum(second for _, second in _hours_of(stretch, period))
    all_messages, all_time = counts.total(), time.total()
    rows = []
    for agent in sorted({*counts, *(agent for agent, seconds in time.items() if seconds)}, key=str):
        own, seconds = counts[agent], time[agent]
        against = _ratio(own * all_time, all_messages * seconds)
        shares = _ratio(own, all_messages), _ratio(seconds, all_time)
        rows.append(dict(zip(LOAD, (agent, own, seconds, *shares, _ratio(own * 3600, seconds), against), strict=True)))
    return sorted(rows, key=lambda row: (row["against_team"] is None, -(row["against_team"] or 0), -row["messages"]))


def _online(stretches: Iterable[Stretch], period: Period) -> Counter[tuple[int, int]]:
    """Seconds online of all agents by weekday and hour."""
    seconds: Counter[tuple[int, int]] = Counter()
    for stretch in merged(stretches):
        for begins, lasted in _hours_of(stretch, period):
            seconds[begins.isoweekday(), begins.hour] += lasted
    return seconds


def _hours_of(stretch: Stretch, period: Period) -> Iterator[tuple[datetime, int]]:
    """The part of a stretch in each hour of the period: when it begins there, and its whole seconds."""
    at, end = max(stretch.from_at, midnight(period.first)), min(stretch.to_at, midnight(period.end))
    while at < end:
        following = min(at.replace(minute=0, second=0, microsecond=0) + _HOUR, end)
        yield at, _seconds(at, following)
        at = following


def _days(period: Period) -> Iterator[date]:
    for number in range((period.end - period.first).days):
        yield period.first + timedelta(days=number)


def _seconds(earlier: datetime, later: datetime) -> int:
    """Whole seconds, both ends cut."""
    return (later.replace(microsecond=0) - earlier.replace(microsecond=0)) // _SECOND


def _ratio(numerator: int, denominator: int) -> Decimal | None:
    """Rounded half up to a millionth."""
    if not denominator:
        return None
    return Decimal((2 * numerator * MILLION + denominator) // (2 * denominator)).scaleb(-6)


def _nearest(ordered: Sequence[int], part: int, of: int) -> int | None:
    """The ⌈part × n ÷ of⌉-th of n in order."""
    return ordered[-(-part * len(ordered) // of) - 1] if ordered else None


def weakest(rows: Iterable[Mapping[str, Any]], agents: Iterable[Id]) -> list[Row]:
    """Each agent's item that lies furthest behind, of rows of `proposals`; nothing but the id where none does.

    It is held against the team's mean, or where there is no team, that of the shops of the category. How far behind is
    1 − the lesser ÷ the greater of value and mean. Items with few rows are no ground for training. See `TRAINING`.
    """
    marks: dict[tuple[Id, str], Mapping[str, Any]] = {}
    for row in rows:
        key = row["subject_id"], row["metric"]
        if row["source"] in _MEANS and row["target"] is not None and row["status"] == "ok":
            marks[key] = row if row["source"] == _MEANS[0] else marks.get(key, row)
    behind: dict[Id, list[tuple[Decimal, Mapping[str, Any]]]] = defaultdict(list)
    for (agent, _), row in marks.items():
        if row["met"] is False:
            less, more = sorted([row["value"], row["target"]])
            behind[agent].append((1 - less / more, row))
    return [_weakest(agent, behind[agent]) for agent in sorted(agents, key=str)]


def _weakest(agent: Id, behind: Sequence[tuple[Decimal, Mapping[str, Any]]]) -> Row:
    if not behind:
        return dict.fromkeys(TRAINING) | {"agent_id": agent}
    short, row = max(behind, key=lambda each: each[0])
    own = {"mean": row["target"], "against": row["source"], "behind": short.quantize(_MILLIONTH, ROUND_HALF_UP)}
    return {name: row.get(name) for name in TRAINING} | own | {"agent_id": agent}


TRAINING = ("agent_id", "metric", "value", "mean", "behind", "needed", "against", "peers", "denominator", "role")
"""The columns of `weakest`."""
_MEANS = ("team_mean", "industry_mean")
_MILLIONTH = Decimal("0.000001")
