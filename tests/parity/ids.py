#!/usr/bin/env python3
"""Compares the ids and token types of mc-tokenize with those of transformers' AutoTokenizer.

usage: ids.py [--bin DIR] [--quick] TOKENIZER_DIR [FILE.tsv]...

Compares every line of the files (texts, then a label), hostile strings, pairs cut at several lengths, added tokens
with all their flags, and every code point alone, between letters and behind one, for the directory as it is and for
variants of it. Prints counts; exits 1 on any difference. Needs the packages transformers, tokenizers and safetensors.
"""
import itertools
import json
import os
import random
import shutil
import sys
import tempfile

os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
from common import Count, arguments, encoded, parts, tokenized  # noqa: E402
from transformers import AutoTokenizer  # noqa: E402
from transformers.utils import logging  # noqa: E402

logging.set_verbosity_error()
logging.disable_progress_bar()


def ours(binary, directory, examples, max_len):
    """[(ids, types)] of mc-tokenize for (text,) or (text, text) examples, all of one shape."""
    columns = "a,b" if len(examples[0]) == 2 else "a"
    t = tokenized(binary, directory, [{"a": x[0], "b": x[-1]} for x in examples], "--no-label", "--text", columns,
                  *(["--max-len", str(max_len)] if max_len else []))
    return list(zip(parts(t["ids"], t["offsets"]), parts(t["types"], t["offsets"])))


def theirs(tokenizer, examples, max_len):
    columns = [list(c) for c in zip(*examples)]
    return encoded(tokenizer(*columns, truncation="longest_first" if max_len else False, max_length=max_len or None, padding=False))


class Check(Count):
    def __init__(self, binary):
        super().__init__()
        self.binary = binary

    def run(self, what, directory, tokenizer, examples, max_len=0):
        what += f" cut at {max_len}" if max_len else ""

        def wrong():
            for i in range(0, len(examples), 100000):
                part = examples[i:i + 100000]
                for x, a, b in zip(part, ours(self.binary, directory, part, max_len), theirs(tokenizer, part, max_len)):
                    yield a != b and f"{what}: {ascii(x)}\n    ours   {a[0]}\n    theirs {b[0]}"
        self.report(what, wrong())

    def lengths(self, name, directory, tokenizer, texts, pairs, of_texts, of_pairs):
        """Texts and pairs at several lengths; 0: as they are. Of a pair that is cut transformers builds what it leaves over too, every piece
        of one text with every piece of the other: pairs that would be thousands of them are left out at that length."""
        for max_len in of_texts:
            self.run(f"{name}: strings", directory, tokenizer, texts, max_len)
        for max_len in of_pairs:
            small = [(a, b) for a, b in pairs if len(a) * len(b) < 100 * max(max_len - 3, 1) ** 2] if max_len else pairs
            self.run(f"{name}: pairs", directory, tokenizer, small, max_len)

    def control(self, directory, other, example, what):
        """The comparison must notice a tokenizer that is another one."""
        if ours(self.binary, directory, example, 0) == theirs(AutoTokenizer.from_pretrained(other), example, 0):
            sys.exit(f"control: {what} are said to agree")


