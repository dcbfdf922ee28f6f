"""``kgalign explain``."""

from __future__ import annotations

import click
import networkx as nx
import polars as pl

from kgalign.align.finished_run import FinishedRun
from kgalign.cli.explanation_text import describe_candidates, describe_entity, describe_link
from kgalign.cli.output import print_json
from kgalign.cli.terminal import unmarked
from kgalign.errors import InputError
from kgalign.progress import say

_MOST_LISTED = 20
_MOST_CANDIDATES = 10


@click.command()
@click.argument("links", type=click.Path())
@click.argument("source")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on standard output.")
def explain(links: str, source: str, as_json: bool) -> None:
    """Say why SOURCE was linked as it was, or why it was not.

    LINKS is a run's folder or its links.parquet; SOURCE is an entity of any of its graphs, by its IRI
    or its label. The graphs themselves aren't needed.
    """
    run = FinishedRun.open(links)
    iris = _one_entity(run, unmarked(source))
    found = run.links_of(iris).to_dicts()
    for link in found:
        link["rival_links"] = [] if link["rival"] is None else run.partners_of(link["rival"], link).to_dicts()
    candidates = [] if found else run.candidates_of(iris).head(_MOST_CANDIDATES).to_dicts()
    for candidate in candidates:
        side = "target" if candidate["source"] in iris else "source"
        candidate["links"] = run.partners_of(candidate[side], candidate).to_dicts()
    if as_json:
        print_json({"command": "explain", "entities": iris, "links": found, "candidates": candidates})
    elif found:
        click.echo("\n\n".join(describe_link(link) for link in found))
    else:
        click.echo(describe_candidates(iris, candidates))


def _one_entity(run: FinishedRun, name: str) -> list[str]:
    """The IRI that *name* means; several where the entities of that name are linked to each other.

    Raises:
        InputError: if there is no such entity, or several that are not the same.
    """
    entities = run.entities_named(name)
    iris: list[str] = entities["iri"].to_list()
    if not iris:
        raise InputError(
            f"no link and no candidate of this run is called {name!r}",
            path=run.path,
            remedy="give an entity's IRI, or its label as in the graphs",
        )
    links = run.links_of(iris)
    same = nx.Graph()
    same.add_nodes_from(iris)
    among = links.filter(pl.col("source").is_in(iris) & pl.col("target").is_in(iris))
    same.add_edges_from(among.select("source", "target").iter_rows())
    if nx.number_connected_components(same) > 1:
        for entity in entities.head(_MOST_LISTED).to_dicts():
            say(describe_entity(entity, run.partners_of(entity["iri"]).to_dicts()))
        raise InputError(f"{len(iris):,} entities are called {name!r}", remedy="give the IRI of one of them")
    return iris
