"""The whole catalogue: importing this enters every measure."""

from steelyard.measures import (
    CATALOGUE,
    aftersales,
    collection,
    disputes,
    first_voices,
    goods,
    help_requests,
    logistics,
    pace,
    ratings,
    replies,
    satisfaction,
    service,
    volume,
)

__all__ = [
    "CATALOGUE",
    "aftersales",
    "collection",
    "disputes",
    "first_voices",
    "goods",
    "help_requests",
    "logistics",
    "pace",
    "ratings",
    "replies",
    "satisfaction",
    "service",
    "volume",
]
