"""The records of verification: facts, verdicts on spans of a text, and which facts it states.

Spans count Unicode code points, from 0; their end is exclusive, as in Python's slices. All records are
read from and written to JSON without loss (pydantic).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, NonNegativeInt, model_validator

Status = Literal["supported", "contradicted", "unsupported", "not checkable"]
Share = float


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Name(_Record):
    """One name of a thing.

    Attributes:
        text: the name.
        language: its language tag; None if nobody knows.
    """

    text: str
    language: str | None = None


class Term(_Record):
    """An entity, a relation or a literal, with all its names.

    Attributes:
        value: the IRI, or the literal's lexical form.
        literal: whether it is a literal.
        names: in the graph's order, preferred ones first; empty for most literals.
        language: of a literal.
        datatype: IRI of a literal's datatype.
        types: names of the entity's classes: the words by which a text may mean it ("the city").
    """

    value: str
    literal: bool = False
    names: tuple[Name, ...] = ()
    language: str | None = None
    datatype: str | None = None
    types: tuple[Name, ...] = ()

    def __hash__(self) -> int:
        return hash((self.value, self.literal, self.language, self.datatype))

    def shown(self, language: str | None = None) -> str:
        """The name in *language*, else any, else the value."""
        own = (name.text for name in self.names if name.language == language)
        return next(own, self.names[0].text if self.names else self.value)


class Triple(_Record):
    """A statement by the values of its terms."""

    subject: str
    relation: str
    object: str


class Qualifier(_Record):
    """What a fact says of itself: since when, as what."""

    relation: Term
    object: Term


class Fact(_Record):
    """A statement of the graph with the names of its terms.

    Attributes:
        subject: what it is about.
        relation: the predicate.
        object: an entity or a literal.
        qualifiers: statements about the statement.
        sources: where the triple comes from, as the graph says.
    """

    subject: Term
    relation: Term
    object: Term
    qualifiers: tuple[Qualifier, ...] = ()
    sources: tuple[str, ...] = ()

    @property
    def triple(self) -> Triple:
        """The bare statement."""
        return Triple(subject=self.subject.value, relation=self.relation.value, object=self.object.value)


class Span(_Record):
    """A part of a text, in code points; the end is exclusive."""

    start: NonNegativeInt
    end: NonNegativeInt

    @model_validator(mode="after")
    def _forwards(self) -> Span:
        if self.end <= self.start:
            raise ValueError("a span ends after it starts")
        return self

    def overlaps(self, other: Span) -> bool:
        """Whether the two share a character."""
        return self.start < other.end and other.start < self.end


class Verdict(Span):
    """What the graph says of one span of a text.

    Attributes:
        status: ``supported``, ``contradicted`` (the graph says otherwise), ``unsupported`` (the graph
            says nothing of the kind) or ``not checkable``.
        evidence: the triples that support or contradict it.
        score: how sure the verdict is, in [0, 1].
    """

    status: Status
    evidence: tuple[Triple, ...] = ()
    score: Share = 1.0


class FactCoverage(_Record):
    """Whether a text states a fact.

    Attributes:
        fact: the fact's triple.
        stated: whether its score reaches the threshold.
        score: how surely the text states it, in [0, 1].
        spans: the sentence that states it.
    """

    fact: Triple
    stated: bool
    score: Share
    spans: tuple[Span, ...] = ()


class VerifiedText(_Record):
    """A text and all that the graph says of it.

    Attributes:
        text: as it was given (lone surrogates, which no file can hold, are U+FFFD).
        language: its language tag.
        about: IRI of the entity that it is about, if one was given or found.
        verdicts: by start; they don't overlap.
        coverage: one for each fact, in the facts' order.
        correctness: how much of what the text says holds, in [0, 1].
        sound: how surely nothing in it is wrong, in [0, 1]; the same as the correctness where no
            alignment function is at work.
        covered: how much of the facts the text says, in [0, 1]; 1 if there are no facts.
        unexplained: how many words of the text probably no fact supports; None where no alignment
            function is at work.
    """

    text: str
    language: str
    about: str | None = None
    verdicts: tuple[Verdict, ...] = ()
    coverage: tuple[FactCoverage, ...] = ()
    correctness: Share = 1.0
    sound: Share = 1.0
    covered: Share = 1.0
    unexplained: float | None = None

    @property
    def omitted(self) -> tuple[Triple, ...]:
        """The facts that the text doesn't state."""
        return tuple(each.fact for each in self.coverage if not each.stated)

    def of_status(self, status: Status) -> Sequence[Verdict]:
        """The verdicts of one status."""
        return [verdict for verdict in self.verdicts if verdict.status == status]
