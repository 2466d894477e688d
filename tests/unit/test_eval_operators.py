"""What an argument is allowed to be, and what only looks like it."""

from __future__ import annotations

import itertools
import random
from typing import TYPE_CHECKING

import pytest

from evals.expectation import holds, no_lookup
from evals.matching import OrderedPairing, pairing
from evals.operators import ARGUMENT
from evals.values import MISSING

if TYPE_CHECKING:
    from agents.grounding.units import Unit


def meets(wanted: object, value: object, unit: Unit | None = None) -> bool:
    return holds(ARGUMENT.validate_python(wanted), value, no_lookup, unit)


@pytest.mark.parametrize(
    ("wanted", "value", "expected"),
    [
        ("TV", "TV", True),
        ("TV", "AUDIO", False),
        (1, True, False),
        (True, 1, False),
        (18, 18.0, True),
        (0.18, 0.1800001, True),
        (0.18, 0.181, False),
        ("10.5%", "-10.5%", False),
        ("10.5%", "105%", False),
        (None, MISSING, False),
        ({"absent_ok": "TV"}, MISSING, True),
        ({"absent_ok": "TV"}, None, True),
        ({"absent_ok": "TV"}, "AUDIO", False),
        ({"any": True}, 7, True),
        ({"any": True}, MISSING, False),
        ({"num": 18, "abs": 0.5}, 18.4, True),
        ({"num": 18, "abs": 0.5}, 18.6, False),
        ({"num": 18, "abs": 0.5}, -18.0, False),
        ({"num": 100, "rel": 0.01}, "100.9", True),
        ({"num": 18}, "18 %", False),
        ({"num": 1}, True, False),
        ({"date": "2025-10-22"}, "2025-10-22T00:00:00", True),
        ({"date": "2025-10-22"}, "2025-10-22T12:00:00", False),
        ({"date": "2025-10-22"}, "2025-10-23", False),
        ({"date": "2025-10-22", "grain": "week"}, "2025-W43", True),
        ({"date": "2025-10-22", "grain": "month"}, "2025-10", True),
        ({"date": "2025-10-22", "grain": "quarter"}, "2025-Q4", True),
        ({"date": "2025-09-30", "grain": "fiscal_year"}, "FY25", True),
        ({"date": "2025-10-01", "grain": "fiscal_year"}, "FY25", False),
        ({"daterange": ["2025-10-20", "2025-10-26"]}, "2025-W43", True),
        ({"daterange": ["2025-10-01", "2025-10-31"]}, ["2025-10-01", "2025-10-31"], True),
        ({"daterange": ["2025-10-01", "2025-10-31"]}, ["2025-10-01", "2025-10-30"], False),
        ({"set": [1, 2]}, [2, 1], True),
        ({"set": [1, 2]}, [2, 1, 1], True),
        ({"set": [1, 2]}, [1], False),
        ({"multiset": [1, 2]}, [2, 1, 1], False),
        ({"subset_of": ["a", "b"]}, ["b"], True),
        ({"subset_of": ["a", "b"]}, ["c"], False),
        ({"superset_of": ["a"]}, ["b", "a"], True),
        ({"superset_of": ["a", "b"]}, ["a"], False),
        ({"every": {"between": [0, 20]}}, [5, 20], True),
        ({"every": {"between": [0, 20]}}, [5, 21], False),
        ({"every": {"between": [0, 20]}}, [], False),
        ({"approx_text": "Società  Gaming"}, "SOCIETÀ GAMING", True),
        ({"approx_text": "-5"}, "5", False),
        ({"regex": "[0-9a-f]{8}.*"}, "0123abcd-1", True),
        ({"regex": "[0-9]{3}"}, "1234", False),
        ({"enum_alias": ["online", "web"]}, "WEB", True),
        ({"json": {"department": "TV"}}, {"department": "TV", "channel": None}, True),
        ({"json": {"department": "TV"}}, {"channel": None}, False),
        ({"not": {"eq": "t1"}}, "t2", True),
        ({"not": {"eq": "t1"}}, "t1", False),
        ({"one_of": [1, 2]}, 2, True),
        ({"ref": "a.id"}, "x", False),
    ],
)
def test_a_value_meets_an_operator(wanted: object, value: object, expected: bool) -> None:  # noqa: FBT001  a column of the table
    assert meets(wanted, value) is expected


@pytest.mark.parametrize(
    ("wanted", "value", "unit", "expected"),
    [
        ({"num": 18, "unit": "percent"}, 0.18, "fraction", True),
        ({"num": 18, "unit": "percent"}, 18, "percent", True),
        ({"num": 18, "unit": "percent"}, 0.18, "percent", False),
        ({"num": 0.18, "unit": "fraction"}, 18, "percent", True),
        ({"num": 18}, 0.18, "fraction", False),
        ({"num": 18, "unit": "percent"}, 18, "money", False),
    ],
)
def test_percent_equals_a_fraction_only_by_unit(
    wanted: object,
    value: object,
    unit: Unit,
    expected: bool,  # noqa: FBT001  a column of the table
) -> None:
    assert meets(wanted, value, unit) is expected


def test_overlapping_tolerances_are_paired_as_well_as_possible() -> None:
    # Greedy pairing gives 10 to the wide one and leaves the narrow one without.
    wanted = {"set": [{"num": 11, "abs": 2}, {"num": 10, "abs": 0.1}]}
    assert meets(wanted, [10, 12])
    assert not meets(wanted, [12, 13])


def test_a_matching_is_a_maximum_one() -> None:
    draw = random.Random(3)  # noqa: S311  reproducible, not secret
    for _ in range(300):
        lefts, rights = draw.randint(0, 5), draw.randint(0, 5)
        fits = [[r for r in range(rights) if draw.random() < 0.4] for _ in range(lefts)]
        best = max(
            (
                sum(right in fits[left] for left, right in zip(some, order, strict=False))
                for some in itertools.permutations(range(lefts))
                for order in itertools.permutations(range(rights))
            ),
            default=0,
        )
        found = pairing(fits)
        assert len(found) == best
        assert len(set(found.values())) == len(found)
        assert all(right in fits[left] for left, right in found.items())


def test_a_pairing_keeps_the_order_if_any_can() -> None:
    # Both expected calls fit both made ones; only the crossed pairing keeps b before a.
    pairs = OrderedPairing(2, lambda _left, _pairs: [0, 1], lambda x, y: x < y, [(1, 0)]).search()
    assert pairs == {0: 1, 1: 0}
    one = OrderedPairing(2, lambda left, _pairs: [left], lambda x, y: x < y, [(1, 0)]).search()
    assert len(one) == 1
