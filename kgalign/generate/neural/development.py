"""How good a model in training is: chrF++ of what it writes for facts that it doesn't learn from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kgalign.errors import InputError
from kgalign.generate.drafting import Draft, drafted
from kgalign.generate.examples import Example
from kgalign.generate.neural.drafter import NeuralDrafter
from kgalign.generate.wording import in_words
from kgalign.verify.verdicts import Fact


@dataclass(frozen=True)
class Question:
    """Facts to be put into words of a language, and what people wrote."""

    facts: tuple[Fact, ...]
    language: str
    references: tuple[str, ...]


def questions(examples: Iterable[Example], most: int, most_facts: int) -> list[Question]:
    """Distinct facts of *examples* with all their texts, spread evenly over each language's.

    Args:
        examples: of the development data.
        most: so many questions at most; each language gets the same number, if it has so many.
        most_facts: examples with more facts are left out.
    """
    texts: dict[str, dict[tuple[Fact, ...], list[str]]] = {}
    for example in examples:
        if 0 < len(example.facts) <= most_facts:
            own = texts.setdefault(example.language, {})
            own.setdefault(tuple(dict.fromkeys(example.facts)), []).append(example.text)
    found = []
    for language, own in sorted(texts.items()):
        every = list(own.items())
        count = min(len(every), max(1, most // len(texts)))
        for place in np.linspace(0, len(every) - 1, count).round().astype(int):
            facts, references = every[place]
            found.append(Question(facts, language, tuple(references)))
    return found


def written(drafter: NeuralDrafter, asked: Sequence[Question]) -> list[str]:
    """The best text for each question, in words; "" where there is none."""
    texts = [""] * len(asked)
    for language in sorted({question.language for question in asked}):
        places = [place for place, question in enumerate(asked) if question.language == language]
        drafts = [Draft(asked[place].facts) for place in places]
        for place, found in zip(places, drafted(drafter, drafts, language, seed=0, count=1), strict=True):
            if found:
                texts[place] = in_words(found[0], asked[place].facts, language).text
    return texts


def chrf(texts: Sequence[str], asked: Sequence[Question]) -> float:
    """Corpus chrF++ with several references (sacrebleu), 0 to 100.

    Raises:
        InputError: if sacrebleu isn't installed.
    """
    most = max(len(question.references) for question in asked)
    columns = [
        [question.references[min(place, len(question.references) - 1)] for question in asked]
        for place in range(most)
    ]
    return round(float(_metric().corpus_score(list(texts), columns).score), 3)


def need_sacrebleu() -> None:
    """Refuse, before long work begins, to look at development data without sacrebleu.

    Raises:
        InputError: if it isn't installed.
    """
    _metric()


def _metric() -> Any:
    try:
        from sacrebleu.metrics.chrf import CHRF
    except ImportError:
        raise InputError(
            "development data is scored by the library sacrebleu", remedy="run: pip install kgalign[train]"
        ) from None
    return CHRF(word_order=2)
