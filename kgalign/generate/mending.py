"""Clauses that were refused give way to other words for the same facts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from kgalign.generate.drafting import Clause, Hypothesis
from kgalign.verify.verdicts import Fact, Triple

# What a clause says in which words, whatever the places of its facts are.
ClauseKey = tuple[tuple[str | tuple[Triple, str, str], ...], tuple[Triple, ...]]


def clause_key(clause: Clause, facts: Sequence[Fact]) -> ClauseKey:
    """The clause's words and facts, comparable where other facts were given up meanwhile."""
    pieces = tuple(
        piece if isinstance(piece, str) else (facts[piece.fact].triple, piece.role, piece.form)
        for piece in clause.pieces
    )
    return pieces, tuple(facts[place].triple for place in clause.facts)


def without_refused(
    hypotheses: Sequence[Hypothesis], facts: Sequence[Fact], refused: Collection[ClauseKey]
) -> list[Hypothesis]:
    """The hypotheses with other words of any of them in place of refused clauses.

    A clause that there are no other words for stays, so that it is refused once more and given up.
    """
    if not refused:
        return list(hypotheses)
    ways: dict[tuple[int, ...], list[Clause]] = {}
    for hypothesis in hypotheses:
        for clause in hypothesis.clauses:
            if clause_key(clause, facts) not in refused:
                ways.setdefault(clause.facts, []).append(clause)
    found: dict[tuple[Clause, ...], Hypothesis] = {}
    for hypothesis in hypotheses:
        clauses = tuple(
            ways[clause.facts][0] if clause_key(clause, facts) in refused and clause.facts in ways else clause
            for clause in hypothesis.clauses
        )
        found.setdefault(clauses, replace(hypothesis, clauses=clauses))
    return list(found.values())
