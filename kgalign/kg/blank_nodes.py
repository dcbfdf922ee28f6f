"""Names for blank nodes, whose labels mean something only within their own file."""

from __future__ import annotations


class KeptBlankNodes(dict[str, str]):
    """Names of a file's blank nodes: its own labels, prefixed with the file's number."""

    def __init__(self, file: int) -> None:
        """See the class."""
        super().__init__()
        self._prefix = f"_:f{file}_"

    def __missing__(self, label: str) -> str:
        """Prefix *label*; nothing is stored."""
        return self._prefix + label


class NumberedBlankNodes(dict[str, str]):
    """Names of a file's blank nodes by order of appearance.

    Nested formats leave most blank nodes unnamed and pyoxigraph names those at random; numbers
    make two readings of the same file equal.
    """

    def __init__(self, file: int) -> None:
        """See the class."""
        super().__init__()
        self._prefix = f"_:f{file}_b"

    def __missing__(self, label: str) -> str:
        """Name the next blank node."""
        name = self[label] = f"{self._prefix}{len(self)}"
        return name
