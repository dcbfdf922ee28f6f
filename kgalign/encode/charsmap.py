"""SentencePiece's precompiled character map, built from single-character replacement rules.

The map is a Darts double-array trie over UTF-8 bytes, followed by the replacements, each ended by a
zero byte (sentencepiece ``normalizer.cc``; Yata et al., "A compact static double-array keeping
character codes", 2007). A unit of 32 bits at position ``p`` holds the label by which it was reached
(bits 0–7), whether its node is a key (bit 8) and the offset (bits 10–30) such that the child over byte
``b`` lies at ``p ^ offset ^ b``; a key's value lies at ``p ^ offset``, with bit 31 set.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

_KEY_BIT = 1 << 8
_VALUE_BIT = 1 << 31
_OFFSET_SHIFT = 10
_OFFSET_LIMIT = 1 << 21
_FANOUT = 256


def build_charsmap(replacements: Mapping[str, str]) -> bytes:
    """Compile *replacements* for ``tokenizers.normalizers.Precompiled``.

    Args:
        replacements: single characters (not NUL) and what each becomes; may become nothing.

    Raises:
        ValueError: if a key isn't one character, or the rules don't fit into one trie.
    """
    if any(len(key) != 1 or key == "\0" for key in replacements):
        raise ValueError("every rule replaces exactly one character")
    blob = bytearray()
    starts: dict[str, int] = {}
    for text in dict.fromkeys(replacements.values()):
        starts[text] = len(blob)
        blob += text.encode() + b"\0"
    values = {key.encode(): starts[text] for key, text in sorted(replacements.items())}
    trie = _double_array(values)
    return struct.pack("<I", 4 * len(trie)) + struct.pack(f"<{len(trie)}I", *trie) + bytes(blob)


def _double_array(values: Mapping[bytes, int]) -> list[int]:
    """Lay out a trie of prefix-free keys: a block of 256 units for each inner node, then the values."""
    prefixes = sorted({key[:length] for key in values for length in range(len(key))})
    block = {prefix: _FANOUT * place for place, prefix in enumerate(prefixes, start=1)}
    units = [0] * (_FANOUT * (len(prefixes) + 1))
    position = {b"": 0}
    for node in sorted([*prefixes, *values]):
        if node:
            position[node] = block[node[:-1]] ^ node[-1]
    value_at = len(units)
    for node, place in position.items():
        label = node[-1] if node else 0
        if node in block:
            units[place] = _unit(place, block[node], label)
        else:
            units[place] = _unit(place, value_at, label) | _KEY_BIT
            units.append(values[node] | _VALUE_BIT)
            value_at += 1
    return units


def _unit(place: int, target: int, label: int) -> int:
    offset = place ^ target
    if offset >= _OFFSET_LIMIT:
        raise ValueError("the rules don't fit into one trie")
    return offset << _OFFSET_SHIFT | label
