"""Which words of a language state which relations and things: learnt from facts beside texts.

IBM Model 1 (see :mod:`kgalign.align.signals.translation_model`) over the words of facts' labels on one
side and of the texts that state them on the other. *birth* in ``birthPlace`` comes to go with родился,
*United States* with amerikanisch. What is learnt of a label's words serves relations and things that no
training text had, as far as they share words. Words are cut to their beginnings, since languages inflect
at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from kgalign.align.signals.translation_model import ParallelNames
from kgalign.errors import InputError
from kgalign.files import atomic_file
from kgalign.verify.names import spaced
from kgalign.verify.verdicts import Fact, Term
from kgalign.verify.words import words

Matrix = NDArray[np.float32]

_STEM = 6
_LEAST_TEXTS = 2
_MOST_NAMES = 4
_MOST_WORDS = 12
# The share of information from which on a word fully states a label's.
_FULL = 0.6
_LEAST_STRENGTH = 0.2
_LEAST_RETURNED = 0.08
# The last bits of sums depend on their order.
_DECIMALS = 4
_SCHEMA = pl.Schema({"language": pl.String, "label": pl.String, "word": pl.String, "strength": pl.Float32})


@dataclass(frozen=True)
class Lesson:
    """A text and facts that it states."""

    text: str
    language: str
    facts: Sequence[Fact]


class Lexicon:
    """Words of labels and the words of texts that they go with.

    Args:
        table: ``language``, ``label`` (``r:`` or ``e:`` and the key of a word of a relation's or a thing's
            label), ``word`` (a stem) and ``strength`` in (0, 1]: how surely the word states the label's.
    """

    def __init__(self, table: pl.DataFrame) -> None:
        self.table = table.cast(_SCHEMA)

    @classmethod
    def learn(cls, lessons: Iterable[Lesson]) -> Lexicon:
        """Learn from texts that state all their facts, each language by itself."""
        by_language: dict[str, list[Lesson]] = {}
        for lesson in lessons:
            by_language.setdefault(lesson.language, []).append(lesson)
        tables = [_learnt(language, by_language[language]) for language in sorted(by_language)]
        return cls(pl.concat([_SCHEMA.to_frame(), *tables]))

    @classmethod
    def read(cls, path: str | Path) -> Lexicon:
        """Read what :meth:`write` wrote.

        Raises:
            InputError: if the file is no lexicon.
        """
        try:
            table = pl.read_parquet(path)
        except (OSError, pl.exceptions.PolarsError):
            raise InputError("is no lexicon of this kgalign", path=path, remedy="check --lexicon") from None
        if set(table.columns) != set(_SCHEMA):
            raise InputError("is no lexicon of this kgalign", path=path, remedy="check --lexicon")
        return cls(table.select(_SCHEMA.names()))

    def write(self, path: str | Path) -> None:
        """Write the lexicon as Parquet."""
        with atomic_file(path) as scratch:
            self.table.write_parquet(scratch)

    def languages(self) -> frozenset[str]:
        """The languages that something was learnt of."""
        return frozenset(self._strengths)

    def strengths(self, language: str, labels: Sequence[str], keys: Sequence[str]) -> Matrix:
        """How surely each of the *keys* states each of the *labels*.

        Args:
            language: of the text.
            labels: ``r:`` or ``e:`` and the key of a label's word.
            keys: of the text's words.

        Returns:
            ``len(labels) × len(keys)`` in [0, 1].
        """
        table = np.zeros((len(labels), len(keys)), np.float32)
        known = self._strengths.get(language)
        if not known:
            return table
        stems: dict[str, list[int]] = {}
        for column, key in enumerate(keys):
            stems.setdefault(stem(key), []).append(column)
        for row, label in enumerate(labels):
            for word, strength in known.get(label, {}).items():
                for column in stems.get(word, ()):
                    table[row, column] = strength
        return table

    def knows(self, language: str, label: str) -> bool:
        """Whether anything was learnt of a label's word in *language*."""
        return label in self._strengths.get(language, {})

    @cached_property
    def _strengths(self) -> dict[str, dict[str, dict[str, float]]]:
        known: dict[str, dict[str, dict[str, float]]] = {}
        for language, label, word, strength in self.table.iter_rows():
            known.setdefault(language, {}).setdefault(label, {})[word] = strength
        return known


def stem(key: str) -> str:
    """The beginning of a word, by which its forms are one."""
    return key[:_STEM]


def label_words(fact: Fact) -> list[str]:
    """The words of a fact's labels, marked as the lexicon knows them."""
    found = [word for words_of in relation_words(fact.relation) for word in words_of]
    for term in (fact.subject, fact.object):
        for label in [name.text for name in term.names[:_MOST_NAMES]] or [term.value]:
            found += [f"e:{word.key}" for word in words(label)[:_MOST_WORDS] if not word.digits]
    return found


def relation_words(relation: Term) -> list[list[str]]:
    """The words of each label of a relation, marked as the lexicon knows them."""
    labels = [name.text for name in relation.names[:_MOST_NAMES]] or [relation.value]
    return [[f"r:{word.key}" for word in words(spaced(label))] for label in labels]


def _learnt(language: str, lessons: Sequence[Lesson]) -> pl.DataFrame:
    labels = [sorted({word for fact in lesson.facts for word in label_words(fact)}) for lesson in lessons]
    texts = [sorted({stem(word.key) for word in words(lesson.text) if not word.digits}) for lesson in lessons]
    first, label_names = _incidence(labels)
    second, word_names = _incidence(texts)
    taught = ParallelNames(first, second).translations(np.ones(len(lessons), bool))
    found = taught.forward.tocoo()
    background = taught.second_background[found.col]
    # Pointwise mutual information as a share of the most there could be.
    strength = np.log(np.maximum(found.data / background, 1.0)) / -np.log(background)
    strength = np.minimum(strength / _FULL, 1.0)
    # What goes with a rare name by chance goes with many others as well.
    returned = np.asarray(taught.backward.tocsr()[found.col, found.row]).ravel()
    things = np.array([label.startswith("e:") for label in label_names], bool)[found.row]
    strength[things & (returned < _LEAST_RETURNED)] = 0
    return (
        pl.DataFrame(
            {
                "language": np.full(len(strength), language),
                "label": np.array(label_names)[found.row],
                "word": np.array(word_names)[found.col],
                "strength": np.round(strength, _DECIMALS),
            },
            schema=_SCHEMA,
        )
        .filter(pl.col("strength") >= _LEAST_STRENGTH)
        .sort("language", "label", "word")
    )


def _incidence(parts: Sequence[Sequence[str]]) -> tuple[sparse.csr_matrix, list[str]]:
    """Rows × distinct parts that at least two rows have, as ones, and the parts' names."""
    table = (
        pl.DataFrame(
            {"row": np.arange(len(parts)), "part": parts}, schema_overrides={"part": pl.List(pl.String)}
        )
        .explode("part")
        .drop_nulls("part")
    )
    kept = (
        table.group_by("part")
        .len()
        .filter(pl.col("len") >= _LEAST_TEXTS)
        .sort("part")
        .with_row_index("column")
    )
    found = table.join(kept, on="part").sort("row", "column")
    ones = np.ones(found.height, np.float32)
    places = (found["row"].to_numpy(), found["column"].to_numpy())
    return sparse.csr_matrix((ones, places), (len(parts), kept.height)), kept["part"].to_list()
