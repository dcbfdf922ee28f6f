"""A finished run as one HTML page: figures, charts, clusters, conflicts and a viewer of pairs."""

from kgalign.report.contents import Contents
from kgalign.report.options import ReportOptions
from kgalign.report.page import report_page, review_page

__all__ = ["Contents", "ReportOptions", "report_page", "review_page"]
