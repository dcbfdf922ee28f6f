"""Reading the run that is voted on, and writing the one that comes of it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from kgalign.align.links import GRAPH_COLUMNS, OWL_SAME_AS, Links
from kgalign.align.many import clusters_of_two
from kgalign.align.options import AlignOptions
from kgalign.align.run_files import CANDIDATES, CONFIG, LINKS, RELATIONS
from kgalign.align.run_folder import RunTables, write_run_tables
from kgalign.errors import InputError
from kgalign.kg import KnowledgeGraph
from kgalign.vote.ballots import Ballot
from kgalign.vote.question import Question
from kgalign.vote.voted_links import VotedLinks
from kgalign.vote.voting import Outcome

BALLOT_SCHEMA: pl.Schema = pl.Schema(
    {
        "source": pl.String(),
        "control": pl.Boolean(),
        "round": pl.UInt32(),
        "order": pl.List(pl.String()),
        "answer": pl.String(),
        "choice": pl.String(),
        "none": pl.Boolean(),
        "malformed": pl.Boolean(),
        "log_probabilities": pl.List(pl.Float64()),
        "input_tokens": pl.UInt32(),
        "output_tokens": pl.UInt32(),
    }
)
_NEEDED = ("source", "target", "weight", "probability", *GRAPH_COLUMNS)


@dataclass(frozen=True)
class RunToVote:
    """A finished run between two graphs.

    Attributes:
        folder: where it lies.
        names: of the two graphs.
        links: its ``links.parquet``.
        candidates: its ``candidates.parquet``.
        relations: its ``relations.parquet``; None where there is none.
        options: those that it was aligned with, as far as its ``config.toml`` tells.
        configuration: what else stands there.
    """

    folder: Path
    names: tuple[str, str]
    links: pl.DataFrame
    candidates: pl.DataFrame
    relations: pl.DataFrame | None
    options: AlignOptions
    configuration: Mapping[str, object]

    @classmethod
    def read(cls, folder: str | Path) -> RunToVote:
        """Read the run in *folder*.

        Raises:
            InputError: if there is none, or it is of more than two graphs.
        """
        place = Path(folder)
        links, candidates = _table(place / LINKS), _table(place / CANDIDATES)
        if not set(_NEEDED) <= set(candidates.columns):
            raise InputError(
                "was written by another version", path=place / CANDIDATES, remedy="run 'kgalign align' again"
            )
        pairs = candidates.select(GRAPH_COLUMNS).unique()
        if pairs.height != 1:
            raise InputError(
                f"a vote is about two graphs, and this run has {pairs.height} pairs of graphs",
                path=place,
                remedy="align the graphs two at a time",
            )
        configuration = _configuration(place / CONFIG)
        relations = _table(place / RELATIONS) if (place / RELATIONS).is_file() else None
        return cls(
            place,
            (str(pairs[GRAPH_COLUMNS[0]][0]), str(pairs[GRAPH_COLUMNS[1]][0])),
            links,
            candidates,
            relations,
            _options(configuration),
            configuration,
        )

    def by_id(self, table: pl.DataFrame, graphs: Sequence[KnowledgeGraph]) -> pl.DataFrame:
        """*table* with ``source`` and ``target`` as entity ids.

        Raises:
            InputError: if none of its entities is in *graphs*.
        """
        found = table
        for side, graph in zip(("source", "target"), graphs, strict=True):
            ids = graph.entities.select(pl.col("iri").alias(side), pl.col("id").alias(f"{side}_id"))
            found = found.join(ids, on=side, how="inner", maintain_order="left")
        if table.height and found.height < table.height:
            raise InputError(
                f"{table.height - found.height:,} of the run's {table.height:,} pairs aren't of these graphs",
                path=self.folder,
                remedy="name the graphs that the run aligned, in the same order",
            )
        return found.drop("source", "target").rename({"source_id": "source", "target_id": "target"})


def ballot_table(outcome: Outcome, graphs: Sequence[KnowledgeGraph]) -> pl.DataFrame:
    """Every answer, in the order in which the questions were asked: columns as in :data:`BALLOT_SCHEMA`.

    ``order`` holds the IRI of each option as it was shown, null for "none of these"; ``choice`` is the
    option named, null for none of these and where the answer was malformed.
    """
    iris = (graphs[0].entities["iri"], graphs[1].entities["iri"])
    parts = [
        _ballot_row(ballot, questions[ballot.question], iris, control)
        for ballots, questions, control in (
            (outcome.control_ballots, outcome.controls, True),
            (outcome.ballots, outcome.asked, False),
        )
        for ballot in ballots
    ]
    return pl.DataFrame(parts, BALLOT_SCHEMA, orient="row")


def _ballot_row(
    ballot: Ballot, question: Question, iris: tuple[pl.Series, pl.Series], control: bool
) -> tuple[object, ...]:
    named = [
        None if option == question.none else iris[1][question.targets[option]] for option in ballot.order
    ]
    reply = ballot.reply
    told = reply.log_probabilities
    return (
        iris[0][question.source],
        control,
        ballot.round,
        named,
        reply.text,
        None if ballot.place is None else named[ballot.place],
        ballot.choice == question.none,
        ballot.place is None,
        None if told is None else list(told),
        reply.input_tokens,
        reply.output_tokens,
    )


def write_voted_run(
    run: RunToVote,
    voted: VotedLinks,
    ballots: pl.DataFrame,
    graphs: Sequence[KnowledgeGraph],
    folder: Path,
    summary: Mapping[str, object],
    configuration: Mapping[str, object],
    predicate: str = OWL_SAME_AS,
) -> dict[str, str]:
    """Write what came of *run* into *folder*, all of it or nothing.

    Args:
        run: the run that was voted on.
        voted: its links and candidates now.
        ballots: see :func:`ballot_table`.
        graphs: the two graphs.
        folder: where to; it may be the run's own, which is then replaced.
        summary: the figures for ``summary.json``.
        configuration: the resolved options of the vote, for ``config.toml`` beside those of the run.
        predicate: the IRI that links are written with in RDF and SSSOM.

    Returns:
        The path of each file written, by what it is.

    Raises:
        OutputError: if the folder can't be written.
    """
    links = Links(voted.links)
    clusters = clusters_of_two(links.accepted, graphs, run.names)
    return write_run_tables(
        RunTables(links, clusters, voted.candidates, run.relations, ballots),
        folder,
        summary,
        {**run.configuration, **configuration},
        predicate,
    )


def _table(path: Path) -> pl.DataFrame:
    try:
        return pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError):
        raise InputError(
            "is not the folder of a run", path=path.parent, remedy="name one that 'kgalign align' wrote"
        ) from None


def _configuration(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return {}


def _options(configuration: Mapping[str, object]) -> AlignOptions:
    given = configuration.get("align")
    known = given if isinstance(given, dict) else {}
    return AlignOptions.model_validate(
        {name: value for name, value in known.items() if name in AlignOptions.model_fields}
    )
