"""What a person can choose about a fusion."""

from __future__ import annotations

import datetime
import re
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

CanonicalPolicy = Literal["keep", "mint", "prefer"]
ConflictPolicy = Literal["keep-all", "prefer", "newest", "most-sources"]
FusedFormat = Literal["nquads", "trig"]


class FuseOptions(BaseModel):
    """Options of :func:`kgalign.fuse.fuse`.

    Attributes:
        canonical: which IRI the entities of a cluster get: ``keep`` that of the first graph which has
            one, ``prefer`` that of the graphs in ``prefer`` (else as ``keep``), ``mint`` a new one in
            ``namespace``, made of the cluster's first entity, so that the same graphs give the same IRIs.
        on_conflict: what becomes of values that contradict each other: ``keep-all`` of them; those of
            the graphs in ``prefer``; of the ``newest`` graph (see ``dates``); those that ``most-sources``
            state. Whatever isn't kept is listed among the conflicts, and where the policy can't tell
            (neither graph is preferred, as many sources on either side) both values stay.
        prefer: names of graphs, the most preferred first.
        dates: when graphs were made, by name. Graphs without a date are older than those with one;
            without any date, a graph is newer than those named before it.
        namespace: where minted IRIs and the names of the named graphs begin.
        several_per_graph: let a cluster hold several entities of one graph, as when a graph holds
            duplicates; otherwise the weakest links give way.
        same_iri: entities with the same IRI in two graphs are the same, as RDF has it.
        uncertain: take the run's uncertain links, too.
        relation_agreement: relations are merged where at least this share of the statements of each
            (those between linked entities) is found under the other.
        functionality: a property is functional, and its values can contradict each other, if in
            every graph at least this share of its statements is about distinct entities.
        format: how the fused graph is written: ``nquads`` or ``trig``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    canonical: CanonicalPolicy = "keep"
    on_conflict: ConflictPolicy = "keep-all"
    prefer: tuple[str, ...] = ()
    dates: dict[str, datetime.date] = {}
    namespace: str = "urn:kgalign:"
    several_per_graph: bool = False
    same_iri: bool = True
    uncertain: bool = False
    relation_agreement: float = Field(default=0.5, gt=0.0, le=1.0)
    functionality: float = Field(default=0.9, gt=0.0, le=1.0)
    format: FusedFormat = "nquads"

    @field_validator("namespace")
    @classmethod
    def _an_iri(cls, value: str) -> str:
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|^`\\\x00-\x20]*", value):
            raise ValueError("the namespace must be the beginning of an IRI, such as https://example.org/")
        return value

    @model_validator(mode="after")
    def _somebody_preferred(self) -> Self:
        for option in ("canonical", "on_conflict"):
            if getattr(self, option) == "prefer" and not self.prefer:
                raise ValueError(f"{option} = prefer needs --prefer GRAPH")
        return self
