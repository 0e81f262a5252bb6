// The encoder that BERT (Devlin et al. 2019) and RoBERTa (Liu et al. 2019) share: keys of the
// configuration, tensors in transformers' order, operations.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "arch.h"

enum {
    SIZE_MAX_ANY = 1 << 20,
    EMBEDDINGS = 3,
    BEFORE_LAYERS = EMBEDDINGS + 2, // and a norm
    PER_LAYER = 16
};

int mc_encoder_config(struct mc_config *c, const json_t *o, int vocab, int pad_id,
                      struct mc_error *e) {
    MC_TRY(mc_json_int(o, "hidden_size", 768, 1, SIZE_MAX_ANY, &c->hidden, e));
    MC_TRY(mc_json_int(o, "num_hidden_layers", 12, 1, 1000, &c->layers, e));
    MC_TRY(mc_json_int(o, "num_attention_heads", 12, 1, 4096, &c->heads, e));
    MC_TRY(mc_json_int(o, "intermediate_size", 3072, 1, SIZE_MAX_ANY, &c->inter, e));
    MC_TRY(mc_json_int(o, "vocab_size", vocab, 1, 1 << 28, &c->vocab, e));
    MC_TRY(mc_json_int(o, "max_position_embeddings", 512, 1, SIZE_MAX_ANY, &c->positions, e));
    MC_TRY(mc_json_int(o, "type_vocab_size", 2, 1, 255, &c->types, e));
    MC_TRY(mc_json_int(o, "pad_token_id", pad_id, 0, c->vocab - 1, &c->pad_id, e));
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

// PREFIX NAME.weight [out, in] (in 0: a vector) and PREFIX NAME.bias [out]. Returns the weight's
// index.
static int add_pair(struct mc_table *t, const struct mc_place *is, int64_t out, int64_t in,
                    const char *prefix, const char *name, struct mc_error *e) {
    struct mc_place bias = *is;
    bias.bias = true;
    bias.axis[1] = MC_AXIS_OTHER;
    int weight = mc_table_add(t, is, out, in, e, "%s%s.weight", prefix, name);
    MC_TRY(weight);
    MC_TRY(mc_table_add(t, &bias, out, 0, e, "%s%s.bias", prefix, name));
    return weight;
}

// The tensors of a layer: what stands between its name and ".weight" or ".bias".
static const struct {
    const char *name;
    enum mc_sublayer sublayer;
    enum mc_role role;
    enum mc_axis axis[MC_PARAM_DIMS];
    const char *sublayer_name; // of a linear layer whose output is that of the sublayer
} LAYER[] = {
    {"attention.self.query",
     MC_SUBLAYER_ATTENTION,
     MC_ROLE_QUERY,
     {MC_AXIS_HEADS, MC_AXIS_RESIDUAL},
     NULL},
    {"attention.self.key",
     MC_SUBLAYER_ATTENTION,
     MC_ROLE_KEY,
     {MC_AXIS_HEADS, MC_AXIS_RESIDUAL},
     NULL},
    {"attention.self.value",
     MC_SUBLAYER_ATTENTION,
     MC_ROLE_VALUE,
     {MC_AXIS_HEADS, MC_AXIS_RESIDUAL},
     NULL},
    {"attention.output.dense",
     MC_SUBLAYER_ATTENTION,
     MC_ROLE_ATTENTION_OUTPUT,
     {MC_AXIS_RESIDUAL, MC_AXIS_HEADS},
     "attention.output"},
    {"attention.output.LayerNorm", MC_SUBLAYER_ATTENTION, MC_ROLE_NORM, {MC_AXIS_RESIDUAL}, NULL},
    {"intermediate.dense",
     MC_SUBLAYER_FEED_FORWARD,
     MC_ROLE_UP,
     {MC_AXIS_FEED_FORWARD, MC_AXIS_RESIDUAL},
     NULL},
    {"output.dense",
     MC_SUBLAYER_FEED_FORWARD,
     MC_ROLE_DOWN,
     {MC_AXIS_RESIDUAL, MC_AXIS_FEED_FORWARD},
     "output"},
    {"output.LayerNorm", MC_SUBLAYER_FEED_FORWARD, MC_ROLE_NORM, {MC_AXIS_RESIDUAL}, NULL},
};

static int64_t size_of(const struct mc_config *c, enum mc_axis axis) {
    return axis == MC_AXIS_OTHER ? 0 : axis == MC_AXIS_FEED_FORWARD ? c->inter : c->hidden;
}

static int add_layer(const struct mc_config *c, const char *body, int i, struct mc_table *t,
                     struct mc_error *e) {
    char prefix[64];
    int n = snprintf(prefix, sizeof prefix, "%sencoder.layer.%d.", body, i);
    for (int k = 0; k < PER_LAYER / 2; k++) {
        const struct mc_place is = {.block = MC_BLOCK_LAYER,
                                    .layer = i,
                                    .sublayer = LAYER[k].sublayer,
                                    .role = LAYER[k].role,
                                    .axis = {LAYER[k].axis[0], LAYER[k].axis[1]}};
        int at = add_pair(t, &is, size_of(c, is.axis[0]), size_of(c, is.axis[1]), prefix,
                          LAYER[k].name, e);
        MC_TRY(at);
        if (LAYER[k].sublayer_name)
            t->p[at].sublayer_name_len = n + (int)strlen(LAYER[k].sublayer_name);
    }
    return 0;
}

int mc_encoder_table(const struct mc_config *c, const char *body, struct mc_table *t,
                     struct mc_error *e) {
    const struct {
        const char *name;
        enum mc_role role;
        enum mc_axis axis;
        int rows;
    } part[EMBEDDINGS] = {
        {"word_embeddings", MC_ROLE_TOKEN_EMBEDDING, MC_AXIS_VOCABULARY, c->vocab},
        {"position_embeddings", MC_ROLE_POSITION_EMBEDDING, MC_AXIS_POSITIONS, c->positions},
        {"token_type_embeddings", MC_ROLE_TYPE_EMBEDDING, MC_AXIS_TYPES, c->types}};
    const struct mc_place norm = {
        .block = MC_BLOCK_EMBEDDINGS, .role = MC_ROLE_NORM, .axis = {MC_AXIS_RESIDUAL}};
    char prefix[64];
    t->std = c->init_range;
    snprintf(prefix, sizeof prefix, "%sembeddings.", body);
    for (int i = 0; i < EMBEDDINGS; i++) {
        const struct mc_place is = {.block = MC_BLOCK_EMBEDDINGS,
                                    .role = part[i].role,
                                    .axis = {part[i].axis, MC_AXIS_RESIDUAL}};
        MC_TRY(
            mc_table_add(t, &is, part[i].rows, c->hidden, e, "%s%s.weight", prefix, part[i].name));
    }
    t->p[0].pad_row = c->pad_id;
    if (c->pads_positions) t->p[1].pad_row = c->pad_id;
    MC_TRY(add_pair(t, &norm, c->hidden, 0, prefix, "LayerNorm", e));
    for (int i = 0; i < c->layers; i++) MC_TRY(add_layer(c, body, i, t, e));
    return 0;
}

int mc_encoder_dense(const struct mc_config *c, enum mc_block block, const char *name,
                     struct mc_table *t, struct mc_error *e) {
    const struct mc_place is = {
        .block = block, .role = MC_ROLE_DENSE, .axis = {MC_AXIS_DENSE, MC_AXIS_RESIDUAL}};
    int at = add_pair(t, &is, c->hidden, c->hidden, "", name, e);
    return at < 0 ? at : 0;
}

int mc_encoder_mlm_table(const struct mc_config *c, const char *prefix, const char *dense,
                         const char *norm, struct mc_table *t, struct mc_error *e) {
    const struct mc_place bias = {.block = MC_BLOCK_MLM,
                                  .role = MC_ROLE_OUTPUT_EMBEDDING,
                                  .bias = true,
                                  .axis = {MC_AXIS_VOCABULARY}},
                          is = {.block = MC_BLOCK_MLM,
                                .role = MC_ROLE_DENSE,
                                .axis = {MC_AXIS_DENSE, MC_AXIS_RESIDUAL}},
                          gain = {
                              .block = MC_BLOCK_MLM, .role = MC_ROLE_NORM, .axis = {MC_AXIS_DENSE}};
    MC_TRY(mc_table_add(t, &bias, c->vocab, 0, e, "%sbias", prefix));
    MC_TRY(add_pair(t, &is, c->hidden, c->hidden, prefix, dense, e));
    int at = add_pair(t, &gain, c->hidden, 0, prefix, norm, e);
    return at < 0 ? at : 0;
}

int mc_encoder_classifier(const struct mc_config *c, int n_labels, const char *name,
                          struct mc_table *t, struct mc_error *e) {
    const struct mc_place is = {.block = MC_BLOCK_HEAD,
                                .role = MC_ROLE_CLASSIFIER,
                                .axis = {MC_AXIS_LABELS, MC_AXIS_DENSE}};
    int at = add_pair(t, &is, n_labels, c->hidden, "", name, e);
    return at < 0 ? at : 0;
}

// Layer i; in the last one queries and all that follows exist at the rows that are read alone.
static mc_val layer(const struct mc_config *c, enum mc_space_id rows, struct mc_plan *p, mc_val x,
                    int i) {
    int slot = BEFORE_LAYERS + PER_LAYER * i;
    float eps = (float)c->eps, drop = (float)c->drop_hidden;
    mc_val from = i + 1 == c->layers ? mc_plan_rows(p, x, rows) : x;
    mc_val q = mc_plan_linear(p, from, slot, slot + 1);
    mc_val k = mc_plan_linear(p, x, slot + 2, slot + 3);
    mc_val v = mc_plan_linear(p, x, slot + 4, slot + 5);
    const struct mc_attention how = {.heads = c->heads,
                                     .scale = 1 / sqrtf((float)(c->hidden / c->heads)),
                                     .drop_p = (float)c->drop_attention,
                                     .layer = i,
                                     .bias = -1};
    mc_val a = mc_plan_attend(p, q, k, v, &how);
    a = mc_plan_linear(p, a, slot + 6, slot + 7);
    a = mc_plan_norm(p, a, from, slot + 8, slot + 9, eps, drop);
    mc_val f = mc_plan_act(p, mc_plan_linear(p, a, slot + 10, -1), slot + 11, c->act);
    f = mc_plan_linear(p, f, slot + 12, slot + 13);
    return mc_plan_norm(p, f, a, slot + 14, slot + 15, eps, drop);
}

mc_val mc_encoder_plan(const struct mc_config *c, enum mc_space_id rows, struct mc_plan *p) {
    const int feeds[MC_FEEDS] = {
        [MC_FEED_IDS] = 0, [MC_FEED_POSITIONS] = 1, [MC_FEED_TYPES] = 2, [MC_FEED_TARGETS] = -1};
    mc_val x = mc_plan_embed(p, c->hidden, feeds);
    if (c->pads_positions) mc_plan_pad_positions(p, c->pad_id);
    x = mc_plan_norm(p, x, -1, EMBEDDINGS, EMBEDDINGS + 1, (float)c->eps, 0);
    x = mc_plan_dropout(p, x, (float)c->drop_hidden);
    for (int i = 0; i < c->layers; i++) x = layer(c, rows, p, x, i);
    return x;
}

// The first tensor of a block with this role, or the table's end.
static int find(const struct mc_plan *p, enum mc_block block, enum mc_role role) {
    int i = 0;
    while (i < p->table->n && (p->table->p[i].is.block != block || p->table->p[i].is.role != role))
        i++;
    return i;
}

mc_val mc_encoder_outputs(const struct mc_config *c, mc_val x, enum mc_block dense,
                          struct mc_plan *p) {
    int slot = find(p, dense, MC_ROLE_DENSE), out = find(p, MC_BLOCK_HEAD, MC_ROLE_CLASSIFIER);
    x = mc_plan_act(p, mc_plan_linear(p, x, slot, -1), slot + 1, MC_ACT_TANH);
    x = mc_plan_dropout(p, x, (float)c->drop_classifier);
    return mc_plan_linear(p, x, out, out + 1);
}

void mc_encoder_mlm(const struct mc_config *c, mc_val x, enum mc_act act, struct mc_plan *p) {
    int bias = find(p, MC_BLOCK_MLM, MC_ROLE_OUTPUT_EMBEDDING), dense = bias + 1, norm = bias + 3;
    x = mc_plan_act(p, mc_plan_linear(p, x, dense, -1), dense + 1, act);
    x = mc_plan_norm(p, x, -1, norm, norm + 1, (float)c->eps, 0);
    mc_plan_vocabulary_loss(p, x, 0, bias);
}

// "attention.self.query.weight": what stands behind the layer's number.
void mc_encoder_kind(const struct mc_param *p, char out[MC_PARAM_NAME]) {
    const char *layer = strstr(p->name, ".layer.");
    if (layer) {
        layer += strlen(".layer.");
        layer += strspn(layer, "0123456789");
    }
    strcpy(out, layer ? layer + (*layer == '.') : p->name);
}

// The head of a masked language model has no output embedding of its own.
int mc_encoder_update_json(const struct mc_config *c, void *json, bool *changed,
                           struct mc_error *e) {
    if (!c->mlm || !json_is_false(json_object_get(json, "tie_word_embeddings"))) return 0;
    return mc_json_put(json, "tie_word_embeddings", json_true(), changed, e);
}

int mc_encoder_lines(const struct mc_config *c, struct mc_buf *out, struct mc_error *e) {
    char pad[32] = "";
    if (c->pads_positions) snprintf(pad, sizeof pad, "pad_token_id=%d\n", c->pad_id);
    // in order of the keys' bytes
    return mc_buf_printf(
        out, e,
        "hidden_act=%s\nhidden_size=%d\nintermediate_size=%d\nlayer_norm_eps=%.9g\n"
        "max_position_embeddings=%d\nmodel_type=%s\nnum_attention_heads=%d\nnum_hidden_layers=%d\n"
        "%stype_vocab_size=%d\nvocab_size=%d\n",
        mc_act_name(c->act), c->hidden, c->inter, c->eps, c->positions, c->arch->type, c->heads,
        c->layers, pad, c->types, c->vocab);
}
