"""The trained generator as a drafter: n-best texts, those first that state every fact."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from kgalign.encode.transformer import resolve_device
from kgalign.generate.common_words import CommonWords
from kgalign.generate.drafting import Clause, Draft, Hypothesis, Placeholder
from kgalign.generate.learning import numbered
from kgalign.generate.neural import marks
from kgalign.generate.neural.artefact import (
    DESCRIPTION,
    GeneratorDescription,
    read_common,
    read_description,
    read_network,
    read_pieces,
)
from kgalign.generate.neural.clauses import clauses, of_plain_text
from kgalign.generate.neural.linearise import linearised
from kgalign.generate.neural.spellings import written_in
from kgalign.generate.neural.writers import (
    CTRANSLATE2_WEIGHTS,
    CTranslate2Writer,
    TransformersWriter,
    Writer,
    Written,
)
from kgalign.verify.verdicts import Fact

WRITER = "model"


@dataclass(frozen=True)
class NeuralDrafter:
    """Writes texts by a trained model; a :class:`~kgalign.generate.drafting.BatchDrafter`.

    Attributes:
        description: of the model.
        writer: runs it.
        common: the words that it may write whatever the facts are.
        beams: of the search, at least; as many as the hypotheses that are asked for, if they are more.
        fill: write what the best text leaves out as sentences of their own behind it.
    """

    description: GeneratorDescription
    writer: Writer
    common: CommonWords = field(default_factory=CommonWords)
    beams: int = 5
    fill: bool = True

    @cached_property
    def fingerprint(self) -> str:
        """Changes with the model, what runs it, and the search."""
        told = (self.description.sha256, type(self.writer).__name__, self.beams, self.fill)
        return hashlib.sha256(f"neural {told} {self.common.to_json()}".encode()).hexdigest()

    def languages(self) -> frozenset[str]:
        """The languages that were learnt."""
        return frozenset(self.description.languages)

    def draft(
        self, facts: Sequence[Fact], language: str, *, seed: int, count: int, split: bool = False
    ) -> list[Hypothesis]:
        """Put *facts* into words; see :class:`~kgalign.generate.drafting.Drafter`."""
        return self.draft_all([Draft(tuple(facts), split)], language, seed=seed, count=count)[0]

    def draft_all(
        self, drafts: Sequence[Draft], language: str, *, seed: int, count: int
    ) -> list[list[Hypothesis]]:
        """Put many entities' facts into words at once.

        The search has no chance in it, so *seed* changes nothing.
        """
        if language not in self.languages():
            return [[] for _ in drafts]
        parts = [_parts(draft, self.description.most_facts) for draft in drafts]
        asked = [(draft.facts, part) for draft, own in zip(drafts, parts, strict=True) for part in own]
        told = self._told(asked, language, count)
        if self.fill:
            told = self._filled(asked, told, language, count)
        answers = iter(told)
        return [_joined([next(answers) for _ in own], count) for own in parts]

    def spelt(self, names: Sequence[str], language: str) -> list[str | None]:
        """Each name in the script of *language*; None if the model can't spell it there."""
        if language not in self.description.spells:
            return [None] * len(names)
        return written_in(names, language, self.writer)

    def _told(self, asked: Sequence[_Part], language: str, count: int) -> list[list[Hypothesis]]:
        """For each part of some facts its hypotheses, those first that leave nothing out."""
        form, names = self.description.form, self.description.names
        inputs = [
            linearised([facts[place] for place in part], language, form, names) for facts, part in asked
        ]
        outputs = self.writer.write(inputs, max(count, self.beams)) if inputs else []
        return [self._ranked(each, own, language)[:count] for each, own in zip(asked, outputs, strict=True)]

    def _ranked(self, asked: _Part, outputs: Sequence[Written], language: str) -> list[Hypothesis]:
        facts = [asked[0][place] for place in asked[1]]
        found: dict[tuple[Clause, ...], Hypothesis] = {}
        for output in outputs:
            if self.description.form == "plain":
                text = "".join(segment.text for segment in output.segments if not segment.mark)
                own = of_plain_text(text, facts, language)
            else:
                own = self.told(output, facts, language)
            if own:
                moved = tuple(_moved(clause, asked[1]) for clause in own)
                found.setdefault(moved, Hypothesis(moved, round(output.score, 4), WRITER))
        return sorted(found.values(), key=lambda each: -len(each.facts))

    def told(self, output: Written, facts: Sequence[Fact], language: str) -> tuple[Clause, ...] | None:
        """The sentences of an output with placeholders; None if it is no text."""
        own = clauses(output.segments, facts)
        return own and tuple(self._with_strangers(each, language) for each in own)

    def _with_strangers(self, clause: Clause, language: str) -> Clause:
        words = [piece if isinstance(piece, str) else None for piece in clause.pieces]
        return replace(clause, strangers=self.common.likely_names(language, words))

    def _filled(
        self, asked: Sequence[_Part], told: list[list[Hypothesis]], language: str, count: int
    ) -> list[list[Hypothesis]]:
        """Behind each part's best text, what it leaves out, written alone."""
        missing = [
            (number, place)
            for number, ((_, part), own) in enumerate(zip(asked, told, strict=True))
            if len(part) > 1
            for place in part
            if not own or place not in own[0].facts
        ]
        alone = self._told([(asked[number][0], (place,)) for number, place in missing], language, count)
        found = list(told)
        for (number, _), own in zip(missing, alone, strict=True):
            if own and own[0].facts:
                first = found[number][0] if found[number] else Hypothesis((), 0.0, WRITER)
                longer = Hypothesis((*first.clauses, *own[0].clauses), first.score, WRITER)
                found[number] = [longer, *found[number][1:]]
        return found


