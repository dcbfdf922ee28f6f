"""Dates: in the forms of XML Schema and ISO 8601, in figures, and with a month's name in any language."""

from __future__ import annotations

import polars as pl

from kgalign.align.values.cldr import USUAL_LANGUAGES, date_fillers, era_names, month_names
from kgalign.align.values.cleaning import folded
from kgalign.align.values.literals import languages_beyond

_LONGEST_TEXT = 64
_EARLIEST_PLAIN_YEAR, _LATEST_PLAIN_YEAR = 1000, 2100
_ZONE = r"(?:z|utc|[+-]\d{2}:?\d{2})?"
_ISO = rf"^([+-]?\d{{4,6}})-(\d{{2}})(?:-(\d{{2}}))?(?:[t ]\d[\d:.]*)? ?{_ZONE}$"
_YEAR = rf"^([+-]?\d{{1,6}}){_ZONE}$"
_EARLY_YEAR = r"^(-0\d{3})$"
_PLAIN_YEAR = r"^(\d{4})$"
_COMPACT = r"^([12]\d{3})(\d{2})(\d{2})$"
_YEAR_FIRST = r"^(\d{4})[./] ?(\d{1,2})[./] ?(\d{1,2})\.?$"
_POINTS = r"^(\d{1,2})\. ?(\d{1,2})\. ?(\d{3,4})\.?(?: ?[гр]\.?)?$"
_SLASHES = r"^(\d{1,2})[/-](\d{1,2})[/-](\d{4})$"
_IDEOGRAPHIC = (
    r"^(紀元前|公元前|기원전|西暦|公元|서기)? ?(-?\d{1,4}) ?[年년] ?"
    r"(?:(\d{1,2}) ?[月월] ?(?:(\d{1,2}) ?[日일号號])?)?$"
)
_VIETNAMESE = r"^(?:ngay )?(?:(\d{1,2}) )?(?:thang|thg) ?(\d{1,2})(?: nam)? (\d{3,4})$"
_YEAR_WORDS = r"^(?:(?:the|in) )?(?:year|annee|ano|anno|jahr|jaar|год|года|г|р|рік|року|c|ca|circa)$"
_BEFORE_ERA = ("紀元前", "公元前", "기원전")
_LONGEST_MONTHS = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}
_PARTS = ["year", "month", "day"]
_EMPTY = pl.DataFrame(
    schema={
        "literal": pl.UInt32,
        "year": pl.Int32,
        "month": pl.Int16,
        "day": pl.Int16,
        "ambiguous": pl.Boolean,
    }
)


def dates(literals: pl.DataFrame) -> pl.DataFrame:
    """Read the literals that are dates; the time of day doesn't count.

    In ``05/06/1969`` nobody knows which is the month, so it says no more than its year. Four figures
    between 1000 and 2100, and eight that make a date, are dates too (they may be numbers as well).

    Args:
        literals: see :func:`~kgalign.align.values.literals.literals`.

    Returns:
        ``literal``, ``year`` (negative before year 1), ``month`` and ``day`` (null where not stated)
        and ``ambiguous``: whether it states a day or month that can't be told.
    """
    seen = literals.filter(
        pl.col("stated").is_in(["", "date", "year", "number"])
        & (pl.col("text").str.len_chars() <= _LONGEST_TEXT)
        & pl.col("text").str.contains(r"\d")
    ).select("literal", "tongue", "stated", text=pl.col("text").str.to_lowercase())
    free = seen.filter(pl.col("stated") == "")
    whole = seen.filter(pl.col("stated").is_in(["", "number"]))
    parts = [
        _matched(seen.filter(pl.col("stated") != "number"), _ISO, _PARTS),
        _matched(seen.filter(pl.col("stated") == "year"), _YEAR, _PARTS[:1]),
        _matched(free, _EARLY_YEAR, _PARTS[:1]),
        _matched(whole, _PLAIN_YEAR, _PARTS[:1]).filter(
            pl.col("year").is_between(_EARLIEST_PLAIN_YEAR, _LATEST_PLAIN_YEAR)
        ),
        _matched(free, _COMPACT, _PARTS).filter(pl.col("month") * pl.col("day") > 0),
        _matched(free, _YEAR_FIRST, _PARTS),
        _in_figures(free, _POINTS, day_first=True),
        _in_figures(free, _SLASHES, day_first=False),
        _ideographic(free),
        _in_words(free),
    ]
    return (
        pl.concat(parts, how="diagonal_relaxed")
        .select(pl.col(name).cast(kind) for name, kind in _EMPTY.schema.items())
        .with_columns(pl.col("ambiguous").fill_null(False))
        .pipe(_possible)
        .unique("literal", keep="first", maintain_order=True)
        .sort("literal")
    )


def _matched(seen: pl.DataFrame, pattern: str, names: list[str]) -> pl.DataFrame:
    """The groups of *pattern* as numbers, in the columns *names*, of the texts that fit it."""
    groups = pl.col("text").str.extract_groups(pattern)
    return (
        seen.select("literal", groups=groups)
        .unnest("groups")
        .rename({str(place): name for place, name in enumerate(names, start=1)})
        .with_columns(pl.col(name).cast(pl.Int32, strict=False) for name in names)
        .filter(pl.col("year").is_not_null())
    )


