"""Missing tails of DBP-5L: a language model, copying through links, embeddings and rules, and all together.

Every figure is of tail prediction on the test triples, filtered, among all entities of the language, equal
scores sharing their mean rank. All methods know the training triples of all languages and all links
between them; the combination's weights are learnt on validation triples; nothing is chosen on the test
triples. *Copyable* are those test triples that another language states in its training or validation
triples, by a link between the two languages themselves.

    python tools/bench/completion.py [DATA] [--encoder NAME_OR_FOLDER] [--keep DIR] [--with-validation]

With ``--keep``, what was ranked before is not ranked again: only the rows of another encoder are.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from aligner_runs import circumstances
from completion_data import read_dbp5l
from dbp5l import DATA
from safetensors import safe_open
from safetensors.torch import save_file

from kgalign.adapters.adapted_encoder import open_encoder
from kgalign.adapters.completion.base import Scorer
from kgalign.adapters.completion.combination import (
    CombinationOptions,
    CombinedScorer,
    Weighing,
    learn,
    lesson,
)
from kgalign.adapters.completion.copying import CopyingScorer, copyable
from kgalign.adapters.completion.data import CompletionData, together
from kgalign.adapters.completion.embedding import (
    ComplexEmbedding,
    EmbeddingOptions,
    EmbeddingScorer,
    train_embedding,
)
from kgalign.adapters.completion.evaluation import tail_ranks
from kgalign.adapters.completion.frequency import FrequencyScorer, RangeScorer
from kgalign.adapters.completion.language_model import LanguageModelScorer
from kgalign.adapters.completion.rules import ConstantRules, PairRules, PathRules
from kgalign.adapters.completion.translation import TranslationScorer
from kgalign.evaluate.ranking import Ranks, tail_metrics
from kgalign.files import atomic_file

RESULTS = Path(__file__).resolve().parent / "results" / "completion.json"
FROZEN = "e5"
# MRR, in percent, as published: Chen et al. 2020 and Chakrabarti et al. 2022; the best of JMAC and M-NTA.
PUBLISHED = {
    "SS-AGA (published)": {"el": 35.3, "ja": 42.9, "fr": 36.6, "es": 38.4, "en": 23.1},
    "best published": {"el": 71.7, "ja": 66.8, "fr": 66.0, "es": 66.3, "en": 47.5},
}
PUBLISHED_HITS = {"SS-AGA (published)": {"el": 30.8, "ja": 34.6, "fr": 25.5, "es": 27.1, "en": 16.3}}


_SECONDS = "cpu_seconds"


@dataclass(frozen=True)
class Measured:
    """The ranks that a method gave the test triples, and what it cost.

    Attributes:
        ranks: one for each test triple.
        cpu_seconds: of learning and ranking, without learning ComplEx, and without encoding what the
            cache of vectors has already.
    """

    ranks: Ranks
    cpu_seconds: float


@dataclass(frozen=True)
class Row:
    """A method.

    Attributes:
        name: what the table calls it.
        make: makes it ready to score.
        identity: the encoder that it rests on, where its name doesn't tell.
    """

    name: str
    make: Callable[[], Scorer]
    identity: str = ""


class Methods:
    """All scorers over some data, each made when it is first asked for.

    Args:
        data: the graphs.
        keep: where what is learnt is kept; None to keep nothing.
        mark: tells what is kept for this data from what is kept for other data.
    """

    def __init__(self, data: CompletionData, keep: Path | None, mark: str = "") -> None:
        self.data = data
        self.keep = keep
        self._mark = mark

    @cached_property
    def graph(self) -> list[Scorer]:
        """All scorers that read no label."""
        rules = [PairRules(self.data), ConstantRules(self.data), PathRules(self.data)]
        rest = [CopyingScorer(self.data), FrequencyScorer(self.data), RangeScorer(self.data)]
        return [self.embedding, *rules, *rest]

    @cached_property
    def embedding(self) -> EmbeddingScorer:
        """ComplEx on the joined graph."""
        return EmbeddingScorer(self.data, self._learnt[0])

    @property
    def embedding_seconds(self) -> float:
        """What learning :attr:`embedding` cost, now or when it was kept: CPU seconds."""
        return self._learnt[1]

    @cached_property
    def _learnt(self) -> tuple[ComplexEmbedding, float]:
        options = EmbeddingOptions()
        path = self._path(f"embedding-{_mark(options)}{self._mark}.safetensors")
        if path is not None and path.is_file():
            model = ComplexEmbedding(self.data.joined_count, 2 * self.data.relation_count, options.rank)
            with safe_open(path, "pt") as kept:
                model.load_state_dict({name: kept.get_tensor(name) for name in kept.keys()})  # noqa: SIM118
                return model, float(kept.metadata()[_SECONDS])
        began = time.process_time()
        model = train_embedding(self.data, options)
        seconds = round(time.process_time() - began, 1)
        if path is not None:
            with atomic_file(path) as scratch:
                save_file(model.state_dict(), scratch, metadata={_SECONDS: str(seconds)})
        return model, seconds

    def language_model(self, encoder: str) -> Scorer:
        """The language model called *encoder*."""
        return LanguageModelScorer(self.data, open_encoder(encoder))

    def ranked(self, row: Row) -> Measured:
        """The ranks of the test triples by what *row* makes, or those kept of it."""
        name = row.name
        path = self._path(re.sub(r"\W+", "-", name) + f"-{_mark(name + row.identity)}{self._mark}.npz")
        if path is not None and path.is_file():
            with np.load(path, allow_pickle=False) as kept:
                return Measured(kept["ranks"], float(kept["cpu_seconds"]))
        began = time.process_time()
        ranks = tail_ranks(self.data, self.data.test, row.make())
        found = Measured(ranks, round(time.process_time() - began, 1))
        if path is not None:
            with atomic_file(path) as scratch, scratch.open("wb") as file:
                np.savez(file, ranks=found.ranks, cpu_seconds=found.cpu_seconds)
        print(f"{name}: {found.cpu_seconds} CPU s, MRR {tail_metrics(ranks).mrr:.3f}", flush=True)
        return found

    def _path(self, name: str) -> Path | None:
        return None if self.keep is None else self.keep / name


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path, nargs="?", default=DATA, help="the folder of DBP-5L")
    parser.add_argument("--encoder", default=FROZEN, help="a language model beside the frozen one")
    parser.add_argument("--keep", type=Path, help="keep what is learnt and ranked here")
    parser.add_argument(
        "--with-validation",
        action="store_true",
        help="add a row that knows the validation triples too when it ranks",
    )
    parser.add_argument("--rows", nargs="*", help="only these rows of the table, by name")
    parser.add_argument("--threads", type=int, default=1, help="threads of torch")
    parser.add_argument("--output", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    if arguments.keep is not None:
        arguments.keep.mkdir(parents=True, exist_ok=True)
    data = read_dbp5l(arguments.data)
    methods = Methods(data, arguments.keep)
    found = measured(methods, arguments.encoder, arguments.with_validation, arguments.rows)
    told = report(data, found)
    print(table(told))
    content = {
        "rows": told,
        "embedding_cpu_seconds": methods.embedding_seconds,
        "circumstances": circumstances(),
    }
    with atomic_file(arguments.output) as scratch:
        scratch.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def measured(
    methods: Methods, encoder: str, with_validation: bool, rows: list[str] | None = None
) -> dict[str, Measured]:
    """The ranks of each row of the table, or of those that *rows* names."""
    print(f"ComplEx: learnt in {methods.embedding_seconds:.0f} CPU s", flush=True)
    made = [row for row in all_rows(methods, encoder) if rows is None or row.name in rows]
    if with_validation:
        title = f"combination with {encoder}, knowing the validation triples"
        made.append(Row(title, partial(knowing_more, methods, encoder), identity(encoder)))
    return {row.name: methods.ranked(row) for row in made}


def all_rows(methods: Methods, encoder: str) -> list[Row]:
    """The rows of the table, in its order."""
    data = methods.data
    encoders = list(dict.fromkeys([FROZEN, encoder]))
    return [
        Row("copy through links", lambda: CopyingScorer(data, direct=True)),
        Row("copy through links of links", lambda: CopyingScorer(data)),
        Row("TransE, each language alone", lambda: TranslationScorer(data, joined=False)),
        Row("TransE, joined", lambda: TranslationScorer(data, joined=True)),
        *(
            Row(f"language model {name}", partial(methods.language_model, name), identity(name))
            for name in encoders
        ),
        Row("pair rules", lambda: PairRules(data)),
        Row("ComplEx, joined", lambda: methods.embedding),
        Row("combination without a language model", lambda: weighed(methods, methods.graph)[0]),
        *(
            Row(f"combination with {name}", partial(combined, methods, name), identity(name))
            for name in encoders
        ),
    ]


def identity(encoder: str) -> str:
    """What tells an encoder from one that bore its name before; the frozen one never changes."""
    return "" if encoder == FROZEN else open_encoder(encoder).identity


def combined(methods: Methods, encoder: str) -> Scorer:
    """Everything combined, with the language model called *encoder*."""
    return weighed(methods, [*methods.graph, methods.language_model(encoder)])[0]


def weighed(methods: Methods, scorers: list[Scorer]) -> tuple[Scorer, list[Weighing]]:
    """*scorers* combined by networks learnt on validation triples, and these."""
    options = CombinationOptions()
    networks = learn(lesson(methods.data, scorers, options), options)
    return CombinedScorer(methods.data, scorers, networks), networks


def knowing_more(methods: Methods, encoder: str) -> Scorer:
    """The combination as learnt, but over scorers that know the validation triples as well."""
    _, networks = weighed(methods, [*methods.graph, methods.language_model(encoder)])
    data = methods.data
    more = Methods(
        replace(data, known=together([data.known, data.validation])), methods.keep, "-with-validation"
    )
    return CombinedScorer(more.data, [*more.graph, more.language_model(encoder)], networks)


def report(data: CompletionData, found: Mapping[str, Measured]) -> list[dict[str, Any]]:
    """Each row's figures per language: of all test triples, of the copyable ones and of the others.

    ``never`` are the triples that no language states in training or validation, over whatever links.
    """
    graph = data.graph_of(data.test.head)
    direct, any_way = copyable(data, data.test, direct=True), copyable(data, data.test)
    parts = {"all": direct | ~direct, "copyable": direct, "others": ~direct, "never": ~any_way}
    return [
        {
            "method": name,
            "cpu_seconds": one.cpu_seconds,
            "languages": {
                language: {
                    part: asdict(tail_metrics(one.ranks[chosen & (graph == number)]))
                    for part, chosen in parts.items()
                }
                for number, language in enumerate(data.graphs)
            },
        }
        for name, one in found.items()
    ]


def table(told: list[dict[str, Any]]) -> str:
    """All rows, language by language, as Markdown; figures in percent."""
    lines = []
    for language in told[0]["languages"]:
        share = told[0]["languages"][language]
        if not share["all"]["triples"]:
            continue
        lines += [
            f"\n{language}: {share['all']['triples']:,} test triples, "
            f"{share['copyable']['triples'] / share['all']['triples']:.0%} of them copyable, "
            f"{share['never']['triples'] / share['all']['triples']:.0%} stated nowhere else\n",
            "| method | Hits@1 | Hits@3 | Hits@10 | MRR | MRR, copyable | MRR, others | MRR, stated nowhere"
            " else | CPU s |",
            "| --- |" + " ---: |" * 8,
        ]
        for name, figures in PUBLISHED.items():
            hits = PUBLISHED_HITS.get(name, {}).get(language, "–")
            lines.append(f"| {name} | {hits} | – | – | {figures[language]} | – | – | – | – |")
        for row in told:
            one = row["languages"][language]
            whole = [one["all"][name] for name in ("hits_at_1", "hits_at_3", "hits_at_10", "mrr")]
            cells = [*whole, *(one[part]["mrr"] for part in ("copyable", "others", "never"))]
            written = " | ".join(f"{100 * cell:.1f}" for cell in cells)
            lines.append(f"| {row['method']} | {written} | {row['cpu_seconds']:.0f} |")
    return "\n".join(lines)


def _mark(thing: object) -> str:
    return hashlib.sha256(repr(thing).encode()).hexdigest()[:8]


if __name__ == "__main__":
    main()
