// BERT (Devlin et al. 2019) with a sequence classification head, tensors and order as transformers
// has them.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "arch.h"

enum { SIZE_MAX_ANY = 1 << 20, PER_LAYER = 16, EMBEDDINGS = 5 };

static int config(struct mc_config *c, const void *json, struct mc_error *e) {
    const json_t *o = json;
    MC_TRY(mc_json_int(o, "hidden_size", 768, 1, SIZE_MAX_ANY, &c->hidden, e));
    MC_TRY(mc_json_int(o, "num_hidden_layers", 12, 1, 1000, &c->layers, e));
    MC_TRY(mc_json_int(o, "num_attention_heads", 12, 1, 4096, &c->heads, e));
    MC_TRY(mc_json_int(o, "intermediate_size", 3072, 1, SIZE_MAX_ANY, &c->inter, e));
    MC_TRY(mc_json_int(o, "vocab_size", 30522, 1, 1 << 28, &c->vocab, e));
    MC_TRY(mc_json_int(o, "max_position_embeddings", 512, 1, SIZE_MAX_ANY, &c->positions, e));
    MC_TRY(mc_json_int(o, "type_vocab_size", 2, 1, 255, &c->types, e));
    MC_TRY(mc_json_int(o, "pad_token_id", 0, 0, c->vocab - 1, &c->pad_id, e));
    MC_TRY(mc_json_act(o, "hidden_act", "gelu", &c->act, e));
    MC_TRY(mc_json_real(o, "layer_norm_eps", 1e-12, 0, 1, &c->eps, e));
    MC_TRY(mc_json_real(o, "initializer_range", .02, 0, 1e6, &c->init_range, e));
    double below_one = nextafter(1, 0);
    MC_TRY(mc_json_real(o, "hidden_dropout_prob", .1, 0, below_one, &c->drop_hidden, e));
    MC_TRY(
        mc_json_real(o, "attention_probs_dropout_prob", .1, 0, below_one, &c->drop_attention, e));
    MC_TRY(mc_json_real(o, "classifier_dropout", c->drop_hidden, 0, below_one, &c->drop_classifier,
                        e));
    if (c->hidden % c->heads)
        return mc_fail(e, MC_ERR_INPUT,
                       "config: hidden_size %d is no multiple of num_attention_heads %d", c->hidden,
                       c->heads);
    const char *word;
    MC_TRY(mc_json_word(o, "position_embedding_type", "absolute", &word, e));
    if (strcmp(word, "absolute") != 0)
        return mc_fail(e, MC_ERR_INPUT, "config: position_embedding_type '%s' is not supported",
                       word);
    if (json_is_true(json_object_get(o, "is_decoder")))
        return mc_fail(e, MC_ERR_INPUT, "config: is_decoder is not supported");
    return 0;
}

static int add_pair(struct mc_table *t, enum mc_param_kind kind, int64_t out, int64_t in,
                    const char *group, const char *prefix, const char *name, struct mc_error *e) {
    MC_TRY(mc_table_add(t, kind, out, in, group, e, "%s%s.weight", prefix, name));
    return mc_table_add(t, MC_PARAM_VECTOR, out, 0, group, e, "%s%s.bias", prefix, name);
}

static int add_layer(const struct mc_config *c, int i, struct mc_table *t, struct mc_error *e) {
    char prefix[64], group[MC_GROUP_NAME];
    snprintf(prefix, sizeof prefix, "bert.encoder.layer.%d.", i);
    snprintf(group, sizeof group, "layer.%d", i);
    int h = c->hidden;
    const struct {
        const char *name;
        enum mc_param_kind kind;
        int out, in;
    } part[PER_LAYER / 2] = {
        {"attention.self.query", MC_PARAM_MATRIX, h, h},
        {"attention.self.key", MC_PARAM_MATRIX, h, h},
        {"attention.self.value", MC_PARAM_MATRIX, h, h},
        {"attention.output.dense", MC_PARAM_MATRIX, h, h},
        {"attention.output.LayerNorm", MC_PARAM_VECTOR, h, 0},
        {"intermediate.dense", MC_PARAM_MATRIX, c->inter, h},
        {"output.dense", MC_PARAM_MATRIX, h, c->inter},
        {"output.LayerNorm", MC_PARAM_VECTOR, h, 0},
    };
    for (int k = 0; k < PER_LAYER / 2; k++)
        MC_TRY(add_pair(t, part[k].kind, part[k].out, part[k].in, group, prefix, part[k].name, e));
    return 0;
}

