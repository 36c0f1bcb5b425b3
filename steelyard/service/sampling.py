"""Which sessions to check: drawn by a hash of seed and session, so that neither row order nor engine matters."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Literal

Id = str | int
By = Literal["random", "low_rating", "long_wait"]
"""What puts a session first: chance, few stars, or the longest wait for a person's reply."""
Per = Literal["agent", "shop"]
"""Whose share is drawn each for itself."""


@dataclass(frozen=True)
class Session:
    """A session that may be checked; `longest_wait` in whole seconds, of the waits that ended in a person's reply."""

    session_id: Id
    shop_id: Id
    agent_id: Id | None
    started_at: datetime
    rating: int | None = None
    longest_wait: int | None = None


@dataclass(frozen=True)
class Plan:
    """How many to draw, in all or of each agent or shop, by what, and the seed of the draw."""

    size: int
    by: By
    seed: int
    per: Per | None = None


def lot(seed: int, session_id: Id) -> str:
    """The session's lot: the same for an id as number and as text."""
    return sha256(f"{seed}\n{session_id}".encode()).hexdigest()


def drawn(sessions: Iterable[Session], plan: Plan) -> list[Session]:
    """The sessions of a plan: those with the least lots; of low ratings or long waits the worst, lots among equals.

    Without a rating a session has no low one, without an answer in the end no long wait. With `per`, sessions of nobody
    are not drawn. In order of shop or agent, then of the draw.
    """
    groups: dict[Id | None, list[tuple[int, str, Session]]] = {}
    for session in sessions:
        first = _first(session, plan.by)
        group = {"agent": session.agent_id, "shop": session.shop_id, None: ""}[plan.per]
        if first is not None and group is not None:
            groups.setdefault(group, []).append((first, lot(plan.seed, session.session_id), session))
    return [session for group in _ordered(list(groups)) for session in _least(groups[group], plan.size)]


def _first(session: Session, by: By) -> int | None:
    """What comes first has the lesser number; None where the session is none of the kind."""
    if by == "random":
        return 0
    if by == "low_rating":
        return session.rating
    return None if session.longest_wait is None else -session.longest_wait


def _ordered(groups: Sequence[Id | None]) -> list[Id | None]:
    return sorted(
        groups, key=lambda group: (isinstance(group, str), group if isinstance(group, int) else 0, str(group))
    )


def _least(group: list[tuple[int, str, Session]], size: int) -> list[Session]:
    return [session for _, _, session in sorted(group, key=lambda each: each[:2])[:size]]
