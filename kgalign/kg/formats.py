"""Which RDF serialisation a dump is in: by its name, then by its first bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

import pyoxigraph

from kgalign.errors import InputError

HEAD_BYTES = 1 << 16


class Format(StrEnum):
    """An RDF serialisation, by the name that ``--format`` takes."""

    NTRIPLES = "ntriples"
    NQUADS = "nquads"
    TURTLE = "turtle"
    TRIG = "trig"
    RDFXML = "rdfxml"
    JSONLD = "jsonld"
    N3 = "n3"

    @property
    def is_line_based(self) -> bool:
        """Whether each statement stands on a line of its own."""
        return self in (Format.NTRIPLES, Format.NQUADS)

    @property
    def parser(self) -> pyoxigraph.RdfFormat:
        """pyoxigraph's name for this format."""
        return _PARSERS[self]


_PARSERS = {
    Format.NTRIPLES: pyoxigraph.RdfFormat.N_TRIPLES,
    Format.NQUADS: pyoxigraph.RdfFormat.N_QUADS,
    Format.TURTLE: pyoxigraph.RdfFormat.TURTLE,
    Format.TRIG: pyoxigraph.RdfFormat.TRIG,
    Format.RDFXML: pyoxigraph.RdfFormat.RDF_XML,
    Format.JSONLD: pyoxigraph.RdfFormat.JSON_LD,
    Format.N3: pyoxigraph.RdfFormat.N3,
}
EXTENSIONS = {
    "nt": Format.NTRIPLES,
    "ntriples": Format.NTRIPLES,
    "nq": Format.NQUADS,
    "nquads": Format.NQUADS,
    "ttl": Format.TURTLE,
    "turtle": Format.TURTLE,
    "trig": Format.TRIG,
    "rdf": Format.RDFXML,
    "rdfs": Format.RDFXML,
    "jsonld": Format.JSONLD,
    "n3": Format.N3,
}
COMPRESSED = ("gz", "bz2", "xz", "zst")
_FOREIGN = {
    b"PK\x03\x04": "a ZIP archive",
    b"%PDF": "a PDF document",
    b"PAR1": "a Parquet file",
    b"$HDT": "an HDT file",
    b"7z\xbc\xaf\x27\x1c": "a 7-Zip archive",
}
_HTML = re.compile(rb"(?:<\?xml[^>]*>|<!--.*?-->|\s)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S)
_XML = re.compile(rb"\s*(?:<\?xml\b|<rdf:RDF\b|<!DOCTYPE\b|<!--)", re.I)
_JSON = re.compile(rb'\s*(?:\[\s*)?\{\s*(?:"|\})|\s*\[\s*\]\s*$')
_DIRECTIVE = re.compile(rb"^[ \t]*(?:@prefix|@base|prefix|base)[ \t]", re.I | re.M)
_GRAPH_BLOCK = re.compile(rb"^[^#\"\n]*\{", re.M)
_NODE = rb"(?:<[A-Za-z][^<>\"{}|^`\\\s:]*:[^<>\s]*>|_:[^\s<>\"]+)"
_LINE = re.compile(
    rb"\s*(?:#.*|"
    + _NODE
    + rb"\s*<[^<>\s]+>\s*"
    + rb"(?P<object>" + _NODE + rb"|\"(?:[^\"\\]|\\.)*\"(?:\^\^<[^<>\s]+>|@[\w-]+)?)\s*"
    + rb"(?P<graph>" + _NODE + rb")?\s*\.\s*(?:#.*)?)?"
)  # fmt: skip


@dataclass(frozen=True)
class Recognised:
    """The format of a dump, and how to read it.

    Attributes:
        format: the format that reads it.
        doubtful: the name promises Turtle and the first bytes are line-shaped, as in DBpedia's
            dumps; *format* is then a line format, to be given up for *fallback* where a later
            line turns out to be Turtle proper.
        fallback: the format to read the dump again in; *format* itself unless *doubtful*.
    """

    format: Format
    fallback: Format

    @property
    def doubtful(self) -> bool:
        """Whether *format* is a guess that a later line may disprove."""
        return self.format is not self.fallback


def recognise(name: str, head: bytes, override: Format | None) -> Recognised:
    """Tell the format of the dump *name* that begins with the (decompressed) bytes *head*.

    Raises:
        InputError: if the content is HTML or another kind of file, or can't be recognised.
    """
    _refuse_foreign(name, head)
    if override is not None:
        return Recognised(override, override)
    promised = by_extension(name)
    if promised in (Format.TURTLE, Format.TRIG, Format.N3):
        shape = line_format(head)
        return Recognised(shape or promised, promised)
    found = promised or sniff(head)
    if found is None:
        raise InputError(
            "the format can't be told from the name or the first bytes",
            path=name,
            remedy="name it with --format " + "|".join(Format),
        )
    return Recognised(found, found)


def by_extension(name: str) -> Format | None:
    """The format that the extension of *name* promises, a compression's extension left aside."""
    parts = name.lower().split(".")
    if len(parts) > 1 and parts[-1] in COMPRESSED:
        parts.pop()
    return EXTENSIONS.get(parts[-1]) if len(parts) > 1 else None


def sniff(head: bytes) -> Format | None:
    """The format that the first bytes of a dump look like, or None."""
    if _XML.match(head):
        return Format.RDFXML
    if _JSON.match(head):
        return Format.JSONLD
    shape = line_format(head)
    if shape is not None:
        return shape
    if _DIRECTIVE.search(head):
        # TriG contains Turtle, so that a graph that begins after the head is read as well.
        return Format.TRIG if _GRAPH_BLOCK.search(head) else Format.TURTLE
    return None


def line_format(head: bytes) -> Format | None:
    """N-Triples or N-Quads if nearly each whole line of *head* is blank, a comment or a statement.

    One line in ten may be broken, as in real dumps, but none may be a directive of Turtle.
    """
    if _DIRECTIVE.search(head):
        return None
    lines = head.splitlines()
    if len(head) >= HEAD_BYTES and len(lines) > 1:
        lines.pop()  # cut in the middle
    statements = quads = broken = 0
    for line in lines:
        match = _LINE.fullmatch(line)
        if match is None:
            broken += 1
            continue
        statements += match["object"] is not None
        quads += match["graph"] is not None
    if not statements or broken * 10 > statements:
        return None
    return Format.NQUADS if quads else Format.NTRIPLES


def _refuse_foreign(name: str, head: bytes) -> None:
    if _HTML.match(head):
        raise InputError(
            "is an HTML page and holds no RDF",
            path=name,
            remedy="a download may have given an error page; fetch the dump itself",
        )
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError("is in UTF-16", path=name, remedy="convert it to UTF-8")
    for magic, kind in _FOREIGN.items():
        if head.startswith(magic):
            raise InputError(f"is {kind}", path=name, remedy="unpack or convert it to an RDF format first")
