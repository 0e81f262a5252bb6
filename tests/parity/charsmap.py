"""A compiled character map, as SentencePiece writes them, from a few rules: for tests of what is done with it."""
import base64
import struct


def charsmap(rules):
    """{text: replacement} as bytes: size and units of a double array, then replacements that end in NUL."""
    blob, where = b"", {}
    for value in dict.fromkeys(rules.values()):
        where[value] = len(blob)
        blob += value.encode() + b"\0"
    trie = {}
    for key, value in rules.items():
        node = trie
        for b in key.encode():
            node = node.setdefault(b, {})
        node[0] = where[value]  # label 0: the key ends here
    unit, bases = {0: 0}, set()
    todo = [(0, trie)]
    while todo:
        at, node = todo.pop()
        base = next(b for b in range(1, 1 << 20) if b not in bases and not any((b ^ c) in unit for c in node))
        bases.add(base)
        unit[at] = unit.get(at, 0) | (at ^ base) << 10 | (0 in node) << 8
        for c, child in node.items():
            if c == 0:
                unit[base] = child | 1 << 31
            else:
                unit[base ^ c] = c
                todo.append((base ^ c, child))
    n = (max(unit) | 255) + 1
    return struct.pack("<I", 4 * n) + b"".join(struct.pack("<I", unit.get(i, 0)) for i in range(n)) + blob


def base64_charsmap(rules):
    return base64.b64encode(charsmap(rules)).decode()
