#include "mc/tune.h"

int mc_tuning_head(struct mc_model *m, const struct mc_tokens *train, const char *train_name,
                   bool new_head, bool seed_given, uint64_t seed, struct mc_error *e) {
    if (m->config.arch->text_to_text) {
        if (!new_head && !seed_given) return 0;
        return mc_fail(e, MC_ERR_USAGE, "%s: a text-to-text model has no head to draw",
                       new_head ? "--new-head" : "--seed-init");
    }
    if (m->n_labels && !new_head) {
        if (seed_given)
            return mc_fail(
                e, MC_ERR_USAGE,
                "--seed-init: the model has its head, nothing is drawn (--new-head draws one)");
        return 0;
    }
    if (train->values) {
        char name[] = "LABEL_0", *one = name; // as transformers names the output of a regression
        MC_TRY(mc_model_set_labels(m, &one, 1, e));
        mc_model_draw_head(m, seed);
        return 0;
    }
    if (train->n_labels < 2)
        return mc_fail(e, MC_ERR_INPUT, "%s: %d label names, a head needs two", train_name,
                       train->n_labels);
    MC_TRY(mc_model_set_labels(m, train->label_names, train->n_labels, e));
    mc_model_draw_head(m, seed);
    return 0;
}

int mc_tuning_delta(struct mc_model *delta, struct mc_model *base, struct mc_method *h,
                    const struct mc_tokens *train, const char *train_name, bool new_head,
                    uint64_t seed, struct mc_error *e) {
    bool draws = !base->config.arch->text_to_text && (new_head || base->n_labels == 0);
    char name[] = "LABEL_0", *one = name;
    char **labels = draws ? train->values ? &one : train->label_names : base->labels;
    int n = draws ? train->values ? 1 : train->n_labels : base->n_labels;
    if (draws && !train->values && n < 2)
        return mc_fail(e, MC_ERR_INPUT, "%s: %d label names, a head needs two", train_name, n);
    return mc_method_begin(h, delta, base, labels, n, new_head, seed, e);
}
