"""``kgalign adapt evaluate``."""

from __future__ import annotations

from dataclasses import asdict

import click

from kgalign.adapters.adapted_encoder import open_encoder
from kgalign.adapters.artefact import read_artefact
from kgalign.adapters.base_model import BaseModel
from kgalign.adapters.completion.comparison import compare
from kgalign.adapters.completion.reading import read_completion
from kgalign.adapters.description import is_adapter
from kgalign.adapters.evaluation.held_out_text import read_texts, text_pairs
from kgalign.adapters.evaluation.label_alignment import label_alignment
from kgalign.adapters.evaluation.masked_language import masked_loss
from kgalign.adapters.evaluation.masked_model import open_masked
from kgalign.adapters.evaluation.probing import probe
from kgalign.adapters.evaluation.probing_scores import scores_by_group, scores_by_language
from kgalign.adapters.evaluation.prompts import read_prompts
from kgalign.adapters.evaluation.retention import contrastive_losses, retention
from kgalign.adapters.facts_by_language import facts_of, hold_out_by_language, preferred_names, sampled
from kgalign.align import AlignOptions, read_pairs, resolve
from kgalign.align.signals.texts import entity_texts
from kgalign.cli.output import print_json, print_rows, print_table
from kgalign.encode import TextEncoder
from kgalign.errors import InputError
from kgalign.fuse import Sources
from kgalign.kg import load, short_names

_AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object on standard output.")
_DEVICE = click.option("--device", default="auto", show_default=True, help="auto, cpu or cuda.")
_AGAINST = click.option(
    "--against", metavar="ENCODER", help="What to compare with (default: the adapter's frozen base)."
)


@click.group()
def evaluate() -> None:
    """Measure an encoder, such as an adapter, beside the frozen one."""


def _encoders(name: str, against: str | None, device: str) -> dict[str, TextEncoder]:
    """The encoders by the names that the tables have for them: the one to compare with first."""
    if against is None and is_adapter(name):
        against = read_artefact(name).description.base.given
    names = [other for other in (against, name) if other is not None]
    return {other: open_encoder(other, device=device) for other in dict.fromkeys(names)}


@evaluate.command()
@click.argument("encoder")
@click.argument("graphs", nargs=2, metavar="A B")
@click.option("--reference", required=True, type=click.Path(), metavar="FILE", help="The true links.")
@_AGAINST
@_DEVICE
@_AS_JSON
def alignment(
    encoder: str, graphs: tuple[str, str], reference: str, against: str | None, device: str, as_json: bool
) -> None:
    """Find the partners of A's entities in B by the vectors of their names alone."""
    pairs = read_pairs(reference)
    first, second = (load(name) for name in graphs)
    true = resolve(pairs, first, second)
    texts = [entity_texts(graph, None, AlignOptions().labels_per_entity) for graph in (first, second)]
    rows = [
        {
            "encoder": name,
            "centring": found.centring,
            "measure": found.measure,
            **asdict(found.metrics),
        }
        for name, model in _encoders(encoder, against, device).items()
        for found in label_alignment(texts[0], texts[1], true, model)
    ]
    if as_json:
        print_json({"command": "adapt evaluate alignment", "rows": rows})
        return
    print_table(rows)


@evaluate.command()
@click.argument("encoder")
@click.argument("graph")
@click.option("--prompts", type=click.Path(), metavar="FILE", help="Sentences to ask by (X-FACTR's CSV).")
@click.option("--facts", default=500, show_default=True, type=click.IntRange(1), help="Facts a language.")
@click.option("--seed", default=0, show_default=True, help="Decides which facts are asked for.")
@_AGAINST
@_DEVICE
@_AS_JSON
def probing(
    encoder: str,
    graph: str,
    prompts: str | None,
    facts: int,
    seed: int,
    against: str | None,
    device: str,
    as_json: bool,
) -> None:
    """Ask for the objects of GRAPH's facts, in every language, among all that they could be.

    For an adapter that was trained with --untold, what it was told and what it wasn't are asked apart.
    """
    read = None if prompts is None else read_prompts(prompts)
    store = load(graph)
    share, untold_seed = 0.0, 0
    if is_adapter(encoder):
        options = read_artefact(encoder).description.options
        share, untold_seed = float(options.get("untold", 0)), int(options.get("seed", 0))
    table = hold_out_by_language(facts_of(store), preferred_names(store), share, untold_seed)
    told = table.filter(~table["held_out"])
    rows = []
    for name, model in _encoders(encoder, against, device).items():
        for part, chosen in (("told", told), ("untold", table.filter("held_out"))):
            if not chosen.height:
                continue
            probed = probe(store, sampled(chosen, facts, seed), model, prompts=read, training=told)
            scores = scores_by_language(probed)
            rows += [
                {
                    "encoder": name,
                    "facts": part,
                    "language": score.name,
                    "asked": score.facts,
                    "accuracy": score.encoder.accuracy,
                    "mrr": score.encoder.mrr,
                    "most frequent": score.frequent.accuracy,
                    "chance": score.chance.accuracy,
                }
                for score in [*scores, *scores_by_group(store, scores)]
            ]
    if not rows:
        raise InputError(
            "the graph has no fact that can be told in a language", path=graph, remedy="give entities names"
        )
    if as_json:
        print_json({"command": "adapt evaluate probing", "rows": rows})
        return
    print_table(rows)


