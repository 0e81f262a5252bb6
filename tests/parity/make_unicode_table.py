#!/usr/bin/env python3
"""Writes lib/text/unicode_table.c: where the Unicode tables inside the tokenizers package differ from utf8proc's.

usage: make_unicode_table.py > lib/text/unicode_table.c

Asks both for every code point. Code points that utf8proc does not know are all written down, so that a newer
utf8proc, which knows more, changes no id. Needs the package `tokenizers` and libutf8proc.so.
"""
import ctypes
import ctypes.util
import sys

from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers

CONTROL, SPACE, PUNCT, MARK, WORD, PLAIN, LETTER, NUMBER = 1, 2, 4, 8, 16, 32, 64, 128
CN, LU, LO, MN, ME, ND, NL, NO, PC, PO, CC, CO = 0, 1, 5, 6, 8, 9, 10, 11, 12, 18, 26, 29
SPACES = {9, 10, 11, 12, 13, 32, 0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000, *range(0x2000, 0x200B)}

lib = ctypes.CDLL(ctypes.util.find_library("utf8proc"))
lib.utf8proc_get_property.restype = ctypes.POINTER(ctypes.c_uint16)
lib.utf8proc_version.restype = ctypes.c_char_p
lib.utf8proc_unicode_version.restype = ctypes.c_char_p


def library_class(c):
    """What class_of in lib/text/unicode.c makes of utf8proc's category."""
    k = lib.utf8proc_category(c)
    flags = 0
    if CC <= k <= CO:
        flags |= CONTROL
    if c in SPACES:
        flags = (flags | SPACE) & ~(CONTROL if c in (9, 10, 13) else 0)
    if PC <= k <= PO or (33 <= c <= 126 and not chr(c).isalnum()):
        flags |= PUNCT
    if k == MN:
        flags |= MARK
    if LU <= k <= NL or k == PC or c in (0x200C, 0x200D):
        flags |= WORD
    if LU <= k <= LO:
        flags |= LETTER
    if ND <= k <= NO:
        flags |= NUMBER
    return flags


def library_ccc(c):
    return lib.utf8proc_get_property(c)[1]


def library_nfd(c):
    out = (ctypes.c_int32 * 32)()
    n = lib.utf8proc_decompose_char(c, out, 32, 1 << 4, None)
    return list(out[:n])


def library_lower(c):
    return [ord("i"), 0x307] if c == 0x130 else [lib.utf8proc_tolower(c)]


clean = normalizers.BertNormalizer(True, False, False, False)
strip = normalizers.BertNormalizer(False, False, True, False)
nfd, lower = normalizers.NFD(), normalizers.Lowercase()
split = pre_tokenizers.BertPreTokenizer()
runs = pre_tokenizers.ByteLevel(add_prefix_space=False)
words = Tokenizer(models.WordLevel({"u": 0}, unk_token="u"))
words.add_tokens([AddedToken("qq", single_word=True, normalized=False)])


def their_class(c):
    s = chr(c)
    flags = 0
    cleaned = clean.normalize_str("a" + s + "b")
    if cleaned == "ab":
        flags |= CONTROL
    pieces = [p for p, _ in split.pre_tokenize_str("a" + s + "b")]
    if pieces == ["a", "b"]:
        flags |= SPACE
    elif pieces == ["a", s, "b"]:
        flags |= PUNCT
    if strip.normalize_str(s) == "" and nfd.normalize_str(s) == s:
        flags |= MARK
    if 1 not in words.encode("qq" + s).ids:
        flags |= WORD
    if len(runs.pre_tokenize_str("a" + s + "b")) == 1:
        flags |= LETTER
    if len(runs.pre_tokenize_str("1" + s + "2")) == 1:
        flags |= NUMBER
    return flags


# One mark of each combining class that both know, to find the class of another by who goes first.
REFERENCE = {1: chr(0x334)}
for mark in range(0x300, 0x3100):
    if nfd.normalize_str(chr(mark) + REFERENCE[1]) != chr(mark) + REFERENCE[1]:
        REFERENCE.setdefault(library_ccc(mark), chr(mark))
REFERENCE = {v: m for v, m in sorted(REFERENCE.items()) if v}


def their_ccc(c):
    s = chr(c)
    if nfd.normalize_str(s) != s:
        return library_ccc(c)  # never seen after decomposition
    above = [v for v, m in REFERENCE.items() if nfd.normalize_str(m + s) != m + s]
    if not above:  # 0, or the highest
        top = REFERENCE[max(REFERENCE)]
        one = REFERENCE[1]
        return max(REFERENCE) if nfd.normalize_str(s + one) != s + one and s != one and s != top else \
            (library_ccc(c) if s in (one, top) else 0)
    known = library_ccc(c)
    below = [v for v in REFERENCE if v < min(above)]
    if known and known < min(above) and (not below or known >= max(below)):
        return known
    return max(below) if below else known


def survey():
    ranges, nfds, lowers = [], [], []
    for c in range(0x80, 0x110000):
        if 0xD800 <= c <= 0xDFFF:
            continue
        if c % 0x10000 == 0:
            print(f"{c:06x}", file=sys.stderr)
        unknown = lib.utf8proc_category(c) == CN
        s = chr(c)
        flags, ccc = their_class(c), their_ccc(c)
        their_nfd, their_lower = [ord(x) for x in nfd.normalize_str(s)], [ord(x) for x in lower.normalize_str(s)]
        if their_nfd != library_nfd(c):
            nfds.append((c, their_nfd))
        if their_lower != library_lower(c):
            lowers.append((c, their_lower))
        if unknown and their_nfd == [c] and their_lower == [c]:
            flags |= PLAIN
        library = library_class(c) | (PLAIN if flags & PLAIN else 0)
        composed = flags ^ library
        if their_nfd != [c]:
            composed &= ~MARK  # gone once decomposed
        if composed or ccc != library_ccc(c) or unknown:
            if ranges and ranges[-1][1] == c - 1 and ranges[-1][2:] == [flags, ccc]:
                ranges[-1][1] = c
            else:
                ranges.append([c, c, flags, ccc])
    return ranges, nfds, lowers


def rows(items, per_line):
    for i in range(0, len(items), per_line):
        print("    " + " ".join(items[i:i + per_line]))


def main():
    ranges, nfds, lowers = survey()
    print("// Classes, decompositions and lower case of code points.")
    print("// Made by tests/parity/make_unicode_table.py against utf8proc of Unicode "
          f"{lib.utf8proc_unicode_version().decode()}; do not edit.")
    print('#include "unicode_table.h"\n')
    print("const struct mc_cp_range mc_cp_ranges[] = {")
    rows([f"{{0x{a:x}, 0x{b:x}, {f}, {k}}}," for a, b, f, k in ranges], 4)
    print("};\nconst int mc_n_cp_ranges = sizeof mc_cp_ranges / sizeof *mc_cp_ranges;\n")
    for name, table in (("nfd", nfds), ("lower", lowers)):
        assert all(len(v) <= 4 for _, v in table)
        print(f"const struct mc_cp_map mc_cp_{name}s[] = {{")
        rows([f"{{0x{c:x}, {len(v)}, {{{', '.join(hex(x) for x in v)}}}}}," for c, v in table] or ["{0, 0, {0}},"], 4)
        print(f"}};\nconst int mc_n_cp_{name}s = {len(table)};\n")


main()
