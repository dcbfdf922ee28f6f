"""A training from a graph to an adapter's folder."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl

from kgalign import __version__
from kgalign.adapters.adapter_set import AdapterSet, LoraSet, Trainable
from kgalign.adapters.artefact import Artefact, describe_base, write_artefact
from kgalign.adapters.backbone import Backbone, ModelBackbone, open_backbone
from kgalign.adapters.base_model import BaseModel
from kgalign.adapters.checkpoints import FILE as CHECKPOINT
from kgalign.adapters.checkpoints import log_lines
from kgalign.adapters.composition import members_of
from kgalign.adapters.description import AdapterDescription, LearntDescription, SourceDescription
from kgalign.adapters.facts_by_language import facts_of, hold_out_by_language, preferred_names
from kgalign.adapters.label_table import Ids
from kgalign.adapters.lessons import Lessons
from kgalign.adapters.objectives import Objective, TextPairs, make_objective
from kgalign.adapters.options import AdaptOptions
from kgalign.adapters.training import TRANSLATING, Training, train
from kgalign.errors import InputError
from kgalign.files import atomic_file
from kgalign.kg import KnowledgeGraph
from kgalign.kg.store import MANIFEST

LOG = "training.jsonl"
_SHOWN = 3


@dataclass(frozen=True)
class Session:
    """What is to be trained, on what, from which graph.

    Attributes:
        graph: the graph.
        options: how to train.
        base: the frozen model.
        fused: adapters to train AdapterFusion over; none to train an adapter.
        left_out: entities that nothing is learnt about.
    """

    graph: KnowledgeGraph
    options: AdaptOptions
    base: BaseModel
    fused: tuple[tuple[str, Artefact], ...] = ()
    left_out: Ids | None = None

    def __post_init__(self) -> None:
        if TRANSLATING in self.options.objectives and not self.base.translates:
            raise InputError(
                f"the objective {TRANSLATING} needs a decoder, and {self.base.checkpoint.name} has none",
                remedy="choose a T5 or mT5 with --base, or another objective",
            )
        if self.fused and self.options.method != "bottleneck":
            raise InputError("only bottleneck adapters can be fused", remedy="leave out --method")
        for _, artefact in self.fused:
            artefact.check_base(self.base)

    @cached_property
    def lessons(self) -> Lessons:
        """What the graph has to teach."""
        chosen = self.options.languages or None
        return Lessons.of(
            self.graph,
            languages=chosen,
            left_out=self.left_out,
            untold=untold_facts(self.graph, self.options.untold, self.options.seed),
        )

    @cached_property
    def objectives(self) -> list[Objective]:
        """The objectives.

        Raises:
            InputError: if the graph has too little to learn for one of them.
        """
        made = [
            make_objective(name, self.lessons, self.options, self.options.seed)
            for name in self.options.objectives
        ]
        for goal in made:
            if goal.is_empty:
                raise InputError(
                    f"the graph has too little to learn for the objective {goal.name}",
                    path=self.graph.folder,
                    remedy="ep needs entities with names in two languages, the others facts with names",
                )
        return made

    def samples(self) -> dict[str, TextPairs]:
        """A few pairs of each objective, for a person to look at."""
        generator = np.random.default_rng([self.options.seed, 0, 0])
        return {goal.name: goal.draw(_SHOWN, generator) for goal in self.objectives}

    @cached_property
    def prepared(self) -> tuple[Backbone, Trainable]:
        """The frozen model with what is trained in it."""
        options = self.options
        if options.method == "lora":
            model = self.base.transformer()
            weights = LoraSet(model, options.rank, options.seed)
            reader, pooling = self.base.token_reader(), self.base.checkpoint.pooling
            pooling = "padded" if options.padded_pooling else pooling
            return ModelBackbone(
                weights.model, reader, pooling, options.precision, wants_places=False
            ), weights
        backbone = open_backbone(
            self.base,
            padded_pooling=options.padded_pooling,
            translating=TRANSLATING in options.objectives,
        )
        adapters = self._adapters(backbone).to(backbone.device)
        backbone.put(adapters.modules)
        return backbone, adapters

    def _adapters(self, backbone: Backbone) -> AdapterSet:
        options, hidden = self.options, self.base.hidden
        if self.fused:
            return AdapterSet.fusion([one.adapters() for _, one in self.fused], hidden, options.seed)
        sides = ("encoder", "decoder") if TRANSLATING in options.objectives else ("encoder",)
        places = [
            place
            for side in sides
            for place in [name for name in backbone.place_names if name.startswith(f"{side}.")][
                -(options.layers or 0) :
            ]
        ]
        return AdapterSet.fresh(places, hidden, max(1, hidden // options.reduction), options.seed)

    def train(self, folder: Path) -> AdapterDescription:
        """Train, and write the adapter to *folder*.

        A training of the same that was interrupted goes on from its checkpoint in *folder*.

        Raises:
            InputError: if the graph has too little to learn, or the base can't be used.
            OutputError: if *folder* can't be written.
        """
        objectives = self.objectives
        backbone, weights = self.prepared
        training = train(backbone, weights, objectives, self.options, folder, self._subject())
        description = self._describe(weights, training)
        write_artefact(folder, description, weights.tensors())
        with atomic_file(folder / LOG) as scratch:
            scratch.write_text(log_lines(training.log), encoding="utf-8")
        (folder / CHECKPOINT).unlink(missing_ok=True)
        return description

    def _subject(self) -> str:
        left_out = hashlib.sha256(b"" if self.left_out is None else self.left_out.tobytes()).hexdigest()
        fused = "".join(one.description.sha256 for _, one in self.fused)
        return f"{self.base.fingerprint} {graph_hash(self.graph)} {left_out} {fused}"

    def _describe(self, weights: Trainable, training: Training) -> AdapterDescription:
        options, lessons = self.options, self.lessons
        kind = "lora" if options.method == "lora" else ("fusion" if self.fused else "bottleneck")
        places = tuple(weights.modules) if isinstance(weights, AdapterSet) else ()
        return AdapterDescription(
            kgalign_version=__version__,
            kind=kind,
            base=describe_base(self.base),
            width=options.rank if kind == "lora" else max(1, self.base.hidden // options.reduction),
            places=places,
            members=members_of(self.fused),
            source=SourceDescription(
                name=", ".join(source.name for source in self.graph.manifest.sources) or "a store",
                sha256=graph_hash(self.graph),
                entities=int((lessons.labels.cell_count() > 0).sum()),
                facts=len(lessons.head),
                left_out=0 if self.left_out is None else len(self.left_out),
                languages=lessons.labels.by_language(),
            ),
            options=options.model_dump(mode="json"),
            learnt={
                name: LearntDescription(pairs=found.pairs, before=found.before, after=found.after)
                for name, found in training.learnt.items()
            },
        )


def untold_facts(graph: KnowledgeGraph, share: float, seed: int) -> pl.DataFrame | None:
    """The facts that a training with these options doesn't tell in a language; None if there are none.

    Returns:
        ``subject``, ``relation``, ``object`` (ids) and ``language``.
    """
    if not share:
        return None
    table = hold_out_by_language(facts_of(graph), preferred_names(graph), share, seed)
    return table.filter("held_out").drop("held_out")


def graph_hash(graph: KnowledgeGraph) -> str:
    """SHA-256 of a store's manifest, which holds the hashes of what it was read from."""
    return hashlib.sha256((graph.folder / MANIFEST).read_bytes()).hexdigest()


def parameter_counts(weights: Trainable) -> tuple[int, int]:
    """How many numbers are trained, and how many belong to the adapter in all."""
    every: Sequence[int] = [weight.numel() for weight in weights.parameters()]
    return sum(weight.numel() for weight in weights.trained()), sum(every)
