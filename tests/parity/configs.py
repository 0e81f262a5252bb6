#!/usr/bin/env python3
"""Random tokenizer directories: mc-tokenize gives transformers' ids and token types or refuses the directory.

usage: configs.py [--bin DIR] [-n DIRECTORIES] [--seed S]

Each directory mixes tokenizer.json or vocab.txt with tokenizer_config.json, special_tokens_map.json,
added_tokens.json and config.json that may contradict each other. Exits 1 on a difference, or when ours accepts
what transformers cannot load. Needs transformers, tokenizers and safetensors.
"""
import json
import os
import random
import shutil
import sys
import tempfile

os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")
from common import arguments, encoded, parts, run_tokenizer, tensors  # noqa: E402
from transformers import AutoTokenizer  # noqa: E402
from transformers.utils import logging  # noqa: E402

logging.set_verbosity_error()
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = ["good", "Good", "bad", "##s", "##d", "caf", "##e", "cafe", "caf\u00e9", "\u4e2d", "##\u4e2d", "[M]", "<x>", "x", "<", ">", "[", "]", "m", "##ask",
         "mask", "unk", "."]
TEXTS = ["good Good bads cafe caf\u00e9 cafe\u0301 CAF\u00c9", "a\u4e2db \u4e2d\u4e2d good", "[MASK]x [mask] x[M] [M]x < x> <x>", "go\u200bod\u0000"[:-1],
         "[CLS] good [SEP] <y>bad <y> [UNK] <Y>", "[PAD]", "", "good<x> <x>bad", "gooddd bad. <z> good <z>"]


def token(rng, text, ident=None):
    t = {"content": text, "lstrip": rng.random() < .2, "rstrip": rng.random() < .2, "single_word": rng.random() < .2,
         "normalized": rng.random() < .3, "special": rng.random() < .7}
    if rng.random() < .5:
        t.update(lstrip=False, rstrip=False, single_word=False, normalized=False, special=True)
    return t if ident is None else {"id": ident, **t}


def maybe(rng, o, key, values, p=.3):
    if rng.random() < p:
        o[key] = rng.choice(values)


