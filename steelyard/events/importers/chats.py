"""Sessions out of chat messages, for exports that have messages only."""

from collections.abc import Collection

from steelyard.engines.duckdb import DuckDB
from steelyard.events.importers.mapping import Given, Silence


def cut(engine: DuckDB, messages: str, columns: Collection[str], how: Silence | Given, sessions: str) -> None:
    """Create the table `sessions` from `messages`, which gets its `session_id` where silence is the border.

    A session's id is shop, buyer and its first second; its agent is the first to write; people handled it if
    an agent wrote at all, a bot if only a bot did.
    """
    if isinstance(how, Silence):
        engine.sql(f"CREATE OR REPLACE TEMP TABLE {messages} AS {_numbered(messages, how.silence_minutes)}")
    agent = "first(agent_id ORDER BY sent_at, _file, _row) FILTER (sender = 'agent' AND agent_id IS NOT NULL)"
    engine.sql(
        f"CREATE TEMP TABLE {sessions} AS SELECT session_id,"
        f" first(shop_id ORDER BY sent_at, _file, _row) AS shop_id,"
        f" first(buyer_id ORDER BY sent_at, _file, _row) AS buyer_id,"
        f" {agent + ' AS agent_id,' if 'agent_id' in columns else ''}"
        f" min(sent_at) AS started_at, max(sent_at) AS ended_at,"
        f" CASE WHEN bool_or(sender = 'agent') THEN 'human'"
        f" WHEN bool_or(sender = 'bot') THEN 'bot' END AS handled_by"
        f" FROM {messages} GROUP BY session_id"
    )


def _numbered(messages: str, minutes: int) -> str:
    """The messages with `session_id`: a new one where none came for `minutes` or longer."""
    of_buyer = "PARTITION BY shop_id, buyer_id"
    return (
        f"SELECT * EXCLUDE (_starts, _number), shop_id || ':' || buyer_id || ':' ||"
        f" strftime(min(sent_at) OVER ({of_buyer}, _number), '%Y%m%d%H%M%S') AS session_id FROM ("
        f"  SELECT *, sum(_starts) OVER ({of_buyer} ORDER BY sent_at, _file, _row) AS _number FROM ("
        f"   SELECT *, CASE WHEN sent_at < lag(sent_at) OVER ({of_buyer} ORDER BY sent_at, _file, _row)"
        f"    + INTERVAL {minutes} MINUTE THEN 0 ELSE 1 END AS _starts FROM {messages}))"
    )
