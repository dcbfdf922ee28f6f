"""``kgalign vote`` as a person runs it, against a server whose knowledge is known."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import tomllib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from scripted_server import Answer, ScriptedServer, completion, refusal, scripted

from kgalign.align import read_pairs
from kgalign.align.bootstrapping import STARTING
from kgalign.align.taught_weights import read_weights
from kgalign.kg import load
from kgalign.vote.ballots import order_of
from kgalign.vote.clients.options import ModelOptions
from kgalign.vote.options import VoteOptions
from kgalign.vote.prompt_options import PromptOptions
from kgalign.vote.session import Session
from kgalign.vote.voted_run import RunToVote

# All but the configuration, which names the server.
WRITTEN = (
    "links.parquet",
    "candidates.parquet",
    "clusters.parquet",
    "ballots.parquet",
    "links.nt",
    "links.sssom.tsv",
    "summary.json",
)
OPTIONS = ("--low", "0.15", "--controls", "60", "--rounds", "4")


@dataclass(frozen=True)
class World:
    """A hurried run on the sample graphs.

    Attributes:
        run: its folder.
        graphs: the two dumps.
        reference: the links that are known.
        right: the right letter of each prompt that a vote may send.
    """

    run: Path
    graphs: tuple[Path, Path]
    reference: Path
    right: dict[str, str]


@pytest.fixture(scope="module")
def world(graph_data: Path, tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("world")
    graphs = (graph_data / "world_ja_ru_ar.nt.gz", graph_data / "world_en_fr_hi.ttl")
    kgalign(
        folder,
        *("align", *graphs, "-o", folder / "run", "--encoder", "characters"),
        *("--rounds", "2", "--candidates", "8", "--structure", "none", "--no-lexicon"),
    )
    reference = graph_data / "reference.tsv"
    return World(folder / "run", graphs, reference, right_letters(folder / "run", graphs, reference))


def right_letters(run: Path, graphs: tuple[Path, Path], reference: Path) -> dict[str, str]:
    loaded = [load(path) for path in graphs]
    ids = [dict(zip(graph.entities["iri"], graph.entities["id"], strict=True)) for graph in loaded]
    pairs = read_pairs(reference)
    partner = {ids[0][source]: ids[1][target] for source, target in pairs.select("source", "target").rows()}
    options = VoteOptions(low=0.15, controls=60, rounds=4)
    session = Session.of(RunToVote.read(run), loaded, options, PromptOptions())
    letters = {}
    for number, question in enumerate(session.prepared.questions):
        target = partner.get(question.source)
        truth = question.targets.index(target) if target in question.targets else question.none
        for round in range(question.options):
            order = order_of(question, round, 0)
            prompt = session.prompt(number, order, round)
            letters[prompt.user] = prompt.letters[order.index(truth)]
    return letters


def kgalign(home: Path, *arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
    finished = subprocess.run(
        [sys.executable, "-m", "kgalign", *map(str, arguments)],
        capture_output=True,
        text=True,
        env=environment(home),
        **options,
    )
    assert finished.returncode == 0, finished.stderr
    return finished


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "KGALIGN_CACHE": str(home / "cache"), "OPENAI_API_KEY": "sk-not-a-key"}


def vote_arguments(world: World, server: ScriptedServer, output: Path) -> list[object]:
    return [
        *("vote", world.run, *world.graphs, "--llm", "openai:small", "--base-url", server.url),
        *("--reference", world.reference, "-o", output, "--json", *OPTIONS),
    ]


def asked(body: dict[str, Any]) -> str:
    return str(body["messages"][-1]["content"])


def oracle(world: World, accuracy: float = 1.0):
    """Answers rightly that often, the same whenever the same is asked."""

    def script(number: int, body: dict[str, Any]) -> Answer:
        user = asked(body)
        draw = np.random.default_rng(zlib.crc32(user.encode()))
        letter = world.right[user] if draw.random() < accuracy else str(draw.choice(list("ABCD")))
        return Answer(completion(letter))

    return script


@dataclass(frozen=True)
class Held:
    """A vote that a judge of accuracy 0.9 held.

    Attributes:
        home: the folder of its output, ``voted``, and its cache.
        server: that answered.
        told: what it printed.
    """

    home: Path
    server: ScriptedServer
    told: dict[str, Any]

    @property
    def voted(self) -> Path:
        return self.home / "voted"


@pytest.fixture(scope="module")
def held(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Held]:
    home = tmp_path_factory.mktemp("held")
    with scripted() as server:
        server.script = oracle(world, 0.9)
        finished = kgalign(home, *vote_arguments(world, server, home / "voted"))
        yield Held(home, server, json.loads(finished.stdout))


def test_a_good_judge_makes_the_links_better(held: Held, world: World) -> None:
    told = held.told
    assert told["after"]["f1"] > told["before"]["f1"] + 0.01
    assert told["after"]["hits@1"] > told["before"]["hits@1"]
    assert told["control_accuracy"]["corrected"] > 0.8
    links = pl.read_parquet(held.voted / "links.parquet")
    assert links.columns == pl.read_parquet(world.run / "links.parquet").columns
    assert links["source"].is_unique().all() and links["target"].is_unique().all()
    assert {"voted", "aligned"} == set(links["method"])
    ballots = pl.read_parquet(held.voted / "ballots.parquet")
    assert ballots.height == told["calls"] == told["calls_made"]
    assert not ballots["malformed"].any()


def test_sources_that_were_not_asked_about_keep_their_links(held: Held, world: World) -> None:
    before, after = (pl.read_parquet(folder / "links.parquet") for folder in (world.run, held.voted))
    aligned = after.filter(pl.col("method") == "aligned")
    assert aligned.join(before, on=["source", "target", "probability"], how="anti").height == 0


def test_the_voted_run_serves_the_other_commands(held: Held, tmp_path: Path, world: World) -> None:
    voted = held.voted
    source = pl.read_parquet(voted / "links.parquet").filter(pl.col("method") == "voted")["source"][0]
    assert "voted" in kgalign(tmp_path, "explain", voted, source).stdout
    kgalign(tmp_path, "report", voted, "-o", tmp_path / "report.html")
    fused = kgalign(tmp_path, "fuse", *world.graphs, "--links", voted, "-o", tmp_path / "fused", "--json")
    assert json.loads(fused.stdout)["links"] == held.told["links"]


def test_a_vote_teaches_weights_that_the_next_run_starts_from(held: Held, world: World) -> None:
    arguments = [*vote_arguments(world, held.server, held.home / "teaching"), "--teach"]
    told = json.loads(kgalign(held.home, *arguments).stdout)
    taught = read_weights(told["outputs"]["weights"])
    assert taught.learnt_from >= 40
    before = json.loads((world.run / "summary.json").read_text("utf-8"))["weights"]
    assert taught.weights.tolist() != list(before.values())
    known = read_pairs(world.reference).select("source", "target")
    table = pl.read_parquet(world.run / "candidates.parquet")
    asked = pl.read_parquet(held.voted / "ballots.parquet").filter(~pl.col("control"))["source"].unique()
    found = [
        ranked_first(table, weights, known.filter(pl.col("source").is_in(asked.implode())))
        for weights in (np.array(list(before.values())), taught.weights)
    ]
    assert found[1] >= found[0]
    kgalign(
        held.home,
        *("align", *world.graphs, "-o", held.home / "next", "--encoder", "characters", "--rounds", "1"),
        *(
            "--candidates",
            "5",
            "--structure",
            "none",
            "--no-lexicon",
            "--weights",
            told["outputs"]["weights"],
        ),
    )


def ranked_first(table: pl.DataFrame, weights: np.ndarray, known: pl.DataFrame) -> int:
    score = table.select(STARTING.names).to_numpy() @ weights
    best = table.with_columns(score=pl.Series(score)).sort("score", descending=True)
    return best.unique("source", keep="first", maintain_order=True).join(known, on=known.columns).height


def test_a_rerun_costs_nothing_and_gives_the_same_bytes(held: Held, world: World) -> None:
    sent = len(held.server.requests)
    again = kgalign(held.home, *vote_arguments(world, held.server, held.home / "again"))
    assert len(held.server.requests) == sent
    assert json.loads(again.stdout)["calls_made"] == 0
    for path in sorted(held.voted.iterdir()):
        assert (held.home / "again" / path.name).read_bytes() == path.read_bytes(), path.name


def test_a_killed_run_goes_on_where_it_was(
    held: Held, world: World, scripted_server: ScriptedServer, tmp_path: Path
) -> None:
    right = oracle(world, 0.9)
    scripted_server.script = lambda number, body: Answer(right(number, body).body, delay=0.01)
    arguments = [str(part) for part in vote_arguments(world, scripted_server, tmp_path / "voted")]
    process = subprocess.Popen([sys.executable, "-m", "kgalign", *arguments], env=environment(tmp_path))
    deadline = time.monotonic() + 60
    while len(scripted_server.requests) < 120 and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert len(scripted_server.requests) >= 120
    assert not (tmp_path / "voted").exists()
    kgalign(tmp_path, *arguments)
    prompts = [asked(request.body) for request in scripted_server.requests]
    # What was under way when it was killed may have been answered, but not yet kept.
    repeated = [number for number, prompt in enumerate(prompts) if prompt in prompts[:number]]
    assert len(repeated) <= 4, repeated
    assert len(set(prompts)) == held.told["calls"]
    for name in WRITTEN:
        assert (tmp_path / "voted" / name).read_bytes() == (held.voted / name).read_bytes(), name


def test_a_server_that_fails_a_fifth_of_the_calls_changes_nothing(
    held: Held, world: World, scripted_server: ScriptedServer, tmp_path: Path
) -> None:
    right = oracle(world, 0.9)

    def script(number: int, body: dict[str, Any]) -> Answer:
        if np.random.default_rng(number).random() < 0.2:
            failures = (refusal("busy", 503), refusal("broken", 500), Answer(drop=True))
            return failures[number % 3]
        return right(number, body)

    scripted_server.script = script
    arguments = [*vote_arguments(world, scripted_server, tmp_path / "voted"), "--concurrency", "16"]
    kgalign(tmp_path, *arguments)
    for name in WRITTEN:
        assert (tmp_path / "voted" / name).read_bytes() == (held.voted / name).read_bytes(), name


def test_a_judge_that_always_names_the_first_place_changes_nothing(
    world: World, scripted_server: ScriptedServer, tmp_path: Path
) -> None:
    scripted_server.script = lambda number, body: Answer(completion("A"))
    finished = kgalign(tmp_path, *vote_arguments(world, scripted_server, tmp_path / "voted"))
    found = json.loads(finished.stdout)
    assert found["after"] == found["before"]
    assert found["links_added"] == found["links_dropped"] == 0
    # Only the control questions were asked.
    assert found["calls"] <= 60 * 4


def test_a_dry_run_shows_prompts_and_costs_and_asks_nothing(
    world: World, scripted_server: ScriptedServer, tmp_path: Path
) -> None:
    shown = kgalign(
        tmp_path,
        *("vote", world.run, *world.graphs, "--dry-run", "--price-input", "0.5", "--price-output", "2"),
        *OPTIONS,
    ).stdout
    assert shown.count("Which option is the same thing as the entry?") == 3
    assert "cost" in shown and "questions" in shown
    assert not scripted_server.requests
    assert not (tmp_path / "kgalign-voted").exists()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--llm", "openai:small", "-o", "RUN"), "would be lost"),
        (("--llm", "mystery:small"), "mystery"),
        (("--llm", "openai:small", "--low", "0.8", "--high", "0.2"), "above the upper one"),
        ((), "--llm"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence(
    world: World, tmp_path: Path, arguments: tuple[str, ...], complaint: str
) -> None:
    given = [str(world.run) if word == "RUN" else word for word in arguments]
    output = () if "-o" in given else ("-o", tmp_path / "voted")
    finished = subprocess.run(
        [sys.executable, "-m", "kgalign", "vote", world.run, *world.graphs, *given, *output],
        capture_output=True,
        text=True,
        env=environment(tmp_path),
        cwd=tmp_path,
    )
    assert finished.returncode == 2
    assert complaint in finished.stderr
    assert "Traceback" not in finished.stderr
    assert not (tmp_path / "voted").exists()


def test_the_shipped_defaults_are_the_defaults() -> None:
    written = tomllib.loads((Path(__file__).parents[2] / "configs/default.toml").read_text("utf-8"))
    tables = {"vote": VoteOptions, "prompt": PromptOptions, "llm": ModelOptions}
    unset = {"vote": {"budget"}, "prompt": set(), "llm": {"base_url", "requests_per_minute"}}
    for table, options in tables.items():
        assert options.model_validate(written[table]) == options()
        assert set(written[table]) == set(options.model_fields) - unset[table]


def test_the_graphs_have_to_be_those_of_the_run(world: World, tmp_path: Path) -> None:
    finished = subprocess.run(
        [sys.executable, "-m", "kgalign", "vote", world.run, *reversed(world.graphs), "--dry-run"],
        capture_output=True,
        text=True,
        env=environment(tmp_path),
        cwd=tmp_path,
    )
    assert finished.returncode == 2
    assert "aren't of these graphs" in finished.stderr
