// mc-barrier: is there a barrier on the path? Every definition of its height, a band and a verdict.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mc/barrier.h"
#include "mc/buf.h"
#include "mc/cli.h"
#include "mc/eval.h"
#include "mc/out.h"

struct args {
    struct mc_list each;
    const char *metric;
    double epsilon, confidence;
    int64_t resamples, seed;
};

static int check_usage(const struct mc_cli *c, const struct args *a, struct mc_error *e) {
    int files = c->n_operands ? c->n_operands : 1;
    if (a->each.n > files)
        return mc_fail(e, MC_ERR_USAGE, "--per-example is given %d times for %d table%s", a->each.n,
                       files, files == 1 ? "" : "s");
    int dashes = c->n_operands == 0;
    for (int i = 0; i < c->n_operands; i++) dashes += strcmp(c->operand[i], "-") == 0;
    for (int i = 0; i < a->each.n; i++) dashes += strcmp(a->each.v[i], "-") == 0;
    if (dashes > 1)
        return mc_fail(e, MC_ERR_USAGE, "standard input is both table and --per-example");
    struct mc_band band = {.confidence = a->confidence, .resamples = a->resamples};
    MC_TRY(mc_band_check(&band, e));
    for (int i = 0; i < c->n_operands; i++) MC_TRY(mc_cli_readable(c->operand[i], e));
    for (int i = 0; i < a->each.n; i++) MC_TRY(mc_cli_readable(a->each.v[i], e));
    return 0;
}

// For stderr, once the table is written: what is told of one row, ended by a 0.
static int tell(struct mc_buf *said, const struct mc_path_table *s, const struct mc_barrier *b,
                const char *notes, double epsilon, const char *path, struct mc_error *e) {
    const char *end = strstr(notes, "chance_0")   ? strstr(notes, "chance_1") ? "s 0 and 1" : " 0"
                      : strstr(notes, "chance_1") ? " 1"
                                                  : "";
    if (!*notes) return 0;
    MC_TRY(mc_buf_printf(said, e, "%s: task %s:", path, s->task));
    if (*end)
        MC_TRY(mc_buf_printf(said, e,
                             " end%s no better than chance (the most frequent label, or in "
                             "loss the labels' entropy): the path says nothing of the task",
                             end));
    if (strstr(notes, "uneven"))
        MC_TRY(mc_buf_printf(said, e,
                             "%s the ends are uneven: %.4g and %.4g differ by more than %.4g",
                             *end ? ";" : "", b->loss_0, b->loss_1, epsilon));
    return mc_buf_add(said, "", 1, e);
}

static int write_row(struct mc_buf *out, struct mc_buf *said, const struct mc_path_table *s,
                     const struct args *a, struct mc_pool *pool, const char *path,
                     struct mc_error *e) {
    struct mc_barrier_row row = {.task = s->task,
                                 .metric = a->metric,
                                 .points = s->n_t,
                                 .verdict = "",
                                 .path = path,
                                 .epsilon = a->epsilon,
                                 .confidence = a->confidence};
    struct mc_band band = {a->confidence, a->resamples, (uint64_t)a->seed, pool, NAN, NAN};
    char text[MC_NOTES_TEXT];
    MC_TRY(mc_barrier_compute(&row.b, s->t, s->loss, s->n_t, e));
    if (s->each) {
        bool counted = mc_metric_find(a->metric)->counted;
        MC_TRY(mc_band_compute(&band, s->each, s->n, s->t, s->n_t, counted, e));
        row.verdict = mc_verdict(&band, a->epsilon, s->n, s->n_t);
    }
    row.low = band.low;
    row.high = band.high;
    row.notes = mc_barrier_notes(&row.b, s->chance, a->epsilon, text);
    MC_TRY(mc_barrier_row(&row, out, e));
    return tell(said, s, &row.b, row.notes, a->epsilon, path, e);
}

