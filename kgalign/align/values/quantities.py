"""Numbers, with the unit that the datatype or the text gives them."""

from __future__ import annotations

import polars as pl

from kgalign.align.values.cldr import USUAL_LANGUAGES, comma_languages, unit_spelling, unit_spellings
from kgalign.align.values.literals import languages_beyond
from kgalign.align.values.units import unit_named

_LONGEST_TEXT = 64
_MOST_DIGITS = 15
_UNIT_DIGITS = 12
_ABOUT = r"(?i)^(?:[~≈]|ca?\. ?|circa |about |approx\.? |approximately )"
_QUANTITY = r"^([+-]?) ?(\d[\d.,' ’]*|\.\d+)(?:e([+-]?\d{1,3}))?( ?[^\d ].{0,31})?$"
_UNIT_DATATYPE = r"(?:^http://dbpedia\.org/datatype/|/qudt/unit#|qudt\.org/.*unit/)([A-Za-z]+)$"
_SCALES = {
    "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "lakh": 1e5, "crore": 1e7,
    "लाख": 1e5, "करोड़": 1e7, "тыс.": 1e3, "тыс": 1e3, "млн": 1e6, "млрд": 1e9, "mio.": 1e6, "mrd.": 1e9,
    "万": 1e4, "萬": 1e4, "億": 1e8, "亿": 1e8, "兆": 1e12, "만": 1e4, "억": 1e8,
}  # fmt: skip
# The ways to write digits in groups, and the decimals after them.
_PLAIN = r"^(?:\d+\.?\d*|\.\d+)$"
_DECIMAL_COMMA = r"^\d+,\d+$"
_ONE_GROUP = r"^[1-9]\d{0,2}[.,]\d{3}$"
_COMMA_GROUPS = r"^[1-9]\d{0,2}(?:,\d{2,3})*,\d{3}(?:\.\d+)?$"
_POINT_GROUPS = r"^[1-9]\d{0,2}(?:(?:\.\d{3}){2,}|(?:\.\d{3})+,\d+)(?:,\d+)?$"
_SPACE_GROUPS = r"^[1-9]\d{0,2}(?:[ '’]\d{3})+(?:[.,]\d+)?$"
_LEADING_ZERO = r"^0\d"


def quantities(literals: pl.DataFrame) -> pl.DataFrame:
    """Read the literals that are numbers.

    Thousands may be set apart by commas, points, spaces or apostrophes and decimals by a point or a
    comma. ``1,234`` and ``1.234`` are read as the literal's language writes them; without one, a comma
    groups and a point divides. An integer of more than 15 digits is a code, and so is a number that
    starts with a needless zero, unless its datatype says number.

    Args:
        literals: see :func:`~kgalign.align.values.literals.literals`.

    Returns:
        ``literal``, ``written`` (the number as it stands), ``dimension`` ("" without a unit) and
        ``amount`` (in SI units).
    """
    found = _numbers(literals)
    spelt = found.filter(pl.col("spelling") != "")
    unspelt = found.filter(pl.col("spelling") == "")
    parts = [
        unspelt.filter(pl.col("unit_name").is_null()).with_columns(
            dimension=pl.lit(""), factor=1.0, offset=0.0
        ),
        _of_datatypes(unspelt.filter(pl.col("unit_name").is_not_null())),
        _spelt_out(spelt, literals) if spelt.height else spelt,
    ]
    in_units = (pl.col("written") * pl.col("factor") + pl.col("offset")).round_sig_figs(_UNIT_DIGITS)
    return (
        pl.concat(parts, how="diagonal")
        .with_columns(amount=pl.when(pl.col("dimension") == "").then("written").otherwise(in_units))
        .filter(pl.col("amount").is_finite())
        .select("literal", "written", "dimension", "amount")
        .sort("literal")
    )


