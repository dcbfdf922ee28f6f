"""Fusing linked graphs into one, with the conflicts that this exposes and the provenance of every statement.

:func:`read_linking` reads what is the same, :func:`fuse` joins, :func:`write_fused` writes the folder that
:mod:`kgalign.fuse.fused_files` describes.
"""

from kgalign.fuse.fused_folder import write_fused
from kgalign.fuse.fusion import Fusion, fuse
from kgalign.fuse.linking import Linking, read_linking
from kgalign.fuse.options import FuseOptions
from kgalign.fuse.sources import Sources
from kgalign.fuse.summary import figures

__all__ = ["FuseOptions", "Fusion", "Linking", "Sources", "figures", "fuse", "read_linking", "write_fused"]
