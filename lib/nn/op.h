// What an operation sees while it runs on a chunk. Private to lib/nn.
#ifndef MC_NN_OP_H
#define MC_NN_OP_H

#include "mc/gemm.h"
#include "mc/run.h"

// A row space of one chunk: sequences at[s]..at[s + 1].
struct mc_space {
    int rows, seqs;
    int *at;
};

struct mc_chunk {
    struct mc_space space[MC_SPACES];
    int32_t *feed[MC_FEEDS]; // per token
    int *example;            // number in the batch, per sequence (the same in every space)
    int *label;              // per sequence, -1: unknown
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
    const struct mc_step *train;
    uint32_t drop_key[2];
    const struct mc_result *out;
};

static inline int mc_rows(const struct mc_exec *x, mc_val v) {
    return x->chunk.space[x->plan->value[v].space].rows;
}
static inline int mc_cols(const struct mc_exec *x, mc_val v) { return x->plan->value[v].cols; }
// The partial sum of a vector's gradient, or NULL when it is not trained.
static inline float *mc_small(const struct mc_exec *x, int slot) {
    return slot >= 0 && x->plan->small_at[slot] >= 0 ? x->small + x->plan->small_at[slot] : NULL;
}

extern const struct mc_op_class mc_op_embed, mc_op_linear, mc_op_act, mc_op_norm, mc_op_dropout,
    mc_op_first, mc_op_attend, mc_op_cross_entropy;

#endif
