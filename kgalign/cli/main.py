"""``kgalign``: the commands, and what becomes of their errors."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

import click

from kgalign import __version__
from kgalign.cli.resuming import ResumableInterruption
from kgalign.errors import EXIT_INTERRUPTED, EXIT_USER, KgalignError, OutputError

# Where each command lives; a command's module is imported when it is asked for, so that
# ``kgalign --help`` doesn't wait for torch.
_COMMANDS = {
    "adapt": ("kgalign.cli.adapt", "Teach a frozen language model what a graph knows."),
    "align": ("kgalign.cli.align", "Link the entities of two or more graphs that are the same."),
    "convert": ("kgalign.cli.convert", "Write links in another format."),
    "describe": ("kgalign.cli.describe", "Align and fuse graphs, and describe their entities, in one go."),
    "evaluate": ("kgalign.cli.evaluate", "Score links against a reference."),
    "explain": ("kgalign.cli.explain", "Say why an entity was linked as it was."),
    "fuse": ("kgalign.cli.fuse", "Join linked graphs into one, and list their conflicts."),
    "generate": ("kgalign.cli.generate", "Describe entities in any language, each text verified."),
    "info": ("kgalign.cli.graphs", "Say what is in a dump or a store."),
    "ingest": ("kgalign.cli.graphs", "Read RDF dumps into a store."),
    "models": ("kgalign.cli.models", "List and prepare models, and manage what is cached."),
    "report": ("kgalign.cli.report", "Show a run in one HTML file that needs no network."),
    "verify": ("kgalign.cli.verify", "Check texts against a graph, span by span."),
    "vote": ("kgalign.cli.vote", "Ask a language model about the pairs that a run is unsure of."),
    "review": ("kgalign.cli.review", "Look at a run's pairs in a browser and decide about them."),
}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = getattr(import_module(_COMMANDS[cmd_name][0]), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in sorted(_COMMANDS.items())])


@click.command(
    cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="kgalign")
def kgalign() -> None:
    """Reconcile knowledge graphs in several languages."""


def main() -> None:
    """Run the command line; ends the process with the exit code of :mod:`kgalign.errors`."""
    signal.signal(signal.SIGTERM, _interrupt)
    sys.exit(run(lambda: kgalign.main(prog_name="kgalign", standalone_mode=False)))


def run(command: Callable[[], Any]) -> int:
    """Call *command* and turn what it raises into one sentence and an exit code."""
    try:
        result = command()
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except KgalignError as error:
        return _told(str(error), error.exit_code)
    except click.UsageError as error:
        name = error.ctx.command_path if error.ctx else "kgalign"
        message = error.format_message().rstrip(".")
        return _told(f"{message}; see '{name} --help'.", EXIT_USER)
    except click.ClickException as error:
        return _told(error.format_message(), EXIT_USER)
    except (KeyboardInterrupt, click.Abort) as error:
        # click makes an Abort of what interrupts a command.
        cause = error.__cause__ if isinstance(error, click.Abort) else error
        if isinstance(cause, ResumableInterruption):
            return _told(str(cause), EXIT_INTERRUPTED)
        return _told(
            "interrupted; no output was written, and what was cached serves the next run.", EXIT_INTERRUPTED
        )
    except BrokenPipeError:
        # The reader of our output has gone; nobody is left to be told.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        return _told(str(OutputError.from_os_error(error, error.filename or "output")), EXIT_USER)


def _told(message: str, code: int) -> int:
    print(f"kgalign: {message}", file=sys.stderr)
    return code


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt
