"""Weights of the signals that were taught from outside the rounds, in a file to start a run from."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from kgalign.align.bootstrapping import STARTING
from kgalign.align.combination import Combination
from kgalign.errors import InputError
from kgalign.files import atomic_file


class TaughtWeights(BaseModel):
    """What the file holds.

    Attributes:
        weights: of each signal, none negative.
        learnt_from: number of pairs that they were learnt from.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    weights: dict[str, float]
    learnt_from: int


def write_weights(combination: Combination, path: Path) -> None:
    """Write *combination* to *path*.

    Raises:
        OutputError: if it can't be written.
    """
    weights = dict(zip(combination.names, map(float, combination.weights), strict=True))
    taught = TaughtWeights(weights=weights, learnt_from=combination.learnt_from)
    with atomic_file(path) as scratch:
        scratch.write_text(json.dumps(taught.model_dump(), indent=1) + "\n", "utf-8")


def read_weights(path: str | Path) -> Combination:
    """Read the weights in *path*; signals that it doesn't name keep those that every run starts with.

    Raises:
        InputError: if there is no such file, it holds something else, or a weight is no finite number from 0.
    """
    place = Path(path)
    try:
        taught = TaughtWeights.model_validate_json(place.read_bytes())
    except OSError as error:
        raise InputError(f"can't be read ({error.strerror})", path=place, remedy="check --weights") from None
    except ValidationError:
        raise InputError(
            "holds no weights of signals", path=place, remedy="give a file that 'kgalign vote --teach' wrote"
        ) from None
    unknown = sorted(taught.weights.keys() - set(STARTING.names))
    if unknown:
        raise InputError(f"there is no signal {unknown[0]!r}", path=place, remedy="remove it from the file")
    start = dict(zip(STARTING.names, map(float, STARTING.weights), strict=True))
    weights = np.array(list((start | taught.weights)[name] for name in STARTING.names))
    if not (np.isfinite(weights) & (weights >= 0)).all():
        raise InputError("a weight is no finite number from 0", path=place, remedy="mend the file")
    return Combination(STARTING.names, weights, taught.learnt_from)
