"""Whether probabilities mean what they say: reliability and expected calibration error."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray


def reliability_table(probability: ArrayLike, correct: ArrayLike, bins: int = 10) -> pl.DataFrame:
    """Compare probabilities with the share that came true, in bins of equal width.

    Args:
        probability: one probability for each judged link.
        correct: whether each of these links is right, in the same order.
        bins: number of bins; each takes its lower bound in, the last one its upper bound, 1, too.

    Returns:
        A row for each bin, the lowest first: ``lower`` and ``upper`` (its bounds), ``count`` (links in
        it), ``mean_probability`` and ``share_correct`` (null where the bin is empty).

    Raises:
        ValueError: if there are not as many answers as probabilities, a probability lies outside
            0 to 1, or *bins* is not positive.
    """
    told, right = _checked(probability, correct, bins)
    bounds = np.linspace(0.0, 1.0, bins + 1)
    number = np.minimum(np.searchsorted(bounds, told, side="right") - 1, bins - 1)
    count = np.bincount(number, minlength=bins)
    return pl.DataFrame(
        {
            "lower": bounds[:-1],
            "upper": bounds[1:],
            "count": count,
            "mean_probability": np.bincount(number, told, bins) / np.maximum(count, 1),
            "share_correct": np.bincount(number, right, bins) / np.maximum(count, 1),
        }
    ).with_columns(
        pl.when(pl.col("count") > 0).then(pl.col(name)).alias(name)
        for name in ("mean_probability", "share_correct")
    )


def judged_links(links: pl.DataFrame, reference: pl.DataFrame) -> pl.DataFrame:
    """The links that *reference* can judge, those whose source or target it names.

    Args:
        links: ``source``, ``target``, ``probability``.
        reference: ``source``, ``target``.

    Returns:
        ``probability`` and ``correct``, a row per judged link.
    """
    expected = reference.select("source", "target").unique()
    return (
        links.filter(
            pl.col("source").is_in(expected["source"].implode())
            | pl.col("target").is_in(expected["target"].implode())
        )
        .join(expected.with_columns(correct=pl.lit(True)), on=["source", "target"], how="left")
        .select("probability", pl.col("correct").fill_null(False))
    )


def expected_calibration_error(probability: ArrayLike, correct: ArrayLike, bins: int = 10) -> float:
    """How far probabilities are from the share that came true, on average over the links.

    Each bin of :func:`reliability_table` counts with the number of its links (Guo et al., "On
    Calibration of Modern Neural Networks", 2017, equation 3). 0 where there is no link.

    Raises:
        ValueError: as :func:`reliability_table`.
    """
    table = reliability_table(probability, correct, bins).filter(pl.col("count") > 0)
    count = table["count"].to_numpy()
    if not len(count):
        return 0.0
    gap = np.abs(table["mean_probability"].to_numpy() - table["share_correct"].to_numpy())
    return float(np.dot(count, gap) / count.sum())


def _checked(
    probability: ArrayLike, correct: ArrayLike, bins: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    told, right = np.asarray(probability, np.float64), np.asarray(correct, np.float64)
    if told.ndim != 1 or told.shape != right.shape:
        raise ValueError(f"{told.shape} probabilities don't go with {right.shape} answers")
    if not ((told >= 0) & (told <= 1)).all():
        raise ValueError("probabilities lie between 0 and 1")
    if bins < 1:
        raise ValueError("at least one bin is needed")
    return told, right
