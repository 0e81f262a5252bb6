// T5 (Raffel et al. 2020), versions 1.0 and 1.1: encoder and decoder of pre-normed layers, biases
// by relative position instead of position embeddings, no other biases; the product with the output
// embedding, tied or not, gives the logits of the next token.
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "arch.h"

enum { SIZE_MAX_ANY = 1 << 20 };

// --- configuration

// "relu", "gated-gelu": the activation, gated or not. transformers' gated-gelu is its gelu_new.
static int feed_forward(struct mc_config *c, const json_t *o, struct mc_error *e) {
    const char *name;
    MC_TRY(mc_json_word(o, "feed_forward_proj", "relu", &name, e));
    c->gated = strncmp(name, "gated-", 6) == 0;
    const char *act = strcmp(name, "gated-gelu") == 0 ? "gelu_new" : c->gated ? name + 6 : name;
    if (mc_act_find(act, &c->act)) return 0;
    return mc_fail(e, MC_ERR_INPUT,
                   "config: feed_forward_proj '%s' is not known (known: gelu, gelu_new, "
                   "gelu_pytorch_tanh, relu, each also behind gated-)",
                   name);
}

// An output embedding of its own is what "tie_word_embeddings": false says; whether logits are
// scaled, scale_decoder_outputs where it stands, else the same key.
static int outputs(struct mc_config *c, const json_t *o, struct mc_error *e) {
    const json_t *scale = json_object_get(o, "scale_decoder_outputs");
    c->untied = json_is_false(json_object_get(o, "tie_word_embeddings"));
    c->scales_logits = scale && !json_is_null(scale) ? json_is_true(scale) : !c->untied;
    if (!scale || json_is_boolean(scale) || json_is_null(scale)) return 0;
    return mc_fail(e, MC_ERR_INPUT, "config: scale_decoder_outputs is neither true nor false");
}

static int config(struct mc_config *c, const void *json, struct mc_error *e) {
    const json_t *o = json;
    MC_TRY(mc_json_int(o, "d_model", 512, 1, SIZE_MAX_ANY, &c->hidden, e));
    MC_TRY(mc_json_int(o, "d_kv", 64, 1, SIZE_MAX_ANY, &c->key_size, e));
    MC_TRY(mc_json_int(o, "d_ff", 2048, 1, SIZE_MAX_ANY, &c->inter, e));
    MC_TRY(mc_json_int(o, "num_layers", 6, 1, 1000, &c->layers, e));
    MC_TRY(mc_json_int(o, "num_decoder_layers", c->layers, 1, 1000, &c->decoder_layers, e));
    MC_TRY(mc_json_int(o, "num_heads", 8, 1, 4096, &c->heads, e));
    MC_TRY(mc_json_int(o, "vocab_size", 32128, 1, 1 << 28, &c->vocab, e));
    MC_TRY(mc_json_int(o, "relative_attention_num_buckets", 32, 4, 1 << 16, &c->buckets, e));
    MC_TRY(mc_json_int(o, "relative_attention_max_distance", 128, c->buckets / 2 + 1, 1 << 20,
                       &c->max_distance, e));
    MC_TRY(mc_json_int(o, "pad_token_id", 0, 0, c->vocab - 1, &c->pad_id, e));
    MC_TRY(mc_json_int(o, "eos_token_id", 1, 0, c->vocab - 1, &c->end_id, e));
    MC_TRY(mc_json_int(o, "decoder_start_token_id", c->pad_id, 0, c->vocab - 1, &c->start_id, e));
    MC_TRY(mc_json_real(o, "layer_norm_epsilon", 1e-6, 0, 1, &c->eps, e));
    MC_TRY(mc_json_real(o, "initializer_factor", 1, 0, 1e6, &c->init_range, e));
    MC_TRY(mc_json_real(o, "dropout_rate", .1, 0, nextafter(1, 0), &c->drop_hidden, e));
    c->drop_attention = c->drop_classifier = c->drop_hidden;
    c->positions = INT_MAX;
    c->types = 256; // a token set's types say nothing here
    if ((int64_t)c->heads * c->key_size > SIZE_MAX_ANY)
        return mc_fail(e, MC_ERR_INPUT, "config: num_heads times d_kv is over %d", SIZE_MAX_ANY);
    MC_TRY(feed_forward(c, o, e));
    return outputs(c, o, e);
}

