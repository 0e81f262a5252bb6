// mc-synth: text, labelled tasks and tokenizer of the synthetic language.
#include <string.h>

#include "mc/cli.h"
#include "mc/out.h"
#include "mc/synth.h"

struct args {
    bool corpus, vocab, lexicon;
    const char *task, *split, *tokenizer, *kind;
    int64_t seed, n;
};

static int index_of(const char *const *names, int n, const char *name) {
    int i = 0;
    while (i < n && strcmp(names[i], name) != 0) i++;
    return i;
}

static int check_usage(const struct args *a, struct mc_error *e) {
    if (a->corpus || a->vocab || a->lexicon || a->task || a->tokenizer) return 0;
    return mc_fail(e, MC_ERR_USAGE,
                   "needs one of --corpus, --task, --vocab, --lexicon, --tokenizer");
}

static int write_lines(const struct mc_synth *s, const struct args *a, struct mc_out *out,
                       struct mc_error *e) {
    enum mc_synth_set set = MC_SYNTH_CORPUS;
    enum mc_synth_split split = MC_SYNTH_TRAIN;
    if (a->task) {
        set = (enum mc_synth_set)index_of(mc_synth_task_names, MC_SYNTH_TASKS, a->task);
        split = (enum mc_synth_split)index_of(mc_synth_split_names, MC_SYNTH_SPLITS, a->split);
    }
    struct mc_buf text = {0};
    int rc = 0;
    for (int64_t i = 0; i < a->n && rc == 0; i++) {
        text.n = 0;
        rc = mc_synth_line(s, set, split, i, &text, e);
        if (rc == 0) rc = mc_out_write(out, text.p, text.n, e);
    }
    mc_buf_release(&text);
    return rc;
}

static int write_text(const struct mc_synth *s, const struct args *a, struct mc_out *out,
                      struct mc_error *e) {
    if (a->task || a->corpus) return write_lines(s, a, out, e);
    struct mc_buf text = {0};
    int rc = a->vocab ? mc_synth_vocab(s, &text, e) : mc_synth_lexicon(s, &text, e);
    if (rc == 0) rc = mc_out_write(out, text.p, text.n, e);
    mc_buf_release(&text);
    return rc;
}

static int run(const struct mc_cli *c, const struct args *a, struct mc_error *e) {
    MC_TRY(check_usage(a, e));
    struct mc_out out = {0};
    int rc;
    struct mc_synth *s = mc_synth_new((uint64_t)a->seed, e);
    if (!s) return e->code;
    if (a->tokenizer) {
        int kind = a->kind ? index_of(mc_synth_kind_names, MC_SYNTH_KINDS, a->kind) : MC_SYNTH_BERT;
        rc = mc_synth_tokenizer(s, (enum mc_synth_kind)kind, a->tokenizer, e);
        goto done;
    }
    MC_TRY_DONE(mc_out_open(&out, c->output, e));
    MC_TRY_DONE(write_text(s, a, &out, e));
    rc = mc_out_close(&out, e);
done:
    mc_out_abort(&out);
    mc_synth_free(s);
    return rc;
}

int main(int argc, char **argv) {
    struct args a = {.n = 1000};
    const struct mc_opt opts[] = {
        {"--corpus", MC_OPT_FLAG, &a.corpus, .help = "unlabelled text, a short document a line",
         .excludes = "--task,--vocab,--lexicon,--tokenizer"},
        {"--task", MC_OPT_CHOICE, &a.task,
         .choices = "sentiment|sentiment-b|inference|inference-hard",
         .help = "labelled text: text TAB label, or premise TAB hypothesis TAB label",
         .excludes = "--vocab,--lexicon,--tokenizer", .together = "--split"},
        {"--split", MC_OPT_CHOICE, &a.split, .choices = "train|dev|test",
         .help = "of the task; no text is in two", .only_with = "--task"},
        {"--vocab", MC_OPT_FLAG, &a.vocab, .help = "the WordPiece vocabulary",
         .excludes = "--lexicon,--tokenizer"},
        {"--lexicon", MC_OPT_FLAG, &a.lexicon,
         .help = "table of the words: class, polarity, gender, kind", .excludes = "--tokenizer"},
        {"--tokenizer", MC_OPT_STR, &a.tokenizer, .arg = "DIR",
         .help = "write a tokenizer directory with the config of a small model", .excludes = "-o"},
        {"--kind", MC_OPT_CHOICE, &a.kind, .choices = "bert|roberta|t5",
         .help = "of tokenizer and model: WordPiece (default bert), byte-level BPE, Unigram",
         .only_with = "--tokenizer"},
        {"--seed", MC_OPT_INT, &a.seed, 0, 9e18, .arg = "S",
         .help = "of the language and all its texts"},
        {"-n", MC_OPT_INT, &a.n, 1, 1e12, .arg = "N",
         .help = "lines; a smaller N gives the first of them", .only_with = "--task,--corpus"},
    };
    struct mc_cli c = {
        .prog = "mc-synth",
        .purpose = "a synthetic language: corpus, labelled tasks, tokenizer",
        .operands = "",
        .examples = "  mc-synth --tokenizer lang\n"
                    "  mc-synth --task sentiment --split train -n 3000 | mc-tokenize -t lang > "
                    "train.tok.gz\n"
                    "  mc-synth --corpus -n 20000 > corpus.txt\n",
        .see_also = "mc-tokenize, mc-init, docs/synth.md",
        .opts = opts,
        .n_opts = MC_COUNT(opts),
    };
    int status = mc_cli_parse(&c, argc, argv);
    if (status >= 0) return status;
    struct mc_error e = {0};
    return mc_cli_finish(&c, run(&c, &a, &e), &e);
}
