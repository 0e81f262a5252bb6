#!/usr/bin/env python3
"""Compares the ids of mc-tokenize with transformers' RobertaTokenizer: byte-level BPE.

usage: bpe.py [--bin DIR] [--quick] [TOKENIZER_DIR]...

Without a directory, trains a vocabulary of 600 pieces and one of 50,265 on text it makes up, and compares the ids of
hostile strings, pairs cut at several lengths, added tokens, long words and every code point in several places, for
tokenizer.json in many forms and for vocab.json with merges.txt. With directories, those as they are. Exits 1 on any
difference. Needs the packages transformers, tokenizers and safetensors.
"""
import copy
import json
import os
import random
import sys
import tempfile

from common import arguments, name_of
from ids import ADDED, HOSTILE, Check, code_points, soup, variant
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import AutoTokenizer

SIZES = (600, 50265)
SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]  # as RoBERTa's, whose <mask> comes last
GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"

MORE = [
    "it's we're I've I'm he'll she'd don't", "IT'S 'S 's's ''ll 'sup 're.. x'dy 'd", "\u2019s don\u2019t '\u017f '\u017f", "  lead", "trail  ", "a  b   c    d",
    "a \n b\n\n\n c \t\t d", "\u00a0a \u00a0 b\u3000\u3000c \u2003 d", " \u00a0", "\u2028 \u2029x", "123 45a6 7.8 \uff14\uff15 \u00b2\u00b3 \u0663\u0664 \u2167x \u00bd", "a1b2 c_3 4__d",
    "<mask>", " <mask>", "a <mask> b", "a  \t<mask>  b", "a<mask>b", "<mask><mask>", "<MASK>", "< mask>", "\u00a0<mask>\u00a0x", "<s> a </s>", "<s>", "</s></s>", "<pad> <unk>x",
    "<unk>", "\u0120a \u0121b", "\u0120\u0120", "\u010a", "\u0100\u0101\u0143", "#version: 0.2", "a" * 5000, "ab" * 3000 + " " + "the" * 999, "\u4e2d" * 4000, " " * 3000, "-" * 4000,
    "\U0001f600" * 1500, "<mask>" * 300, "\x1c\x1d\x1e\x1f a", "\x7f\x80\x85 \x85b",
]


def made_up(rng, n_words):
    """Sentences of invented words, frequent and rare, of several scripts."""
    scripts = [("bcdfghklmnprstvw", "aeiou")] * 8 + [("\u0431\u0432\u0433\u0434\u043a\u043b\u043c\u043d\u043f\u0440\u0441\u0442", "\u0430\u0435\u0438\u043e"), ("\u03b2\u03b3\u03b4\u03ba\u03bb\u03bc\u03bd\u03c0\u03c1\u03c3\u03c4", "\u03b1\u03b5\u03b7\u03b9\u03bf"),
               ("\u00e7\u00f1\u00dfrlm", "\u00e0\u00e9\u00ee\u00f6\u00fc"), ("\u4e00\u4e8c\u4e09\u4eba\u5927\u5c0f", "\u4e0a\u4e0b\u4e2d\u5c71\u6c34"), ("\u304b\u304d\u304f\u3051", "\u3042\u3044\u3046")]
    words = []
    for _ in range(n_words):
        first, second = rng.choice(scripts)
        w = "".join(rng.choice(first) + rng.choice(second) for _ in range(rng.randrange(1, 6)))
        words.append(w.capitalize() if rng.random() < 0.2 else w)
    marks = [". ", ", ", "! ", "? ", " - ", "'s ", " \"", "\" ", "\n", "'ll ", " 12 ", " 1984", "... "]
    for i in range(0, n_words, 10):
        line = []
        for k in range(i, min(i + 10, n_words)):
            line += [words[k], words[int(len(words) * rng.random() ** 4)], rng.choice(words[:200])]
        yield "".join(" " + w if rng.random() < 0.85 else rng.choice(marks) + w for w in line)


