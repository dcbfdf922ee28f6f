"""Verdicts of the model-free layer, looked over by the alignment function.

What it may change is bounded. It can turn a span against a text: names that are all in the graph may stand
in each other's roles, and a word between them may say what no fact says. In a text's favour it only speaks
where a fact of the graph goes with it that the text states and that no other span stands for; without such
a fact a doubted span becomes ``not checkable``, never ``supported``. And it has to be twice as sure as
against a text; but a contradiction that is rather unlikely is none.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kgalign.verify.combination import NOTHING, Combination
from kgalign.verify.evidence import Scores
from kgalign.verify.passage import Passage
from kgalign.verify.verdicts import Fact, Span, Status, Triple, Verdict

_MOST_EVIDENCE = 8
_STATED = 0.5
_LIKELY = 0.5


class Refinement:
    """Looks over the verdicts on one text.

    Args:
        passage: the text.
        facts: all facts that count.
        scores: facts × sentences: how surely each sentence states each fact, by both layers.
        words: for each word the alignment function's log-odds that no fact supports it.
        combination: the weights.
        least_wrong: from this probability on, a place is wrong.
    """

    def __init__(
        self,
        passage: Passage,
        facts: Sequence[Fact],
        scores: Scores,
        words: NDArray[np.float32],
        combination: Combination,
        least_wrong: float,
    ) -> None:
        self._passage = passage
        self._facts = facts
        self._scores = scores
        self._words = words
        self._combination = combination
        self._least_wrong = least_wrong

    def verdicts(self, found: Sequence[Verdict]) -> list[Verdict]:
        """The verdicts after a second look, by place."""
        known = {triple for each in found if each.status == "supported" for triple in each.evidence}
        looked = [self._looked_over(each, known) for each in found]
        return sorted([*looked, *self._others(found)], key=lambda each: each.start)

    def doubt(self, span: Span) -> float:
        """The highest log-odds of the words of a span."""
        inside = self._passage.words_in(span.start, span.end)
        return float(self._words[inside.start : inside.stop].max(initial=-np.inf))

    def _looked_over(self, verdict: Verdict, known: set[Triple]) -> Verdict:
        rule = self._combination.wrong.get(verdict.status)
        doubt = self.doubt(verdict)
        if rule is None or not np.isfinite(doubt):
            return verdict
        wrong = float(rule.probability(doubt))
        if verdict.status == "supported":
            if wrong < self._least_wrong:
                return verdict
            return self._changed(verdict, "contradicted", verdict.evidence[:1], wrong)
        if verdict.status in ("unsupported", "contradicted") and wrong <= (1 - self._least_wrong) / 2:
            behind = self._behind(verdict, known)
            return self._changed(verdict, "supported" if behind else "not checkable", behind, 1 - wrong)
        if verdict.status == "contradicted" and wrong < _LIKELY:
            behind = self._behind(verdict, known)
            return self._changed(verdict, "supported" if behind else "unsupported", behind, 1 - wrong)
        return verdict

    def _behind(self, verdict: Verdict, known: set[Triple]) -> tuple[Triple, ...]:
        """The facts that the span's sentence states and that no supported span stands for, surest first."""
        sentence = bisect_right(self._passage.sentences, verdict.start, key=lambda place: place[1])
        column = self._scores[:, sentence]
        rows = [row for row in np.argsort(-column, kind="stable").tolist() if column[row] >= _STATED]
        triples = dict.fromkeys(self._facts[row].triple for row in rows)
        return tuple(triple for triple in triples if triple not in known)[:_MOST_EVIDENCE]

    def _others(self, found: Sequence[Verdict]) -> list[Verdict]:
        """Runs of words outside all verdicts that no fact supports."""
        rule = self._combination.wrong.get(NOTHING)
        if rule is None or not len(self._words):
            return []
        free = ~self._passage.words_covered((each.start, each.end) for each in found)
        doubts = rule.probability(self._words)
        wrong = free & (doubts >= self._least_wrong)
        edges = np.flatnonzero(np.diff(np.concatenate([[False], wrong, [False]]).astype(np.int8)))
        return [
            Verdict(
                start=self._passage.words[first].start,
                end=self._passage.words[last - 1].end,
                status="unsupported",
                score=round(float(doubts[first:last].max()), 4),
            )
            for first, last in edges.reshape(-1, 2).tolist()
        ]

    def _changed(
        self, verdict: Verdict, status: Status, evidence: tuple[Triple, ...], score: float
    ) -> Verdict:
        return verdict.model_copy(update={"status": status, "evidence": evidence, "score": round(score, 4)})
