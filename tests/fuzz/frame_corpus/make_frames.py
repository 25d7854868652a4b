#!/usr/bin/env python3
"""Makes the frame corpus beside it: small files, each a frame as a layer might find it in its store.

A file is NAME.FAULT.bin; FAULT is what open_frame must answer for the key "corpus:key": fine, foreign, version,
truncated or checksum. The format is described at the head of core/layer/frame.hpp. The checksum of a sound frame is an
XXH3-64, which Python's library does not have, so those of the sound frames are listed here: a frame whose bytes change
needs a new one, which frame_corpus_test prints.

Without arguments writes the files; --check fails if they are not what would be written.
"""
import pathlib
import struct
import sys

HEADER = 64
SUMS = {
    "empty": 0xa691b06a9be2f4f6,
    "text": 0x7390c50a4e45f102,
    "tags": 0xaef9c33636747cdc,
    "stages": 0x7261c7f4c17b7899,
    "far_times": 0x66b4a3903fecd07c,
    "longer_header": 0xd7dce04eb2944dcf,
}


def frame(name, *, version=1, stages=(), header=HEADER, created=1_700_000_000_000_000_000, stale=0, expires=0, flags=0,
          cost=0, attrs=b"", payload=b"", attrs_size=None, payload_size=None, stage_count=None):
    """The frame's bytes; sizes and counts may be wrong. The checksum is that of SUMS, 0 if it has none."""
    head = struct.pack("<4sBBHqqqIIIIQQ", b"AuRf", version, len(stages) if stage_count is None else stage_count, header,
                       created, stale, expires, flags, cost, len(attrs) if attrs_size is None else attrs_size, 0,
                       len(payload) if payload_size is None else payload_size, SUMS.get(name, 0))
    body = b"".join(struct.pack("<BQ", *stage) for stage in stages)
    return head + b"\0" * (header - HEADER if header > HEADER else 0) + body + attrs + payload


def tag(text):
    return struct.pack("<I", 1 << 24 | len(text)) + text


def flipped(data, at, bit=0):
    return data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1:]


def corpus():
    sound = {
        "empty": frame("empty"),
        "text": frame("text", payload=b"a value", stale=1, expires=2, flags=3, cost=4),
        "tags": frame("tags", attrs=tag(b"user:1") + tag(b"all"), payload=b"tagged", flags=4),
        "stages": frame("stages", stages=((1, 100), (200, 2**64 - 1)), payload=b"\x1f\x8b coded"),
        "far_times": frame("far_times", created=-2**63, stale=2**63 - 1, expires=2**63 - 1, payload=b"x"),
        "longer_header": frame("longer_header", header=72, payload=b"of a later 1.x"),
    }
    files = {f"{name}.fine": data for name, data in sound.items()}
    text, tags, stages = sound["text"], sound["tags"], sound["stages"]
    for name, size in (("head", 63), ("magic_only", 4), ("last_byte", len(text) - 1), ("before_payload", 64)):
        files[f"cut_{name}.truncated"] = text[:size]
    files["grown.truncated"] = text + b"!"
    for name, at in (("created", 8), ("stale", 16), ("expires", 24), ("flags", 32), ("cost", 36), ("reserved", 44),
                     ("checksum", 56), ("payload", 66)):
        files[f"flipped_{name}.checksum"] = flipped(text, at)
    files["flipped_tag.checksum"] = flipped(tags, 70, 5)
    files["flipped_stage.checksum"] = flipped(stages, 64, 7)
    files["flipped_attrs_size.truncated"] = flipped(tags, 40)
    files["flipped_stage_count.truncated"] = flipped(stages, 5, 2)
    files["flipped_magic.foreign"] = flipped(text, 0)
    files["nothing.foreign"] = b""
    files["magic_cut.foreign"] = b"AuR"
    files["json.foreign"] = b'{"value": 1}'
    files["pickle.foreign"] = b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00\x8c\x07a value\x94."
    files["zeros.foreign"] = b"\0" * 200
    files["version_2.version"] = frame("", version=2, payload=b"a value")
    files["version_255.version"] = frame("", version=255)
    files["version_0.version"] = frame("", version=0)
    files["payload_huge.truncated"] = frame("", payload=b"x", payload_size=2**64 - 1)
    files["payload_wraps.truncated"] = frame("", payload=b"x" * 16, attrs_size=32, payload_size=2**64 - 16)
    files["attrs_huge.truncated"] = frame("", payload=b"x", attrs_size=2**32 - 1)
    files["stages_17.truncated"] = frame("", stage_count=17, payload=b"x" * 200)
    files["stages_255.truncated"] = frame("", stage_count=255, payload=b"x" * 2400)
    files["header_short.truncated"] = frame("", header=0, payload=b"x" * 64)
    files["header_63.truncated"] = frame("", header=63, payload=b"x" * 64)
    files["header_huge.truncated"] = frame("", payload=b"x" * 64)[:6] + b"\xff\xff" + frame("", payload=b"x" * 64)[8:]
    files["no_checksum.checksum"] = frame("", payload=b"a value")
    return {f"{name}.bin": data for name, data in files.items()}


def main():
    folder = pathlib.Path(__file__).resolve().parent
    files = corpus()
    if sys.argv[1:] != ["--check"]:
        for old in folder.glob("*.bin"):
            old.unlink()
        for name, data in files.items():
            (folder / name).write_bytes(data)
        return 0
    there = {path.name: path.read_bytes() for path in folder.glob("*.bin")}
    wrong = sorted(name for name in files.keys() | there.keys() if files.get(name) != there.get(name))
    for name in wrong:
        print(f"{folder / name}: is not what make_frames.py makes; run it, or take the change back")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
