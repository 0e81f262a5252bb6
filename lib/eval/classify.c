// Classes: the cross-entropy of a head's outputs, the most probable one as prediction.
#include <math.h>
#include <stdlib.h>

#include "mc/objective.h"

static bool serves(const struct mc_model *m) {
    return !m->config.arch->text_to_text && m->n_labels != 1;
}

static int takes(const struct mc_tokens *t, const char *set, const struct mc_model *m,
                 struct mc_error *e) {
    bool writes = mc_tokens_t2t(t);
    if (!writes && !t->values) return 0;
    if (!writes && m->n_labels == 0) return mc_headless(e);
    return mc_tokens_refuse(t, set, "a classifier", "mc-tokenize without --target and --regression",
                            e);
}

static int open(struct mc_batches *b, struct mc_error *e) {
    const struct mc_tokens *set = b->set;
    if (!set->labels) return mc_fail(e, MC_ERR_INPUT, "%s: its examples have no labels", b->name);
    int32_t *label = mc_new((size_t)set->n, sizeof *label, e);
    if (!label) return MC_ERR_MEM;
    int rc = mc_labels_apply(set, b->name, b->m, label, e);
    if (rc == 0) return mc_set_batches_open(b, label, e);
    free(label);
    return rc;
}

static int score(struct mc_evaluator *v, const struct mc_model *m, struct mc_task *t,
                 struct mc_scores *s, struct mc_error *e) {
    struct mc_batch b = mc_task_batch(t);
    s->labels = m->labels;
    s->n_labels = m->n_labels;
    b.label = t->label;
    MC_TRY(mc_evaluator_prepare(v, m, &mc_readout_classes, false, e));
    MC_TRY(mc_scores_reserve_logits(s, m->n_labels, e));
    size_t n = (size_t)s->n * (size_t)m->n_labels;
    float *logits = mc_new(n, sizeof *logits, e);
    if (!logits) return MC_ERR_MEM;
    const struct mc_result r = {
        .loss = s->loss, .p_label = s->p_label, .predicted = s->predicted, .logits = logits};
    int rc = mc_evaluator_run(v, t, &b, &r, e);
    for (size_t i = 0; i < n; i++) s->logit[i] = (double)logits[i];
    free(logits);
    return rc;
}

// Without gold: whether a class was predicted, as none is of outputs that are not finite.
static bool finite(const struct mc_scores *s, bool gold, int64_t i) {
    return gold ? isfinite(s->loss[i]) : s->predicted[i] >= 0;
}

const struct mc_objective mc_objective_classify = {.name = "classify",
                                                   .serves = serves,
                                                   .readout = &mc_readout_classes,
                                                   .takes = takes,
                                                   .labels_are_outputs = true,
                                                   .open = open,
                                                   .next = mc_set_batches_next,
                                                   .close = mc_set_batches_close,
                                                   .score = score,
                                                   .finite = finite};
