#!/usr/bin/env python3
"""Speed of RoBERTa and T5: random models of RoBERTa-base's, T5 1.1 small's and base's shapes, trained and evaluated, T5 also
writing text; as shares of the matrix-product rate, and beside PyTorch where PYTHON has it (peer.py).

Prints a table as run.py does. Environment: BIN, RATE, ROUNDS (5), PYTHON; ONLY=roberta-base,t5-small,t5-base chooses.
Ours are whole processes, start and reading of the model included; PyTorch's figures are its loops alone."""
import json
import os

from common import (PRECISIONS, about, env, has_python, ids_of, measured, median, note, peer_rows, rates, run, synthetic_text,
                    tool)

BATCH, MAX_NEW = 32, 11
T5 = dict(model_type="t5", architectures=["T5ForConditionalGeneration"], is_encoder_decoder=True, vocab_size=32128, d_kv=64,
          feed_forward_proj="gated-gelu", tie_word_embeddings=False, decoder_start_token_id=0)
CONFIGS = {
    "roberta-base": dict(model_type="roberta", vocab_size=50265, hidden_size=768, num_hidden_layers=12, num_attention_heads=12,
                         intermediate_size=3072, max_position_embeddings=514, type_vocab_size=1, pad_token_id=1),
    "t5-small": dict(T5, d_model=512, d_ff=1024, num_layers=8, num_decoder_layers=8, num_heads=6),
    "t5-base": dict(T5, d_model=768, d_ff=2048, num_layers=12, num_decoder_layers=12, num_heads=12),
}
EXAMPLES = {"roberta-base": 256, "t5-small": 384, "t5-base": 96}  # evaluated, written
STEPS = {"roberta-base": 5, "t5-small": 8, "t5-base": 3}


# What is measured beside training: its name, the peer's, the token set, options.
KINDS = {False: [("evaluation", "eval", "dev", [])],
         True: [("scoring", "score", "dev", []), ("writing", "generate", "texts", ["--decode", "greedy"])]}


class Model:
    def __init__(self, name, folder):
        self.name, self.config = name, CONFIGS[name]
        self.t5 = self.config["model_type"] == "t5"
        at = lambda x: os.path.join(folder, f"{name}.{x}")
        self.stream, self.directory, self.dev, self.train = at("st"), at("hf"), at("dev.tok"), at("train.tok")
        lang, config = at("lang"), at("json")
        json.dump(self.config, open(config, "w"))
        run(tool("mc-synth", "--tokenizer", lang, "--kind", self.config["model_type"]))
        labels = [] if self.t5 else ["--labels", "negative,positive"]
        run(tool("mc-init", config, "-t", lang, *labels, "--level", 0, "-o", self.stream))
        run(tool("mc-export", self.directory), stdin=self.stream)
        targets = ["--target", "{label}"] if self.t5 else []
        for split, tokens, n in (("dev", self.dev, EXAMPLES[name]), ("train", self.train, (STEPS[name] + 2) * BATCH)):
            text = at(split)
            synthetic_text(text, split, n)
            run(tool("mc-tokenize", "-t", lang, *targets, "-o", tokens, text))
        if self.t5:  # texts alone, as generate has them: a gold target would be scored on the way
            self.texts = at("texts.tok")
            with open(at("dev")) as rows, open(at("texts"), "w") as texts:
                texts.writelines(row.split("\t")[0] + "\n" for row in rows)
            run(tool("mc-tokenize", "-t", lang, "--no-label", *targets, "-o", self.texts, at("texts")))
        self.lengths, self.train_lengths = ids_of(self.dev), ids_of(self.train)

    def gf(self, n, targets):
        """Operations of a forward pass over n tokens and targets of these lengths: every layer at every token, attention, the
        vocabulary at every token of the targets."""
        c = self.config
        if not self.t5:
            h, layer = c["hidden_size"], 4 * c["hidden_size"] ** 2 + 2 * c["hidden_size"] * c["intermediate_size"]
            return 2e-9 * c["num_hidden_layers"] * (n * layer + 2 * h * n * n)
        d, inner, f = c["d_model"], c["d_kv"] * c["num_heads"], c["d_ff"]
        gf = c["num_layers"] * (n * (4 * d * inner + 3 * d * f) + 2 * inner * n * n) + c["num_decoder_layers"] * n * 2 * d * inner
        for m in targets:
            gf += c["num_decoder_layers"] * (m * (6 * d * inner + 3 * d * f) + 2 * inner * m * (m + n)) + m * d * c["vocab_size"]
        return 2e-9 * gf

    def mean_gf(self, lengths, labels=1):
        """Of an example; labels: targets of the same length that are scored."""
        return sum(self.gf(x[0], labels * x[1:]) for x in lengths) / len(lengths)


