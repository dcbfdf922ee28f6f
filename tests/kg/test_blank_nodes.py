from kgalign.kg.blank_nodes import KeptBlankNodes, NumberedBlankNodes


def test_labels_are_kept_or_numbered_within_their_file() -> None:
    kept, numbered = KeptBlankNodes(2), NumberedBlankNodes(3)
    assert [kept[label] for label in ("x", "y", "x")] == ["_:f2_x", "_:f2_y", "_:f2_x"]
    assert [numbered[label] for label in ("x", "y", "x")] == ["_:f3_b0", "_:f3_b1", "_:f3_b0"]
