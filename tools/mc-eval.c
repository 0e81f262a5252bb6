// mc-eval: metrics of every model of a stream on every task.
#include <stdlib.h>
#include <string.h>

#include "mc/corruption_options.h"
#include "mc/model_stream.h"
#include "mc/num.h"
#include "mc/report.h"
#include "mc/split.h"

struct opts {
    const char *per_example, *outputs, *decode;
    int64_t examples, after, max_new;
    bool calibrate;
    struct mc_corruption_options corruption;
};

struct job {
    const struct mc_cli *c;
    const struct opts *o;
    struct mc_pool *pool;
    struct mc_task *task;
    struct mc_first_point *first; // of the path, for every task
    int n_tasks;
    struct mc_reports reports;
    struct mc_scores scores;
};

// Reads the token sets; names that meet are judged before any file where the command line gives
// them.
static int open_tasks(struct job *j, struct mc_error *e) {
    const struct opts *o = j->o;
    const struct mc_corruption how = mc_corruption_of(&o->corruption);
    for (int i = 0; i < j->c->n_operands; i++) {
        char *name;
        const char *path;
        int rc = 0;
        MC_TRY(mc_split_named(j->c->operand[i], "task", &name, &path, e));
        size_t n = name ? strlen(name) : 0;
        for (int k = 0; name && rc == 0 && k < i; k++)
            if (strncmp(j->c->operand[k], name, n) == 0 && j->c->operand[k][n] == '=')
                rc = mc_fail(e, MC_ERR_USAGE, "task %s is given twice", name);
        if (rc == 0) rc = mc_out_not_input(o->per_example, path, e);
        if (rc == 0) rc = mc_out_not_input(o->outputs, path, e);
        if (rc == 0)
            rc = mc_task_open(&j->task[i], name, path, &how, o->after, o->examples, j->pool, e);
        free(name);
        MC_TRY(rc);
        j->n_tasks++;
        name = j->task[i].name;
        for (int k = 0; k < i; k++)
            if (strcmp(j->task[k].name, name) == 0)
                return mc_fail(e, MC_ERR_USAGE,
                               "task %s is given twice; name one of them: TASK=FILE", name);
    }
    return 0;
}

// Before a model is evaluated in vain.
static int check_outputs(const struct job *j, const struct mc_evaluator *v, const struct mc_task *t,
                         const struct mc_model *m, struct mc_error *e) {
    bool greedy = v->decode == MC_DECODE_GREEDY || (v->decode == MC_DECODE_AUTO && !t->label);
    bool writes = m->config.arch->text_to_text && !t->corrupted && greedy;
    if (!j->o->outputs || writes) return 0;
    return mc_fail(e, MC_ERR_INPUT, "%s: nothing is written here: --outputs is for --decode greedy",
                   t->name);
}

struct scored { // one model on one task
    struct job *j;
    const struct mc_point *p;
    int task, start_id;
};

static int report_scores(void *ctx, const struct mc_task *t, struct mc_scores *s,
                         struct mc_error *e) {
    const struct scored *x = ctx;
    struct job *j = x->j;
    MC_TRY(mc_first_point_compare(&j->first[x->task], x->p, s, e));
    if (j->o->calibrate && mc_calibrate(s, t, e) < 0) return mc_fail_in(e, "%s", t->name);
    return mc_reports_examples(&j->reports, x->p, t, x->start_id, s, e);
}

static int eval_model(struct job *j, struct mc_evaluator *v, struct mc_model *m, int64_t index,
                      struct mc_error *e) {
    struct mc_point p;
    MC_TRY(mc_point_of(m, index, &p, e));
    for (int i = 0; index == 0 && i < j->n_tasks; i++) // all, before there is a row
        MC_TRY(mc_evaluate_takes(m, &j->task[i], e));
    for (int i = 0; i < j->n_tasks; i++) {
        struct mc_task *t = &j->task[i];
        struct scored x = {j, &p, i, m->config.start_id};
        struct mc_metrics metrics;
        MC_TRY(check_outputs(j, v, t, m, e));
        MC_TRY(mc_evaluate_all(v, NULL, m, t, &j->scores, report_scores, &x, &metrics, e));
        MC_TRY(mc_report_row(&j->reports.table, &p, t, &metrics, e));
    }
    return mc_out_show(&j->reports.table, e);
}

// Says what the models of a path will take, where somebody looks on or it is long.
static void tell_cost(const struct job *j, struct mc_progress *bar, int64_t models, double one_s) {
    enum { LONG_S = 30 };
    bar->total = models;
    if (models > 1 && (bar->redraws || (double)models * one_s > LONG_S))
        mc_note(&j->c->log, "%lld models, about %.0f s", (long long)models, (double)models * one_s);
}

