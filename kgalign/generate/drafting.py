"""What a generator gives: hypotheses of clauses, in which placeholders stand for everything of a fact.

A drafter never writes a name, a date or a number itself. Each placeholder names its fact and its role, so
that what stands behind each word of the finished text is known before anything is verified.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from kgalign.verify.verdicts import Fact, Term

Role = Literal["subject", "object"]
PLAIN_FORM = ""


@dataclass(frozen=True)
class Placeholder:
    """A place for the name of a fact's subject or object.

    Attributes:
        fact: the fact's place in the facts that were given to the drafter.
        role: which of its terms.
        form: the wanted form of the name or value; see :mod:`kgalign.generate.lexicalise`. "" for the
            usual one.
    """

    fact: int
    role: Role
    form: str = PLAIN_FORM

    def term(self, facts: Sequence[Fact]) -> Term:
        """What it stands for."""
        fact = facts[self.fact]
        return fact.subject if self.role == "subject" else fact.object


@dataclass(frozen=True)
class Clause:
    """A sentence, or several that were learnt together.

    Attributes:
        pieces: words and placeholders, in order; nothing is put between them.
        facts: the places of the facts that it states.
        strangers: words between the placeholders that look like names of something else.
    """

    pieces: tuple[str | Placeholder, ...]
    facts: tuple[int, ...]
    strangers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Hypothesis:
    """A text with placeholders.

    Attributes:
        clauses: in order; joined by a space, where the language has spaces.
        score: higher is better; comparable within one draft only.
        writer: which drafter wrote it; "" if it doesn't say.
    """

    clauses: tuple[Clause, ...]
    score: float = 0.0
    writer: str = ""

    @property
    def facts(self) -> frozenset[int]:
        """The places of the facts that it states."""
        return frozenset(fact for clause in self.clauses for fact in clause.facts)


class Drafter(Protocol):
    """A generator of texts with placeholders: the templates, or a trained model."""

    @property
    def fingerprint(self) -> str:
        """Changes whenever the drafter might write something else."""
        ...

    def languages(self) -> frozenset[str]:
        """The languages that it can write."""
        ...

    def draft(
        self, facts: Sequence[Fact], language: str, *, seed: int, count: int, split: bool = False
    ) -> list[Hypothesis]:
        """Put *facts* into words.

        Args:
            facts: what is to be said, the most telling first.
            language: language code, without region.
            seed: the same facts and seed give the same hypotheses.
            count: at most so many hypotheses, the best first.
            split: give each fact a clause of its own where that is possible.

        Returns:
            Hypotheses that may leave facts out; none if nothing can be said.
        """
        ...


@dataclass(frozen=True)
class Draft:
    """What is asked of a drafter for one entity.

    Attributes:
        facts: what is to be said, the most telling first.
        split: give each fact a clause of its own where that is possible.
    """

    facts: tuple[Fact, ...]
    split: bool = False


@runtime_checkable
class BatchDrafter(Drafter, Protocol):
    """A drafter that is faster for many entities at once."""

    def draft_all(
        self, drafts: Sequence[Draft], language: str, *, seed: int, count: int
    ) -> list[list[Hypothesis]]:
        """For each of *drafts* what :meth:`Drafter.draft` gives."""
        ...


@runtime_checkable
class Speller(Protocol):
    """Spells names in the script of another language."""

    def spelt(self, names: Sequence[str], language: str) -> list[str | None]:
        """Each name as *language* might write it; None where that isn't known."""
        ...


def drafted(
    drafter: Drafter, drafts: Sequence[Draft], language: str, *, seed: int, count: int
) -> list[list[Hypothesis]]:
    """What *drafter* gives for each of *drafts*, at once if it can."""
    if isinstance(drafter, BatchDrafter):
        return drafter.draft_all(drafts, language, seed=seed, count=count)
    return [drafter.draft(each.facts, language, seed=seed, count=count, split=each.split) for each in drafts]