def _in_figures(free: pl.DataFrame, pattern: str, *, day_first: bool) -> pl.DataFrame:
    """Day, month and year in figures; *day_first* where the writing says so unless it can't be."""
    a, b = pl.col("a"), pl.col("b")
    day = pl.when(a > 12).then(a).when(b > 12).then(b).otherwise(a)
    month = pl.when(a > 12).then(b).when(b > 12).then(a).otherwise(b)
    unclear = pl.lit(False) if day_first else (a <= 12) & (b <= 12) & (a != b)
    return _matched(free, pattern, ["a", "b", "year"]).select(
        "literal",
        "year",
        month=pl.when(~unclear).then(month),
        day=pl.when(~unclear).then(day),
        ambiguous=unclear,
    )


def _ideographic(free: pl.DataFrame) -> pl.DataFrame:
    found = (
        free.select("literal", groups=pl.col("text").str.extract_groups(_IDEOGRAPHIC))
        .unnest("groups")
        .filter(pl.col("2").is_not_null())
        # 5年 without an era or a month is five years.
        .filter((pl.col("2").str.len_chars() > 2) | pl.col("1").is_not_null() | pl.col("3").is_not_null())
    )
    sign = pl.when(pl.col("1").is_in(_BEFORE_ERA)).then(-1).otherwise(1)
    return found.select(
        "literal",
        year=pl.col("2").cast(pl.Int32) * sign,
        month=pl.col("3").cast(pl.Int32),
        day=pl.col("4").cast(pl.Int32),
    )


def _in_words(free: pl.DataFrame) -> pl.DataFrame:
    """Dates such as 5 May 1969, May 5th, 1969, 5 мая 1969 г., mai 1969 and 44 BC."""
    texts = (
        free.filter(pl.col("text").str.contains(r"\p{L}"))
        .with_columns(
            figures=pl.col("text").str.extract_all(r"\d+"),
            text=folded(pl.col("text")).str.replace_all(r"(\d)(\p{L})", "$1 $2"),
        )
        .filter(
            pl.col("figures").list.len().is_between(1, 3) & ~pl.col("text").str.contains(r"[^\p{L}\p{M}\d ]")
        )
    )
    if texts.height == 0:
        return _EMPTY
    before, after = (rf"(?:^|[\d ])(?:{names})(?:$|[\d ])" for names in era_names())
    words = pl.col("text").str.replace_all(r"[\d ]+", " ").str.strip_chars(" ")
    bare = (
        words.str.replace(rf"(?:^| )(?:{'|'.join(era_names())})$", "")
        .str.replace(rf"^(?:{'|'.join(era_names())})(?: |$)", "")
        .str.replace_all(rf"(?:^|\b)(?:{date_fillers()})\b", "")
        .str.replace_all(r" +", " ")
        .str.strip_chars(" ")
    )
    read = texts.filter(pl.col("figures").list.len() <= 2).with_columns(
        era=pl.when(pl.col("text").str.contains(before))
        .then(-1)
        .when(pl.col("text").str.contains(after))
        .then(1)
        .otherwise(0),
        words=words,
        name=bare,
    )
    months = month_names(languages_beyond(free, USUAL_LANGUAGES))
    common = months.filter(pl.col("language") == "").drop("language")
    own = months.rename({"month": "own_month"})
    named = (
        read.join(own, left_on=["name", "tongue"], right_on=["name", "language"], how="left")
        .join(common, on="name", how="left")
        .with_columns(month=pl.coalesce("own_month", "month"))
    )
    # Without a month, the words beside the figures must be such as go with a year: 1969 m is no date.
    of_year = pl.col("words").str.contains(_YEAR_WORDS) | ((pl.col("name") == "") & (pl.col("era") != 0))
    dated = named.filter(pl.col("month").is_not_null() | (of_year & (pl.col("figures").list.len() == 1)))
    return pl.concat(
        [_arranged(dated), _matched(texts, _VIETNAMESE, ["day", "month", "year"])], how="diagonal_relaxed"
    )


def _arranged(dated: pl.DataFrame) -> pl.DataFrame:
    """Tell the year from the day among the figures beside a month."""
    first = pl.col("figures").list.get(0)
    second = pl.col("figures").list.get(1, null_on_oob=True)
    long_first, long_second = (figures.str.len_chars().is_between(3, 4) for figures in (first, second))
    with_era = pl.col("era") != 0
    year = (
        pl.when(second.is_null() & (long_first | with_era))
        .then(first)
        .when(long_second & ~long_first)
        .then(second)
        .when(long_first & ~long_second)
        .then(first)
        .when(with_era & ~long_first & ~long_second)
        .then(second)
    )
    day = pl.when(second.is_null()).then(None).when(long_first & ~long_second).then(second).otherwise(first)
    sign = pl.when(pl.col("era") < 0).then(-1).otherwise(1)
    return dated.select(
        "literal",
        year=year.cast(pl.Int32, strict=False) * sign,
        month="month",
        day=day.cast(pl.Int32, strict=False),
    ).filter(pl.col("year").is_not_null())


def _possible(found: pl.DataFrame) -> pl.DataFrame:
    """Without impossible months and days; a part written as 0 is not stated."""
    month, day = pl.col("month"), pl.col("day")
    longest = month.replace_strict(_LONGEST_MONTHS, default=31)
    return (
        found.with_columns(month=pl.when(month != 0).then(month), day=pl.when(day != 0).then(day))
        .with_columns(day=pl.when(month.is_not_null()).then(day))
        .filter((month.is_null() | month.is_between(1, 12)) & (day.is_null() | day.is_between(1, longest)))
    )
