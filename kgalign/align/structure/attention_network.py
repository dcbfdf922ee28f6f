"""The network of the graph attention encoder, in the spirit of Dual-AMN (Mao et al. 2021).

Each graph's entities and relations have vectors of their own. A layer gathers what the neighbours
hold, each seen through its relation (reflected in the hyperplane that is orthogonal to the
relation's vector, which keeps lengths and angles) and weighed by an attention that depends on the
relation. Proxy vectors, shared by the two graphs, then let every entity be described by what all
entities of both graphs have in common.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch_geometric.nn import MessagePassing

LAYERS = 2


@dataclass(frozen=True)
class Subgraph:
    """Edges between entities, numbered from 0 within it.

    What a neighbour sends depends on itself and on the relation, not on who receives it; each
    (neighbour, relation) is therefore a sender of its own, computed once for all its receivers.

    Attributes:
        entity: ids of its entities in the joint numbering of both graphs.
        neighbour: the neighbour of each sender.
        relation: the relation of each sender, in the joint numbering.
        received: entities × senders, 1 where the entity has that relation to that neighbour (CSR).
        sent: its transpose (CSR).
    """

    entity: Tensor
    neighbour: Tensor
    relation: Tensor
    received: Tensor
    sent: Tensor


class _Gathered(torch.autograd.Function):
    """Sum of what is sent to each entity; autograd of sparse products would build the transpose anew."""

    @staticmethod
    def forward(context: Any, received: Tensor, sent: Tensor, messages: Tensor) -> Tensor:
        context.save_for_backward(sent)
        return received @ messages

    @staticmethod
    def backward(context: Any, *slopes: Tensor) -> tuple[None, None, Tensor]:
        (sent,) = context.saved_tensors
        return None, None, sent @ slopes[0]


class RelationAttention(MessagePassing):  # type: ignore[misc]
    """One layer: the neighbours, reflected by their relations, weighed by relation-aware attention.

    An entity's attention is a softmax over its edges of a score that the relation has.

    Args:
        dimensions: length of the vectors.
    """

    def __init__(self, dimensions: int) -> None:
        super().__init__(aggr="add")
        self.attention = nn.Parameter(torch.empty(dimensions))
        nn.init.normal_(self.attention, std=dimensions**-0.5)

    def forward(self, vectors: Tensor, directions: Tensor, graph: Subgraph) -> Tensor:
        """New vectors: entities × dimensions.

        Args:
            vectors: entities × dimensions.
            directions: relations × dimensions, of length 1.
            graph: the edges.
        """
        share = torch.exp(directions @ self.attention)
        held = vectors.index_select(0, graph.neighbour)
        direction = directions.index_select(0, graph.relation)
        reflected = held - 2 * (held * direction).sum(dim=1, keepdim=True) * direction
        gathered: Tensor = self.propagate(
            graph.received, x=reflected * share[graph.relation, None], sent=graph.sent
        )
        total: Tensor = self.propagate(graph.received, x=share[graph.relation, None], sent=graph.sent)
        return torch.tanh(gathered / total.clamp_min(1e-9))

    def message_and_aggregate(self, received: Tensor, x: Tensor, sent: Tensor) -> Tensor:
        """The sum over each entity's edges."""
        summed: Tensor = _Gathered.apply(received, sent, x)  # type: ignore[no-untyped-call]
        return summed


