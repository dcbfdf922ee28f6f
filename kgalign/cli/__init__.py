"""The command line: it parses, calls, prints."""

from kgalign.cli.main import main

__all__ = ["main"]