def train(size, rng):
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    t.train_from_iterator(made_up(rng, 2 * size + 2000), trainers.BpeTrainer(
        vocab_size=size - 1, special_tokens=SPECIAL, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    j = json.loads(t.to_str())
    vocab = j["model"]["vocab"]
    vocab["<mask>"] = len(vocab)
    assert len(vocab) == size
    j["added_tokens"] = [special(w, vocab[w], w == "<mask>") for w in (*SPECIAL, "<mask>")]
    j["post_processor"] = {"type": "RobertaProcessing", "sep": ["</s>", 2], "cls": ["<s>", 0], "trim_offsets": True,
                           "add_prefix_space": False}
    return j


def special(text, at, lstrip=False):
    return {"id": at, "content": text, "single_word": False, "lstrip": lstrip, "rstrip": False, "normalized": False,
            "special": True}


# --- forms of one tokenizer

def write(root, name, files):
    d = f"{root}/{name}"
    os.mkdir(d)
    files.setdefault("config.json", {"model_type": "roberta", "max_position_embeddings": 1 << 20, "pad_token_id": 1})
    for f, x in files.items():
        with open(f"{d}/{f}", "w", encoding="utf-8") as h:
            h.write(x if isinstance(x, str) else json.dumps(x, ensure_ascii=False))
    return d


def merges_txt(j, end="\n"):
    return "#version: 0.2" + end + "".join(" ".join(m) + end for m in j["model"]["merges"])


def edited(j, edit):
    j = copy.deepcopy(j)
    edit(j)
    return j


def untyped(j):
    j["model"] = {"vocab": j["model"]["vocab"], "merges": [" ".join(m) for m in j["model"]["merges"]], "unk_token": None}


def prefix(j):
    j["pre_tokenizer"]["add_prefix_space"] = True


def add_tokens(j):
    taken = j["model"]["vocab"]
    for text, f in ADDED:
        at = taken.get(text, max(max(taken.values()), max(a["id"] for a in j["added_tokens"])) + 1)
        j["added_tokens"].append({**special(text, at), "normalized": True, "special": False, **f})


def holes(unk, fuse):
    """Some bytes are no pieces: they vanish, or are unknown one by one or in runs."""
    gone = set("kz:\u0120\u00e3\u0122")

    def edit(j):
        m = j["model"]
        m["vocab"] = {w: i for w, i in m["vocab"].items() if w in SPECIAL or not gone & set(w)}
        m["merges"] = [p for p in m["merges"] if not gone & set("".join(p))]
        m.update(unk_token=unk, fuse_unk=fuse)
        m["vocab"].pop("<mask>", None)
        m["vocab"] = {w: i for i, w in enumerate(sorted(m["vocab"], key=m["vocab"].get))}  # ids without gaps
        j["added_tokens"][-1]["id"] = len(m["vocab"])
    return edit


def whole_words(j):
    """Pieces that no merge makes, but words of their own."""
    m = j["model"]
    m["ignore_merges"] = True
    for w in ("\u0120foo", "zqx", "\u00c3\u00a9t"):
        m["vocab"].setdefault(w, len(m["vocab"]))


def twice(j):
    """Of a merge that stands twice the last rank counts."""
    j["model"]["merges"] += j["model"]["merges"][3:9]


def no_split(j):
    j["pre_tokenizer"].update(use_regex=False, add_prefix_space=True)


def sequence(add):
    def edit(j):
        j["pre_tokenizer"] = {"type": "Sequence", "pretokenizers": [
            {"type": "Split", "pattern": {"Regex": GPT2}, "behavior": "Isolated", "invert": False},
            {"type": "ByteLevel", "add_prefix_space": add, "trim_offsets": True, "use_regex": False}]}
    return edit


def template(j):
    def item(w):
        return {"Sequence": {"id": w, "type_id": 0}} if len(w) == 1 else {"SpecialToken": {"id": w, "type_id": 0}}
    j["post_processor"] = {
        "type": "TemplateProcessing", "single": [item(w) for w in ("<s>", "A", "</s>")],
        "pair": [item(w) for w in ("<s>", "A", "</s>", "</s>", "B", "</s>")],
        "special_tokens": {w: {"id": w, "ids": [i], "tokens": [w]} for w, i in (("<s>", 0), ("</s>", 2))}}


def swapped_pair(j):
    """The second text before the first one."""
    j["post_processor"]["pair"] = [{"Sequence": {"id": "B", "type_id": 1}}, {"SpecialToken": {"id": "</s>", "type_id": 0}},
                                   {"Sequence": {"id": "A", "type_id": 0}}]


def odd_template(j):
    template(j)
    swapped_pair(j)


def forms(j, root):
    mask = {"content": "<mask>", "lstrip": True, "rstrip": False, "single_word": False, "normalized": False}
    files = {"vocab.json": j["model"]["vocab"], "merges.txt": merges_txt(j)}
    as_is = {"tokenizer_config.json": {"tokenizer_class": "PreTrainedTokenizerFast"}}
    yield "json", write(root, "json", {"tokenizer.json": j})
    yield "files", write(root, "files", {**files})
    yield "files, <mask> strips", write(root, "files-map", {**files, "special_tokens_map.json": {"mask_token": mask}})
    yield "files, CRLF, prefix", write(root, "files-prefix", {
        **files, "merges.txt": merges_txt(j, "\r\n"),
        "tokenizer_config.json": {"add_prefix_space": True, "mask_token": {**mask, "__type": "AddedToken"}}})
    yield "json beside files", write(root, "both", {**files, "tokenizer.json": edited(j, untyped)})
    saved = f"{root}/saved"
    AutoTokenizer.from_pretrained(f"{root}/json").save_pretrained(saved)
    yield "saved by transformers", saved
    yield "prefix", write(root, "prefix", {"tokenizer.json": edited(j, prefix), "tokenizer_config.json": {"add_prefix_space": True}})
    yield "added", write(root, "added", {"tokenizer.json": edited(j, add_tokens)})
    yield "template", write(root, "template", {"tokenizer.json": edited(j, template)})
    yield "vanish", write(root, "vanish", {"tokenizer.json": edited(j, holes(None, False))})
    for name, edits in (("unknown", [holes("<unk>", False)]), ("unknown in runs", [holes("<unk>", True)]),
                        ("whole words", [whole_words]), ("merges twice", [twice]), ("no split", [no_split]), ("sequence", [sequence(False)]),
                        ("sequence, prefix, added", [sequence(True), add_tokens, odd_template]),
                        ("prefix, added", [prefix, add_tokens])):
        x = copy.deepcopy(j)
        for edit in edits:
            edit(x)
        yield name, write(root, name.replace(" ", "-"), {"tokenizer.json": x, **as_is})


def every_code_point():
    for c in code_points():
        yield from ((c,), ("a" + c + "b",), ("1" + c + "2 ." + c + "! " + c + " '" + c + c,))


def reversed_merges(j):
    j["model"]["merges"] = j["model"]["merges"][::-1]


def compare(check, name, directory, texts, pairs, full):
    tokenizer = AutoTokenizer.from_pretrained(directory)
    check.lengths(name, directory, tokenizer, texts, pairs, (0, 5, 8, 17) if full else (0, 17), (0, 6, 7, 16, 41) if full else (0, 16))
    if full:
        check.run(f"{name}: code points", directory, tokenizer, list(every_code_point()))


def random_texts(rng, more, alphabets, n_pairs):
    """Hostile strings, strings of (alphabet, how many), made-up sentences, one to an example; and pairs of short ones."""
    texts = HOSTILE + more + [s for alphabet, n in alphabets for s in soup(rng, alphabet, n)] + list(made_up(rng, 3000))
    short = [s for s in texts if len(s) < 400]
    return [(s,) for s in texts], [(rng.choice(short), rng.choice(short)) for _ in range(n_pairs)]


def main():
    ap = arguments()
    ap.add_argument("--quick", action="store_true", help="code points and more lengths for one form of the small vocabulary only, one form of the large one")
    ap.add_argument("directories", nargs="*")
    args = ap.parse_args()
    check = Check(args.bin)
    rng = random.Random(1)
    pieces = ["foo", " ", "bar", "Foo", "<L>", "<R>", "<LR>", "x", "\u00e9t\u00e9", "oo", ".", "\u4e2d", "<mask>", "movie", "_", "\t", "'s", "12", "\u00a0", "ka", "tor"]
    texts, pairs = random_texts(rng, MORE, [(pieces, 3000), ([c for s in HOSTILE + MORE[:30] for c in s], 3000)], 1500)
    for d in args.directories:
        with tempfile.TemporaryDirectory() as root:
            compare(check, name_of(d), variant(d, root, "given"), texts, pairs, True)
    for size in () if args.directories else SIZES:
        with tempfile.TemporaryDirectory() as root:
            j = train(size, random.Random(size))
            check.control(write(root, "control-ours", {"tokenizer.json": j}), write(root, "control", {"tokenizer.json": edited(j, reversed_merges)}),
                          [(s,) for s in HOSTILE], "merges in another order")
            for k, (name, directory) in enumerate(forms(j, root)):
                small = size == SIZES[0]
                if k == 0 or small or not args.quick:
                    compare(check, f"{size} pieces, {name}", directory, texts, pairs, not args.quick or (small and k == 0))
    return check.status("ids")


if __name__ == "__main__":
    sys.exit(main())
