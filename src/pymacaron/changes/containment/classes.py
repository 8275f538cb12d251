"""
Classes of definitions that say the same: split until no reference tells two of a class apart. Only what refers to a
definition that has left its class is looked at again, so that long chains take no longer than wide trees.
Source: Hopcroft 1971, partition refinement.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

__all__ = ["refine"]

#: Side and name of a definition
_One = tuple[int, str]


def refine(classes: dict[_One, int], refs: Mapping[_One, Sequence[_One]]) -> None:
    """Split *classes*, the class of each definition, by what each refers to, *refs*, in its order."""
    users: defaultdict[_One, list[_One]] = defaultdict(list)
    members: defaultdict[int, set[_One]] = defaultdict(set)
    for one, others in refs.items():
        members[classes[one]].add(one)
        for other in others:
            users[other].append(one)
    dirty = set(refs)
    while dirty:
        moved = _moved(classes, refs, members, dirty)
        fresh = len(members)
        for number, group in enumerate(moved, fresh):
            for one in group:
                members[classes[one]].discard(one)
                classes[one] = number
            members[number] = set(group)
        dirty = {user for group in moved for one in group for user in users[one]}


def _moved(
    classes: Mapping[_One, int],
    refs: Mapping[_One, Sequence[_One]],
    members: Mapping[int, set[_One]],
    dirty: set[_One],
) -> list[list[_One]]:
    """The groups of *dirty* that have to leave their classes. Those of a class that are not dirty all refer alike."""
    groups: defaultdict[int, defaultdict[tuple[int, ...], list[_One]]] = defaultdict(lambda: defaultdict(list))
    for one in dirty:
        groups[classes[one]][tuple(classes[other] for other in refs[one])].append(one)
    found = []
    for number, alike in groups.items():
        clean = next((one for one in members[number] if one not in dirty), None)
        if clean is not None:
            stays = tuple(classes[other] for other in refs[clean])
        else:
            stays = max(alike, key=lambda told: len(alike[told]))
        found += [group for told, group in alike.items() if told != stays]
    return found
