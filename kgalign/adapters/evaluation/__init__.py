"""What an encoder knows, measured: alignment by labels alone, probing, and what it has kept of text.

Everything here asks for no more than a :class:`~kgalign.encode.TextEncoder`, so that a frozen base and
the same base with adapters are measured alike.
"""
