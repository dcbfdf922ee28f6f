"""What the neighbourhoods of two entities say about them being the same."""
