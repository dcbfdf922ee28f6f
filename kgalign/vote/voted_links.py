"""A run's links and candidates once a model was heard."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from kgalign.align.calibration import threshold_for
from kgalign.align.candidates import Pairs
from kgalign.align.explanation import EXPLANATION_SCHEMA
from kgalign.align.links import ANCHORED, GRAPH_COLUMNS
from kgalign.align.matching import choice
from kgalign.align.options import AlignOptions
from kgalign.vote.voting import Outcome

VOTED = "voted"
_SIDES = ("source", "target")


@dataclass(frozen=True)
class VotedLinks:
    """What a vote made of a run.

    Attributes:
        links: as the run's ``links.parquet``; what the model spoke for or against has the method
            ``voted``.
        candidates: as the run's ``candidates.parquet``, with the new probabilities.
        added: number of links that are accepted now and weren't.
        dropped: number of links that were accepted and aren't.
    """

    links: pl.DataFrame
    candidates: pl.DataFrame
    added: int
    dropped: int


def voted_pairs(outcome: Outcome) -> pl.DataFrame:
    """``source``, ``target`` (entity ids) and ``voted`` (probability) of each pair that was asked about."""
    rows = [
        (question.source, target, float(outcome.posterior[number, option]))
        for number, question in enumerate(outcome.asked)
        for option, target in enumerate(question.targets)
    ]
    return pl.DataFrame(rows, {"source": pl.UInt32, "target": pl.UInt32, "voted": pl.Float64}, orient="row")


def apply(
    links: pl.DataFrame, candidates: pl.DataFrame, voted: pl.DataFrame, options: AlignOptions
) -> VotedLinks:
    """Link anew the sources that were asked about; the others keep their links.

    A target that a source takes from another goes to the more probable of the two pairs.

    Args:
        links: a run's links between two graphs.
        candidates: its candidates.
        voted: ``source``, ``target`` (IRIs) and ``voted``: each pair that was asked about, with its
            probability now.
        options: those of the run.
    """
    heard = voted.join(candidates, on=_SIDES, how="semi")
    scored = _with_new_probabilities(candidates, heard)
    pool = pl.concat(
        [
            links.join(heard, on="source", how="anti").select(*_SIDES, "probability", anchored=_anchored()),
            heard.select(*_SIDES, probability="voted", anchored=pl.lit(False)),
        ]
    )
    kept = _chosen(pool.filter((pl.col("probability") >= options.uncertain) | pl.col("anchored")), options)
    free = kept.filter(~pl.col("anchored"))["probability"].to_numpy()
    bar = max(options.threshold, threshold_for(free, options.precision))
    accepted = (pl.col("probability") >= bar) | pl.col("anchored")
    table = kept.with_columns(
        status=pl.when(accepted).then(pl.lit("accepted")).otherwise(pl.lit("uncertain"))
    )
    found = _explained(table, links, scored, heard)
    was, now = (frame.filter(pl.col("status") == "accepted") for frame in (links, found))
    return VotedLinks(
        found,
        scored,
        now.join(was, on=_SIDES, how="anti").height,
        was.join(now, on=_SIDES, how="anti").height,
    )


def _anchored() -> pl.Expr:
    return pl.col("method").is_in(ANCHORED)


def _with_new_probabilities(candidates: pl.DataFrame, heard: pl.DataFrame) -> pl.DataFrame:
    """The candidates; those of sources that were asked about are ordered by what came out.

    What wasn't shown comes after what was: its weight and probability are capped by the least of these.
    """
    least = heard.group_by("source").agg(least=pl.min("voted"))
    return (
        candidates.join(heard, on=_SIDES, how="left", maintain_order="left")
        .join(least, on="source", how="left", maintain_order="left")
        .with_columns(
            pl.coalesce("voted", pl.min_horizontal(column, "least").cast(candidates.schema[column]))
            .cast(candidates.schema[column])
            .alias(column)
            for column in ("weight", "probability")
        )
        .drop("voted", "least")
    )


def _chosen(pool: pl.DataFrame, options: AlignOptions) -> pl.DataFrame:
    """The pairs of *pool* that are linked, each source once and, one to one, each target."""
    ordered = pool.sort("anchored", "probability", *_SIDES, descending=[True, True, False, False])
    numbers = [ordered[side].rank("dense").to_numpy().astype(np.int64) - 1 for side in _SIDES]
    sizes = [int(number.max(initial=-1)) + 1 for number in numbers]
    pairs = Pairs(numbers[0], numbers[1], sizes[0], sizes[1])
    values = ordered["probability"].to_numpy() + ordered["anchored"].to_numpy()
    return ordered[choice(pairs, values.astype(np.float64), options.cardinality)]


def _explained(
    table: pl.DataFrame, links: pl.DataFrame, candidates: pl.DataFrame, heard: pl.DataFrame
) -> pl.DataFrame:
    """*table* with all columns of *links*: those of the same link, or what the candidates tell."""
    asked = heard.select("source").unique().with_columns(asked=pl.lit(True))
    settled = ("probability", "status")
    known = links.drop(*settled).with_columns(known=pl.lit(True))
    shared = [name for name in candidates.columns if name in links.columns and name not in settled]
    told = candidates.select(shared)
    joined = (
        table.select(*_SIDES, *settled)
        .join(known, on=_SIDES, how="left", maintain_order="left")
        .join(told, on=_SIDES, how="left", suffix="_told", maintain_order="left")
        .join(asked, on="source", how="left", maintain_order="left")
        .with_columns(
            pl.coalesce(name, f"{name}_told").alias(name)
            for name in shared
            if name not in _SIDES and f"{name}_told" not in links.columns
        )
        .with_columns(
            method=pl.when("asked").then(pl.lit(VOTED)).otherwise("method"),
            **{
                name: pl.col(name).fill_null([])
                for name, kind in EXPLANATION_SCHEMA.items()
                if isinstance(kind, pl.List) and name in links.columns
            },
            **{
                name: pl.col(name).fill_null(0)
                for name in ("neighbours_shared", "attributes_shared")
                if name in links.columns
            },
        )
    )
    return (
        joined.select(links.columns)
        .cast(pl.Schema(links.schema))
        .sort("probability", *GRAPH_COLUMNS, *_SIDES, descending=[True, *[False] * 4])
    )
