"""The network of the graph attention encoder, in the spirit of Dual-AMN (Mao et al. 2021).

Each graph's entities and relations have vectors of their own. A layer gathers what the neighbours
hold, each seen through its relation (reflected in the hyperplane that is orthogonal to the
relation's vector, which keeps lengths and angles) and weighed by an attention that depends on the
relation. Proxy vectors, shared by the two graphs, then let every entity be described by what all
entities of both graphs have in common.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch_geometric.nn import MessagePassing

LAYERS = 2


@dataclass(frozen=True)
class Incidence:
    """A sparse matrix and its transpose; autograd of sparse products would build the transpose anew.

    Attributes:
        matrix: CSR.
        transposed: CSR.
    """

    matrix: Tensor
    transposed: Tensor

    def to(self, device: torch.device) -> Incidence:
        """The same on *device*."""
        return Incidence(self.matrix.to(device), self.transposed.to(device))


class Tables:
    """Tables that are written over: to fresh memory of that size, the first touch costs most of the time."""

    def __init__(self) -> None:
        self._tables: dict[str, Tensor] = {}

    def rows(self, name: str, table: Tensor, rows: Tensor) -> Tensor:
        """``table[rows]``, valid until the same name is asked for again."""
        wanted = (len(rows), table.shape[1])
        kept = self._tables.get(name)
        if kept is None or kept.shape != wanted or kept.device != table.device:
            kept = self._tables[name] = table.new_empty(wanted)
        return torch.index_select(table, 0, rows, out=kept)


@dataclass(frozen=True)
class Subgraph:
    """Edges between entities, numbered from 0 within it.

    What a neighbour sends depends on itself and on the relation, not on who receives it; each
    (neighbour, relation) is therefore a sender of its own, computed once for all its receivers.

    Attributes:
        entity: ids of its entities in the joint numbering of both graphs.
        neighbour: the neighbour of each sender.
        relation: the relation of each sender, in the joint numbering.
        received: entities × senders, 1 where the entity has that relation to that neighbour.
        neighbours: entities × entities, number of edges.
        incident: entities × relations, number of edges.
        senders_of_entity: entities × senders, 1 where it is the sender's neighbour (CSR).
        senders_of_relation: relations × senders, 1 where it is the sender's relation (CSR).
        tables: room to work in.
    """

    entity: Tensor
    neighbour: Tensor
    relation: Tensor
    received: Incidence
    neighbours: Incidence
    incident: Incidence
    senders_of_entity: Tensor
    senders_of_relation: Tensor
    tables: Tables = field(default_factory=Tables)

    def to(self, device: torch.device) -> Subgraph:
        """The same on *device*."""
        held = [each.name for each in fields(self) if each.name != "tables"]
        return Subgraph(**{name: getattr(self, name).to(device) for name in held})


class _Summed(torch.autograd.Function):
    """The product of a sparse matrix, which is given, and a dense one, which is learnt."""

    @staticmethod
    def forward(context: Any, sparse: Incidence, dense: Tensor) -> Tensor:
        context.sparse = sparse
        return sparse.matrix @ dense

    @staticmethod
    def backward(context: Any, *slopes: Tensor) -> tuple[None, Tensor]:
        return None, context.sparse.transposed @ slopes[0]


class _Reflected(torch.autograd.Function):
    """Sum over each entity's edges of ``share · (held - 2 ⟨held, direction⟩ direction)``.

    Written out because autograd would keep a dozen tables of senders × dimensions: this keeps none.
    """

    @staticmethod
    def forward(context: Any, vectors: Tensor, directions: Tensor, share: Tensor, graph: Subgraph) -> Tensor:
        held = graph.tables.rows("held", vectors, graph.neighbour)
        direction = graph.tables.rows("direction", directions, graph.relation)
        along = _products(held, direction)
        weight = share.index_select(0, graph.relation)
        context.graph = graph
        context.save_for_backward(vectors, directions, weight, along)
        messages = held.mul_(weight[:, None]).addcmul_(direction, (-2 * along * weight)[:, None])
        return graph.received.matrix @ messages

    @staticmethod
    def backward(context: Any, *slopes: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        vectors, directions, weight, along = context.saved_tensors
        graph: Subgraph = context.graph
        slope = graph.received.transposed @ slopes[0]
        held = graph.tables.rows("held", vectors, graph.neighbour)
        direction = graph.tables.rows("direction", directions, graph.relation)
        slope_along = _products(slope, direction)
        of_share = _products(slope, held) - 2 * along * slope_along
        of_direction = held.mul_((-2 * weight * slope_along)[:, None])
        of_direction.addcmul_(slope, (-2 * weight * along)[:, None])
        of_held = slope.mul_(weight[:, None]).addcmul_(direction, (-2 * weight * slope_along)[:, None])
        return (
            graph.senders_of_entity @ of_held,
            graph.senders_of_relation @ of_direction,
            (graph.senders_of_relation @ of_share[:, None]).squeeze(1),
            None,
        )


def _products(one: Tensor, other: Tensor) -> Tensor:
    """Inner products row by row; as a batch of products of matrices no table of terms is made."""
    return torch.bmm(one[:, None, :], other[:, :, None]).reshape(-1)


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
        gathered: Tensor = self.propagate(
            graph.received.matrix, x=vectors, directions=directions, share=share, graph=graph
        )
        total: Tensor = _Summed.apply(graph.incident, share[:, None])  # type: ignore[no-untyped-call]
        return torch.tanh(gathered / total.clamp_min(1e-9))

    def message_and_aggregate(
        self, edges: Tensor, x: Tensor, directions: Tensor, share: Tensor, graph: Subgraph
    ) -> Tensor:
        """The sum over each entity's edges; *edges* is the matrix that *graph* holds."""
        summed: Tensor = _Reflected.apply(x, directions, share, graph)  # type: ignore[no-untyped-call]
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
        around = _mean(graph.neighbours, self.entity.index_select(0, graph.entity))
        incident = _mean(graph.incident, self.relation)
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


