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
        hub: what stands in more facts than this is no body of a constant rule's learning, and nothing
            that a path leads over.
        widest: a constant or a path that leads to more tails than this says only of the first so many.
    """

    support: int = 2
    doubt: float = 2.0
    least: float = 0.01
    hub: int = 300
    path_hub: int = 100
    widest: int = 30


def both_ways(data: CompletionData) -> pl.DataFrame:
    """The joined facts in both directions: ``graph``, ``head``, ``relation``, ``tail``; inverse ones come
    after all others in number."""
    facts = data.joined_facts
    inverse = facts.select("graph", head="tail", relation=pl.col("relation") + data.relation_count, tail="head")
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


class PairRules(SparseScorer):
    """Rules about the same two entities; learnt per stating graph and asked graph, backed off to all graphs."""

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
        facts = self._data.joined_facts
        members = pl.DataFrame({"entity": range(self._data.joined_count)})
        body = self._facts.rename({"graph": "stated", "relation": "body"})
        head = facts.rename({"graph": "graph"})
        right = body.join(head, on=["head", "tail"]).filter(
            (pl.col("stated") != pl.col("graph")) | (pl.col("body") != pl.col("relation"))
        )
        key = ["stated", "body", "graph", "relation"]
        support = right.group_by(key).agg(right=pl.len())
        domain = facts.select("graph", "head", "relation").unique()
        # Only what both graphs have an entity for can be concluded.
        present = self._present()
        bodies = body.join(present.rename({"entity": "tail"}), on="tail")
        per_head = bodies.group_by("stated", "body", "head", "graph").agg(count=pl.len())
        cases = per_head.join(domain, on=["head", "graph"]).group_by(key).agg(cases=pl.col("count").sum())
        rules = support.join(cases, on=key).filter(pl.col("right") > 0)
        overall = (
            rules.group_by("body", "relation")
            .agg(pl.col("right").sum(), pl.col("cases").sum())
            .with_columns(overall=pl.col("right") / (pl.col("cases") + self._options.doubt))
            .filter(pl.col("right") >= self._options.support)
            .select("body", "relation", "overall")
        )
        return (
            rules.join(overall, on=["body", "relation"])
            .with_columns(confidence=(pl.col("right") + 5 * pl.col("overall")) / (pl.col("cases") + 5))
            .filter(pl.col("confidence") >= self._options.least)
            .select(*key, "confidence")
        )

    def _present(self) -> pl.DataFrame:
        members = self._data.members
        entity, graph = (members >= 0).nonzero()
        return pl.DataFrame({"entity": entity, "graph": graph})

    def found(self, queries: pl.DataFrame, graph: int) -> pl.DataFrame:
        """See :meth:`SparseScorer.found`."""
        rules = self._rules.filter(pl.col("graph") == graph).drop("graph")
        said = (
            queries.join(self._facts.rename({"graph": "stated", "relation": "body"}), on="head")
            .join(rules, on=["stated", "body", "relation"])
            .select("query", "tail", "confidence")
        )
        return combined(said, "pair")


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
        right = bodies.join(heads, on="head").filter(
            (pl.col("constant") != pl.col("tail"))
        )
        key = ["body", "constant", "relation"]
        support = (
            right.group_by(*key, "tail").agg(right=pl.len()).filter(pl.col("right") >= options.support)
        )
        domain = heads.select("head", "relation").unique()
        cases = bodies.join(domain, on="head").group_by(key).agg(cases=pl.len())
        return (
            support.join(cases, on=key)
            .with_columns(confidence=pl.col("right") / (pl.col("cases") + options.doubt))
            .filter(pl.col("confidence") >= options.least)
            .select(*key, "tail", "confidence")
        )

    def found(self, queries: pl.DataFrame, graph: int) -> pl.DataFrame:
        """See :meth:`SparseScorer.found`."""
        said = (
            queries.join(self._bodies, on="head")
            .join(self._rules, on=["body", "constant", "relation"])
            .select("query", "tail", "confidence")
        )
        return combined(said, "constant")


class PathRules(SparseScorer):
    """Rules from a path of two facts."""

    def __init__(self, data: CompletionData, options: RuleOptions | None = None) -> None:
        super().__init__(data)
        self._options = options or RuleOptions()
        facts = both_ways(data).select("head", "relation", "tail").unique()
        self._first = facts.select("head", first="relation", middle="tail").filter(
            pl.len().over("middle") <= self._options.path_hub
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
        options = self._options
        known = self._data.joined_facts.select("head", "relation", "tail").unique()
        domain = known.select("head", "relation").unique()
        right, cases = [], []
        heads = domain.select("head").unique().sort("head")
        for start in range(0, heads.height, 3000):
            paths = self._paths(heads.slice(start, 3000))
            right.append(
                paths.join(known, on=["head", "tail"]).group_by("first", "second", "relation").agg(right=pl.len())
            )
            per_head = paths.group_by("head", "first", "second").agg(count=pl.len())
            cases.append(
                per_head.join(domain, on="head")
                .group_by("first", "second", "relation")
                .agg(cases=pl.col("count").sum())
            )
        key = ["first", "second", "relation"]
        support = pl.concat(right).group_by(key).agg(pl.col("right").sum())
        support = support.filter(pl.col("right") >= options.support)
        total = pl.concat(cases).group_by(key).agg(pl.col("cases").sum())
        return (
            support.join(total, on=key)
            .with_columns(confidence=pl.col("right") / (pl.col("cases") + options.doubt))
            .filter(pl.col("confidence") >= options.least)
            .select(*key, "confidence")
        )

    def found(self, queries: pl.DataFrame, graph: int) -> pl.DataFrame:
        """See :meth:`SparseScorer.found`."""
        paths = self._paths(queries.select("head").unique())
        said = (
            queries.join(paths, on="head")
            .join(self._rules, on=["first", "second", "relation"])
            .select("query", "tail", "confidence")
        )
        return combined(said, "path")