static int update_json(const struct mc_config *c, void *json, bool *changed, struct mc_error *e) {
    json_t *o = json;
    struct mc_config now = {.untied = json_is_false(json_object_get(o, "tie_word_embeddings"))};
    if (now.untied != c->untied)
        MC_TRY(mc_json_put(o, "tie_word_embeddings", json_boolean(!c->untied), changed, e));
    // transformers has no default of it, or keeps it in another file
    if (!json_is_integer(json_object_get(o, "decoder_start_token_id")))
        MC_TRY(mc_json_put(o, "decoder_start_token_id", json_integer(c->start_id), changed, e));
    MC_TRY(outputs(&now, o, e));
    if (now.scales_logits == c->scales_logits) return 0;
    return mc_json_put(o, "scale_decoder_outputs", json_boolean(c->scales_logits), changed, e);
}

static int lines(const struct mc_config *c, struct mc_buf *out, struct mc_error *e) {
    // in order of the keys' bytes
    return mc_buf_printf(
        out, e,
        "d_ff=%d\nd_kv=%d\nd_model=%d\ndecoder_start_token_id=%d\neos_token_id=%d\n"
        "feed_forward_proj=%s%s\nlayer_norm_epsilon=%.9g\nmodel_type=t5\nnum_decoder_layers=%d\n"
        "num_heads=%d\nnum_layers=%d\nrelative_attention_max_distance=%d\n"
        "relative_attention_num_buckets=%d\nscale_decoder_outputs=%d\nvocab_size=%d\n",
        c->inter, c->key_size, c->hidden, c->start_id, c->end_id, c->gated ? "gated-" : "",
        mc_act_name(c->act), c->eps, c->decoder_layers, c->heads, c->layers, c->max_distance,
        c->buckets, c->scales_logits, c->vocab);
}

// --- tensors, in transformers' order; initialised as transformers does, from initializer_factor

struct stack { // where tensors are added
    const struct mc_config *c;
    struct mc_table *t;
    enum mc_stack stack;
    int block, layer; // numbers of the block, and of the sublayer in it
};

static const char *const STACK[] = {[MC_STACK_ENCODER] = "encoder", [MC_STACK_DECODER] = "decoder"};

static int add(const struct stack *at, struct mc_place is, int64_t out, int64_t in, double std,
               const char *name, struct mc_error *e) {
    char sublayer[64];
    int n = snprintf(sublayer, sizeof sublayer, "%s.block.%d.layer.%d", STACK[at->stack], at->block,
                     at->layer);
    is.block = MC_BLOCK_LAYER;
    is.stack = at->stack;
    is.layer = at->block;
    at->t->std = at->c->init_range * std;
    int k = mc_table_add(at->t, &is, out, in, e, "%s.%s.weight", sublayer, name);
    MC_TRY(k);
    if (is.role == MC_ROLE_NORM) at->t->p[k].init_scale = at->c->init_range;
    if (is.role == MC_ROLE_ATTENTION_OUTPUT || is.role == MC_ROLE_DOWN)
        at->t->p[k].sublayer_name_len = n;
    return 0;
}

static int add_norm(const struct stack *at, enum mc_sublayer sublayer, struct mc_error *e) {
    return add(
        at,
        (struct mc_place){.sublayer = sublayer, .role = MC_ROLE_NORM, .axis = {MC_AXIS_RESIDUAL}},
        at->c->hidden, 0, 1, "layer_norm", e);
}

static int add_attention(const struct stack *at, enum mc_sublayer sublayer, bool bias,
                         struct mc_error *e) {
    const struct mc_config *c = at->c;
    const char *name = sublayer == MC_SUBLAYER_CROSS ? "EncDecAttention" : "SelfAttention";
    int64_t d = c->hidden, inner = (int64_t)c->heads * c->key_size;
    const struct {
        char name;
        enum mc_role role;
        double std;
    } part[] = {{'q', MC_ROLE_QUERY, pow((double)d * c->key_size, -.5)},
                {'k', MC_ROLE_KEY, pow((double)d, -.5)},
                {'v', MC_ROLE_VALUE, pow((double)d, -.5)},
                {'o', MC_ROLE_ATTENTION_OUTPUT, pow((double)inner, -.5)}};
    char full[64];
    for (int k = 0; k < 4; k++) {
        bool ends = part[k].role == MC_ROLE_ATTENTION_OUTPUT;
        const struct mc_place is = {.sublayer = sublayer,
                                    .role = part[k].role,
                                    .axis = {ends ? MC_AXIS_RESIDUAL : MC_AXIS_HEADS,
                                             ends ? MC_AXIS_HEADS : MC_AXIS_RESIDUAL}};
        snprintf(full, sizeof full, "%s.%c", name, part[k].name);
        MC_TRY(add(at, is, ends ? d : inner, ends ? inner : d, part[k].std, full, e));
    }
    const struct mc_place biases = {.sublayer = sublayer,
                                    .role = MC_ROLE_RELATIVE_BIAS,
                                    .axis = {MC_AXIS_BUCKETS, MC_AXIS_EACH_HEAD}};
    snprintf(full, sizeof full, "%s.relative_attention_bias", name);
    if (bias) MC_TRY(add(at, biases, c->buckets, c->heads, pow((double)d, -.5), full, e));
    return add_norm(at, sublayer, e);
}