static int eval_all(struct job *j, struct mc_error *e) {
    struct mc_models source;
    struct mc_evaluator v;
    struct mc_progress bar;
    struct mc_model *m;
    mc_models_init(&source, NULL, 0, NULL);
    source.base_path = j->c->base;
    mc_evaluator_init(&v, j->pool, j->c->precision);
    v.max_new = (int)j->o->max_new;
    struct mc_kept kept;
    MC_TRY(mc_kept_init(&kept, j->task, j->n_tasks, MC_KEPT_ROOM, e));
    v.kept = &kept;
    if (j->o->decode)
        v.decode = strcmp(j->o->decode, "greedy") == 0 ? MC_DECODE_GREEDY : MC_DECODE_SCORE;
    mc_progress_init(&bar, &j->c->log, "models", 0);
    struct mc_prefetch *prefetch = mc_prefetch_new(&source, e);
    int rc = prefetch ? 0 : MC_ERR_MEM;
    int64_t n = 0;
    while (rc == 0 && (rc = mc_prefetch_next(prefetch, &m, e)) == 1) {
        mc_kept_next(&kept, n == 0 && mc_point_count(m) <= 1);
        rc = eval_model(j, &v, m, n, e);
        if (rc < 0) mc_fail_in(e, "model %lld", (long long)n);
        if (n++ == 0) tell_cost(j, &bar, mc_point_count(m), mc_now_s() - bar.start_s);
        mc_progress_at(&bar, n, NULL);
    }
    mc_progress_end(&bar);
    mc_detail(&j->c->log, "kept activations: %.0f %% of the work of %lld model%s not done again",
              100 * mc_kept_share(&kept), (long long)n, mc_s(n));
    if (rc == 0 && n == 0)
        rc = mc_fail(e, MC_ERR_INPUT, "standard input: no model in the stream%s",
                     mc_models_advice(&source));
    mc_prefetch_free(prefetch);
    mc_models_release(&source);
    mc_evaluator_release(&v);
    mc_kept_release(&kept);
    return rc;
}

static int run(struct job *j, struct mc_error *e) {
    const char *const files[] = {j->o->per_example, j->o->outputs};
    if (j->o->examples && j->o->after >= j->o->examples)
        return mc_fail(e, MC_ERR_USAGE, "--after %lld leaves none of --examples %lld",
                       (long long)j->o->after, (long long)j->o->examples);
    MC_TRY(mc_cli_outputs(j->c, files, 2, e));
    if (!(j->pool = mc_pool_new((int)j->c->threads, e))) return MC_ERR_MEM;
    if (!(j->task = mc_new((size_t)j->c->n_operands, sizeof *j->task, e))) return MC_ERR_MEM;
    if (!(j->first = mc_new((size_t)j->c->n_operands, sizeof *j->first, e))) return MC_ERR_MEM;
    MC_TRY(open_tasks(j, e));
    MC_TRY(mc_reports_open(&j->reports, j->c->output, j->o->per_example, j->o->outputs, e));
    MC_TRY(eval_all(j, e));
    return mc_reports_close(&j->reports, e);
}

static void release(struct job *j) {
    mc_reports_abort(&j->reports);
    for (int i = 0; i < j->n_tasks; i++) {
        mc_task_release(&j->task[i]);
        mc_first_point_release(&j->first[i]);
    }
    free(j->task);
    free(j->first);
    mc_scores_release(&j->scores);
    mc_pool_free(j->pool);
}

static void add_options(struct opts *o, struct mc_opt_table *to) {
    const struct mc_opt own[] = {
        {"--per-example", MC_OPT_STR, &o->per_example, .arg = "FILE",
         .help = "write the values of every example to a table"},
        {"--examples", MC_OPT_INT, &o->examples, 1, INT32_MAX, .arg = "N",
         .help = "the first N of a fixed shuffle; default: all"},
        {"--after", MC_OPT_INT, &o->after, 0, INT32_MAX, .arg = "M",
         .help = "but for the first M of them, which another run has evaluated"},
        {"--calibrate", MC_OPT_FLAG, &o->calibrate,
         .help = "tell the temperature at which a head's loss is least, and that loss"},
        {"--decode", MC_OPT_CHOICE, &o->decode, .choices = "score|greedy",
         .help = "text to text: score the labels' targets, the default with labels, or write text"},
        {"--max-new", MC_OPT_INT, &o->max_new, 1, 1 << 16, .arg = "N",
         .help = "tokens written at most"},
        {"--outputs", MC_OPT_STR, &o->outputs, .arg = "FILE", .help = "write the text to a table",
         .only_for = "--decode greedy"},
    };
    mc_opt_table_add(to, own, MC_COUNT(own));
    mc_corruption_options_add(&o->corruption, 0, to);
}

int main(int argc, char **argv) {
    struct opts o = {.max_new = 64};
    struct mc_opt_table all = {0};
    add_options(&o, &all);
    struct mc_cli c = {
        .prog = "mc-eval",
        .purpose = "evaluates the models of a stream on token sets and corpora",
        .operands = "DATA|TASK=DATA...",
        .examples =
            "  mc-eval dev.tok.gz < model.st.gz\n"
            "  mc-interp a.st.gz b.st.gz | mc-eval --per-example each.tsv dev.tok.gz > path.tsv\n",
        .see_also = "mc-interp, mc-barrier, mc-tokenize",
        .opts = all.v,
        .n_opts = all.n,
        .use = MC_CLI_MODELS | MC_CLI_COMPUTE,
        .min_operands = 1,
        .max_operands = -1,
    };
    int status = mc_cli_parse(&c, argc, argv);
    if (status >= 0) return status;
    struct mc_error e = {0};
    struct job j = {.c = &c, .o = &o};
    int rc = run(&j, &e);
    release(&j);
    return mc_cli_finish(&c, rc, &e);
}