HOSTILE = [
    "", " ", "\u3000", "\u00a0\u00a0", "a", "A", ".", "...", "\x01", "\u200b", "\ufeff", "\ufffd", "x\ufffdy",
    "Caf\u00e9 d\u00e9j\u00e0 vu", "Cafe\u0301 de\u0301ja\u0300", "A\u030angstr\u00f6m \u212b", "\u01c4 \u01c5 \u01c6", "I\u0130\u0131i \u0130STANBUL",
    "Stra\u00dfe STRASSE \u1e9e", "\u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2 \u03a3\u0399\u03a3\u03a5\u03a6\u039f\u03a3", "a\u0315\u0300\u05ae\u0062", "q\u0323\u0307 q\u0307\u0323", "\u0344\u0958\u2adc",
    "\u4e2d\u6587\u5b57\u7b26abc\u4e2d", "\u65e5\u672c\u8a9e\u30ab\u30bf\u30ab\u30ca \u3072\u3089\u304c\u306a\u3099", "\ud55c\uad6d\uc5b4 \ud55c\uae00", "\u1112\u1161\u11ab", "\U00020000\U0002a6df\U0002b73f\U0002b820\U0002b91f\U0002b920",
    "\uf900\ufaff\U0002f800\U0002fa1f", "\U0001f600\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1e9\U0001f1ea \u2764\ufe0f", "\U0001f44d\U0001f3fd ok",
    "\u05e9\u05b8\u05c1\u05dc\u05d5\u05b9\u05dd \u0627\u0644\u0639\u064e\u0631\u064e\u0628\u0650\u064a\u0629 \u202e gnirts \u202c", "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35 \u0939\u093f\u0928\u094d\u0926\u0940", "tab\there\nnew\rline\x0b\x0c", "nul-ish \x7f\x80\x85\x9f end",
    "no\u00a0break\u2009thin\u202fnarrow\u2060joiner\u00adsoft", "zero\u200bwidth\u200cnon\u200djoin\u2060er", "$100 + 5 = <x> ^2 `tick` |pipe| ~tilde~",
    "don't can't won't o'clock -- ---- ___ ##ing ## # a##b", "x" * 100, "x" * 101, "x" * 200, "\u00e9" * 100, "\u00e9" * 101, "e\u0301" * 60,
    "word " * 200, "!" * 300, "[MASK]", "a [MASK] b", "a[MASK]b", "[MASK][MASK]", " [MASK] ", "[ MASK ]", "[mask]", "[Mask]", "[CLS] a [SEP] b [SEP]",
    "[SEP]", "[UNK]", "[PAD]", "[PAD] [PAD]x", "[[MASK]]", "[MASK", "MASK]", "[MASK\u0301]", "\u0301[MASK]\u0301", "caf\u00e9[SEP]\u00e9",
    "\u2160\u2167 \u2170 \u24b6\u24d0 \uff21\uff22\uff43 \uff10", "\u00bd \u00b2 \u2122 \u2120 \u00aa \u00ba", "\u0660\u0661\u0662 \u0966\u0967", "\u1e9b\u0323", "\ufb01\ufb02 \ufb03",
    "\U0001d400\U0001d41a\U0001d7ce", "\U00010400\U00010428", "\U000e0001\U000e0041", "\U0010ffff\U0010fffd", "\ue000\uf8ff", "\ufdd0\ufffe\uffff",
    "\u0378\u0530\u1c89\ua7dc", "\u180e\u2028\u2029\u205f", "a\u0338b\u20d2c", "\U0001d15e\U0001d165\U0001d16d", "\u302e\u302a\u0327x",
]


def soup(rng, alphabet, n):
    return ["".join(rng.choice(alphabet) for _ in range(rng.randrange(40))) for _ in range(n)]


def read_tsv(path):
    rows = [line.rstrip("\n").removesuffix("\r").split("\t")[:-1] for line in open(path, encoding="utf-8", newline="\n")]
    return [tuple(r) for r in rows]


def code_points():
    return map(chr, itertools.chain(range(1, 0xD800), range(0xE000, 0x110000)))


def every_code_point():
    for c in code_points():
        yield from ((c,), ("a" + c + "b",), ("e" + c,))


# --- variants of the directory

FILES = ("tokenizer.json", "vocab.txt", "vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json", "config.json")


def variant(base, root, name, json_edit=None, config_edit=None, drop=()):
    """A copy of the directory, some files left out, some edited, and without a limit of length."""
    d = f"{root}/{name}"
    os.mkdir(d)
    edits = {"tokenizer.json": json_edit, "tokenizer_config.json": config_edit,
             "config.json": lambda j: j.update(max_position_embeddings=1 << 20)}
    for f in FILES:
        if f in drop or not (os.path.exists(f"{base}/{f}") or (f == "tokenizer_config.json" and config_edit)):
            continue
        if os.path.exists(f"{base}/{f}"):
            shutil.copy(f"{base}/{f}", d)
        if edits.get(f):
            j = {}
            if os.path.exists(f"{d}/{f}"):
                with open(f"{d}/{f}") as h:
                    j = json.load(h)
            edits[f](j)
            with open(f"{d}/{f}", "w") as h:
                json.dump(j, h)
    return d


def flags(lower, strip, chinese=True):
    def in_json(j):
        j["normalizer"].update(lowercase=lower, strip_accents=strip, handle_chinese_chars=chinese)

    def in_config(j):
        j.update(do_lower_case=lower, strip_accents=strip, tokenize_chinese_chars=chinese)
    return in_json, in_config


