"""Templates learnt from texts: the names and values of the facts become slots.

A text becomes a template if every term of its facts is found in it, and neither a figure is left that
belongs to no fact, nor a word that looks like another name. Of the templates for the same facts those are
worth most that were seen often and share most of their words with the others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import regex

from kgalign.generate.common_words import CommonWords, WordCounter, has_word
from kgalign.generate.examples import Example, in_batches
from kgalign.generate.lexicalise import WHOLE, name_forms, worded
from kgalign.generate.spelling import JOIN, Spelt, spelt
from kgalign.generate.template import CLOSE, OPEN, Pattern, Slot, Template
from kgalign.generate.template_store import TemplateStore
from kgalign.generate.values import date_parts, value_forms
from kgalign.verify.evidence import Gatherer
from kgalign.verify.mentions import LEAST_MENTION
from kgalign.verify.passage import Passage
from kgalign.verify.scanning import ascii_digits
from kgalign.verify.verdicts import Fact, Term

_MOST_COMPARED = 40
_MOST_FACTS = 8
_DECIMALS = 4
_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")
_FIGURE = regex.compile(r"\d")
_PART_OF_DATE = regex.compile(r"\d+|[\p{L}\p{M}]+\.?")
_LETTER = regex.compile(r"[\p{L}\p{M}\p{N}]")


@dataclass(frozen=True)
class Found:
    """Where a text has a term of its facts.

    Attributes:
        start: where it begins.
        end: where it ends (exclusive).
        slot: number of the term.
        form: in which form; "" for the usual one.
        exact: whether the text has just that form, so that it can be written again.
    """

    start: int
    end: int
    slot: int
    form: str
    exact: bool


def learnt(examples: Iterable[Example]) -> TemplateStore:
    """The templates of *examples*, each once; their order doesn't depend on that of the examples."""
    counted: Counter[Template] = Counter()
    facts: dict[Template, tuple[Fact, ...]] = {}
    counter = WordCounter()
    for batch in in_batches(examples):
        for example, template in _templates(batch):
            counted[template] += 1
            facts.setdefault(template, example.facts)
            counter.add(example.language, example.facts[0].subject.value, _words(template))
    kept = _without_names(facts, counter.common())
    groups: dict[tuple[str, tuple[Pattern, ...]], list[Template]] = {}
    for template in sorted(kept, key=lambda each: (each.language, each.relations, each.text)):
        groups.setdefault((template.language, template.patterns), []).append(template)
    return TemplateStore(
        replace(template, worth=worth)
        for own in groups.values()
        for template, worth in zip(own, _worths(own, counted), strict=True)
    )


def delexicalised(example: Example, gatherer: Gatherer) -> Template | None:
    """The example's text with slots; None if a term isn't found or a figure is left over."""
    if not example.facts or len(example.facts) > _MOST_FACTS or OPEN in example.text or CLOSE in example.text:
        return None
    facts = sorted(dict.fromkeys(example.facts), key=lambda fact: fact.relation.value)
    numbers = numbered(facts)
    spans = found_terms(example, facts, gatherer)
    if {span.slot for span in spans} != set(numbers.values()):
        return None
    pieces = with_slots(example.text, spans)
    if has_figures(pieces):
        return None
    patterns = tuple(
        Pattern(fact.relation.value, numbers[fact.subject], numbers[fact.object]) for fact in facts
    )
    return Template(example.language, patterns, tuple(piece for piece in pieces if piece != ""))


def numbered(facts: Sequence[Fact]) -> dict[Term, int]:
    """The terms of *facts*, numbered as they come, each fact's subject before its object."""
    numbers: dict[Term, int] = {}
    for fact in facts:
        numbers.setdefault(fact.subject, len(numbers))
        numbers.setdefault(fact.object, len(numbers))
    return numbers


def found_terms(
    example: Example, facts: Sequence[Fact], gatherer: Gatherer, respelt: bool = False
) -> list[Found]:
    """Where the example's text has the terms of *facts*, by place, without overlaps.

    Args:
        example: the text.
        facts: its facts; their order numbers the terms, see :func:`numbered`.
        gatherer: has read their literals.
        respelt: give the parts of names, dates and inflected names by their forms, if they have one. Such
            a form suits no other name, so templates have no use for it.
    """
    numbers = numbered(facts)
    found = _exact(example, numbers) + _near(example, facts, numbers, gatherer)
    if not respelt:
        return _kept(found)
    terms = {slot: term for term, slot in numbers.items()}
    ways: dict[Found, list[Found]] = {}
    for span in found:
        parts = [] if span.exact else _parts(span, example, terms[span.slot])
        # A whole date goes before the year within it.
        whole_date = len(parts) > 1 and terms[span.slot].literal
        ways[replace(span, exact=True) if whole_date else span] = parts or [span]
    return [part for span in _kept(list(ways)) for part in ways[span]]


def _parts(span: Found, example: Example, term: Term) -> list[Found]:
    """A name or date in another spelling by the forms of its parts; empty if that can't be."""
    said = example.text[span.start : span.end]
    parts = _date_parts(said, date_parts(term, example.language))
    if parts is None and not value_forms(term, example.language):
        parts = _best_spelling(said, term, example.language)
    return [
        Found(span.start + part.start, span.start + part.end, span.slot, part.form, True)
        for part in parts or ()
    ]


