"""A model of transformers on this machine; here tiny ones with random weights."""

from __future__ import annotations

import asyncio
import math
import shutil
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from kgalign.errors import InputError
from kgalign.vote.clients import ModelOptions, open_model
from kgalign.vote.language_model import ModelError, Prompt, Reply

TEMPLATE = (
    "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}assistant:{% endif %}"
)
NO_SYSTEM = "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}" + TEMPLATE
PROMPT = Prompt("Answer with a letter.", "Which is a city?\nA. a dog\nB. Paris\nC. none", ("A", "B", "C"))


def save_model(folder: Path, template: str | None = None) -> Path:
    """A Llama of two layers with a tokenizer trained on a few lines."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    lines = [
        PROMPT.system,
        PROMPT.user,
        " A B C A B C",
        "system: user: assistant:",
        "The correct answer is (",
    ] * 5
    tokenizer.train_from_iterator(
        lines, trainers.BpeTrainer(vocab_size=400, initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    )
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, chat_template=template)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(fast) + 3,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=256,
        initializer_range=0.5,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    fast.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_model(tmp_path_factory.mktemp("model"))


def ask(folder: Path, prompt: Prompt = PROMPT) -> Reply:
    async def once() -> Reply:
        model = open_model(f"local:{folder}", ModelOptions(device="cpu"))
        reply = await model.ask(prompt)
        await model.close()
        return reply

    return asyncio.run(once())


def expected(folder: Path, text: str) -> tuple[list[float], int]:
    """Probability of each letter after *text*, computed in the plainest way."""
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    model = LlamaForCausalLM.from_pretrained(folder)
    ids = tokenizer(text, return_tensors="pt")["input_ids"]
    with torch.inference_mode():
        probabilities = torch.softmax(model(ids).logits[0, -1].double(), -1)
    words = {word: place for word, place in tokenizer.get_vocab().items()}
    assert "ĠB" in words
    spaces = ("", "Ġ", "Ċ")
    return [
        sum(float(probabilities[words[s + letter]]) for s in spaces if s + letter in words)
        for letter in "ABC"
    ], ids.shape[1]


def check(reply: Reply, probabilities: list[float], length: int) -> None:
    assert reply.log_probabilities is not None
    assert [math.exp(value) for value in reply.log_probabilities] == pytest.approx(probabilities, rel=1e-4)
    assert reply.text == "ABC"[probabilities.index(max(probabilities))]
    assert reply.input_tokens == length


def test_letters_with_and_without_a_space_are_added_up(folder: Path) -> None:
    text = f"{PROMPT.system}\n\n{PROMPT.user}\n\nThe correct answer is ("
    check(ask(folder), *expected(folder, text))


def test_the_chat_template_is_used(tmp_path: Path) -> None:
    saved = save_model(tmp_path / "chat", TEMPLATE)
    text = f"system: {PROMPT.system}\nuser: {PROMPT.user}\nassistant:"
    check(ask(saved), *expected(saved, text))


def test_a_template_without_a_system_role_gets_the_instructions_with_the_question(tmp_path: Path) -> None:
    saved = save_model(tmp_path / "chat", NO_SYSTEM)
    text = f"user: {PROMPT.system}\n\n{PROMPT.user}\nassistant:"
    check(ask(saved), *expected(saved, text))


def test_the_event_loop_goes_on_meanwhile(folder: Path) -> None:
    async def both() -> tuple[int, list[Reply]]:
        model = open_model(f"local:{folder}", ModelOptions(device="cpu"))
        asking = asyncio.gather(*(model.ask(PROMPT) for _ in range(3)))
        turns = 0
        while not asking.done():
            turns += 1
            await asyncio.sleep(0)
        return turns, await asking

    turns, replies = asyncio.run(both())
    # Asked within the loop, all three would be done after its first turn.
    assert turns > 3
    assert replies == [ask(folder)] * 3


def test_the_name_tells_weights_apart(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "other")
    model = LlamaForCausalLM.from_pretrained(folder)
    with torch.no_grad():
        model.model.layers[1].mlp.up_proj.weight[0] += 1
    model.save_pretrained(tmp_path / "other")
    options = ModelOptions(device="cpu")
    names = [open_model(f"local:{place}", options).name for place in (folder, folder, tmp_path / "other")]
    assert names[0] == names[1]
    assert names[0].split()[1] != names[2].split()[1]
    assert names[0].startswith(f"local:{folder} ")


def test_a_prompt_that_is_too_long_is_refused(folder: Path) -> None:
    long = Prompt("", "word " * 1000, ("A", "B"))
    with pytest.raises(ModelError, match="tokens and the model reads 256; show fewer facts or candidates"):
        ask(folder, long)


def test_what_is_no_model_is_refused_in_one_sentence(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "nowhere", Path("no-such/model-name")):
        with pytest.raises(InputError, match="isn't a causal language model of transformers") as caught:
            open_model(f"local:{place}")
        assert "\n" not in str(caught.value)


def test_pickled_weights_are_refused(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "pickled")
    (tmp_path / "pickled" / "model.safetensors").unlink()
    torch.save(
        LlamaForCausalLM.from_pretrained(folder).state_dict(), tmp_path / "pickled" / "pytorch_model.bin"
    )
    with pytest.raises(InputError, match="weights in safetensors"):
        open_model(f"local:{tmp_path / 'pickled'}")


def test_a_device_that_is_not_there_is_refused(folder: Path) -> None:
    with pytest.raises(InputError, match="there is no device"):
        open_model(f"local:{folder}", ModelOptions(device="cuda:77"))
