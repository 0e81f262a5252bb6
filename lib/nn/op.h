// What an operation sees while it runs on a chunk. Private to lib/nn.
#ifndef MC_NN_OP_H
#define MC_NN_OP_H

#include "mc/gemm.h"
#include "mc/run.h"

// A row space of one chunk: sequence s has the rows at[s]..at[s + 1] and belongs to sequence
// parent[s] of the tokens.
struct mc_space {
    int rows, seqs;
    int *at, *parent;
};

struct mc_chunk {
    struct mc_space space[MC_SPACES];
    int32_t *feed[MC_FEEDS];    // per row of the feed's space
    int *example;               // number in the batch, per sequence of the tokens
    int *label;                 // the same; -1: unknown
    int *target;                // token to be predicted, per row of the targets
    int *chosen, *chosen_class; // row of the tokens, and class, per row of the chosen
};

// Keys and values of the tokens that decoding has written so far, [seqs, steps, cols] for the
// sequences of the chunk.
struct mc_cache {
    float *k, *v;
    size_t cap[2]; // floats of k and of v
};

// A step of decoding: a row per live sequence.
struct mc_decoding {
    int step, steps;        // tokens before this one; tokens that the cache can hold
    struct mc_cache *cache; // per causal attention
    int *next;              // [rows] the most probable token
};

// One thread's view of a run.
struct mc_exec {
    const struct mc_plan *plan;
    const struct mc_kern *kern;
    struct mc_chunk chunk;
    struct mc_gemm *gemm;
    float **x, **dx;       // per value: this chunk's rows, and their gradients
    mc_bf16 **x16, **dx16; // the same, rounded, where a product needs it
    const float *const *w;
    const mc_bf16 *const *w16;
    float *small; // partial sums of the gradients of vectors, or NULL
    float *work;  // scratch of attention
    float *tile;  // logits of some rows and words, in evaluation
    int *gold;    // class per row of the loss, in training: part of the group's
    double *nll;  // loss per row of it
    float *bias;  // of relative positions, and its gradient: [2, heads, 2 cap - 1]
    int bias_cap;
    const struct mc_decoding *decoding; // or NULL: whole targets
    const struct mc_step *train;
    uint32_t drop_key[2];
    const struct mc_batch *batch;
    const struct mc_result *out;
};

static inline int mc_value_rows(const struct mc_exec *x, mc_val v) {
    return x->chunk.space[x->plan->value[v].space].rows;
}
// The number in the batch of a sequence of a space.
static inline int mc_example(const struct mc_exec *x, const struct mc_space *s, int seq) {
    return x->chunk.example[s->parent[seq]];
}
static inline int mc_value_cols(const struct mc_exec *x, mc_val v) {
    return x->plan->value[v].cols;
}
// The partial sum of a vector's gradient, or NULL when it is not trained.
static inline float *mc_small(const struct mc_exec *x, int slot) {
    return slot >= 0 && x->plan->small_at[slot] >= 0 ? x->small + x->plan->small_at[slot] : NULL;
}

extern const struct mc_op_class mc_op_chosen, mc_op_chosen_loss, mc_op_vocabulary_loss, mc_op_embed,
    mc_op_linear, mc_op_act, mc_op_gate, mc_op_norm, mc_op_rms, mc_op_add, mc_op_scale,
    mc_op_dropout, mc_op_first, mc_op_attend, mc_op_cross_entropy, mc_op_square_error,
    mc_op_token_loss;

static inline int mc_feed_space(int feed) {
    return feed == MC_FEED_TARGETS ? MC_SPACE_TARGETS : MC_SPACE_TOKENS;
}

// Multiplications of an operation that is a product, for a row of *space.
double mc_op_row_cost(const struct mc_plan *p, const struct mc_op *o, int *space);

#endif
