"""Who is scored: every shop, or every agent, with the group it is compared in."""

import ibis
import ibis.expr.types as ir

from steelyard.facts import Past
from steelyard.scorecards.model import Scorecard
from steelyard.scoring.values import IN_ROLE


def subjects(past: Past, scorecard: Scorecard) -> ir.Table:
    """One row per shop or agent: `subject_id`, `peer_group`; where the scorecard judges one role only, `in_role`.

    An agent is compared in its team (the agents of its shop with its role), its shop, or its shop's category. One whose
    role nobody told is of every role.
    """
    shops = past.table("shops")
    if scorecard.subject == "shop":
        return shops.select(subject_id=shops.shop_id, peer_group=shops.category)
    agents = past.table("agents")
    rows = agents.left_join(shops.select(of_shop="shop_id", category="category"), agents.shop_id == shops.shop_id)
    shop = rows.shop_id.cast("string")
    groups = {
        "category": rows.category,
        "shop": shop,
        "team": ibis.literal(" ").join([shop, rows.role.fill_null("")]),
    }
    found = {"subject_id": rows.agent_id, "peer_group": groups.get(scorecard.peers.by, ibis.null("string"))}
    if scorecard.role is not None:
        found[IN_ROLE] = (rows.role == scorecard.role).fill_null(True)
    return rows.select(**found)
