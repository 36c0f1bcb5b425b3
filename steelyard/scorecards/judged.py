"""Who is judged: what only shops or only agents have must not be asked of the others."""

from collections.abc import Iterator

from steelyard.errors import Problem
from steelyard.scorecards.model import Scorecard
from steelyard.scorecards.problems import problem
from steelyard.scorecards.tree import Node

_ONLY_OF = {"team": "agent", "shop": "agent", "main_category": "shop"}


def judged_findings(scorecard: Scorecard, tree: Node) -> Iterator[Problem]:
    """A role of shops, and peers that the subject of the scorecard does not have."""
    if scorecard.role is not None and scorecard.subject == "shop":
        said = f"shops have no role, {scorecard.role!r} is one of agents"
        yield problem("subject-mismatch", tree.place_of("role"), said, "remove it, or write `subject: agent`")
    by, subject = scorecard.peers.by, scorecard.subject
    if _ONLY_OF.get(by, subject) != subject:
        allowed = [each for each in ("category", "everyone", *_ONLY_OF) if _ONLY_OF.get(each, subject) == subject]
        said = f"{subject}s cannot be compared by {by}"
        yield problem("subject-mismatch", tree.place_of("peers", "by"), said, f"use one of {', '.join(allowed)}")
