"""Train one multilingual generation model of ``kgalign generate`` on WebNLG and XAlignV2.

    python tools/bench/generation_training.py FOLDER [--epochs 3]

English, Italian, Russian, Marathi and Gujarati; of the Italian texts, which tell the same entries as the
English ones, every third. An interrupted training goes on when it is started again. The weights stay out
of the repository: the texts' licence is non-commercial.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from generation import read

from kgalign.generate import Example
from kgalign.generate.neural.options import NeuralOptions
from kgalign.generate.neural.session import train_generator

# Each set with the step through its training entries.
SETS = {"webnlg-en": 1, "webnlg-it": 3, "webnlg-ru": 1, "xalign-mr": 1, "xalign-gu": 1}


def main() -> int:
    """Train, and print what the development data says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0], allow_abbrev=False)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sets", nargs="+", default=list(SETS), choices=list(SETS))
    parser.add_argument("--form", default="delexicalised", choices=["delexicalised", "plain"])
    parser.add_argument("--teach", default="found", choices=["complete", "found", "all"])
    parser.add_argument("--fact-aware", action="store_true")
    parser.add_argument("--base", default="scratch", help="scratch, or a model that learns on")
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--step", type=int, default=1, help="read one of so many texts")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--width", type=int, default=192)
    parser.add_argument("--inner", type=int, default=512)
    parser.add_argument("--layers", type=int, default=3)
    parser.add_argument("--vocabulary", type=int, default=8000)
    parser.add_argument("--evaluate-every", type=int, default=800)
    parser.add_argument("--batch", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    examples, development = [], []
    for name in given.sets:
        language, _, own, held_out = read(name, SETS[name], 1, "dev")
        examples += own[:: given.step]
        development += [Example(text, language, item.facts) for item in held_out for text in item.references]
    if not examples:
        print("the benchmark data (../shared/data) is not here.", file=sys.stderr)
        return 2
    options = NeuralOptions(
        base=given.base,
        rate=given.rate,
        form=given.form,
        teach=given.teach,
        fact_aware=given.fact_aware,
        vocabulary=given.vocabulary,
        width=given.width,
        inner=given.inner,
        layers=given.layers,
        dropout=0.05,
        epochs=given.epochs,
        batch=given.batch,
        evaluate_every=given.evaluate_every,
        dev_texts=100,
        seed=given.seed,
        precision="float32",
    )
    print(train_generator(examples, development, options, given.folder).model_dump_json(indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
