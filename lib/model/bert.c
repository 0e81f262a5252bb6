// BERT (Devlin et al. 2019) with a sequence classification head: a pooler and a linear map.
#include "arch.h"

static int config(struct mc_config *c, const void *json, struct mc_error *e) {
    return mc_encoder_config(c, json, 30522, 0, e);
}

static int table(const struct mc_config *c, int n_labels, struct mc_table *t, struct mc_error *e) {
    MC_TRY(mc_encoder_table(c, "bert.", t, e));
    MC_TRY(mc_add_pair(t, MC_PARAM_MATRIX, c->hidden, c->hidden, "pooler", "bert.pooler.", "dense",
                       e));
    if (n_labels)
        MC_TRY(mc_add_pair(t, MC_PARAM_MATRIX, n_labels, c->hidden, "head", "", "classifier", e));
    return 0;
}

static void plan(const struct mc_model *m, const struct mc_config *c, struct mc_plan *p) {
    (void)m;
    int slot = mc_encoder_slots(c);
    mc_val x = mc_encoder_plan(c, p);
    x = mc_plan_act(p, mc_plan_linear(p, x, slot, -1), slot + 1, MC_ACT_TANH);
    x = mc_plan_dropout(p, x, (float)c->drop_classifier);
    mc_end_head(p, mc_plan_linear(p, x, slot + 2, slot + 3));
}

static int max_len(const struct mc_config *c) { return c->positions; }

static const char *const DROPPED[] = {"cls.", "lm_head.", NULL};

const struct mc_arch mc_arch_bert = {
    .type = "bert",
    .class_name = "BertForSequenceClassification",
    .base_class = "BertModel",
    .prefix = "bert.",
    .head = "classifier.",
    .head_out = "classifier.weight",
    .own = "bert.",
    .dropped = DROPPED,
    .config = config,
    .lines = mc_encoder_lines,
    .table = table,
    .plan = plan,
    .max_len = max_len,
};
