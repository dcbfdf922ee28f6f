"""Adapters: a frozen multilingual language model learns what a reconciled graph knows."""
