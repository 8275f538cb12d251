"""
Whether all values of one schema fit another; where that is not so, or not decided, the gaps.

The right side is taken apart keyword by keyword; of the left side all that applies is known at once, and its
alternatives are tried one by one. References that a value leads through are pairs of their own, thought contained until
a gap is found: values are finite, so what no gap is found for holds. Neighbours: leaves.py, objects.py, arrays.py and
choices.py look at the keywords, apart.py proves that no value fits both of two schemas.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from pymacaron.changes.containment import arrays, choices, objects
from pymacaron.changes.containment.definitions import Definitions, Spot
from pymacaron.changes.containment.gap import Found, Gap, Pair
from pymacaron.changes.containment.known import Known
from pymacaron.changes.containment.leaves import leaf_gaps
from pymacaron.changes.containment.witness import Witnesses

__all__ = ["Containment"]

#: So many ways to choose alternatives of the left side are tried; beyond, what they say is left out
_CHOICES = 100
#: So many pairs of schemas are looked at for one question
_PAIRS = 20_000
#: So many proofs that are parts of one another
_DEEPEST = 8
#: So many looks within one another
_NESTED = 60
#: So many steps (see Effort) for one look at a pair, for all of two descriptions, and for a look after that
_STEPS, _ALL_STEPS, _FEW_STEPS = 20_000, 60_000, 200


class Containment:
    """Answers about the schemas of *definitions*, each kept."""

    def __init__(self, definitions: Definitions):
        self.definitions = definitions
        self.witnesses = Witnesses(definitions)
        self._found: dict[Pair, Found] = {}
        self._answers: dict[Pair, list[Gap]] = {}
        self.bad: set[Pair] = set()
        self._proofs = 0  # within one another
        self._depth = 0  # of values, within one another
        self.inside = 0  # members and items of the value that a look is about, within one another
        self._cuts = 0  # places where it went too deep, or took too long
        self._kept: dict[Any, tuple[Found, tuple[int, int]]] = {}
        self._users: defaultdict[Pair, set[Pair]] = defaultdict(set)

    def gaps(self, left: Spot, right: Spot) -> list[Gap]:
        """Why values of *left* may not fit *right*; an empty list where all of them do."""
        if self.definitions.is_same(left, right):
            return []
        root: Pair = ((self.definitions.settled(left),), self.definitions.settled(right))
        if root not in self._answers:
            self._answers[root] = self._all(root)
        return self._answers[root]

    def _all(self, root: Pair) -> list[Gap]:
        """The gaps of *root* and of all that it leads to."""
        is_whole = self._settle(root)
        found: dict[Any, Gap] = {}
        todo, seen = [root], set[Pair]()
        while todo:
            pair = todo.pop()
            if pair in seen or pair not in self._found:
                continue
            seen.add(pair)
            for gap in self._found[pair].gaps:
                found.setdefault(gap.identity, gap)
            todo += sorted(self._found[pair].rest, reverse=True)
        if not is_whole:
            why = "there are too many schemas to look at all of them"
            found["too many"] = Gap("other", "the schema", root[0][0], root[1], is_certain=False, why=why)
        return list(found.values())

    # ---- pairs

    def _settle(self, root: Pair) -> bool:
        """Look at *root* and all pairs that it leads to, until nothing changes. False where that are too many."""
        todo, looks = [root], 0
        while todo:
            pair = todo.pop()
            if pair in self._found:
                continue
            looks += 1
            if looks > _PAIRS:
                return False
            found = self._found[pair] = self._look(pair)
            for below in sorted(found.rest | found.used):
                self._users[below].add(pair)
                if below not in self._found:
                    todo.append(below)
            if found.hard or not found.rest.isdisjoint(self.bad):
                todo += self._spoil(pair)
        return True

    def _spoil(self, pair: Pair) -> list[Pair]:
        """*pair* is not contained, nor is what it is a part of; gives those to be looked at again."""
        again: list[Pair] = []
        todo = [pair]
        while todo:
            at = todo.pop()
            if at in self.bad:
                continue
            self.bad.add(at)
            for user in sorted(self._users[at]):
                found = self._found.get(user)
                if found is None:
                    continue
                if at in found.used:
                    del self._found[user]
                    again.append(user)
                elif at in found.rest:
                    todo.append(user)
        return again

    def _look(self, pair: Pair) -> Found:
        # Where nothing is known of the left side, there is no place in it to point at
        found = Found()
        effort = self.definitions.effort
        effort.most = effort.spent + (_STEPS if effort.spent < _ALL_STEPS else _FEW_STEPS)
        self.value(Known.of(self.definitions, pair[0], near=pair[1]), pair[1], found)
        return found

    # ---- what the looks are made of

    def child(self, spots: Iterable[Spot], right: Spot, found: Found, near: Spot) -> None:
        """Add to *found* why members or items that fit all of *spots* may not fit *right*."""
        left = tuple(sorted({self.definitions.settled(spot) for spot in spots}))
        right = self.definitions.settled(right)
        if self.definitions.value(right) in (True, {}) or any(self.definitions.is_same(one, right) for one in left):
            return
        if not right.path:
            found.rest.add((left, right))
            return
        self.inside += 1
        self.value(Known.of(self.definitions, left, near=near), right, found)
        self.inside -= 1

    def proves(self, known: Known, right: Spot, found: Found, spine: frozenset[Spot] = frozenset()) -> Found | None:
        """The soft gaps if *known* fits *right*; None where that is not proven. Notes in *found* what is used."""
        tried = Found(is_brief=True)
        if self._proofs >= _DEEPEST:
            self._cuts += 1
            return None
        self._proofs += 1
        self.value(known, right, tried, spine)
        self._proofs -= 1
        if tried.hard or not tried.rest.isdisjoint(self.bad):
            return None
        found.used |= tried.used | tried.rest
        return tried

    def value(self, known: Known, right: Spot, found: Found, spine: frozenset[Spot] = frozenset()) -> None:
        """Add to *found* why *known* values may not fit *right*. *spine*: what of the same value leads here."""
        if known.is_never or any(self.definitions.is_same(one, right) for one in known.spots):
            return
        if self._depth >= _NESTED or self.definitions.effort.is_out:
            self._cuts += 1
            why = "it is too intricate"
            found.gaps.append(Gap("other", "the schema", known.place("$ref"), right, is_certain=False, why=why))
            return
        self._depth += 1
        for cased in self._cases(known):
            inside = self._seen(cased, right, spine, found.is_brief)
            found.add(self._judged(cased, right, inside) if self._depth == 1 else inside)
            if found.is_done:
                break
        self._depth -= 1
        if len(found.gaps) > 1:
            found.gaps[:] = {gap.identity: gap for gap in {id(one): one for one in found.gaps}.values()}.values()

    def _cases(self, known: Known) -> list[Known]:
        """*known*, its alternatives told apart."""
        cases, done = [known], list[Known]()
        while cases:
            case = cases.pop()
            if case.is_never:
                continue
            if not case.unions or len(cases) + len(done) + len(case.unions[0][2]) > _CHOICES:
                done.append(case)
                continue
            cases += [case.with_choice(case.unions[0], branch) for branch in reversed(case.unions[0][2])]
        return done

    def _seen(self, known: Known, right: Spot, spine: frozenset[Spot], is_brief: bool) -> Found:
        """
        What `_conjunct` finds, looked at once: again only where a pair that it took for contained is not, or where it
        was cut off deeper than it would be now. Not to be changed.
        """
        key, at = (known, right, spine, is_brief, self.inside > 0), (self._proofs, self._depth)
        found, cut = self._kept.get(key, (None, (0, 0)))
        if found is None or cut[0] > at[0] or cut[1] > at[1] or not found.used.isdisjoint(self.bad):
            cuts, found = self._cuts, Found(is_brief=is_brief)
            self._conjunct(known, right, found, spine)
            self._kept[key] = found, at if self._cuts > cuts else (0, 0)
        return found

    def _judged(self, known: Known, right: Spot, found: Found) -> Found:
        """*found*, where gaps that are not certain are, if a value is found that shows them."""
        open_ones = [gap for gap in found.hard if not gap.is_certain]
        if not open_ones or len(open_ones) != len(found.hard):
            return found
        instance = self.witnesses.instance(known, right)
        if not instance:
            return found
        shown = {id(gap): replace(gap, is_certain=True, instance=instance) for gap in open_ones}
        return replace(found, gaps=[shown.get(id(gap), gap) for gap in found.gaps])

    def _conjunct(self, known: Known, right: Spot, found: Found, spine: frozenset[Spot]) -> None:
        """Each keyword of the schema at *right* has to hold."""
        self.definitions.effort.spent += 1
        said = self.definitions.value(right)
        if not isinstance(said, dict):
            if said is False and not known.is_never:
                found.gaps.append(Gap("nothing", "the value", known.place("type"), right, True, False))
            return
        if any(self.definitions.is_same(spot, right) for spot, _ in known.parts):
            return
        if known.values is not None:
            refused = [one for one in known.values if not self.definitions.accepts(right, one)]
            if refused:
                place = known.place("enum")
                keyword = next((one for one in ("enum", "const", "type") if one in said), None)
                at = right.at(keyword) if keyword else right
                kind = "null" if refused == [None] and (known.chosen or len(known.values) > 1) else "enum"
                wanted = [one for one in known.values if one not in refused] if kind == "enum" else None
                found.gaps.append(Gap(kind, "values", place, at, known.values, said.get("enum", wanted)))
            return
        if right in spine:
            why = "the schema leads to itself"
            found.gaps.append(Gap("other", "the schema", known.place("$ref"), right, is_certain=False, why=why))
            return
        spine |= {right}
        referred = self.definitions.referred(right)
        if referred is not None:
            self._conjunct(known, referred, found, spine)
        for number in range(len(said.get("allOf", ()))):
            if not found.is_done:
                self._conjunct(known, right.at("allOf", str(number)), found, spine)
        found.gaps += leaf_gaps(known, right, said)
        if "object" in known.atoms and not found.is_done:
            objects.look(self, known, right, said, found)
        if "array" in known.atoms and not found.is_done:
            arrays.look(self, known, right, said, found)
        if not found.is_done:
            choices.look(self, known, right, said, found, spine)
