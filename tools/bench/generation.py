"""What the template realiser, or a trained model, is worth: WebNLG and XAlignV2, beside published figures.

Templates are learnt from training texts only; nothing was tuned on any of these texts. Names of WebNLG's
entities in Russian are the entries' own links.

    python tools/bench/generation.py [--sets webnlg-en webnlg-ru …] [--train-step 5] [--test-step 10]
    python tools/bench/generation.py --model DIR [--split dev] [--accept off verified] [--texts FILE]
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark_data import ROOT
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF
from string_check import Vocabulary, checked
from webnlg import WEBNLG, entries
from xalign import sentences

from kgalign.files import atomic_file
from kgalign.generate import (
    Description,
    Drafter,
    DrafterChain,
    Example,
    GenerateOptions,
    Generator,
    TemplateRealiser,
    TemplateStore,
    learnt,
)
from kgalign.generate.neural.drafter import open_drafter
from kgalign.verify import Fact, Verifier

RESULTS = ROOT / "tools" / "bench" / "results" / "generation.json"
# BLEU and chrF++ as published (or recomputed by sacrebleu), for the split that is named.
PUBLISHED: dict[str, list[dict[str, Any]]] = {
    "webnlg-en": [
        {"system": "Amazon 2020 (pretrained), test", "bleu": 53.98, "chrf++": 68.96},
        {"system": "FORGE2020 (rules), test", "bleu": 40.40, "chrf++": 62.15},
        {"system": "template memory, 3,307 templates, test", "bleu": 34.74, "chrf++": 63.25},
    ],
    "webnlg-ru": [
        {"system": "cuni-ufal 2020 (pretrained), test", "bleu": 52.93, "chrf++": 67.75},
        {"system": "FORGE2020 (rules), test", "bleu": 25.49, "chrf++": 51.44},
    ],
    "xalign-gu": [{"system": "mT5-small on XAlign, test", "bleu": 16.61}],
    "xalign-mr": [{"system": "mT5-small on XAlign, test", "bleu": 20.23}],
}
_PAGES = ("verified", "off")


@dataclass(frozen=True)
class Item:
    """Facts to be told, what people wrote, and whether the training texts have the things and relations."""

    facts: tuple[Fact, ...]
    references: tuple[str, ...]
    seen: bool
    known: bool


def read(
    name: str, train_step: int, test_step: int, split: str | None = None
) -> tuple[str, str, list[Example], list[Item]]:
    """The language, the split, training examples and items of a data set, each thinned by a step."""
    kind, language = name.split("-")
    if kind == "webnlg":
        split = split or ("test" if (WEBNLG / language / "test.jsonl.gz").is_file() else "dev")
        train = [
            Example(text, language, entry.facts)
            for entry in entries(language, "train", step=train_step)
            for text in entry.texts
        ]
        told = [(entry.facts, entry.texts) for entry in entries(language, split, step=test_step)]
    else:
        split = {"test": "test", "dev": "val", None: "val"}[split]
        train = [
            Example(each.text, language, each.facts) for each in sentences(language, "train", train_step)
        ]
        told = [(each.facts, (each.text,)) for each in sentences(language, split, test_step)]
    things = {fact.subject.value for example in train for fact in example.facts}
    relations = {fact.relation.value for example in train for fact in example.facts}
    items = [
        Item(
            facts,
            texts,
            all(fact.subject.value in things for fact in facts),
            all(fact.relation.value in relations for fact in facts),
        )
        for facts, texts in told
        if facts
    ]
    return language, split, train, items


def scores(texts: Sequence[str], references: Sequence[Sequence[str]]) -> dict[str, float | int]:
    """Corpus BLEU and chrF++ with several references each; items without a text count as empty."""
    if not texts:
        return {"items": 0}
    most = max(map(len, references))
    columns = [[own[place] if place < len(own) else own[0] for own in references] for place in range(most)]
    return {
        "items": len(texts),
        "bleu": round(BLEU().corpus_score(list(texts), columns).score, 2),
        "chrf++": round(CHRF(word_order=2).corpus_score(list(texts), columns).score, 2),
    }


def templates_of(examples: Sequence[Example], kept: Path | None = None) -> TemplateStore:
    """Templates learnt from *examples*, or *kept* in a folder by an earlier call."""
    if kept is not None and kept.is_dir():
        return TemplateStore.read(kept)
    store = learnt(examples)
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        store.write(kept)
    return store


def described(
    drafter: Drafter, items: Sequence[Item], language: str, accept: Any = "verified"
) -> list[Description]:
    """What is written of each item's facts."""
    generator = Generator(drafter, Verifier(), GenerateOptions(accept=accept))
    return generator.describe([(item.facts[0].subject.value, item.facts) for item in items], language)


