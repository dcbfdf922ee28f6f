"""From several graphs to verified texts: aligned, fused and described; finished steps are taken over."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from pydantic import BaseModel

from kgalign import __version__
from kgalign.align import AlignOptions, align_many, check_cardinality, write_run
from kgalign.align.run_files import LINKS
from kgalign.align.summary import figures as alignment_figures
from kgalign.encode import TextEncoder
from kgalign.files import atomic_file
from kgalign.fuse import FuseOptions, Sources, figures, fuse, read_linking, write_fused
from kgalign.fuse.fused_files import CLUSTERS, STORE, SUMMARY
from kgalign.generate.chain import chosen_drafter
from kgalign.generate.description import Description
from kgalign.generate.options import GenerateOptions
from kgalign.generate.query import FactQuery
from kgalign.generate.session import Session, check_language
from kgalign.generate.wanted import Wanted
from kgalign.kg import KnowledgeGraph
from kgalign.kg.store import MANIFEST
from kgalign.progress import say
from kgalign.resources import StageClock
from kgalign.verify import VerifyOptions

LINKED, FUSED, DESCRIPTIONS, STEPS = "links", "fused", "descriptions", "steps.json"


@dataclass(frozen=True)
class Plan:
    """How each step is done; the options of the commands of the same names."""

    align: AlignOptions
    fuse: FuseOptions
    generate: GenerateOptions
    verify: VerifyOptions


@dataclass(frozen=True)
class Described:
    """What came of it.

    Attributes:
        graph: the fused graph.
        figures: the figures of the fusion.
        descriptions: by language, in the order of the entities.
        folders: where each language's texts are.
    """

    graph: KnowledgeGraph
    figures: dict[str, Any]
    descriptions: dict[str, list[Description]]
    folders: dict[str, Path]


class Pipeline:
    """Graphs that are aligned without seed links, fused, and described in several languages.

    Args:
        graphs: the graphs.
        names: what to call each; distinct.
        plan: how each step is done.
        folder: where all of it is written.
        encoder: of labels, if it is not to be loaded by ``plan.align.encoder``.
        clock: collects time and memory per stage.

    Raises:
        InputError: if the options don't suit the graphs, or the generator or the query can't be used.
    """

    def __init__(
        self,
        graphs: Sequence[KnowledgeGraph],
        names: Sequence[str],
        plan: Plan,
        folder: Path,
        *,
        encoder: TextEncoder | None = None,
        clock: StageClock | None = None,
    ) -> None:
        check_cardinality(len(graphs), plan.align)
        self._sources = Sources.of(names, graphs)
        self._plan, self._folder, self._encoder = plan, folder, encoder
        self._clock = clock or StageClock()
        self._drafter = chosen_drafter(plan.generate)
        if plan.generate.query is not None:
            FactQuery.read(plan.generate.query)

    def run(self, languages: Sequence[str], wanted: Wanted) -> Described:
        """Do all steps that an earlier run with the same input didn't.

        Args:
            languages: codes of the languages to write.
            wanted: what to describe; IRIs may be those of any of the graphs.

        Raises:
            InputError: if nothing could be written in one of *languages*, or of what is wanted.
            OutputError: if the folder can't be written.
        """
        for language in languages:
            check_language(self._drafter, language, self._plan.generate)
        wanted.check(self._sources.graphs)
        aligned = self._aligned()
        graph = self._fused(aligned)
        folder = self._folder / FUSED
        canonical = dict(pl.read_parquet(folder / CLUSTERS).select("entity", "canonical").iter_rows())
        folders = {language: self._folder / DESCRIPTIONS / language for language in languages}
        descriptions = {}
        for language, place in folders.items():
            with self._clock.stage(f"generate {language}"):
                session = Session(graph, language, self._plan.generate, self._drafter, self._plan.verify)
                entities = wanted.of(graph, language, canonical, session.chosen)
                descriptions[language] = session.run(entities, place)
        told = json.loads((folder / SUMMARY).read_text("utf-8"))
        return Described(graph, told, descriptions, folders)

    def _aligned(self) -> str:
        """Align the graphs; gives the step's key."""
        key = self._key([graph_key(graph) for graph in self._sources.graphs], self._plan.align)
        folder = self._folder / LINKED
        if self._is_done(LINKED, key, folder / LINKS):
            return key
        alignment = align_many(
            self._sources.graphs,
            self._sources.names,
            self._plan.align,
            encoder=self._encoder,
            clock=self._clock,
        )
        summary = {"command": "align", **alignment_figures(alignment, self._sources.graphs)}
        with self._clock.stage("write"):
            write_run(alignment, folder, summary, {"align": _as_toml(self._plan.align)})
        self._note(LINKED, key)
        return key

    def _fused(self, aligned: str) -> KnowledgeGraph:
        key = self._key([aligned], self._plan.fuse)
        folder, links = self._folder / FUSED, self._folder / LINKED
        if not self._is_done(FUSED, key, folder / STORE / MANIFEST):
            linking = read_linking(links, self._sources, uncertain=self._plan.fuse.uncertain)
            fusion = fuse(self._sources, linking, self._plan.fuse, clock=self._clock)
            summary = {"command": "fuse", **figures(fusion)}
            with self._clock.stage("write"):
                write_fused(fusion, folder, links, summary, {"fuse": _as_toml(self._plan.fuse)})
            self._note(FUSED, key)
        return KnowledgeGraph.open(folder / STORE)

    def _key(self, before: Sequence[str], options: BaseModel) -> str:
        """What a step's result depends on."""
        encoder = None if self._encoder is None else self._encoder.identity
        told = [__version__, *self._sources.names, encoder, *before, options.model_dump_json()]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()

    def _is_done(self, step: str, key: str, written: Path) -> bool:
        done = self._steps().get(step) == key and written.is_file()
        if done:
            say(f"kgalign: {self._folder / step} is already there; it is taken over.")
        return done

    def _steps(self) -> dict[str, str]:
        """The key of each finished step."""
        try:
            found = json.loads((self._folder / STEPS).read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def _note(self, step: str, key: str) -> None:
        steps = self._steps() | {step: key}
        with atomic_file(self._folder / STEPS) as scratch:
            scratch.write_text(json.dumps(steps, indent=2, sort_keys=True) + "\n", "utf-8")


def graph_key(graph: KnowledgeGraph) -> str:
    """What a graph was read from, and how."""
    manifest = graph.manifest
    told = [sorted(file.sha256 for file in manifest.sources), manifest.label_properties, manifest.rows]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _as_toml(options: BaseModel) -> dict[str, object]:
    return options.model_dump(mode="json", exclude_none=True)
