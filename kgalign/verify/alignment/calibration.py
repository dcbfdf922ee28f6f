"""Weights for the two layers together, from made mistakes in texts that the training did not see.

Three logistic regressions, each on numbers that both layers give: is a fact stated, is a place wrong, is
the whole text right. Platt scaling (1999) of several scores at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.stats import rankdata

from kgalign.verify.alignment.artefact import HeldOut
from kgalign.verify.alignment.made_examples import AlignmentExample
from kgalign.verify.alignment.reader import AlignmentReader, TextAnswers
from kgalign.verify.alignment.training_data import examples_of
from kgalign.verify.combination import NOTHING, Combination, LogisticRule, log_odds
from kgalign.verify.lexicon import Lesson
from kgalign.verify.text_scores import ReadText
from kgalign.verify.verdicts import Verdict
from kgalign.verify.verifier import Looked, Request, Verifier

Numbers = NDArray[np.float64]
_PENALTY = 1e-2
# A regression wants a few of either kind.
_LEAST = 20
_GARBLED = 0.85
# Of each text more kinds of fault than can be made of any.
_FAULTS = 20


@dataclass(frozen=True)
class _Read:
    """An example as both layers see it."""

    example: AlignmentExample
    looked: Looked
    verdicts: list[Verdict]
    answers: TextAnswers


@dataclass(frozen=True)
class Calibration:
    """What the held-out texts say.

    Attributes:
        both: the weights of the two layers together.
        alone: those of the alignment function without the model-free layer.
        held_out: how well it does, by language.
    """

    both: Combination
    alone: Combination
    held_out: dict[str, HeldOut]


def calibrate(
    reader: AlignmentReader, verifier: Verifier, lessons: dict[str, list[Lesson]], seed: int
) -> Calibration:
    """Fit the weights on mistakes made in *lessons*.

    Args:
        reader: the alignment function.
        verifier: the model-free layer alone.
        lessons: texts that neither was taught, by language.
        seed: of the mistakes.
    """
    mixed = _read(reader, verifier, examples_of(lessons, seed))
    plain = _read(reader, verifier, examples_of(lessons, seed, extra=0.0, faults=_FAULTS))
    wrong = _wrong_rules(mixed)
    stated = {use: _stated_rule(mixed, use) for use in (True, False)}
    found = {
        use: Combination(stated=rule, wrong=wrong, sound=_sound_rule(plain, rule, use))
        for use, rule in stated.items()
    }
    languages = sorted({each.example.language for each in mixed})
    held_out = {
        language: _held_out([each for each in mixed if each.example.language == language])
        for language in languages
    }
    return Calibration(found[True], found[False], held_out)


def _read(reader: AlignmentReader, verifier: Verifier, examples: Sequence[AlignmentExample]) -> list[_Read]:
    # A fact that is there twice is read once.
    examples = [each for each in examples if len(set(each.facts)) == len(each.facts)]
    requests = [Request(each.text, each.language, None, each.facts) for each in examples]
    looked = verifier.look(requests)
    answers = reader.read([each.passage for each in looked], [each.facts for each in looked])
    verdicts = [verifier.first_verdicts(each) for each in looked]
    return [_Read(*each) for each in zip(examples, looked, verdicts, answers, strict=True)]


def _best(each: _Read) -> tuple[Numbers, Numbers]:
    """Both layers' log-odds for each of the example's facts, of its best sentence."""
    count = len(each.example.facts)
    free = log_odds(each.looked.scores[:count].max(axis=1, initial=0.0))
    aligned = each.answers.stated[:count].max(axis=1, initial=-np.inf)
    return free, np.where(np.isfinite(aligned), aligned, 0.0).astype(np.float64)


def _stated_rule(read: Sequence[_Read], model_free: bool) -> LogisticRule:
    rows: list[tuple[float, float]] = []
    truth: list[float] = []
    for each in read:
        for free, aligned, known in zip(*_best(each), each.example.stated, strict=True):
            if known is not None:
                rows.append((float(free) * model_free, float(aligned)))
                truth.append(known)
    return logistic(np.array(rows).reshape(-1, 2), np.array(truth))


def _wrong_rules(read: Sequence[_Read]) -> dict[str, LogisticRule]:
    """By what the model-free layer found, how surely a place is wrong, given the words' doubts."""
    doubts: dict[str, list[float]] = {}
    truth: dict[str, list[float]] = {}
    for each in read:
        if each.example.wrong is None:
            continue
        passage = each.looked.passage
        words = passage.words
        taken = passage.words_covered((verdict.start, verdict.end) for verdict in each.verdicts)
        for verdict in each.verdicts:
            inside = passage.words_in(verdict.start, verdict.end)
            if inside:
                doubt = each.answers.words[inside.start : inside.stop].max()
                doubts.setdefault(verdict.status, []).append(float(doubt))
                wrong = _is_wrong(each.example, verdict.start, verdict.end)
                truth.setdefault(verdict.status, []).append(wrong)
        for row in np.flatnonzero(~taken).tolist():
            doubts.setdefault(NOTHING, []).append(float(each.answers.words[row]))
            truth.setdefault(NOTHING, []).append(_is_wrong(each.example, words[row].start, words[row].end))
    return {
        status: logistic(np.array(doubts[status])[:, None], np.array(truth[status]))
        for status in sorted(doubts)
        if min(sum(truth[status]), len(truth[status]) - sum(truth[status])) >= _LEAST
    }


