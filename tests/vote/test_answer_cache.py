"""Answers kept on disk: nothing is asked twice, nothing is lost, whatever happens to the process."""

from __future__ import annotations

import asyncio
import math
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kgalign.errors import InputError, OutputError
from kgalign.vote.answer_cache import AnswerFile, CachedModel, question_key
from kgalign.vote.language_model import ModelError, Prompt, Reply

ROOT = Path(__file__).resolve().parents[2]
PROMPT = Prompt("Answer.", "Which?", ("A", "B", "C"))
REPLY = Reply("B", (-1.25, -0.1 - 0.2, -math.inf), 41, 1)


class CountingModel:
    """Answers B, a little later, and counts; fails where it is told to."""

    def __init__(self, name: str = "counting") -> None:
        self.name = name
        self.calls = 0
        self.closed = False
        self.failing = False

    async def ask(self, prompt: Prompt) -> Reply:
        self.calls += 1
        await asyncio.sleep(0.01)
        if self.failing:
            raise ModelError("No.")
        return REPLY

    async def close(self) -> None:
        self.closed = True


def test_a_known_question_costs_no_call(tmp_path: Path) -> None:
    async def ask_in_two_runs() -> None:
        model = CountingModel()
        for run in range(2):
            cached = CachedModel(model, tmp_path / "deep" / "answers.sqlite")
            assert cached.name == "counting"
            assert cached.knows(PROMPT) == (run > 0)
            first, second = await cached.ask(PROMPT), await cached.ask(PROMPT)
            assert first == replace(REPLY, cached=run > 0)
            assert second == replace(REPLY, cached=True)
            await cached.close()
        assert model.calls == 1
        assert model.closed

    asyncio.run(ask_in_two_runs())


def test_questions_differ_by_model_and_every_part_of_the_prompt() -> None:
    others = [
        ("m", replace(PROMPT, system="Answer!")),
        ("m", replace(PROMPT, user="Which one?")),
        ("m", replace(PROMPT, letters=("A", "B"))),
        ("m", Prompt("Answer.W", "hich?", PROMPT.letters)),
        ("n", PROMPT),
    ]
    keys = {question_key(model, prompt) for model, prompt in [("m", PROMPT), *others]}
    assert len(keys) == 6


def test_equal_questions_at_the_same_time_make_one_call(tmp_path: Path) -> None:
    async def ask_together() -> None:
        model = CountingModel()
        cached = CachedModel(model, tmp_path / "answers")
        replies = await asyncio.gather(*(cached.ask(PROMPT) for _ in range(20)))
        assert model.calls == 1
        assert sum(not reply.cached for reply in replies) == 1
        assert {reply.text for reply in replies} == {"B"}
        await cached.close()

    asyncio.run(ask_together())


def test_who_gives_up_takes_the_answer_from_nobody_else(tmp_path: Path) -> None:
    async def give_up() -> None:
        model = CountingModel()
        cached = CachedModel(model, tmp_path / "answers")
        first = asyncio.create_task(cached.ask(PROMPT))
        second = asyncio.create_task(cached.ask(PROMPT))
        await asyncio.sleep(0.005)
        first.cancel()
        assert (await second).text == "B"
        assert model.calls == 1
        await cached.close()

    asyncio.run(give_up())


def test_failures_are_not_kept(tmp_path: Path) -> None:
    async def fail_then_answer() -> None:
        model = CountingModel()
        cached = CachedModel(model, tmp_path / "answers")
        model.failing = True
        results = await asyncio.gather(*(cached.ask(PROMPT) for _ in range(2)), return_exceptions=True)
        assert [type(result) for result in results] == [ModelError, ModelError]
        assert not cached.knows(PROMPT)
        model.failing = False
        assert await cached.ask(PROMPT) == REPLY
        await cached.close()

    asyncio.run(fail_then_answer())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(st.characters(codec=None)),
    told=st.none() | st.lists(st.floats(max_value=0) | st.just(-math.inf), max_size=8).map(tuple),
    tokens=st.integers(0, 2**40),
)
def test_replies_come_back_as_they_were(
    tmp_path: Path, text: str, told: tuple[float, ...] | None, tokens: int
) -> None:
    reply = Reply(text, told, tokens, tokens)
    key = question_key("m", replace(PROMPT, user=repr(reply)))
    answers = AnswerFile(tmp_path / "answers")
    answers.keep(key, reply)
    assert answers.find(key) == replace(reply, cached=True)
    answers.close()


