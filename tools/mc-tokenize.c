// mc-tokenize: labelled text to a token set, with the ids that transformers gives: for a
// classifier, for regression, or text to text.
#include <stdlib.h>
#include <string.h>

#include "mc/cli.h"
#include "mc/num.h"
#include "mc/rows.h"
#include "mc/template.h"
#include "mc/tokenizer.h"
#include "mc/tokens.h"
#include "mc/utf8.h"

struct args {
    const char *dir, *format, *text, *label, *labels, *task, *source, *target;
    int64_t max_len, max_target;
    bool header, no_label, skip_bad, max_len_given, max_target_given, answers, regression;
};

struct work {
    const struct mc_cli *cli;
    const struct args *a;
    struct mc_tokenizer *tok;
    struct mc_rows *rows;
    struct mc_template source, target; // target.n > 0: text to text; source.n = 0: none
    struct mc_collector set;
    struct mc_encoding x, y; // of the source, of the target
    int64_t bad, n_cut;
    char first_bad[sizeof((struct mc_error *)0)->text];
};

static int encode_source(struct work *w, const struct mc_row *row, struct mc_error *e) {
    bool pair = row->n_texts == 2;
    int64_t limit = mc_tokenizer_max_len(w->tok);
    if (row->n_texts < w->source.n_texts)
        return mc_fail(e, MC_ERR_INPUT, "--source has {2}, but there is one text");
    if (w->source.n)
        MC_TRY(mc_template_encode(&w->source, w->tok, row->text, row->text_len, w->a->max_len,
                                  &w->x, e));
    else
        MC_TRY(mc_tokenizer_encode(w->tok, row->text[0], row->text_len[0],
                                   pair ? row->text[1] : NULL, pair ? row->text_len[1] : 0,
                                   w->a->max_len, &w->x, e));
    if (limit && w->x.n > limit)
        return mc_fail(e, MC_ERR_INPUT,
                       "%lld tokens, the model has positions for %lld (cut with --max-len %lld)",
                       (long long)w->x.n, (long long)limit, (long long)limit);
    return 0;
}

// What can be wrong with a row is found before the set grows.
static int one_row(struct work *w, const struct mc_row *row, struct mc_error *e) {
    const struct args *a = w->a;
    bool target = w->target.n && row->label;
    double value = 0;
    MC_TRY(encode_source(w, row, e));
    w->n_cut += w->x.n < w->x.n_full;
    if (target) MC_TRY(mc_template_answer(&w->target, w->tok, row->label, a->max_target, &w->y, e));
    if (a->regression && !mc_parse_f64(row->label, &value))
        return mc_fail(e, MC_ERR_INPUT, "label '%s' is no number", row->label);
    MC_TRY(mc_collector_add(&w->set, w->x.ids, w->x.types, w->x.n, row->line,
                            a->regression || a->answers ? NULL : row->label, e));
    if (target) MC_TRY(mc_collector_target(&w->set, w->y.ids, w->y.n, e));
    if (a->answers) MC_TRY(mc_collector_answers(&w->set, row->answers, row->answers_len, e));
    return a->regression ? mc_collector_value(&w->set, value, e) : 0;
}

// 1 when a row was taken or skipped, 0 at the end.
static int step(struct work *w, struct mc_error *e) {
    struct mc_row row;
    int rc = mc_rows_next(w->rows, &row, e);
    if (rc == 0) return 0;
    bool row_only = rc < 0 && mc_rows_recoverable(w->rows);
    if (rc > 0) {
        rc = one_row(w, &row, e);
        row_only = rc == MC_ERR_INPUT;
        if (row_only) mc_fail_in(e, "%s: line %lld", mc_rows_name(w->rows), (long long)row.line);
    }
    if (rc >= 0) return 1;
    if (!row_only || !w->a->skip_bad) return rc;
    if (w->bad++ == 0) memcpy(w->first_bad, e->text, sizeof w->first_bad);
    return 1;
}

static int read_rows(struct work *w, struct mc_error *e) {
    struct mc_progress p;
    mc_progress_init(&p, &w->cli->log, "rows", 0);
    int rc;
    while ((rc = step(w, e)) > 0) mc_progress_at(&p, w->set.t.n, NULL);
    mc_progress_end(&p);
    if (rc < 0) return rc;
    if (w->set.t.n == 0) return mc_fail(e, MC_ERR_INPUT, "%s (no row is good)", w->first_bad);
    if (w->bad)
        mc_note(&w->cli->log, "%lld bad row%s skipped, the first: %s", (long long)w->bad,
                w->bad == 1 ? "" : "s", w->first_bad);
    return 0;
}

