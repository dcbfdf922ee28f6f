from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from kgalign.align.candidates import Pairs
from kgalign.align.signals import labels as labels_module
from kgalign.align.signals.labels import LabelSignal
from kgalign.align.signals.neighbours import NeighbourNames
from kgalign.align.signals.texts import Texts
from kgalign.align.structure.neighbourhood import EDGE_SCHEMA, Neighbourhood
from kgalign.encode.characters import CharacterEncoder

FIRST = [(0, "Tokyo"), (0, "Edo"), (1, "Paris"), (2, "Buenos Aires"), (2, "Baires")]
SECOND = [(0, "Lutetia"), (0, "Paris"), (2, "東京 Tokyo"), (3, "Ciudad de Buenos Aires"), (3, "Baires")]


def texts(rows: list[tuple[int, str]], entities: int) -> Texts:
    schema = {"entity": pl.UInt32, "text": pl.String, "language": pl.String}
    return Texts(pl.DataFrame([(*row, "") for row in rows], schema=schema, orient="row"), entities)


def signal(limit: int = 10**9) -> LabelSignal:
    return LabelSignal(texts(FIRST, 4), texts(SECOND, 5), CharacterEncoder(), limit)


def every_pair() -> Pairs:
    return Pairs(*np.divmod(np.arange(20), 5), 4, 5)


@pytest.mark.parametrize("limit", [10**9, 1])
def test_partners_are_proposed_by_every_name_or_by_their_mean(limit: int) -> None:
    proposed = signal(limit).propose(2)
    pairs = {(int(s), int(t)) for part in proposed for s, t in zip(*part, strict=True)}
    assert {(0, 2), (1, 0), (2, 3)} <= pairs
    assert all(source != 3 and target not in (1, 4) for source, target in pairs)


@pytest.mark.parametrize("block", [1, 3, 10**6])
def test_the_best_pair_of_names_counts(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labels_module, "_NAME_PAIRS_AT_ONCE", block)
    scores = signal().score(every_pair())["characters"].reshape(4, 5)
    assert scores[1, 0] == pytest.approx(1, abs=1e-5)
    assert scores[2, 3] == pytest.approx(1, abs=1e-5)
    assert scores[0].argmax() == 2


def test_nameless_entities_score_nothing() -> None:
    for scores in signal().score(every_pair()).values():
        table = scores.reshape(4, 5)
        assert (table[3] == 0).all()
        assert (table[:, [1, 4]] == 0).all()


def test_a_graph_without_names_is_not_usable() -> None:
    lonely = LabelSignal(texts([], 4), texts(SECOND, 5), CharacterEncoder())
    assert not lonely.usable
    assert lonely.propose(3) == []
    assert (lonely.score(every_pair())["label"] == 0).all()


def chain(entities: int) -> Neighbourhood:
    rows = [(n, 0, n + 1, 1) for n in range(entities - 1)] + [(n + 1, 1, n, 1) for n in range(entities - 1)]
    return Neighbourhood(pl.DataFrame(rows, schema=EDGE_SCHEMA, orient="row"), entities, 1)


def test_names_around_tell_entities_without_names_apart() -> None:
    vectors = np.eye(6, dtype=np.float32)
    vectors[3] = 0
    around = NeighbourNames(chain(6), chain(6), (vectors, vectors))
    scores = around.score(Pairs(np.full(6, 3), np.arange(6), 6, 6))["neighbour_names"]
    assert scores.argmax() == 3
    proposed = {(int(s), int(t)) for part in around.propose(1) for s, t in zip(*part, strict=True)}
    assert (3, 3) in proposed
