#!/usr/bin/env python3
"""Compares the ids of mc-tokenize and the texts of mc_decode with transformers' T5Tokenizer: Unigram.

usage: unigram.py [--bin DIR] [--dump FILE] [--quick] [TOKENIZER_DIR]...

Without a directory, trains vocabularies of 300, 2,000 and 32,000 pieces with sentencepiece and its nmt_nfkc character
map on text it makes up, and compares the ids of hostile strings, sequences of marks, pairs cut at several lengths,
added tokens, long words and every code point in several places, for spiece.model and for tokenizer.json in many forms;
and what ids decode to. With directories, those as they are. Exits 1 on any difference. Where SentencePiece itself
differs from transformers is counted and shown, and is no failure. Needs the packages transformers, tokenizers,
sentencepiece, protobuf and safetensors.
"""
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

import bpe
import sentencepiece
from bpe import edited, made_up, random_texts, special, swapped_pair, write
from charsmap import base64_charsmap
from common import arguments, name_of
from ids import ADDED, HOSTILE, Check, code_points
from transformers import AutoTokenizer

SIZES = (300, 2000, 32000)
GENERIC = {"tokenizer_class": "PreTrainedTokenizerFast"}
SPACE = "\u2581"

MORE = [
    "  lead", "trail  ", "a  b   c", "a \n b\r\nc\rd \t\t e", "\u00a0a \u00a0 b\u3000\u3000c \u2003 d", " \u00a0", "\u2028 \u2029x", SPACE, SPACE + SPACE, "a" + SPACE + "b",
    SPACE + "a " + SPACE + " b", "a" + SPACE + SPACE + SPACE + "b" + SPACE, "<extra_id_0>", "a <extra_id_0> b<extra_id_1>c", "<extra_id_99><extra_id_0>", "<extra_id_100>", "<extra_id_00>", "<EXTRA_ID_0>",
    "<extra_id_0", "</s>", "a</s>b", "<pad> <unk>x", "<unk>", "x<unk>y", "\u4e00<unk>\u4e01", "\u2460\u2461 \u2460\u0301 \ufb01\u0301 \ufb01\u0301\u0301 \u00bd\u0308", "\u00a9\u0301 \u2122\u200d\u2122\u0301 \u2122\ufe0f",
    "\U0001f468\u200d\u2122\u0301", "\u0915\u094d\u0958\u0301 \u0958\u0301 \u0915\u0958\u0301", "\u0600\u2460\u0301 \u2460\u0600", "\uff76\uff9e \uff8a\uff9f \u304b\u3099", "\u1100\u1161\u0301 \u1161\u0301\u11a8", "\r\n", "\r\u0301\n",
    "a" * 5000, "ab" * 3000 + " " + "the" * 999, "\u4e2d" * 4000, " " * 3000, "\u2460" * 2000, "\U0001f600" * 1500, "<extra_id_0>" * 300, "e\u0301" * 2000, "\x1c\x1d\x1e\x1f a",
    "\x7f\x80\x85 \x85b", "\x01a\x02b\x03", "\u00ada", "\u200ba\u200bb", "\ufeffa", "a\u0300\u0301\u0302 \u00e0\u0300", "\u3300 \u337f \ufdfa x",
]
MARKS = ["a", " ", "e", "\u0301", "\u0300", "\u094d", "\u0915", "\u0958", "\u093e", "\u200d", "\u200c", "\u00a9", "\u2122", "\u2139", "\U0001f468", "\ufe0f", "\U0001f3fd", "\U0001f1e9", "\U0001f1ea",
         "\u1100", "\u1161", "\u11a8", "\uac00", "\uac01", "\r", "\n", "\u0600", "\u2460", "\ufb01", "\uff76", "\uff9e", "\u3099", "\u00bd", "\u0130", "\u0344", "\x01", "\u00ad", SPACE, "\u3000", "\u0e33", "\u0903"]


def train(size, directory):
    """spiece.model of that many pieces, as T5's is trained: <pad> 0, </s> 1, <unk> 2."""
    rng = random.Random(size)
    text = list(made_up(rng, 4 * size + 4000)) + [s.replace("\n", " ") for s in HOSTILE if s.strip()]
    rng.shuffle(text)
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(text), model_prefix=f"{directory}/{size}", model_type="unigram", vocab_size=size,
        pad_id=0, eos_id=1, unk_id=2, bos_id=-1, normalization_rule_name="nmt_nfkc", character_coverage=0.99,
        minloglevel=2, num_threads=2, hard_vocab_limit=False, seed_sentencepiece_size=max(4 * size, 10000))
    return f"{directory}/{size}.model"


