"""Making an RDF/XML stream safe and readable: its encoding, and its document type declaration.

OWL files commonly abbreviate namespaces with internal entities, so these are kept. What can reach
outside the file or grow without bound is refused: external entities, parameter entities, entities
defined by other entities, and long ones.
"""

from __future__ import annotations

import codecs
import re

from kgalign.errors import InputError
from kgalign.kg.compression import DumpStream

_PROLOG_BYTES = 1 << 20
_ENTITY_CHARACTERS = 1 << 10
_ENTITIES_CHARACTERS = 1 << 16
_DECLARATION = re.compile(rb"<\?xml\s[^>]*?\?>")
_ENCODING = re.compile(rb"""\bencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_UNDERSTOOD = ("utf-8", "ascii")
_BEFORE_ROOT = re.compile(rb"\s+|<\?.*?\?>|<!--.*?-->", re.S)
_DOCTYPE_START = re.compile(rb"<!DOCTYPE\b", re.I)
_DOCTYPE_TOKEN = re.compile(rb"\"[^\"]*\"|'[^']*'|<!--.*?-->|<\?.*?\?>|[\[\]>]|[^\"'<\[\]>]+|<", re.S)
_COMMENT = re.compile(rb"<!--.*?-->", re.S)
_QUOTED = re.compile(rb"\"[^\"]*\"|'[^']*'")
_ENTITY = re.compile(rb"<!ENTITY\s+(?P<parameter>%\s*)?\S+\s*(?P<value>\"[^\"]*\"|'[^']*')?", re.I)
_REFERENCE = re.compile(rb"&(?!#)|%")
_CHUNK = 1 << 18


def prepared(stream: DumpStream, name: str) -> DumpStream:
    """Give *stream* in UTF-8 with the XML declaration dropped, its document type checked.

    Raises:
        InputError: for an unknown encoding or a document type that kgalign refuses.
    """
    declaration = _DECLARATION.match(stream.peek(1024))
    if declaration:
        stream.read(declaration.end())
        encoding = _ENCODING.search(declaration[0])
        codec = _codec(encoding[1].decode(), name) if encoding else "utf-8"
        if codec not in _UNDERSTOOD:
            stream = DumpStream(_Transcoded(stream, codec, name), name)
    prolog = stream.read(_prolog_length(stream, name))
    # Without comments, which pyoxigraph's XML parser misreads there; line numbers stay right.
    prolog = _COMMENT.sub(lambda comment: b"\n" * comment[0].count(b"\n"), prolog)
    _check_doctype(prolog, name)
    return DumpStream(_WithoutLaterDoctype(_ENTITY.sub(_in_double_quotes, prolog), stream, name), name)


class _Transcoded:
    """A stream in another encoding, given in UTF-8."""

    def __init__(self, stream: DumpStream, codec: str, name: str) -> None:
        """See the class."""
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(codec)()
        self._codec = codec
        self._name = name
        self._ready = b""
        self._ended = False

    def read(self, size: int = -1) -> bytes:
        while not self._ended and (size < 0 or not self._ready):
            data = self._stream.read(_CHUNK)
            self._ended = not data
            try:
                self._ready += self._decoder.decode(data, final=self._ended).encode()
            except UnicodeError as error:
                raise InputError(
                    f"is not in the encoding {self._codec} that it declares ({error})", path=self._name
                ) from error
        end = len(self._ready) if size < 0 else size
        taken, self._ready = self._ready[:end], self._ready[end:]
        return taken


class _WithoutLaterDoctype:
    """A prolog already checked and what follows it; refuses a further document type declaration."""

    def __init__(self, prolog: bytes, stream: DumpStream, name: str) -> None:
        """See the class."""
        self._prolog = prolog
        self._stream = stream
        self._tail = b""
        self._name = name

    def read(self, size: int = -1) -> bytes:
        if self._prolog:
            end = len(self._prolog) if size < 0 else size
            data, self._prolog = self._prolog[:end], self._prolog[end:]
            return data + self.read() if size < 0 else data
        data = self._stream.read(size)
        if _DOCTYPE_START.search(self._tail + data):
            raise InputError("has a document type declaration after its beginning", path=self._name)
        self._tail = (self._tail + data)[-16:]
        return data


def _codec(encoding: str, name: str) -> str:
    try:
        if b"<".decode(encoding) == "<":
            return codecs.lookup(encoding).name
    except (LookupError, UnicodeError):
        pass
    raise InputError(
        f"declares the encoding {encoding!r}, which can't be read", path=name, remedy="convert it to UTF-8"
    )


def _prolog_length(stream: DumpStream, name: str) -> int:
    """Where the document type declaration ends; 0 if there is none."""
    size = 1 << 16
    while True:
        head = stream.peek(size)
        end = _prolog_end(head)
        if end is not None:
            return end
        if len(head) < size:
            return 0  # it ends within the prolog: the parser says what is wrong
        if size >= _PROLOG_BYTES:
            raise InputError(f"the XML prolog is longer than {_PROLOG_BYTES >> 20} MiB", path=name)
        size *= 4


def _prolog_end(head: bytes) -> int | None:
    """Where the document type declaration in *head* ends (0: there is none); None if cut off."""
    position = 0
    while match := _BEFORE_ROOT.match(head, position):
        position = match.end()
    if not _DOCTYPE_START.match(head, position):
        cut = len(head) - position < len(b"<!DOCTYPE>") or head.startswith((b"<!--", b"<?"), position)
        return None if cut else 0
    depth = 0
    while match := _DOCTYPE_TOKEN.match(head, position):
        position = match.end()
        token = match[0]
        depth += (token == b"[") - (token == b"]")
        if token == b">" and depth == 0:
            return position
    return None


def _in_double_quotes(entity: re.Match[bytes]) -> bytes:
    """The declaration of *entity* as pyoxigraph wants it: single quotes are as good in XML."""
    value = entity["value"]
    if value is None or not value.startswith(b"'"):
        return entity[0]
    return entity[0].removesuffix(value) + b'"' + value[1:-1].replace(b'"', b"&#34;") + b'"'


def _check_doctype(doctype: bytes, name: str) -> None:
    start = _DOCTYPE_START.search(doctype)
    if start is None:
        return
    text = doctype[start.start() :]
    if re.search(rb"\b(?:SYSTEM|PUBLIC)\b", _QUOTED.sub(b"", text), re.I):
        raise InputError("refers to external entities, which kgalign never reads", path=name)
    total = 0
    for entity in _ENTITY.finditer(text):
        value = entity["value"] or b""
        if entity["parameter"] or _REFERENCE.search(value):
            raise InputError("defines XML entities by other entities, which kgalign refuses", path=name)
        total += len(value)
        if len(value) > _ENTITY_CHARACTERS or total > _ENTITIES_CHARACTERS:
            raise InputError("defines very long XML entities, which kgalign refuses", path=name)