static int table(const struct mc_config *c, int n_labels, struct mc_table *t, struct mc_error *e) {
    const char *g = "embeddings", *p = "bert.embeddings.";
    MC_TRY(mc_table_add(t, MC_PARAM_EMBEDDING, c->vocab, c->hidden, g, e,
                        "%sword_embeddings.weight", p));
    t->p[0].pad_row = c->pad_id;
    MC_TRY(mc_table_add(t, MC_PARAM_EMBEDDING, c->positions, c->hidden, g, e,
                        "%sposition_embeddings.weight", p));
    MC_TRY(mc_table_add(t, MC_PARAM_EMBEDDING, c->types, c->hidden, g, e,
                        "%stoken_type_embeddings.weight", p));
    MC_TRY(add_pair(t, MC_PARAM_VECTOR, c->hidden, 0, g, p, "LayerNorm", e));
    for (int i = 0; i < c->layers; i++) MC_TRY(add_layer(c, i, t, e));
    MC_TRY(
        add_pair(t, MC_PARAM_MATRIX, c->hidden, c->hidden, "pooler", "bert.pooler.", "dense", e));
    if (n_labels)
        MC_TRY(add_pair(t, MC_PARAM_MATRIX, n_labels, c->hidden, "head", "", "classifier", e));
    return 0;
}

// One layer; with `last`, queries and all that follows exist at the first position alone.
static mc_val layer(const struct mc_config *c, struct mc_plan *p, mc_val x, int slot, bool last) {
    float eps = (float)c->eps, drop = (float)c->drop_hidden;
    mc_val from = last ? mc_plan_first(p, x) : x;
    mc_val q = mc_plan_linear(p, from, slot, slot + 1);
    mc_val k = mc_plan_linear(p, x, slot + 2, slot + 3);
    mc_val v = mc_plan_linear(p, x, slot + 4, slot + 5);
    float scale = 1 / sqrtf((float)(c->hidden / c->heads));
    mc_val a = mc_plan_attend(p, q, k, v, c->heads, scale, (float)c->drop_attention);
    a = mc_plan_linear(p, a, slot + 6, slot + 7);
    a = mc_plan_norm(p, a, from, slot + 8, slot + 9, eps, drop);
    mc_val f = mc_plan_act(p, mc_plan_linear(p, a, slot + 10, -1), slot + 11, c->act);
    f = mc_plan_linear(p, f, slot + 12, slot + 13);
    return mc_plan_norm(p, f, a, slot + 14, slot + 15, eps, drop);
}

static void plan(const struct mc_model *m, const struct mc_config *c, struct mc_plan *p) {
    const int feeds[MC_FEEDS] = {[MC_FEED_IDS] = 0, [MC_FEED_POSITIONS] = 1, [MC_FEED_TYPES] = 2};
    (void)m;
    mc_val x = mc_plan_embed(p, c->hidden, feeds);
    x = mc_plan_norm(p, x, -1, 3, 4, (float)c->eps, 0);
    x = mc_plan_dropout(p, x, (float)c->drop_hidden);
    for (int i = 0; i < c->layers; i++)
        x = layer(c, p, x, EMBEDDINGS + PER_LAYER * i, i + 1 == c->layers);
    int slot = EMBEDDINGS + PER_LAYER * c->layers;
    x = mc_plan_act(p, mc_plan_linear(p, x, slot, -1), slot + 1, MC_ACT_TANH);
    x = mc_plan_dropout(p, x, (float)c->drop_classifier);
    mc_plan_cross_entropy(p, mc_plan_linear(p, x, slot + 2, slot + 3));
}

const struct mc_arch mc_arch_bert = {"bert",
                                     "BertForSequenceClassification",
                                     "BertModel",
                                     "bert.",
                                     "classifier.",
                                     config,
                                     table,
                                     plan,
                                     0};
