import bz2
import gzip
import lzma
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from kgalign.errors import InputError
from kgalign.kg.compression import open_dump

TEXT = b"".join(b"line %d of a text\n" % number for number in range(20_000))
COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gz": lambda data: gzip.compress(data, mtime=0),
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": lambda data: zstandard.ZstdCompressor().compress(data),
}


def everything(path: Path, size: int = 10_000) -> bytes:
    counted: list[int] = []
    with open_dump(path, path.name, counted.append) as stream:
        data = b"".join(iter(lambda: stream.read(size), b""))
    assert sum(counted) == path.stat().st_size
    return data


@pytest.fixture(params=list(COMPRESS))
def compress(request: pytest.FixtureRequest) -> Callable[[bytes], bytes]:
    return COMPRESS[request.param]


def test_recognised_by_content_not_by_name(compress: Callable[[bytes], bytes], tmp_path: Path) -> None:
    path = tmp_path / "without-extension"
    path.write_bytes(compress(TEXT))
    assert everything(path) == TEXT


def test_several_streams_in_one_file(compress: Callable[[bytes], bytes], tmp_path: Path) -> None:
    path = tmp_path / "parts"
    path.write_bytes(compress(TEXT[:7]) + compress(TEXT[7:90_000]) + compress(TEXT[90_000:]))
    assert everything(path) == TEXT


def test_peek_takes_nothing_away(compress: Callable[[bytes], bytes], tmp_path: Path) -> None:
    path = tmp_path / "dump"
    path.write_bytes(compress(TEXT))
    with open_dump(path, "dump", int) as stream:
        assert stream.peek(70_000) == TEXT[:70_000]
        assert stream.peek(10) == TEXT[:10]
        assert stream.read(5) == TEXT[:5]
        assert stream.read(-1) == TEXT[5:]
        assert stream.read(5) == b""


@pytest.mark.parametrize("kind", ["gz", "bz2", "xz", "zst"])
@pytest.mark.parametrize("kept", [0.3, 0.98])
def test_truncation_is_an_error(kind: str, kept: float, tmp_path: Path) -> None:
    path = tmp_path / f"x.nt.{kind}"
    whole = COMPRESS[kind](TEXT)
    path.write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(InputError, match=f"^x.nt.{kind}: the compressed file is truncated"):
        everything(path)


@pytest.mark.parametrize("kind", ["gz", "bz2", "xz", "zst"])
def test_damage_is_an_error(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "x"
    whole = bytearray(COMPRESS[kind](TEXT))
    for place in range(len(whole) // 2, len(whole) // 2 + 40):
        whole[place] ^= 0x5A
    path.write_bytes(whole)
    with pytest.raises(InputError):
        everything(path)


def test_empty(tmp_path: Path) -> None:
    path = tmp_path / "x.nt"
    path.touch()
    with pytest.raises(InputError, match=r"x\.nt: the file is empty"), open_dump(path, "x.nt", int):
        pass


def test_byte_order_mark_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "x.nt"
    path.write_bytes(b"\xef\xbb\xbf# text")
    with open_dump(path, "x.nt", int) as stream:
        stream.skip_byte_order_mark()
        assert stream.read(100) == b"# text"
