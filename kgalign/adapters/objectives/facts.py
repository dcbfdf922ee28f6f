"""What the objectives about facts have in common."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kgalign.adapters.label_table import Ids, Mask
from kgalign.adapters.objectives.base import Objective, same_text


@dataclass(frozen=True)
class WordedFacts:
    """Facts with a name for each part.

    Attributes:
        head: names of the subjects.
        relation: names of the relations.
        tail: names of the objects.
        head_language: the language of each subject's name, by its number among the labels' languages.
        tail_language: that of each object's name.
    """

    head: list[str]
    relation: list[str]
    tail: list[str]
    head_language: Ids
    tail_language: Ids


class FactObjective(Objective):
    """Draws facts and words for them."""

    def items(self) -> Ids:
        """All facts whose ends have names."""
        return np.arange(len(self.lessons.head))

    def worded(self, facts: Ids, generator: np.random.Generator) -> WordedFacts:
        """Words for *facts*: the subject's language by chance, the relation's the same if it can be.

        The object's language is the subject's as often as the options say, and by chance otherwise.
        """
        lessons, labels, aliases = self.lessons, self.lessons.labels, self.options.aliases

        def forbidden(place: Ids, cells: Ids) -> Mask:
            return lessons.may_not_be_told(facts[place], labels.language[cells])

        head = labels.draw_cells(lessons.head[facts], self.weights, generator, forbidden=forbidden)
        alike = generator.random(len(facts)) < self.options.same_language
        wanted = np.where(alike, labels.language[head], -1)
        tail = labels.draw_cells(
            lessons.tail[facts], self.weights, generator, prefer=wanted, forbidden=forbidden
        )
        return WordedFacts(
            labels.draw_names(head, aliases, generator),
            self.relation_names(facts, labels.language[head], generator),
            labels.draw_names(tail, aliases, generator),
            labels.language[head],
            labels.language[tail],
        )

    def relation_names(self, facts: Ids, language: Ids, generator: np.random.Generator) -> list[str]:
        """Names of the facts' relations, in these languages (of the labels) where there are such."""
        relations = self.lessons.relation_labels
        number = {code: place for place, code in enumerate(relations.languages)}
        there = np.array([number.get(code, -1) for code in self.lessons.labels.languages])
        cells = relations.draw_cells(
            self.lessons.relation[facts], np.ones(relations.cells), generator, prefer=there[language]
        )
        return relations.names(cells)

    def other_answers(self, facts: Ids, answers: list[str]) -> Mask:
        """Which of the facts' objects answer which fact's question, by the graph or by their name."""
        lessons = self.lessons
        head, relation, tail = lessons.head[facts], lessons.relation[facts], lessons.tail[facts]
        shape = (len(facts), len(facts))
        known = lessons.are_facts(
            np.broadcast_to(head[:, None], shape),
            np.broadcast_to(relation[:, None], shape),
            np.broadcast_to(tail, shape),
        )
        return known | same_text(answers)
