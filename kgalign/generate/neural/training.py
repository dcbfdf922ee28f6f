"""Training a generation model, so that it can be stopped anywhere and goes on to the same weights."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from kgalign.adapters.checkpoints import LogLine, read_checkpoint, write_checkpoint
from kgalign.encode.schedule import rate_share
from kgalign.errors import OutputError
from kgalign.files import atomic_file
from kgalign.generate.neural.batches import Lesson, Plan
from kgalign.generate.neural.network import Batch, FactToText
from kgalign.generate.neural.options import NeuralOptions
from kgalign.generate.neural.weights import NetworkWeights
from kgalign.progress import NotedProgress, progress, say

BEST = "best.safetensors"
STEP, LOOK = "text", "chrF++"
_LONGEST_GRADIENT = 1.0
# Steps after which the speed is told, the first of which are slower.
_STEPS_TIMED = 10


@dataclass(frozen=True)
class Trainer:
    """One training.

    Attributes:
        network: the model; its dropout is on while it learns.
        weights: what is trained of it.
        plan: the batches.
        options: how to train.
        precision: ``float32`` or ``bfloat16``.
        score: of the development data by the network as it is, the higher the better; None without.
        folder: for checkpoints.
    """

    network: FactToText
    weights: NetworkWeights
    plan: Plan
    options: NeuralOptions
    precision: str
    score: Callable[[], float] | None
    folder: Path

    @property
    def steps(self) -> int:
        """Updates of a whole training."""
        return max(1, self.plan.per_epoch * self.options.epochs // self.options.accumulate)

    def run(self, key: str) -> list[LogLine]:
        """Train; the network ends with the best weights that were looked at, or the last ones.

        Args:
            key: what the training is for; a checkpoint of the same one in the folder is taken up.

        Returns:
            A line for each step and for each look at the development data.

        Raises:
            OutputError: if a checkpoint can't be written.
        """
        options = self.options
        optimizer = torch.optim.AdamW(self._groups(), lr=options.rate)
        torch.manual_seed(options.seed)
        log = read_checkpoint(self.folder, key, self.weights, optimizer) or []
        if log:
            say(f"going on after step {_done(log):,} of {self.steps:,}")
        with progress("training", self.steps, "step") as bar:
            bar.update(_done(log))
            self._go_on(optimizer, log, key, bar)
        if self.score is not None:
            self._take_best(key)
        self.network.eval()
        return log

    def _go_on(
        self, optimizer: torch.optim.Optimizer, log: list[LogLine], key: str, bar: NotedProgress
    ) -> None:
        options = self.options
        begun, tokens = time.perf_counter(), 0
        first = _done(log)
        while (done := _done(log)) < self.steps and not self._ended(log):
            line, count = self._step(optimizer, done)
            log.append(line)
            tokens += count
            bar.note(f"loss {line.loss:.3f}")
            bar.update(1)
            if done + 1 - first == _STEPS_TIMED and self.steps > done + 1:
                seconds = time.perf_counter() - begun
                left = (self.steps - done - 1) * seconds / _STEPS_TIMED / 3600
                say(
                    f"{tokens / seconds:,.0f} tokens/s; all {self.steps:,} steps would take {left:.1f} h more"
                )
            last = done + 1 == self.steps
            if self.score is not None and ((done + 1) % options.evaluate_every == 0 or last):
                self._look(log, key)
            if (done + 1) % options.checkpoint_every == 0 and not last:
                write_checkpoint(self.folder, key, self.weights, optimizer, log)

    def _step(self, optimizer: torch.optim.Optimizer, number: int) -> tuple[LogLine, int]:
        options = self.options
        share = rate_share(number, round(options.warm_up * self.steps), self.steps)
        for group in optimizer.param_groups:
            group["lr"] = options.rate * share
        optimizer.zero_grad(set_to_none=True)
        self.network.train()
        parts = [self.plan.batch(number * options.accumulate + part) for part in range(options.accumulate)]
        wanted = sum(_taught_tokens(lesson) for lessons in parts for lesson in lessons)
        total = 0.0
        for lessons in parts:
            # A token counts the same in every part.
            share_of_part = sum(map(_taught_tokens, lessons)) / wanted
            loss = self._loss(lessons) * share_of_part
            loss.backward()  # type: ignore[no-untyped-call]
            total += float(loss.detach())
        torch.nn.utils.clip_grad_norm_(self.weights.trained(), _LONGEST_GRADIENT)
        optimizer.step()
        line = LogLine(number + 1, STEP, round(total, 5), options.rate * share)
        return line, sum(lesson.length for lessons in parts for lesson in lessons)

    def _loss(self, lessons: Sequence[Lesson]) -> Tensor:
        device = self.network.device
        batch = Batch.of(
            [lesson.source for lesson in lessons],
            [lesson.target for lesson in lessons],
            device,
            [lesson.taught for lesson in lessons],
        )
        with torch.autocast(device.type, torch.bfloat16, enabled=self.precision == "bfloat16"):
            loss: Tensor = self.network(batch, self.options.label_smoothing)
        return loss

    def _groups(self) -> list[dict[str, object]]:
        """Matrices shrink; embeddings and scales don't."""
        model = self.network.model
        spared = {id(model.shared.weight), id(model.lm_head.weight)}
        plain = [each for each in self.weights.trained() if each.ndim < 2 or id(each) in spared]
        known = {id(each) for each in plain}
        shrinking = [each for each in self.weights.trained() if id(each) not in known]
        groups: list[dict[str, object]] = [{"params": plain, "weight_decay": 0.0}]
        return groups + [{"params": shrinking, "weight_decay": self.options.weight_decay}] * bool(shrinking)

    def _look(self, log: list[LogLine], key: str) -> None:
        from safetensors.torch import save_file

        assert self.score is not None
        looks = [line for line in log if line.objective == LOOK]
        found = self.score()
        log.append(LogLine(_done(log), LOOK, found, 0.0))
        if all(found > line.loss for line in looks):
            with atomic_file(self.folder / BEST) as scratch:
                save_file(self.weights.tensors(), scratch, metadata={"key": key})

    def _take_best(self, key: str) -> None:
        from safetensors import safe_open

        with safe_open(self.folder / BEST, "pt") as stored:
            if (stored.metadata() or {}).get("key") != key:
                raise OutputError(
                    f"{self.folder / BEST}: belongs to another training; choose another folder."
                )
            self.weights.load({name: stored.get_tensor(name) for name in stored.keys()})  # noqa: SIM118

    def _ended(self, log: Sequence[LogLine]) -> bool:
        """Whether the last looks were no better than an earlier one."""
        looks = [line.loss for line in log if line.objective == LOOK]
        return bool(looks) and len(looks) - 1 - looks.index(max(looks)) >= self.options.patience


def best_look(log: Sequence[LogLine]) -> LogLine | None:
    """The first of the best looks at the development data; None without any."""
    return max((line for line in log if line.objective == LOOK), key=lambda line: line.loss, default=None)


def training_key(options: NeuralOptions, lessons: Sequence[Lesson], subject: str) -> str:
    """Names a training: another key's checkpoint isn't taken up."""
    chosen: Mapping[str, object] = options.model_dump(mode="json", exclude={"checkpoint_every"})
    digest = hashlib.sha256(f"{sorted(chosen.items())}{subject}".encode())
    for lesson in lessons:
        told = f"{lesson.language}{lesson.source.ids}{lesson.target}{lesson.taught or ''}"
        digest.update(told.encode())
    return digest.hexdigest()[:24]


def _taught_tokens(lesson: Lesson) -> int:
    return len(lesson.target) if lesson.taught is None else sum(lesson.taught)


def _done(log: Sequence[LogLine]) -> int:
    return next((line.step for line in reversed(log)), 0)
