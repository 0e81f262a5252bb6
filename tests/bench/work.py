"""What the benchmarks of BERT work on: MODEL= with TRAIN= and DEV=, or a random model of MiniLM's shape on text of the synthetic
language."""
import json
import os
import sys

from common import env, ids_of, run, synthetic_text, tool

BATCH = 32


class Work:
    """The model and the texts, in our form and in the peer's; and the work in a token."""

    def __init__(self, folder, n_train):
        if bool(env("MODEL")) != bool(env("TRAIN")) or bool(env("MODEL")) != bool(env("DEV")):
            sys.exit("MODEL, TRAIN and DEV go together")
        self.n_train = n_train
        at = lambda name: os.path.join(folder, name)
        self.tuned, self.sweep, self.log = at("tuned.st.gz"), at("sweep.tsv"), at("log.tsv")
        self.model, self.dev, self.train = at("model.st.gz"), at("dev.tok.gz"), at("train.tok.gz")
        self.ten, self.ten_tokens = at("ten.tsv"), at("ten.tok.gz")
        if env("MODEL"):
            self.directory, self.dev_text, self.train_text = env("MODEL"), env("DEV"), env("TRAIN")
            labels = sorted({line.rstrip("\n").split("\t")[-1] for line in open(self.train_text)})
            run(tool("mc-import", self.directory, "--labels", ",".join(labels), "-o", self.model))
        else:
            self.synthesize(at)
        for text, tokens in ((self.dev_text, self.dev), (self.train_text, self.train)):
            run(tool("mc-tokenize", "-t", self.directory, "-o", tokens, text))
        with open(self.dev_text) as text, open(self.ten, "w") as ten:
            ten.writelines(line for line, _ in zip(text, range(10)))
        self.config = json.load(open(os.path.join(self.directory, "config.json")))
        self.dev_lengths, self.train_lengths = self.lengths(self.dev), self.lengths(self.train)

    def synthesize(self, at):
        lang, self.directory = at("lang"), at("hf")
        run(tool("mc-synth", "--tokenizer", lang))
        with open(at("config.json"), "w") as f:
            json.dump({"model_type": "bert", "vocab_size": 30522, "hidden_size": 384, "num_hidden_layers": 6,
                       "num_attention_heads": 12, "intermediate_size": 1536, "max_position_embeddings": 512}, f)
        run(tool("mc-init", at("config.json"), "-t", lang, "--labels", "negative,positive", "-o", self.model))
        run(tool("mc-export", self.directory, "-t", lang), stdin=self.model)
        self.dev_text, self.train_text = at("dev.tsv"), at("train.tsv")
        for split, text, n in (("dev", self.dev_text, 872), ("train", self.train_text, self.n_train)):
            synthetic_text(text, split, n)

    def lengths(self, tokens):
        return [row[0] for row in ids_of(tokens)]

    def forward_gf(self, lengths):
        """Dense operations of the forward pass, every layer at every token, and those that are really done: the last
        layer needs keys and values alone at every token, all else at one position."""
        h, i, n = self.config["hidden_size"], self.config["intermediate_size"], self.config["num_hidden_layers"]
        tokens, pairs, layer = sum(lengths), sum(k * k for k in lengths), 2 * (4 * h * h + 2 * h * i)
        dense = n * (tokens * layer + 4 * h * pairs)
        done = dense - (tokens - len(lengths)) * (layer - 4 * h * h) - 4 * h * (pairs - tokens)
        return dense / 1e9, done / 1e9
