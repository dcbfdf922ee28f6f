"""Rules mined from the joined graph by joins: what tends to hold of two entities when something else does.

Three kinds, as AnyBURL knows them (Meilicke et al., "Anytime Bottom-Up Rule Learning for Knowledge Graph
Completion", 2019), each counted over all facts at once instead of sampled:

- *pair* rules: ``(h, a, t) → (h, r, t)``, the body stated by a certain graph and the head by the one asked
  about. With a = r, and another graph, this is copying, weighed by how often it is right;
- *constant* rules: ``(h, a, c) → (h, r, t)`` for certain c and t;
- *path* rules: ``(h, a, x), (x, b, t) → (h, r, t)``.

a and b are relations in either direction. A rule's confidence is the share of its conclusions that are
known, among those whose head has the relation r at all (partial completeness; Galárraga et al., "AMIE",
2013): a query presupposes that there is a tail. What several rules say of a tail is joined as if they were
independent (noisy or), and as the best of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from kgalign.adapters.completion.base import SparseScorer
from kgalign.adapters.completion.data import CompletionData

# Sums of logarithms are taken over integers of this unit, so that their order doesn't matter.
_UNIT = 1_000_000
_SURE = 0.999


@dataclass(frozen=True)
class RuleOptions:
    """How rules are mined.

    Attributes:
        support: how many known facts a rule must conclude.
        doubt: counts as so many further, wrong conclusions: rules of few cases are trusted less.
        least: confidence below which a rule is dropped.
        backing: a pair rule's confidence between two graphs starts at that between all graphs, which
            counts as so many cases.
        hub: heads in more facts than this teach no constant rules.
        crossing: entities in more facts than this are none that a path leads over.
    """

    support: int = 2
    doubt: float = 2.0
    least: float = 0.01
    backing: float = 5.0
    hub: int = 300
    crossing: int = 100


def both_ways(data: CompletionData) -> pl.DataFrame:
    """The joined facts in both directions: ``graph``, ``head``, ``relation``, ``tail``; inverse ones come
    after all others in number."""
    facts = data.joined_facts
    inverse = facts.select(
        "graph", head="tail", relation=pl.col("relation") + data.relation_count, tail="head"
    )
    return pl.concat([facts, inverse])


def combined(said: pl.DataFrame, prefix: str) -> pl.DataFrame:
    """Join what rules say: of ``query``, ``tail``, ``confidence`` rows to one row per query and tail."""
    doubt = -(1.0 - pl.col("confidence").clip(0.0, _SURE)).log()
    return (
        said.with_columns(units=(doubt * _UNIT).round().cast(pl.Int64))
        .group_by("query", "tail")
        .agg(pl.col("units").sum(), pl.col("confidence").max())
        .select(
            "query",
            "tail",
            (pl.col("units") / _UNIT).alias(prefix),
            pl.col("confidence").alias(f"{prefix} best"),
        )
        .sort("query", "tail")
    )


def _trusted(
    support: pl.DataFrame, cases: pl.DataFrame, key: Sequence[str], options: RuleOptions
) -> pl.DataFrame:
    """The rules with enough support and confidence; its ``confidence`` in the place of counts."""
    return (
        support.filter(pl.col("right") >= options.support)
        .join(cases, on=key)
        .with_columns(confidence=pl.col("right") / (pl.col("cases") + options.doubt))
        .filter(pl.col("confidence") >= options.least)
        .drop("right", "cases")
    )


_PAIR_RULE = ("stated", "body", "graph", "relation")


class PairRules(SparseScorer):
    """Rules about the same two entities.

    Their confidence is that between the stating and the asked graph, drawn towards that between all.
    """

    def __init__(self, data: CompletionData, options: RuleOptions | None = None) -> None:
        super().__init__(data)
        self._options = options or RuleOptions()
        self._facts = both_ways(data)
        self._rules = self._mined()

    @property
    def names(self) -> tuple[str, ...]:
        """See :attr:`Scorer.names`."""
        return ("pair", "pair best")

    def _mined(self) -> pl.DataFrame:
        counts, options = self._counted(), self._options
        overall = (
            counts.group_by("body", "relation")
            .agg(pl.col("right").sum(), pl.col("cases").sum())
            .filter(pl.col("right") >= options.support)
            .select("body", "relation", overall=pl.col("right") / (pl.col("cases") + options.doubt))
        )
        backed = pl.col("right") + options.backing * pl.col("overall")
        return (
            counts.join(overall, on=["body", "relation"])
            .with_columns(confidence=backed / (pl.col("cases") + options.backing))
            .filter(pl.col("confidence") >= options.least)
            .select(*_PAIR_RULE, "confidence")
        )

    def _counted(self) -> pl.DataFrame:
        """How many conclusions each rule draws (``cases``), and how many of them are known (``right``)."""
        facts = self._data.joined_facts
        body = self._facts.rename({"graph": "stated", "relation": "body"})
        right = body.join(facts, on=["head", "tail"]).group_by(_PAIR_RULE).agg(right=pl.len())
        # A graph can only know what it has an entity for.
        entity, graph = (self._data.members >= 0).nonzero()
        present = pl.DataFrame({"tail": entity, "graph": graph})
        per_head = (
            body.join(present, on="tail").group_by("stated", "body", "head", "graph").agg(cases=pl.len())
        )
        domain = facts.select("graph", "head", "relation").unique()
        cases = per_head.join(domain, on=["head", "graph"]).group_by(_PAIR_RULE).agg(pl.col("cases").sum())
        # What a graph states itself is no evidence for what it states itself.
        other = (pl.col("stated") != pl.col("graph")) | (pl.col("body") != pl.col("relation"))
        return (
            cases.filter(other)
            .join(right, on=_PAIR_RULE, how="left")
            .with_columns(pl.col("right").fill_null(0))
        )

    def found(self, queries: pl.DataFrame, graph: int) -> pl.DataFrame:
        """See :meth:`SparseScorer.found`."""
        rules = self._rules.filter(pl.col("graph") == graph).drop("graph")
        said = (
            queries.join(self._facts.rename({"graph": "stated", "relation": "body"}), on="head")
            .join(rules, on=["stated", "body", "relation"])
            .select("query", "tail", "confidence")
        )
        return combined(said, "pair")


_CONSTANT_RULE = ("body", "constant", "relation")


class ConstantRules(SparseScorer):
    """Rules from one entity that the head is tied to, to one tail."""

    def __init__(self, data: CompletionData, options: RuleOptions | None = None) -> None:
        super().__init__(data)
        self._options = options or RuleOptions()
        facts = both_ways(data).select("head", "relation", "tail").unique()
        self._bodies = facts.rename({"relation": "body", "tail": "constant"})
        self._rules = self._mined()

    @property
    def names(self) -> tuple[str, ...]:
        """See :attr:`Scorer.names`."""
        return ("constant", "constant best")

    def _mined(self) -> pl.DataFrame:
        options = self._options
        bodies = self._bodies.filter(pl.len().over("head") <= options.hub)
        bodies = bodies.filter(pl.len().over("body", "constant") >= options.support)
        heads = self._data.joined_facts.select("head", "relation", "tail").unique()
        right = bodies.join(heads, on="head").filter(pl.col("constant") != pl.col("tail"))
        support = right.group_by(*_CONSTANT_RULE, "tail").agg(right=pl.len())
        domain = heads.select("head", "relation").unique()
        cases = bodies.join(domain, on="head").group_by(_CONSTANT_RULE).agg(cases=pl.len())
        return _trusted(support, cases, _CONSTANT_RULE, options)

    def found(self, queries: pl.DataFrame, graph: int) -> pl.DataFrame:
        """See :meth:`SparseScorer.found`."""
        said = (
            queries.join(self._bodies, on="head")
            .join(self._rules, on=_CONSTANT_RULE)
            .select("query", "tail", "confidence")
        )
        return combined(said, "constant")


_PATH_RULE = ("first", "second", "relation")
# So many heads' paths are held at once.
_HEADS = 3000


class PathRules(SparseScorer):
    """Rules from a path of two facts."""

    def __init__(self, data: CompletionData, options: RuleOptions | None = None) -> None:
        super().__init__(data)
        self._options = options or RuleOptions()
        facts = both_ways(data).select("head", "relation", "tail").unique()
        self._first = facts.select("head", first="relation", middle="tail").filter(
            pl.len().over("middle") <= self._options.crossing
        )
        self._second = facts.select(middle="head", second="relation", tail="tail")
        self._rules = self._mined()

    @property
    def names(self) -> tuple[str, ...]:
        """See :attr:`Scorer.names`."""
        return ("path", "path best")

    def _paths(self, heads: pl.DataFrame) -> pl.DataFrame:
        return (
            heads.join(self._first, on="head")
            .join(self._second, on="middle")
            .filter(pl.col("head") != pl.col("tail"))
            .drop("middle")
            .unique()
        )

    def _mined(self) -> pl.DataFrame:
        known = self._data.joined_facts.select("head", "relation", "tail").unique()
        domain = known.select("head", "relation").unique()
        right, cases = [], []
        heads = domain.select("head").unique().sort("head")
        for start in range(0, heads.height, _HEADS):
            paths = self._paths(heads.slice(start, _HEADS))
            found = paths.join(known, on=["head", "tail"])
            right.append(found.group_by(_PATH_RULE).agg(right=pl.len()))
            per_head = paths.group_by("head", "first", "second").agg(cases=pl.len())
            cases.append(per_head.join(domain, on="head").group_by(_PATH_RULE).agg(pl.col("cases").sum()))
        support = pl.concat(right).group_by(_PATH_RULE).agg(pl.col("right").sum())
        total = pl.concat(cases).group_by(_PATH_RULE).agg(pl.col("cases").sum())
        return _trusted(support, total, _PATH_RULE, self._options)

    def found(self, queries: pl.DataFrame, graph: int) -> pl.DataFrame:
        """See :meth:`SparseScorer.found`."""
        paths = self._paths(queries.select("head").unique())
        said = (
            queries.join(paths, on="head")
            .join(self._rules, on=_PATH_RULE)
            .select("query", "tail", "confidence")
        )
        return combined(said, "path")
