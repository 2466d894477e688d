"""Who buys: the customer segments."""

from analytics.types import Record, Segment
from db import segments
from tools.deps import Deps


class SegmentList(Record):
    """The stored customer segments."""

    segments: tuple[Segment, ...]


def list_segments(deps: Deps) -> SegmentList:
    """List the customer segments with their share of revenue (0-1) and discount sensitivity.

    Takes no arguments. An empty list means that no segments were imported.
    """
    return SegmentList(segments=tuple(segments.list_segments(deps.conn)))