static int describe(struct work *w, struct mc_tokens *t, struct mc_error *e) {
    struct mc_buf line = {0};
    char input[MC_DIGEST_TEXT];
    mc_rows_digest(w->rows, input);
    int rc = mc_cli_provenance(w->cli, &line, e);
    if (rc == 0)
        rc = mc_buf_printf(&line, e, " tokenizer=%s input=%s", mc_tokenizer_digest(w->tok), input);
    t->provenance = line.p; // the set's now
    MC_TRY(rc);
    if (!(t->tokenizer = mc_strdup(mc_tokenizer_digest(w->tok), e))) return MC_ERR_MEM;
    if (w->a->task && !(t->task = mc_strdup(w->a->task, e))) return MC_ERR_MEM;
    return w->target.n ? mc_template_finish(&w->target, w->tok, w->a->max_target, t, e) : 0;
}

// What was taken for what: a wrong column is seen here or nowhere.
static int say_taken(const struct work *w, const struct mc_tokens *t, struct mc_error *e) {
    struct mc_buf columns = {0}, line = {0};
    int rc = mc_rows_describe(w->rows, &columns, e);
    if (rc == 0) rc = mc_tokens_summary(t, columns.p, &line, e);
    if (rc == 0 && w->n_cut)
        rc = mc_buf_printf(&line, e, ", %lld cut to %lld", (long long)w->n_cut,
                           (long long)w->a->max_len);
    if (rc == 0) mc_note(&w->cli->log, "%s", line.p);
    mc_buf_release(&columns);
    mc_buf_release(&line);
    return rc;
}

static int check_usage(const struct args *a, struct mc_collector *set, struct mc_error *e) {
    if (!a->dir) return mc_fail(e, MC_ERR_USAGE, "-t DIR is missing");
    const struct {
        bool one, other;
        const char *names;
    } clash[] = {
        {a->no_label, a->label, "--no-label contradicts --label"},
        {a->no_label, a->labels, "--no-label contradicts --labels"},
        {a->answers, a->no_label || a->labels, "--free contradicts --no-label and --labels"},
        {a->regression, a->no_label || a->labels,
         "--regression contradicts --no-label and --labels"},
        {a->regression, a->source || a->target || a->answers, "--regression is not text to text"},
        {a->max_target, !a->target, "--max-target without --target"},
    };
    for (int i = 0; i < MC_COUNT(clash); i++)
        if (clash[i].one && clash[i].other) return mc_fail(e, MC_ERR_USAGE, "%s", clash[i].names);
    if (a->task && !mc_utf8_name(a->task, strlen(a->task)))
        return mc_fail(e, MC_ERR_USAGE, "--task: no name");
    return a->labels ? mc_collector_labels(set, a->labels, e) : 0;
}

static int parse_templates(struct work *w, struct mc_error *e) {
    if (w->a->source && mc_template_source(&w->source, w->a->source, e) < 0)
        return mc_fail_in(e, "--source");
    if (w->a->target && mc_template_target(&w->target, w->a->target, e) < 0)
        return mc_fail_in(e, "--target");
    return 0;
}

static int open_tokenizer(struct work *w, struct mc_error *e) {
    MC_TRY(mc_tokenizer_open(&w->tok, w->a->dir, e));
    if (!w->target.n || mc_tokenizer_decoder(w->tok)) return 0;
    return mc_fail(e, MC_ERR_INPUT,
                   "%s: text to text needs a tokenizer that can join pieces, not %s", w->a->dir,
                   mc_tokenizer_kind(w->tok));
}

static int run(const struct mc_cli *c, const struct args *a, struct mc_error *e) {
    struct work w = {.cli = c, .a = a};
    struct mc_pool *pool = NULL;
    struct mc_writer *out = NULL;
    struct mc_tokens t = {0};
    struct mc_rows_options o = {.header = a->header,
                                .no_label = a->no_label,
                                .text = a->text,
                                .label = a->label,
                                .number = a->regression,
                                .answers = a->answers};
    o.format = strcmp(a->format, "csv") == 0     ? MC_ROWS_CSV
               : strcmp(a->format, "jsonl") == 0 ? MC_ROWS_JSONL
                                                 : MC_ROWS_TSV;
    int rc;
    MC_TRY_DONE(check_usage(a, &w.set, e));
    MC_TRY_DONE(parse_templates(&w, e));
    o.n_texts = w.source.n ? w.source.n_texts : 1;
    if (!(pool = mc_pool_new((int)c->threads, e))) {
        rc = e->code;
        goto done;
    }
    MC_TRY_DONE(mc_writer_open(&out, c->output, (int)c->level, pool, e));
    MC_TRY_DONE(open_tokenizer(&w, e));
    MC_TRY_DONE(mc_rows_open(&w.rows, c->n_operands ? c->operand[0] : "-", &o, e));
    MC_TRY_DONE(read_rows(&w, e));
    MC_TRY_DONE(mc_collector_finish(&w.set, &t, e));
    if (!a->labels && (rc = mc_tokens_check_names(&t, e)) < 0) {
        mc_fail_in(e, "%s", mc_rows_name(w.rows));
        goto done;
    }
    MC_TRY_DONE(describe(&w, &t, e));
    MC_TRY_DONE(mc_tokens_write(&t, out, e));
    rc = mc_writer_close(out, e);
    out = NULL;
    if (rc == 0) rc = say_taken(&w, &t, e);
done:
    mc_writer_abort(out);
    mc_tokens_release(&t);
    mc_collector_release(&w.set);
    mc_encoding_release(&w.x);
    mc_encoding_release(&w.y);
    mc_template_release(&w.source);
    mc_template_release(&w.target);
    mc_rows_close(w.rows);
    mc_tokenizer_close(w.tok);
    mc_pool_free(pool);
    return rc;
}