static int one_path(struct mc_buf *out, struct mc_buf *said, const struct mc_cli *c,
                    const struct args *a, int k, struct mc_pool *pool, struct mc_error *e) {
    const char *path = c->n_operands ? c->operand[k] : "-";
    struct mc_path_tables s;
    MC_TRY(mc_path_tables_read(&s, path, k < a->each.n ? a->each.v[k] : NULL,
                               mc_metric_find(a->metric), e));
    int rc = 0;
    for (int i = 0; i < s.n && rc == 0; i++) rc = write_row(out, said, &s.v[i], a, pool, path, e);
    mc_path_tables_release(&s);
    return rc;
}

// All rows are worked out before the first is written: a failure leaves no part of an answer.
static int run(const struct mc_cli *c, const struct args *a, struct mc_error *e) {
    MC_TRY(check_usage(c, a, e));
    struct mc_out out = {0};
    struct mc_buf text = {0}, said = {0};
    struct mc_pool *pool = mc_pool_new((int)c->threads, e);
    if (!pool) return e->code;
    int rc, files = c->n_operands ? c->n_operands : 1;
    MC_TRY_DONE(mc_barrier_head(&text, e));
    for (int k = 0; k < files; k++) MC_TRY_DONE(one_path(&text, &said, c, a, k, pool, e));
    MC_TRY_DONE(mc_out_open(&out, c->output, e));
    MC_TRY_DONE(mc_out_write(&out, text.p, text.n, e));
    rc = mc_out_close(&out, e);
    for (size_t i = 0; rc == 0 && i < said.n; i += strlen(said.p + i) + 1)
        mc_note(&c->log, "%s", said.p + i);
done:
    mc_out_abort(&out);
    mc_buf_release(&text);
    mc_buf_release(&said);
    mc_pool_free(pool);
    return rc;
}

int main(int argc, char **argv) {
    char choices[MC_METRIC_CHOICES];
    struct args a = {
        .metric = mc_metric_loss.name, .epsilon = .02, .confidence = .95, .resamples = 2000};
    const struct mc_opt opts[] = {
        {"--per-example", MC_OPT_LIST, &a.each, .arg = "FILE",
         .help =
             "per-example table of mc-eval, the k-th of the k-th FILE: gives interval and verdict"},
        {"--metric", MC_OPT_CHOICE, &a.metric, .choices = mc_metric_choices(choices),
         .help = "column that is L, or 1 - L where more is better"},
        {"--epsilon", MC_OPT_REAL, &a.epsilon, 0, INFINITY, .arg = "X",
         .help = "height that counts as a barrier, and difference of ends that is told"},
        {"--confidence", MC_OPT_REAL, &a.confidence, 0, 1, .arg = "P",
         .flags = MC_OPT_ABOVE | MC_OPT_BELOW, .help = "of the interval, for all t together"},
        {"--bootstrap", MC_OPT_INT, &a.resamples, 1, 10000000, .arg = "B",
         .help = "resamples of the examples"},
        {"--seed", MC_OPT_INT, &a.seed, 0, 9e18, .arg = "S", .help = "seed of the resamples"},
    };
    struct mc_cli c = {
        .prog = "mc-barrier",
        .purpose =
            "heights of the barrier on a path, by every definition, with interval and verdict",
        .operands = "[FILE...]",
        .examples =
            "  mc-interp a.st.gz b.st.gz | mc-eval --per-example each.tsv dev.tok.gz > path.tsv\n"
            "  mc-barrier --per-example each.tsv path.tsv\n"
            "  mc-barrier --metric accuracy line.tsv curve.tsv\n"
            "\nEach FILE is the table of one path, by mc-eval; none is standard input.\n",
        .see_also = "mc-interp, mc-eval, plots/path.gp",
        .opts = opts,
        .n_opts = MC_COUNT(opts),
        .max_operands = -1,
    };
    int status = mc_cli_parse(&c, argc, argv);
    struct mc_error e = {0};
    if (status < 0) status = mc_cli_finish(&c, run(&c, &a, &e), &e);
    free(a.each.v);
    return status;
}
