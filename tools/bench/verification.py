"""What ``kgalign verify`` is worth: beside people's judgements, on made mistakes, on labels of coverage.

The lexicon and the phrasing are learnt from training texts. Thresholds and weights were chosen on the
judgements of 2017 and on development texts; those of 2020 were only measured.

    python tools/bench/verification.py --taught DIR --alignment DIR [--held-out DIR]
        [--parts human mistakes-en …] [--sample 300]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from aligned_names import aligned_names
from benchmark_data import ROOT
from numpy.typing import NDArray
from scipy.stats import mannwhitneyu, spearmanr
from webnlg import entries, judged
from xalign import coverage, sentences

from kgalign.files import atomic_file
from kgalign.verify import FactSet, Lesson, Lexicon, Request, VerifiedText, Verifier, VerifyOptions
from kgalign.verify.alignment import AlignmentScorer, read_alignment
from kgalign.verify.evidence import Gatherer
from kgalign.verify.negatives import KINDS, Negative, NegativeMaker
from kgalign.verify.passage import Passage
from kgalign.verify.phrasing import Phrasing
from kgalign.verify.verdicts import Fact, Name, Term

RESULTS = ROOT / "tools" / "bench" / "results" / "verification.json"
WEBNLG_LANGUAGES = ("en", "ru", "es", "it", "de")
XALIGN_LANGUAGES = ("as", "gu", "mr", "or")
# Texts of these are learnt from; Czech ones are machine-translated.
TRAINED_LANGUAGES = (*WEBNLG_LANGUAGES, "cs", *XALIGN_LANGUAGES)
MODEL_FREE, ALIGNMENT, BOTH = "model-free", "alignment function", "both"
_MOST_LESSONS = 3_000
_RESAMPLES = 200


class Taught:
    """Lexicons and phrasing by language, learnt once and kept in a folder, and alignment functions.

    Args:
        folder: of the lexicons and phrasings.
        alignment: folder of an alignment function; None for none.
        held_out: folder of one that some languages were held out from; None for none.
    """

    def __init__(self, folder: Path, alignment: Path | None = None, held_out: Path | None = None) -> None:
        self._folder = folder
        self.alignment = None if alignment is None else AlignmentScorer.open(alignment, "cpu")
        self.held_out = None if held_out is None else AlignmentScorer.open(held_out, "cpu")
        self.unseen = sorted(set(TRAINED_LANGUAGES) - set(_languages(held_out)))

    @property
    def layers(self) -> tuple[str, ...]:
        """What can be measured: each layer alone, and both."""
        return (MODEL_FREE,) if self.alignment is None else (MODEL_FREE, ALIGNMENT, BOTH)

    def lexicon(self, language: str) -> Lexicon | None:
        """The words of a language; None if it has no training texts."""
        path = self._folder / f"lexicon-{language}.parquet"
        if not path.is_file():
            own = lessons(language, "train", 2)
            if not own:
                return None
            Lexicon.learn(own[:: -(-len(own) // (3 * _MOST_LESSONS))]).write(path)
        return Lexicon.read(path)

    def phrasing(self, language: str) -> Phrasing | None:
        """Its phrasing, likewise."""
        path = self._folder / f"phrasing-{language}.parquet"
        if not path.is_file():
            own = lessons(language, "train", 2)
            if not own:
                return None
            step = -(-len(own) // _MOST_LESSONS)
            Phrasing.learn(own[::step], Gatherer(self.lexicon(language))).write(path)
        return Phrasing.read(path)

    def verifier(self, language: str, facts: FactSet | None = None, layers: str = BOTH) -> Verifier:
        """A verifier that knows all that was learnt of a language."""
        options = VerifyOptions(model_free=layers != ALIGNMENT)
        alignment = None if layers == MODEL_FREE else self.alignment
        return Verifier(facts, options, self.lexicon(language), self.phrasing(language), alignment)


def _languages(folder: Path | None) -> tuple[str, ...]:
    return TRAINED_LANGUAGES if folder is None else tuple(read_alignment(folder).description.languages)


def lessons(language: str, split: str, texts: int) -> list[Lesson]:
    """The texts of a split, at most so many of an entry."""
    if language in XALIGN_LANGUAGES:
        return [each.lesson for each in sentences(language, split)]
    return [
        Lesson(text, language, entry.facts)
        for entry in entries(language, split)
        for text in entry.texts[:texts]
    ]


def human(taught: Taught, sample: int) -> dict[str, Any]:
    """Correlation with people's judgements, beside the precomputed rivals on the same items."""
    found: dict[str, Any] = {}
    for year, criteria in (
        (2017, {"semantics": "correctness"}),
        (2020, {"correctness": "correctness", "coverage": "covered"}),
    ):
        items = judged(year)
        requests = [Request(each.text, "en", None, each.facts) for each in items]
        verified = {
            layers: taught.verifier("en", None, layers).verify_all(requests) for layers in taught.layers
        }
        for criterion, own in criteria.items():
            truth = np.array([each.judgements[criterion] for each in items])
            rows = {
                f"kgalign, {layers}": np.array([getattr(each, own) for each in texts])
                for layers, texts in verified.items()
            }
            for rival in sorted({name for each in items for name in each.rivals}):
                rows[rival] = np.array([each.rivals.get(rival, np.nan) for each in items])
            for name, scores in rows.items():
                here = ~np.isnan(scores)
                if here.mean() > 0.99:
                    found[f"{year} {criterion}, {name}"] = correlation(scores[here], truth[here])
    return found


