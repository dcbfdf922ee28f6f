"""Asking a language model about the pairs that the aligner is unsure of."""