def _best_spelling(said: str, term: Term, language: str) -> list[Spelt] | None:
    """By the fewest parts of the name that is used in the language."""
    name = worded(term, language, WHOLE)
    if name is None:
        return None
    ways = [
        [replace(part, form=JOIN.join(filter(None, (form, part.form)))) for part in parts]
        for form, text in name_forms(name.text).items()
        if (parts := spelt(said, text)) is not None
    ]
    return min(ways, key=len, default=None)


def _date_parts(said: str, parts: dict[str, str]) -> list[Spelt] | None:
    """The places of day, month and year; None if a figure is none of them."""
    by_text: dict[str, str] = {}
    for form, text in parts.items():
        by_text.setdefault(text.casefold(), form)
    found = []
    for match in _PART_OF_DATE.finditer(said):
        part = by_text.get(match[0].casefold())
        if part is not None:
            found.append(Spelt(match.start(), match.end(), part))
        elif _FIGURE.search(match[0]):
            return None
    return found or None


def with_slots(text: str, spans: Sequence[Found]) -> list[str | Slot]:
    """*text* with a slot for each of *spans*; there may be empty strings between slots."""
    pieces: list[str | Slot] = []
    end = 0
    for span in spans:
        pieces += [text[end : span.start], Slot(span.slot, span.form)]
        end = span.end
    pieces.append(text[end:])
    return pieces


def has_figures(pieces: Iterable[str | Slot]) -> bool:
    """Whether the words between slots hold a digit of any script."""
    return any(isinstance(piece, str) and _FIGURE.search(ascii_digits(piece)) for piece in pieces)


def _templates(batch: Sequence[Example]) -> list[tuple[Example, Template]]:
    gatherer = Gatherer()
    gatherer.read([example.facts for example in batch])
    found = ((example, delexicalised(example, gatherer)) for example in batch)
    return [(example, template) for example, template in found if template is not None]


def _without_names(facts: Mapping[Template, tuple[Fact, ...]], common: CommonWords) -> list[Template]:
    """The templates whose words hold no name but those of the facts that they were learnt with."""
    return [
        template
        for template, own in facts.items()
        if all(has_word(own, word) for word in common.likely_names(template.language, _words(template)))
    ]


def _words(template: Template) -> list[str | None]:
    return [piece if isinstance(piece, str) else None for piece in template.pieces]


def _exact(example: Example, numbers: dict[Term, int]) -> list[Found]:
    """Where the text has a name or a value in just a form that can be written again."""
    found = []
    for term, slot in numbers.items():
        forms = value_forms(term, example.language) if term.literal else {}
        if not forms:
            forms = {}
            for name in term.names:
                for form, text in name_forms(name.text).items():
                    forms.setdefault(form, text)
        for form, text in forms.items():
            found += [
                Found(match.start(), match.end(), slot, form, True)
                for match in regex.finditer(regex.escape(text), example.text)
                if _stands_alone(example.text, match.start(), match.end())
            ]
    return found


def _near(
    example: Example, facts: Sequence[Fact], numbers: dict[Term, int], gatherer: Gatherer
) -> list[Found]:
    """Where the text has a term in another spelling, ending or precision, by the verifier's finder."""
    passage = Passage(example.text, example.language)
    evidence = gatherer.gather(passage, facts)
    found = []
    for mention in evidence.mentions:
        if mention.score >= LEAST_MENTION:
            words = passage.words
            slot = numbers[evidence.terms[mention.term]]
            found.append(Found(words[mention.first].start, words[mention.last].end, slot, "", False))
    for place, terms in evidence.values.items():
        said = passage.stated[place][1]
        best = max(terms.values())
        for number, fit in sorted(terms.items()):
            if fit == best >= 1:
                found.append(Found(said.start, said.end, numbers[evidence.terms[number]], "", False))
                break
    return found


def _kept(found: Sequence[Found]) -> list[Found]:
    """Spans that don't overlap: exact ones first, then longer ones."""
    kept: list[Found] = []
    for span in sorted(
        found, key=lambda span: (not span.exact, span.start - span.end, span.start, span.slot)
    ):
        if all(span.end <= other.start or other.end <= span.start for other in kept):
            kept.append(span)
    return sorted(kept, key=lambda span: span.start)


def _stands_alone(text: str, start: int, end: int) -> bool:
    before, after = text[:start][-1:], text[end : end + 1]
    return not (_LETTER.match(before) and _LETTER.match(text[start])) and not (
        _LETTER.match(after) and _LETTER.match(text[end - 1])
    )


def _worths(templates: Sequence[Template], counted: Counter[Template]) -> list[float]:
    """How often each template was seen, and its words' mean likeness to the others' (Jaccard)."""
    words = [frozenset(_WORD.findall(template.text.lower())) for template in templates]
    compared = words[:_MOST_COMPARED]
    worths = []
    for template, own in zip(templates, words, strict=True):
        alike = sum(len(own & other) / max(len(own | other), 1) for other in compared) / len(compared)
        worths.append(round(counted[template] - 1 + alike, _DECIMALS))
    return worths
