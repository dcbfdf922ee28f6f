"""Descriptions of many entities: chosen, written a batch at a time, and taken up where a run broke off."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import polars as pl
from pydantic import ValidationError

from kgalign import __version__
from kgalign.errors import InputError
from kgalign.generate.description import Description
from kgalign.generate.drafting import Drafter
from kgalign.generate.options import GenerateOptions
from kgalign.generate.query import FactQuery
from kgalign.generate.salience import FactSelector
from kgalign.generate.verified import Generator
from kgalign.generate.writing import JSON_LINES, write_descriptions
from kgalign.kg import KnowledgeGraph
from kgalign.progress import progress, say
from kgalign.verify import Verifier, VerifyOptions
from kgalign.verify.graph_facts import RDF_TYPE, GraphFacts

RUN = "run.json"
UNFINISHED = ".unfinished-*.jsonl"
# Options that change nothing about a text; of a query, what the file says counts.
_NO_CHANGE = {"batch", "namespace", "device", "query"}
_DESCRIPTIONS = ("http://schema.org/description", "https://schema.org/description")


class Session:
    """One graph described in one language.

    Args:
        graph: the store.
        language: language code.
        options: see :class:`GenerateOptions`.
        drafter: writes the texts.
        verify: options of the verifier.

    Attributes:
        fingerprint: changes with all that the texts depend on.
        chosen: IRIs of the entities that the query chooses facts of; None without a query.

    Raises:
        InputError: if the drafter can't write *language*, or the query can't be used.
    """

    def __init__(
        self,
        graph: KnowledgeGraph,
        language: str,
        options: GenerateOptions,
        drafter: Drafter,
        verify: VerifyOptions | None = None,
    ) -> None:
        check_language(drafter, language, options)
        self._graph, self._language, self._options = graph, language, options
        source = GraphFacts(graph)
        verify = verify or VerifyOptions()
        query = None if options.query is None else FactQuery.read(options.query)
        chosen = None if query is None else query.of(graph)
        self.chosen = None if chosen is None else frozenset(chosen.ranks)
        self._selector = FactSelector(graph, source, options, chosen)
        self._generator = Generator(drafter, Verifier(source, verify), options)
        told = {"drafter": drafter.fingerprint, "query": None if query is None else query.text}
        self.fingerprint = _fingerprint(graph, language, options, verify, told)

    def described(self, entities: Sequence[str]) -> Iterator[Description]:
        """The description of each of *entities* (IRIs), in order."""
        size = self._options.batch
        for start in range(0, len(entities), size):
            batch = entities[start : start + size]
            chosen = zip(batch, self._selector.of(batch), strict=True)
            yield from self._generator.describe(list(chosen), self._language)

    def run(self, entities: Sequence[str], folder: Path) -> list[Description]:
        """Describe *entities* and write them to *folder*.

        What an earlier run of the same configuration wrote there, finished or not, is taken over.
        """
        known = self._earlier(folder)
        left = [entity for entity in entities if entity not in known]
        if known and len(left) < len(entities):
            say(f"kgalign: {len(entities) - len(left):,} of the texts are already in {folder}.")
        folder.mkdir(parents=True, exist_ok=True)
        notes = self._notes(folder)
        with progress("generate", len(left), "text") as bar, notes.open("a", encoding="utf-8") as file:
            for description in self.described(left):
                known[description.entity] = description
                file.write(description.model_dump_json() + "\n")
                bar.update()
        found = [known[entity] for entity in entities]
        (folder / RUN).unlink(missing_ok=True)
        write_descriptions(found, folder, self._graph, self._options)
        (folder / RUN).write_text(json.dumps({"fingerprint": self.fingerprint}) + "\n", "utf-8")
        notes.unlink()
        return found

    def _notes(self, folder: Path) -> Path:
        return folder / UNFINISHED.replace("*", self.fingerprint[:16])

    def _earlier(self, folder: Path) -> dict[str, Description]:
        known: dict[str, Description] = {}
        run = folder / RUN
        if run.is_file() and self.fingerprint in run.read_text("utf-8", errors="replace"):
            known |= _read(folder / JSON_LINES)
        notes = self._notes(folder)
        if notes.is_file():
            own = _read(notes)
            # Whatever was cut short is written anew.
            notes.write_text("".join(each.model_dump_json() + "\n" for each in own.values()), "utf-8")
            known |= own
        return known


def check_language(drafter: Drafter, language: str, options: GenerateOptions) -> None:
    """Tell, before long work begins, that nothing could be written.

    Raises:
        InputError: if the drafter can't write *language*.
    """
    known = drafter.languages()
    if language not in known and not options.generic:
        raise InputError(
            f"there are no templates for the language '{language}', only for {', '.join(sorted(known))}",
            remedy="learn some with 'kgalign generate train --templates', or use --generic",
        )


def entities_of_type(graph: KnowledgeGraph, kind: str) -> list[str]:
    """The entities of a class, by its IRI, in the graph's order.

    Raises:
        InputError: if there are none.
    """
    relation = graph.relations.filter(pl.col("iri") == RDF_TYPE)["id"]
    kinds = graph.entities.filter(pl.col("iri") == kind)["id"]
    heads = graph.triples.filter(
        pl.col("relation").is_in(relation.implode()) & pl.col("tail").is_in(kinds.implode())
    )["head"].unique()
    if not len(heads):
        raise InputError(f"the graph has no entity of the class <{kind}>", remedy="check --type")
    return graph.entities["iri"].gather(heads.sort()).to_list()


def without_description(graph: KnowledgeGraph, language: str) -> list[str]:
    """The entities with a statement of their own that lack a schema:description in *language*."""
    relation = graph.relations.filter(pl.col("iri").is_in(_DESCRIPTIONS))["id"]
    described = graph.attributes.filter(
        pl.col("attribute").is_in(relation.implode()) & pl.col("language").str.starts_with(language)
    )["entity"]
    subjects = pl.concat([graph.triples["head"], graph.attributes["entity"]]).unique()
    left = subjects.filter(~subjects.is_in(described.implode())).sort()
    return graph.entities["iri"].gather(left).to_list()


def read_entities(path: str, known: pl.Series) -> list[str]:
    """The IRIs in a file, one a line, each once.

    Raises:
        InputError: if the file can't be read, or names an entity that isn't among the *known* ones (IRIs).
    """
    try:
        lines = Path(path).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise InputError("can't be read as UTF-8 text", path=path, remedy="check --entities") from None
    wanted = {
        line.strip().strip("<>"): number
        for number, line in reversed(list(enumerate(lines, 1)))
        if line.strip()
    }
    found = set(known.filter(known.is_in(list(wanted))))
    for iri, number in sorted(wanted.items(), key=lambda item: item[1]):
        if iri not in found:
            raise InputError(
                f"the graph has no entity <{iri}>", path=path, line=number, remedy="name IRIs of the graph"
            )
    return sorted(wanted, key=lambda iri: wanted[iri])


def _read(path: Path) -> dict[str, Description]:
    found: dict[str, Description] = {}
    if not path.is_file():
        return found
    for line in path.read_text("utf-8", errors="replace").splitlines():
        try:
            description = Description.model_validate_json(line)
        except ValidationError:
            continue
        found[description.entity] = description
    return found


def _fingerprint(
    graph: KnowledgeGraph,
    language: str,
    options: GenerateOptions,
    verify: VerifyOptions,
    contents: Mapping[str, str | None],
) -> str:
    """What the texts depend on."""
    told = {
        "version": __version__,
        "sources": sorted(file.sha256 for file in graph.manifest.sources),
        "labels": graph.manifest.label_properties,
        "language": language,
        "options": options.model_dump(mode="json", exclude=_NO_CHANGE),
        "verify": verify.model_dump(mode="json"),
        **contents,
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
