"""What labels say about two entities being the same."""
