// mc-barrier: is there a barrier on the path? Every definition of its height, a band and a verdict.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mc/barrier.h"
#include "mc/cli.h"
#include "mc/eval.h"
#include "mc/num.h"
#include "mc/out.h"
#include "mc/over.h"
#include "mc/split.h"

struct args {
    struct mc_list each, compare;
    const char *over;
    const char **file; // [files]
    char **condition;  // [files] NULL: not given
    int files;
    const char *metric;
    double epsilon, confidence, width;
    bool width_given, metric_given;
    int64_t resamples, seed;
};

// The files, and their conditions, which only --over knows.
static int name_files(const struct mc_cli *c, struct args *a, struct mc_error *e) {
    int n = c->n_operands ? c->n_operands : 1;
    a->file = mc_new((size_t)n, sizeof *a->file, e);
    a->condition = mc_new((size_t)n, sizeof *a->condition, e);
    if (!a->file || !a->condition) return MC_ERR_MEM;
    for (; a->files < n; a->files++) {
        int k = a->files;
        a->file[k] = c->n_operands ? c->operand[k] : "-";
        if (a->over)
            MC_TRY(mc_split_named(a->file[k], "condition", &a->condition[k], &a->file[k], e));
    }
    return 0;
}

static int check_usage(const struct args *a, struct mc_error *e) {
    if (a->each.n > a->files)
        return mc_fail(e, MC_ERR_USAGE, "--per-example is given %d time%s for %d table%s",
                       a->each.n, mc_s(a->each.n), a->files, mc_s(a->files));
    int dashes = 0;
    for (int i = 0; i < a->files; i++) dashes += strcmp(a->file[i], "-") == 0;
    for (int i = 0; i < a->each.n; i++) dashes += strcmp(a->each.v[i], "-") == 0;
    if (dashes > 1)
        return mc_fail(e, MC_ERR_USAGE, "standard input is both table and --per-example");
    struct mc_band band = {.confidence = a->confidence, .resamples = a->resamples};
    MC_TRY(mc_band_check(&band, e));
    for (int i = 0; i < a->files; i++) MC_TRY(mc_cli_readable(a->file[i], e));
    for (int i = 0; i < a->each.n; i++) MC_TRY(mc_cli_readable(a->each.v[i], e));
    return 0;
}

// For stderr, once the table is written: what is told of one row, ended by a 0.
static int tell(struct mc_buf *said, const struct mc_barrier_row *row, struct mc_error *e) {
    const char *notes = row->notes, *in = *row->group ? ", group " : "";
    const char *end = strstr(notes, "chance_0")   ? strstr(notes, "chance_1") ? "s 0 and 1" : " 0"
                      : strstr(notes, "chance_1") ? " 1"
                                                  : "";
    if (!*notes) return 0;
    MC_TRY(mc_buf_printf(said, e, "%s: task %s%s%s:", row->path, row->task, in, row->group));
    if (*end)
        MC_TRY(mc_buf_printf(said, e,
                             " end%s no better than chance (the most frequent label; in loss the "
                             "labels' entropy, or numbers' variance): the path says nothing of "
                             "the task",
                             end));
    if (strstr(notes, "uneven"))
        MC_TRY(mc_buf_printf(said, e,
                             "%s the ends are uneven: %.4g and %.4g differ by more than %.4g",
                             *end ? ";" : "", row->b.loss_0, row->b.loss_1, row->epsilon));
    return mc_buf_add(said, "", 1, e);
}

// All rows are worked out before the first is written: a failure leaves no part of an answer.
static int work_out(const struct args *a, struct mc_barrier_rows *r, struct mc_buf *table,
                    struct mc_buf *said, struct mc_error *e) {
    for (int k = 0; k < a->files; k++)
        MC_TRY(mc_barrier_rows_add(r, a->file[k], k < a->each.n ? a->each.v[k] : NULL, e));
    MC_TRY(mc_barrier_rows_all(r, e));
    MC_TRY(mc_barrier_head(table, e));
    for (int i = 0; i < r->n; i++) {
        MC_TRY(mc_barrier_row(&r->v[i], table, e));
        MC_TRY(tell(said, &r->v[i], e));
    }
    return 0;
}