class GraphAttentionNetwork(nn.Module):
    """Vectors for the entities of two graphs in one space.

    Args:
        entities: number of entities of both graphs together.
        relations: number of relations of both, inverses included.
        dimensions: length of an entity's and of a relation's own vector.
        proxies: number of proxy vectors.
    """

    def __init__(self, entities: int, relations: int, dimensions: int, proxies: int) -> None:
        super().__init__()
        self.entity = nn.Parameter(nn.init.xavier_uniform_(torch.empty(entities, dimensions)))
        self.relation = nn.Parameter(nn.init.xavier_uniform_(torch.empty(max(relations, 1), dimensions)))
        self.entity_layers = nn.ModuleList(RelationAttention(dimensions) for _ in range(LAYERS))
        self.relation_layers = nn.ModuleList(RelationAttention(dimensions) for _ in range(LAYERS))
        width = dimensions * (LAYERS + 1)
        self.proxies = nn.ParameterList(
            nn.Parameter(nn.init.xavier_uniform_(torch.empty(proxies, width))) for _ in range(2)
        )
        self.gates = nn.ModuleList(nn.Linear(width, width) for _ in range(2))

    def forward(
        self,
        graph: Subgraph,
        rows: Tensor,
        dropout: float = 0.0,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """Vectors of some of the subgraph's entities: rows × (2 × dimensions × (layers + 1)).

        Args:
            graph: the edges to look at.
            rows: the entities that are asked for, by their number in the subgraph.
            dropout: share of the values left out, in training.
            generator: of the random numbers for it.
        """
        relations = functional.normalize(self.relation, dim=1)
        around = _mean(graph, self.entity.index_select(0, graph.entity[graph.neighbour]))
        incident = _mean(graph, self.relation.index_select(0, graph.relation))
        parts = [
            self._gated(number, self._layered(layers, start, relations, graph).index_select(0, rows))
            for number, (layers, start) in enumerate(
                ((self.entity_layers, around), (self.relation_layers, incident))
            )
        ]
        vectors = torch.cat(parts, dim=1)
        if dropout:
            kept = torch.rand(vectors.shape, generator=generator, device=vectors.device) >= dropout
            vectors = vectors * kept / (1 - dropout)
        return vectors

    def _layered(self, layers: nn.ModuleList, start: Tensor, relations: Tensor, graph: Subgraph) -> Tensor:
        hops = [torch.tanh(start)]
        for layer in layers:
            hops.append(layer(hops[-1], relations, graph))
        return torch.cat(hops, dim=1)

    def _gated(self, number: int, vectors: Tensor) -> Tensor:
        """Mix what an entity holds with its difference from the proxies that it resembles."""
        proxies = self.proxies[number]
        likeness = functional.normalize(vectors, dim=1) @ functional.normalize(proxies, dim=1).T
        beyond = vectors - torch.softmax(likeness, dim=1) @ proxies
        gate = torch.sigmoid(self.gates[number](beyond))
        mixed: Tensor = gate * vectors + (1 - gate) * beyond
        return mixed


def _mean(graph: Subgraph, messages: Tensor) -> Tensor:
    degree = graph.received.crow_indices().diff().clamp_min(1)
    summed: Tensor = _Gathered.apply(graph.received, graph.sent, messages)  # type: ignore[no-untyped-call]
    return summed / degree[:, None]


def hard_sample_loss(anchor: Tensor, positive: Tensor, negatives: Tensor, ignored: Tensor) -> Tensor:
    """Normalised hard-sample loss of Dual-AMN: the nearest wrong entities count most.

    Each anchor's margins over its negatives are standardised, so that one scale suits every anchor
    and every stage of training, and enter a smooth maximum.

    Args:
        anchor: pairs × dimensions.
        positive: pairs × dimensions: the right partner of each anchor.
        negatives: negatives × dimensions.
        ignored: pairs × negatives, true where the negative is the partner itself.
    """
    near = (anchor - positive).square().sum(dim=1, keepdim=True)
    far = anchor.square().sum(dim=1, keepdim=True) + negatives.square().sum(dim=1) - 2 * anchor @ negatives.T
    margin = torch.where(ignored, torch.zeros_like(far), _MARGIN + near - far)
    standard = (margin - margin.mean(dim=1, keepdim=True).detach()) / margin.std(
        dim=1, unbiased=False, keepdim=True
    ).clamp_min(1e-6).detach()
    return torch.logsumexp(_SHARPNESS * standard + _OFFSET, dim=1).mean()


_MARGIN = 3.0
_SHARPNESS = 30.0
_OFFSET = 10.0
