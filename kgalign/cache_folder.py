"""Where kgalign keeps what it can make again."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

CACHE_VARIABLE = "KGALIGN_CACHE"


def cache_folder() -> Path:
    """The user's cache folder for kgalign; the environment variable ``KGALIGN_CACHE`` overrides it."""
    chosen = os.environ.get(CACHE_VARIABLE)
    return Path(chosen) if chosen else Path(platformdirs.user_cache_dir("kgalign"))
