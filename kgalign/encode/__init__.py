"""Texts to vectors: one interface, :class:`TextEncoder`, and :func:`load_encoder` to choose one."""

from __future__ import annotations

from kgalign.encode.base import TextEncoder
from kgalign.encode.cache import CachedEncoder, CacheEntry, cache_report, clear_cache
from kgalign.encode.registry import BUILT_IN, load_encoder, open_checkpoint

__all__ = [
    "BUILT_IN",
    "CacheEntry",
    "CachedEncoder",
    "TextEncoder",
    "cache_report",
    "clear_cache",
    "load_encoder",
    "open_checkpoint",
]