def timed(m, what, precision, command, count, **files):
    s, memory = run(command, **files)
    note(f"{m.name} {what} {precision}", count / s, "examples/s")
    note(f"{m.name} {what} {precision} memory", memory[0], "MiB")


def peer(m, precision):
    tasks = [f"{which}={m.dev}" for _, which, _, _ in KINDS[m.t5]] + [f"train={m.train}"]
    rows = peer_rows("peer.py", m.directory, "--dtype", precision, "--steps", STEPS[m.name], "--max-new", MAX_NEW, *tasks)
    for what, row in zip([kind[0] for kind in KINDS[m.t5]] + ["training"], rows):
        note(f"peer {m.name} {what} {precision}", float(row[1]), "examples/s, its loop alone")
    note(f"peer {m.name} {precision} memory", float(rows[-1][2]), "MiB")


def one(m, precision, with_peer):
    evaluate = tool("mc-eval", "-q", "--precision", precision)
    for what, which, tokens, options in KINDS[m.t5]:
        more = ["--max-new", str(MAX_NEW)] if which == "generate" else []
        timed(m, what, precision, [*evaluate, *options, *more, getattr(m, tokens)], len(m.lengths), stdin=m.stream)
    command = tool("mc-finetune", "-q", "--precision", precision, "--steps", STEPS[m.name], "--train", m.train)
    timed(m, "training", precision, command, STEPS[m.name] * BATCH, stdin=m.stream)
    if with_peer:
        peer(m, precision)


def derive(m, with_peer):
    work = {"training": 3 * m.mean_gf(m.train_lengths), "evaluation": m.mean_gf(m.lengths), "scoring": m.mean_gf(m.lengths, 2)}
    whats = ("scoring", "writing", "training") if m.t5 else ("evaluation", "training")
    for precision in PRECISIONS:
        for what in whats:
            rate = median(f"{m.name} {what} {precision}")
            if what in work:  # tokens are written at rates that no dense product has
                note(f"{m.name} {what} {precision} of {precision}, dense",
                     rate * work[what] / median(f"products {precision} 128x768x768"), "share")
            if with_peer:
                note(f"{m.name} {what} {precision} over peer", rate / median(f"peer {m.name} {what} {precision}"),
                     "ratio, our process to its loop")


def prepared(folder, with_peer):
    models = [Model(name, folder) for name in (env("ONLY").split(",") if env("ONLY") else CONFIGS)]
    mean = lambda x: " and ".join(f"{sum(column) / len(column):.1f}" for column in zip(*x))
    about(*((f"tokens of an example, {m.name}", mean(m.lengths)) for m in models))

    def one_round():
        rates()
        for m in models:
            for precision in PRECISIONS:
                one(m, precision, with_peer)

    def derive_all():
        for m in models:
            derive(m, with_peer)
    return one_round, derive_all


with_torch = has_python("torch", "transformers")
measured(lambda folder: prepared(folder, with_torch), "" if with_torch else "PYTHON= has no PyTorch")
