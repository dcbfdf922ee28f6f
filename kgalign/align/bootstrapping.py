"""Rounds of matching: what is matched tells about its neighbours, which are matched next.

Each round scores the candidates, balances the scores between the two graphs, and takes the pairs
that are each other's best as pseudo-seeds, which tell how much each signal counts. Every pair that
kept some weight speaks for its neighbours by that weight, whether or not it is the best: it tells
which relations correspond and which further pairs to look at, and an error isn't taken for certain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kgalign.align import combination
from kgalign.align.adapting import EncoderAdapter
from kgalign.align.candidates import Ids, Pairs, Scores
from kgalign.align.combination import Combination
from kgalign.align.earlier import Earlier
from kgalign.align.kept_scores import KeptScores
from kgalign.align.matching import Values, balanced, localised, mutual_best, rank_in_group
from kgalign.align.options import AlignOptions
from kgalign.align.signals.labels import LabelSignal
from kgalign.align.signals.lexicon import Lexicon
from kgalign.align.signals.neighbours import NeighbourNames
from kgalign.align.signals.texts import Texts
from kgalign.align.structure.encoded import EncodedStructure, encoders_of
from kgalign.align.structure.evidence import MatchedNeighbours
from kgalign.align.structure.neighbourhood import Neighbourhood
from kgalign.align.structure.relations import correspondences
from kgalign.progress import Progress
from kgalign.resources import release_memory

# Starting weights of the signals, in units of log-odds per unit of the signal. They order the
# first round's candidates; from then on the weights are learnt (see combination.learn).
STARTING = Combination(
    names=(
        "label",
        "characters",
        "neighbour_names",
        "far_names",
        "attribute_likeness",
        "attribute_certainty",
        "structure_likeness",
        "structure_certainty",
        "propagation",
        "gnn",
        "lexicon",
    ),
    weights=np.array([20.0, 10.0, 8.0, 6.0, 16.0, 6.0, 16.0, 6.0, 8.0, 8.0, 8.0]),
    learnt_from=0,
)

# A pair speaks for its neighbours from the first weight on, is counted as matched from the second,
# and teaches the combination from the third.
_SPEAKING_WEIGHT = 0.03
_MATCHED_WEIGHT = 0.25
_TEACHING_WEIGHT = 0.75
_ENOUGH_SEEDS = 100
_ENOUGH_FAIR = 100
_SETTLED_SHARE = 0.002
_WARM_ROUNDS = 3
_LEXICON_ROUNDS = (1, 4)
_ADAPTING_ROUND = 3
_LEXICON_PAIRS = 200
# After so many rounds, of the pairs that names proposed only each entity's best so many are looked at on,
# until the last round: there each pair is weighed against all its rivals again, for many weak rivals
# together are what keeps an entity without a partner from a weak one.
_THINNED_AFTER = 2
_KEPT_OF_LASTING = 15
_DECIDED = 200.0


@dataclass(frozen=True)
class Anchors:
    """Pairs known from outside: seed links, decisions of people, and entities with one IRI in both graphs.

    Attributes:
        source: entity ids of the first graph, each at most once.
        target: entity ids of the second graph, each at most once (unless targets may be shared).
        is_seed: whether the pair was given as a seed link (else it shares its IRI, or a person
            confirmed it: what people are asked about is no fair sample to learn weights from).
        declined: pairs that a person declined; no candidate is among them.
    """

    source: Ids
    target: Ids
    is_seed: NDArray[np.bool_]
    declined: tuple[Ids, Ids]

    def __len__(self) -> int:
        return len(self.source)


@dataclass(frozen=True)
class Round:
    """What one round found: candidates looked at, pairs matched, and how many of these are new."""

    candidates: int
    matched: int
    changed: int


@dataclass(frozen=True)
class Bootstrapped:
    """The state after the last round.

    Attributes:
        pairs: the candidates.
        signals: pairs × signals, columns as in ``combination.names``.
        combination: the learnt weights.
        scores: log-scale score per pair; ±200 where an anchor decides.
        weights: the scores after balancing (see :func:`~kgalign.align.matching.sinkhorn`).
        teaching: rows that may be taken as true when learning what the scores are worth.
        correspondence: relation correspondences.
        matches: matched entities and values, after the last round.
        matched_neighbours: what finds the evidence of those matches.
        rounds: one entry per round.
    """

    pairs: Pairs
    signals: NDArray[np.float32]
    combination: Combination
    scores: Values
    weights: Values
    teaching: Ids
    correspondence: pl.DataFrame
    matches: pl.DataFrame
    matched_neighbours: MatchedNeighbours
    rounds: tuple[Round, ...]

    @property
    def decided(self) -> NDArray[np.bool_]:
        """Whether an anchor, and not the evidence, decided each pair."""
        return np.asarray(np.abs(self.scores) == _DECIDED)


class Bootstrapping:
    """Runs the rounds between two graphs.

    Args:
        first: one graph's edges.
        second: the other's.
        value_matches: see :func:`~kgalign.align.structure.neighbourhood.neighbourhoods`.
        labels: the label signal, or None to do without.
        anchors: pairs known from outside.
        options: what the person chose.
        earlier: what an earlier run knew, to start from.
        texts: the names of both graphs, from which a lexicon may be learnt; none to do without.
        adapter: what may train the label encoder on the surest pairs; None to do without.
        starting: weights of the signals to start from.
    """

    def __init__(
        self,
        first: Neighbourhood,
        second: Neighbourhood,
        value_matches: pl.DataFrame,
        labels: LabelSignal | None,
        anchors: Anchors,
        options: AlignOptions,
        earlier: Earlier | None = None,
        texts: Sequence[Texts] = (),
        adapter: EncoderAdapter | None = None,
        starting: Combination = STARTING,
    ) -> None:
        self._starting = starting
        self._first = first
        self._second = second
        self._sizes = (first.entities, second.entities)
        self._anchors = anchors
        self._options = options
        self._earlier = earlier
        self._texts = tuple(texts) if options.lexicon and all(side.named for side in texts) else ()
        self._translated = KeptScores(1, lambda part: ())
        self._matched_neighbours = MatchedNeighbours(first, second, value_matches)
        self._trained = adapter
        self._adapter = adapter if earlier is None and labels is not None and labels.usable else None
        self._vectors = EncodedStructure(
            encoders_of(first, second, options), self._sizes, (anchors.source, anchors.target)
        )
        self._thinning = _THINNED_AFTER
        self._most_rounds = options.rounds if earlier is None else min(_WARM_ROUNDS, options.rounds)
        self._take(labels)

    def _take(self, labels: LabelSignal | None) -> None:
        """Use *labels* from now on."""
        self._labels = labels if labels is not None and labels.usable else None
        self._names_around = (
            NeighbourNames(self._first, self._second, self._labels.entity_vectors)
            if self._labels is not None and "structure" in self._options.signals
            else None
        )
        self._named = KeptScores(4, self._name_scores)
        self._proposed = self._lasting_candidates()
        self._lasting = self._proposed

    def _adapt(self, rounds: int, source: Ids, target: Ids) -> None:
        """Let the label encoder learn from these pairs, once."""
        adapter, self._adapter = self._adapter, None
        labels = adapter.trained(source, target) if adapter is not None else None
        if labels is not None:
            self._take(labels)
            self._most_rounds += rounds
            # What is matched already tells the best pairs apart sooner than at the start.
            self._thinning = rounds + 1

    def run(self, progress: Progress) -> Bootstrapped:
        """Run until the matches settle, or the options' number of rounds is reached."""
        learnt = self._starting
        matches, teaching_pairs = self._start()
        known = matches.filter(pl.col("source") < self._sizes[0]).height > 0
        correspondence = (
            correspondences(self._first, self._second, matches) if self._earlier and known else None
        )
        previous = np.empty(0, np.int64)
        rounds: list[Round] = []
        finishing = False
        while True:
            self._vectors.encode(matches, correspondence)
            pairs = self._candidates(matches)
            signals = self._signals(pairs, matches, correspondence)
            teaching = self._teaching_rows(pairs, *teaching_pairs)
            learnt = combination.learn(
                pairs, signals, teaching, self._starting, biased=not self._enough_seeds
            )
            scores = self._decided(pairs, localised(pairs, learnt.score(signals)))
            weights = balanced(pairs, scores, self._options.cardinality)
            mutual = mutual_best(pairs, weights)
            matched = mutual[weights[mutual] >= _MATCHED_WEIGHT]
            speaking = np.flatnonzero(weights >= _SPEAKING_WEIGHT)
            confident = mutual[weights[mutual] >= _TEACHING_WEIGHT]
            keys = pairs.keys[matched]
            changed = len(np.setxor1d(keys, previous, assume_unique=True))
            rounds.append(Round(len(pairs), len(matched), changed))
            progress.update(1)
            previous = keys
            matches = self._matches(pairs.source[speaking], pairs.target[speaking], weights[speaking])
            correspondence = correspondences(self._first, self._second, matches)
            teaching_pairs = (pairs.source[confident], pairs.target[confident])
            if self._texts and len(rounds) in _LEXICON_ROUNDS and len(confident) >= _LEXICON_PAIRS:
                lexicon = Lexicon.learn(self._texts[0], self._texts[1], *teaching_pairs)
                self._translated = KeptScores(1, partial(_translations, lexicon))
                release_memory()
            if len(rounds) == self._thinning and not finishing:
                self._lasting = [self._thinned(pairs, scores)]
            settled = len(rounds) > 1 and changed <= _SETTLED_SHARE * max(len(matched), 1)
            thinned = self._lasting is not self._proposed
            last = settled or len(rounds) + thinned >= self._most_rounds
            if self._adapter is not None and not finishing and (last or len(rounds) == _ADAPTING_ROUND):
                self._adapt(len(rounds), *teaching_pairs)
                last &= self._thinning <= len(rounds)
            if last and not finishing and self._lasting is not self._proposed:
                self._lasting, finishing = self._proposed, True
            elif last or finishing:
                return Bootstrapped(
                    pairs,
                    signals,
                    learnt,
                    scores,
                    weights,
                    self._fair(pairs, matched),
                    correspondence,
                    matches,
                    self._matched_neighbours,
                    tuple(rounds),
                )

    def _start(self) -> tuple[pl.DataFrame, tuple[Ids, Ids]]:
        """What speaks and what teaches in the first round: the anchors, and an earlier run's matches."""
        known = self._earlier
        if known is None:
            nothing = np.empty(0, np.int64)
            return self._matches(nothing, nothing, np.empty(0)), (self._anchors.source, self._anchors.target)
        speaking = known.weight >= _SPEAKING_WEIGHT
        sure = known.weight >= _TEACHING_WEIGHT
        return (
            self._matches(known.source[speaking], known.target[speaking], known.weight[speaking]),
            (known.source[sure], known.target[sure]),
        )

    def _lasting_candidates(self) -> list[tuple[Ids, Ids]]:
        proposed: list[tuple[Ids, Ids]] = []
        if self._labels is not None:
            proposed += self._labels.propose(self._options.candidates)
        if self._names_around is not None:
            proposed += self._names_around.propose(self._options.candidates)
        if self._earlier is not None:
            # The search also learns how crowded each entity's surroundings are, so it is made for all.
            of_first, of_second = self._earlier.fresh
            new = [of_first[source] | of_second[target] for source, target in proposed]
            proposed = [
                (source[rows], target[rows]) for (source, target), rows in zip(proposed, new, strict=True)
            ]
            proposed.append((self._earlier.source, self._earlier.target))
        return [(self._anchors.source, self._anchors.target), *proposed]

    def _thinned(self, pairs: Pairs, scores: Values) -> tuple[Ids, Ids]:
        """The best pairs of each entity, and the anchors; structure proposes anew every round."""
        kept = np.abs(scores) == _DECIDED
        for groups in (pairs.source, pairs.target):
            kept |= rank_in_group(scores, groups) < _KEPT_OF_LASTING
        return pairs.source[kept], pairs.target[kept]

    def _candidates(self, matches: pl.DataFrame) -> Pairs:
        nearby = self._matched_neighbours.propose(
            matches, self._options.structure_candidates, self._options.hub_limit
        )
        far = self._vectors.propose(self._options.structure_candidates)
        found = Pairs.union([*self._lasting, nearby, *far], *self._sizes)
        return found.without(*self._anchors.declined)

    def _matches(self, source: Ids, target: Ids, weight: Values) -> pl.DataFrame:
        """Matches of this round and the anchors, which nothing overrules."""
        free = ~np.isin(source, self._anchors.source)
        if self._options.cardinality == "one-to-one":
            free &= ~np.isin(target, self._anchors.target)
        return self._matched_neighbours.matches(
            np.concatenate([source[free], self._anchors.source]),
            np.concatenate([target[free], self._anchors.target]),
            np.concatenate([weight[free], np.ones(len(self._anchors))]),
        )

    def _signals(
        self, pairs: Pairs, matches: pl.DataFrame, correspondence: pl.DataFrame | None
    ) -> NDArray[np.float32]:
        values = self._matched_neighbours.score(pairs, matches, correspondence, values=True)
        relations = self._matched_neighbours.score(pairs, matches, correspondence, values=False)
        moving = [values.likeness, values.certainty, relations.likeness, relations.certainty]
        moving += self._vectors.score(pairs, ("propagation", "gnn"))
        return np.concatenate(
            [self._named.of(pairs), np.stack(moving, axis=1), self._translated.of(pairs)], axis=1
        )

    def _name_scores(self, pairs: Pairs) -> list[Scores]:
        """The signals of names and of the names around, which no round changes."""
        nothing = [np.zeros(len(pairs), np.float32)] * 2
        own = nothing if self._labels is None else list(self._labels.score(pairs).values())
        around = nothing if self._names_around is None else list(self._names_around.score(pairs).values())
        return [*own, *around]

    @property
    def _enough_seeds(self) -> bool:
        return int(self._anchors.is_seed.sum()) >= _ENOUGH_SEEDS

    def _teaching_rows(self, pairs: Pairs, source: Ids, target: Ids) -> Ids:
        seeds = self._anchors.is_seed
        if self._enough_seeds:
            source, target = self._anchors.source[seeds], self._anchors.target[seeds]
        unseen = self._vectors.unseen(source, target)
        rows = pairs.position(source[unseen], target[unseen])
        return self._fair(pairs, np.sort(rows[rows >= 0]))

    def _fair(self, pairs: Pairs, rows: Ids) -> Ids:
        """Those of *rows* that the label encoder was not trained on, if there are enough to learn from."""
        if self._trained is None:
            return rows
        fair = rows[self._trained.unseen(pairs.source[rows])]
        return fair if len(fair) >= _ENOUGH_FAIR else rows

    def _decided(self, pairs: Pairs, scores: Values) -> Values:
        """Let the anchors win their contests."""
        by_source = np.full(pairs.sources, -1, np.int64)
        by_source[self._anchors.source] = self._anchors.target
        by_target = np.full(pairs.targets, -1, np.int64)
        if self._options.cardinality == "one-to-one":
            by_target[self._anchors.target] = self._anchors.source
        anchored = by_source[pairs.source] == pairs.target
        rival = ~anchored & ((by_source[pairs.source] >= 0) | (by_target[pairs.target] >= 0))
        return np.where(anchored, _DECIDED, np.where(rival, -_DECIDED, scores))


def _translations(lexicon: Lexicon, pairs: Pairs) -> list[Scores]:
    return [lexicon.score(pairs)]
