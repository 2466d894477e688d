"""Who is paired with whom: maximum bipartite matching, with a partial order on the pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

MOST_STEPS = 200_000
"""How many partial pairings are tried before the best one so far stands."""


def pairing(fits: Sequence[Sequence[int]]) -> dict[int, int]:
    """Return a maximum matching: left index to right index.

    Kuhn's augmenting paths. Greedy pairing gives false failures where tolerances overlap.

    Args:
        fits: for each left member the right members it may be paired with.

    >>> pairing([[0, 1], [0]])
    {0: 1, 1: 0}
    """
    owner: dict[int, int] = {}

    def place(left: int, seen: set[int]) -> bool:
        for right in fits[left]:
            if right in seen:
                continue
            seen.add(right)
            if right not in owner or place(owner[right], seen):
                owner[right] = left
                return True
        return False

    for left in range(len(fits)):
        place(left, set())
    return dict(sorted((left, right) for right, left in owner.items()))


class OrderedPairing:
    """Searches a pairing in which references resolve and the order holds.

    Among all pairings one with the most pairs is returned; a pairing that breaks the order is
    never one. Members are paired in the order given, which must name what a member refers to first.
    """

    def __init__(
        self,
        count: int,
        candidates: Callable[[int, Mapping[int, int]], Sequence[int]],
        before: Callable[[int, int], bool],
        order: Sequence[tuple[int, int]],
    ) -> None:
        """Take what is needed to search.

        Args:
            count: how many left members there are.
            candidates: right members that fit a left one, given the pairs made so far.
            before: whether one right member came before another.
            order: pairs (a, b) of left members: a's partner must come before b's.
        """
        self._count = count
        self._candidates = candidates
        self._before = before
        self._order = order
        self._best: dict[int, int] = {}
        self._steps = 0

    def search(self) -> dict[int, int]:
        """Return the best pairing found."""
        self._extend(0, {})
        return dict(sorted(self._best.items()))

    def _extend(self, left: int, pairs: dict[int, int]) -> None:
        self._steps += 1
        if len(pairs) > len(self._best):
            self._best = dict(pairs)
        hopeless = len(pairs) + self._count - left <= len(self._best)
        if left == self._count or hopeless or self._steps > MOST_STEPS:
            return
        taken = set(pairs.values())
        for right in self._candidates(left, pairs):
            if right not in taken and self._in_order(left, right, pairs):
                pairs[left] = right
                self._extend(left + 1, pairs)
                del pairs[left]
        self._extend(left + 1, pairs)

    def _in_order(self, left: int, right: int, pairs: Mapping[int, int]) -> bool:
        return all(
            (second != left or first not in pairs or self._before(pairs[first], right))
            and (first != left or second not in pairs or self._before(right, pairs[second]))
            for first, second in self._order
        )
