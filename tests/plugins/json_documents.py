#!/usr/bin/env python3
"""Documents as Python's json module writes them, in every style of the stage msgpack, for tests of round trips.

Each is a line "EXPECTED SIZE", with EXPECTED one of "kept", "declined" and "either", and then SIZE bytes.
"""
import json
import random
import struct
import sys

STYLES = [
    dict(separators=(",", ":"), ensure_ascii=False),
    dict(separators=(",", ":")),
    dict(ensure_ascii=False),
    dict(),
    dict(indent=2, ensure_ascii=False),
    dict(indent=2),
    dict(indent=4, ensure_ascii=False),
    dict(indent=4),
]
# Layouts that are not a default of any writer: declined wherever they show.
OTHERS = [
    dict(indent=0), dict(indent=1), dict(indent=3), dict(indent=8), dict(indent="\t"),
    dict(indent=2, separators=(", ", ": ")), dict(indent=4, separators=(",", ":")),
    dict(separators=(", ", ":")), dict(separators=(",", ": ")), dict(separators=(" , ", " : ")),
]


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.budget = 0

    def document(self):
        self.budget = 300 if self.random.randrange(20) == 0 else 30
        return self.value(0)

    def value(self, depth):
        below = self.random.randrange
        self.budget = max(0, self.budget - 1)
        kind = below(10 if self.budget > 0 else 6)
        if kind < 3:
            return self.number()
        if kind == 3:
            return self.text()
        if kind < 6:
            return self.random.choice([True, False, None])
        members = below(80) if below(40) == 0 else below(6)
        if kind < 8:
            return [self.value(depth + 1) for _ in range(members)]
        return {self.text() + "#" + str(i): self.value(depth + 1) for i in range(members)}

    def number(self):
        below, bits = self.random.randrange, self.random.getrandbits
        kind = below(6)
        if kind == 0:
            return bits(64) >> below(64)
        if kind == 1:
            return -(bits(63) >> below(63))
        if kind == 2:
            return self.finite("<d", 64)
        if kind == 3:
            return self.finite("<f", 32)
        if kind == 4:
            return below(1000000) / 10.0 ** below(9)
        return self.random.choice([0, -0.0, 1e16, 1e-7, 1e22, 1e300, 5e-324, 0.1, 12.0, 2**53 + 1, 2**64 - 1, -2**63])

    def finite(self, form, bits):
        number = struct.unpack(form, self.random.getrandbits(bits).to_bytes(bits // 8, "little"))[0]
        return number if abs(number) < float("inf") else 0

    def text(self):
        below = self.random.randrange
        size = below(400) if below(30) == 0 else below(24)
        plain = below(2) == 0
        return "".join(self.plain() if plain or below(4) != 0 else self.other() for _ in range(size))

    def plain(self):
        return self.random.choice("abcdefghijklmnop /'<>&=+-_{}[]:,0123456789")

    def other(self):
        kind = self.random.randrange(4)
        if kind == 0:
            return self.random.choice("éЖ東😀\U0010ffff\uffff\x7f\x80\u07ff\u0800\ud7ff\ue000\U00010000\u2028")
        if kind == 1:
            return chr(self.random.randrange(32))
        if kind == 2:
            return self.random.choice("\"\\\b\f\n\r\t")
        code = self.random.randrange(0x110000)
        return chr(code) if not 0xd800 <= code < 0xe000 else "?"


def tell(expected, text):
    data = text.encode("utf-8")
    sys.stdout.buffer.write(b"%s %d\n%s" % (expected.encode(), len(data), data))


def main():
    maker = Maker(int(sys.argv[1]))
    for _ in range(int(sys.argv[2])):
        value = maker.document()
        for style in STYLES:
            text = json.dumps(value, **style)
            tell("kept", text)
            tell("kept", text + "\n")
        for style in OTHERS:
            tell("either", json.dumps(value, **style))
    members = {"a": [1, {"é": "😀"}], "b": "c"}
    for style in OTHERS:
        tell("declined", json.dumps(members, **style))
    for style in STYLES:
        for value in (float("nan"), float("inf"), -float("inf"), 2**64, -2**63 - 1, 10**40):
            tell("declined", json.dumps([1, value], **style))
        tell("declined", json.dumps({1: "a key", "1": "twice"}, **style))
        if style.get("ensure_ascii", True):
            for text in ("\ud800", "a\udfff", "\udc00\ud800", "\ud800x", "é\udbff"):
                tell("declined", json.dumps({"lone": text}, **style))
                tell("declined", json.dumps({text: "lone"}, **style))


main()