int main(int argc, char **argv) {
    struct args a = {0};
    const struct mc_opt opts[] = {
        {"-t", MC_OPT_STR, &a.dir, .arg = "DIR",
         .help = "directory of the tokenizer (a Hugging Face model's)"},
        {"--max-len", MC_OPT_INT, &a.max_len, 1, 1 << 30, .arg = "N",
         .flags = MC_OPT_RESULT | MC_OPT_GIVEN, .given = &a.max_len_given,
         .help = "cut to N tokens, special ones included; default: nothing is cut"},
        {"--format", MC_OPT_CHOICE, &a.format, .choices = "tsv|csv|jsonl", .flags = MC_OPT_RESULT,
         .help = "form of the input; default: by the ending of the file's name, else tsv"},
        {"--header", MC_OPT_FLAG, &a.header, .flags = MC_OPT_RESULT,
         .help = "the first row names the columns"},
        {"--text", MC_OPT_STR, &a.text, .arg = "COL[,COL]", .flags = MC_OPT_RESULT,
         .help = "text columns, or JSON keys; default: the one or two beside the label; text"},
        {"--label", MC_OPT_STR, &a.label, .arg = "COL", .flags = MC_OPT_RESULT,
         .help = "label column, or JSON key; default: label, else the last column"},
        {"--labels", MC_OPT_STR, &a.labels, .arg = "A,B", .flags = MC_OPT_RESULT,
         .help = "the labels that may appear; default: any"},
        {"--no-label", MC_OPT_FLAG, &a.no_label, .flags = MC_OPT_RESULT,
         .help = "text to predict: no column is a label"},
        {"--source", MC_OPT_STR, &a.source, .arg = "T", .flags = MC_OPT_RESULT,
         .help = "text to text: the input, with {1} and {2} for the texts; default: as without"},
        {"--target", MC_OPT_STR, &a.target, .arg = "T", .flags = MC_OPT_RESULT,
         .help = "text to text: the output, with {label}; default: that alone"},
        {"--max-target", MC_OPT_INT, &a.max_target, 1, 1 << 30, .arg = "N",
         .flags = MC_OPT_RESULT | MC_OPT_GIVEN, .given = &a.max_target_given,
         .help = "refuse targets of more than N tokens; default: any"},
        {"--free", MC_OPT_FLAG, &a.answers, .flags = MC_OPT_RESULT,
         .help = "text to text: no fixed labels, but gold answers from the label column on"},
        {"--regression", MC_OPT_FLAG, &a.regression, .flags = MC_OPT_RESULT,
         .help = "labels are numbers"},
        {"--task", MC_OPT_STR, &a.task, .arg = "NAME", .flags = MC_OPT_RESULT,
         .help = "name of the task in tables"},
        {"--skip-bad", MC_OPT_FLAG, &a.skip_bad, .flags = MC_OPT_RESULT,
         .help = "skip bad rows, and say how many"},
    };
    struct mc_cli c = {
        .prog = "mc-tokenize",
        .purpose = "turns labelled text into a token set",
        .operands = "[FILE]",
        .examples = "  mc-tokenize -t minilm/ < train.tsv > train.tok.gz\n"
                    "  mc-tokenize -t minilm/ --task sst2 --max-len 128 -o dev.tok.gz dev.tsv\n"
                    "  mc-tokenize -t minilm/ --format csv --text premise,hypothesis --label gold "
                    "nli.csv > nli.tok.gz\n"
                    "  mc-tokenize -t t5/ --source 'premise: {1} hypothesis: {2}' --target "
                    "'<extra_id_0>{label}' < nli.tsv > nli.tok.gz\n",
        .see_also = "mc-finetune, mc-eval, mc-info",
        .opts = opts,
        .n_opts = MC_COUNT(opts),
        .use = MC_CLI_STREAM,
        .max_operands = 1,
    };
    int status = mc_cli_parse(&c, argc, argv);
    if (status >= 0) return status;
    static const char *const formats[] = {[MC_ROWS_TSV] = "tsv", "csv", "jsonl"};
    if (!a.format)
        a.format = formats[mc_rows_format_of(c.n_operands ? c.operand[0] : "-", MC_ROWS_TSV)];
    if (!a.target && (a.source || a.answers) && !a.regression) a.target = "{label}";
    struct mc_error e = {0};
    return mc_cli_finish(&c, run(&c, &a, &e), &e);
}
