#!/usr/bin/env python3
"""Writes lib/text/grapheme_table.c: how the tokenizers package cuts text into graphemes.

usage: make_grapheme_table.py > lib/text/grapheme_table.c

Asks it for every code point, by character maps of one entry: a grapheme that begins with the entry becomes its mapping
whole, so a mark behind the entry vanishes where a grapheme begins there, and stays where the one before goes on.
Regional indicators, Hangul syllables, CR, LF and ZWJ are left to the program. Needs the package `tokenizers`.
"""
import base64
import sys

from charsmap import charsmap
from tokenizers import normalizers

OTHER, CONTROL, EXTEND, EXTEND_ONLY, LINKER, SPACING, PREPEND, PICTURE, CONSONANT, L, V, T = range(12)
NAMES = "OTHER CONTROL EXTEND EXTEND_ONLY LINKER SPACING PREPEND PICTURE CONSONANT L V T".split()
MARK, ZWJ, SMILE, KA, KHA, VIRAMA = "\u0301", "\u200d", "\U0001f600", "\u0915", "\u0916", "\u094d"


class Probe:
    def __init__(self, text):
        self.text, self.map = text, normalizers.Precompiled(charsmap({text: "X"}))

    def joins(self, before):
        """Whether no grapheme begins at the text behind `before`."""
        return self.map.normalize_str(before + self.text + MARK).endswith(MARK)


letter, copyright, mark = Probe("a"), Probe("\u00a9"), Probe("\u0300")
ka, kha = Probe(KA), Probe(KHA)
jamo = {k: Probe(t) for k, t in ((L, "\u1100"), (V, "\u1161"), (T, "\u11a8"))}


def class_of(c):
    s = chr(c)
    if letter.map.normalize_str("a" + s) == "X":  # belongs to what is before
        if not copyright.joins(SMILE + s + ZWJ):
            return SPACING
        if kha.joins(KA + s):
            return LINKER
        return EXTEND if kha.joins(KA + VIRAMA + s) else EXTEND_ONLY
    if not mark.joins(s):
        return CONTROL
    if letter.joins(s):
        return PREPEND
    if copyright.joins(s + ZWJ):
        return PICTURE
    if ka.joins(s + VIRAMA):
        return CONSONANT
    joins = tuple(jamo[k].joins(s) for k in (L, V, T))
    return {(True, True, False): L, (False, True, True): V, (False, False, True): T, (False,) * 3: OTHER}[joins]


def main():
    ranges = []
    for c in range(0x110000):
        if c in (0, 0x0A, 0x0D, 0x200D) or 0xD800 <= c <= 0xDFFF or 0xAC00 <= c <= 0xD7A3 or 0x1F1E6 <= c <= 0x1F1FF:
            continue
        k = class_of(c)
        if k == OTHER:
            continue
        if ranges and ranges[-1][1] == c - 1 and ranges[-1][2] == k:
            ranges[-1][1] = c
        else:
            ranges.append([c, c, k])
    import tokenizers
    print("// Classes of code points for grapheme clusters.")
    print(f"// Made by tests/parity/make_grapheme_table.py of what tokenizers {tokenizers.__version__} does; do not edit.")
    print('#include "grapheme.h"\n')
    print("const struct tok_grapheme_range tok_grapheme_ranges[] = {")
    for i in range(0, len(ranges), 3):
        print("    " + " ".join(f"{{0x{a:x}, 0x{b:x}, G_{NAMES[k]}}}," for a, b, k in ranges[i:i + 3]))
    print("};\nconst int tok_n_grapheme_ranges = sizeof tok_grapheme_ranges / sizeof *tok_grapheme_ranges;")


if __name__ == "__main__":
    sys.exit(main())
