"""What the generator wrote, as clauses with placeholders and the facts behind each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kgalign.generate.drafting import Clause, Placeholder
from kgalign.generate.examples import Example
from kgalign.generate.learning import found_terms, numbered, with_slots
from kgalign.generate.neural.linearise import Segment
from kgalign.generate.neural.marks import FORM_MARKS, PLACEHOLDERS, with_mark
from kgalign.verify.evidence import Gatherer
from kgalign.verify.verdicts import Fact, Term
from kgalign.verify.words import sentences

# Stands for a placeholder where sentences are looked for; texts have no such sign.
_STAND_IN = "\ue000"


def clauses(segments: Sequence[Segment], facts: Sequence[Fact]) -> tuple[Clause, ...] | None:
    """The sentences of a text, each with the facts whose object it names.

    Args:
        segments: words and marks; None is returned if a placeholder stands for nothing, or a mark of the
            input is among them.
        facts: what the placeholders stand for.
    """
    pieces = _pieces(segments, facts)
    if pieces is None:
        return None
    parts = _sentences(pieces)
    left = set(range(len(facts)))
    found: list[Clause] = []
    named = [{piece.term(facts) for piece in part if isinstance(piece, Placeholder)} for part in parts]
    for number, part in enumerate(parts):
        # A fact whose object several sentences name belongs to the one that names its subject, too.
        own = [
            place
            for place in sorted(left)
            if facts[place].object in named[number]
            and (
                facts[place].subject in named[number]
                or not any({facts[place].subject, facts[place].object} <= later for later in named[number:])
            )
        ]
        left -= set(own)
        if own or not found:
            found.append(Clause(tuple(part), tuple(own)))
        else:
            last = found[-1]
            found[-1] = Clause((*last.pieces, " ", *part), last.facts)
    return tuple(_forwards(found))


def _forwards(found: Sequence[Clause]) -> list[Clause]:
    """A first sentence without a fact goes with the next one."""
    if len(found) > 1 and not found[0].facts:
        second = found[1]
        return [Clause((*found[0].pieces, " ", *second.pieces), second.facts), *found[2:]]
    return list(found)


def _pieces(segments: Sequence[Segment], facts: Sequence[Fact]) -> list[str | Placeholder] | None:
    places = _places(facts)
    found: list[str | Placeholder] = []
    for segment in segments:
        if not segment.mark:
            found.append(segment.text.replace(_STAND_IN, ""))
        elif segment.text in PLACEHOLDERS and PLACEHOLDERS[segment.text] < len(places):
            found.append(places[PLACEHOLDERS[segment.text]])
        elif segment.text in FORM_MARKS and found and isinstance(found[-1], Placeholder):
            found[-1] = replace(found[-1], form=with_mark(found[-1].form, segment.text))
        else:
            return None
    return found


def _places(facts: Sequence[Fact]) -> list[Placeholder]:
    """For each term's number a place where it comes."""
    found: dict[Term, Placeholder] = {}
    for number, fact in enumerate(facts):
        found.setdefault(fact.subject, Placeholder(number, "subject"))
        found.setdefault(fact.object, Placeholder(number, "object"))
    return list(found.values())


def _sentences(pieces: Sequence[str | Placeholder]) -> list[list[str | Placeholder]]:
    """The pieces of each sentence; what stands for a name never ends one."""
    text = "".join(piece if isinstance(piece, str) else _STAND_IN for piece in pieces)
    names = iter([piece for piece in pieces if isinstance(piece, Placeholder)])
    found = []
    for start, end in sentences(text):
        part: list[str | Placeholder] = []
        for number, words in enumerate(text[start:end].split(_STAND_IN)):
            if number:
                part.append(next(names))
            if words:
                part.append(words)
        found.append(part)
    return found


def of_plain_text(text: str, facts: Sequence[Fact], language: str) -> tuple[Clause, ...] | None:
    """A text without placeholders: what it names in just the graph's words becomes one.

    Names in another spelling stay as the model wrote them; the verifier judges them.
    """
    gatherer = Gatherer()
    gatherer.read([facts])
    text = " ".join(text.split())
    spans = found_terms(Example(text, language, tuple(facts)), facts, gatherer, respelt=True)
    numbers, places = numbered(facts), _places(facts)
    left = set(range(len(facts)))
    found = []
    for start, end in sentences(text):
        inside = [span for span in spans if start <= span.start and span.end <= end]
        named = {span.slot for span in inside}
        stated = tuple(place for place in sorted(left) if numbers[facts[place].object] in named)
        left -= set(stated)
        exact = [
            replace(span, start=span.start - start, end=span.end - start) for span in inside if span.exact
        ]
        pieces = tuple(
            piece if isinstance(piece, str) else replace(places[piece.number], form=piece.form)
            for piece in with_slots(text[start:end], exact)
            if piece != ""
        )
        found.append(Clause(pieces, stated))
    return tuple(found) or None
