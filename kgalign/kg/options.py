"""How a dump is to be read."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from kgalign.kg.formats import Format

LABEL_PROPERTIES = (
    "http://www.w3.org/2000/01/rdf-schema#label",
    "http://www.w3.org/2004/02/skos/core#prefLabel",
    "http://schema.org/name",
    "https://schema.org/name",
    "http://xmlns.com/foaf/0.1/name",
)
ALIAS_PROPERTIES = (
    "http://www.w3.org/2004/02/skos/core#altLabel",
    "http://schema.org/alternateName",
    "https://schema.org/alternateName",
    "http://www.w3.org/2004/02/skos/core#hiddenLabel",
    "http://xmlns.com/foaf/0.1/nick",
    "http://dbpedia.org/ontology/alias",
)


class IngestOptions(BaseModel):
    """How dumps become a store.

    Attributes:
        format: the format of every input; None recognises it by extension, then by content.
        on_error: what an unreadable line of a line format does: ``skip`` records it in
            ``rejected.tsv`` and goes on, ``abort`` ends the reading there. Nested formats always
            end at their first error.
        max_errors: the most lines that may be rejected before reading ends; None sets no bound.
        label_properties: IRIs of properties whose literals are names, the preferred one first.
        alias_properties: IRIs of properties whose literals are further names, never preferred.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Format | None = None
    on_error: Literal["skip", "abort"] = "skip"
    max_errors: int | None = Field(default=None, ge=0)
    label_properties: tuple[str, ...] = LABEL_PROPERTIES
    alias_properties: tuple[str, ...] = ALIAS_PROPERTIES

    @model_validator(mode="after")
    def _no_property_twice(self) -> Self:
        named = self.label_properties + self.alias_properties
        if len(set(named)) != len(named):
            raise ValueError("a property is named twice among label_properties and alias_properties")
        return self
