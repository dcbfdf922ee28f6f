"""What the graph says instead of what a text says.

A text contradicts a fact if it gives a functional relation of the same subject another value, in a
sentence that speaks of this relation and of this subject, and nowhere the value that the graph has.
Several values of one relation contradict nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from kgalign.verify.evidence import Evidence
from kgalign.verify.literal_values import LiteralValues
from kgalign.verify.values import Stated, comparable
from kgalign.verify.verdicts import Fact

# From this score on the sentence's subject, or a fact's object, is there.
_MEANT = 0.6
_NAMED = 0.6


class Contradictions:
    """Finds the fact that a place of the text contradicts.

    Args:
        facts: all that may be contradicted.
        evidence: what the text shows of them.
        literals: readings of the facts' values.
        functionality: subjects per statement of a relation, None if unknown.
        least_functionality: from this on, a relation can be contradicted.
        least_relation: how much of a relation's words a sentence must hold.
    """

    def __init__(
        self,
        facts: Sequence[Fact],
        evidence: Evidence,
        literals: LiteralValues,
        functionality: Callable[[str], float | None],
        least_functionality: float,
        least_relation: float,
    ) -> None:
        self._facts = facts
        self._evidence = evidence
        self._literals = literals
        self._functionality = functionality
        self._least_functionality = least_functionality
        self._least_relation = least_relation
        self._values = Counter((fact.subject.value, fact.relation.value) for fact in facts)
        found = evidence.objects.max(axis=1, initial=0.0)
        self._missing = [row for row in range(len(facts)) if found[row] < _NAMED]
        self._open = [row for row in self._missing if self._can(row)]
        self._contradictable = frozenset(self._open)

    def of_value(self, said: Stated, sentence: int) -> int | None:
        """The fact whose date or number *said* contradicts."""
        fitting = [row for row in self._open if any(comparable(known, said) for known in self._known(row))]
        alike = [row for row in fitting if any(_exact(known, said) for known in self._known(row))]
        if len(alike) == 1 and self._evidence.subjects[alike[0], sentence] >= _MEANT:
            return alike[0]
        return self._best(fitting, sentence)

    def of_name(self, sentence: int, rows: Sequence[int] | None = None) -> int | None:
        """The fact that another name in *sentence* contradicts.

        Args:
            sentence: its number.
            rows: the facts whose object it might be; None for any whose object is a name.
        """
        if rows is None:
            rows = [row for row in self._open if not self._known(row)]
        return self._best([row for row in rows if row in self._contradictable], sentence)

    def open_names(self) -> dict[str, tuple[int, ...]]:
        """The relations of facts whose object is a name that the text doesn't have, with these facts."""
        found: dict[str, list[int]] = {}
        for row in self._missing:
            fact = self._facts[row]
            if not fact.object.literal:
                found.setdefault(fact.relation.value, []).append(row)
        return {relation: tuple(rows) for relation, rows in found.items()}

    def _best(self, rows: Sequence[int], sentence: int) -> int | None:
        evidence = self._evidence
        rows = [row for row in rows if evidence.subjects[row, sentence] >= _MEANT]
        if not rows:
            return None
        spoken = np.array([evidence.relations[row, sentence] for row in rows])
        best = int(spoken.argmax())
        return rows[best] if spoken[best] >= self._least_relation else None

    def _known(self, row: int) -> tuple[Stated, ...]:
        term = self._facts[row].object
        return self._literals.of(term) if term.literal else ()

    def _can(self, row: int) -> bool:
        """Whether the fact's relation has one value for each subject, in the graph and here."""
        fact = self._facts[row]
        if self._values[fact.subject.value, fact.relation.value] > 1:
            return False
        functionality = self._functionality(fact.relation.value)
        return functionality is None or functionality >= self._least_functionality


def _exact(known: Stated, said: Stated) -> bool:
    """Whether both are whole dates, or measured in the same way: too much alike to be of two facts."""
    days = any(day.day and day.year for day in known.days) and any(day.day and day.year for day in said.days)
    measured = {amount.dimension for amount in known.amounts} & {amount.dimension for amount in said.amounts}
    return days or bool(measured - {""})
