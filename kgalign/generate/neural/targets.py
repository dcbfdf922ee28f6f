"""What the generator is taught: inputs beside the texts that it should write.

For the delexicalised form the names and values of the facts are looked for in the text, as templates are
learnt, and replaced by placeholders. A model learns to leave out, or to make up, what its examples leave
out or make up; so by default only texts are taught in which every object is found and no figure is left over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from kgalign.generate.examples import Example, in_batches
from kgalign.generate.learning import Found, found_terms, has_figures, numbered, with_slots
from kgalign.generate.neural import marks
from kgalign.generate.neural.linearise import Form, Segment, linearised
from kgalign.generate.template import Slot
from kgalign.verify.evidence import Gatherer

Teach = Literal["complete", "found", "all"]


@dataclass(frozen=True)
class Pair:
    """One thing to learn.

    Attributes:
        example: where it comes from, with the facts that are asked for.
        source: the input.
        target: the text to write.
    """

    example: Example
    source: tuple[Segment, ...]
    target: tuple[Segment, ...]


def pairs(
    examples: Iterable[Example], form: Form, *, most_facts: int, names: bool = True, teach: Teach = "complete"
) -> Iterator[Pair]:
    """What can be learnt of *examples*, in their order.

    Args:
        examples: texts with their facts.
        form: see :mod:`kgalign.generate.neural.linearise`.
        most_facts: examples with more are left out.
        names: whether names follow placeholders in the input.
        teach: of delexicalised texts those that are ``complete``; or, where facts aren't found in a text,
            the text with the facts that are ``found``, if no figure is left over; or ``all``.
    """
    for batch in in_batches(_tidy(examples, most_facts)):
        yield from _taught(batch, form, names, teach)


def _tidy(examples: Iterable[Example], most_facts: int) -> Iterator[Example]:
    """Those that can be put in, each fact once, without needless space."""
    for example in examples:
        facts = tuple(dict.fromkeys(example.facts))
        if 0 < len(facts) <= most_facts and len(numbered(facts)) <= marks.MOST_TERMS:
            yield Example(" ".join(example.text.split()), example.language, facts)


def _taught(batch: Sequence[Example], form: Form, names: bool, teach: Teach) -> Iterator[Pair]:
    gatherer = Gatherer()
    gatherer.read([example.facts for example in batch])
    for example in batch:
        target: tuple[Segment, ...]
        if form == "plain":
            told, target = example, (Segment(" " + example.text),)
        else:
            found = delexicalised(example, gatherer, teach)
            if found is None:
                continue
            told, target = found
        source = linearised(told.facts, told.language, form, names)
        yield Pair(told, tuple(source), target)


def delexicalised(
    example: Example, gatherer: Gatherer, teach: Teach = "complete"
) -> tuple[Example, tuple[Segment, ...]] | None:
    """The example with the facts that are taught, and its text with placeholders; None if it isn't fit.

    Args:
        example: a text and its facts, each once.
        gatherer: has read their literals.
        teach: see :func:`pairs`.
    """
    facts = example.facts
    spans = found_terms(example, facts, gatherer, respelt=True)
    if teach == "found":
        numbers, known = numbered(facts), {span.slot for span in spans}
        facts = tuple(fact for fact in facts if numbers[fact.object] in known)
        if len(facts) < len(example.facts):
            spans = found_terms(example, facts, gatherer, respelt=True) if facts else []
    numbers = numbered(facts)
    missing = {numbers[fact.object] for fact in facts} - {span.slot for span in spans}
    pieces = with_slots(" " + example.text, [_moved(span) for span in spans])
    if not facts or (teach != "all" and (missing or has_figures(pieces))):
        return None
    told = Example(example.text, example.language, facts)
    return told, tuple(segment for piece in pieces for segment in _segments(piece))


def _moved(span: Found) -> Found:
    return replace(span, start=span.start + 1, end=span.end + 1)


def _segments(piece: str | Slot) -> list[Segment]:
    if isinstance(piece, str):
        return [Segment(piece)] if piece else []
    told = [marks.placeholder(piece.number), *marks.form_marks(piece.form)]
    return [Segment(mark, True) for mark in told]
