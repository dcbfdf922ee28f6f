"""The folder that a fusion leaves behind.

==========================  ==================================================================
file                        what
==========================  ==================================================================
``store/``                  the fused graph as a store, as ``kgalign ingest`` makes them
``fused.nq``                the fused graph as N-Quads, a named graph for each source, and one
                            that says which IRIs mean the same (or ``fused.trig``)
``provenance.ttl``          what it was made of, and how (PROV-O)
``statements.parquet``      every statement of every source beside the fused one it became
``clusters.parquet``        the entities of each cluster: cluster, graph, entity, canonical
``conflicts.parquet``       values that contradict each other, and which of them were kept
``suspicious.parquet``      every link, from the most to the least suspicious, with the reason
``summary.json``            counts
``config.toml``             the options as they were resolved
==========================  ==================================================================

Nothing in it tells the time or the machine: the same graphs and links give the same bytes.
"""

from __future__ import annotations

STORE = "store"
FUSED = {"nquads": "fused.nq", "trig": "fused.trig"}
PROVENANCE = "provenance.ttl"
STATEMENTS = "statements.parquet"
CLUSTERS = "clusters.parquet"
CONFLICTS = "conflicts.parquet"
SUSPICIOUS = "suspicious.parquet"
SUMMARY = "summary.json"
CONFIG = "config.toml"
