"""What a person can choose about the prompts."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from kgalign.vote.stages import Staging


class PromptOptions(BaseModel):
    """Options of :class:`~kgalign.vote.prompt.Prompter`.

    Attributes:
        stages: show attributes and relations ``together``, or ``attributes-then-relations``.
        fact_tokens: about as many tokens are spent on the facts of one prompt, all entities together;
            names are shown whatever they cost.
        facts_per_entity: at most this many facts of an entity are shown.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    stages: Staging = "together"
    fact_tokens: int = Field(default=400, ge=0)
    facts_per_entity: int = Field(default=6, ge=0)
