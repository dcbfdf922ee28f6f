"""What :mod:`build_graph_data` is made of: packages in, two independent graphs and their reference out."""
