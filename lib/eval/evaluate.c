#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mc/eval.h"

void mc_scores_release(struct mc_scores *s) {
    free(s->loss);
    free(s->p_label);
    free(s->predicted);
    *s = (struct mc_scores){0};
}

static int scores_room(struct mc_scores *s, int64_t n, struct mc_error *e) {
    s->n = n;
    if (n <= s->room) return 0;
    mc_scores_release(s);
    s->loss = mc_new((size_t)n, sizeof *s->loss, e);
    s->p_label = mc_new((size_t)n, sizeof *s->p_label, e);
    s->predicted = mc_new((size_t)n, sizeof *s->predicted, e);
    if (!s->loss || !s->p_label || !s->predicted) return MC_ERR_MEM;
    s->n = s->room = n;
    return 0;
}

void mc_evaluator_init(struct mc_evaluator *v, struct mc_pool *pool, enum mc_precision precision) {
    *v = (struct mc_evaluator){.pool = pool, .precision = precision};
}

void mc_evaluator_release(struct mc_evaluator *v) {
    mc_run_free(v->run);
    mc_plan_release(&v->plan);
    mc_table_release(&v->table);
    mc_evaluator_init(v, v->pool, v->precision);
}

static bool same_table(const struct mc_table *a, const struct mc_table *b) {
    return a->n == b->n && (a->n == 0 || memcmp(a->p, b->p, (size_t)a->n * sizeof *a->p) == 0);
}

// The plan keeps a table of its own: the models that pass through are replaced under it.
static int suit(struct mc_evaluator *v, const struct mc_model *m, struct mc_error *e) {
    if (v->run && same_table(&v->table, &m->table)) return 0;
    mc_evaluator_release(v);
    MC_TRY(mc_table_copy(&v->table, &m->table, e));
    MC_TRY(mc_model_plan(m, MC_TO_EVALUATE, 0, NULL, v->precision, &v->plan, e));
    v->plan.table = &v->table;
    v->run = mc_run_new(&v->plan, v->pool, e);
    return v->run ? 0 : MC_ERR_MEM;
}

int mc_evaluate(struct mc_evaluator *v, const struct mc_model *m, struct mc_task *t,
                struct mc_scores *s, struct mc_error *e) {
    MC_TRY(mc_tokens_suit(&t->tokens, t->name, m, e));
    if (t->label) MC_TRY(mc_labels_apply(&t->tokens, t->name, m, t->label, e));
    if (t->tokens.offset[t->tokens.n] > INT_MAX)
        return mc_fail(e, MC_ERR_INPUT, "%s: more than %d tokens; evaluate it in parts", t->name,
                       INT_MAX);
    MC_TRY(suit(v, m, e));
    MC_TRY(scores_room(s, t->n, e));
    mc_run_bind(v->run, m->w, NULL);
    const struct mc_batch b = {.n = (int)t->n,
                               .pick = t->pick,
                               .offset = t->tokens.offset,
                               .ids = t->tokens.ids,
                               .types = t->tokens.types,
                               .label = t->label};
    const struct mc_result r = {.loss = s->loss, .p_label = s->p_label, .predicted = s->predicted};
    MC_TRY(mc_run_batch(v->run, &b, NULL, &r, e));
    for (int64_t i = 0; t->label && i < t->n; i++)
        if (!isfinite(s->loss[i])) {
            int64_t ex = t->pick ? t->pick[i] : i;
            return mc_fail(e, MC_ERR_NUM, "%s: line %lld: the loss is not finite", t->name,
                           (long long)t->tokens.lines[ex]);
        }
    return 0;
}

// Examples of a label: in gold, in prediction, in both.
struct tally {
    int64_t gold, pred, hit;
};

static void f1_and_mcc(const struct tally *of, int n_labels, double n, struct mc_metrics *m) {
    double sum_f1 = 0, right = 0, gp = 0, gg = 0, pp = 0;
    int present = 0;
    for (int k = 0; k < n_labels; k++) {
        double gold = (double)of[k].gold, pred = (double)of[k].pred, hit = (double)of[k].hit;
        if (gold + pred > 0) {
            present++;
            sum_f1 += 2 * hit / (gold + pred);
        }
        right += hit;
        gp += gold * pred;
        gg += gold * gold;
        pp += pred * pred;
    }
    double den = sqrt(n * n - pp) * sqrt(n * n - gg);
    m->accuracy = right / n;
    m->f1_macro = sum_f1 / present;
    m->mcc = den > 0 ? (right * n - gp) / den : (double)NAN;
}

int mc_metrics_of(const struct mc_scores *s, const struct mc_task *t, int n_labels,
                  struct mc_metrics *out, struct mc_error *e) {
    *out = (struct mc_metrics){NAN, NAN, NAN, NAN};
    if (!t->label) return 0;
    struct tally *of = mc_new((size_t)n_labels, sizeof *of, e);
    if (!of) return MC_ERR_MEM;
    double sum = 0;
    for (int64_t i = 0; i < s->n; i++) {
        int32_t gold = t->label[t->pick ? t->pick[i] : i], pred = s->predicted[i];
        sum += s->loss[i];
        of[gold].gold++;
        of[pred].pred++;
        of[gold].hit += gold == pred;
    }
    out->loss = sum / (double)s->n;
    f1_and_mcc(of, n_labels, (double)s->n, out);
    free(of);
    return 0;
}
