"""WebNLG: triples beside texts, in several languages, and the human judgements of systems' texts."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from benchmark_data import SHARED_DATA

from kgalign.generate.readers.webnlg import fact_of, linked_names
from kgalign.verify.verdicts import Fact

WEBNLG = SHARED_DATA / "webnlg"
HUMAN = SHARED_DATA / "webnlg_human"


@dataclass(frozen=True)
class Entry:
    """Facts and the texts that people wrote for them.

    Attributes:
        name: unique within a split.
        category: of the subject.
        language: of the texts.
        facts: what the texts state, in the data's order.
        texts: the texts.
        sources: where the facts come from.
    """

    name: str
    category: str
    language: str
    facts: tuple[Fact, ...]
    texts: tuple[str, ...]


def entries(language: str, split: str, links: str = "all", step: int = 1) -> list[Entry]:
    """The entries of a split; none if the data isn't here.

    Args:
        language: its code.
        split: ``train``, ``dev`` or ``test``.
        links: which of the entries' own names in the language are names of the entities: ``none``,
            ``sameAs`` or ``all``.
        step: every so many entries one is read.
    """
    path = WEBNLG / language / f"{split}.jsonl.gz"
    if not path.is_file():
        return []
    found = []
    for number, row in islice(enumerate(_rows(path)), 0, None, step):
        names = {} if links == "none" else linked_names(row["links"], language, links)
        facts = tuple(fact_of(subject, relation, value, names) for subject, relation, value in row["triples"])
        found.append(Entry(f"{split}-{number}", row["category"], language, facts, tuple(row["texts"])))
    return found


def _rows(path: Path) -> Iterable[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


@dataclass(frozen=True)
class Judged:
    """A system's text with what people thought of it and what other metrics say.

    Attributes:
        system: who wrote it.
        facts: what it should state.
        text: the text.
        judgements: mean rating by criterion.
        rivals: score by metric.
    """

    system: str
    facts: tuple[Fact, ...]
    text: str
    judgements: dict[str, float]
    rivals: dict[str, float]


def judged(year: int) -> list[Judged]:
    """The judged outputs of 2017 or 2020; none if the data isn't here."""
    if not HUMAN.is_dir():
        return []
    return _judged_2017() if year == 2017 else _judged_2020()


def _lines(path: Path) -> list[str]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return lines.read().split("\n")


def _facts(line: str) -> tuple[Fact, ...]:
    triples = [part.split(" | ") for part in line.split("<br>")]
    return tuple(
        fact_of(triple[0].strip(), triple[1].strip(), triple[2].strip())
        for triple in triples
        if len(triple) == 3
    )


def _rivals(year: int, system: str, count: int) -> list[dict[str, float]]:
    scores: list[dict[str, float]] = [{} for _ in range(count)]
    for folder in sorted((HUMAN / "metrics_results" / f"webnlg{year}").iterdir()):
        path = folder / f"{system}.txt.gz"
        if path.is_file():
            for number, line in enumerate(_lines(path)[:count]):
                if line.strip():
                    scores[number][folder.name] = float(line)
    return scores


def _judged_2017() -> list[Judged]:
    place = HUMAN / "datasets" / "webnlg2017"
    triples = _lines(place / "triples.txt.gz")
    found = []
    for path in sorted((place / "teams-generations").iterdir()):
        system = path.name.removesuffix(".txt.gz")
        texts = _lines(path)
        ratings = _lines(place / "human-annotations" / "semantics" / path.name)
        rivals = _rivals(2017, system, len(triples))
        for number, line in enumerate(triples):
            if number < len(texts) and number < len(ratings) and line.strip() and ratings[number].strip():
                rated = {"semantics": float(ratings[number])}
                found.append(Judged(system, _facts(line), texts[number], rated, rivals[number]))
    return found


def _judged_2020() -> list[Judged]:
    with gzip.open(HUMAN / "webnlg2020_raw" / "en_means.json.gz", "rt", encoding="utf-8") as file:
        means = json.load(file)
    order = sorted({int(mean["sample_id"]) for mean in means})
    triples = _lines(HUMAN / "datasets" / "webnlg2020" / "triples.txt.gz")
    submissions = {
        path.name.removesuffix(".txt.gz"): _lines(path)
        for path in (HUMAN / "webnlg2020_raw" / "submissions").iterdir()
    }
    rivals = {
        system: _rivals(2020, system.replace("(", "").replace(")", ""), len(order)) for system in submissions
    }
    found = []
    for mean in means:
        system, sample = mean["submission_id"], int(mean["sample_id"])
        if system in submissions:
            place = order.index(sample)
            rated = {"correctness": mean["Correctness"], "coverage": mean["DataCoverage"]}
            text = submissions[system][sample - 1]
            found.append(Judged(system, _facts(triples[place]), text, rated, rivals[system][place]))
    return found
