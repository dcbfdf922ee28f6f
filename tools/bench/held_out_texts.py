"""General text that no adapter is trained on, as pairs for the contrastive loss.

Translations: WebNLG's texts of the same triples in two languages, and XAlignV2's sentences with their
English translation. Halves: WebNLG's texts and XAlignV2's sentences cut in two. Only development parts.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
from benchmark_data import SHARED_DATA

from kgalign.adapters.evaluation.held_out_text import TEXT_SCHEMA, text_pairs

# The Russian entries are others than the English ones; the Czech are translations of the Russian.
_WEBNLG_TRANSLATIONS = {
    "en": ("de", "es", "it", "br", "cy", "ga", "mt"),
    "ru": ("cs",),
}
_WEBNLG_HALVES = ("en", "de", "es", "ru")
_XALIGN = ("as", "gu", "mr", "or")


def held_out_pairs(data: Path = SHARED_DATA, most: int = 256, seed: int = 0) -> pl.DataFrame:
    """Pairs of texts: ``language`` (as ``en-de``, ``ru halves``), ``first``, ``second``.

    Args:
        data: the benchmark data.
        most: how many pairs of a kind are kept.
        seed: decides which.
    """
    rows = [*_webnlg_translations(data), *_webnlg_texts(data), *_xalign(data)]
    pairs = text_pairs(pl.DataFrame(rows, schema=TEXT_SCHEMA, orient="row"))
    return pl.concat(
        kind.sample(min(most, kind.height), seed=seed, shuffle=True)
        for _, kind in pairs.group_by("language", maintain_order=True)
    )


def _webnlg_translations(data: Path) -> Iterator[tuple[str, str, str | None]]:
    for first, others in _WEBNLG_TRANSLATIONS.items():
        known = {str(entry["triples"]): entry["texts"][0] for entry in _entries(data, first)}
        for other in others:
            for entry in _entries(data, other):
                text = known.get(str(entry["triples"]))
                if text is not None:
                    yield f"{first}-{other}", text, entry["texts"][0]


def _webnlg_texts(data: Path) -> Iterator[tuple[str, str, str | None]]:
    for language in _WEBNLG_HALVES:
        for entry in _entries(data, language):
            if len(entry["triples"]) > 1:
                yield f"{language} halves", entry["texts"][-1], None


def _xalign(data: Path) -> Iterator[tuple[str, str, str | None]]:
    for language in _XALIGN:
        for entry in _lines(data / "xalignv2" / language / "val.jsonl.gz"):
            yield f"en-{language}", entry["translated_sentence"], entry["sentence"]
            yield f"{language} halves", entry["sentence"], None


def _entries(data: Path, language: str) -> Iterator[dict[str, Any]]:
    """WebNLG's entries that have a text: not all were translated."""
    path = data / "webnlg" / language / "dev.jsonl.gz"
    return (entry for entry in _lines(path) if entry["texts"])


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)