def correlation(scores: NDArray[Any], truth: NDArray[Any]) -> dict[str, float]:
    """Spearman's coefficient with a 95% bootstrap interval."""
    rng = np.random.default_rng(0)
    drawn = []
    for _ in range(_RESAMPLES):
        rows = rng.integers(0, len(truth), len(truth))
        drawn.append(spearmanr(scores[rows], truth[rows]).statistic)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return {
        "spearman": round(float(spearmanr(scores, truth).statistic), 4),
        "low": round(float(low), 4),
        "high": round(float(high), 4),
        "items": len(truth),
    }


def mistakes(taught: Taught, sample: int, language: str) -> dict[str, Any]:
    """AUC per kind of made mistake against the unchanged texts, and whether the changed words are found."""
    originals = development(language, sample)
    facts = FactSet(fact for each in originals for fact in each.facts)
    return {
        layers: mistakes_in(taught.verifier(language, facts, layers), language, originals)
        for layers in taught.layers
    }


def development(language: str, sample: int) -> list[Lesson]:
    """A sample of a language's development texts."""
    every = lessons(language, "val" if language in XALIGN_LANGUAGES else "dev", 1)
    chosen = np.sort(np.random.default_rng(0).permutation(len(every))[:sample])
    return [every[row] for row in chosen]


def mistakes_in(verifier: Verifier, language: str, originals: Sequence[Lesson]) -> dict[str, Any]:
    """The same for the texts of one language."""
    made = list(NegativeMaker(originals, Gatherer()).make())
    right = verifier.verify_all(_request(each.text, language, each.facts) for each in originals)
    wrong = verifier.verify_all(_request(each.text, language, each.facts) for each in made)
    complaints = [any(each.status == "contradicted" for each in text.verdicts) for text in right]
    found: dict[str, Any] = {
        "texts": len(originals),
        "falsely contradicted": round(float(np.mean(complaints)), 4),
    }
    for kind in KINDS:
        own = [(each, text) for each, text in zip(made, wrong, strict=True) if each.kind == kind]
        if own:
            found[kind] = _found(own, right)
    return found


