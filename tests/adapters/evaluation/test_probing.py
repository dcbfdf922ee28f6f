from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from kgalign.adapters.evaluation import probing
from kgalign.adapters.evaluation.probing import ProbingOptions, probe
from kgalign.adapters.evaluation.probing_scores import (
    Answers,
    low_resource_languages,
    scores_by_group,
    scores_by_language,
    scores_by_relation,
)
from kgalign.adapters.evaluation.prompts import Prompt, Prompts
from kgalign.adapters.evaluation.queries import query_texts, subject_genders
from kgalign.adapters.facts_by_language import facts_by_language, facts_of, preferred_names
from kgalign.encode import TextEncoder
from kgalign.encode.characters import CharacterEncoder
from kgalign.kg import KnowledgeGraph, load

MakeGraph = Callable[[str, str], KnowledgeGraph]
RDFS = "http://www.w3.org/2000/01/rdf-schema#label"
NAMES = {
    "marie": {"en": "Marie", "fr": "Marie"},
    "karl": {"en": "Karl"},
    "poland": {"en": "Poland", "fr": "Pologne"},
    "france": {"en": "France", "fr": "France"},
    "spain": {"en": "Spain"},
    "Q6581072": {"en": "female"},
}
FACTS = [
    ("marie", "P27", "poland"),
    ("marie", "P27", "france"),
    ("karl", "P27", "poland"),
    ("marie", "P19", "poland"),
    ("marie", "P21", "Q6581072"),
    ("poland", "P31", "country"),
    ("france", "P31", "country"),
    ("spain", "P31", "country"),
]


class Told(TextEncoder):
    """Vectors as they are told; what isn't told is 0."""

    def __init__(self, vectors: dict[str, tuple[float, float]]) -> None:
        self.vectors = vectors
        self.asked: list[str] = []

    @property
    def identity(self) -> str:
        return "told"

    @property
    def dimension(self) -> int:
        return 2

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        return np.array([self.vectors.get(text, (0, 0)) for text in texts], np.float32).reshape(-1, 2)


@pytest.fixture
def graph(make_graph: MakeGraph) -> KnowledgeGraph:
    lines = [f"<http://e/{head}> <http://p/{name}> <http://e/{tail}> ." for head, name, tail in FACTS]
    for entity, texts in NAMES.items():
        lines += [f'<http://e/{entity}> <{RDFS}> "{text}"@{tag} .' for tag, text in texts.items()]
    lines.append(f'<http://p/P27> <{RDFS}> "citizenship"@en .')
    lines.append(f'<http://p/P27> <{RDFS}> "nationalité"@fr .')
    return make_graph("facts", "\n".join(lines) + "\n")


def entity(graph: KnowledgeGraph, name: str) -> int:
    return int(graph.entities.filter(pl.col("iri") == f"http://e/{name}")["id"][0])


def relation(graph: KnowledgeGraph, name: str) -> int:
    return int(graph.relations.filter(pl.col("iri") == f"http://p/{name}")["id"][0])


def asked(graph: KnowledgeGraph, *rows: tuple[str, str, str, str]) -> pl.DataFrame:
    numbered = [
        (entity(graph, head), relation(graph, name), entity(graph, tail), language)
        for head, name, tail, language in rows
    ]
    schema = {"subject": pl.UInt32, "relation": pl.UInt32, "object": pl.UInt32, "language": pl.String}
    return pl.DataFrame(numbered, schema=schema, orient="row")


def test_other_true_objects_are_left_out_of_the_ranking(graph: KnowledgeGraph) -> None:
    encoder = Told({"Marie citizenship": (1, 0), "Poland": (0.5, 0.5), "France": (1, 0)})
    found = probe(graph, asked(graph, ("marie", "P27", "poland", "en")), encoder)
    assert found.select("rank", "candidates").rows() == [(1.0, 1)]
    karl = Told({"Karl citizenship": (1, 0), "Poland": (0.5, 0.5), "France": (1, 0)})
    found = probe(graph, asked(graph, ("karl", "P27", "poland", "en")), karl)
    assert found.select("rank", "frequent_rank", "candidates").rows() == [(2.0, 1.0, 2)]


def test_a_silent_encoder_earns_nothing(graph: KnowledgeGraph) -> None:
    found = probe(graph, asked(graph, ("karl", "P27", "poland", "en")), Told({}))
    assert found["rank"].to_list() == [1.5]
    (score,) = scores_by_language(found)
    assert score.encoder.accuracy == 0
    assert score.chance == Answers(0.5, pytest.approx(0.75))


def test_the_training_facts_tell_what_is_frequent(graph: KnowledgeGraph) -> None:
    fact = asked(graph, ("karl", "P27", "poland", "en"))
    training = asked(graph, ("marie", "P27", "france", "en"))
    assert probe(graph, fact, Told({}), training=training)["frequent_rank"].to_list() == [2.0]
    assert probe(graph, fact, Told({}), training=training.clear())["frequent_rank"].to_list() == [1.5]


