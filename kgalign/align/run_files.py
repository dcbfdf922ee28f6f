"""The folder that an alignment leaves behind.

============================  ================================================================
file                          what
============================  ================================================================
``links.parquet``             every accepted and uncertain link, with its evidence
``clusters.parquet``          entities that are the same: cluster, graph, entity
``links.nt``                  the accepted links as N-Triples
``links.sssom.tsv``           the accepted links as SSSOM
``candidates.parquet``        the ten best candidates of each source, with their signals
``relations.parquet``         corresponding relations and attributes, with their containment
``summary.json``              counts, learnt weights, rounds, and figures against a reference
``config.toml``               the options as they were resolved
``ballots.parquet``           after a vote: every answer of the language model
``weights.json``              after a vote that teaches: weights of the signals for the next run
============================  ================================================================

Nothing in it tells the time or the machine: the same run gives the same bytes.
"""

from __future__ import annotations

LINKS = "links.parquet"
CLUSTERS = "clusters.parquet"
LINKS_NTRIPLES = "links.nt"
LINKS_SSSOM = "links.sssom.tsv"
CANDIDATES = "candidates.parquet"
RELATIONS = "relations.parquet"
SUMMARY = "summary.json"
CONFIG = "config.toml"
BALLOTS = "ballots.parquet"
WEIGHTS = "weights.json"