def _found(own: Sequence[tuple[Negative, VerifiedText]], right: Sequence[VerifiedText]) -> dict[str, Any]:
    """How surely one kind of mistake is found."""
    before = [right[each.original].sound for each, _ in own]
    after = [text.sound for _, text in own]
    overlaps = [
        any(
            verdict.status in ("contradicted", "unsupported") and verdict.overlaps(span)
            for verdict in text.verdicts
        )
        for each, text in own
        for span in each.spans
    ]
    return {
        "made": len(own),
        "auc": auc(before, after),
        "lower than its own original": round(float(np.mean(np.array(before) > np.array(after))), 4),
        "overlap": round(float(np.mean(overlaps)), 4) if overlaps else None,
    }


def unseen(taught: Taught, sample: int) -> dict[str, Any]:
    """Languages that an alignment function was never trained on, beside one that was; both layers.

    Neither knows a lexicon or phrasing of the language.
    """
    found: dict[str, Any] = {}
    for language in taught.unseen if taught.held_out is not None else []:
        originals = development(language, sample)
        facts = FactSet(fact for each in originals for fact in each.facts)
        for name, scorer in (("trained on", taught.alignment), ("never trained on", taught.held_out)):
            verifier = Verifier(facts, alignment=scorer)
            found[f"{language}, {name}"] = mistakes_in(verifier, language, originals)
    return found


def _request(text: str, language: str, facts: Sequence[Any]) -> Request:
    about = facts[0].subject.value if language in XALIGN_LANGUAGES and facts else None
    return Request(text, language, about, facts)


def auc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """The probability that a positive scores higher than a negative."""
    return round(float(mannwhitneyu(positive, negative).statistic / len(positive) / len(negative)), 4)


def covering(taught: Taught, sample: int) -> dict[str, Any]:
    """Complete or partial coverage: whether the facts are all that a sentence says.

    Facts per word, with a word that probably no fact supports counting three times; the weight was chosen
    on the training part, whose labels nothing was taught by.
    """
    items = coverage("val")
    if sample < len(items):
        items = items[:sample]
    words = np.array([max(len(each.text.split()), 1) for each in items])
    facts = np.array([len(each.facts) for each in items])
    complete = np.array([each.complete for each in items])
    requests = [Request(each.text, each.language, each.about, each.facts) for each in items]
    rows = {"facts per word": facts / words}
    for layers in taught.layers:
        verified = taught.verifier("en", None, layers).verify_all(requests)
        if layers == MODEL_FREE:
            loose = [sum(each.status != "supported" for each in text.verdicts) for text in verified]
            stated = [sum(fact.score for fact in text.coverage) for text in verified]
            rows[layers] = (np.array(stated) + 0.5) / (np.array(loose) + 1) / words
        else:
            rows[layers] = facts / (words + 2 * np.array([text.unexplained or 0.0 for text in verified]))
    found: dict[str, Any] = {
        name: auc(scores[complete].tolist(), scores[~complete].tolist()) for name, scores in rows.items()
    }
    return found | {"items": len(items), "complete": int(complete.sum())}


def links(taught: Taught, sample: int) -> dict[str, Any]:
    """Russian texts: how much names by links help to tell stated facts from dropped ones.

    English names only, with the names that the aligner's links bring, and with those that people linked.
    Nothing was learnt of the language.
    """
    every = [entry for entry in entries("ru", "dev") if entry.texts]
    rows = np.sort(np.random.default_rng(0).permutation(len(every))[:sample])
    with tempfile.TemporaryDirectory() as folder:
        aligned = aligned_names(every, entries("ru", "train", step=4), Path(folder))
    found: dict[str, Any] = {
        "links": {
            "accepted": aligned.links, "precision": aligned.precision, "recall": aligned.recall,
        }
    }  # fmt: skip
    variants: dict[str, list[Sequence[Fact]]] = {
        "English names only": [_renamed(entry.facts, {}) for entry in every],
        "the aligner's links": [_renamed(entry.facts, aligned.names) for entry in every],
        "people's links": [entry.facts for entry in every],
    }
    for which, own in variants.items():
        found[which] = _told_from_foreign([entry.texts[0] for entry in every], own, rows.tolist())
    none, ours, gold = (figures["facts found in their text"] for figures in list(found.values())[1:])
    found["share of the gain"] = round((ours - none) / (gold - none), 4)
    return found


