"""Rows of published data sets as facts beside texts."""
