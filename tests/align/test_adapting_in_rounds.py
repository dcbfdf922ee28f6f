"""When the rounds let the label encoder learn, and what they do with the new one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from kgalign.align import AlignOptions
from kgalign.align.adapting import EncoderAdapter
from kgalign.align.bootstrapping import Anchors, Bootstrapped, Bootstrapping
from kgalign.align.candidates import Ids
from kgalign.align.signals.labels import LabelSignal
from kgalign.align.signals.texts import Texts, entity_texts
from kgalign.align.structure.neighbourhood import Neighbourhood, neighbourhoods
from kgalign.encode import load_encoder
from kgalign.kg import KnowledgeGraph, load
from kgalign.progress import progress
from kgalign.resources import StageClock

NONE = np.empty(0, np.int64)
NOTHING = Anchors(NONE, NONE, np.empty(0, bool), (NONE, NONE))
OPTIONS = AlignOptions(encoder="characters", adapt_encoder=True, lexicon=False, rounds=4)


class Recorder(EncoderAdapter):
    """In place of training, the signal that was there before is given, or none."""

    def __init__(self, texts: list[Texts], labels: LabelSignal, helps: bool) -> None:
        super().__init__(texts, load_encoder("characters"), OPTIONS, StageClock())
        self._labels, self._helps = labels, helps
        self.taught: list[tuple[Ids, Ids]] = []

    def trained(self, source: Ids, target: Ids) -> LabelSignal | None:
        self.taught.append((source, target))
        return self._labels if self._helps else None


@pytest.fixture(scope="module")
def graphs(graph_data: Path, tmp_path_factory: pytest.TempPathFactory) -> list[KnowledgeGraph]:
    cache = tmp_path_factory.mktemp("cache")
    return [load(graph_data / name, cache=cache) for name in ("world_ja_ru_ar.nt.gz", "world_en_fr_hi.ttl")]


@pytest.fixture(scope="module")
def near(graphs: list[KnowledgeGraph]) -> tuple[Neighbourhood, Neighbourhood, pl.DataFrame]:
    return neighbourhoods(graphs[0], graphs[1])


def run(
    graphs: list[KnowledgeGraph],
    near: tuple[Neighbourhood, Neighbourhood, pl.DataFrame],
    helps: bool | None,
) -> tuple[Bootstrapped, list[tuple[Ids, Ids]]]:
    texts = [entity_texts(graph, None, 8) for graph in graphs]
    labels = LabelSignal(texts[0], texts[1], load_encoder("characters"))
    adapter = None if helps is None else Recorder(texts, labels, helps)
    rounds = Bootstrapping(*near, labels, NOTHING, OPTIONS, None, texts, adapter)
    with progress("aligning", 1, "round") as bar:
        found = rounds.run(bar)
    return found, [] if adapter is None else adapter.taught


@pytest.fixture(scope="module")
def plain(
    graphs: list[KnowledgeGraph], near: tuple[Neighbourhood, Neighbourhood, pl.DataFrame]
) -> Bootstrapped:
    return run(graphs, near, None)[0]


def test_the_encoder_learns_once_and_then_the_rounds_start_anew(
    graphs: list[KnowledgeGraph],
    near: tuple[Neighbourhood, Neighbourhood, pl.DataFrame],
    plain: Bootstrapped,
) -> None:
    helped, taught = run(graphs, near, True)
    assert len(taught) == 1
    assert len(np.unique(taught[0][0])) == len(taught[0][0]) > 100
    assert helped.rounds[:3] == plain.rounds[:3]
    assert len(helped.rounds) > OPTIONS.rounds


def test_an_encoder_that_learns_nothing_changes_nothing(
    graphs: list[KnowledgeGraph],
    near: tuple[Neighbourhood, Neighbourhood, pl.DataFrame],
    plain: Bootstrapped,
) -> None:
    unhelped, taught = run(graphs, near, False)
    assert len(taught) == 1
    assert unhelped.rounds == plain.rounds
    assert np.array_equal(unhelped.weights, plain.weights)


def test_later_rounds_look_at_fewer_pairs(plain: Bootstrapped) -> None:
    assert plain.rounds[2].candidates < 0.8 * plain.rounds[1].candidates
