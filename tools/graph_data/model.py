"""A graph in the making: entities under the keys of their source, IRIs only at the end.

A key is ``(kind, code)``. Both sides give the same key to the same thing wherever both sources know
its code; the keys make the reference links and are then forgotten, so that no code reaches a dump.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

Key = tuple[str, str]
RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
RDFS_LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
SKOS = "http://www.w3.org/2004/02/skos/core#"
XSD = "http://www.w3.org/2001/XMLSchema#"
CLASS_KIND = "class"
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})


@dataclass(frozen=True, order=True)
class Literal:
    """An RDF literal with a language or (the local name of) an XSD datatype."""

    text: str
    language: str = ""
    datatype: str = ""

    def term(self) -> str:
        """Write it as N-Triples does."""
        quoted = f'"{self.text.translate(_ESCAPES)}"'
        if self.language:
            return f"{quoted}@{self.language}"
        return f"{quoted}^^<{XSD}{self.datatype}>" if self.datatype else quoted


@dataclass(frozen=True)
class Vocabulary:
    """How one side writes its terms.

    Attributes:
        entities: the IRI that entity numbers are appended to.
        terms: the IRI that names of properties and classes are appended to.
        salt: what makes this side's order of numbers its own.
        label, alternative: the IRIs of the properties for the main and the other labels.
        properties: property → (local name, label by language).
        classes: class → (local name, label by language).
    """

    entities: str
    terms: str
    salt: str
    label: str
    alternative: str
    properties: Mapping[str, tuple[str, Mapping[str, str]]]
    classes: Mapping[str, tuple[str, Mapping[str, str]]]


@dataclass
class GraphBuilder:
    """Collects the statements of one side.

    Attributes:
        codes: texts that must not become labels, because they are codes.
    """

    codes: Collection[str]
    classes: dict[Key, str] = field(default_factory=dict)
    labels: dict[Key, set[tuple[bool, Literal]]] = field(default_factory=dict)
    relations: set[tuple[Key, str, Key]] = field(default_factory=set)
    literals: set[tuple[Key, str, Literal]] = field(default_factory=set)

    def entity(self, key: Key, class_: str, names: Mapping[str, str | None]) -> None:
        """Declare an entity with its main label by language; empty names and codes are passed over."""
        self.classes[key] = class_
        for language, name in names.items():
            self._label(key, language, name, preferred=True)

    def alternative(self, key: Key, language: str, name: str | None) -> None:
        """Add another label in *language*, unless it is the main one already."""
        if name and (True, Literal(name, language)) not in self.labels.get(key, set()):
            self._label(key, language, name, preferred=False)

    def relate(self, head: Key, relation: str, tail: Key) -> None:
        """State a relation; it is dropped in the end if one of the two is not declared."""
        self.relations.add((head, relation, tail))

    def state(self, key: Key, attribute: str, text: str | None, datatype: str) -> None:
        """State a literal, unless *text* is empty."""
        if text:
            self.literals.add((key, attribute, Literal(text, datatype=datatype)))

    def _label(self, key: Key, language: str, name: str | None, *, preferred: bool) -> None:
        if name and name not in self.codes:
            self.labels.setdefault(key, set()).add((preferred, Literal(name, language)))

    def finish(self, vocabulary: Vocabulary) -> Graph:
        """Drop what has no label or no relation to another entity, and give IRIs to the rest."""
        usable = {key for key in self.classes if key in self.labels}
        relations = {(h, r, t) for h, r, t in self.relations if h in usable and t in usable and h != t}
        kept = {key for h, _, t in relations for key in (h, t)}
        return Graph(vocabulary, self, frozenset(kept), frozenset(relations))


class Graph:
    """One finished side: IRIs by key, and its statements."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        parts: GraphBuilder,
        kept: frozenset[Key],
        relations: frozenset[tuple[Key, str, Key]],
    ) -> None:
        """Number the *kept* entities in an order that only this side's salt decides."""
        self.vocabulary, self.kept, self.relations, self._parts = vocabulary, kept, relations, parts
        ordered = sorted(kept, key=lambda key: _digest(f"{vocabulary.salt}\t{key[0]}\t{key[1]}"))
        self.iris = {key: f"{vocabulary.entities}{10_000 + n}" for n, key in enumerate(ordered)}
        for name in {parts.classes[key] for key in kept}:
            self.iris[(CLASS_KIND, name)] = vocabulary.terms + vocabulary.classes[name][0]

    def count(self, class_: str) -> int:
        """Count the entities of a class."""
        return sum(self._parts.classes[key] == class_ for key in self.kept)

    def class_of(self, key: Key) -> str:
        """Name an entity's class; a class is its own."""
        return self._parts.classes.get(key, CLASS_KIND)

    def statements(self) -> list[tuple[str, str, str]]:
        """Give all statements as N-Triples terms, sorted by the hash of their line."""
        words = self.vocabulary
        found = [(self.iris[h], self._property(r), f"<{self.iris[t]}>") for h, r, t in self.relations]
        for key in self.kept:
            found.append((self.iris[key], RDF_TYPE, f"<{self.iris[(CLASS_KIND, self._parts.classes[key])]}>"))
            for preferred, literal in self._parts.labels[key]:
                found.append(
                    (self.iris[key], words.label if preferred else words.alternative, literal.term())
                )
        for key, attribute, literal in self._parts.literals:
            if key in self.kept:
                found.append((self.iris[key], self._property(attribute), literal.term()))
        found.extend(self._term_labels())
        return sorted(found, key=lambda statement: _digest("\t".join(statement)))

    def _property(self, name: str) -> str:
        return self.vocabulary.terms + self.vocabulary.properties[name][0]

    def _term_labels(self) -> Iterable[tuple[str, str, str]]:
        used = {name for _, name, _ in self.relations}
        used |= {name for key, name, _ in self._parts.literals if key in self.kept}
        chosen = [self.vocabulary.properties[name] for name in used]
        chosen += [
            words for name, words in self.vocabulary.classes.items() if (CLASS_KIND, name) in self.iris
        ]
        for local, names in chosen:
            for language, name in names.items():
                yield self.vocabulary.terms + local, self.vocabulary.label, Literal(name, language).term()


