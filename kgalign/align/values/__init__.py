"""Values compared by what they mean: quantities, dates, places, codes, addresses and texts."""

from kgalign.align.values.comparison import MATCH_SCHEMA, ComparedValues, compare_values

__all__ = ["MATCH_SCHEMA", "ComparedValues", "compare_values"]
