// One model on one token set: a plan and a run that serve models of one shape, and the scores that
// the model's objective gives.
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mc/objective.h"

enum { ARRAYS = 5 };

static double **array_of(struct mc_scores *s, int k) {
    double **const v[ARRAYS] = {&s->loss, &s->p_label, &s->exact_match, &s->token_f1, &s->score};
    return v[k];
}

void mc_scores_release(struct mc_scores *s) {
    for (int k = 0; k < ARRAYS; k++) free(*array_of(s, k));
    free(s->predicted);
    free(s->ids);
    free(s->len);
    mc_buf_release(&s->text);
    *s = (struct mc_scores){0};
}

static int scores_room(struct mc_scores *s, int64_t n, struct mc_error *e) {
    if (n > s->room) {
        mc_scores_release(s);
        for (int k = 0; k < ARRAYS; k++)
            if (!(*array_of(s, k) = mc_new((size_t)n, sizeof(double), e))) return MC_ERR_MEM;
        if (!(s->predicted = mc_new((size_t)n, sizeof *s->predicted, e))) return MC_ERR_MEM;
        s->room = n;
    }
    s->n = n;
    s->max_new = 0;
    for (int64_t i = 0; i < n; i++) {
        for (int k = 0; k < ARRAYS; k++) (*array_of(s, k))[i] = NAN;
        s->predicted[i] = -1;
    }
    return 0;
}

void mc_evaluator_init(struct mc_evaluator *v, struct mc_pool *pool, enum mc_precision precision) {
    *v = (struct mc_evaluator){.pool = pool, .precision = precision, .max_new = 64};
}

static void drop_run(struct mc_evaluator *v) {
    mc_run_free(v->run);
    mc_plan_release(&v->plan);
    mc_table_release(&v->table);
    mc_buf_release(&v->config);
    mc_method_release(&v->method);
    v->run = NULL;
}

void mc_evaluator_release(struct mc_evaluator *v) { drop_run(v); }

// The plan keeps a table of its own: the models that pass through are replaced under it.
static int make_run(struct mc_evaluator *v, const struct mc_model *m, const struct mc_view *view,
                    bool decodes, struct mc_error *e) {
    drop_run(v);
    MC_TRY(mc_config_lines(&m->config, &v->config, e));
    MC_TRY(mc_method_of(&v->method, m, e));
    enum mc_plan_use use = decodes ? MC_TO_DECODE : MC_TO_EVALUATE;
    MC_TRY(mc_method_plan(&v->method, m, view, mc_objective_of(m)->readout, use, 0, v->precision, &v->plan, e));
    MC_TRY(mc_table_copy(&v->table, &view->table, e));
    v->plan.table = &v->table;
    v->decodes = decodes;
    v->run = mc_run_new(&v->plan, v->pool, e);
    return v->run ? 0 : MC_ERR_MEM;
}

int mc_evaluator_prepare(struct mc_evaluator *v, const struct mc_model *m, bool decodes,
                         struct mc_error *e) {
    struct mc_buf config = {0};
    struct mc_view view = {0};
    int rc = mc_config_lines(&m->config, &config, e);
    if (rc == 0) rc = mc_view_open(&view, m, e);
    bool same = rc == 0 && v->run && v->decodes == decodes && mc_table_same(&v->table, &view.table) &&
                mc_method_is(&v->method, m) && strcmp(v->config.p, config.p) == 0;
    if (rc == 0 && !same) rc = make_run(v, m, &view, decodes, e);
    if (rc == 0) mc_run_bind(v->run, view.w, NULL);
    mc_view_release(&view);
    mc_buf_release(&config);
    return rc;
}

struct mc_batch mc_task_batch(const struct mc_task *t) {
    return (struct mc_batch){.n = (int)t->n,
                             .pick = t->pick,
                             .offset = t->tokens.offset,
                             .ids = t->tokens.ids,
                             .types = t->tokens.types};
}

// Tokens of all sequences of a pass: the run counts them in an int.
static bool too_many(const struct mc_task *t) {
    const struct mc_tokens *d = &t->tokens;
    int64_t n = 0, all = d->label_target_offset ? d->label_target_offset[d->n_labels] : 0;
    for (int64_t i = 0; i < t->n; i++) {
        int64_t ex = mc_task_example(t, i),
                own = d->target_offset ? d->target_offset[ex + 1] - d->target_offset[ex] : 0;
        n += d->offset[ex + 1] - d->offset[ex] + (own > all ? own : all);
    }
    return n > INT_MAX;
}

int mc_evaluate(struct mc_evaluator *v, const struct mc_model *m, struct mc_task *t,
                struct mc_scores *s, struct mc_error *e) {
    MC_TRY(mc_task_match(t, m, e));
    if (too_many(t))
        return mc_fail(e, MC_ERR_INPUT, "%s: more than %d tokens; evaluate it in parts", t->name,
                       INT_MAX);
    const struct mc_objective *o = mc_objective_of(m);
    MC_TRY(scores_room(s, t->n, e));
    MC_TRY(o->score(v, m, t, s, e));
    bool gold = t->label || t->tokens.values || t->tokens.target_ids;
    for (int64_t i = 0; i < t->n; i++)
        if (!o->finite(s, gold, i))
            return mc_fail(e, MC_ERR_NUM, "%s: line %lld: the %s is not finite", t->name,
                           (long long)t->tokens.lines[mc_task_example(t, i)],
                           gold ? "loss" : "output");
    return 0;
}
