"""A group of commands of which one may go without its name."""

from __future__ import annotations

from typing import ClassVar

import click


class DefaultCommandGroup(click.Group):
    """Whatever does not begin with a command's name belongs to :attr:`default`."""

    default: ClassVar[str]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the default command's name first where no command is named."""
        if args and args[0] not in (*self.commands, "-h", "--help"):
            args = [self.default, *args]
        return super().parse_args(ctx, args)
