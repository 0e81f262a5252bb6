// A plan: the operations of a network in order, built once per model and purpose. Compiling it
// works out which values need a gradient, how long each lives, and what the gradients of the
// weights need to be kept.
//
// Values are matrices [rows of a row space, cols]. A row space is a ragged run of rows: sequences
// one behind the other without padding. Parameters are arguments: a plan knows slots, a run binds
// them to arrays.
#ifndef MC_PLAN_H
#define MC_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "mc/kern.h"
#include "mc/param.h"

enum mc_space_id {
    MC_SPACE_TOKENS,  // every token of every sequence
    MC_SPACE_FIRST,   // the first position of every sequence
    MC_SPACE_TARGETS, // every token of the targets that belong to the sequences
    MC_SPACE_CHOSEN,  // the positions that a batch chooses of every sequence
    MC_SPACES
};

// Row numbers of embeddings: per token, the last per token of a target.
// Rows of several feeds are added in this order, as transformers adds them.
enum mc_feed { MC_FEED_IDS, MC_FEED_TYPES, MC_FEED_POSITIONS, MC_FEED_TARGETS, MC_FEEDS };

typedef int mc_val; // index of a value; negative: an error on its way to mc_plan_compile

enum { MC_OP_IN = 3, MC_OP_KEEP = 3, MC_OP_PAR = MC_FEEDS };

struct mc_exec;
struct mc_op;
struct mc_plan;

struct mc_op_class {
    const char *name;
    void (*forward)(const struct mc_op *op, struct mc_exec *x);
    void (*backward)(const struct mc_op *op, struct mc_exec *x);
    // what backward reads besides the gradient of the output
    bool reads_in, reads_out;
    // weight gradients are taken over the whole group from the inputs (linear) and the gradient of
    // the output
    bool group_in, group_out_grad;
    bool product; // of in[0] and a weight, whose operands the precision rounds
    // a loss that training takes over all rows of a group, between the forward and the backward of
    // its chunks: what backward reads is kept for the whole group
    bool over_group;
    bool sole_reader; // nobody else may read its operands
};

struct mc_op {
    const struct mc_op_class *cls;
    mc_val in[MC_OP_IN], out, keep[MC_OP_KEEP]; // -1: none
    int par[MC_OP_PAR];                         // slots; -1: none
    bool grad_in[MC_OP_IN];                     // backward writes the gradient of in[k] ...
    bool add_in[MC_OP_IN];                      // ... adding to what a later operation left there
    bool rounds_in;                             // a product: the first to read a rounded in[0]
    enum mc_act act;
    int heads, site; // attention; place of a dropout
    int prefix_at;   // columns of par[1] before the keys; the values are behind them
    float scale, eps, drop_p;
    bool causal;
    int buckets, max_distance; // of relative positions
    int cache;                 // number of a causal attention among those of the plan
    int wave; // gradients of one weight from several operations are added one after the other
};

struct mc_value {
    int space, cols;
    bool grad; // a gradient flows into it
};

// The arrays of a value: itself, its gradient, and both rounded, where products take bfloat16.
enum mc_buf_kind { MC_BUF_X, MC_BUF_DX, MC_BUF_X16, MC_BUF_DX16, MC_BUF_KINDS };

// One array that a run must provide; number kind * n_values + value.
struct mc_plan_buf {
    bool group;     // kept for all chunks of a group
    int born, dies; // steps of the schedule, forward then backward; -1: nobody needs it
};

// What a tuning method changes in a network, where it is built. Each may be NULL.
struct mc_plan_edit {
    void *ctx;
    // Is told of every linear layer y = x W^T + b by the slot of W; returns what takes y's place.
    mc_val (*linear)(void *ctx, struct mc_plan *p, mc_val x, mc_val y, int weight);
    // Is told of every attention of a layer over itself by its number; returns the slot of a tensor
    // [n, cols] whose rows hold the keys [heads][d] of n tokens before all others at column *at,
    // and their values behind; or -1.
    int (*prefix)(void *ctx, int layer, int width, int *at);
};

struct mc_plan {
    const struct mc_plan_edit *edit; // or NULL; set before building
    const struct mc_table *table;    // slots are its rows; borrowed
    bool *trainable;                 // per slot, own copy
    bool backward;                   // compiled for training
    bool stepwise;               // targets can be written a token at a time; set before compiling
    enum mc_precision precision; // of the inputs of linear layers' products
    struct mc_value *value;
    int n_values, cap_values;
    struct mc_op *op;
    int n_ops, cap_ops, n_sites;
    struct mc_plan_buf *buf; // [MC_BUF_KINDS * n_values]
    int64_t *small_at;       // per slot: place in the partial sums of a chunk, or -1
    int64_t small_size;
    int max_d_head, loss_op, n_out;
    int max_bias_heads, n_caches, n_waves;
    int max_prefix;             // keys before those of a sequence
    double row_cost[MC_SPACES]; // multiplications of a row of a space
    int pad_id;                 // that positions are counted from, or -1
    int shift;                  // of positions
    int start_id, end_id;       // before the first token of a target; its last
    struct mc_error error;      // the first of the builders
};

