#!/usr/bin/env python3
"""Compares exact match and token F1 with the definition of SQuAD (Rajpurkar et al. 2016) and ReCoRD (Zhang et al. 2018).

usage: answers.py [--dump PROGRAM] [-n CASES]

A text is put in lower case, loses ASCII punctuation, then the words a, an, the, and is parted by white space. Exact match:
what is left is the same. Token F1: harmonic mean of precision and recall of the tokens as a multiset; where nothing is
left of either text, 1 if nothing is of both, as SQuAD 2.0 has it. The best over the gold answers counts. Random texts of
words, articles, punctuation, marks, white space of all kinds and any code point. Exits 1 on any difference.
"""
import collections
import random
import re
import string
import subprocess
import sys
import unicodedata

from common import Count, arguments

PIECES = ["a", "an", "the", "A", "An", "THE", "The", "at", "than", "a1", "1a", "x", "y", "z", "9", "Ä", "ß", "É", "e\u0301", "a\u0301",
          "\u0301", "中", "文", "a中", "İ", "ǅ", "½", "²", "\u00aa", "_", "-", "'", "\"", ".", ",", "!", "?", "—", "\u2019", "¿", " ", " ", " ", "  ", "\t", "\n",
          "\r", "\x0b", "\x0c", "\x1c", "\x1f", "\x85", "\xa0", "\u2003", "\u200b", "\u3000", "\ufeff", "\u200d", "😀"]


def tokens(text):
    text = "".join(c for c in text.lower() if c not in string.punctuation)
    return re.sub(r"\b(a|an|the)\b", " ", text).split()


def scores(text, golds):
    exact = f1 = 0
    mine = tokens(text)
    for gold in map(tokens, golds):
        both = sum((collections.Counter(mine) & collections.Counter(gold)).values())
        exact = max(exact, int(mine == gold))
        f1 = max(f1, 2 * both / (len(mine) + len(gold)) if mine or gold else 1)
    return exact, f1


def old_enough(c):
    """Known to every Unicode table at hand, and no capital sigma, which Python lowers by its neighbours."""
    return unicodedata.ucd_3_2_0.category(c) not in ("Cn", "Cs") and c not in "\0Σ"


def text_of(r):
    if r.random() < .1:
        any_cp = filter(old_enough, map(chr, iter(lambda: r.choice([r.randrange(1, 0x3000), r.randrange(1, 0x30000)]), None)))
        return "".join(next(any_cp) + r.choice(["", " ", "a"]) for _ in range(r.randrange(12)))
    return "".join(r.choice(PIECES) for _ in range(r.randrange(14)))


def near(r, text):
    """The text with a change, or another one."""
    if r.random() < .3:
        return text_of(r)
    at = r.randrange(len(text) + 1)
    changed = text[:at] + r.choice(PIECES) + text[at + r.randrange(3):]
    return r.choice([changed, changed.upper().replace("Σ", ""), changed.title().replace("Σ", ""), text])


def main():
    p = arguments(dump=True)
    p.add_argument("-n", type=int, default=200000)
    o = p.parse_args()
    r = random.Random(1)
    cases = []
    for _ in range(o.n):
        text = text_of(r)
        cases.append([text] + [near(r, text) for _ in range(r.randrange(1, 4))])
    lines = "".join(" ".join("x" + t.encode().hex() for t in c) + "\n" for c in cases)
    out = subprocess.run([o.dump, "answers"], input=lines.encode(), capture_output=True, check=True).stdout.decode()

    def wrong():
        for case, line in zip(cases, out.splitlines(), strict=True):
            exact, f1 = map(float, line.split())
            want = scores(case[0], case[1:])
            yield (exact != want[0] or abs(f1 - want[1]) > 1e-12) and f"{ascii(case)}: {exact:g} {f1:g}, not {want[0]} {want[1]:g}"
    count = Count()
    count.report("exact match and token F1", wrong())
    return count.differ > 0


if __name__ == "__main__":
    sys.exit(main())
