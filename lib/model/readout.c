// Readouts: at which rows a network is read, and the loss there, for a head of classes, a head of
// one number, targets, and pre-training.
#include "mc/model.h"

static void classes(struct mc_plan *p, const struct mc_config *c, mc_val outputs) {
    (void)c;
    mc_plan_cross_entropy(p, outputs);
}

static void number(struct mc_plan *p, const struct mc_config *c, mc_val outputs) {
    (void)c;
    mc_plan_square_error(p, outputs);
}

static void targets(struct mc_plan *p, const struct mc_config *c, mc_val outputs) {
    (void)c;
    mc_plan_token_loss(p, outputs);
}

const struct mc_readout mc_readout_classes = {MC_SPACE_FIRST, true, false, classes},
                        mc_readout_number = {MC_SPACE_FIRST, true, false, number},
                        mc_readout_targets = {MC_SPACE_TARGETS, false, false, targets},
                        mc_readout_masked = {MC_SPACE_CHOSEN, false, true, NULL},
                        mc_readout_spans = {MC_SPACE_TARGETS, false, true, NULL};

// As transformers has it, the loss of a head of one output is the square error.
const struct mc_readout *mc_readout_of(const struct mc_model *m) {
    if (m->config.arch->text_to_text) return &mc_readout_targets;
    return m->n_labels == 1 ? &mc_readout_number : &mc_readout_classes;
}
