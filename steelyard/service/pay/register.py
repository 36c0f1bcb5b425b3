"""The sales register (订单登记备案): which claim on an order stands. Pure.

An agent claims an order with a session or a chat as evidence; a lead accepts or refuses. An accepted claim is stronger
than any automatic rule. Two accepted claims of different agents cancel each other until one is refused.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Literal

from steelyard.service.pay.metrics import Id
from steelyard.service.pay.money import Words
from steelyard.service.pay.tables import Claim

Standing = Literal["wins", "open", "refused", "in_conflict", "repeats"]

Fault = Literal["no_order", "no_agent", "no_session", "other_buyer"]
"""What the events do not bear out of a claim: its order, its agent, its session, or whose session it is."""

STANDINGS: Mapping[Standing, Words] = {
    "wins": Words("已通过，销售归该客服", "accepted: the sale is this agent's"),
    "open": Words("待审核", "open"),
    "refused": Words("已驳回", "refused"),
    "in_conflict": Words("与另一条已通过的登记冲突，均不生效", "accepted, as is another agent's: neither counts"),
    "repeats": Words("与生效的登记重复", "repeats the claim that counts"),
}


@dataclass(frozen=True)
class Entered:
    """A claim and how it stands among all claims on its order."""

    claim: Claim
    standing: Standing
    rivals: tuple[str, ...]
    """Other agents who claim the order and are not refused."""


@dataclass(frozen=True)
class Record:
    """All claims on one order, and the returns and complaints from which the record opens."""

    order: str
    order_id: Id | None
    """As the events have it; None where they have no such order."""
    claims: tuple[Entered, ...]
    faults: tuple[tuple[str, Fault], ...] = ()
    """Claims whose order, agent or evidence the events do not bear out."""
    cases: tuple[Id, ...] = ()
    complaints: tuple[Id, ...] = ()

    @property
    def rivals(self) -> tuple[str, ...]:
        """The agents who claim the order, where there are several that are not refused."""
        agents = sorted({each.claim.agent_id for each in self.claims if each.standing != "refused"})
        return tuple(agents) if len(agents) > 1 else ()


def standing(claims: Iterable[Claim], known_on: date) -> dict[str, list[Entered]]:
    """Order → its claims, oldest first, as they stood before `known_on`.

    A decision of that day or later is not known yet: its claim is still open. A later claim does not exist.
    """
    before = datetime.combine(known_on, time())
    by_order: dict[str, list[Claim]] = {}
    for claim in claims:
        if claim.claimed_at < before:
            known = claim if claim.decided_at is None or claim.decided_at < before else _undecided(claim)
            by_order.setdefault(claim.order_id, []).append(known)
    return {order: _stands(sorted(those, key=_age)) for order, those in sorted(by_order.items())}


def _undecided(claim: Claim) -> Claim:
    return claim.model_copy(update={"state": "open", "decided_by": None, "decided_at": None})


def _age(claim: Claim) -> tuple[datetime, str]:
    return claim.claimed_at, claim.claim_id


def _stands(claims: Sequence[Claim]) -> list[Entered]:
    accepted = [claim for claim in claims if claim.state == "accepted"]
    agents = {claim.agent_id for claim in accepted}
    alive = [claim for claim in claims if claim.state != "refused"]
    found = []
    for claim in claims:
        rivals = tuple(sorted({other.agent_id for other in alive} - {claim.agent_id}))
        if claim.state != "accepted":
            found.append(Entered(claim, claim.state, rivals))
        elif len(agents) > 1:
            found.append(Entered(claim, "in_conflict", rivals))
        else:
            found.append(Entered(claim, "wins" if claim is accepted[0] else "repeats", rivals))
    return found


def winners(entered: Mapping[str, Sequence[Entered]]) -> dict[str, Claim]:
    """Order → the accepted claim that gives its credit."""
    return {order: each.claim for order, those in entered.items() for each in those if each.standing == "wins"}
