"""``python -m toolkit`` and the command ``toolkit`` are the same thing."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    from toolkit.cli import run

    run()


if __name__ == "__main__":
    main()
