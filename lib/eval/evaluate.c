// One model on one token set: the scores of every example, as the model's objective gives them.
#include <limits.h>
#include <math.h>
#include <stdlib.h>

#include "mc/objective.h"

const struct mc_objective *mc_objective_of(const struct mc_model *m) {
    int i = 0;
    while (mc_objectives[i + 1] && !mc_objectives[i]->serves(m)) i++;
    return mc_objectives[i];
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

static const struct mc_objective *objective_for(const struct mc_model *m, const struct mc_task *t) {
    return t->corrupted ? mc_objective_of_corpus(m) : mc_objective_of(m);
}

int mc_evaluate_takes(const struct mc_model *m, struct mc_task *t, struct mc_error *e) {
    return mc_task_match(t, objective_for(m, t), m, e);
}

int mc_evaluate(struct mc_evaluator *v, const struct mc_objective *o, const struct mc_model *m,
                struct mc_task *t, struct mc_scores *s, struct mc_error *e) {
    if (!o) o = objective_for(m, t);
    MC_TRY(mc_task_match(t, o, m, e));
    if (too_many(t))
        return mc_fail(e, MC_ERR_INPUT, "%s: more than %d tokens; evaluate it in parts", t->name,
                       INT_MAX);
    MC_TRY(mc_scores_reserve(s, t->n, e));
    MC_TRY(o->score(v, m, t, s, e));
    bool gold = mc_task_has_gold(t);
    for (int64_t i = 0; i < t->n; i++)
        if (!o->finite(s, gold, i))
            return mc_fail(e, MC_ERR_NUM, "%s: line %lld: the %s is not finite",
                           mc_tokens_source(&t->tokens, t->name, mc_task_example(t, i)),
                           (long long)t->tokens.lines[mc_task_example(t, i)],
                           gold ? "loss" : "output");
    return 0;
}

int mc_evaluate_all(struct mc_evaluator *v, const struct mc_objective *o, const struct mc_model *m,
                    struct mc_task *t, struct mc_scores *s, mc_scored_fn *seen, void *ctx,
                    struct mc_metrics *out, struct mc_error *e) {
    *out = mc_no_metrics;
    if (!o) o = objective_for(m, t);
    if (t->blocks) MC_TRY(mc_task_match(t, o, m, e)); // before the first of them is read
    int rc = mc_task_begin(t, e) < 0 ? e->code : 1;
    for (; rc == 1; rc = mc_task_next(t, e)) {
        MC_TRY(mc_evaluate(v, o, m, t, s, e));
        if (seen) MC_TRY(seen(ctx, t, s, e));
        MC_TRY(mc_metrics_add(s, t, out, e));
    }
    mc_metrics_mean(out, mc_task_count(t));
    return rc;
}
