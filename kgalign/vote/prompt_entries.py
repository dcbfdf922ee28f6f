"""What a prompt can tell of each entity, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from kgalign.vote.fact_names import GraphNames
from kgalign.vote.facts import SOURCE_OPTION, Comparison, facts
from kgalign.vote.prompt_budget import Choice
from kgalign.vote.prompt_text import as_data, token_estimate
from kgalign.vote.question import Question
from kgalign.vote.stages import Stage

NAMELESS = "(no name)"
_LONGEST_NAME = 100
_LONGEST_VALUE = 120


@dataclass(frozen=True)
class Entry:
    """What can be told of one entity.

    Attributes:
        name: its names in one line.
        attributes: its attributes, most telling first.
        relations: its relations, most telling first.
        together: both, most telling first.
    """

    name: str
    attributes: tuple[Choice, ...] = ()
    relations: tuple[Choice, ...] = ()
    together: tuple[Choice, ...] = ()

    def facts(self, stage: Stage) -> tuple[Choice, ...]:
        """Those that are told in *stage*."""
        if stage == "together":
            return self.together
        return self.attributes if stage == "attributes" else self.relations


@dataclass(frozen=True)
class QuestionEntries:
    """The entities of one question.

    Attributes:
        source: the entity asked about.
        targets: the candidates, in the order of the question's options.
    """

    source: Entry
    targets: tuple[Entry, ...]


def entries(questions: Sequence[Question], comparison: Comparison, most: int) -> list[QuestionEntries]:
    """The names and facts of all *questions*' entities.

    Args:
        questions: what is asked.
        comparison: the graphs.
        most: facts of an entity to give, of its attributes and of its relations each.
    """
    first, second = comparison.first.names, comparison.second.names
    lines = _lines(facts(questions, comparison, most), (first.relations, second.relations))
    sources = _names(first, {question.source for question in questions})
    targets = _names(second, {target for question in questions for target in question.targets})
    return [
        QuestionEntries(
            _entry(sources.get(question.source, NAMELESS), lines.get((number, SOURCE_OPTION), ())),
            tuple(
                _entry(targets.get(target, NAMELESS), lines.get((number, option), ()))
                for option, target in enumerate(question.targets)
            ),
        )
        for number, question in enumerate(questions)
    ]


def _entry(name: str, lines: Sequence[tuple[bool, Choice]]) -> Entry:
    return Entry(
        name,
        tuple(line for literal, line in lines if literal),
        tuple(line for literal, line in lines if not literal),
        tuple(line for _, line in lines),
    )


def _lines(
    table: pl.DataFrame, relations: tuple[list[str], list[str]]
) -> dict[tuple[int, int], list[tuple[bool, Choice]]]:
    """Of each question and option the facts, most telling first, and whether each is an attribute."""
    lines: dict[tuple[int, int], list[tuple[bool, Choice]]] = {}
    for question, option, number, literal, objects, more, _ in table.iter_rows():
        name = relations[option != SOURCE_OPTION][number]
        lines.setdefault((question, option), []).append((literal, _line(name, literal, objects, more)))
    return lines


def _line(name: str, literal: bool, objects: Sequence[str], more: int) -> Choice:
    """A fact with all of *objects*, with one less, and so on."""
    longest = _LONGEST_VALUE if literal else _LONGEST_NAME
    listed = [as_data(text, longest) for text in objects]
    texts = []
    for count in range(len(listed), 0, -1):
        others = more + len(listed) - count
        rest = [f"and {others} more"] if others else []
        texts.append(f"{as_data(name, _LONGEST_NAME)}: {'; '.join([*listed[:count], *rest])}")
    return Choice(tuple(texts), tuple(map(token_estimate, texts)))


def _names(names: GraphNames, entities: set[int]) -> dict[int, str]:
    asked = pl.DataFrame({"entity": pl.Series(sorted(entities), dtype=pl.UInt32)})
    found = names.lists.join(asked, on="entity", how="semi")
    return {
        entity: " / ".join(as_data(name, _LONGEST_NAME) for name in texts)
        for entity, texts in found.iter_rows()
    }