def test_the_first_answer_stays(tmp_path: Path) -> None:
    answers = AnswerFile(tmp_path / "answers")
    answers.keep("key", REPLY)
    answers.keep("key", replace(REPLY, text="C"))
    found = answers.find("key")
    assert found is not None and found.text == "B"
    answers.close()


def test_a_killed_process_loses_no_answer_that_was_given(tmp_path: Path) -> None:
    path = tmp_path / "answers"
    script = """
        import asyncio, sys
        from kgalign.vote.answer_cache import CachedModel
        from kgalign.vote.language_model import Prompt, Reply

        class Model:
            name = "m"
            async def ask(self, prompt): return Reply(prompt.user)
            async def close(self): pass

        async def main():
            cached = CachedModel(Model(), sys.argv[1])
            for number in range(1_000_000):
                await cached.ask(Prompt("", str(number), ("A",)))
                print(number, flush=True)

        asyncio.run(main())
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), str(path)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    given = [int(process.stdout.readline()) for _ in range(50)]
    process.send_signal(signal.SIGKILL)
    given += [int(line) for line in process.stdout.read().splitlines() if line]
    process.wait()
    process.stdout.close()
    answers = AnswerFile(path)
    # The last line may have been cut off, so that its number isn't one that was given.
    for number in given[:-1]:
        found = answers.find(question_key("m", Prompt("", str(number), ("A",))))
        assert found is not None and found.text == str(number)
    answers.close()


def test_several_processes_share_the_file(tmp_path: Path) -> None:
    path = tmp_path / "answers"
    script = """
        import sys
        from kgalign.vote.answer_cache import AnswerFile
        from kgalign.vote.language_model import Reply

        answers = AnswerFile(sys.argv[1])
        for number in range(40):
            answers.keep(f"{sys.argv[2]} {number}", Reply(sys.argv[2]))
    """
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(script), str(path), str(writer)],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        for writer in range(3)
    ]
    assert [process.wait() for process in writers] == [0, 0, 0]
    answers = AnswerFile(path)
    assert all(answers.find(f"{writer} {number}") for writer in range(3) for number in range(40))
    answers.close()


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "answers"
    path.write_text("a shopping list\n" * 100)
    with pytest.raises(
        InputError, match=r"answers: isn't a file of answers, or is damaged; delete it"
    ) as caught:
        AnswerFile(path)
    assert str(caught.value).count("\n") == 0
    assert path.read_text().startswith("a shopping list")


def test_another_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "answers"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE answers (who TEXT)")
    database.close()
    with pytest.raises(InputError, match="isn't a file of answers"):
        AnswerFile(path)


@pytest.mark.parametrize("kept", ["not JSON", "{}", "[]", '{"text": "B", "log_probabilities": [{}]}'])
def test_a_damaged_answer_is_reported(tmp_path: Path, kept: str) -> None:
    answers = AnswerFile(tmp_path / "answers")
    answers.keep("key", REPLY)
    answers.close()
    with sqlite3.connect(tmp_path / "answers") as database:
        database.execute("UPDATE answers SET reply = ?", (kept,))
    database.close()
    answers = AnswerFile(tmp_path / "answers")
    with pytest.raises(InputError, match="damaged; delete it"):
        answers.find("key")
    answers.close()


def test_damaged_pages_are_reported(tmp_path: Path) -> None:
    path = tmp_path / "answers"
    answers = AnswerFile(path)
    for number in range(500):
        answers.keep(f"key {number}", REPLY)
    answers.close()
    content = bytearray(path.read_bytes())
    content[8192:] = b"\xa5" * (len(content) - 8192)
    path.write_bytes(content)
    with pytest.raises(InputError, match="damaged; delete it"):
        damaged = AnswerFile(path)
        for number in range(500):
            damaged.find(f"key {number}")


def test_a_place_that_cannot_be_written_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError):
        AnswerFile(tmp_path / "file" / "answers")
    with pytest.raises(OutputError, match="answers can't be kept there"):
        AnswerFile(tmp_path)
