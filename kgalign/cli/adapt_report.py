"""What ``kgalign adapt`` prints."""

from __future__ import annotations

import time

import numpy as np

from kgalign.adapters.description import AdapterDescription
from kgalign.adapters.session import Session, parameter_counts
from kgalign.adapters.training import seconds_for_a_step
from kgalign.cli.output import print_json, print_rows


def describe_adapter(description: AdapterDescription) -> list[tuple[str, str]]:
    """An adapter, for a person."""
    base, source = description.base, description.source
    rows = [
        ("adapter", f"{description.kind}, width {description.width}, {len(description.places)} places"),
        ("base", f"{base.name} ({base.architecture}, fingerprint {base.fingerprint})"),
    ]
    if description.members:
        rows.append(("members", ", ".join(description.members)))
    if source is not None:
        rows.append(
            (
                "graph",
                f"{source.name}: {source.entities:,} entities, {source.facts:,} facts, "
                f"{len(source.languages)} languages; {source.left_out:,} entities left out",
            )
        )
    rows += [
        (name, f"{learnt.before:.4f} before, {learnt.after:.4f} after ({learnt.pairs:,} pairs held out)")
        for name, learnt in description.learnt.items()
    ]
    return rows


def show_plan(session: Session, as_json: bool) -> None:
    """Print samples of each objective, the number of weights, and how long the training will take."""
    samples = session.samples()
    backbone, weights = session.prepared
    trained, every = parameter_counts(weights)
    begin = time.perf_counter()
    seconds = np.mean([seconds_for_a_step(backbone, goal, session.options) for goal in session.objectives])
    spent = time.perf_counter() - begin
    estimate = float(seconds) * session.options.steps
    taught = {goal.name: goal.taught for goal in session.objectives}
    if as_json:
        print_json(
            {
                "command": "adapt train",
                "dry_run": True,
                "samples": {
                    name: list(zip(pairs.first, pairs.second, strict=True)) for name, pairs in samples.items()
                },
                "items": taught,
                "parameters_trained": trained,
                "parameters": every,
                "left_out": 0 if session.left_out is None else len(session.left_out),
                "languages": session.lessons.labels.by_language(),
                "estimated_seconds": round(estimate, 1),
            }
        )
        return
    rows = [("weights", f"{trained:,} trained of {every:,} in the adapter")]
    for name, pairs in samples.items():
        rows.append((name, f"{taught[name]:,} items"))
        rows += [("", f"{one}  →  {other}") for one, other in zip(pairs.first, pairs.second, strict=True)]
    if session.left_out is not None:
        rows.append(("left out", f"{len(session.left_out):,} entities"))
    rows.append(
        ("time", f"about {estimate / 60:.0f} min for {session.options.steps:,} steps (tried {spent:.0f} s)")
    )
    print_rows(rows)
