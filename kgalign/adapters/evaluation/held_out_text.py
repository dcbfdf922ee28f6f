"""Text that no training has seen, as pairs of texts that mean the same or belong together."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
from pydantic import BaseModel, ConfigDict, ValidationError

from kgalign.align.text_files import lines_of, read_bytes
from kgalign.errors import InputError

TEXT_SCHEMA = pl.Schema({"language": pl.String, "text": pl.String, "partner": pl.String})

_JSON_LINES = (".jsonl", ".ndjson")
# A full stop of most scripts ends a sentence only before a space: it stands in numbers, too.
_SENTENCE_ENDS = re.compile(r"(?<=[.!?…।॥؟։።])\s+|(?<=[。！？])\s*")
_SPACES = re.compile(r"\s+")
# A cut further from the middle leaves a part that says too little about the other.
_MIDDLE = (0.25, 0.75)


class _Row(BaseModel):
    """A line of a JSON Lines file."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    text: str
    partner: str | None = None
    language: str | None = None


def read_texts(path: str | Path, language: str = "") -> pl.DataFrame:
    """Read held-out texts, one a line.

    A line of a plain file is a text, or two with a tab between them: a sentence and its translation,
    say. A line of a JSON Lines file (``.jsonl``) is an object with ``text`` and, where it has them,
    ``partner`` (the other text) and ``language``; other keys are ignored.

    Args:
        path: the file, in UTF-8.
        language: the language of the texts that don't tell it themselves.

    Returns:
        ``language``, ``text``, ``partner`` (null where there is none).

    Raises:
        InputError: if the file can't be read, holds no text, or a line of it isn't as told above.
    """
    place = Path(path)
    lines = lines_of(read_bytes(place), place)
    if lines.height == 0:
        raise InputError("there is no text in it", path=place)
    read = _from_json if place.suffix in _JSON_LINES else _from_plain
    return read(lines, place).with_columns(pl.col("language").fill_null(language))


def text_pairs(texts: pl.DataFrame, shortest: int = 12) -> pl.DataFrame:
    """Pairs to tell from each other: a text with its partner, or the two halves of one that has none.

    A text is cut in two at the end of the sentence nearest its middle, else at the space nearest it,
    else (where a script has no spaces) in the middle itself.

    Args:
        texts: ``language``, ``text``, ``partner``, as :func:`read_texts` gives them.
        shortest: pairs of which one is shorter than so many characters are left out.

    Returns:
        ``language``, ``first``, ``second``, no text of a language twice.
    """
    columns = {"language": pl.String, "first": pl.String, "second": pl.String}
    rows = [
        (language, *((text, partner) if partner is not None else halves(text)))
        for language, text, partner in texts.select(*TEXT_SCHEMA).iter_rows()
    ]
    pairs = pl.DataFrame(rows, schema=columns, orient="row")
    for end in ("first", "second"):
        # A text that came twice in a batch would be its own negative.
        pairs = pairs.filter(pl.col(end).str.len_chars() >= shortest).unique(
            ["language", end], keep="first", maintain_order=True
        )
    return pairs


def halves(text: str) -> tuple[str, str]:
    """Cut *text* as :func:`text_pairs` tells.

    >>> halves("Basel lies on the Rhine. It has 2.1 m² of theatre.")
    ('Basel lies on the Rhine.', 'It has 2.1 m² of theatre.')
    >>> halves("one two three")
    ('one two', 'three')
    """
    whole = text.strip()
    middle = len(whole) / 2
    for boundary in (_SENTENCE_ENDS, _SPACES):
        cuts = [
            match
            for match in boundary.finditer(whole)
            if _MIDDLE[0] * len(whole) <= match.start() <= _MIDDLE[1] * len(whole)
        ]
        if cuts:
            cut = min(cuts, key=lambda match: abs((match.start() + match.end()) / 2 - middle))
            return whole[: cut.start()], whole[cut.end() :]
    return whole[: int(middle)].rstrip(), whole[int(middle) :].lstrip()


def _from_plain(lines: pl.DataFrame, path: Path) -> pl.DataFrame:
    crowded = lines.filter(pl.col("text").str.count_matches("\t") > 1)
    if crowded.height:
        raise InputError(
            "more than two texts", path=path, line=crowded["line"][0], remedy="separate two texts by one tab"
        )
    parts = pl.col("text").str.strip_chars().str.split_exact("\t", 1).struct
    return lines.select(
        pl.lit(None, pl.String).alias("language"),
        parts.field("field_0").str.strip_chars().alias("text"),
        parts.field("field_1").str.strip_chars().alias("partner"),
    )


def _from_json(lines: pl.DataFrame, path: Path) -> pl.DataFrame:
    rows = []
    for line, text in lines.iter_rows():
        try:
            row = _Row.model_validate_json(text)
        except ValidationError:
            raise InputError(
                'not an object such as {"text": "…", "partner": "…", "language": "en"}', path=path, line=line
            ) from None
        rows.append((row.language, row.text, row.partner))
    return pl.DataFrame(rows, schema=TEXT_SCHEMA, orient="row")
