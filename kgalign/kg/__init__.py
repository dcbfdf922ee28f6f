"""Reading RDF into a columnar knowledge graph, and writing it back."""
