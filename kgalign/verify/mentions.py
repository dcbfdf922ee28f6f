"""Where a text names things, whatever the ending, order and spelling of the words.

All words of all forms are compared with all words of the text at once; a form is found in the window
of words that holds most of it, weighed by how telling each word is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kgalign.verify.likeness import likeness
from kgalign.verify.names import Form, script_of
from kgalign.verify.words import Word

Weigh = Callable[[str], float]
Matrix = NDArray[np.float32]

# From this score on, a window is a mention; below, it is but a hint.
LEAST_MENTION = 0.72
_LEAST_HINT = 0.3
_MOST_MENTIONS = 3
_SHORT = 3
_OF_TRANSLATIONS = np.float32(0.95)
_WEIGHT_OF_SHORT = 0.35
# Bounds and scores are summed in other orders.
_ROUNDING = np.float32(1e-3)


@dataclass(frozen=True, slots=True)
class Mention:
    """A place where a text names a thing.

    Attributes:
        term: number of the thing.
        sentence: number of the sentence.
        first: its first word, counted in the text.
        last: its last word, inclusive.
        words: the words that fit, counted in the text.
        score: in [0, 1].
    """

    term: int
    sentence: int
    first: int
    last: int
    words: tuple[int, ...]
    score: float


def plain_weight(key: str) -> float:
    """How telling a word is if nothing is known of the graph's labels: short ones are not."""
    return _WEIGHT_OF_SHORT if len(key) <= _SHORT and not key.isdigit() else 1.0


class TextWords:
    """The words of a text by sentence, and their likeness to words of names.

    Args:
        found: the words.
        bounds: first and last (exclusive) word of each sentence.
    """

    def __init__(self, found: Sequence[Word], bounds: Sequence[tuple[int, int]]) -> None:
        self.words = found
        self.bounds = bounds
        keys: dict[str, int] = {}
        self.column = np.array([keys.setdefault(word.key, len(keys)) for word in found], np.int64)
        self.keys = list(keys)
        self.script = script_of("".join(word.text for word in found[:8]))
        self._caps = {word.key for word in found if word.text.isupper()}

    def alike(self, names: Sequence[Form]) -> tuple[dict[str, int], Matrix]:
        """Row numbers of the forms' words, and their likeness to the text's distinct words."""
        rows: dict[str, int] = {}
        scripts: list[bool] = []
        for form in names:
            for key in form.keys:
                if key not in rows:
                    rows[key] = len(rows)
                    scripts.append(form.script != self.script)
        table = np.zeros((len(rows), len(self.keys)), np.float32)
        keys, across = list(rows), np.array(scripts, bool)
        for other in (False, True):
            chosen = np.flatnonzero(across == other)
            if len(chosen):
                table[chosen] = likeness([keys[row] for row in chosen], self.keys, other)
        return rows, table

    def has_capitals(self, key: str) -> bool:
        """Whether the text has a word of this key in capitals."""
        return key in self._caps


def find(
    text: TextWords,
    named: Mapping[int, Sequence[Form]],
    weigh: Weigh = plain_weight,
    translated: Callable[[Sequence[str], Sequence[str]], Matrix] | None = None,
) -> tuple[list[Mention], NDArray[np.bool_]]:
    """Find things by their forms.

    Args:
        text: the text's words.
        named: forms of each thing, by its number.
        weigh: how telling each word is, above 0.
        translated: how far words of names (rows) become words of the text (columns), for names in
            another language; None where nothing was learnt.

    Returns:
        Mentions and hints (whose score is lower than :data:`LEAST_MENTION`), by thing and sentence; and
        which of the text's distinct words are spelt like a word of any name.
    """
    every = list(dict.fromkeys(form for forms in named.values() for form in forms))
    if not every or not text.keys:
        return [], np.zeros(len(text.keys), bool)
    rows, table = text.alike(every)
    spelt = table.max(axis=0, initial=0.0) > 0
    if translated is not None:
        table = np.maximum(table, _OF_TRANSLATIONS * translated(list(rows), text.keys))
    weighed = {form: _Weighed(form, rows, weigh) for form in every}
    forms_of = {
        thing: [weighed[form] for form in forms if _may_stand(weighed[form], table, text)]
        for thing, forms in named.items()
    }
    promising = _promising(
        list(dict.fromkeys(form for forms in forms_of.values() for form in forms)), table, text
    )
    found: list[Mention] = []
    for thing, forms in forms_of.items():
        live: dict[int, list[_Weighed]] = {}
        for form in forms:
            for sentence in promising[form]:
                live.setdefault(sentence, []).append(form)
        for sentence in sorted(live):
            begin, end = text.bounds[sentence]
            found += _in_sentence(thing, sentence, begin, text.column[begin:end], live[sentence], table)
    return found, spelt


