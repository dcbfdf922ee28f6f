"""XAlignV2 and XLAlign: English facts about a person beside one sentence in an Indian language."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from benchmark_data import SHARED_DATA

from kgalign.verify.lexicon import Lesson
from kgalign.verify.verdicts import Fact, Name, Qualifier, Term

XALIGN = SHARED_DATA / "xalignv2"
COVERAGE = SHARED_DATA / "xlalign_coverage"
_FIGURE = re.compile(r"^(?:\d{1,2} )?(?:[A-Z][a-z]+ )?\d{1,4}(?: BCE?)?$|^[-+]?[\d.,]+$")


@dataclass(frozen=True)
class Sentence:
    """A sentence and its facts.

    Attributes:
        language: of the sentence.
        text: the sentence.
        about: value of the subject's term.
        facts: what was aligned with the sentence.
        complete: whether the facts are all that it says, as labelled.
    """

    language: str
    text: str
    about: str
    facts: tuple[Fact, ...]
    complete: bool

    @property
    def lesson(self) -> Lesson:
        """The sentence as a lesson."""
        return Lesson(self.text, self.language, self.facts)


def sentences(language: str, split: str, step: int = 1) -> list[Sentence]:
    """Every *step*-th sentence of an XAlignV2 split; none if the data isn't here."""
    return _read(XALIGN / language / f"{split}.jsonl.gz", step)


def coverage(split: str) -> list[Sentence]:
    """Sentences labelled complete or partial; none if the data isn't here."""
    return _read(COVERAGE / f"{split}.jsonl.gz")


def _read(path: Path, step: int = 1) -> list[Sentence]:
    if not path.is_file():
        return []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [_sentence(json.loads(line)) for line in islice(lines, 0, None, step)]


def _sentence(row: dict[str, Any]) -> Sentence:
    language = row.get("lang") or row["language"]
    subject = Term(
        value=row["qid"], names=(Name(text=row["entity_name"].removesuffix(" uwu"), language="en"),)
    )
    translated: Sequence[Any] = row.get("translated_facts") or [None] * len(row["facts"])
    facts = [_fact(subject, fact, own, language) for fact, own in zip(row["facts"], translated, strict=False)]
    complete = row.get("coverage") == "complete" or row.get("complete_coverage") == 1
    return Sentence(language, row["sentence"], row["qid"], tuple(facts), complete)


def _fact(subject: Term, fact: Sequence[Any], translated: Sequence[Any] | None, language: str) -> Fact:
    relation, value, qualifiers, inverse = fact
    own_relation, own_value = (None, None) if translated is None else translated[:2]
    thing = _term(value, own_value, language)
    return Fact(
        subject=thing if inverse else subject,
        relation=_term(relation, own_relation, language, False),
        object=subject if inverse else thing,
        qualifiers=tuple(
            Qualifier(relation=_term(each[0], None, language, False), object=_term(each[1], None, language))
            for each in qualifiers
        ),
    )


def _term(text: str, own: str | None, language: str, literals: bool = True) -> Term:
    literal = literals and _FIGURE.match(text) is not None
    names = [Name(text=text, language="en")]
    if own is not None and language != "en":
        names.insert(0, Name(text=own, language=language))
    return Term(value=text, literal=literal, names=tuple(names))
