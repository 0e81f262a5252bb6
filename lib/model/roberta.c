// RoBERTa (Liu et al. 2019) with a sequence classification head: BERT's encoder, positions counted
// from the padding index over what is no padding, one more dense layer in the head instead of a
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
    if (c->mlm) MC_TRY(mc_encoder_mlm_table(c, "lm_head.", "dense", "layer_norm", t, e));
    if (n_labels == 0) return 0;
    MC_TRY(mc_encoder_dense(c, MC_BLOCK_HEAD, "classifier.dense", t, e));
    return mc_encoder_classifier(c, n_labels, "classifier.out_proj", t, e);
}

static void plan(const struct mc_config *c, const struct mc_readout *at, struct mc_plan *p) {
    mc_val x = mc_encoder_plan(c, at->rows, p);
    if (at->vocabulary) {
        mc_encoder_mlm(c, x, MC_ACT_GELU, p);
        return;
    }
    x = mc_plan_dropout(p, x, (float)c->drop_classifier);
    at->loss(p, c, mc_encoder_outputs(c, x, MC_BLOCK_HEAD, p));
}

static int max_len(const struct mc_config *c) { return c->positions - c->pad_id - 1; }

static const struct mc_tied TIED[] = {
    {"lm_head.decoder.weight", "roberta.embeddings.word_embeddings.weight", false, true},
    {"lm_head.decoder.bias", "lm_head.bias", false, true},
    {NULL, NULL, false, false}};

static const char *const DROPPED[] = {"lm_head.", "roberta.pooler.", NULL};

const struct mc_arch mc_arch_roberta = {
    .type = "roberta",
    .class_name = "RobertaForSequenceClassification",
    .base_class = "RobertaModel",
    .prefix = "roberta.",
    .head = "classifier.",
    .head_out = "classifier.out_proj.weight",
    .unique_prefix = "roberta.",
    .mlm = "lm_head.",
    .mlm_class = "RobertaForMaskedLM",
    .dropped = DROPPED,
    .tied = TIED,
    .kind = mc_encoder_kind,
    .config = config,
    .update_json = mc_encoder_update_json,
    .lines = mc_encoder_lines,
    .table = table,
    .plan = plan,
    .max_len = max_len,
};