def _is_wrong(example: AlignmentExample, start: int, end: int) -> float:
    return float(any(span.start < end and start < span.end for span in example.wrong or ()))


def _sound_rule(read: Sequence[_Read], stated: LogisticRule, model_free: bool) -> LogisticRule:
    rows: list[list[float]] = []
    truth: list[float] = []
    kinds: list[str] = []
    for each in read:
        example = each.example
        if example.kind == "garbled" and example.quality > _GARBLED:
            continue
        answers, verdicts = each.answers, each.verdicts
        free = each.looked.scores[: len(example.facts)].max(axis=1, initial=0.0)
        aligned = _best(each)[1].astype(np.float32)
        told = stated.probability(log_odds(free) * model_free, aligned).astype(np.float32)
        supported = each.looked.passage.words_covered(
            (verdict.start, verdict.end) for verdict in verdicts if verdict.status == "supported"
        )
        seen = ReadText(
            verdicts, free, told, aligned, answers.words, supported, answers.holds, answers.quality
        )
        rows.append(seen.numbers(model_free))
        truth.append(float(example.kind == "faithful"))
        kinds.append(example.kind)
    counts = Counter(kinds)
    # Faithful texts weigh what all faults do, and every kind of fault what any other does.
    faults = max(len(counts) - 1, 1)
    shares = [1.0 if kind == "faithful" else 1 / faults for kind in kinds]
    weights = np.array([share / counts[kind] for share, kind in zip(shares, kinds, strict=True)])
    return logistic(np.array(rows), np.array(truth), weights)


def _held_out(read: Sequence[_Read]) -> HeldOut:
    stated: tuple[list[float], list[float]] = ([], [])
    wrong: tuple[list[float], list[float]] = ([], [])
    holds: tuple[list[float], list[float]] = ([], [])
    for each in read:
        for aligned, known in zip(_best(each)[1], each.example.stated, strict=True):
            if known is not None:
                stated[int(known >= 0.5)].append(float(aligned))
        if each.example.wrong is not None:
            for word, doubt in zip(each.looked.passage.words, each.answers.words, strict=True):
                wrong[int(_is_wrong(each.example, word.start, word.end))].append(float(doubt))
        if each.example.holds is not None:
            holds[int(each.example.holds >= 0.5)].append(each.answers.holds)
    return HeldOut(texts=len(read), stated=_auc(*stated), wrong=_auc(*wrong), holds=_auc(*holds))


def _auc(negative: Sequence[float], positive: Sequence[float]) -> float | None:
    """The probability that a positive scores higher than a negative."""
    if not negative or not positive:
        return None
    ranks = rankdata([*negative, *positive])[len(negative) :]
    count = len(positive)
    above = ranks.sum() - count * (count + 1) / 2
    return round(float(above / count / len(negative)), 4)


def logistic(numbers: Numbers, truth: Numbers, weights: Numbers | None = None) -> LogisticRule:
    """Logistic regression with a slight pull to zero, on numbers brought to one scale.

    Args:
        numbers: ``items × numbers``.
        truth: one for each item, in [0, 1].
        weights: of the items; all the same if None.
    """
    if not len(truth):
        return LogisticRule(bias=0.0, weights=(1.0,) * numbers.shape[1])
    spread = numbers.std(axis=0)
    scale = np.where(spread > 0, spread, 1.0)
    middle = numbers.mean(axis=0)
    rows = np.column_stack([(numbers - middle) / scale, np.ones(len(numbers))])

    shares = np.ones(len(truth)) if weights is None else weights
    shares = shares / shares.sum()

    def cost(found: Numbers) -> tuple[float, Numbers]:
        total = rows @ found
        loss = shares @ (np.logaddexp(0.0, total) - truth * total)
        slope = rows.T @ (shares * (1 / (1 + np.exp(-total)) - truth))
        pull = np.append(found[:-1], 0.0)
        return float(loss + _PENALTY / 2 * (pull**2).sum()), slope + _PENALTY * pull

    found: Any = minimize(cost, np.zeros(rows.shape[1]), jac=True, method="L-BFGS-B")
    slopes = np.where(spread > 0, found.x[:-1] / scale, 0.0)
    bias = float(found.x[-1] - (slopes * middle).sum())
    return LogisticRule(bias=round(bias, 6), weights=tuple(round(float(each), 6) for each in slopes))
