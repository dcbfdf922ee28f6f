"""TransE, the plain embedding that others are compared with.

Bordes et al., "Translating Embeddings for Modeling Multi-relational Data" (2013), as torch-geometric has it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from torch_geometric.nn.kge import TransE

from kgalign.adapters.completion.base import Layers, Queries, Scorer
from kgalign.adapters.completion.data import CompletionData, Ids
from kgalign.progress import progress


@dataclass(frozen=True)
class TranslationOptions:
    """How TransE is learnt.

    Attributes:
        dimension: of the vectors.
        epochs: passes over the facts.
        batch: facts per step, each with one corrupted fact.
        learning_rate: of Adam.
        margin: by which a fact is to score above its corruption.
        seed: of all that is drawn.
    """

    dimension: int = 64
    epochs: int = 60
    batch: int = 2048
    learning_rate: float = 0.01
    margin: float = 1.0
    seed: int = 0


class TranslationScorer(Scorer):
    """Ranks by the nearness of head + relation and tail.

    Args:
        data: the graphs.
        joined: learn one graph in which linked entities are one; otherwise each graph by itself, links and
            the other graphs unseen.
        options: how it is learnt.
    """

    def __init__(
        self, data: CompletionData, *, joined: bool, options: TranslationOptions | None = None
    ) -> None:
        self._data = data
        self._joined = joined
        self._model = self._learnt(options or TranslationOptions())

    @property
    def names(self) -> tuple[str, ...]:
        """See :attr:`Scorer.names`."""
        return ("TransE",)

    def _learnt(self, options: TranslationOptions) -> TransE:
        data = self._data
        facts = data.known
        entities = data.joined_count if self._joined else data.entity_count
        relations = data.relation_count * (1 if self._joined else len(data.graphs))
        head, relation, tail = (
            self._entity(facts.head),
            self._relation(facts.relation, data.graph_of(facts.head)),
            self._entity(facts.tail),
        )
        # The model draws its corruptions from torch's own generator.
        with torch.random.fork_rng(devices=[]), progress("TransE", options.epochs, "epoch") as bar:
            torch.manual_seed(options.seed)
            model = TransE(entities, relations, options.dimension, margin=options.margin, sparse=True)
            optimizer = torch.optim.SparseAdam(list(model.parameters()), lr=options.learning_rate)
            for _ in range(options.epochs):
                for chosen in torch.split(torch.randperm(len(facts)), options.batch):
                    loss = model.loss(head[chosen], relation[chosen], tail[chosen])
                    optimizer.zero_grad()
                    loss.backward()
                    optimizer.step()  # type: ignore[no-untyped-call]
                bar.update()
        return model

    def _entity(self, entity: Ids) -> Tensor:
        return torch.from_numpy(self._data.joined[entity] if self._joined else entity)

    def _relation(self, relation: Ids, graph: Ids | int) -> Tensor:
        return torch.tensor(relation if self._joined else relation + self._data.relation_count * graph)

    @torch.no_grad()
    def score(self, queries: Queries) -> Layers:
        """See :meth:`Scorer.score`."""
        model, entities = self._model, np.arange(*self._data.offsets[queries.graph : queries.graph + 2])
        tails = functional.normalize(model.node_emb(self._entity(entities)), p=1.0, dim=-1)
        head = functional.normalize(model.node_emb(self._entity(queries.head)), p=1.0, dim=-1)
        asked = head + model.rel_emb(self._relation(queries.relation, queries.graph))
        return np.asarray(-torch.cdist(asked, tails, p=1.0).numpy()[None], np.float32)
