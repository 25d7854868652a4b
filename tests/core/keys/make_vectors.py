#!/usr/bin/env python3
"""Prints what Python makes of JSON texts and of keys: the vectors that the key builder must meet to the byte.

    python3 make_vectors.py > python_vectors.tsv        writes the file
    python3 make_vectors.py --check python_vectors.tsv  status 1 if this Python gives other results

One row per line, fields separated by tabs. In every field '%', control bytes and bytes that are not UTF-8 are written
as %XX. Kinds of rows:

    ok     text  json.dumps(json.loads(text), sort_keys=True)  8 hex of its md5  32 hex of its sha256
    bad    text                                                 refused: not JSON, not finite, or not UTF-8
    key    namespace  version  category  identifier  params  key         as build_key of the origin document
    model  namespace  version  model type  prompt  params  key           as its build_model_key

The output is the same on every run and every Python from 3.8 on: the random rows come from a generator of our own.
"""
import hashlib
import json
import struct
import sys


class Generator:
    """A linear congruential generator (Knuth's constants); its high bits are good enough to choose test data."""

    def __init__(self, seed):
        self.state = seed

    def bits(self, count):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return self.state >> (64 - count)

    def below(self, limit):
        return self.bits(32) % limit

    def pick(self, items):
        return items[self.below(len(items))]


def refuse_constant(name):
    raise ValueError(name)


def canonical(text):
    """The canonical text, or None where Python, asked to be strict, refuses."""
    try:
        value = json.loads(text.decode("utf-8"), parse_constant=refuse_constant)
        json.dumps(value, allow_nan=False)
    except ValueError:
        return None
    return json.dumps(value, sort_keys=True)


def field(data):
    if isinstance(data, str):
        data = data.encode("utf-8")
    try:
        data.decode("utf-8")
        ascii_only = False
    except UnicodeDecodeError:
        ascii_only = True
    out = bytearray()
    for byte in data:
        if byte < 0x20 or byte in (0x25, 0x7F) or (ascii_only and byte >= 0x80):
            out += b"%%%02X" % byte
        else:
            out.append(byte)
    return bytes(out)


def json_row(text):
    if isinstance(text, str):
        text = text.encode("utf-8")
    out = canonical(text)
    if out is None:
        return [b"bad", field(text)]
    digested = out.encode("utf-8")
    return [b"ok", field(text), field(out), hashlib.md5(digested).hexdigest()[:8].encode(),
            hashlib.sha256(digested).hexdigest()[:32].encode()]


def build_key(namespace, version, category, identifier, params):
    key = f"{namespace}:{version}:{category}:{identifier}"
    if params:
        text = json.dumps(json.loads(params), sort_keys=True)
        if text != "{}":
            key += ":" + hashlib.md5(text.encode("utf-8")).hexdigest()[:8]
    return key


def key_row(namespace, version, category, identifier, params):
    key = build_key(namespace, version, category, identifier, params)
    return [b"key"] + [field(column) for column in (namespace, version, category, identifier, params, key)]


def model_row(namespace, version, model_type, prompt, params):
    identifier = model_type + ":" + hashlib.sha256(prompt.encode("utf-8")).hexdigest()[:16]
    key = build_key(namespace, version, "model", identifier, params)
    return [b"model"] + [field(column) for column in (namespace, version, model_type, prompt, params, key)]


