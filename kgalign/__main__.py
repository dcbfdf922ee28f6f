"""``python -m kgalign``."""

from kgalign.cli import main

if __name__ == "__main__":
    main()
