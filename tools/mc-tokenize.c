// mc-tokenize: labelled text to a token set, with transformers' ids; plain text to a corpus.
#include <stdlib.h>
#include <string.h>

#include "mc/cli.h"
#include "mc/corpus.h"
#include "mc/tokenize.h"
#include "mc/utf8.h"

struct args {
    const char *dir, *format, *text, *label, *labels, *task, *source, *target, *document;
    int64_t max_len, max_target;
    struct mc_list without;
    bool header, no_label, skip_bad, max_len_given, max_target_given, answers, regression, corpus;
};

static int describe(const struct mc_cli *c, const struct args *a, struct mc_tokenizing *z,
                    struct mc_tokens *t, struct mc_error *e) {
    struct mc_buf line = {0};
    char input[MC_DIGEST_TEXT];
    mc_labelled_digest(z->rows, input);
    int rc = mc_cli_provenance(c, &line, e);
    if (rc == 0)
        rc = mc_buf_printf(&line, e, " tokenizer=%s input=%s", mc_tokenizer_digest(z->tok), input);
    if (rc == 0 && z->left_out)
        rc = mc_buf_printf(&line, e, " left_out=%lld", (long long)z->left_out);
    t->provenance = line.p; // the set's now
    MC_TRY(rc);
    if (!(t->tokenizer = mc_strdup(mc_tokenizer_digest(z->tok), e))) return MC_ERR_MEM;
    if (a->task && !(t->task = mc_strdup(a->task, e))) return MC_ERR_MEM;
    return z->target.n ? mc_template_finish(&z->target, z->tok, a->max_target, t, e) : 0;
}

static int check_usage(const struct args *a, struct mc_tokens_builder *set, struct mc_error *e) {
    if (a->task && !mc_utf8_name(a->task, strlen(a->task)))
        return mc_fail(e, MC_ERR_USAGE, "--task: no name");
    return a->labels ? mc_tokens_builder_labels(set, a->labels, e) : 0;
}

static int parse_templates(const struct args *a, struct mc_tokenizing *z, struct mc_error *e) {
    if (a->source && mc_template_source(&z->source, a->source, e) < 0)
        return mc_fail_in(e, "--source");
    if (a->target && mc_template_target(&z->target, a->target, e) < 0)
        return mc_fail_in(e, "--target");
    return 0;
}

static int open_inputs(const struct mc_cli *c, const struct args *a, struct mc_tokenizing *z,
                       struct mc_error *e) {
    const struct mc_labelled_options o = {.format = mc_labelled_format_named(a->format),
                                          .header = a->header,
                                          .no_label = a->no_label,
                                          .text = a->text,
                                          .label = a->label,
                                          .number = a->regression,
                                          .answers = a->answers,
                                          .n_texts = z->source.n ? z->source.n_texts : 1};
    const char *input = c->n_operands ? c->operand[0] : "-";
    int dashes = strcmp(input, "-") == 0;
    for (int i = 0; i < a->without.n; i++) dashes += strcmp(a->without.v[i], "-") == 0;
    if (dashes > 1) return mc_fail(e, MC_ERR_USAGE, "standard input is given %d times", dashes);
    for (int i = 0; i < a->without.n; i++) MC_TRY(mc_tokenizing_without(z, a->without.v[i], o, e));
    return mc_tokenizing_open(z, a->dir, input, &o, e);
}

static int open_output(const struct mc_cli *c, struct mc_pool **pool, struct mc_writer **out,
                       struct mc_error *e) {
    if (!(*pool = mc_pool_new((int)c->threads, e))) return e->code;
    return mc_writer_open(out, c->output, (int)c->level, *pool, e);
}

