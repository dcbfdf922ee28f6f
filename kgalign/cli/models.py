"""``kgalign models``."""

from __future__ import annotations

import click

from kgalign.cache_folder import cache_folder
from kgalign.cli.output import print_json, print_rows
from kgalign.encode import BUILT_IN, CacheEntry, cache_report, clear_cache, load_encoder
from kgalign.kg import clear_graphs


@click.group()
def models() -> None:
    """List and prepare models, and manage what is cached."""


@models.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on standard output.")
def list_models(as_json: bool) -> None:
    """List the encoders that come with kgalign, and the vectors that are cached."""
    report = cache_report()
    if as_json:
        print_json(
            {
                "command": "models list",
                "built_in": sorted(BUILT_IN),
                "cache": str(cache_folder()),
                "cached": [
                    {"kind": entry.kind, "name": entry.name, "texts": entry.texts, "bytes": entry.bytes}
                    for entry in report
                ],
            }
        )
        return
    print_rows(
        [
            ("built in", ", ".join(sorted(BUILT_IN))),
            ("cache", str(cache_folder())),
            *((entry.kind, _describe(entry)) for entry in report),
        ]
    )


@models.command()
@click.argument("name", default="e5")
@click.option("--download", is_flag=True, help="Fetch the model from the Hugging Face hub if it isn't here.")
def prepare(name: str, download: bool) -> None:
    """Make the encoder NAME ready, so that the next run starts at once."""
    encoder = load_encoder(name, allow_download=download)
    encoder.encode(["ready"])
    print_rows([("ready", f"{name}: {encoder.dimension} dimensions"), ("identity", encoder.identity)])


@models.command()
@click.option("--models", "models_too", is_flag=True, help="Delete the prepared models as well.")
def clear(models_too: bool) -> None:
    """Delete the graphs and vectors that were kept for the next run."""
    freed = clear_cache(models=models_too) + clear_graphs()
    print_rows([("freed", f"{freed / 2**20:.1f} MiB")])


def _describe(entry: CacheEntry) -> str:
    texts = f"{entry.texts:,} texts, " if entry.kind == "vectors" else ""
    return f"{entry.name} ({texts}{entry.bytes / 2**20:.1f} MiB)"