GOOD_TEXTS = [
    "{}", "[]", "null", "true", "false", "0", "-0", "1", "-1", '""', " \t\r\n[ \n] ", '{"a":{}}', '{"a":[]}',
    '{"limit": 10, "page": 1}', '{"page":1,"limit":10}', '[[],[[]],{"":[{}]}]', '[1,2,3]', '[ 1 ,\n2\t,3 ]',
    '{"b":1,"a":2,"c":3}', '{"a":1,"a":2}', '{"a":1,"b":2,"a":3,"b":4}', r'{"a":1,"\u0061":2}',
    '{"a":{"b":1,"b":2},"a":{"c":[3],"b":[]}}', '{"":1," ":2,"!":3}', '{"B":1,"a":2,"A":3,"b":4,"_":5,"10":6,"9":7}',
    '{"aa":1,"a":2,"aaa":3,"ab":4}', '{"é":1,"e":2,"z":3,"ÿ":4,"Ā":5}', '{"\U0001F30D":1,"\uffff":2,"\ue000":3,"z":4}',
    r'{"\ud83c\udf0d":1,"\uffff":2,"\ud83c":3,"\udf0d":4,"\ue000":5,"\ud7ff":6}',
    r'{"\u0000":1,"":2,"\u0000\u0000":3,"\u0001":4,"\u007f":5,"~":6,"\u0080":7}',
    r'"\ud800"', r'"\udfff"', r'"\udc00\ud800"', r'"\ud800\ud800\udc00"', r'"\ud83d\ude00"', r'"\uD83D\uDE00"',
    r'"\ud83dx\ude00"', r'"\ud83d\n\ude00"', r'"\ud83d\\ude00"', r'"\ud83d\u0041"', r'"\udbff\udfff"', '"\U0010FFFF"',
    r'"\"\\\/\b\f\n\r\t"', r'"\u0022\u005c\u002f\u0008\u000c\u000a\u000d\u0009"', r'"\u001f\u0020\u007e\u007f\u0080"',
    '"/"', '"\x7f"', '"\x80\u07ff\u0800\u1000\ue000\ufffd\uffff\U00010000"', '"Grüße, 世界 🌍"', '"\u2028\u2029"',
    '"a\u0301"', '"\ufeff"', '{"stop":["\\n","é"],"top_p":1.0,"nested":{"b":null,"a":true},"big":1e16,'
    '"small":1e-05,"n":12345678901234567890}',
    "12345678901234567890", "-123456789012345678901234567890123456789012345678901234567890", "9" * 400,
    "18446744073709551615", "9223372036854775808", "-9223372036854775809", "1" + "0" * 100,
    "0.0", "-0.0", "0e0", "-0e0", "0E+5", "0.000e-999", "0e99999999999999999999", "1e5", "1E5", "1e+5", "1e-5",
    "1.0", "1.50", "100.0", "1e0", "-1e0", "10e-1", "0.1", "0.2", "0.30000000000000004", "0.7", "1e15", "1e16", "1e17",
    "9999999999999998.0", "9999999999999999.0", "999999999999999.9", "1e22", "1e23", "123456789012345678.0",
    "1234567890123456.7", "0.001", "0.0001", "0.00012", "0.00001", "0.00009999", "0.000099999999999999999999", "9.5e-5",
    "1e-7", "1.7976931348623157e308", "-1.7976931348623157e+308", "2.2250738585072014e-308", "2.2250738585072011e-308",
    "5e-324", "4.9e-324", "2.4703282292062328e-324", "2.4703282292062327e-324", "1e-400", "-1e-400",
    "1e-99999999999999999999", "0." + "0" * 400 + "1e400", "1" + "0" * 400 + "e-400", "1" + "0" * 308 + ".0",
    "9007199254740993.0", "9007199254740992.0", "9007199254740991.5", "4503599627370497.5", "0.5", "0.25", "1.1e1",
    "3.141592653589793238462643383279502884197", "1.00000000000000011102230246251565404236316680908203125",
    "1.00000000000000011102230246251565404236316680908203124",
    "1.00000000000000011102230246251565404236316680908203126", "5e-5", "12345.678e3", "1e100", "1.5e300", "1e-10",
    "1797693134862315807" + "0" * 290 + ".0",
]

BAD_TEXTS = [
    "", " ", "{", "}", "[", "]", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "{,}", '{"a"}', '{"a":}', '{"a":1,}', '{"a" 1}',
    "{a:1}", "{'a':1}", "{1:2}", '{"a":1 "b":2}', '{"a":1}}', '{"a":1}{"b":2}', "[1]]", "1 2", "nul", "nulll", "True",
    "NULL", "tru", "NaN", "[NaN]", "Infinity", "-Infinity", "-NaN", "+1", "01", "-01", "00", "1.", ".5", "-.5", "-",
    "1.e5", "1e", "1e+", "1E-", "1e1.5", "0x10", "1_000", "1e400", "-1e400", "[1e309]", "1.7976931348623159e308",
    "1" + "0" * 309 + ".0", "1e99999999999999999999", "0." + "0" * 10 + "1e400", '"', '"a', "'a'", '"\\"', '"\\x41"',
    '"\\u12"', '"\\u12g4"', '"\\u"', '"\\U0041"', '"\\ud800\\u12"', '"a\nb"', '"a\tb"', '"a\x00b"', '"\x1f"',
    "\ufeff{}", "{}\x00", "\x0b[]", "\xa0[]", "// c\n{}", "{} #", '{"a":1}\f',
    b'"\x80"', b'"\xbf"', b'"\xc0\x80"', b'"\xc1\xbf"', b'"\xc3"', b'"\xc3("', b'"\xe0\x80\x80"', b'"\xe0\x9f\xbf"',
    b'"\xe2\x82"', b'"\xe2\x82"}', b'"\xed\xa0\x80"', b'"\xed\xbf\xbf"', b'"\xf0\x80\x80\x80"', b'"\xf0\x8f\xbf\xbf"',
    b'"\xf4\x90\x80\x80"', b'"\xf5\x80\x80\x80"', b'"\xff"', b'"\xfe"', b'"\xf0\x9f\x8c', b'{"\xff":1}',
    b"\xff\xfe{\x00",
]

IDENTIFIERS = ["user123", "query123", "a:b", "50%", "Grüße", "世界", "🌍", "with space", "tab\there", "x" * 300,
               "0123456789abcdef0123456789abcdef", "a:1d1edd5f", "/path?q=1&r=2"]