static int run_corpus(const struct mc_cli *c, const struct args *a, struct mc_error *e) {
    struct mc_tokenizer *tok = NULL;
    struct mc_pool *pool = NULL;
    struct mc_writer *out = NULL;
    struct mc_buf line = {0}, made = {0};
    int rc;
    MC_TRY_DONE(open_output(c, &pool, &out, e));
    MC_TRY_DONE(mc_tokenizer_open(&tok, a->dir, e));
    MC_TRY_DONE(mc_cli_provenance(c, &line, e));
    MC_TRY_DONE(mc_buf_printf(&line, e, " tokenizer=%s", mc_tokenizer_digest(tok)));
    struct mc_corpus_making m = {.log = &c->log,
                                 .tok = tok,
                                 .pool = pool,
                                 .input = c->n_operands ? c->operand[0] : "-",
                                 .paragraphs = strcmp(a->document, "paragraph") == 0,
                                 .provenance = line.p,
                                 .skip_bad = a->skip_bad};
    MC_TRY_DONE(mc_corpus_make(&m, out, e));
    MC_TRY_DONE(mc_corpus_made(&m, &made, e));
    rc = mc_writer_close(out, e);
    out = NULL;
    if (rc == 0) mc_note(&c->log, "%s", made.p);
done:
    mc_writer_abort(out);
    mc_buf_release(&line);
    mc_buf_release(&made);
    mc_tokenizer_close(tok);
    mc_pool_free(pool);
    return rc;
}

static int run_labelled(const struct mc_cli *c, const struct args *a, struct mc_error *e) {
    struct mc_tokenizing z = {.log = &c->log,
                              .max_len = a->max_len,
                              .max_target = a->max_target,
                              .answers = a->answers,
                              .regression = a->regression,
                              .skip_bad = a->skip_bad};
    struct mc_pool *pool = NULL;
    struct mc_writer *out = NULL;
    struct mc_tokens t = {0};
    struct mc_buf taken = {0};
    int rc;
    MC_TRY_DONE(check_usage(a, &z.set, e));
    MC_TRY_DONE(parse_templates(a, &z, e));
    MC_TRY_DONE(open_output(c, &pool, &out, e));
    MC_TRY_DONE(open_inputs(c, a, &z, e));
    MC_TRY_DONE(mc_tokenizing_run(&z, e));
    MC_TRY_DONE(mc_tokens_builder_finish(&z.set, &t, e));
    if (!a->labels && (rc = mc_tokens_check_names(&t, e)) < 0) {
        mc_fail_in(e, "%s", mc_labelled_name(z.rows));
        goto done;
    }
    MC_TRY_DONE(describe(c, a, &z, &t, e));
    MC_TRY_DONE(mc_tokens_write(&t, out, e));
    MC_TRY_DONE(mc_tokenizing_taken(&z, &t, &taken, e));
    rc = mc_writer_close(out, e);
    out = NULL;
    if (rc == 0) mc_note(&c->log, "%s", taken.p);
done:
    mc_writer_abort(out);
    mc_buf_release(&taken);
    mc_tokens_release(&t);
    mc_labelled_close(z.rows);
    mc_tokenizer_close(z.tok);
    mc_tokenizing_release(&z);
    mc_pool_free(pool);
    return rc;
}

