"""Answers kept on disk, so that no question is paid for twice."""

from __future__ import annotations

import asyncio
import hashlib
import json
import math
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from kgalign.errors import InputError, KgalignError, OutputError
from kgalign.vote.language_model import LanguageModel, Prompt, Reply

# Another process may be writing; a write takes milliseconds.
_PATIENCE_SECONDS = 60.0
_TABLE = "CREATE TABLE IF NOT EXISTS answers (question TEXT PRIMARY KEY, reply TEXT NOT NULL) WITHOUT ROWID"
_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_ERROR", "SQLITE_MISMATCH")

Result = TypeVar("Result")


class CachedModel:
    """A language model that is asked each question once, whatever run or process asks it again.

    The file is an SQLite database with a write-ahead log: an answer is on the disk before
    :meth:`ask` returns, so that a killed run loses none, and several processes may share the file.

    Args:
        model: the model to ask what isn't known.
        path: the file; it is made, with its folder, if it isn't there.
        at_once: at most so many calls are under way or answered and not yet kept, which is what a
            run loses that is killed.

    Raises:
        InputError: if *path* is something else than such a file, or damaged.
        OutputError: if it can't be made or written.
    """

    def __init__(self, model: LanguageModel, path: str | Path, at_once: int = 4) -> None:
        self._model = model
        self._calls = asyncio.Semaphore(at_once)
        self._answers = AnswerFile(path)
        # One thread: the event loop doesn't wait for the disk, and writes come one after the other.
        self._thread = ThreadPoolExecutor(1, "answer-cache")
        self._pending: dict[str, asyncio.Task[Reply]] = {}

    @property
    def name(self) -> str:
        """The model's own name: answers from the cache are its answers."""
        return self._model.name

    def knows(self, prompt: Prompt) -> bool:
        """Whether the answer is on the disk, so that asking costs nothing."""
        return self._thread.submit(self._answers.find, question_key(self.name, prompt)).result() is not None

    async def ask(self, prompt: Prompt) -> Reply:
        """Answer one question; equal questions asked at the same time make one call.

        Raises:
            ModelError: as the model does; failures aren't kept.
            InputError: if the file is damaged.
            OutputError: if the answer can't be kept.
        """
        key = question_key(self.name, prompt)
        pending = self._pending.get(key)
        if pending is not None:
            return replace(await asyncio.shield(pending), cached=True)
        task = asyncio.create_task(self._answer(key, prompt))
        self._pending[key] = task
        task.add_done_callback(lambda done: self._forget(key, done))
        return await asyncio.shield(task)

    async def close(self) -> None:
        """Give up the calls that nobody waits for any more; close the file and the model."""
        abandoned = list(self._pending.values())
        for task in abandoned:
            task.cancel()
        await asyncio.gather(*abandoned, return_exceptions=True)
        await self._on_thread(self._answers.close)
        self._thread.shutdown()
        await self._model.close()

    async def _answer(self, key: str, prompt: Prompt) -> Reply:
        known = await self._on_thread(lambda: self._answers.find(key))
        if known is not None:
            return known
        async with self._calls:
            reply = await self._model.ask(prompt)
            await self._on_thread(lambda: self._answers.keep(key, reply))
        return reply

    def _forget(self, key: str, done: asyncio.Task[Reply]) -> None:
        del self._pending[key]
        if not done.cancelled():
            # Read, or asyncio complains of a failure that whoever asked was no longer there to hear.
            done.exception()

    async def _on_thread(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


class AnswerFile:
    """The table of answers; to be used by one thread at a time.

    Args:
        path: the file.

    Raises:
        InputError: if *path* is something else than such a file, or damaged.
        OutputError: if it can't be made or written.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError.from_os_error(error, self._path) from error
        try:
            self._database = sqlite3.connect(
                self._path, timeout=_PATIENCE_SECONDS, isolation_level=None, check_same_thread=False
            )
            self._database.execute("PRAGMA journal_mode = WAL")
            # Without it the log reaches the disk only now and then, and a power cut loses answers.
            self._database.execute("PRAGMA synchronous = FULL")
            self._database.execute(_TABLE)
            self._database.execute("SELECT question, reply FROM answers LIMIT 1").fetchone()
        except sqlite3.Error as error:
            raise self._explained(error) from error

    def find(self, key: str) -> Reply | None:
        """The answer to a question, if it is known (see :func:`question_key`)."""
        try:
            row = self._database.execute("SELECT reply FROM answers WHERE question = ?", (key,)).fetchone()
            return None if row is None else _reply(row[0])
        except (sqlite3.Error, ValueError, TypeError, KeyError) as error:
            raise self._explained(error) from error

    def keep(self, key: str, reply: Reply) -> None:
        """Write an answer to the disk; one that is there already stays."""
        try:
            self._database.execute("INSERT OR IGNORE INTO answers VALUES (?, ?)", (key, _as_json(reply)))
        except sqlite3.Error as error:
            raise self._explained(error) from error

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _explained(self, error: Exception) -> KgalignError:
        code = getattr(error, "sqlite_errorname", "SQLITE_CORRUPT")
        if code.startswith(_DAMAGED):
            return InputError(
                "isn't a file of answers, or is damaged", path=self._path, remedy="delete it to begin anew"
            )
        reason = "the disk is full" if code.startswith("SQLITE_FULL") else str(error)
        return OutputError(f"{self._path}: answers can't be kept there ({reason}); choose another place.")


def question_key(model: str, prompt: Prompt) -> str:
    """SHA-256 of what an answer depends on: the model's name and the prompt."""
    parts = [model, prompt.system, prompt.user, list(prompt.letters)]
    return hashlib.sha256(json.dumps(parts).encode("ascii")).hexdigest()


def _as_json(reply: Reply) -> str:
    """A reply as JSON, which has no -inf: a letter that the model doesn't tell is null."""
    told = reply.log_probabilities
    return json.dumps(
        {
            "text": reply.text,
            "log_probabilities": None
            if told is None
            else [value if math.isfinite(value) else None for value in told],
            "input_tokens": reply.input_tokens,
            "output_tokens": reply.output_tokens,
        }
    )


def _reply(text: str) -> Reply:
    kept = json.loads(text)
    told = kept["log_probabilities"]
    return Reply(
        text=str(kept["text"]),
        log_probabilities=None
        if told is None
        else tuple(-math.inf if value is None else float(value) for value in told),
        input_tokens=int(kept["input_tokens"]),
        output_tokens=int(kept["output_tokens"]),
        cached=True,
    )