@evaluate.command("retention")
@click.argument("encoder")
@click.argument("texts", type=click.Path())
@click.option("--language", default="", metavar="CODE", help="The language of plain texts.")
@click.option("--masked", is_flag=True, help="Guess hidden tokens instead, with an mBERT or XLM-R.")
@_AGAINST
@_DEVICE
@_AS_JSON
def retention_(
    encoder: str,
    texts: str,
    language: str,
    masked: bool,
    against: str | None,
    device: str,
    as_json: bool,
) -> None:
    """Say how much worse general text is told apart than before (contrastive loss), or guessed (--masked).

    TEXTS has a text a line, or two with a tab between them that mean the same; or it is JSONL with text,
    partner and language. A text without a partner is cut into halves.
    """
    read = read_texts(texts, language)
    if masked:
        rows = _masked_losses(encoder, read["text"].to_list(), device)
        if as_json:
            print_json({"command": "adapt evaluate retention", "rows": rows})
        else:
            print_table(rows)
        return
    pairs = text_pairs(read)
    losses = [contrastive_losses(model, pairs) for model in _encoders(encoder, against, device).values()]
    rows = [{**asdict(row), "rise": row.rise} for row in retention(losses[0], losses[-1])]
    if as_json:
        print_json({"command": "adapt evaluate retention", "rows": rows})
        return
    print_table(rows)


def _masked_losses(encoder: str, texts: list[str], device: str) -> list[dict[str, object]]:
    artefact = read_artefact(encoder)
    base = BaseModel.open(artefact.description.base.given, device=device)
    before, after = (masked_loss(*open_masked(base, one), texts) for one in (None, artefact))
    return [
        {
            "tokens": before.tokens,
            "before": before.loss,
            "after": after.loss,
            "rise": after.loss / before.loss - 1,
        }
    ]


@evaluate.command()
@click.argument("encoder")
@click.argument("graphs", nargs=-1, required=True, metavar="A [B…]")
@click.option(
    "--links", required=True, type=click.Path(), metavar="RUN", help="A run, a fused folder, a file of links."
)
@click.option(
    "--validation",
    multiple=True,
    required=True,
    type=click.Path(),
    help="RDF: facts to weigh by.",
)
@click.option("--test", multiple=True, required=True, type=click.Path(), help="RDF: facts to find.")
@_AGAINST
@_DEVICE
@_AS_JSON
def completion(
    encoder: str,
    graphs: tuple[str, ...],
    links: str,
    validation: tuple[str, ...],
    test: tuple[str, ...],
    against: str | None,
    device: str,
    as_json: bool,
) -> None:
    """Find the objects of facts that were held out of the graphs, among all entities of each.

    The language model stands beside copying through links, TransE, and all methods together, weighed by
    the validation facts.
    """
    sources = Sources.of(short_names(graphs), tuple(load(name) for name in graphs))
    data = read_completion(sources, links, validation, test)
    rows = [
        {
            "method": one.method,
            "graph": one.graph,
            "facts": one.whole.triples,
            "hits@1": one.whole.hits_at_1,
            "hits@3": one.whole.hits_at_3,
            "hits@10": one.whole.hits_at_10,
            "mrr": one.whole.mrr,
            "mrr copyable": one.copyable.mrr,
            "mrr others": one.others.mrr,
        }
        for one in compare(data, _encoders(encoder, against, device))
    ]
    if as_json:
        print_json({"command": "adapt evaluate completion", "rows": rows})
        return
    print_rows([("graphs", ", ".join(sources.names))])
    print_table(rows)
