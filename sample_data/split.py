"""Parts and the lines they are split into: sums per part, and shares rounded to an exact total."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]
    NumberArray = npt.NDArray[np.int64] | npt.NDArray[np.float64]


class Split:
    """Lines of parts that lie one part after the other.

    Attributes:
        part: index of each line's part.
        place: 0, 1, 2 ... within its part.
    """

    def __init__(self, lines: IntArray) -> None:
        """Take the number of lines of each part, at least 1."""
        self.part = np.repeat(np.arange(len(lines)), lines)
        self._start = np.cumsum(lines) - lines
        self._end = self._start + lines - 1
        self.place = np.arange(len(self.part)) - self._start[self.part]

    def sums(self, values: NumberArray) -> FloatArray:
        """Add values up by part."""
        return np.asarray(np.add.reduceat(values, self._start), np.float64)

    def apportion(self, values: NumberArray, totals: IntArray) -> IntArray:
        """Scale values to their part's total and round them so that they add up to it exactly.

        The running sum is rounded, not each value: no line is off by more than one.
        """
        before = np.zeros(len(values))
        running = np.cumsum(values, dtype=np.float64)
        before[1:] = running[:-1]
        offset = before[self._start]
        reach = running[self._end] - offset
        scale = np.divide(totals, reach, out=np.zeros_like(reach), where=reach != 0)
        ends = np.rint((running - offset[self.part]) * scale[self.part]).astype(np.int64)
        ends[self._end] = totals
        pieces = np.diff(ends, prepend=0)
        pieces[self._start] = ends[self._start]
        return np.asarray(pieces, np.int64)
