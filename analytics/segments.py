"""Customer segments: how much of the revenue they hold and how strongly they answer a discount."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from analytics.policy import Policy
    from analytics.types import Segment

EVERYONE = "ALL"
OTHER = "OTHER"
_ROUNDING = 5e-5  # shares are stored with four decimals


@dataclass(frozen=True)
class Customers:
    """The segments with shares of revenue that sum to one, and their relative response.

    `ids` ends with `OTHER` when the segments do not cover all revenue (its discount sensitivity
    is taken as medium). `shares` and `responses` run parallel to `ids`; the responses are relative
    to the average customer: sum(shares x responses) = 1. Without segments all three are empty.
    """

    ids: tuple[str, ...]
    shares: tuple[float, ...]
    responses: tuple[float, ...]
    normalised: bool = False

    def share_of(self, segment_ids: Collection[str]) -> float:
        """Return the share of revenue that a set of segments holds, 0-1."""
        return sum(s for i, s in zip(self.ids, self.shares, strict=True) if i in segment_ids)

    def response_of(self, segment_ids: Collection[str]) -> float:
        """Return the revenue-weighted response of a set of segments; 1 is the average customer."""
        share = self.share_of(segment_ids)
        return sum(self.weights_of(segment_ids)) / share if share else 0.0

    def weights_of(self, segment_ids: Collection[str]) -> tuple[float, ...]:
        """Return share x response for the segments in the set and zero for the others."""
        parts = zip(self.ids, self.shares, self.responses, strict=True)
        return tuple(s * r if i in segment_ids else 0.0 for i, s, r in parts)


def customers(segments: Sequence[Segment], policy: Policy) -> Customers:
    """Turn segments into shares and responses that sum to the whole.

    Shares that sum to more than one are scaled down (`normalised` says so); a remainder becomes
    the segment `OTHER`. A segment without a discount sensitivity counts as medium.
    """
    if not segments:
        return Customers((), (), ())
    ids = [s.segment_id for s in segments]
    shares = [s.share_of_revenue for s in segments]
    multipliers = [
        getattr(policy.sensitivity, s.discount_sensitivity or "medium") for s in segments
    ]
    remainder = 1 - sum(shares)
    if remainder > _ROUNDING:
        ids.append(OTHER)
        shares.append(remainder)
        multipliers.append(policy.sensitivity.medium)
    total = sum(shares)
    shares = [share / total for share in shares]
    mean = sum(s * m for s, m in zip(shares, multipliers, strict=True))
    responses = tuple(m / mean for m in multipliers)
    return Customers(tuple(ids), tuple(shares), responses, normalised=remainder < -_ROUNDING)


def audience(
    named: Sequence[str], *, member_only: bool, known: Customers, policy: Policy
) -> frozenset[str]:
    """Return the segments that a mechanic addresses; the empty set means everyone.

    A member_only scenario whose mechanic names nobody addresses the policy's loyalty segments.

    Raises:
        ValueError: when a segment is not known, or no loyalty segment is.
    """
    ids = set(named) - {EVERYONE}
    if member_only and not ids:
        ids = set(policy.loyalty_segments) & set(known.ids)
        if not ids:
            message = (
                "a member_only scenario needs a loyalty segment: the policy names "
                f"{_listed(policy.loyalty_segments)} and the segments are {_listed(known.ids)}"
            )
            raise ValueError(message)
    unknown = sorted(ids - set(known.ids))
    if unknown:
        message = f"there is no segment {_listed(unknown)}: the segments are {_listed(known.ids)}"
        raise ValueError(message)
    return frozenset(ids)


def _listed(names: Collection[str]) -> str:
    return ", ".join(names) or "none"