def _mean(edges: Incidence, vectors: Tensor) -> Tensor:
    summed: Tensor = _Summed.apply(edges, vectors)  # type: ignore[no-untyped-call]
    ones = torch.ones(edges.matrix.shape[1], 1, device=vectors.device)
    return summed / (edges.matrix @ ones).clamp_min(1)


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
    share, sharpness, value = _hardness(anchor, positive, negatives, ignored)
    of_all = share.sum(dim=1)
    near = (anchor - positive).square().sum(dim=1)
    far = of_all * anchor.square().sum(dim=1) + share @ negatives.square().sum(dim=1)
    far = far - 2 * (anchor * (share @ negatives)).sum(dim=1)
    # With the shares held fast this has the gradient of the smooth maximum; its value is put in place.
    slope = (sharpness * (of_all * near - far)).mean()
    return slope + (value - slope).detach()


@torch.no_grad()
def _hardness(
    anchor: Tensor, positive: Tensor, negatives: Tensor, ignored: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Each negative's share in its anchor's smooth maximum, each anchor's scale, and the mean maximum.

    One table of pairs × negatives is made, and written over from step to step.
    """
    near = (anchor - positive).square().sum(dim=1)
    margin = (anchor @ negatives.T).mul_(2)
    margin += (_MARGIN + near - anchor.square().sum(dim=1))[:, None]
    margin -= negatives.square().sum(dim=1)
    margin.masked_fill_(ignored, 0.0)
    spread, mean = torch.std_mean(margin, dim=1, unbiased=False)
    sharpness = _SHARPNESS / spread.clamp_min(1e-6)
    standard = margin.sub_(mean[:, None]).mul_(sharpness[:, None])
    highest = standard.amax(dim=1)
    share = standard.sub_(highest[:, None]).exp_()
    total = share.sum(dim=1)
    share.div_(total[:, None]).masked_fill_(ignored, 0.0)
    return share, sharpness, (total.log() + highest).mean() + _OFFSET


_MARGIN = 3.0
_SHARPNESS = 30.0
_OFFSET = 10.0
