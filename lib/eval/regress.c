// Numbers: the square error of a head's one output.
#include <math.h>
#include <stdlib.h>

#include "mc/objective.h"

static bool serves(const struct mc_model *m) {
    return !m->config.arch->text_to_text && m->n_labels == 1;
}

static int takes(const struct mc_tokens *t, const char *set, const struct mc_model *m,
                 struct mc_error *e) {
    (void)m;
    if (!mc_tokens_t2t(t) && !t->labels) return 0; // texts alone too
    return mc_tokens_refuse(t, set, "a regression head", "mc-tokenize --regression", e);
}

static int open(struct mc_batches *b, struct mc_error *e) {
    if (!b->set->values)
        return mc_fail(e, MC_ERR_INPUT, "%s: its examples have no labels", b->name);
    return mc_set_batches_open(b, NULL, e);
}

static int score(struct mc_evaluator *v, const struct mc_model *m, struct mc_task *t,
                 struct mc_scores *s, struct mc_error *e) {
    struct mc_batch b = mc_task_batch(t);
    s->labels = m->labels;
    s->n_labels = m->n_labels;
    b.value = t->tokens.values;
    MC_TRY(mc_evaluator_prepare(v, m, &mc_readout_number, false, e));
    float *outputs = mc_new((size_t)s->n, sizeof *outputs, e);
    if (!outputs) return MC_ERR_MEM;
    const struct mc_result r = {.loss = s->loss, .logits = outputs};
    int rc = mc_evaluator_run(v, t, &b, &r, e);
    for (int64_t i = 0; i < s->n; i++) s->score[i] = (double)outputs[i];
    free(outputs);
    return rc;
}

static bool finite(const struct mc_scores *s, bool gold, int64_t i) {
    return isfinite(gold ? s->loss[i] : s->score[i]);
}

const struct mc_objective mc_objective_regress = {.name = "regress",
                                                  .serves = serves,
                                                  .readout = &mc_readout_number,
                                                  .takes = takes,
                                                  .labels_are_outputs = true,
                                                  .open = open,
                                                  .next = mc_set_batches_next,
                                                  .close = mc_set_batches_close,
                                                  .score = score,
                                                  .finite = finite};
