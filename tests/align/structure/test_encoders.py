"""What every structure encoder must do, and what is particular to each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from kgalign.align.candidates import Ids
from kgalign.align.structure.attention_network import RelationAttention, hard_sample_loss
from kgalign.align.structure.base import Matches, StructureEncoder
from kgalign.align.structure.graph_attention import GraphAttention, Training
from kgalign.align.structure.joint_graph import JointGraph
from kgalign.align.structure.neighbourhood import EDGE_SCHEMA, Neighbourhood
from kgalign.align.structure.propagation import Propagation


@dataclass(frozen=True)
class Mirrored:
    first: Neighbourhood
    second: Neighbourhood
    partner: Ids
    counterpart: Ids

    @property
    def correspondence(self) -> pl.DataFrame:
        count = len(self.counterpart)
        both = np.concatenate([self.counterpart, self.counterpart + count])
        return pl.DataFrame(
            {
                "relation": np.arange(2 * count, dtype=np.uint32),
                "counterpart": both.astype(np.uint32),
                "forward": np.ones(2 * count),
                "backward": np.ones(2 * count),
            }
        )


def mirrored(entities: int = 200, relations: int = 4, edges: int = 700, seed: int = 3) -> Mirrored:
    rng = np.random.default_rng(seed)
    head, relation, tail = (
        rng.integers(0, entities, edges),
        rng.integers(0, relations, edges),
        rng.integers(0, entities, edges),
    )
    partner, counterpart = rng.permutation(entities), rng.permutation(relations)
    return Mirrored(
        neighbourhood(head, relation, tail, entities, relations),
        neighbourhood(partner[head], counterpart[relation], partner[tail], entities, relations),
        partner,
        counterpart,
    )


def neighbourhood(head: Ids, relation: Ids, tail: Ids, entities: int, relations: int) -> Neighbourhood:
    keep = head != tail
    head, relation, tail = head[keep], relation[keep], tail[keep]
    frame = (
        pl.DataFrame(
            {
                "entity": np.concatenate([head, tail]),
                "relation": np.concatenate([relation, relation + relations]),
                "neighbour": np.concatenate([tail, head]),
            }
        )
        .unique()
        .with_columns(sharing=pl.len().over("relation", "neighbour"))
        .cast(dict(EDGE_SCHEMA))
        .sort("entity", "relation", "neighbour")
    )
    return Neighbourhood(frame, entities, relations)


QUICK = Training(dimensions=24, proxies=8, steps=40, turns=2, batch=64, negatives=64)


def plain_loss(anchor: Tensor, positive: Tensor, negatives: Tensor, ignored: Tensor) -> Tensor:
    """The loss as published, term by term, by autograd."""
    near = (anchor - positive).square().sum(dim=1, keepdim=True)
    margin = 3.0 + near - (anchor[:, None, :] - negatives[None, :, :]).square().sum(dim=2)
    margin = torch.where(ignored, torch.zeros_like(margin), margin)
    spread, mean = torch.std_mean(margin.detach(), dim=1, unbiased=False, keepdim=True)
    return torch.logsumexp(30.0 * (margin - mean) / spread + 10.0, dim=1).mean()


def test_the_loss_and_its_gradient_are_those_published() -> None:
    ignored = torch.zeros(9, 14, dtype=torch.bool)
    ignored[2, 5] = ignored[4, 0] = True
    told = []
    for loss in (plain_loss, hard_sample_loss):
        generator = torch.Generator().manual_seed(5)
        ends = [torch.randn(rows, 6, generator=generator).requires_grad_() for rows in (9, 9, 14)]
        value = loss(ends[0], ends[1], ends[2], ignored)
        value.backward()
        told.append((value.detach(), [end.grad for end in ends]))
    assert torch.allclose(told[0][0], told[1][0], rtol=1e-5)
    for plain, own in zip(told[0][1], told[1][1], strict=True):
        assert torch.allclose(plain, own, rtol=1e-3, atol=1e-4)


def test_the_reflected_sum_has_the_gradient_of_its_formula() -> None:
    graphs = mirrored(entities=12, relations=2, edges=30)
    graph = JointGraph(graphs.first, graphs.second).whole()
    attention = RelationAttention(5)
    told = []
    for fused in (False, True):
        generator = torch.Generator().manual_seed(1)
        vectors = torch.randn(24, 5, generator=generator).requires_grad_()
        relations = torch.randn(8, 5, generator=generator).requires_grad_()
        directions = functional.normalize(relations, dim=1)
        if fused:
            found = attention(vectors, directions, graph)
        else:
            share = torch.exp(directions @ attention.attention)[graph.relation]
            held, along = vectors[graph.neighbour], directions[graph.relation]
            message = held - 2 * (held * along).sum(dim=1, keepdim=True) * along
            received = graph.received.matrix.to_dense()
            found = torch.tanh(
                received @ (share[:, None] * message) / (received @ share[:, None]).clamp_min(1e-9)
            )
        attention.zero_grad()
        found.square().sum().backward()
        told.append((found.detach(), vectors.grad, relations.grad, attention.attention.grad))
    for plain, own in zip(*told, strict=True):
        assert torch.allclose(plain, own, rtol=1e-4, atol=1e-5)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KGALIGN_CACHE", str(tmp_path / "cache"))


def sure(graphs: Mirrored, count: int) -> Matches:
    source = np.arange(count)
    return Matches(source, graphs.partner[:count], np.ones(count))


class StructureEncoderCase:
    """The shared case: an implementation says how it is made."""

    def make(self, first: Neighbourhood, second: Neighbourhood) -> StructureEncoder:
        raise NotImplementedError

    def test_gives_a_vector_of_length_1_or_0_per_entity(self) -> None:
        graphs = mirrored()
        vectors = self.make(graphs.first, graphs.second).encode(sure(graphs, 120), graphs.correspondence)
        for matrix in (vectors.first, vectors.second):
            assert matrix.shape[0] == 200
            length = np.linalg.norm(matrix, axis=1)
            assert np.all((np.abs(length - 1) < 1e-4) | (length == 0))
        assert vectors.first.shape == vectors.second.shape

    def test_entities_without_a_match_are_nearest_to_their_partner(self) -> None:
        graphs = mirrored()
        vectors = self.make(graphs.first, graphs.second).encode(sure(graphs, 120), graphs.correspondence)
        found = (vectors.first[120:] @ vectors.second.T).argmax(axis=1)
        assert (found == graphs.partner[120:]).mean() > 0.5

    def test_the_same_calls_give_the_same_vectors(self) -> None:
        graphs = mirrored()
        one, two = (
            self.make(graphs.first, graphs.second).encode(sure(graphs, 120), graphs.correspondence)
            for _ in range(2)
        )
        assert np.array_equal(one.first, two.first)
        assert np.array_equal(one.second, two.second)

    def test_without_matches_nothing_is_alike(self) -> None:
        graphs = mirrored()
        vectors = self.make(graphs.first, graphs.second).encode(sure(graphs, 0), None)
        assert not vectors.first.any()
        assert not vectors.second.any()

    def test_entities_without_relations_are_left_at_0_or_alike(self) -> None:
        graphs = mirrored(entities=40, edges=60)
        edges = graphs.first.edges.filter((pl.col("entity") != 39) & (pl.col("neighbour") != 39))
        vectors = self.make(Neighbourhood(edges, 40, 4), graphs.second).encode(
            sure(graphs, 39), graphs.correspondence
        )
        assert np.isfinite(vectors.first).all()

    def test_graphs_of_unequal_size_and_without_edges(self) -> None:
        nothing = Neighbourhood(pl.DataFrame(schema=EDGE_SCHEMA), 5, 0)
        vectors = self.make(nothing, mirrored(30, 2, 60).second).encode(
            Matches(np.arange(3), np.arange(3), np.ones(3)), None
        )
        assert vectors.first.shape[0] == 5
        assert vectors.second.shape[0] == 30
        assert np.isfinite(vectors.second).all()


class TestPropagation(StructureEncoderCase):
    def make(self, first: Neighbourhood, second: Neighbourhood) -> StructureEncoder:
        return Propagation(first, second)

    def test_relations_tell_apart_what_neighbours_alone_do_not(self) -> None:
        graphs = mirrored(relations=8, edges=500)
        encoder = self.make(graphs.first, graphs.second)
        hits = []
        for correspondence in (None, graphs.correspondence):
            vectors = encoder.encode(sure(graphs, 30), correspondence)
            found = (vectors.first[30:] @ vectors.second.T).argmax(axis=1)
            hits.append((found == graphs.partner[30:]).mean())
        assert hits[1] > hits[0]

    def test_a_wrong_match_does_not_confirm_itself(self) -> None:
        graphs = mirrored()
        right = sure(graphs, 120)
        stranger = int(graphs.partner[150])
        wrong = Matches(
            np.append(right.source, 160), np.append(right.target, stranger), np.append(right.weight, 1.0)
        )
        encoder = self.make(graphs.first, graphs.second)
        likeness = []
        for matches in (right, wrong):
            vectors = encoder.encode(matches, graphs.correspondence)
            likeness.append(float(vectors.first[160] @ vectors.second[stranger]))
        assert likeness[1] < likeness[0] + 0.05

    def test_uncertain_matches_count_less(self) -> None:
        graphs = mirrored()
        encoder = self.make(graphs.first, graphs.second)
        known = sure(graphs, 120)
        faint = Matches(known.source, graphs.partner[119 - known.source], np.full(120, 0.05))
        both = Matches(
            np.concatenate([known.source, faint.source]),
            np.concatenate([known.target, faint.target]),
            np.concatenate([known.weight * 0.95, faint.weight]),
        )
        vectors = encoder.encode(both, graphs.correspondence)
        found = (vectors.first[120:] @ vectors.second.T).argmax(axis=1)
        assert (found == graphs.partner[120:]).mean() > 0.5


class TestGraphAttention(StructureEncoderCase):
    def make(self, first: Neighbourhood, second: Neighbourhood) -> StructureEncoder:
        return GraphAttention(first, second, training=QUICK, device="cpu")

    def test_seed_links_train_all_networks_but_for_a_hidden_fifth(self) -> None:
        graphs = mirrored()
        encoder = self.make(graphs.first, graphs.second)
        known = sure(graphs, 150)
        matches = Matches(known.source, known.target, known.weight, known.source < 120)
        vectors = encoder.encode(matches, None)
        assert encoder.learnt_from(matches.source, matches.target).sum() == 96
        assert vectors.biased is not None
        # The thirty others are dealt among the networks.
        assert np.array_equal(vectors.biased[0][120:150], np.arange(120, 150) % 3)
        assert np.array_equal(vectors.biased[1][graphs.partner[120:150]], np.arange(120, 150) % 3)
        assert (vectors.biased[0] >= 0).sum() == 30

    def test_a_wrong_match_does_not_confirm_itself(self) -> None:
        graphs = mirrored()
        stranger = int(graphs.partner[150])
        matches = Matches(
            np.append(np.arange(120), 160), np.append(graphs.partner[:120], stranger), np.ones(121)
        )
        vectors = self.make(graphs.first, graphs.second).encode(matches, None)
        every = vectors.first[160] @ vectors.second[stranger]
        fair = vectors.likeness(np.array([160]), np.array([stranger]))[0]
        assert fair < every - 0.1

    def test_an_entity_is_always_dealt_to_the_same_network(self) -> None:
        graphs = mirrored()
        encoder = self.make(graphs.first, graphs.second)
        encoder.encode(sure(graphs, 120), None)
        # Each target moves to the next source, which is another network's: nobody may learn that.
        moved = Matches(np.arange(1, 121), graphs.partner[:120], np.ones(120))
        for _ in range(3):
            vectors = encoder.encode(moved, None)
        assert vectors.biased is not None
        assert np.array_equal(vectors.biased[1][graphs.partner[:120]], np.arange(120) % 3)

    def test_interrupted_training_goes_on_as_if_it_had_not_stopped(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        graphs = mirrored()
        plan = Training(
            dimensions=16, proxies=8, steps=60, networks=2, epochs=100, turns=1, batch=32, negatives=32
        )

        def encoded(folder: str, stop: int | None) -> np.ndarray:
            monkeypatch.setenv("KGALIGN_CACHE", str(tmp_path / folder))
            encoder = GraphAttention(graphs.first, graphs.second, training=plan, device="cpu")
            original, taken = encoder._step, []

            def step(*arguments: object) -> None:
                if stop is not None and len(taken) == stop:
                    raise KeyboardInterrupt
                taken.append(1)
                original(*arguments)  # type: ignore[arg-type]

            monkeypatch.setattr(encoder, "_step", step)
            result = encoder.encode(sure(graphs, 120), None).first
            steps.append(len(taken))
            return result

        steps: list[int] = []
        whole = encoded("whole", None)
        with pytest.raises(KeyboardInterrupt):
            encoded("parts", 115)
        resumed = encoded("parts", None)
        assert steps == [120, 10]
        assert np.array_equal(whole, resumed)

    def test_large_graphs_are_sampled(self) -> None:
        graphs = mirrored()
        plan = Training(dimensions=24, proxies=8, steps=60, turns=1, batch=48, negatives=40, most_edges=10)
        encoder = GraphAttention(graphs.first, graphs.second, training=plan, device="cpu")
        vectors = encoder.encode(sure(graphs, 120), None)
        found = (vectors.first[120:] @ vectors.second.T).argmax(axis=1)
        assert (found == graphs.partner[120:]).mean() > 0.4

    @pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device is here")
    def test_runs_on_cuda(self) -> None:
        graphs = mirrored()
        encoder = GraphAttention(graphs.first, graphs.second, training=QUICK, device="cuda")
        assert np.isfinite(encoder.encode(sure(graphs, 120), None).first).all()
