# SPDX-License-Identifier: Apache-2.0
""".p12 files as Keychain Access and keytool make them, and the openssl command does not (RFC 7292)."""
from pathlib import Path

_SEQUENCE, _CONTEXT_0, _OCTETS = 0x30, 0xA0, 0x04
_VERSION_3 = bytes.fromhex("020103")
_DATA = bytes.fromhex("06092a864886f70d010701")  # 1.2.840.113549.1.7.1
_SHA256 = bytes.fromhex("0609608648016503040201")
_PBMAC1 = bytes.fromhex("06092a864886f70d01050e")  # RFC 9579


def _wrap(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    size = (length.bit_length() + 7) // 8
    return bytes([tag, 0x80 | size]) + length.to_bytes(size, "big") + content


def _first(der: bytes, tag: int) -> tuple[bytes, bytes]:
    """The content of the first value, and what follows it."""
    if der[0] != tag:
        raise ValueError(f"found {der[0]:#x} in place of {tag:#x}")
    at, length = 2, der[1]
    if length & 0x80:
        at += length & 0x7F
        length = int.from_bytes(der[2:at], "big")
    return der[at:at + length], der[at + length:]


def _safe_contents(p12: bytes) -> bytes:
    """The contents of a file without a MAC."""
    content, _ = _first(p12, _SEQUENCE)
    content, _ = _first(content.removeprefix(_VERSION_3), _SEQUENCE)
    for tag in (_CONTEXT_0, _OCTETS, _SEQUENCE):
        content, _ = _first(content.removeprefix(_DATA), tag)
    return content


def joined(*files: Path) -> bytes:
    """One file with what several hold, in their order. They have no MAC, and nor has it."""
    safe = _wrap(_SEQUENCE, b"".join(_safe_contents(file.read_bytes()) for file in files))
    info = _wrap(_SEQUENCE, _DATA + _wrap(_CONTEXT_0, _wrap(_OCTETS, safe)))
    return _wrap(_SEQUENCE, _VERSION_3 + info)


def with_pbmac1(p12: bytes) -> bytes:
    """A file whose MAC, by SHA-256, says that it is PBMAC1."""
    before, _, after = p12.rpartition(_SHA256)
    return before + _PBMAC1 + after
