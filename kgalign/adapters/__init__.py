"""Adapters: a frozen multilingual model learns what a graph says, and is measured by it."""
