// Pre-training: the cross-entropy of masked tokens, and of what stands behind sentinels. A program
// that wants them names them; an evaluation takes them for the sequences of a corpus.
#include <math.h>
#include <string.h>

#include "mc/objective.h"

static bool serves(const struct mc_model *m) {
    (void)m;
    return false;
}

const struct mc_objective *mc_objective_of_corpus(const struct mc_model *m) {
    return m->config.arch->text_to_text ? &mc_objective_spans : &mc_objective_masked;
}

static int open_masked(struct mc_batches *b, struct mc_error *e) {
    return mc_corpus_batches_open(b, false, e);
}

static int open_spans(struct mc_batches *b, struct mc_error *e) {
    return mc_corpus_batches_open(b, true, e);
}

static int takes(const struct mc_tokens *t, const char *set, const struct mc_model *m,
                 struct mc_error *e) {
    (void)m;
    return t->corpus ? 0 : mc_tokens_refuse(t, set, "pre-training", "mc-tokenize --corpus", e);
}

static int score(struct mc_evaluator *v, const struct mc_model *m, struct mc_task *t,
                 struct mc_scores *s, struct mc_error *e) {
    bool spans = m->config.arch->text_to_text;
    const struct mc_result r = {.loss = s->loss};
    struct mc_batch b = mc_task_batch(t);
    MC_TRY(mc_evaluator_prepare(v, m, spans ? &mc_readout_spans : &mc_readout_masked, false, e));
    b.target_ids = t->tokens.target_ids;
    b.target_offset = t->tokens.target_offset;
    b.chosen_offset = t->corrupted->chosen_offset;
    b.chosen = t->corrupted->chosen;
    b.chosen_class = t->corrupted->chosen_id;
    b.whole = mc_task_whole(t);
    MC_TRY(mc_evaluator_run(v, t, &b, &r, e));
    if (b.whole) t->n = s->n = b.whole->done;
    return 0;
}

static bool finite(const struct mc_scores *s, bool gold, int64_t i) {
    (void)gold;
    return isfinite(s->loss[i]);
}

const struct mc_objective mc_objective_masked = {.name = "masked tokens",
                                                 .serves = serves,
                                                 .readout = &mc_readout_masked,
                                                 .takes = takes,
                                                 .open = open_masked,
                                                 .next = mc_corpus_batches_next,
                                                 .close = mc_corpus_batches_close,
                                                 .score = score,
                                                 .finite = finite};
const struct mc_objective mc_objective_spans = {.name = "spans",
                                                .serves = serves,
                                                .readout = &mc_readout_spans,
                                                .takes = takes,
                                                .open = open_spans,
                                                .next = mc_corpus_batches_next,
                                                .close = mc_corpus_batches_close,
                                                .score = score,
                                                .finite = finite};
