"""Questions of a service session: what a buyer waited for, and how long.

The first message a buyer is left waiting with opens a question, and the next reply by a person closes it if it comes
at a later instant. What else the buyer writes meanwhile adds nothing to it. Within one instant buyers speak first
(definition sheet of `im_3min_reply_rate`).
"""

import ibis
import ibis.expr.types as ir

from steelyard.facts.clocks import Answer
from steelyard.windows import EPOCH, seconds_between

QUESTIONS = "questions"
"""The name under which questions that were found beforehand are among the copies of `Past`."""


def questions(messages: ir.Table) -> ir.Table:
    """One row per session with a buyer's message or a human reply.

    `first_asked_at` the first buyer message · `asked` questions · `answered` of them · `waited` seconds waited for
    all answers, exact only where every question was answered · `last_reply_at`.
    """
    return _in_turns(_spoken(messages))


def questions_waited_for(found: ir.Table, answer: Answer) -> ir.Table:
    """As `questions`, from the `waits` of sessions for an answer by people; what no later reply changes.

    Messages with the same reply are one question, opened by the first of them. `last_reply_at` is the last reply that
    answers; sessions in which the buyer wrote nothing have no row.
    """
    waits = found.select("session_id", "sent_at", reply_at=answer.of(found, "reply_at"))
    alike = waits.group_by("session_id", "reply_at").agg(asked_at=waits.sent_at.min())
    answered = alike.filter(alike.reply_at.notnull()).select(of_session="session_id", answered_at="reply_at")
    # Who writes in the instant in which an earlier message is answered waits for nothing, but keeps its own reply.
    same = [alike.session_id == answered.of_session, alike.asked_at == answered.answered_at]
    tied = alike.semi_join(answered, same).select("session_id").distinct()
    plain = alike.anti_join(tied, "session_id")
    waited = seconds_between(plain.asked_at, plain.reply_at)
    counted = plain.group_by("session_id").agg(
        first_asked_at=plain.asked_at.min(),
        asked=plain.count().cast("int64"),
        answered=plain.reply_at.count().cast("int64"),
        waited=waited.sum().fill_null(0).cast("int64"),
        last_reply_at=plain.reply_at.max(),
    )
    in_ties = waits.semi_join(tied, "session_id")
    replies = in_ties.filter(in_ties.reply_at.notnull()).select("session_id", sent_at="reply_at").distinct()
    asks, replied = (ibis.literal(mark, "int8") for mark in (1, 0))
    spoken = in_ties.select("session_id", "sent_at", asks=asks).union(replies.mutate(asks=replied))
    return counted.union(_in_turns(spoken))


def _in_turns(spoken: ir.Table) -> ir.Table:
    """The questions of what was spoken, from one speaker to the other."""
    spoken = _without_void_replies(spoken)
    in_order = ibis.window(group_by=spoken.session_id, order_by=[spoken.sent_at, spoken.asks.desc()])
    turns = spoken.mutate(before=spoken.asks.lag(1).over(in_order).fill_null(0))
    opened, closed = (turns.asks == 1) & (turns.before == 0), (turns.asks == 0) & (turns.before == 1)
    second = seconds_between(EPOCH, turns.sent_at)
    return turns.group_by("session_id").agg(
        first_asked_at=turns.sent_at.min(where=turns.asks == 1),
        asked=opened.ifelse(1, 0).sum().cast("int64"),
        answered=closed.ifelse(1, 0).sum().cast("int64"),
        waited=(closed.ifelse(second, 0) - opened.ifelse(second, 0)).sum().cast("int64"),
        last_reply_at=turns.sent_at.max(where=turns.asks == 0),
    )


def _spoken(messages: ir.Table) -> ir.Table:
    """Messages of the buyer (`asks` 1) and replies of human agents (`asks` 0)."""
    buyer = messages.sender == "buyer"
    human = (messages.sender == "agent") & ~messages.auto.fill_null(False)
    return messages.filter(buyer | human).select("session_id", "sent_at", asks=buyer.ifelse(1, 0).cast("int8"))


def _without_void_replies(spoken: ir.Table) -> ir.Table:
    """`spoken` without the replies that cannot answer: at the instant of the question they would close.

    What is left simply alternates: a buyer's message after a reply opens, a reply after a buyer's message closes.
    """
    asked, replied = spoken.filter(spoken.asks == 1), spoken.filter(spoken.asks == 0)
    tied = replied.semi_join(asked, ["session_id", "sent_at"]).select("session_id").distinct()
    states = _states(spoken.semi_join(tied, "session_id"))
    void = states.filter(states.asks, states.replies, states.before == 0)
    void = void.select(void_session="session_id", void_at="sent_at")
    is_void = [spoken.asks == 0, spoken.session_id == void.void_session, spoken.sent_at == void.void_at]
    return spoken.anti_join(void, is_void)


def _states(spoken: ir.Table) -> ir.Table:
    """One row per session and instant: who spoke, and whether a question was open `before` (1 or 0).

    The buyer alone opens, a reply alone closes. Both at one instant turn the state over: the reply closes what was
    open before, and cannot answer what was asked only then. So the state after an instant is that of the last one
    with somebody alone, turned over once for every tie since; ties before all others start from closed.
    """
    instants = spoken.group_by("session_id", "sent_at").agg(asks=spoken.asks.max() == 1, replies=spoken.asks.min() == 0)
    so_far = ibis.window(group_by=instants.session_id, order_by=instants.sent_at, rows=(None, 0))
    runs = instants.mutate(run=(instants.asks & instants.replies).ifelse(0, 1).sum().over(so_far))
    in_run = ibis.window(group_by=[runs.session_id, runs.run], order_by=runs.sent_at)
    first = runs.asks.ifelse(1, 0).first().over(in_run)
    states = runs.mutate(after=(first + ibis.row_number().over(in_run)) % 2)
    in_session = ibis.window(group_by=states.session_id, order_by=states.sent_at)
    return states.mutate(before=states.after.lag(1).over(in_session).fill_null(0))
