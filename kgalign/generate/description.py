"""What is written of an entity: the text, what stands behind each clause, and what was left out."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, NonNegativeInt

from kgalign.generate.lexicalise import Origin
from kgalign.verify.verdicts import Triple, Verdict

Outcome = Literal["verified", "partly verified", "not verified", "abstained"]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StatedClause(_Record):
    """A clause of the text; places count code points, the end is exclusive.

    Attributes:
        start: where it begins.
        end: where it ends.
        facts: the triples that stand behind it.
        verified: whether the verifier supports all of it; None if it wasn't asked.
    """

    start: NonNegativeInt
    end: NonNegativeInt
    facts: tuple[Triple, ...]
    verified: bool | None


class UsedName(_Record):
    """A name in the text.

    Attributes:
        term: IRI of what it names, or the literal.
        text: the name.
        origin: where it comes from; see :mod:`kgalign.generate.lexicalise`.
        language: of the label that it was taken from.
    """

    term: str
    text: str
    origin: Origin
    language: str | None = None


class OmittedFact(_Record):
    """A chosen fact that the text doesn't state, and why."""

    fact: Triple
    reason: str


class Description(_Record):
    """All about the text for one entity.

    Attributes:
        entity: its IRI.
        language: language code.
        outcome: what the verifier says of the text, or that there is none.
        text: "" if there is none.
        reason: why there is none.
        clauses: in order.
        verdicts: of the verifier, on spans of the text.
        names: every name and value, in the order of the text.
        omitted: chosen facts that aren't told.
        rounds: how often it was repaired or tried.
        writer: which drafter wrote it: ``model`` or ``templates``; "" if there is no text.
    """

    entity: str
    language: str
    outcome: Outcome
    text: str = ""
    reason: str | None = None
    clauses: tuple[StatedClause, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    names: tuple[UsedName, ...] = ()
    omitted: tuple[OmittedFact, ...] = ()
    rounds: NonNegativeInt = 0
    writer: str = ""

    @property
    def used(self) -> tuple[Triple, ...]:
        """The triples that the text states."""
        return tuple(dict.fromkeys(fact for clause in self.clauses for fact in clause.facts))
