"""`extends`: one scorecard file laid over another.

Keys of the overlay replace those of the base, list items are matched by `id`, `remove: true` takes one out,
and a list without ids is replaced whole. What the base says of its numbers stays true for those not touched.
"""

from collections.abc import Iterator

from steelyard.errors import Problem
from steelyard.scorecards.covers import Leaf, leaves, narrowed
from steelyard.scorecards.problems import problem
from steelyard.scorecards.tree import Node

_OWN = ("sources", "assumptions")


def check_overlay(base: Node, overlay: Node) -> list[Problem]:
    """What keeps `overlay` from being laid over `base`."""
    return list(_misfits(base, overlay))


def _misfits(base: Node, overlay: Node) -> Iterator[Problem]:
    if isinstance(base.value, dict) and isinstance(overlay.value, dict):
        for key, inner in overlay.value.items():
            if key not in _OWN and key in base.value:
                yield from _misfits(base.value[key], inner)
    elif _by_id(base) and isinstance(overlay.value, list):
        for item in overlay.value:
            below = base.child(item.id) if item.id else None
            if below is not None:
                yield from _misfits(below, item)
            elif item.id is None or item.child("remove") is not None:
                fix = "give the `id` of an item of the base"
                yield problem("merge-without-id", item.place, "this item is not in the base", fix)


def _by_id(node: Node) -> bool:
    return isinstance(node.value, list) and bool(node.value) and all(item.id for item in node.value)


def overlaid(base: Node, overlay: Node) -> Node:
    """The full scorecard: the base with the overlay's differences, covers put right."""
    merged = _merged(base, overlay)
    if not isinstance(merged.value, dict):
        return merged
    value = {key: node for key, node in merged.value.items() if key != "extends"}
    old, new = leaves(base.plain()), leaves(Node("", value).plain())
    taken = {leaf.name for leaf in leaves(overlay.plain())}
    for key in _OWN:
        inherited = base.child(key)
        kept = list(_narrowed(inherited, old, new, taken)) if inherited is not None else []
        own = overlay.child(key)
        own_items = own.value if own is not None and isinstance(own.value, list) else []
        value[key] = Node((own or inherited or merged).place, [*kept, *own_items])
    return Node(merged.place, value)


def _merged(base: Node, overlay: Node) -> Node:
    if isinstance(base.value, dict) and isinstance(overlay.value, dict):
        if _curve(base) != _curve(overlay) and _curve(overlay) is not None:
            return overlay
        both = {key: _merged(base.value[key], node) for key, node in overlay.value.items() if key in base.value}
        return Node(overlay.place, {**base.value, **overlay.value, **both})
    if _by_id(base) and isinstance(overlay.value, list) and isinstance(base.value, list):
        changed = {item.id: item for item in overlay.value}
        kept = [_merged(item, changed[item.id]) if item.id in changed else item for item in base.value]
        added = [item for item in overlay.value if base.child(item.id or "") is None]
        return Node(overlay.place, [item for item in (*kept, *added) if not _removed(item)])
    return overlay


def _curve(node: Node) -> object:
    inner = node.child("curve")
    return inner.value if inner is not None else None


def _removed(item: Node) -> bool:
    inner = item.child("remove")
    return inner is not None and inner.value is True


def _narrowed(entries: Node, old: list[Leaf], new: list[Leaf], taken: set[str]) -> Iterator[Node]:
    """The base's sources or assumptions, each covering only the numbers that still are the base's."""
    for entry in entries.value if isinstance(entries.value, list) else ():
        covers = entry.child("covers")
        if covers is None or not isinstance(entry.value, dict) or not isinstance(covers.value, list):
            yield entry
            continue
        patterns = narrowed((str(item.value) for item in covers.value), old, new, taken)
        if patterns:
            fresh = Node(covers.place, [Node(covers.place, pattern) for pattern in patterns])
            yield Node(entry.place, {**entry.value, "covers": fresh})
