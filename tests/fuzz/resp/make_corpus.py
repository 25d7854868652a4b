#!/usr/bin/env python3
"""Makes the corpus of RESP answers in the folder corpus beside it: what servers answer, and what they never should.

    make_corpus.py          writes the files
    make_corpus.py --check  exit status 1 if the files are not as this script makes them
"""
import os
import sys

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus")


def bulk(data):
    return b"$%d\r\n%s\r\n" % (len(data), data)


def array(*items):
    return b"*%d\r\n" % len(items) + b"".join(items)


def node(host, port):
    return array(bulk(host), b":%d\r\n" % port, bulk(b"0" * 40))


ENVELOPE = b"\xa7rv1" + bytes(range(8)) + bytes(8) + b"\x01\x02\x03\x04"
SENDER = bytes(range(16))

ANSWERS = {
    "status": b"+OK\r\n",
    "error": b"-ERR unknown command\r\n",
    "moved": b"-MOVED 3999 127.0.0.1:6381\r\n",
    "moved_v6": b"-MOVED 3999 ::1:6381\r\n",
    "moved_nowhere": b"-MOVED\r\n",
    "moved_without_host": b"-MOVED 16383 :6381\r\n",
    "moved_beyond": b"-MOVED 99999 h:99999\r\n",
    "ask": b"-ASK 1 host.example:6379\r\n",
    "integer": b":1000\r\n",
    "integer_negative": b":-9223372036854775808\r\n",
    "integer_too_long": b":" + b"9" * 40 + b"\r\n",
    "bulk": bulk(b"value"),
    "bulk_empty": bulk(b""),
    "bulk_with_envelope": bulk(ENVELOPE + b"value"),
    "bulk_tombstone": bulk(ENVELOPE.replace(b"rv1", b"rt1")),
    "bulk_half_an_envelope": bulk(ENVELOPE[:11]),
    "bulk_with_crlf": bulk(b"a\r\nb\r\n$5\r\n"),
    "bulk_large": bulk(b"x" * 40000),
    "bulk_longer_than_said": b"$3\r\nabcdef\r\n",
    "bulk_shorter_than_said": b"$30\r\nabc\r\n",
    "bulk_huge": b"$4611686018427387904\r\nab",
    "bulk_at_the_bound": b"$536870912\r\nab",
    "bulk_negative": b"$-7\r\n",
    "bulk_no_number": b"$abc\r\n",
    "nil": b"$-1\r\n",
    "nil_array": b"*-1\r\n",
    "array_of_bulks": array(bulk(b"a"), bulk(ENVELOPE), b"$-1\r\n"),
    "array_empty": b"*0\r\n",
    "array_huge": b"*2147483647\r\n$1\r\na\r\n",
    "array_negative": b"*-5\r\n",
    "array_nested": b"*1\r\n" * 7 + b":1\r\n",
    "array_nested_deep": b"*1\r\n" * 1000 + b":1\r\n",
    "array_wide_and_deep": array(*[array(*[bulk(b"k")] * 20)] * 20),
    "scan": array(bulk(b"17"), array(*[bulk(b"key:%d" % i) for i in range(30)])),
    "scan_odd_cursor": array(bulk(b"nonsense"), array(bulk(b"key"))),
    "slots": array(array(b":0\r\n", b":5460\r\n", node(b"127.0.0.1", 7000), node(b"127.0.0.1", 7003)),
                   array(b":5461\r\n", b":16383\r\n", node(b"", 7001))),
    "slots_beyond": array(array(b":0\r\n", b":70000\r\n", node(b"h", 7000))),
    "slots_backwards": array(array(b":9\r\n", b":3\r\n", node(b"h", 7000))),
    "slots_odd_port": array(array(b":0\r\n", b":3\r\n", node(b"h", 700000))),
    "message": array(bulk(b"message"), bulk(b"channel"),
                     bulk(b"aw1" + SENDER + b"c\0\0\0\x03key" + b"r\0\0\0\x05other")),
    "message_cut": array(bulk(b"message"), bulk(b"channel"), bulk(b"aw1" + SENDER + b"c\0\0\xff\xffkey")),
    "invalidation": array(bulk(b"message"), bulk(b"__redis__:invalidate"), array(bulk(b"key"), bulk(b"other"))),
    "invalidation_of_all": array(bulk(b"message"), bulk(b"__redis__:invalidate"), b"*-1\r\n"),
    "info": bulk(b"# Server\r\nredis_version:7.0.15\r\nrun_id:0123456789abcdef\r\n"),
    "line_without_end": b"+" + b"a" * 50000,
    "line_without_return": b"+OK\n",
    "line_empty": b"\r\n",
    "line_nul": b"+a\0b\r\n",
    "resp3_map": b"%1\r\n+a\r\n:1\r\n",
    "resp3_push": b">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\na\r\n",
    "resp3_double": b",1.5\r\n",
    "resp3_in_array": b"*2\r\n#t\r\n_\r\n",
    "several": b"+OK\r\n:1\r\n$-1\r\n" + bulk(b"x"),
    "nothing": b"",
}


def main():
    wrong = []
    if "--check" not in sys.argv:
        os.makedirs(FOLDER, exist_ok=True)
        for name, data in ANSWERS.items():
            with open(os.path.join(FOLDER, name + ".resp"), "wb") as file:
                file.write(data)
        return 0
    for name, data in ANSWERS.items():
        path = os.path.join(FOLDER, name + ".resp")
        if not os.path.exists(path) or open(path, "rb").read() != data:
            wrong.append(path)
    for path in wrong:
        print(f"{path}: is not as make_corpus.py makes it; run it")
    return 1 if wrong else 0


sys.exit(main())
