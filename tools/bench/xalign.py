"""XAlignV2 and XLAlign: English facts about a person beside one sentence in an Indian language."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from benchmark_data import SHARED_DATA

from kgalign.generate.readers.xalign import facts_of
from kgalign.verify.lexicon import Lesson
from kgalign.verify.verdicts import Fact

XALIGN = SHARED_DATA / "xalignv2"
COVERAGE = SHARED_DATA / "xlalign_coverage"


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
    facts = facts_of(row["qid"], row["entity_name"], row["facts"], row.get("translated_facts"), language)
    complete = row.get("coverage") == "complete" or row.get("complete_coverage") == 1
    return Sentence(language, row["sentence"], row["qid"], facts, complete)