# --- forms of one tokenizer

def form(root, name, files, model=None):
    files.setdefault("config.json", {"model_type": "t5"})
    d = write(root, name, files)
    if model:
        shutil.copy(model, f"{d}/spiece.model")
    return d


def metaspace(**flags):
    return {"type": "Metaspace", "replacement": SPACE, **flags}


def pre(x):
    def edit(j):
        j["pre_tokenizer"] = x
    return edit


def words(x):
    return pre({"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, x]})


def normalizers(*list_):
    def edit(j):
        j["normalizer"] = {"type": "Sequence", "normalizers": [n for n in (j["normalizer"], *list_) if n]}
    return edit


def no_normalizer(j):
    j["normalizer"] = None


STRIP = {"type": "Strip", "strip_left": False, "strip_right": True}
JOIN = {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": SPACE}


def own_map(j):
    """Mappings to nothing, of graphemes, of starts of others."""
    j["normalizer"] = {"type": "Precompiled", "precompiled_charsmap": base64_charsmap({
        "a": "x", "ab": "y", "e\u0301": "", "\r\n": "N", "\u0301": "'", "\u2460": "1 1", "\u1100": "", "\u0915\u094d": "k", "\U0001f1e9": "D",
        "\u200d": "", "q": "\u2581q", "\x01": ""})}


def add_tokens(j):
    for text, f in [*ADDED, ("<extra_id_7>", {"lstrip": True, "rstrip": True, "normalized": False, "special": True})]:
        known = [i for i, (w, _) in enumerate(j["model"]["vocab"]) if w == text]
        at = known[-1] if known else max(len(j["model"]["vocab"]), max(a["id"] for a in j["added_tokens"]) + 1)
        j["added_tokens"] = [a for a in j["added_tokens"] if a["content"] != text]
        j["added_tokens"].append({**special(text, at), "normalized": True, "special": False, **f})


def byte_pieces(j):
    j["model"]["byte_fallback"] = True
    v = j["model"]["vocab"]
    v += [[f"<0x{c:02X}>", -5.0] for c in range(256)]
    j["model"]["vocab"] = [v[i] for i in range(len(v)) if v[i][0] != "<0xE4>"]  # one is missing: unknown after all


def odd_scores(j):
    """Equal scores, pieces twice, runs of unknown pieces that are better than the piece they are."""
    v = j["model"]["vocab"]
    for i in range(3, len(v)):
        v[i][1] = 12.0 + i % 3
    v += [["aa", 12.0], ["ab", 12.5], ["aa", 2.0], ["\u4e00\u4e01", 2.0], ["\u4e00\u4e02", 2.5], ["ba", 2.0], ["\u00e9", 12.0]]


def unknown_elsewhere(j):
    j["model"]["unk_id"] = 5


def untyped(j):
    del j["model"]["type"]


def chain(*edits):
    def edit(j):
        for f in edits:
            f(j)
    return edit


def forms(model, root):
    yield "spiece.model", form(root, "spm", {}, model)
    saved = f"{root}/saved"
    AutoTokenizer.from_pretrained(f"{root}/spm").save_pretrained(saved)
    yield "saved by transformers", saved
    with open(f"{saved}/tokenizer.json", encoding="utf-8") as h:
        j = json.load(h)
    with open(f"{saved}/tokenizer_config.json", encoding="utf-8") as h:
        config = json.load(h)
    yield "tokenizer.json alone", form(root, "json", {"tokenizer.json": j})
    yield "tokenizer.json beside spiece.model", form(root, "both", {"tokenizer.json": j, "tokenizer_config.json": config}, model)
    yield "seven sentinels", form(root, "seven", {"tokenizer_config.json": {"extra_ids": 7}}, model)
    yield "no sentinels", form(root, "none", {"tokenizer_config.json": {"extra_ids": 0, "tokenizer_class": "T5Tokenizer"}}, model)
    sentinels = [f"<extra_id_{i}>" for i in range(100)]
    n = len(j["model"]["vocab"]) - 100
    listed = {str(i): {**special(w, i), "lstrip": "extra" in w, "rstrip": "extra" in w}
              for i, w in [(0, "<pad>"), (1, "</s>"), (2, "<unk>"), *((n + 99 - i, s) for i, s in enumerate(sentinels))]}
    for t in listed.values():
        del t["id"]
    old = {"tokenizer_class": "T5Tokenizer", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>", "extra_ids": 100,
           "additional_special_tokens": sentinels, "clean_up_tokenization_spaces": True}
    yield "spiece.model, listed tokens that strip", form(root, "listed", {"tokenizer_config.json": {**old, "added_tokens_decoder": listed}}, model)
    yield "spiece.model, special_tokens_map.json", form(root, "map", {
        "tokenizer_config.json": {"tokenizer_class": "T5TokenizerFast", "extra_ids": 100},
        "special_tokens_map.json": {"eos_token": {"content": "</s>", "lstrip": False, "rstrip": True, "normalized": False, "single_word": False},
                                    "additional_special_tokens": sentinels}}, model)
    yield "as transformers 4 wrote", form(root, "four", {"tokenizer_config.json": old, "tokenizer.json": edited(j, chain(
        normalizers(STRIP, JOIN), pre(metaspace(prepend_scheme="always", split=True))))})
    yield "as older ones wrote", form(root, "older", {"tokenizer_config.json": old, "tokenizer.json": edited(j, words(metaspace(add_prefix_space=True, str_rep=SPACE)))})
    for name, edit in (
            ("not typed", untyped), ("no normalizer", no_normalizer), ("own map", own_map), ("added", add_tokens),
            ("Metaspace", pre(metaspace(prepend_scheme="always"))),
            ("Metaspace, first, added", chain(pre(metaspace(prepend_scheme="first")), add_tokens)),
            ("Metaspace, first, own map", chain(pre(metaspace(prepend_scheme="first")), own_map)),
            ("Metaspace, never", pre(metaspace(add_prefix_space=False, prepend_scheme="never"))),
            ("words, never", words(metaspace(prepend_scheme="never"))),
            ("Metaspace, whole", pre(metaspace(split=False, prepend_scheme="first"))),
            ("words, whole, added", chain(words(metaspace(split=False)), add_tokens, swapped_pair)),
            ("Metaspace, another mark", pre(metaspace(replacement="a"))),
            ("Strip and Replace", chain(normalizers(STRIP, JOIN), pre(metaspace()))),
            ("Strip and Replace, no map", chain(no_normalizer, normalizers(STRIP, JOIN), pre(metaspace()))),
            ("byte fallback", byte_pieces), ("odd scores", odd_scores), ("odd scores, whole", chain(odd_scores, pre(metaspace(split=False)))),
            ("another unknown piece", unknown_elsewhere)):
        yield name, form(root, name.replace(" ", "-"), {"tokenizer.json": edited(j, edit), "tokenizer_config.json": GENERIC})


def every_code_point():
    """Alone, between letters, behind and before what graphemes and the map are about; several a string."""
    places = [f"{c} a{c}b \u2460{c}\u0301 {c}\u0301a" for c in code_points()]
    return [(" ".join(places[i:i + 16]),) for i in range(0, len(places), 16)]


def control(check, root, model):
    """The comparison must notice other scores."""
    def swap(j):
        v = j["model"]["vocab"]
        for a, (_, score) in zip(v[3:], [p[:] for p in v[:2:-1]]):
            a[1] = score
    form(root, "control-ours", {}, model)
    AutoTokenizer.from_pretrained(f"{root}/control-ours").save_pretrained(f"{root}/control-saved")
    with open(f"{root}/control-saved/tokenizer.json", encoding="utf-8") as h:
        j = json.load(h)
    other = form(root, "control", {"tokenizer.json": edited(j, swap), "tokenizer_config.json": GENERIC})
    check.control(f"{root}/control-ours", other, [(s,) for s in HOSTILE], "other scores")


# --- what they decode to

def decoded(dump, directory, lists):
    lines = "".join(" ".join(map(str, x)) + "\n" for x in lists)
    rest = subprocess.run([dump, "decode", directory], input=lines.encode(), capture_output=True, check=True).stdout
    at, out = 0, []
    while at < len(rest):
        begin = rest.index(b"\n", at) + 1
        at = begin + int(rest[at:begin])
        out.append(rest[begin:at].decode())
    return out


def check_decoding(check, dump, name, directory, tokenizer, texts, rng):
    size = len(tokenizer)
    lists = tokenizer([t[0] for t in texts])["input_ids"]
    lists += [[rng.randrange(size) for _ in range(rng.randrange(12))] for _ in range(3000)]
    lists += [[i] for i in range(min(size, 3000))] + [[size - 1, i, i] for i in range(0, size, 7)] + [[size + 3, 3, size, 4]]
    both = zip(lists, decoded(dump, directory, lists), tokenizer.batch_decode(lists, skip_special_tokens=True), strict=True)
    check.report(name, (a != b and f"{name}: {x}\n    ours   {ascii(a)}\n    theirs {ascii(b)}" for x, a, b in both), "decoded")


def library_differences(model, tokenizer, texts):
    """Where SentencePiece itself gives other ids than transformers: known, and shown."""
    library = sentencepiece.SentencePieceProcessor(model_file=model)
    plain = [t[0] for t in texts if "<" not in t[0]]
    both = list(zip(plain, library.encode(plain, add_eos=True), tokenizer(plain)["input_ids"]))
    differ = [x for x in both if x[1] != x[2]]
    print(f"SentencePiece itself, {library.get_piece_size()} pieces: {len(both)} compared, {len(differ)} differ (no failure)")
    for text, a, b in sorted(differ, key=lambda x: len(x[0]))[:8]:
        print(f"  {ascii(text)}: SentencePiece {a[:12]}, transformers {b[:12]}")


def compare(check, dump, name, directory, texts, pairs, full, rng):
    tokenizer = AutoTokenizer.from_pretrained(directory)
    check.lengths(name, directory, tokenizer, texts, pairs, (0, 2, 5, 17) if full else (0, 17), (0, 3, 6, 16, 41) if full else (0, 16))
    if full:
        check.run(f"{name}: code points, 16 a string", directory, tokenizer, every_code_point())
    probe = subprocess.run([dump, "decode", directory], input=b"", capture_output=True)
    if probe.returncode == 0 and tokenizer.backend_tokenizer.decoder and f"{SPACE}" in str(tokenizer.backend_tokenizer.decoder):
        check_decoding(check, dump, name, directory, tokenizer, texts, rng)
    return tokenizer


def main():
    ap = arguments(dump=True)
    ap.add_argument("--quick", action="store_true", help="code points and more lengths for one form only; of the large vocabularies two forms")
    ap.add_argument("directories", nargs="*")
    args = ap.parse_args()
    check = Check(args.bin)
    rng = random.Random(1)
    pieces = ["foo", " ", "bar", "Foo", "<L>", "<R>", "<LR>", "x", "\u00e9t\u00e9", "oo", ".", "\u4e2d", "<extra_id_7>", "movie", "_", "\t", "'s", "12", "\u00a0", "ka", "tor", SPACE, "<unk>", "\u4e00\u4e01", "aa", "ab", "\u4e00"]
    texts, pairs = random_texts(rng, MORE, [(pieces, 2000), (MARKS, 4000), ([c for s in HOSTILE + MORE[:40] for c in s], 2000)], 1000)
    for d in args.directories:
        tokenizer = compare(check, args.dump, name_of(d), d, texts, pairs, True, rng)
        if os.path.exists(f"{d}/spiece.model"):
            library_differences(f"{d}/spiece.model", tokenizer, texts)
    for size in () if args.directories else SIZES:
        with tempfile.TemporaryDirectory() as root:
            model = train(size, root)
            small = size == SIZES[0]
            if small:
                control(check, root, model)
            for k, (name, directory) in enumerate(forms(model, root)):
                if k <= 1 or small or not args.quick:
                    tokenizer = compare(check, args.dump, f"{size} pieces, {name}", directory, texts, pairs, not args.quick or (small and k == 0), rng)
                if k == 0:
                    library_differences(model, tokenizer, texts)
    if not args.directories:
        with tempfile.TemporaryDirectory() as root:
            directory = write(root, "bytes", {"tokenizer.json": bpe.train(600, random.Random(3))})
            check_decoding(check, args.dump, "byte-level BPE", directory, AutoTokenizer.from_pretrained(directory), texts, rng)
    return check.status("ids and texts")


sys.exit(main())