_Part = tuple[tuple[Fact, ...], tuple[int, ...]]


def open_drafter(folder: str | Path, device: str = "auto") -> NeuralDrafter:
    """The generator in a folder, trained or exported.

    Raises:
        InputError: if there is none, or it can't be run here.
    """
    place = Path(folder)
    description = read_description(place)
    pieces, common = read_pieces(place, description), read_common(place)
    if (place / CTRANSLATE2_WEIGHTS).is_file():
        return NeuralDrafter(description, CTranslate2Writer(place, pieces, description.longest), common)
    network = read_network(place, description).to(resolve_device(device))
    return NeuralDrafter(description, TransformersWriter(network, pieces, description.longest), common)


def is_generator(folder: str | Path) -> bool:
    """Whether *folder* holds a generation model."""
    return (Path(folder) / DESCRIPTION).is_file()


def _parts(draft: Draft, most: int) -> list[tuple[int, ...]]:
    """The facts in parts that the model can read, those of one subject together."""
    if draft.split:
        return [(place,) for place in range(len(draft.facts))]
    groups: dict[str, list[int]] = {}
    for place, fact in enumerate(draft.facts):
        groups.setdefault(fact.subject.value, []).append(place)
    if len(draft.facts) <= most and len(numbered(draft.facts)) <= marks.MOST_TERMS:
        return [tuple(range(len(draft.facts)))] if draft.facts else []
    return [
        tuple(group[start : start + most])
        for group in groups.values()
        for start in range(0, len(group), most)
    ]


def _moved(clause: Clause, part: tuple[int, ...]) -> Clause:
    """The clause of a part's facts as one of all facts."""
    pieces = tuple(
        piece if isinstance(piece, str) else Placeholder(part[piece.fact], piece.role, piece.form)
        for piece in clause.pieces
    )
    return replace(clause, pieces=pieces, facts=tuple(sorted(part[place] for place in clause.facts)))


def _joined(parts: Sequence[Sequence[Hypothesis]], count: int) -> list[Hypothesis]:
    """The parts' best texts one after the other, then their second best, and so on."""
    parts = [part for part in parts if part]
    found: dict[tuple[Clause, ...], Hypothesis] = {}
    for rank in range(count if parts else 0):
        own = [part[min(rank, len(part) - 1)] for part in parts]
        together = tuple(clause for each in own for clause in each.clauses)
        score = round(sum(each.score for each in own), 4)
        found.setdefault(together, Hypothesis(together, score, WRITER))
    return list(found.values())
