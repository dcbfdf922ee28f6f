"""Aligning two graphs: from their records to links."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from kgalign.align import calibration
from kgalign.align.adapting import EncoderAdapter
from kgalign.align.bootstrapping import STARTING, Anchors, Bootstrapped, Bootstrapping, Round
from kgalign.align.candidates import Ids, Pairs
from kgalign.align.combination import Combination
from kgalign.align.decided_pairs import DecidedPairs
from kgalign.align.earlier import Earlier
from kgalign.align.explanation import Wording, explained
from kgalign.align.links import LINK_COLUMNS, Links
from kgalign.align.matching import Values, choice
from kgalign.align.naming import entity_names, relation_names
from kgalign.align.options import AlignOptions
from kgalign.align.signals.labels import LabelSignal
from kgalign.align.signals.texts import Texts, entity_texts
from kgalign.align.structure.neighbourhood import neighbourhoods
from kgalign.encode import TextEncoder, load_encoder
from kgalign.kg import KnowledgeGraph
from kgalign.progress import progress
from kgalign.resources import StageClock, release_memory

_CANDIDATES_KEPT = 10
_LEAST_WEIGHT = 1e-6


@dataclass(frozen=True)
class Seeds:
    """Seed links by entity id: ``source[i]`` is ``target[i]``; each id at most once on its side.

    Where targets may be shared (many-to-one), a target may have several seed links.
    """

    source: Ids
    target: Ids


@dataclass(frozen=True)
class Alignment:
    """What :func:`align` found.

    Attributes:
        links: accepted and uncertain links.
        ranking: ``source``, ``target`` (IRIs) and ``score``: every candidate, for evaluation.
        candidates: the ten best candidates of each source, with the signals' columns, ``weight``
            (after balancing) and ``probability``.
        relations: corresponding relations: ``relation``, ``counterpart`` (IRIs), ``forward``,
            ``backward``.
        weights: the learnt weight of each signal.
        rounds: what each round found.
        seeds_used: number of seed links that took part.
        adapted_encoder: key of the label encoder that was trained in the run, None if none was.
        decided: what people had decided; None where nothing.
    """

    links: Links
    ranking: pl.DataFrame
    candidates: pl.DataFrame
    relations: pl.DataFrame
    weights: dict[str, float]
    rounds: tuple[Round, ...]
    seeds_used: int
    adapted_encoder: str | None = None
    decided: DecidedPairs | None = None

    @property
    def confirmed(self) -> int:
        """Number of pairs that people had confirmed."""
        return 0 if self.decided is None else len(self.decided.confirmed[0])

    @property
    def declined(self) -> int:
        """Number of pairs that people had declined."""
        return 0 if self.decided is None else len(self.decided.declined[0])


def align(
    first: KnowledgeGraph,
    second: KnowledgeGraph,
    options: AlignOptions | None = None,
    *,
    seeds: Seeds | None = None,
    decided: DecidedPairs | None = None,
    extra_labels: tuple[pl.DataFrame | None, pl.DataFrame | None] = (None, None),
    encoder: TextEncoder | None = None,
    earlier: Earlier | None = None,
    starting: Combination | None = None,
    clock: StageClock | None = None,
) -> Alignment:
    """Find which entities of two graphs are the same.

    Candidates proposed by names and by neighbourhoods are scored by every signal, balanced between
    the graphs and matched one to one, in rounds (see :mod:`kgalign.align.bootstrapping`); each link
    gets a probability (see :mod:`kgalign.align.calibration`), and entities without a probable
    partner stay unlinked.

    Args:
        first: the graph whose entities are the sources.
        second: the graph whose entities are the targets.
        options: what to use and how; None for the defaults.
        seeds: links known to be true.
        decided: pairs that people confirmed, which overrule seed links, and pairs that they declined,
            which are neither linked nor candidates.
        extra_labels: further names for each graph: ``entity`` u32, ``text``, ``language``.
        encoder: the label encoder, if it is not to be loaded by ``options.encoder``.
        earlier: what an earlier run knew of the two graphs; only entities that it didn't know are
            searched for.
        starting: weights of the signals to start from and to be drawn to; None for those that serve
            every data set.
        clock: collects time and memory per stage.

    Returns:
        The alignment; the same input and options give the same result on the same machine.
    """
    chosen = options or AlignOptions()
    watch = clock or StageClock()
    with watch.stage("neighbourhoods"):
        near = neighbourhoods(
            first,
            second,
            relations="structure" in chosen.signals,
            attributes="attributes" in chosen.signals,
        )
        anchors = _anchors(first, second, seeds, decided, chosen)
        if earlier is not None:
            earlier = earlier.without(*anchors.declined)
    labels, adapter = None, None
    texts: list[Texts] = []
    if "labels" in chosen.signals:
        texts = [
            entity_texts(graph, extra, chosen.labels_per_entity)
            for graph, extra in zip((first, second), extra_labels, strict=True)
        ]
        if texts[0].named and texts[1].named:
            with watch.stage("encode"):
                known = encoder or load_encoder(chosen.encoder, device=chosen.device)
                kept = None if earlier is None else earlier.adapted_encoder
                if chosen.adapt_encoder or kept is not None:
                    adapter = EncoderAdapter(texts, known, chosen, watch, kept)
                    labels = adapter.restored()
                if labels is None:
                    labels = LabelSignal(texts[0], texts[1], known, chosen.name_pairs_limit)
                release_memory()
    with watch.stage("match"), progress("aligning", chosen.rounds, "round") as bar:
        rounds = Bootstrapping(*near, labels, anchors, chosen, earlier, texts, adapter, starting or STARTING)
        found = rounds.run(bar)
    with watch.stage("link"):
        stated = (near[0].values, near[1].values)
        alignment = _alignment(first, second, stated, found, anchors, decided, chosen)
    return alignment if adapter is None else replace(alignment, adapted_encoder=adapter.key)


def _anchors(
    first: KnowledgeGraph,
    second: KnowledgeGraph,
    seeds: Seeds | None,
    decided: DecidedPairs | None,
    options: AlignOptions,
) -> Anchors:
    """What is known from outside: of pairs that exclude each other, decisions come before seed links."""
    nothing = (np.empty(0, np.int64), np.empty(0, np.int64))
    confirmed, declined = (nothing, nothing) if decided is None else (decided.confirmed, decided.declined)
    given = nothing if seeds is None else (seeds.source, seeds.target)
    same = _same_iri(first, second) if options.same_iri else nothing
    refused = Pairs.union([declined], first.entity_count, second.entity_count)
    source, target, is_seed = *confirmed, np.zeros(len(confirmed[0]), bool)
    for pairs, seed in ((given, True), (same, False)):
        free = ~np.isin(pairs[0], source) & (refused.position(*pairs) < 0)
        if options.cardinality == "one-to-one":
            free &= ~np.isin(pairs[1], target)
        source = np.concatenate([source, pairs[0][free]])
        target = np.concatenate([target, pairs[1][free]])
        is_seed = np.concatenate([is_seed, np.full(int(free.sum()), seed)])
    return Anchors(source, target, is_seed, declined)


def _same_iri(first: KnowledgeGraph, second: KnowledgeGraph) -> tuple[Ids, Ids]:
    both = (
        first.entities.filter(~pl.col("iri").str.starts_with("_:"))
        .join(second.entities, on="iri", suffix="_other")
        .sort("id")
    )
    return both["id"].to_numpy().astype(np.int64), both["id_other"].to_numpy().astype(np.int64)


def _alignment(
    first: KnowledgeGraph,
    second: KnowledgeGraph,
    stated: tuple[pl.DataFrame, pl.DataFrame],
    found: Bootstrapped,
    anchors: Anchors,
    decided: DecidedPairs | None,
    options: AlignOptions,
) -> Alignment:
    pairs = found.pairs
    usable = np.where(found.weights > _LEAST_WEIGHT, found.weights, -np.inf)
    rows = choice(pairs, usable, options.cardinality)
    probability = _probabilities(found, rows, options)
    table = _pair_table(first, second, found, rows).with_columns(
        probability=pl.Series(probability[rows], dtype=pl.Float64),
        method=pl.Series(_methods(found, anchors, decided, rows), dtype=pl.String),
        row=pl.Series(rows, dtype=pl.Int64),
    )
    free = probability[rows[~found.decided[rows]]]
    bar = max(options.threshold, calibration.threshold_for(free, options.precision))
    table = (
        table.filter(pl.col("probability") >= min(options.uncertain, bar))
        .with_columns(
            status=pl.when(pl.col("probability") >= bar)
            .then(pl.lit("accepted"))
            .otherwise(pl.lit("uncertain"))
        )
        .select(*LINK_COLUMNS, *found.combination.names, "row")
        .sort("probability", "source", "target", descending=[True, False, False])
    )
    wording = [Wording.of(graph, values) for graph, values in zip((first, second), stated, strict=True)]
    reasons = explained(found, table["row"].to_numpy(), probability, *wording)
    table = table.drop("row").hstack(reasons)
    best = _best_candidates(found)
    score = np.log(np.maximum(found.weights, 1e-300))
    return Alignment(
        links=Links(table),
        ranking=_named_pairs(first, second, pairs.source, pairs.target).with_columns(
            score=pl.Series(score, dtype=pl.Float64)
        ),
        candidates=_pair_table(first, second, found, best).with_columns(
            weight=pl.Series(found.weights[best], dtype=pl.Float32),
            probability=pl.Series(probability[best], dtype=pl.Float64),
        ),
        relations=_relation_table(first, second, found.correspondence),
        weights={
            name: round(float(weight), 6)
            for name, weight in zip(found.combination.names, found.combination.weights, strict=True)
        },
        rounds=found.rounds,
        seeds_used=int(anchors.is_seed.sum()),
        decided=decided,
    )


def _probabilities(found: Bootstrapped, rows: Ids, options: AlignOptions) -> Values:
    """Calibrated probability of each pair, *rows* being the chosen ones; 0 or 1 where an anchor decided."""
    decided = found.decided
    free = np.flatnonzero(~decided)
    teaching = found.teaching[~decided[found.teaching]]
    probability = np.where(found.scores > 0, 1.0, 0.0)
    probability[free] = calibration.calibrated(
        found.pairs,
        found.scores,
        found.weights,
        found.signals,
        teaching,
        rows[~decided[rows]],
        free,
        options.cardinality,
    )
    return probability


def _methods(found: Bootstrapped, anchors: Anchors, decided: DecidedPairs | None, rows: Ids) -> list[str]:
    seeds = set(anchors.source[anchors.is_seed].tolist())
    confirmed = set() if decided is None else set(decided.confirmed[0].tolist())
    known = dict.fromkeys(seeds, "seed") | dict.fromkeys(confirmed, "confirmed")
    return [
        known.get(source, "same-iri") if anchored else "aligned"
        for source, anchored in zip(
            found.pairs.source[rows].tolist(), found.decided[rows].tolist(), strict=True
        )
    ]


def _best_candidates(found: Bootstrapped) -> Ids:
    frame = pl.DataFrame(
        {
            "row": np.arange(len(found.pairs)),
            "source": found.pairs.source,
            "weight": found.weights,
        }
    ).filter(pl.col("weight") > _LEAST_WEIGHT)
    ranked = frame.sort("source", "weight", "row", descending=[False, True, False])
    return ranked.group_by("source", maintain_order=True).head(_CANDIDATES_KEPT)["row"].to_numpy()


def _pair_table(
    first: KnowledgeGraph, second: KnowledgeGraph, found: Bootstrapped, rows: Ids
) -> pl.DataFrame:
    source, target = found.pairs.source[rows], found.pairs.target[rows]
    return _named_pairs(first, second, source, target).with_columns(
        source_label=entity_names(first).gather(source),
        target_label=entity_names(second).gather(target),
        **{
            name: pl.Series(found.signals[rows, column], dtype=pl.Float32)
            for column, name in enumerate(found.combination.names)
        },
    )


def _named_pairs(first: KnowledgeGraph, second: KnowledgeGraph, source: Ids, target: Ids) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "source": first.entities["iri"].gather(source),
            "target": second.entities["iri"].gather(target),
        },
        schema={"source": pl.String, "target": pl.String},
    )


def _relation_table(
    first: KnowledgeGraph, second: KnowledgeGraph, correspondence: pl.DataFrame
) -> pl.DataFrame:
    """Correspondences by IRI; an inverse relation is marked by ``^``, as in SPARQL paths."""
    numbers = [correspondence["relation"].to_numpy(), correspondence["counterpart"].to_numpy()]
    names = [
        relation_names(graph).gather(number) for graph, number in zip((first, second), numbers, strict=True)
    ]
    return (
        pl.DataFrame({"relation": names[0], "counterpart": names[1]})
        .with_columns(correspondence.select("forward", "backward"))
        .filter(~pl.col("relation").str.starts_with("^"))
        .sort("forward", "relation", "counterpart", descending=[True, False, False])
    )
