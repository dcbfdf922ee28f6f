"""Probing: does an encoder, asked for a fact, find its object among those it could be?

A query (see :mod:`kgalign.adapters.evaluation.queries`) is compared with the labels, in its language, of
all things that can be the relation's object. That is X-FACTR's question (Jiang et al. 2020) put to an
encoder: a name of any number of words is one candidate, and candidates have the right type.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from kgalign.adapters.evaluation.named_entities import distinct_vectors
from kgalign.adapters.evaluation.prompts import Prompts
from kgalign.adapters.evaluation.queries import query_texts
from kgalign.adapters.evaluation.tied_ranks import tied_ranks
from kgalign.adapters.facts_by_language import FACT, facts_of, preferred_names
from kgalign.align.signals.spelling import weighted_grams
from kgalign.encode import TextEncoder
from kgalign.kg import KnowledgeGraph

_SCORES_AT_ONCE = 4_000_000

# Scores of the probes in a block of rows for all candidates in a block of rows.
_Scorer = Callable[[slice, slice], NDArray[np.floating]]


class ProbingOptions(BaseModel):
    """How facts are asked for.

    Attributes:
        candidates: ``objects`` are all that the graph names as the relation's object; ``types`` adds
            every entity that shares a type with one of these.
        type_properties: IRIs of the properties that give types.
        hidden: what stands in the object's place in a sentence; nothing by default.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    candidates: Literal["objects", "types"] = "objects"
    type_properties: tuple[str, ...] = (
        "http://www.w3.org/1999/02/22-rdf-syntax-ns#type",
        "http://www.wikidata.org/prop/direct/P31",
    )
    hidden: str = ""


def probe(
    graph: KnowledgeGraph,
    facts: pl.DataFrame,
    encoder: TextEncoder,
    *,
    prompts: Prompts | None = None,
    training: pl.DataFrame | None = None,
    options: ProbingOptions | None = None,
) -> pl.DataFrame:
    """Ask *encoder* for the object of each fact in its language.

    Candidates with the same label are one. The subject's other objects in the graph are left out of the
    ranking, ties share their mean rank. Two answers that know nothing of the encoder are ranked beside it:
    the relation's most frequent objects, and the names spelt most like the subject's.

    Args:
        graph: gives labels, candidates and the other true objects.
        facts: ``subject``, ``relation``, ``object``, ``language``; those of which an end has no label in
            the language are left out.
        encoder: is asked.
        prompts: sentences to ask by; without them subject and relation are named.
        training: ``subject``, ``relation``, ``object``: the facts that tell which objects are frequent;
            None for the whole graph.
        options: how to ask; None for the defaults.

    Returns:
        The facts asked, with ``rank``, ``frequent_rank``, ``overlap_rank`` (1 is the best) and
        ``candidates`` (those ranked, the right one among them).
    """
    chosen = options or ProbingOptions()
    names = preferred_names(graph)
    asked = _asked(facts, names)
    pool = _candidates(graph, asked, names, training, chosen)
    asked = asked.join(
        pool.select("relation", "language", object_text="text", column="row"),
        on=["relation", "language", "object_text"],
    ).sort("relation", "language", "subject", "object")
    queries = query_texts(graph, asked, prompts, chosen.hidden)
    vectors = (
        distinct_vectors(encoder, [*queries, *pool["text"]]) if asked.height else np.empty((0, 1), np.float32)
    )
    asking, answers = vectors[: asked.height], vectors[asked.height :]
    grams = weighted_grams([asked["subject_text"].to_list(), pool["text"].to_list()])
    frequency = pool["frequency"].to_numpy().astype(np.float64)
    scorers: dict[str, _Scorer] = {
        "rank": lambda rows, columns: asking[rows] @ answers[columns].T,
        "frequent_rank": lambda rows, columns: np.tile(frequency[columns], (rows.stop - rows.start, 1)),
        "overlap_rank": lambda rows, columns: (grams[0][rows] @ grams[1][columns].T).toarray(),
    }
    ranks, candidates = _ranked(graph, asked, pool, names, scorers)
    return asked.select(*FACT, "language").with_columns(
        *(pl.Series(name, values) for name, values in ranks.items()), pl.Series("candidates", candidates)
    )


