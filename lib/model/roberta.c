// RoBERTa (Liu et al. 2019) with a sequence classification head: BERT's encoder, positions counted
// from the padding index over what is no padding, one more dense map in the head instead of a
// pooler.
#include "arch.h"

static int config(struct mc_config *c, const void *json, struct mc_error *e) {
    c->pads_positions = true;
    MC_TRY(mc_encoder_config(c, json, 50265, 1, e));
    if (c->positions < c->pad_id + 2)
        return mc_fail(e, MC_ERR_INPUT,
                       "config: max_position_embeddings %d leaves no position behind pad_token_id "
                       "%d",
                       c->positions, c->pad_id);
    return 0;
}

static int table(const struct mc_config *c, int n_labels, struct mc_table *t, struct mc_error *e) {
    MC_TRY(mc_encoder_table(c, "roberta.", t, e));
    if (n_labels == 0) return 0;
    const char *head = "classifier.";
    MC_TRY(mc_add_pair(t, MC_PARAM_MATRIX, c->hidden, c->hidden, "head", head, "dense", e));
    return mc_add_pair(t, MC_PARAM_MATRIX, n_labels, c->hidden, "head", head, "out_proj", e);
}

static void plan(const struct mc_model *m, const struct mc_config *c, struct mc_plan *p) {
    (void)m;
    int slot = mc_encoder_slots(c);
    mc_val x = mc_plan_dropout(p, mc_encoder_plan(c, p), (float)c->drop_classifier);
    x = mc_plan_act(p, mc_plan_linear(p, x, slot, -1), slot + 1, MC_ACT_TANH);
    x = mc_plan_dropout(p, x, (float)c->drop_classifier);
    mc_end_head(p, mc_plan_linear(p, x, slot + 2, slot + 3));
}

static int max_len(const struct mc_config *c) { return c->positions - c->pad_id - 1; }

static const char *const DROPPED[] = {"lm_head.", "roberta.pooler.", NULL};

const struct mc_arch mc_arch_roberta = {
    .type = "roberta",
    .class_name = "RobertaForSequenceClassification",
    .base_class = "RobertaModel",
    .prefix = "roberta.",
    .head = "classifier.",
    .head_out = "classifier.out_proj.weight",
    .own = "roberta.",
    .dropped = DROPPED,
    .config = config,
    .lines = mc_encoder_lines,
    .table = table,
    .plan = plan,
    .max_len = max_len,
};