def _numbers(literals: pl.DataFrame) -> pl.DataFrame:
    """``literal``, ``tongue``, ``written``, ``spelling`` of the unit, ``unit_name`` from the datatype."""
    short = literals.filter(
        pl.col("stated").is_in(["", "number"]) & (pl.col("text").str.len_chars() <= _LONGEST_TEXT)
    )
    parts = pl.col("text").str.replace(_ABOUT, "").str.to_lowercase().str.extract_groups(_QUANTITY)
    # The unit is taken from the text as it stands, since case tells megawatts from milliwatts.
    seen = (
        short.with_columns(parts=parts, unit_name=pl.col("datatype").str.extract(_UNIT_DATATYPE))
        .unnest("parts")
        .rename({"1": "sign", "2": "digits", "3": "exponent", "4": "lower_rest"})
        .filter(pl.col("digits").is_not_null())
        .with_columns(
            pl.col("digits").str.strip_chars(" "),
            rest=pl.col("text").str.tail(pl.col("lower_rest").fill_null("").str.len_chars()),
        )
        .with_columns(rest=pl.when(pl.col("lower_rest").is_null()).then(pl.lit("")).otherwise("rest"))
    )
    sure = (pl.col("stated") == "number") | pl.col("unit_name").is_not_null()
    digits = pl.col("digits").str.count_matches(r"\d")
    long_integer = (digits > _MOST_DIGITS) & ~pl.col("text").str.contains(r"[.eE]")
    code = pl.col("digits").str.contains(_LEADING_ZERO) | (digits > _MOST_DIGITS)
    scale, spelling = _scaled(pl.col("rest").str.strip_chars(" "))
    plain = pl.concat_str(
        pl.col("sign").str.replace("+", "", literal=True),
        _without_groups(pl.col("digits"), pl.col("tongue").is_in(comma_languages())),
        pl.format("e{}", pl.col("exponent")).fill_null(""),
    )
    return (
        seen.filter((sure | ~code) & ~long_integer)
        .with_columns(written=plain.cast(pl.Float64, strict=False) * scale, spelling=spelling)
        .filter(pl.col("written").is_finite())
        .select("literal", "tongue", "written", "spelling", "unit_name")
    )


def _without_groups(digits: pl.Expr, comma_language: pl.Expr) -> pl.Expr:
    """*digits* as a plain decimal number, null if they are grouped in no known way."""
    comma_to_point = digits.str.replace(",", ".", literal=True)
    no_commas = digits.str.replace_all(",", "", literal=True)
    no_points = digits.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
    no_spaces = digits.str.replace_all(r"[ '’]", "").str.replace(",", ".", literal=True)
    one_group = digits.str.contains(_ONE_GROUP)
    return (
        pl.when(one_group & comma_language)
        .then(no_points)
        .when(digits.str.contains(_PLAIN))
        .then(digits)
        .when(digits.str.contains(_COMMA_GROUPS))
        .then(no_commas)
        .when(digits.str.contains(_DECIMAL_COMMA))
        .then(comma_to_point)
        .when(digits.str.contains(_POINT_GROUPS))
        .then(no_points)
        .when(digits.str.contains(_SPACE_GROUPS))
        .then(no_spaces)
    )


def _scaled(rest: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """The multiplier that a text after a number starts with, and what follows it."""
    words = "|".join(
        word.replace(".", r"\.") for word in sorted(_SCALES, key=lambda word: (-len(word), word))
    )
    # Ideographs run on; a word of letters has to end.
    pattern = rf"(?i)^({words})(?:$|[ .]|\b)"
    scale = rest.str.to_lowercase().str.extract(pattern).replace_strict(_SCALES, default=1.0).fill_null(1.0)
    return scale, unit_spelling(rest.str.replace(pattern, ""))


def _of_datatypes(found: pl.DataFrame) -> pl.DataFrame:
    names = found["unit_name"].unique().drop_nulls().sort().to_list()
    # A unit nobody knows (a currency) is a dimension of its own: its amounts compare with each other.
    units = [(name, unit_named(name)) for name in names]
    table = pl.DataFrame(
        {
            "unit_name": names,
            "dimension": [unit.dimension if unit else name for name, unit in units],
            "factor": [unit.factor if unit else 1.0 for _, unit in units],
            "offset": [unit.offset if unit else 0.0 for _, unit in units],
        },
        schema={
            "unit_name": pl.String,
            "dimension": pl.String,
            "factor": pl.Float64,
            "offset": pl.Float64,
        },
    )
    return found.join(table, on="unit_name")


def _spelt_out(found: pl.DataFrame, literals: pl.DataFrame) -> pl.DataFrame:
    spellings = unit_spellings(languages_beyond(literals, USUAL_LANGUAGES))
    lower = found.with_columns(spelling=pl.col("spelling").str.to_lowercase())
    common = spellings.filter(pl.col("language") == "").drop("language")
    ways = [
        found.join(spellings, left_on=["spelling", "tongue"], right_on=["spelling", "language"]),
        found.join(common, on="spelling"),
        lower.join(spellings, left_on=["spelling", "tongue"], right_on=["spelling", "language"]),
        lower.join(common, on="spelling"),
    ]
    return pl.concat(ways).unique("literal", keep="first", maintain_order=True)