def _renamed(facts: Sequence[Fact], names: Mapping[str, Sequence[Name]]) -> list[Fact]:
    """Facts whose entities have their English name, and those in *names* by their value."""

    def term(old: Term) -> Term:
        kept = tuple(name for name in old.names if name.language != "ru")
        return old.model_copy(update={"names": (*kept, *names.get(old.value, ()))})

    return [
        fact.model_copy(update={"subject": term(fact.subject), "object": term(fact.object)}) for fact in facts
    ]


def _told_from_foreign(
    texts: Sequence[str], facts: Sequence[Sequence[Fact]], rows: Sequence[int]
) -> dict[str, float]:
    """How well texts' own facts are found, and told from another text's."""
    far = len(texts) // 2
    verifier = Verifier()
    own = verifier.verify_all(Request(texts[row], "ru", None, facts[row]) for row in rows)
    other = verifier.verify_all(
        Request(texts[row], "ru", None, facts[(row + far) % len(texts)]) for row in rows
    )
    return {
        "auc of own against foreign facts": auc(
            [each.covered for each in own], [each.covered for each in other]
        ),
        "facts found in their text": round(
            float(np.mean([fact.stated for each in own for fact in each.coverage])), 4
        ),
    }


def speed(taught: Taught, sample: int) -> dict[str, Any]:
    """Sentences a second of processor time, with ten facts each."""
    own = [each for each in lessons("en", "dev", 1) if len(each.facts) >= 3][:sample]
    pool = [fact for each in own for fact in each.facts]
    asked = [
        Request(each.text, "en", None, [*each.facts, *pool[place : place + 10 - len(each.facts)]])
        for place, each in enumerate(own)
    ]
    sentences_ = sum(len(Passage(each.text, "en").sentences) for each in asked)
    found: dict[str, Any] = {"sentences": sentences_}
    for layers in taught.layers:
        verifier = taught.verifier("en", None, layers)
        verifier.verify_all(asked[:5])
        wall, start = time.perf_counter(), time.process_time()
        verifier.verify_all(asked)
        used, passed = time.process_time() - start, time.perf_counter() - wall
        found[layers] = {
            "texts per CPU second": round(len(asked) / used, 1),
            "sentences per CPU second": round(sentences_ / used, 1),
            "sentences per second": round(sentences_ / passed, 1),
        }
    return found


PARTS: dict[str, Callable[[Taught, int], dict[str, Any]]] = {
    "human": human,
    "coverage": covering,
    "links": links,
    "speed": speed,
    "unseen": unseen,
    **{
        f"mistakes-{language}": partial(mistakes, language=language)
        for language in (*WEBNLG_LANGUAGES, *XALIGN_LANGUAGES)
    },
}


def main() -> int:
    """Measure the parts asked for, print them and keep them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0], allow_abbrev=False)
    parser.add_argument("--parts", nargs="+", choices=list(PARTS), default=list(PARTS))
    parser.add_argument("--sample", type=int, default=300, help="texts of a language, at most")
    parser.add_argument("--taught", type=Path, required=True, help="a folder for what is learnt")
    parser.add_argument("--alignment", type=Path, help="a trained alignment function")
    parser.add_argument("--held-out", type=Path, help="one that some languages were held out from")
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args()
    if not entries("en", "dev"):
        print("the benchmark data (../shared/data) is not here.", file=sys.stderr)
        return 2
    options.taught.mkdir(parents=True, exist_ok=True)
    known = json.loads(options.output.read_text("utf-8")) if options.output.is_file() else {}
    taught = Taught(options.taught, options.alignment, options.held_out)
    for part in options.parts:
        known[part] = {"sample": options.sample, **PARTS[part](taught, options.sample)}
        with atomic_file(options.output) as scratch:
            scratch.write_text(json.dumps(known, indent=1, ensure_ascii=False) + "\n", "utf-8")
        for name, figures in known[part].items():
            print(f"{part}: {name:40} {figures}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
