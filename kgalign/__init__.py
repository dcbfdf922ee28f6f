"""kgalign: reconcile knowledge graphs in several languages.

The packages form a one-way flow (see ``CONTRIBUTING.md``); each takes a record, gives a record,
and can be used alone from Python.
"""

__version__ = "0.1.0"