PARAMS = ["", "{}", " { } ", '{"page":1,"limit":10}', '{"page":2,"limit":10}', '{"temperature":0.7,"max_tokens":256}',
          '{"stop":["\\n","é"],"top_p":1.0,"nested":{"b":null,"a":true},"big":1e16,"small":1e-05,'
          '"n":12345678901234567890}', '{"q":"🌍","q":"世界"}', '{"a":[]}', '{"":null}', r'{"s":"\ud800"}']


def random_double_text(random):
    while True:
        value = struct.unpack("<d", struct.pack("<Q", random.bits(64)))[0]
        if value == value and abs(value) != float("inf"):
            break
    return random.pick(["%r", "%.17g", "%.25e", "%.3e"]) % value if abs(value) < 1e300 else repr(value)


def random_decimal_text(random):
    digits = "".join(str(random.below(10)) for _ in range(1 + random.below(20)))
    fraction = "".join(str(random.below(10)) for _ in range(1 + random.below(20)))
    exponent = random.pick(["", "", "e%d" % (random.below(40) - 20), "E+%d" % random.below(30)])
    return str(int(digits)) + "." + fraction + exponent


def random_string(random):
    alphabet = ["a", "b", "B", "z", "0", " ", "é", "ß", "\u07ff", "世", "\uffff", "\ue000", "\U00010000", "🌍", "\x7f",
                r"\n", r"\"", r"\\", r"\/", r"\u0041", r"\u00e9", r"\ud83c", r"\udf0d", r"\ud83c\udf0d", r"\u0000", "~"]
    return '"' + "".join(random.pick(alphabet) for _ in range(random.below(6))) + '"'


def random_text(random, depth):
    kind = random.below(10 if depth < 5 else 6)
    space = random.pick(["", "", " ", "\n", "\t "])
    if kind == 0:
        return random.pick(["true", "false", "null"])
    if kind == 1:
        return str(random.bits(1 + random.below(64)) - 2**31)
    if kind == 2:
        return random_decimal_text(random)
    if kind <= 5:
        return random_string(random)
    items = [random_text(random, depth + 1) for _ in range(random.below(5))]
    if kind <= 7:
        return "[" + space + ("," + space).join(items) + space + "]"
    members = [random_string(random) + space + ":" + space + item for item in items]
    return "{" + space + ("," + space).join(members) + space + "}"


def mutated(random, text):
    data = bytearray(text.encode("utf-8"))
    at = random.below(len(data))
    action = random.below(3)
    if action == 0:
        del data[at]
    elif action == 1:
        data[at] = random.pick(b'{}[]",:\\0-e.u\x80\xf0 ')
    else:
        data.insert(at, random.pick(b'{}[]",:\\0-e.u\x80\xf0 '))
    return bytes(data)


def rows():
    random = Generator(20240229)
    for text in GOOD_TEXTS:
        row = json_row(text)
        assert row[0] == b"ok", text
        yield row
    for text in BAD_TEXTS:
        row = json_row(text)
        assert row[0] == b"bad", text
        yield row
    for exponent in range(-8, 20):
        for mantissa in ("1", "1.5", "9.999999999999999"):
            yield json_row("%se%d" % (mantissa, exponent))
    for _ in range(150):
        yield json_row(random_double_text(random))
    for _ in range(100):
        yield json_row(random_decimal_text(random))
    for _ in range(150):
        yield json_row("{" + random_string(random) + ":" + random_text(random, 1) + "," + random_string(random) + ":" +
                       random_text(random, 1) + "}")
    for _ in range(150):
        yield json_row(mutated(random, '{"k":' + random_text(random, 3) + "}"))
    for identifier in IDENTIFIERS:
        for params in PARAMS:
            yield key_row("aurelis", "v1", "search_results", identifier, params)
    yield key_row("acme", "v2", "user_data", "user123", "")
    yield key_row("acmé corp", "2024-01", "catégorie", "id", '{"a":1}')
    for prompt in ("What is the capital of France?", "Grüße, 世界 🌍", "", "x" * 200, "two\nlines"):
        for params in PARAMS:
            yield model_row("aurelis", "v1", "github-gpt-4o", prompt, params)


def main():
    text = b"".join(b"\t".join(row) + b"\n" for row in rows())
    if len(sys.argv) == 3 and sys.argv[1] == "--check":
        with open(sys.argv[2], "rb") as file:
            same = file.read() == text
        if not same:
            print(sys.argv[2] + ": differs from what this Python makes; see the head of make_vectors.py",
                  file=sys.stderr)
        return 0 if same else 1
    if len(sys.argv) != 1:
        print("use: make_vectors.py [--check FILE]", file=sys.stderr)
        return 2
    sys.stdout.buffer.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
