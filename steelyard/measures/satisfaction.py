"""Satisfaction: what buyers say of the people who served them."""

import ibis
import ibis.expr.types as ir

from steelyard.measures import Count, Found, Params, measure


class Satisfied(Params):
    """A session is satisfying from `rating_at_least` stars on or, without stars, up to answer `survey_at_most`."""

    rating_at_least: int
    survey_at_most: int


@measure("sessions", evidence=("sessions",), params=Satisfied)
def satisfied_session_rate(session: ir.Table, p: Satisfied, _found: Found) -> Count:
    """How many buyers who judged their chat were satisfied with it?

    Eligible: a session judged by stars, from the rating on; one judged by the survey alone, from its start on.
    Counts: satisfied by the stars, or by the survey where there are none.
    Left out: bot sessions; unrated.
    Unit: share of judged sessions.
    Source: facts A, section 3.3; that four stars are satisfied is an assumption.
    """
    never = ibis.null("timestamp")
    starred = session.rating.notnull() & session.rated_at.notnull()
    judged_at = starred.ifelse(session.rated_at, session.survey.notnull().ifelse(session.started_at, never))
    satisfied = starred.ifelse(session.rating >= p.rating_at_least, session.survey <= p.survey_at_most)
    return Count(
        anchor=judged_at,
        eligible_at=judged_at,
        counted_at=satisfied.ifelse(judged_at, never),
        left_out={"bot": session.handled_by == "bot", "unrated": judged_at.isnull()},
    )