class _Weighed:
    """A form with the rows of its words in the table of likeness and their weights."""

    def __init__(self, form: Form, rows: Mapping[str, int], weigh: Weigh) -> None:
        self.form = form
        self.rows = np.array([rows[key] for key in form.keys], np.int64)
        self.weights = np.array([weigh(key) for key in form.keys], np.float32)


def _may_stand(each: _Weighed, table: Matrix, text: TextWords) -> bool:
    """Initials stand in capitals or not at all."""
    if not each.form.initials:
        return True
    return text.has_capitals(each.form.keys[0]) and bool(table[each.rows[0]].max(initial=0.0) == 1)


def _promising(forms: Sequence[_Weighed], table: Matrix, text: TextWords) -> dict[_Weighed, list[int]]:
    """The sentences that have enough of each form's words, wherever they stand."""
    found: dict[_Weighed, list[int]] = {form: [] for form in forms}
    if not forms:
        return found
    rows = np.concatenate([form.rows for form in forms])
    weights = np.concatenate([form.weights for form in forms])
    begins = np.cumsum([0, *(len(form.rows) for form in forms[:-1])])
    least = _LEAST_HINT * np.add.reduceat(weights, begins) - _ROUNDING
    for sentence, (begin, end) in enumerate(text.bounds):
        if end > begin:
            most = table[:, text.column[begin:end]].max(axis=1)
            here = np.add.reduceat(weights * most[rows], begins)
            for number in np.flatnonzero(here >= least).tolist():
                found[forms[number]].append(sentence)
    return found


def _in_sentence(
    thing: int,
    sentence: int,
    begin: int,
    columns: NDArray[np.int64],
    forms: Sequence[_Weighed],
    table: Matrix,
) -> list[Mention]:
    found: list[Mention] = []
    free = np.ones(len(columns), np.float32)
    for _ in range(_MOST_MENTIONS):
        best: Mention | None = None
        for each in forms:
            alike = table[each.rows[:, None], columns] * free
            mention = _best_window(thing, sentence, begin, alike, each)
            if mention is not None and (best is None or mention.score > best.score + 1e-6):
                best = mention
        if best is None:
            break
        found.append(best)
        if best.score < LEAST_MENTION:
            break
        free[[word - begin for word in best.words]] = 0
    return found


def _best_window(thing: int, sentence: int, begin: int, alike: Matrix, each: _Weighed) -> Mention | None:
    count, length = alike.shape
    width = count if each.form.dense else count + max(1, count // 2)
    padded = np.zeros((count, length + width - 1), np.float32)
    padded[:, :length] = alike
    most = alike.copy()
    for shift in range(1, width):
        np.maximum(most, padded[:, shift : shift + length], out=most)
    scores = each.weights @ most / each.weights.sum()
    place = int(scores.argmax())
    score = float(scores[place]) * each.form.worth
    if score < _LEAST_HINT:
        return None
    window = padded[:, place : place + width]
    here = sorted({place + int(row.argmax()) for row in window if row.max() > 0})
    here = [number for number in here if number < length]
    if not here:
        return None
    return Mention(
        thing,
        sentence,
        begin + here[0],
        begin + here[-1],
        tuple(begin + number for number in here),
        score,
    )
