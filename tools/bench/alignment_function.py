"""Train the alignment function of ``kgalign verify`` on the training texts of WebNLG and XAlignV2.

    python tools/bench/alignment_function.py FOLDER [--leave-out de gu] [--steps 1600]

An interrupted training goes on when it is started again. The weights stay out of the repository: the
texts' licence is non-commercial.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from verification import TRAINED_LANGUAGES, lessons

from kgalign.verify.alignment import AlignmentOptions, train_alignment


def main() -> int:
    """Train, and print what the held-out texts say."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0], allow_abbrev=False)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--leave-out", nargs="+", default=[], choices=TRAINED_LANGUAGES)
    parser.add_argument("--steps", type=int, default=AlignmentOptions().steps)
    parser.add_argument("--tokens", type=int, default=AlignmentOptions().tokens, help="of a batch")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    texts = [
        lesson
        for language in TRAINED_LANGUAGES
        if language not in options.leave_out
        for lesson in lessons(language, "train", 2)
    ]
    if not texts:
        print("the benchmark data (../shared/data) is not here.", file=sys.stderr)
        return 2
    told = AlignmentOptions(steps=options.steps, tokens=options.tokens, seed=options.seed)
    description = train_alignment(texts, told, options.folder)
    for language, each in description.held_out.items():
        print(f"{language}: {each}")
    print(description.combination)
    return 0


if __name__ == "__main__":
    sys.exit(main())