// The table of --over.
static int work_out_over(const struct args *a, const struct mc_barrier_rows *r,
                         struct mc_buf *table, struct mc_error *e) {
    struct mc_over o = {.column = a->over,
                        .confidence = a->confidence,
                        .compare = a->compare.v,
                        .n_compare = a->compare.n,
                        .of_eval = a->metric_given  ? "--metric"
                                   : a->width_given ? "--width"
                                                    : NULL,
                        .rows = *r};
    int rc = 0;
    for (int k = 0; rc == 0 && k < a->files; k++)
        rc = mc_over_add(&o, a->condition[k], a->file[k], k < a->each.n ? a->each.v[k] : NULL, e);
    if (rc == 0) rc = mc_over_write(&o, table, e);
    mc_over_release(&o);
    return rc;
}

static int run(const struct mc_cli *c, struct args *a, struct mc_error *e) {
    MC_TRY(name_files(c, a, e));
    MC_TRY(check_usage(a, e));
    struct mc_out out = {0};
    struct mc_buf table = {0}, said = {0};
    struct mc_pool *pool = mc_pool_new((int)c->threads, e);
    if (!pool) return e->code;
    struct mc_barrier_rows r = {.metric = mc_metric_find(a->metric),
                                .epsilon = a->epsilon,
                                .confidence = a->confidence,
                                .width = a->width_given ? a->width : (double)NAN,
                                .resamples = a->resamples,
                                .seed = (uint64_t)a->seed,
                                .pool = pool};
    int rc;
    MC_TRY_DONE(a->over ? work_out_over(a, &r, &table, e) : work_out(a, &r, &table, &said, e));
    MC_TRY_DONE(mc_out_open_table(&out, c->output, a->over ? mc_over_shown : mc_barrier_shown, e));
    MC_TRY_DONE(mc_out_write(&out, table.p, table.n, e));
    rc = mc_out_close(&out, e);
    for (size_t i = 0; rc == 0 && i < said.n; i += strlen(said.p + i) + 1)
        mc_note(&c->log, "%s", said.p + i);
done:
    mc_out_abort(&out);
    mc_barrier_rows_release(&r);
    mc_buf_release(&table);
    mc_buf_release(&said);
    mc_pool_free(pool);
    return rc;
}

static void release(struct args *a) {
    for (int i = 0; i < a->files; i++) free(a->condition[i]);
    free(a->condition);
    free(a->file);
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
         .given = &a.metric_given, .help = "column that is L, or 1 - L where more is better"},
        {"--epsilon", MC_OPT_REAL, &a.epsilon, 0, INFINITY, .arg = "X",
         .help = "height that counts as a barrier, and difference of ends that is told"},
        {"--confidence", MC_OPT_REAL, &a.confidence, 0, 1, .arg = "P",
         .flags = MC_OPT_ABOVE | MC_OPT_BELOW, .help = "of the interval, for all t together"},
        {"--bootstrap", MC_OPT_INT, &a.resamples, 1, 10000000, .arg = "B",
         .help = "resamples of the examples"},
        {"--seed", MC_OPT_INT, &a.seed, 0, 9e18, .arg = "S", .help = "seed of the resamples"},
        {"--width", MC_OPT_REAL, &a.width, 0, INFINITY, .arg = "X", .given = &a.width_given,
         .help = "tell how far from each end L stays within X of that end's; default: do not"},
        {"--over", MC_OPT_STR, &a.over, .arg = "COLUMN",
         .help = "instead: means of COLUMN over pairs of ends by condition, and their differences"},
        {"--compare", MC_OPT_LIST, &a.compare, .arg = "A,B", .only_with = "--over",
         .help = "the difference of conditions A - B, and no others; may be given again"},
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
            "  mc-barrier --over l2 order=pairs.tsv init=others.tsv\n"
            "\nEach FILE is the table of one path, by mc-eval; none is standard input. Of two and "
            "more, all on\nthe same examples, a last row `all` has the means, and an interval for "
            "pairs of such ends.\nWith --over, CONDITION=FILE is all of that condition, and FILE "
            "may have a row a pair (from, to, COLUMN).\n",
        .see_also = "mc-interp, mc-eval, mc-matrix, plots/path.gp",
        .opts = opts,
        .n_opts = MC_COUNT(opts),
        .max_operands = -1,
    };
    int status = mc_cli_parse(&c, argc, argv);
    struct mc_error e = {0};
    if (status < 0) status = mc_cli_finish(&c, run(&c, &a, &e), &e);
    release(&a);
    return status;
}
