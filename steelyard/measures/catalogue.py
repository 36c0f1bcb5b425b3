"""The whole catalogue: importing this enters every measure."""

from steelyard.measures import CATALOGUE, goods, logistics, service, volume

__all__ = ["CATALOGUE", "goods", "logistics", "service", "volume"]
