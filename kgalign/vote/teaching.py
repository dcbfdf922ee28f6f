"""What a vote teaches the aligner: how much each signal counts for pairs that it was unsure of.

The rounds learn the weights of the signals from the pairs that they are sure of. A vote knows some of
the others: those that it found right are put beside as many of the run's surest links, and the weights
are learnt from both, starting from the run's own.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import polars as pl

from kgalign.align import combination
from kgalign.align.bootstrapping import STARTING
from kgalign.align.candidates import Pairs
from kgalign.align.combination import Combination
from kgalign.align.run_files import SUMMARY
from kgalign.vote.session import Session
from kgalign.vote.voted_links import voted_pairs
from kgalign.vote.voting import Outcome

# A pair teaches if the vote left so little doubt about it.
_TEACHING = 0.9
_SURE = 0.98


@dataclass(frozen=True)
class Lesson:
    """What was learnt.

    Attributes:
        combination: the weights now.
        voted: number of pairs of the vote that taught.
        sure: number of the run's surest links beside them.
    """

    combination: Combination
    voted: int
    sure: int


def taught(session: Session, outcome: Outcome) -> Lesson | None:
    """Learn from *outcome*; None where it left too few pairs without doubt.

    Only candidates that the run kept, the ten best of each source, compete.
    """
    names = [name for name in STARTING.names if name in session.run.candidates.columns]
    columns = ["source", "target", "probability", *names]
    table = session.run.by_id(session.run.candidates.select(columns), session.graphs).sort("source", "target")
    first, second = session.graphs
    ends = [table[side].to_numpy().astype(np.int64) for side in ("source", "target")]
    pairs = Pairs(ends[0], ends[1], first.entity_count, second.entity_count)
    signals = np.zeros((len(pairs), len(STARTING.names)), np.float32)
    for column, name in enumerate(STARTING.names):
        if name in names:
            signals[:, column] = table[name].to_numpy()
    asked = voted_pairs(outcome)
    found = _rows(pairs, asked.filter(pl.col("voted") >= _TEACHING))
    if len(found) < combination.MINIMUM_EXAMPLES:
        return None
    others = table.filter(
        (pl.col("probability") >= _SURE) & ~pl.col("source").is_in(asked["source"].implode())
    )
    sure = _rows(pairs, others)
    sure = sure[:: -(-len(sure) // len(found))] if len(sure) > len(found) else sure
    positives = np.sort(np.concatenate([found, sure]))
    learnt = combination.learn(pairs, signals, positives, _of_run(session))
    return Lesson(learnt, len(found), len(sure))


def _rows(pairs: Pairs, chosen: pl.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    ends = [chosen[side].to_numpy().astype(np.int64) for side in ("source", "target")]
    rows = pairs.position(ends[0], ends[1])
    return rows[rows >= 0]


def _of_run(session: Session) -> Combination:
    """The weights that the run had learnt, as far as it tells."""
    try:
        told = json.loads((session.run.folder / SUMMARY).read_text("utf-8"))["pairs"][0]["weights"]
        weights = np.array([float(told[name]) for name in STARTING.names])
    except (OSError, ValueError, KeyError, IndexError, TypeError):
        return STARTING
    return Combination(STARTING.names, weights, 0)