// Builders. A failed one leaves the reason in p->error and a negative value, which the next ones
// pass on. A value may have several readers, but for the operands that say otherwise: their
// gradients are written in place.
void mc_plan_init(struct mc_plan *p, const struct mc_table *t);
void mc_plan_release(struct mc_plan *p);
// y[rows, H] = sum of the rows that the feeds choose in embeddings (slot -1: none); all feeds of
// the tokens, or that of the targets: a target's row reads the token before it.
mc_val mc_plan_embed(struct mc_plan *p, int cols, const int slot[MC_FEEDS]);
// Positions are counted from pad_id over what is no padding, whose own position is pad_id; else
// from 0 over all tokens.
void mc_plan_pad_positions(struct mc_plan *p, int pad_id);
// Positions begin so many later: behind a prefix.
void mc_plan_shift_positions(struct mc_plan *p, int by);
// position[n] of a sequence of n tokens.
void mc_plan_positions(const struct mc_plan *p, const int32_t *ids, int n, int32_t *position);
// y = x W^T + b; W[out, in], bias -1: none
mc_val mc_plan_linear(struct mc_plan *p, mc_val x, int weight, int bias);
// y = act(x + b); x must have no other reader
mc_val mc_plan_act(struct mc_plan *p, mc_val x, int bias, enum mc_act act);
// y = dropout(a) + r with mean 0 and variance 1 (Ba et al. 2016), times gamma, plus beta; r -1:
// none, else another value than a
mc_val mc_plan_norm(struct mc_plan *p, mc_val a, mc_val r, int gamma, int beta, float eps,
                    float drop_p);
// dropout(x), or x itself at rate 0
mc_val mc_plan_dropout(struct mc_plan *p, mc_val x, float drop_p);
// The rows of x at the first position of every sequence.
mc_val mc_plan_first(struct mc_plan *p, mc_val x);
// The rows of x, of the tokens' space, that a space has: all, the first ones, those chosen.
mc_val mc_plan_rows(struct mc_plan *p, mc_val x, enum mc_space_id space);
// y = scale * gamma * x / sqrt(mean(x^2) + eps), row by row (Zhang and Sennrich 2019)
mc_val mc_plan_rms(struct mc_plan *p, mc_val x, int gamma, float eps, float scale);
// y = dropout(a) + r; r another value than a
mc_val mc_plan_add(struct mc_plan *p, mc_val a, mc_val r, float drop_p);
// y = scale * x
mc_val mc_plan_scale(struct mc_plan *p, mc_val x, float scale);
// y = act(a) * b; both without another reader
mc_val mc_plan_gate(struct mc_plan *p, mc_val a, mc_val b, enum mc_act act);

// Attention of q's sequences over the sequences of k and v they belong to: softmax(scale q k^T +
// bias) v per head. q, k and v are three values that have no other reader.
struct mc_attention {
    int heads;
    float scale, drop_p;
    bool causal; // a token sees itself and those before it
    int layer;   // number of a layer whose own keys may have a prefix, or -1
    int bias;    // slot of a table [buckets, heads] of biases by relative position, or -1
    int buckets, max_distance;
};
mc_val mc_plan_attend(struct mc_plan *p, mc_val q, mc_val k, mc_val v,
                      const struct mc_attention *how);
// The bucket of relative position key - query (Raffel et al. 2020, as transformers computes it):
// half of the buckets, on either side where not causal, are for one distance each, the others for
// ranges that grow with its logarithm up to max_distance.
int mc_relative_bucket(int relative, bool causal, int buckets, int max_distance);
// Cross-entropy of the logits against the labels of the batch, in nats; the end of a plan.
void mc_plan_cross_entropy(struct mc_plan *p, mc_val logits);
// (y - value)^2 of the one output against the numbers of the batch; the end of a plan.
void mc_plan_square_error(struct mc_plan *p, mc_val y);
// The same of a logit row per token of the targets against that token; the end of a plan.
void mc_plan_token_loss(struct mc_plan *p, mc_val logits);
// The same of a logit row per chosen position against the batch's class there; the end of a plan.
void mc_plan_chosen_loss(struct mc_plan *p, mc_val logits);

// The cross-entropy of x W^T + b, W[words, cols], b[words] or -1, a row of x per token of the
// targets (mc_plan_target_ids) or per chosen position; the end of a plan. The logits are never
// there for all rows of a batch at a time.
void mc_plan_vocabulary_loss(struct mc_plan *p, mc_val x, int weight, int bias);
// The token before the first of a target, and its last.
void mc_plan_target_ids(struct mc_plan *p, int start_id, int end_id);

// Whether an operation reads the tensor of a slot.
bool mc_plan_reads(const struct mc_plan *p, int slot);
// The embedding whose rows a feed chooses, or -1; and whether a tensor is read by such rows alone,
// so that a batch leaves the gradient of the others 0.
int mc_plan_embedding(const struct mc_plan *p, enum mc_feed feed);
bool mc_plan_by_rows(const struct mc_plan *p, int slot);

// trainable[slot], or NULL for evaluation alone. MC_ERR_INPUT: the error of a builder, or a network
// whose gradient cannot be computed as the builders say.
int mc_plan_compile(struct mc_plan *p, const bool *trainable, enum mc_precision precision,
                    struct mc_error *e) MC_MUST_USE;

#endif
