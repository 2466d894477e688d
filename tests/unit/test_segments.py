"""Shares of revenue and responses of customer segments, by hand."""

from __future__ import annotations

import pytest

from analytics.policy import default_policy
from analytics.segments import Customers, audience, customers
from analytics.types import Segment, Sensitivity
from tests.unit.planning_cases import policy_with

POLICY = policy_with(
    sensitivity={"low": 0.5, "medium": 1, "high": 2}, loyalty_segments=["GOLD", "GONE"]
)


def segment(name: str, share: float, sensitivity: Sensitivity | None) -> Segment:
    """Return a segment."""
    return Segment(
        segment_id=name,
        name=name,
        share_of_customers=0.1,
        share_of_revenue=share,
        avg_basket_value=100,
        discount_sensitivity=sensitivity,
    )


def two() -> Customers:
    """Return GOLD with 40 % of revenue and SILVER with 20 %; 40 % are of no segment."""
    return customers([segment("GOLD", 0.4, "low"), segment("SILVER", 0.2, "high")], POLICY)


def test_the_remainder_becomes_other_with_medium_sensitivity() -> None:
    known = two()
    # The mean multiplier is .4 x .5 + .2 x 2 + .4 x 1 = 1.0.
    assert known.ids == ("GOLD", "SILVER", "OTHER")
    assert known.shares == pytest.approx((0.4, 0.2, 0.4))
    assert known.responses == pytest.approx((0.5, 2.0, 1.0))


def test_responses_are_relative_to_the_average_customer() -> None:
    known = customers([segment("A", 0.5, "high"), segment("B", 0.5, None)], POLICY)
    # Multipliers 2 and 1 (unknown counts as medium) have the mean 1.5.
    assert known.ids == ("A", "B")
    assert known.responses == pytest.approx((2 / 1.5, 1 / 1.5))
    assert sum(known.weights_of(["A", "B"])) == pytest.approx(1)


def test_a_set_of_segments_has_their_revenue_and_their_mean_response() -> None:
    known = two()
    assert known.share_of({"GOLD", "SILVER"}) == pytest.approx(0.6)
    # (.4 x .5 + .2 x 2) / .6 = 1.
    assert known.response_of({"GOLD", "SILVER"}) == pytest.approx(1.0)
    assert known.response_of({"GOLD"}) == pytest.approx(0.5)
    assert known.response_of({"nobody"}) == 0


def test_shares_above_one_are_scaled_and_say_so() -> None:
    known = customers([segment("A", 0.9, "low"), segment("B", 0.6, "low")], POLICY)
    assert known.normalised
    assert known.shares == pytest.approx((0.6, 0.4))


def test_the_fourth_decimal_is_rounding_not_a_segment() -> None:
    shares = (0.3333, 0.3333, 0.3334)
    known = customers([segment(n, s, "low") for n, s in zip("ABC", shares, strict=True)], POLICY)
    assert known.ids == ("A", "B", "C")
    assert not known.normalised


def test_no_segments_are_no_customers() -> None:
    assert customers([], POLICY).ids == ()


def test_all_means_everyone() -> None:
    assert audience(["ALL"], member_only=False, known=two(), policy=POLICY) == frozenset()


def test_members_are_the_loyalty_segments_that_exist() -> None:
    assert audience(["ALL"], member_only=True, known=two(), policy=POLICY) == {"GOLD"}
    assert audience(["SILVER"], member_only=True, known=two(), policy=POLICY) == {"SILVER"}


def test_an_unknown_segment_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"no segment PLATIN: .* GOLD, SILVER, OTHER"):
        audience(["PLATIN"], member_only=False, known=two(), policy=POLICY)


def test_members_without_a_loyalty_segment_are_refused() -> None:
    with pytest.raises(ValueError, match=r"the policy names LOYAL_HIGH_VALUE .* are none"):
        audience(["ALL"], member_only=True, known=customers([], POLICY), policy=default_policy())
