from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from kgalign.align.candidates import Pairs
from kgalign.align.signals import lexicon as lexicon_module
from kgalign.align.signals.lexicon import Lexicon
from kgalign.align.signals.name_features import name_features
from kgalign.align.signals.texts import Texts

# Two invented languages: every word of the first has one counterpart, unlike it, in the second.
WORDS = {"gora": "мист", "lupe": "кахо", "tinda": "зевр", "osk": "бляж", "vemi": "дорт", "haru": "нуфщ"}
NAMES = [(one, other) for one in WORDS for other in WORDS if one != other]


def texts(rows: list[tuple[int, str]], entities: int) -> Texts:
    schema = {"entity": pl.UInt32, "text": pl.String, "language": pl.String}
    return Texts(pl.DataFrame([(*row, "") for row in rows], schema=schema, orient="row"), entities)


def sides() -> tuple[Texts, Texts]:
    first = [(number, " ".join(words)) for number, words in enumerate(NAMES)]
    second = [(number, " ".join(WORDS[word] for word in words)) for number, words in enumerate(NAMES)]
    return texts(first, len(NAMES)), texts(second, len(NAMES))


def every_pair() -> Pairs:
    size = len(NAMES)
    return Pairs(*np.divmod(np.arange(size * size), size), size, size)


def learnt(pairs: np.ndarray) -> Lexicon:
    return Lexicon.learn(*sides(), pairs, pairs)


def test_names_that_were_never_paired_find_each_other() -> None:
    unseen = np.arange(0, len(NAMES), 4)
    taught = np.setdiff1d(np.arange(len(NAMES)), unseen)
    scores = learnt(taught).score(every_pair()).reshape(len(NAMES), len(NAMES))
    # The same words in the other order explain as much.
    swapped = np.array([NAMES.index((other, one)) for one, other in NAMES])
    for name in unseen:
        best = scores[name].argsort()[-2:]
        assert set(best.tolist()) == {name, swapped[name]}
    assert ((scores >= 0) & (scores <= 1)).all()


def test_a_pair_does_not_speak_for_itself() -> None:
    without = learnt(np.setdiff1d(np.arange(len(NAMES)), np.arange(0, len(NAMES), 5)))
    first, second = sides()
    alone = Pairs(np.array([0]), np.array([0]), first.entities, second.entities)
    assert learnt(np.arange(len(NAMES))).score(alone) == pytest.approx(without.score(alone))


def test_without_anything_learnt_nothing_is_explained() -> None:
    assert not learnt(np.empty(0, np.int64)).score(every_pair()).any()


def test_the_best_name_counts_and_the_nameless_score_nothing() -> None:
    first, second = sides()
    more = texts([*second.rows.select("entity", "text").rows(), (len(NAMES), "ъэ")], len(NAMES) + 2)
    shifted = [(entity + 1, text) for entity, text in first.rows.select("entity", "text").rows()]
    last = len(NAMES) + 1
    richer = texts([(0, "qqq"), *shifted, (last, "qqq"), (last, first.rows["text"][0])], len(NAMES) + 2)
    known = np.arange(1, len(NAMES))
    lexicon = Lexicon.learn(richer, more, known + 1, known)
    pairs = Pairs(np.array([0, 1, last, last]), np.array([0, 0, 0, last]), len(NAMES) + 2, len(NAMES) + 2)
    opaque, plain, best, nameless = lexicon.score(pairs)
    assert opaque == 0
    assert nameless == 0
    assert plain > 0.2
    assert best > 0.2


@pytest.mark.parametrize("name_pairs", [1, 7, 10**6])
def test_blocks_do_not_matter(name_pairs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    lexicon = learnt(np.arange(len(NAMES)))
    whole = lexicon.score(every_pair())
    monkeypatch.setattr(lexicon_module, "_NAME_PAIRS_AT_ONCE", name_pairs)
    monkeypatch.setattr(lexicon_module, "_PARTS_AT_ONCE", 50 * name_pairs)
    assert np.array_equal(lexicon.score(every_pair()), whole)


def test_the_order_of_the_pairs_does_not_matter() -> None:
    order = np.random.default_rng(0).permutation(len(NAMES))
    scores = learnt(order).score(every_pair())
    assert scores == pytest.approx(learnt(np.sort(order)).score(every_pair()), abs=1e-5)


def test_parts_of_names() -> None:
    parts = name_features(pl.Series(["足球 AB", "ａｂ 足球", "", "--"]))
    # 足, 球, 足球 and the word; ab, ^a, b$, ^ab, ab$, ^ab$ and the word.
    assert np.diff(parts.indptr).tolist() == [11, 11, 0, 0]
    assert (parts[0] != parts[1]).nnz == 0
    assert name_features(pl.Series(["abc", "xyz"])).nnz == 0
