"""ComplEx on the joined graph: a vector for each entity and relation, learnt to rank true tails first.

ComplEx with reciprocal relations and the nuclear 3-norm as penalty (Lacroix, Usunier and Obozinski,
"Canonical Tensor Decomposition for Knowledge Base Completion", 2018): the loss is the cross entropy of
the true tail, here among a sample of entities shared by the batch instead of all of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from kgalign.adapters.completion.base import Layers, Queries, Scorer
from kgalign.adapters.completion.data import CompletionData
from kgalign.progress import progress


@dataclass(frozen=True)
class EmbeddingOptions:
    """How the vectors are learnt.

    Attributes:
        rank: complex numbers per vector.
        epochs: passes over the facts, each of which is seen in both directions.
        batch: facts per step.
        negatives: entities drawn for each step, which all of its facts are ranked against.
        learning_rate: of Adagrad.
        penalty: weight of the nuclear 3-norm.
        seed: of the starting vectors and all that is drawn.
    """

    rank: int = 128
    epochs: int = 8
    batch: int = 1024
    negatives: int = 1024
    learning_rate: float = 0.1
    penalty: float = 0.02
    seed: int = 0


class ComplexEmbedding(nn.Module):
    """The vectors; real parts come before imaginary ones.

    Args:
        entities: number of joined entities.
        relations: number of relations, both directions counted.
        rank: complex numbers per vector.
    """

    def __init__(self, entities: int, relations: int, rank: int) -> None:
        super().__init__()
        self.entity = nn.Embedding(entities, 2 * rank)
        self.relation = nn.Embedding(relations, 2 * rank)
        for table in (self.entity, self.relation):
            nn.init.normal_(table.weight, std=1e-2)

    def asked(self, head: Tensor, relation: Tensor) -> Tensor:
        """The vector whose inner product with a tail's is the score of the fact: ``n × 2 rank``."""
        real, imaginary = self.entity(head).chunk(2, dim=-1)
        r_real, r_imaginary = self.relation(relation).chunk(2, dim=-1)
        return torch.cat(
            [real * r_real - imaginary * r_imaginary, real * r_imaginary + imaginary * r_real], dim=-1
        )

    def penalty(self, head: Tensor, relation: Tensor, tail: Tensor) -> Tensor:
        """The mean cube of the three vectors' moduli, summed over the components (N3)."""
        total = torch.zeros(())
        for vectors in (self.entity(head), self.relation(relation), self.entity(tail)):
            real, imaginary = vectors.chunk(2, dim=-1)
            total = total + (real.square() + imaginary.square()).clamp_min(1e-12).pow(1.5).sum()
        return total / len(head)


def train_embedding(data: CompletionData, options: EmbeddingOptions) -> ComplexEmbedding:
    """Learn from the known facts of all graphs, joined."""
    facts = data.joined_facts.select("head", "relation", "tail").unique(maintain_order=True)
    head, relation, tail = (torch.from_numpy(facts[name].to_numpy().copy()) for name in facts.columns)
    ends = torch.stack(
        [
            torch.cat([head, tail]),
            torch.cat([relation, relation + data.relation_count]),
            torch.cat([tail, head]),
        ]
    )
    generator = torch.Generator().manual_seed(options.seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(options.seed)
        model = ComplexEmbedding(data.joined_count, 2 * data.relation_count, options.rank)
    optimizer = torch.optim.Adagrad(model.parameters(), lr=options.learning_rate)
    with progress("graph embedding", options.epochs, "epoch") as bar:
        for _ in range(options.epochs):
            for chosen in torch.split(torch.randperm(ends.shape[1], generator=generator), options.batch):
                loss = _loss(model, ends[:, chosen], options, generator)
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
            bar.update()
    return model


def _loss(
    model: ComplexEmbedding, facts: Tensor, options: EmbeddingOptions, generator: torch.Generator
) -> Tensor:
    head, relation, tail = facts
    drawn = torch.randint(model.entity.num_embeddings, (options.negatives,), generator=generator)
    asked = model.asked(head, relation)
    true = (asked * model.entity(tail)).sum(dim=-1, keepdim=True)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        others = asked @ model.entity(drawn).T
    others = others.float().masked_fill(drawn[None] == tail[:, None], -torch.inf)
    # The drawn ones stand for all entities.
    others = others + float(np.log(model.entity.num_embeddings / options.negatives))
    scores = torch.cat([true, others], dim=1)
    ranked = functional.cross_entropy(scores, torch.zeros(len(tail), dtype=torch.int64))
    return ranked + options.penalty * model.penalty(head, relation, tail)


class EmbeddingScorer(Scorer):
    """Ranks by the vectors of a trained :class:`ComplexEmbedding`."""

    def __init__(self, data: CompletionData, model: ComplexEmbedding) -> None:
        self._data = data
        self._model = model

    @property
    def names(self) -> tuple[str, ...]:
        """See :attr:`Scorer.names`."""
        return ("embedding",)

    @torch.no_grad()
    def score(self, queries: Queries) -> Layers:
        """See :meth:`Scorer.score`."""
        first, last = self._data.offsets[queries.graph : queries.graph + 2]
        tails = self._model.entity(torch.from_numpy(self._data.joined[first:last]))
        asked = self._model.asked(
            torch.from_numpy(self._data.joined[queries.head]), torch.from_numpy(queries.relation)
        )
        return np.asarray((asked @ tails.T).numpy()[None], np.float32)