def make(rng, d):
    words = [w for w in SPECIAL if rng.random() < .97] + rng.sample(WORDS, rng.randrange(8, len(WORDS)))
    vocab = {w: i for i, w in enumerate(words)}
    added, at = [], len(vocab)
    for w in SPECIAL + ["<y>", "x", "<z>"]:
        if rng.random() < (.97 if w in SPECIAL else .25):
            ident = vocab.get(w, at)
            at += ident == at
            added.append(token(rng, w, ident) if w not in SPECIAL or rng.random() < .1 else
                         {"id": ident, "content": w, "lstrip": False, "rstrip": False, "single_word": False,
                          "normalized": False, "special": True})
    config = {}
    flags = {"lowercase": rng.random() < .8, "strip_accents": rng.choice([None, None, None, True, False]),
             "handle_chinese_chars": rng.random() < .9}
    for key, name, agree in (("do_lower_case", "lowercase", .9), ("strip_accents", "strip_accents", .9),
                             ("tokenize_chinese_chars", "handle_chinese_chars", .9)):
        if rng.random() < .8:
            config[key] = flags[name] if rng.random() < agree else rng.choice([True, False])
    maybe(rng, config, "tokenizer_class", ["BertTokenizer", "BertTokenizerFast", "PreTrainedTokenizerFast", "DistilBertTokenizer",
                                           "ElectraTokenizer", "MobileBertTokenizerFast", "ConvBertTokenizer", "TokenizersBackend"], .8)
    maybe(rng, config, "mask_token", ["[M]", "[MASK]", "<y>", {"__type": "AddedToken", **token(rng, "[MASK]")}])
    maybe(rng, config, "cls_token", ["[CLS]", "<x>"], .1)
    maybe(rng, config, "unk_token", ["[UNK]", "bad"], .1)
    maybe(rng, config, "bos_token", ["<x>", None], .1)
    maybe(rng, config, rng.choice(["additional_special_tokens", "extra_special_tokens"]), [["<y>"], ["<z>", "x"], []], .2)
    maybe(rng, config, "extra_special_tokens", [{}, {"image": "<y>"}, {"b": "<z>", "a": "<y>"}], .15)
    maybe(rng, config, "image_token", ["<y>", "<w>", "x"], .15)
    if "image_token" not in config and not isinstance(config.get("extra_special_tokens"), dict):
        maybe(rng, config, "model_specific_special_tokens", [{"image_token": "<y>"}, {"b": "<z>", "a": "<w>"}], .2)
    maybe(rng, config, "model_input_names", [["input_ids"], ["input_ids", "token_type_ids", "attention_mask"]], .2)
    maybe(rng, config, "model_max_length", [512, 10**30], .5)
    if rng.random() < .4:
        config["added_tokens_decoder"] = {str(t["id"]): {k: v for k, v in t.items() if k != "id"} for t in added if rng.random() < .97}
    files = {"config.json": {"model_type": rng.choice(["bert", "bert", "distilbert", "electra"])}}
    if rng.random() < .9:
        files["tokenizer_config.json"] = config
    if rng.random() < .3:
        files["special_tokens_map.json"] = {"mask_token": rng.choice(["[MASK]", "[M]", token(rng, "[MASK]")]),
                                            "cls_token": "[CLS]"}
        maybe(rng, files["special_tokens_map.json"], "additional_special_tokens", [["<y>"], ["<z>"]], .2)
        maybe(rng, files["special_tokens_map.json"], "extra_special_tokens", [["<y>"], []], .2)
    if rng.random() < .15:
        files["added_tokens.json"] = {"<z>": len(vocab) + rng.randrange(2)}
    if rng.random() < .6:
        files["tokenizer.json"] = {
            "version": "1.0", "truncation": None, "padding": None, "added_tokens": added,
            "normalizer": {"type": "BertNormalizer", "clean_text": rng.random() < .95, **flags},
            "pre_tokenizer": {"type": "BertPreTokenizer"},
            "post_processor": {"type": "BertProcessing", "cls": ["[CLS]", vocab.get("[CLS]", 0)], "sep": ["[SEP]", vocab.get("[SEP]", 0)]},
            "decoder": None,
            "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                      "max_input_chars_per_word": 100 if rng.random() < .95 else 4, "vocab": vocab}}
    else:
        with open(f"{d}/vocab.txt", "w", encoding="utf-8") as f:
            f.writelines(w + "\n" for w in words)
    for name, value in files.items():
        with open(f"{d}/{name}", "w") as f:
            json.dump(value, f)


def main():
    ap = arguments()
    ap.add_argument("-n", type=int, default=1000)
    ap.add_argument("--seed", type=int, default=1)
    args = ap.parse_args()
    same = refused = differ = 0
    reasons = {}
    others = TEXTS[1:] + TEXTS[:1]
    rows = [{"text": t, "other": u} for t, u in zip(TEXTS, others)]
    for k in range(args.n):
        with tempfile.TemporaryDirectory() as d:
            make(random.Random(args.seed * 1000000 + k), d)
            pair = k % 2 == 1
            p = run_tokenizer(args.bin, d, rows, "--no-label", "--text", "text,other" if pair else "text")
            if p.returncode == 1:
                refused += 1
                why = p.stderr.decode().split(": ")[-1].strip()
                reasons[why] = reasons.get(why, 0) + 1
                continue
            try:
                theirs = [list(zip(a, b)) for a, b in encoded(AutoTokenizer.from_pretrained(d)(TEXTS, others if pair else None))]
            except Exception as error:  # noqa: BLE001
                theirs = str(error)
            t = tensors(p.stdout)
            ours = [list(zip(a, b)) for a, b in zip(parts(t["ids"], t["offsets"]), parts(t["types"], t["offsets"]))]
            same += ours == theirs
            if ours != theirs:
                differ += 1
                if differ <= 3:
                    shutil.copytree(d, f"{tempfile.gettempdir()}/configs-{k}", dirs_exist_ok=True)
                    print(f"directory {k} differs, kept as {tempfile.gettempdir()}/configs-{k}")
                    print(f"  theirs: {theirs[:200]}" if isinstance(theirs, str) else
                          "\n".join(f"  {x!a}\n    ours   {a}\n    theirs {b}" for x, a, b in zip(TEXTS, ours, theirs) if a != b))
    print(f"configs: {same + refused + differ} directories, {same} with equal ids and types, {refused} refused, {differ} differ")
    for why, n in sorted(reasons.items(), key=lambda x: -x[1])[:12]:
        print(f"  {n:5d} refused: {why}")
    return differ > 0 or same == 0


sys.exit(main())