def test_types_widen_the_choice(graph: KnowledgeGraph) -> None:
    fact = asked(graph, ("karl", "P27", "poland", "en"))
    options = ProbingOptions(candidates="types", type_properties=("http://p/P31",))
    assert probe(graph, fact, Told({}), options=options)["candidates"].to_list() == [3]


def test_a_fact_that_a_language_cannot_tell_is_left_out(graph: KnowledgeGraph) -> None:
    facts = asked(graph, ("karl", "P27", "poland", "fr"), ("marie", "P27", "poland", "fr"))
    assert probe(graph, facts, Told({}))["subject"].to_list() == [entity(graph, "marie")]
    assert probe(graph, facts.clear(), Told({})).height == 0


def test_queries_are_sentences_or_subject_and_relation(graph: KnowledgeGraph) -> None:
    template = "[X] est [citoyen;X-Gender=MASC|citoyenne;X-Gender=FEM] [DEF;Y] [Y] ."
    prompts = Prompts({("P27", "fr"): Prompt.parse(template)})
    facts = asked(
        graph,
        ("marie", "P27", "poland", "fr"),
        ("marie", "P27", "poland", "en"),
        ("marie", "P19", "poland", "fr"),
    ).with_columns(subject_text=pl.lit("Marie [X]"))
    assert query_texts(graph, facts, prompts, "…") == [
        "Marie [X] est citoyenne ….",
        "Marie [X] citizenship",
        "Marie [X] P19",
    ]
    assert query_texts(graph, facts)[0] == "Marie [X] nationalité"
    assert query_texts(graph, facts.clear()) == []
    german = facts.with_columns(language=pl.lit("de"))
    assert query_texts(graph, german)[0] == "Marie [X] citizenship"


def test_gender_is_what_the_graph_states(graph: KnowledgeGraph) -> None:
    assert subject_genders(graph).rows() == [(entity(graph, "marie"), "FEM")]


@pytest.mark.parametrize("at_once", [1, 10**7])
def test_blocks_agree_with_asking_one_by_one(
    graph_data: Path, tmp_path: Path, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = load(graph_data / "world_en_fr_hi.ttl", cache=tmp_path)
    facts = facts_by_language(facts_of(graph), preferred_names(graph)).sample(60, seed=1)
    monkeypatch.setattr(probing, "_SCORES_AT_ONCE", at_once)
    encoder = CharacterEncoder()
    found = probe(graph, facts, encoder)
    assert found.height == 60
    triples = set(facts_of(graph).iter_rows())
    texts = {(entity, language): text for entity, language, text in preferred_names(graph).iter_rows()}
    for subject, name, true, language, rank, candidates in found.select(
        "subject", "relation", "object", "language", "rank", "candidates"
    ).iter_rows():
        fact = pl.DataFrame({"subject": [subject], "relation": [name], "language": [language]}).with_columns(
            subject_text=pl.lit(texts[subject, language])
        )
        query = encoder.encode(query_texts(graph, fact))[0]
        own = texts[true, language]
        others = {
            texts.get((tail, language)) for head, kind, tail in triples if (head, kind) == (subject, name)
        }
        pool = {texts.get((tail, language)) for _, kind, tail in triples if kind == name}
        rivals = sorted(str(text) for text in pool - {None} - (others - {own}))
        scores = encoder.encode(rivals) @ query
        right = scores[rivals.index(own)]
        higher, equal = (scores > right + 1e-6).sum(), (abs(scores - right) <= 1e-6).sum()
        assert (rank, candidates) == (higher + (equal + 1) / 2, len(rivals))


def test_languages_relations_and_groups_are_summed_up(
    graph: KnowledgeGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = asked(
        graph,
        ("marie", "P27", "poland", "fr"),
        ("karl", "P27", "poland", "en"),
        ("marie", "P19", "poland", "en"),
    )
    encoder = Told({"Karl citizenship": (1, 0), "Poland": (0.9, 0.1), "France": (0, 1)})
    found = probe(graph, facts, encoder)
    english, french = scores_by_language(found)
    assert (english.name, english.facts, english.encoder.accuracy) == ("en", 2, 1.0)
    assert (french.name, french.facts, french.candidates) == ("fr", 1, 1.0)
    assert [score.name for score in scores_by_relation(graph, found)] == ["http://p/P27", "http://p/P19"]
    monkeypatch.setattr("kgalign.adapters.evaluation.probing_scores.LOW_RESOURCE", 4)
    assert low_resource_languages(graph) == {"fr"}
    groups = {score.name: score for score in scores_by_group(graph, [english, french])}
    assert list(groups) == ["all", "low-resource", "others"]
    assert groups["all"].candidates == pytest.approx((english.candidates + french.candidates) / 2)
    assert groups["low-resource"].encoder == french.encoder
