"""Prompts with slots, as X-FACTR has them: sentences that ask for a fact in many languages.

A template holds the subject ``[X]`` and the object ``[Y]``, either with the case that it should stand in
(``[X.Nom]``, ``[Y.IN+ESS]``), words of which the subject's or the object's gender or number chooses one
(``[né;X-Gender=MASC|née;X-Gender=FEM]``), and places for articles and prepositions (``[DEF;X]``,
``[PREPLOC;Y]``). See Jiang et al., "X-FACTR: Multilingual Factual Knowledge Retrieval from Pretrained
Language Models", 2020.

Labels are not inflected here: they stand as they are, and places for a word that only a grammar of the
language could fill stay empty.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kgalign.align.text_files import read_bytes
from kgalign.errors import InputError

MASCULINE, FEMININE = "MASC", "FEM"

_BRACKETS = re.compile(r"\[([^\[\]]*)\]")
# [X], [X.Nom], [Y;be] and [X bad] are all the thing itself.
_THING = re.compile(r"([XY])(?:[.; ].*)?", re.DOTALL)
_OPTION = re.compile(r"([^;]*);\s*([XY])-(\w+)=([\w+]+)\s*", re.DOTALL)
# Cyrillic and Greek letters that look like the two.
_LOOKALIKES = str.maketrans("ХΧУΥ", "XXYY")
_SPACES = re.compile(r"\s+")
_SPACE_BEFORE_STOP = re.compile(r"\s+(?=[.,;:!?।](?:\s|$))")
_SUBJECT = "\ue000"


class UnclosedBracket(ValueError):
    """A template with a bracket that has no partner."""


@dataclass(frozen=True)
class Thing:
    """Where the subject (``X``) or the object (``Y``) stands."""

    slot: str


@dataclass(frozen=True)
class Option:
    """A word, and what it goes with: ``née`` with ``X``, whose ``Gender`` is ``FEM``."""

    word: str
    slot: str
    feature: str
    value: str


@dataclass(frozen=True)
class Choice:
    """Words of which one fits the subject or the object."""

    options: tuple[Option, ...]


@dataclass(frozen=True)
class FunctionWord:
    """The place of an article, a preposition or both; *told* is what the brackets hold."""

    told: str


Part = str | Thing | Choice | FunctionWord


@dataclass(frozen=True)
class Prompt:
    """A sentence with places for a subject and an object.

    Attributes:
        parts: what it is made of, in order.
    """

    parts: tuple[Part, ...]

    @classmethod
    def parse(cls, template: str) -> Prompt:
        """Read a template.

        Raises:
            UnclosedBracket: if a bracket has no partner.
            ValueError: if it has no place for the subject or for the object.
        """
        parts: list[Part] = []
        end = 0
        for match in _BRACKETS.finditer(template):
            parts += [template[end : match.start()], _slot(match[1])]
            end = match.end()
        parts.append(template[end:])
        kept = tuple(part for part in parts if part != "")
        if any(isinstance(part, str) and re.search(r"[\[\]]", part) for part in kept):
            raise UnclosedBracket(f"a bracket of the prompt '{template}' has no partner")
        for slot, name in (("X", "subject"), ("Y", "object")):
            if Thing(slot) not in kept:
                raise ValueError(f"the prompt '{template}' has no place for the {name}")
        return cls(kept)

    def render(self, subject: str, gender: str | None = None, hidden: str = "") -> str:
        """The sentence about *subject* with its object cut out.

        Args:
            subject: the subject's label.
            gender: the subject's (:data:`MASCULINE`, :data:`FEMININE`) where it is known; of words that
                nothing decides between, the first is taken.
            hidden: what stands in the object's place: nothing, an ellipsis, a mask token.
        """
        return subject.join(self.around_subject(gender, hidden))

    def around_subject(self, gender: str | None = None, hidden: str = "") -> list[str]:
        """The pieces of text before, between and after the subject's places; see :meth:`render`."""
        words = []
        for part in self.parts:
            match part:
                case str():
                    words.append(part)
                case Thing(slot="X"):
                    words.append(_SUBJECT)
                case Thing():
                    words.append(hidden)
                case Choice():
                    words.append(_chosen(part, gender))
        sentence = _SPACES.sub(" ", "".join(words)).strip()
        return _SPACE_BEFORE_STOP.sub("", sentence).split(_SUBJECT)


@dataclass(frozen=True)
class Prompts:
    """Prompts by relation and language.

    Attributes:
        prompts: by the last part of the relation's IRI (``P19``) and the language.
        left_out: relation and language of templates that lack the subject or the object.
    """

    prompts: Mapping[tuple[str, str], Prompt]
    left_out: tuple[tuple[str, str], ...] = ()

    def of(self, relation: str, language: str) -> Prompt | None:
        """The prompt of a relation (by its IRI) in a language, None where there is none."""
        return self.prompts.get((re.split("[/#]", relation)[-1], language))


def read_prompts(path: str | Path) -> Prompts:
    """Read a table of prompts as X-FACTR has it: CSV with ``pid``, ``relation`` and a column a language.

    Raises:
        InputError: if the file can't be read, isn't such a table, or a template's brackets don't match.
    """
    place = Path(path)
    try:
        text = read_bytes(place).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("not UTF-8", path=place, remedy="convert the file to UTF-8") from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        rows = [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise InputError(f"not a table of prompts ({error})", path=place, line=reader.line_num) from None
    return _from_rows(rows, place)


def _from_rows(rows: list[tuple[int, list[str]]], path: Path) -> Prompts:
    header = rows[0][1] if rows else []
    if header[:2] != ["pid", "relation"] or len(header) < 3:
        raise InputError("not a table of prompts with the columns pid, relation, and languages", path=path)
    prompts: dict[tuple[str, str], Prompt] = {}
    left_out: list[tuple[str, str]] = []
    for line, row in rows[1:]:
        if len(row) != len(header):
            raise InputError(f"{len(row)} columns instead of {len(header)}", path=path, line=line)
        for language, template in zip(header[2:], row[2:], strict=True):
            if not template.strip():
                continue
            try:
                prompts[row[0], language] = Prompt.parse(template)
            except UnclosedBracket as error:
                raise InputError(str(error), path=path, line=line) from None
            except ValueError:
                left_out.append((row[0], language))
    return Prompts(prompts, tuple(left_out))


def _slot(told: str) -> Part:
    thing = _THING.fullmatch(told.translate(_LOOKALIKES))
    if thing is not None:
        return Thing(thing[1])
    options = [_OPTION.fullmatch(option) for option in told.split("|")]
    if all(options):
        return Choice(tuple(Option(*match.groups()) for match in options if match is not None))
    return FunctionWord(told)


def _chosen(choice: Choice, gender: str | None) -> str:
    for option in choice.options:
        if (option.slot, option.feature, option.value) == ("X", "Gender", gender):
            return option.word
    return choice.options[0].word
