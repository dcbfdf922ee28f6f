"""Every row of one matrix against every row of another: the best of each, tile by tile.

A tile of inner products serves both directions: the best of its rows and the best of its columns are
taken from the same numbers. Only products above the least that a row (or column) still keeps are
looked at again, which after the first tiles are few; memory is linear in rows × count.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kgalign.align.candidates import Ids, Scores

if TYPE_CHECKING:
    import torch

# A tile and its mask stay in the processor's cache, and a place in it fits 16 bits, which sort fast.
_TILE = 2048
_CROWDED = 10

Found = tuple[Scores, Ids]


def all_pairs(
    first: Scores, second: Scores, count: int, asking: tuple[int, int], *, in_bfloat16: bool = False
) -> tuple[Found, Found]:
    """The rows of highest inner product in the other matrix, for the leading rows of each.

    Args:
        first: n × d.
        second: m × d.
        count: how many to keep.
        asking: how many rows of *first*, from the top, and how many of *second* want an answer; the
            others can only be found.
        in_bfloat16: multiply numbers rounded to bfloat16; the products are rounded too.

    Returns:
        For either matrix scores (float32) and row numbers of the other one, asking rows × count,
        best first; ``-inf`` and -1 where there are fewer.
    """
    import torch

    tiles = [_tiles(len(first), asking[0]), _tiles(len(second), asking[1])]
    kind = torch.bfloat16 if in_bfloat16 else torch.float32
    rows = torch.from_numpy(np.ascontiguousarray(first, np.float32)).to(kind)
    columns = torch.from_numpy(np.ascontiguousarray(second, np.float32)).to(kind)
    product, rounded = (
        torch.empty(_TILE * _TILE),
        torch.empty(_TILE * _TILE if in_bfloat16 else 0, dtype=kind),
    )
    of_columns = [_Best(tile, count) for tile in tiles[1] if tile.stop <= asking[1]]
    of_rows: list[_Best] = []
    for down in tiles[0]:
        asks = down.stop <= asking[0]
        if asks:
            of_rows.append(_Best(down, count))
        for number, across in enumerate(tiles[1]):
            answered = [of_rows[-1]] if asks else []
            if number < len(of_columns):
                answered.append(of_columns[number])
            if not answered:
                continue
            tile = _shaped(product, down, across)
            if in_bfloat16:
                # Comparing bfloat16 numbers is slower than turning them into float32 first.
                tile.copy_(torch.mm(rows[down], columns[across].T, out=_shaped(rounded, down, across)))
            else:
                torch.mm(rows[down], columns[across].T, out=tile)
            for best in answered:
                best.offer(tile, down, across, by_row=asks and best is of_rows[-1])
        if asks:
            of_rows[-1].settle()
    return _together(of_rows, count), _together(of_columns, count)


def _tiles(rows: int, asking: int) -> list[slice]:
    """Cut the rows so that all of a tile's rows ask, or none of them."""
    cuts = [*range(0, asking, _TILE), *range(asking, rows, _TILE), rows]
    return [slice(start, stop) for start, stop in pairwise(cuts) if start < stop]


def _shaped(buffer: torch.Tensor, down: slice, across: slice) -> torch.Tensor:
    shape = (down.stop - down.start, across.stop - across.start)
    return buffer[: shape[0] * shape[1]].view(shape)


def _together(parts: Sequence[_Best], count: int) -> Found:
    if not parts:
        return np.empty((0, count), np.float32), np.empty((0, count), np.int64)
    for part in parts:
        part.settle()
    return (
        np.concatenate([part.scores.numpy() for part in parts]),
        np.concatenate([part.numbers.numpy() for part in parts]),
    )


class _Best:
    """The best products of each of some rows, while tiles of products come in.

    Products that pass wait until as many have come together as are kept: to sort them in is what
    costs.

    Args:
        rows: the rows, of a matrix or of a tile's columns.
        count: how many of each to keep.
    """

    def __init__(self, rows: slice, count: int) -> None:
        import torch

        size = rows.stop - rows.start
        self.scores = torch.full((size, count), -torch.inf)
        self.numbers = torch.full((size, count), -1, dtype=torch.int64)
        self._waiting: list[tuple[NDArray[np.uint16], NDArray[np.int64], Scores]] = []
        self._empty = True

    def offer(self, tile: torch.Tensor, down: slice, across: slice, *, by_row: bool) -> None:
        """Look through a tile, whose rows or columns (*by_row*) are the rows kept here."""
        if self._empty:
            self._take(tile if by_row else tile.T, (across if by_row else down).start)
            return
        least = self.scores[:, -1]
        passing = (tile > (least[:, None] if by_row else least)).numpy()
        place = np.flatnonzero(passing)
        row, column = np.divmod(place, tile.shape[1])
        own, other = (row, column + across.start) if by_row else (column, row + down.start)
        self._waiting.append((own.astype(np.uint16), other, tile.numpy().ravel()[place]))
        if sum(len(part) for part, _, _ in self._waiting) > self.scores.numel():
            self.settle()

    def settle(self) -> None:
        """Sort in what waits."""
        if not self._waiting:
            return
        own, other, score = (np.concatenate(part) for part in zip(*self._waiting, strict=True))
        self._waiting = []
        sizes = np.bincount(own, minlength=len(self.scores))
        # As a rule each row gets a few; if one gets most, its best come first and the rest is cut.
        crowded = sizes.max() > _CROWDED * self.scores.shape[1]
        order = np.lexsort((-score, own)) if crowded else np.argsort(own, kind="stable")
        row = own[order].astype(np.int64)
        place = np.arange(len(row)) - (np.cumsum(sizes) - sizes)[row]
        width = self.scores.shape[1] if crowded else sizes.max()
        order, row, place = (part[place < width] for part in (order, row, place))
        scores = np.full((len(self.scores), width), -np.inf, np.float32)
        numbers = np.full(scores.shape, -1, np.int64)
        scores[row, place], numbers[row, place] = score[order], other[order]
        self._keep(scores, numbers)

    def _take(self, products: torch.Tensor, start: int) -> None:
        count = min(self.scores.shape[1], products.shape[1])
        best, where = products.contiguous().topk(count, dim=1)
        self.scores[:, :count], self.numbers[:, :count] = best, where + start
        self._empty = False

    def _keep(self, scores: Scores, numbers: NDArray[np.int64]) -> None:
        import torch

        all_scores = torch.cat([self.scores, torch.from_numpy(scores)], dim=1)
        all_numbers = torch.cat([self.numbers, torch.from_numpy(numbers)], dim=1)
        self.scores, where = all_scores.topk(self.scores.shape[1], dim=1)
        self.numbers = all_numbers.gather(1, where)