static int add_feed_forward(const struct stack *at, struct mc_error *e) {
    const struct mc_config *c = at->c;
    const enum mc_sublayer ff = MC_SUBLAYER_FEED_FORWARD;
    int64_t d = c->hidden, f = c->inter;
    // wi_0 goes through the activation, wi_1 beside it
    const struct mc_place act = {.sublayer = ff,
                                 .role = c->gated ? MC_ROLE_GATE : MC_ROLE_UP,
                                 .axis = {MC_AXIS_FEED_FORWARD, MC_AXIS_RESIDUAL}},
                          up = {.sublayer = ff,
                                .role = MC_ROLE_UP,
                                .axis = {MC_AXIS_FEED_FORWARD, MC_AXIS_RESIDUAL}},
                          down = {.sublayer = ff,
                                  .role = MC_ROLE_DOWN,
                                  .axis = {MC_AXIS_RESIDUAL, MC_AXIS_FEED_FORWARD}};
    double std = pow((double)d, -.5);
    MC_TRY(add(at, act, f, d, std, c->gated ? "DenseReluDense.wi_0" : "DenseReluDense.wi", e));
    if (c->gated) MC_TRY(add(at, up, f, d, std, "DenseReluDense.wi_1", e));
    MC_TRY(add(at, down, d, f, pow((double)f, -.5), "DenseReluDense.wo", e));
    return add_norm(at, ff, e);
}

static int add_stack(const struct mc_config *c, enum mc_stack which, struct mc_table *t,
                     struct mc_error *e) {
    struct stack at = {.c = c, .t = t, .stack = which};
    bool decoder = which == MC_STACK_DECODER;
    for (; at.block < (decoder ? c->decoder_layers : c->layers); at.block++) {
        at.layer = 0;
        MC_TRY(add_attention(&at, MC_SUBLAYER_ATTENTION, at.block == 0, e));
        at.layer++;
        if (decoder) MC_TRY(add_attention(&at, MC_SUBLAYER_CROSS, false, e));
        at.layer += decoder;
        MC_TRY(add_feed_forward(&at, e));
    }
    const struct mc_place norm = {
        .block = MC_BLOCK_FINAL, .stack = which, .role = MC_ROLE_NORM, .axis = {MC_AXIS_RESIDUAL}};
    int k = mc_table_add(t, &norm, c->hidden, 0, e, "%s.final_layer_norm.weight", STACK[which]);
    if (k >= 0) t->p[k].init_scale = c->init_range;
    return k < 0 ? k : 0;
}

static int table(const struct mc_config *c, int n_labels, struct mc_table *t, struct mc_error *e) {
    const struct mc_place shared = {.block = MC_BLOCK_EMBEDDINGS,
                                    .role = MC_ROLE_TOKEN_EMBEDDING,
                                    .axis = {MC_AXIS_VOCABULARY, MC_AXIS_RESIDUAL}},
                          out = {.block = MC_BLOCK_HEAD,
                                 .role = MC_ROLE_OUTPUT_EMBEDDING,
                                 .axis = {MC_AXIS_VOCABULARY, MC_AXIS_RESIDUAL}};
    (void)n_labels;
    t->std = c->init_range;
    MC_TRY(mc_table_add(t, &shared, c->vocab, c->hidden, e, "shared.weight"));
    MC_TRY(add_stack(c, MC_STACK_ENCODER, t, e));
    MC_TRY(add_stack(c, MC_STACK_DECODER, t, e));
    t->std = c->init_range;
    if (c->untied) MC_TRY(mc_table_add(t, &out, c->vocab, c->hidden, e, "lm_head.weight"));
    return 0;
}

static void kind(const struct mc_param *p, char out[MC_PARAM_NAME]) {
    const char *block = strstr(p->name, ".block.");
    int before = block ? (int)(block - p->name) : 0;
    strcpy(out, p->name);
    if (!block) return;
    block += strlen(".block.");
    snprintf(out, MC_PARAM_NAME, "%.*s%s", before, p->name, block + strspn(block, "0123456789"));
}

