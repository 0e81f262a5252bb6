// BERT (Devlin et al. 2019) with a sequence classification head: a pooler and a linear
// layer.
#include "arch.h"

static int config(struct mc_config *c, const void *json, struct mc_error *e) {
    return mc_encoder_config(c, json, 30522, 0, e);
}

static int table(const struct mc_config *c, int n_labels, struct mc_table *t, struct mc_error *e) {
    MC_TRY(mc_encoder_table(c, "bert.", t, e));
    MC_TRY(mc_encoder_dense(c, MC_BLOCK_POOLER, "bert.pooler.dense", t, e));
    if (c->mlm)
        MC_TRY(mc_encoder_mlm_table(c, "cls.predictions.", "transform.dense", "transform.LayerNorm",
                                    t, e));
    return n_labels ? mc_encoder_classifier(c, n_labels, "classifier", t, e) : 0;
}

static void plan(const struct mc_config *c, const struct mc_readout *at, struct mc_plan *p) {
    mc_val x = mc_encoder_plan(c, at->rows, p);
    if (at->vocabulary)
        mc_encoder_mlm(c, x, c->act, p);
    else
        at->loss(p, c, mc_encoder_outputs(c, x, MC_BLOCK_POOLER, p));
}

static int max_len(const struct mc_config *c) { return c->positions; }

static const struct mc_tied TIED[] = {
    {"cls.predictions.decoder.weight", "bert.embeddings.word_embeddings.weight", false, true},
    {"cls.predictions.decoder.bias", "cls.predictions.bias", false, true},
    {NULL, NULL, false, false}};

static const char *const DROPPED[] = {"cls.", "lm_head.", NULL};

const struct mc_arch mc_arch_bert = {
    .type = "bert",
    .class_name = "BertForSequenceClassification",
    .base_class = "BertModel",
    .prefix = "bert.",
    .head = "classifier.",
    .head_out = "classifier.weight",
    .unique_prefix = "bert.",
    .mlm = "cls.predictions.",
    .mlm_class = "BertForMaskedLM",
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