ADDED = [("foo bar", {}), ("Foo", {"single_word": True, "normalized": False}), ("<L>", {"lstrip": True, "normalized": False}),
         ("<R>", {"rstrip": True, "normalized": False}), ("<LR>", {"lstrip": True, "rstrip": True, "single_word": True}),
         ("\u00c9t\u00e9", {}), ("oo", {"normalized": False, "single_word": True}), ("<L>x", {"normalized": False}), ("movie", {"single_word": True})]


def add_tokens(j):
    taken = j["model"]["vocab"]
    at = max(taken.values()) + 1
    for text, f in ADDED:
        token = {"id": taken.get(text, at), "content": text, "single_word": False, "lstrip": False, "rstrip": False,
                 "normalized": True, "special": False, **f}
        at += token["id"] == at
        j["added_tokens"].append(token)


def as_it_is(j):
    j["tokenizer_class"] = "PreTrainedTokenizerFast"


def template(j):
    j["post_processor"] = {"type": "BertProcessing", "sep": ["[SEP]", j["model"]["vocab"]["[SEP]"]],
                           "cls": ["[CLS]", j["model"]["vocab"]["[CLS]"]]}


def odd_model(j):
    j["normalizer"].update(clean_text=False, lowercase=False, strip_accents=True)
    j["model"]["max_input_chars_per_word"] = 6


def variants(base, root):
    yield "as given", variant(base, root, "given")
    for name, f in (("uncased", (True, None)), ("cased", (False, None)), ("cased-strip", (False, True)),
                    ("lower-keep", (True, False)), ("no-chinese", (True, None, False))):
        yield name, variant(base, root, name, *flags(*f))
    txt = ("tokenizer.json",)
    if os.path.exists(f"{base}/vocab.txt"):
        yield "vocab.txt", variant(base, root, "txt", drop=txt)
        yield "vocab.txt-cased", variant(base, root, "txt-cased", None, flags(False, None)[1], txt)
        yield "vocab.txt-alone", variant(base, root, "txt-alone", drop=(*txt, "tokenizer_config.json", "special_tokens_map.json"))
        yield "vocab.txt-extra", variant(base, root, "txt-extra", None, lambda j: j.update(
            additional_special_tokens=["<L>", "movie"], mask_token="[M]"), (*txt, "special_tokens_map.json"))
    if not os.path.exists(f"{base}/tokenizer.json"):
        return
    yield "added", variant(base, root, "added", add_tokens)
    yield "as-it-is", variant(base, root, "as-it-is", odd_model, as_it_is)
    yield "as-it-is-added", variant(base, root, "as-it-is-added", lambda j: (add_tokens(j), odd_model(j)), as_it_is)
    yield "BertProcessing", variant(base, root, "bertproc", template)


def main():
    ap = arguments()
    ap.add_argument("--quick", action="store_true", help="code points for the uncased variant only")
    ap.add_argument("directory")
    ap.add_argument("files", nargs="*")
    args = ap.parse_args()
    check = Check(args.bin)
    rng = random.Random(1)
    pieces = ["foo", " ", "bar", "Foo", "<L>", "<R>", "<LR>", "x", "\u00e9t\u00e9", "\u00c9t\u00e9", "oo", ".", "\u4e2d", "[MASK]", "movie", "_", "\t", "\u0301"]
    texts = [(s,) for s in HOSTILE + soup(rng, pieces, 3000)]
    texts += [(s,) for s in soup(rng, [c for s in HOSTILE for c in s], 3000)]
    pairs = [(rng.choice(texts)[0], rng.choice(texts)[0]) for _ in range(2000)]
    files = [(os.path.basename(f), read_tsv(f)) for f in args.files]
    with tempfile.TemporaryDirectory() as root:
        check.control(variant(args.directory, root, "control-ours", *flags(True, None)), variant(args.directory, root, "control", *flags(False, None)),
                      [("A caf\u00e9 a CAFE [MASK]",)], "a cased and an uncased tokenizer")
        for k, (name, directory) in enumerate(variants(args.directory, root)):
            tokenizer = AutoTokenizer.from_pretrained(directory)
            check.lengths(name, directory, tokenizer, texts, pairs, (0, 3, 4, 8, 9, 16, 61), (4, 5, 6, 11, 16, 40, 41))
            for f, rows in files:
                check.run(f"{name}: {f}", directory, tokenizer, rows)
                check.run(f"{name}: {f}", directory, tokenizer, rows, 17)
            if k == 1 or not args.quick:
                check.run(f"{name}: code points", directory, tokenizer, list(every_code_point()))
    return check.status("ids")


if __name__ == "__main__":
    sys.exit(main())