// --- plan

struct builder {
    const struct mc_config *c;
    struct mc_plan *p;
    int slot; // the next tensor, in the order of the table
    int bias; // of the stack's relative positions
    bool causal;
    mc_val source; // what the encoder has made of it
};

static mc_val linear(struct builder *b, mc_val x) { return mc_plan_linear(b->p, x, b->slot++, -1); }

static mc_val normed(struct builder *b, mc_val x, int slot, float scale) {
    return mc_plan_rms(b->p, x, slot, (float)b->c->eps, scale);
}

// x + dropout(attention(norm(x))), over x itself or over the source.
static mc_val attention(struct builder *b, mc_val x, bool cross, int block) {
    const struct mc_config *c = b->c;
    float drop = (float)c->drop_hidden;
    bool first = !cross && block == 0; // the biases of all blocks are here
    int norm = b->slot + 4 + first;    // behind q, k, v, o and the biases
    mc_val n = normed(b, x, norm, 1), from = cross ? b->source : n;
    mc_val q = linear(b, n), k = linear(b, from), v = linear(b, from);
    if (first) b->bias = b->slot + 1;
    const struct mc_attention how = {.heads = c->heads,
                                     .scale = 1,
                                     .drop_p = drop,
                                     .causal = b->causal && !cross,
                                     .layer = b->causal && !cross ? block : -1,
                                     .bias = cross ? -1 : b->bias,
                                     .buckets = c->buckets,
                                     .max_distance = c->max_distance};
    mc_val a = linear(b, mc_plan_attend(b->p, q, k, v, &how));
    b->slot = norm + 1;
    return mc_plan_add(b->p, a, x, drop);
}

static mc_val feed_forward_of(struct builder *b, mc_val x) {
    const struct mc_config *c = b->c;
    int norm = b->slot + 2 + c->gated;
    mc_val n = normed(b, x, norm, 1), f = linear(b, n);
    f = c->gated ? mc_plan_gate(b->p, f, linear(b, n), c->act) : mc_plan_act(b->p, f, -1, c->act);
    f = linear(b, mc_plan_dropout(b->p, f, (float)c->drop_hidden));
    b->slot = norm + 1;
    return mc_plan_add(b->p, f, x, (float)c->drop_hidden);
}

static mc_val stack(struct builder *b, int feed, float scale) {
    const struct mc_config *c = b->c;
    float drop = (float)c->drop_hidden;
    int slot[MC_FEEDS] = {-1, -1, -1, -1};
    slot[feed] = 0;
    mc_val x = mc_plan_dropout(b->p, mc_plan_embed(b->p, c->hidden, slot), drop);
    for (int i = 0; i < (b->causal ? c->decoder_layers : c->layers); i++) {
        x = attention(b, x, false, i);
        if (b->causal) x = attention(b, x, true, i);
        x = feed_forward_of(b, x);
    }
    return mc_plan_dropout(b->p, normed(b, x, b->slot++, scale), drop);
}

static void plan(const struct mc_config *c, const struct mc_readout *at, struct mc_plan *p) {
    struct builder b = {.c = c, .p = p, .slot = 1};
    b.source = stack(&b, MC_FEED_IDS, 1);
    b.causal = true;
    mc_val x = stack(&b, MC_FEED_TARGETS, c->scales_logits ? (float)pow(c->hidden, -.5) : 1);
    int out = c->untied ? b.slot : 0;
    mc_plan_target_ids(p, c->start_id, c->end_id);
    if (at->vocabulary)
        mc_plan_vocabulary_loss(p, x, out, -1);
    else
        at->loss(p, c, mc_plan_linear(p, x, out, -1));
}

static int max_len(const struct mc_config *c) { return c->positions; }

static const char *const DROPPED[] = {
    "decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.", NULL};

static const struct mc_tied TIED[] = {
    {"encoder.embed_tokens.weight", "shared.weight", false, false},
    {"decoder.embed_tokens.weight", "shared.weight", false, false},
    {"lm_head.weight", "shared.weight", true, false},
    {NULL, NULL, false, false}};

const struct mc_arch mc_arch_t5 = {
    .type = "t5",
    .text_to_text = true,
    .class_name = "T5ForConditionalGeneration",
    .base_class = "T5ForConditionalGeneration",
    .prefix = "",
    .head = "lm_head.",
    .unique_prefix = "encoder.block.",
    .dropped = DROPPED,
    .tied = TIED,
    .kind = kind,
    .config = config,
    .update_json = update_json,
    .lines = lines,
    .table = table,
    .plan = plan,
    .max_len = max_len,
};