def _asked(facts: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    asked = facts.select(*FACT, "language").unique()
    for end in ("subject", "object"):
        texts = names.rename({"entity": end, "text": f"{end}_text"})
        asked = asked.join(texts, on=[end, "language"])
    return asked


def _candidates(
    graph: KnowledgeGraph,
    asked: pl.DataFrame,
    names: pl.DataFrame,
    training: pl.DataFrame | None,
    options: ProbingOptions,
) -> pl.DataFrame:
    """``relation``, ``language``, ``text``, ``frequency`` and ``row``, sorted; no text of a pool twice."""
    wanted = asked.select("relation", "language").unique()
    objects = facts_of(graph).join(wanted, on="relation", how="semi").select("relation", "object").unique()
    counted = facts_of(graph) if training is None else training.select(FACT).unique()
    frequency = counted.group_by("relation", "object").agg(frequency=pl.len())
    if options.candidates == "types":
        objects = pl.concat([objects, _of_the_same_types(graph, objects, options)]).unique()
    return (
        objects.join(frequency, on=["relation", "object"], how="left")
        .join(wanted, on="relation")
        .join(names.rename({"entity": "object"}), on=["object", "language"])
        .group_by("relation", "language", "text")
        .agg(pl.sum("frequency"))
        .sort("relation", "language", "text")
        .with_row_index("row")
    )


def _of_the_same_types(graph: KnowledgeGraph, objects: pl.DataFrame, options: ProbingOptions) -> pl.DataFrame:
    properties = graph.relations.filter(pl.col("iri").is_in(options.type_properties))["id"]
    types = graph.triples.filter(pl.col("relation").is_in(properties.implode())).select(
        object="head", type="tail"
    )
    return (
        objects.join(types, on="object")
        .select("relation", "type")
        .unique()
        .join(types, on="type")
        .select("relation", "object")
        .unique()
    )


def _ranked(
    graph: KnowledgeGraph,
    asked: pl.DataFrame,
    pool: pl.DataFrame,
    names: pl.DataFrame,
    scorers: dict[str, _Scorer],
) -> tuple[dict[str, NDArray[np.float64]], NDArray[np.int64]]:
    """The ranks by each scorer, and how many candidates there were, for the rows of *asked*."""
    spans = pool.group_by("relation", "language", maintain_order=True).agg(
        start=pl.first("row"), stop=pl.last("row") + 1
    )
    groups = (
        asked.with_row_index("asked_row")
        .group_by("relation", "language", maintain_order=True)
        .agg(first=pl.first("asked_row"), last=pl.last("asked_row"))
        .join(spans, on=["relation", "language"], maintain_order="left")
    )
    others = _other_objects(graph, asked, pool, names)
    other_row, other_column = (others[name].to_numpy().astype(np.int64) for name in ("asked_row", "row"))
    own = asked["column"].to_numpy().astype(np.int64)
    ranks = {name: np.empty(asked.height) for name in scorers}
    candidates = np.empty(asked.height, np.int64)
    for first, last, start, stop in groups.select("first", "last", "start", "stop").iter_rows():
        height = max(_SCORES_AT_ONCE // (stop - start), 1)
        for top in range(first, last + 1, height):
            rows = slice(top, min(top + height, last + 1))
            known = slice(*np.searchsorted(other_row, [rows.start, rows.stop]))
            out = (other_row[known] - rows.start, other_column[known] - start)
            candidates[rows] = stop - start - np.bincount(out[0], minlength=rows.stop - rows.start)
            for name, scorer in scorers.items():
                ranks[name][rows] = tied_ranks(scorer(rows, slice(start, stop)), own[rows] - start, out)
    return ranks, candidates


def _other_objects(
    graph: KnowledgeGraph, asked: pl.DataFrame, pool: pl.DataFrame, names: pl.DataFrame
) -> pl.DataFrame:
    """``asked_row`` and ``row`` of the candidates that are true as well, but for the one asked for."""
    return (
        asked.with_row_index("asked_row")
        .select("asked_row", "subject", "relation", "language", "column")
        .join(facts_of(graph), on=["subject", "relation"])
        .join(names.rename({"entity": "object"}), on=["object", "language"])
        .join(pool, on=["relation", "language", "text"])
        .filter(pl.col("row") != pl.col("column"))
        .select("asked_row", "row")
        .unique()
        .sort("asked_row", "row")
    )
