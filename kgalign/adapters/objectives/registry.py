"""From a name to an objective."""

from __future__ import annotations

from typing import Literal

from kgalign.adapters.lessons import Lessons
from kgalign.adapters.objectives.base import Objective, SamplingOptions
from kgalign.adapters.objectives.entity_prediction import EntityPrediction
from kgalign.adapters.objectives.entity_sentence import EntitySentence
from kgalign.adapters.objectives.text_to_text import TextToText
from kgalign.adapters.objectives.triple_prediction import TriplePrediction
from kgalign.adapters.objectives.triple_sentence import TripleSentence

ObjectiveName = Literal["ep", "tp", "es", "ts", "t2t"]
OBJECTIVES: dict[str, type[Objective]] = {
    kind.name: kind
    for kind in (EntityPrediction, TriplePrediction, EntitySentence, TripleSentence, TextToText)
}


def make_objective(name: str, lessons: Lessons, options: SamplingOptions, seed: int) -> Objective:
    """The objective of this name; *seed* decides what is held out."""
    return OBJECTIVES[name](lessons, options, seed)
