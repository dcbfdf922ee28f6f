"""What an encoder is asked about a fact: a sentence without its object, or subject and relation."""

from __future__ import annotations

import polars as pl

from kgalign.adapters.evaluation.prompts import FEMININE, MASCULINE, Prompts
from kgalign.adapters.facts_by_language import facts_of
from kgalign.kg import IRI_ORIGIN, KnowledgeGraph

# Wikidata's property "sex or gender", and the items that prompts have words for.
_GENDER_PROPERTY = "P21"
_GENDERS = {"Q6581097": MASCULINE, "Q2449503": MASCULINE, "Q6581072": FEMININE, "Q1052281": FEMININE}
_FALLBACK_LANGUAGE = "en"
_LAST_PART = r"([^/#]+)$"


def query_texts(
    graph: KnowledgeGraph, facts: pl.DataFrame, prompts: Prompts | None = None, hidden: str = ""
) -> list[str]:
    """One query for each fact.

    Where *prompts* have the relation in the language, the query is that sentence about the subject with
    its object cut out; elsewhere it is the subject's label and the relation's, with a space between them,
    as for the objective TP of Hou et al. ("Adapters for Enhanced Modeling of Multilingual Knowledge and
    Text", 2022).

    Args:
        graph: names the relations, and tells people's gender where it has Wikidata's P21.
        facts: ``subject``, ``relation``, ``language``, ``subject_text`` (the subject's label).
        prompts: None where there are none.
        hidden: what stands in the object's place in a sentence, as an ellipsis; nothing by default.

    Returns:
        As many texts as there are facts, in their order.
    """
    rows = facts.select("subject", "relation", "language", "subject_text").with_row_index("row")
    rows = rows.join(subject_genders(graph), on="subject", how="left", maintain_order="left")
    iris = graph.relations["iri"]
    names = _relation_names(graph)
    parts = [pl.DataFrame(schema={"row": rows.schema["row"], "query": pl.String})]
    for (relation, language, gender), some in rows.group_by("relation", "language", "gender"):
        prompt = None if prompts is None else prompts.of(iris[relation], str(language))
        if prompt is None:
            name = names.get((relation, language)) or names.get((relation, _FALLBACK_LANGUAGE))
            around = ["", f" {name or names[relation, None]}"]
        else:
            around = prompt.around_subject(None if gender is None else str(gender), hidden)
        pieces = [pl.lit(around[0])]
        for piece in around[1:]:
            pieces += [pl.col("subject_text"), pl.lit(piece)]
        parts.append(some.select("row", pl.concat_str(pieces).alias("query")))
    return pl.concat(parts).sort("row")["query"].to_list()


def subject_genders(graph: KnowledgeGraph) -> pl.DataFrame:
    """``subject`` and ``gender`` (``MASC``, ``FEM``) of those that the graph states one gender of."""
    properties = graph.relations.filter(pl.col("iri").str.extract(_LAST_PART) == _GENDER_PROPERTY)["id"]
    return (
        facts_of(graph)
        .filter(pl.col("relation").is_in(properties.implode()))
        .join(graph.entities, left_on="object", right_on="id")
        .with_columns(
            gender=pl.col("iri")
            .str.extract(_LAST_PART)
            .replace_strict(_GENDERS, default=None, return_dtype=pl.String)
        )
        .drop_nulls("gender")
        .select("subject", "gender")
        .unique()
        .filter(pl.len().over("subject") == 1)
    )


def _relation_names(graph: KnowledgeGraph) -> dict[tuple[int, str | None], str]:
    """Names by relation and language; by None the one for languages that have none."""
    ordered = (
        graph.relation_labels.filter("preferred")
        .with_columns(from_iri=pl.col("origin") == IRI_ORIGIN)
        .sort("relation", "from_iri", "language", nulls_last=True)
    )
    names: dict[tuple[int, str | None], str] = {}
    for relation, language, text in ordered.select("relation", "language", "text").iter_rows():
        names.setdefault((relation, None), text)
        names.setdefault((relation, language), text)
    return names