def ntriples(statements: Iterable[tuple[str, str, str]]) -> bytes:
    """Write N-Triples, one statement a line, in the given order."""
    return "".join(f"<{s}> <{p}> {o} .\n" for s, p, o in statements).encode()


def turtle(statements: Iterable[tuple[str, str, str]], prefixes: Mapping[str, str]) -> bytes:
    """Write Turtle: one block a subject, in the order in which the subjects first appear."""
    blocks: dict[str, dict[str, list[str]]] = {}
    for subject, predicate, object_ in statements:
        blocks.setdefault(subject, {}).setdefault(predicate, []).append(object_)
    lines = [f"@prefix {name}: <{iri}> .\n" for name, iri in prefixes.items()]
    for subject, pairs in blocks.items():
        parts = []
        for predicate, objects in sorted(pairs.items()):
            word = "a" if predicate == RDF_TYPE else _short(f"<{predicate}>", prefixes)
            parts.append(f"    {word} " + ", ".join(_short(o, prefixes) for o in sorted(objects)))
        lines.append(f"\n{_short(f'<{subject}>', prefixes)}\n" + " ;\n".join(parts) + " .\n")
    return "".join(lines).encode()


def compress(content: bytes) -> bytes:
    """Compress with gzip so that the same content gives the same bytes."""
    return gzip.compress(content, compresslevel=9, mtime=0)


def _short(term: str, prefixes: Mapping[str, str]) -> str:
    """Abbreviate an IRI, or the datatype of a literal, by its prefix."""
    start = term.rfind("<")
    if start < 0 or not term.endswith(">"):
        return term
    iri = term[start + 1 : -1]
    for name, base in prefixes.items():
        local = iri.removeprefix(base)
        if local != iri and local.isalnum():
            return f"{term[:start]}{name}:{local}"
    return term


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
