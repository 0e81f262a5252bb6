// What training starts from: a model with its head, or a new delta.
#include "mc/initial_model.h"

// The labels of a head that is drawn: those of the training set, of which a regression has one.
static int labels_of(const struct mc_tokens *train, const char *train_name, char **one,
                     char ***labels, int *n, struct mc_error *e) {
    *labels = train->values ? one : train->label_names;
    *n = train->values ? 1 : train->n_labels;
    if (train->values || *n >= 2) return 0;
    return mc_fail(e, MC_ERR_INPUT, "%s: %d label names, a head needs two", train_name, *n);
}

static int no_head(bool new_head, struct mc_error *e) {
    return mc_fail(e, MC_ERR_USAGE, "%s: a text-to-text model has no head to draw",
                   new_head ? "--new-head" : "--seed-init");
}

int mc_initial_head(struct mc_model *m, const struct mc_tokens *train, const char *train_name,
                    bool new_head, bool seed_given, uint64_t seed, struct mc_error *e) {
    char name[] = "LABEL_0", *one = name, **labels; // as transformers names a regression's output
    int n;
    if (m->config.arch->text_to_text) return new_head || seed_given ? no_head(new_head, e) : 0;
    if (m->n_labels && !new_head) {
        if (seed_given)
            return mc_fail(
                e, MC_ERR_USAGE,
                "--seed-init: the model has its head, nothing is drawn (--new-head draws one)");
        return 0;
    }
    MC_TRY(labels_of(train, train_name, &one, &labels, &n, e));
    MC_TRY(mc_model_set_labels(m, labels, n, e));
    mc_model_draw_block(m, MC_BLOCK_HEAD, seed);
    return 0;
}

int mc_initial_delta(struct mc_model *delta, struct mc_model *base, struct mc_method *h,
                     const struct mc_tokens *train, const char *train_name, bool new_head,
                     uint64_t seed, struct mc_error *e) {
    bool t2t = base->config.arch->text_to_text, draws = new_head || base->n_labels == 0;
    char name[] = "LABEL_0", *one = name, **labels = base->labels;
    int n = base->n_labels;
    if (t2t && new_head) return no_head(true, e);
    if (draws && !t2t) MC_TRY(labels_of(train, train_name, &one, &labels, &n, e));
    return mc_method_init_delta(h, delta, base, labels, n, new_head, seed, e);
}