def measured(
    drafter: Drafter, items: Sequence[Item], language: str, accept: Any
) -> tuple[dict[str, Any], list[Description]]:
    """Figures of a drafter under one policy, and its texts."""
    start, processor = time.perf_counter(), time.process_time()
    told = described(drafter, items, language, accept)
    seconds, used = time.perf_counter() - start, time.process_time() - processor
    parts = {
        "all": items,
        "seen": [each for each in items if each.seen],
        "unseen": [each for each in items if not each.seen],
        "seen relations": [each for each in items if each.known],
        "unseen relations": [each for each in items if not each.known],
    }
    figures: dict[str, Any] = {
        part: scores(
            [each.text for each, item in zip(told, items, strict=True) if item in own],
            [item.references for item in items if item in own],
        )
        for part, own in parts.items()
    }
    facts = sum(len(set(item.facts)) for item in items)
    figures |= {
        "by the model": round(sum(each.writer == "model" for each in told) / len(told), 4),
        "abstained": round(sum(not each.text for each in told) / len(told), 4),
        "omitted facts": round(sum(len(each.omitted) for each in told) / facts, 4),
        "texts with an unsupported span": round(_unsupported(told, items, language), 4),
        "texts per second": round(len(told) / seconds, 2),
        "sentences per second": round(sum(len(each.clauses) for each in told) / seconds, 2),
        "texts per CPU second": round(len(told) / used, 2),
    }
    return figures, told


def _unsupported(told: Sequence[Description], items: Sequence[Item], language: str) -> float:
    """Share of the written texts in which a fresh verifier finds something unsupported or contradicted."""
    written = [(each, item) for each, item in zip(told, items, strict=True) if each.text]
    wrong = 0
    for each, item in written:
        verified = Verifier().verify(each.text, language, facts=item.facts)
        wrong += bool(verified.of_status("unsupported") or verified.of_status("contradicted"))
    return wrong / max(len(written), 1)


def run(
    names: Iterable[str],
    train_step: int,
    test_step: int,
    model: str | None,
    split: str | None,
    pages: Sequence[str],
    texts: Path | None = None,
    taught: Path | None = None,
) -> dict[str, Any]:
    """All figures, by data set; with a model, the templates take over where it isn't verified.

    Lines of JSON with all texts are added to *texts*; templates are kept in *taught*.
    """
    found: dict[str, Any] = {}
    trained = None if model is None else open_drafter(model)
    for name in names:
        language, part, examples, items = read(name, train_step, test_step, split)
        if not examples or not items:
            print(f"{name}: the data is not here", file=sys.stderr)
            continue
        start = time.process_time()
        kept = None if taught is None else taught / f"{name}-{train_step}"
        if trained is not None and language not in trained.languages():
            print(f"{name}: the model doesn't write the language", file=sys.stderr)
            continue
        store = templates_of(examples, kept)
        templates = TemplateRealiser(store)
        drafter: Drafter = templates if trained is None else DrafterChain(trained, templates)
        vocabulary = Vocabulary.of(each.text for each in examples)
        key = name if model is None else f"{name}, model {Path(model).name}"
        found[key] = {
            "split": part,
            "training texts": len(examples),
            "templates": len(store.templates),
            "CPU seconds of learning": round(time.process_time() - start, 1),
            "every so many training entries": train_step,
            "items": len(items),
            "every so many items": test_step,
            "published": PUBLISHED.get(name, []),
        }
        for accept in pages:
            figures, told = measured(drafter, items, language, accept)
            pairs = [(each.text, item.facts, language) for each, item in zip(told, items, strict=True)]
            figures["string check"] = checked(pairs, vocabulary).figures_told()
            found[key][f"accept {accept}"] = figures
            if texts is not None:
                _append(texts, name, accept, told, items)
        print(json.dumps({key: found[key]}, ensure_ascii=False), flush=True)
    return found


def _append(path: Path, name: str, accept: str, told: Sequence[Description], items: Sequence[Item]) -> None:
    with path.open("a", encoding="utf-8") as file:
        for each, item in zip(told, items, strict=True):
            line = {
                "set": name,
                "accept": accept,
                "text": each.text,
                "writer": each.writer,
                "facts": [_plain(fact) for fact in item.facts],
                "omitted": len(each.omitted),
                "references": item.references,
            }
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def _plain(fact: Fact) -> tuple[str, str, str]:
    names = fact.object.names
    return fact.subject.value, fact.relation.value, names[0].text if names else fact.object.value


def main() -> None:
    """Measure and write the results; data sets that weren't measured keep their figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    sets = [
        "webnlg-en",
        "webnlg-ru",
        "webnlg-it",
        "webnlg-es",
        "webnlg-de",
        "xalign-as",
        "xalign-gu",
        "xalign-mr",
        "xalign-or",
    ]
    parser.add_argument("--sets", nargs="+", default=sets, choices=sets)
    parser.add_argument("--train-step", type=int, default=1, help="read one of so many training entries")
    parser.add_argument("--test-step", type=int, default=1, help="read one of so many items")
    parser.add_argument("--model", help="a folder that 'kgalign generate train' or 'export' wrote")
    parser.add_argument("--split", choices=["dev", "test"], help="instead of each set's usual one")
    parser.add_argument("--accept", nargs="+", default=_PAGES, choices=["verified", "best-effort", "off"])
    parser.add_argument("--texts", type=Path, help="a file that all texts are added to, as lines of JSON")
    parser.add_argument("--taught", type=Path, help="a folder that keeps what was learnt for the next run")
    given = parser.parse_args()
    found = run(
        given.sets,
        given.train_step,
        given.test_step,
        given.model,
        given.split,
        given.accept,
        given.texts,
        given.taught,
    )
    known = json.loads(RESULTS.read_text("utf-8")) if RESULTS.is_file() else {}
    known |= found
    with atomic_file(RESULTS) as scratch:
        scratch.write_text(json.dumps(known, indent=2, ensure_ascii=False, sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    main()