static void add_options(struct args *a, struct mc_opt_table *to) {
    const struct mc_opt table[] = {
        {"-t", MC_OPT_STR, &a->dir, .arg = "DIR",
         .help = "directory of the tokenizer (a Hugging Face model's)", .flags = MC_OPT_NEEDED},
        {"--max-len", MC_OPT_INT, &a->max_len, 1, 1 << 30, .arg = "N",
         .flags = MC_OPT_RESULT | MC_OPT_GIVEN, .given = &a->max_len_given,
         .help = "cut to N tokens, special ones included; default: nothing is cut"},
        {"--format", MC_OPT_CHOICE, &a->format, .choices = "tsv|csv|jsonl", .flags = MC_OPT_RESULT,
         .help = "form of the input; default: by the ending of the file's name, else tsv"},
        {"--header", MC_OPT_FLAG, &a->header, .flags = MC_OPT_RESULT,
         .help = "the first row names the columns"},
        {"--text", MC_OPT_STR, &a->text, .arg = "COL[,COL]", .flags = MC_OPT_RESULT,
         .help = "text columns, or JSON keys; default: the one or two beside the label; text"},
        {"--label", MC_OPT_STR, &a->label, .arg = "COL", .flags = MC_OPT_RESULT,
         .help = "label column, or JSON key; default: label, else the last column"},
        {"--labels", MC_OPT_STR, &a->labels, .arg = "A,B", .flags = MC_OPT_RESULT,
         .help = "the labels that may appear; default: any", .excludes = "--no-label"},
        {"--no-label", MC_OPT_FLAG, &a->no_label, .flags = MC_OPT_RESULT,
         .help = "text to predict: no column is a label", .excludes = "--label"},
        {"--source", MC_OPT_STR, &a->source, .arg = "T", .flags = MC_OPT_RESULT,
         .help = "text to text: the input, with {1} and {2} for the texts; default: as without"},
        {"--target", MC_OPT_STR, &a->target, .arg = "T", .flags = MC_OPT_RESULT,
         .help = "text to text: the output, with {label}; default: that alone"},
        {"--max-target", MC_OPT_INT, &a->max_target, 1, 1 << 30, .arg = "N",
         .flags = MC_OPT_RESULT | MC_OPT_GIVEN, .given = &a->max_target_given,
         .help = "refuse targets of more than N tokens; default: any",
         .only_with = "--target,--source,--free"},
        {"--free", MC_OPT_FLAG, &a->answers, .flags = MC_OPT_RESULT,
         .help = "text to text: no fixed labels, but gold answers from the label column on",
         .excludes = "--no-label,--labels"},
        {"--regression", MC_OPT_FLAG, &a->regression, .flags = MC_OPT_RESULT,
         .help = "labels are numbers", .excludes = "--no-label,--labels,--source,--target,--free"},
        {"--task", MC_OPT_STR, &a->task, .arg = "NAME", .flags = MC_OPT_RESULT,
         .help = "name of the task in tables"},
        {"--skip-bad", MC_OPT_FLAG, &a->skip_bad, .flags = MC_OPT_RESULT,
         .help = "skip bad rows, and say how many"},
        {"--without", MC_OPT_LIST, &a->without, .arg = "FILE",
         .help = "leave out rows whose texts, by letters and digits, are in this labelled file"},
        {"--corpus", MC_OPT_FLAG, &a->corpus, .flags = MC_OPT_RESULT,
         .help = "plain text, for pre-training: no labels, no special tokens, no cut",
         .excludes = "--max-len,--format,--header,--text,--label,--labels,--no-label,--source,"
                     "--target,--max-target,--free,--regression,--task,--without"},
        {"--document", MC_OPT_CHOICE, &a->document, .choices = "line|paragraph",
         .flags = MC_OPT_RESULT, .only_with = "--corpus",
         .help = "what is a text of a corpus; paragraphs are parted by blank lines; default: line"},
    };
    mc_opt_table_add(to, table, MC_COUNT(table));
}

int main(int argc, char **argv) {
    struct args a = {0};
    struct mc_opt_table all = {0};
    add_options(&a, &all);
    struct mc_cli c = {
        .prog = "mc-tokenize",
        .purpose = "turns labelled text into a token set, or plain text into a corpus",
        .operands = "[FILE]",
        .examples = "  mc-tokenize -t minilm/ < train.tsv > train.tok.gz\n"
                    "  mc-tokenize -t minilm/ --task sst2 --max-len 128 -o dev.tok.gz dev.tsv\n"
                    "  mc-tokenize -t minilm/ --format csv --text premise,hypothesis --label gold "
                    "nli.csv > nli.tok.gz\n"
                    "  mc-tokenize -t t5/ --source 'premise: {1} hypothesis: {2}' --target "
                    "'<extra_id_0>{label}' < nli.tsv > nli.tok.gz\n"
                    "  zcat text.gz | mc-tokenize -t minilm/ --corpus -o text.tok.gz\n",
        .see_also = "mc-finetune, mc-eval, mc-info",
        .opts = all.v,
        .n_opts = all.n,
        .use = MC_CLI_STREAM,
        .max_operands = 1,
    };
    int status = mc_cli_parse(&c, argc, argv);
    if (status >= 0) return status;
    if (a.corpus && !a.document) a.document = "line";
    if (!a.format && !a.corpus)
        a.format = mc_labelled_format_word(c.n_operands ? c.operand[0] : "-");
    if (!a.target && (a.source || a.answers) && !a.regression) a.target = "{label}";
    struct mc_error e = {0};
    return mc_cli_finish(&c, a.corpus ? run_corpus(&c, &a, &e) : run_labelled(&c, &a, &e), &e);
}
