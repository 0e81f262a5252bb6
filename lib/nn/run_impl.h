// The state of a run, and its parts: workspace (workspace.c), gradients of a group (grads.c),
// values kept for a later batch (cut.c), chunks and batches (run.c). Private to lib/nn.
#ifndef MC_NN_RUN_IMPL_H
#define MC_NN_RUN_IMPL_H

#include "mc/gemm.h"
#include "op.h"

enum { K_STEP = 32 }; // rows of a group go to products in whole steps: few shapes to prepare

struct thread {
    float *arena, *work, *bias, *tile;
    double *nll; // per row of the loss over a vocabulary, in evaluation
    void **ptr;  // [MC_BUF_KINDS * n_values]
    int32_t *ints;
    struct mc_gemm *gemm;
    struct mc_cache *cache; // [n_caches], of decoding
    struct mc_error error;  // of decoding
};

struct grad_task {
    const struct mc_op *op; // NULL: partial sums, of one slot or (-1) of all that are few
    int feed, from, to; // rows of the output of a linear layer, entries of a feed's sorted list, or
    int slot;           // elements of the tensor of a slot
};

// A part of a weight to be rounded.
struct round_task {
    int slot;
    size_t from, to;
};

// What a loss over the group keeps (vocabulary.c).
enum { MC_VOCABULARY_BLOCK = 128, MC_VOCABULARY_PARTS = 32 };
struct mc_vocabulary {
    float *logits;    // [BLOCK, words], then their gradient
    mc_bf16 *rounded; // the same, where products take bfloat16
    float *part;      // [PARTS, BLOCK, cols]: of the gradient of the block's rows
    int *gold;        // class per row of the group
    double *nll;      // loss likewise
};

struct mc_run {
    const struct mc_plan *plan;
    const struct mc_kern *kern;
    struct mc_pool *pool;
    int n_threads;
    struct thread *thread;
    const float **w;
    float **g;
    float *rounded; // the weights of products, two to a float
    mc_bf16 **w16;  // per slot
    struct round_task *round;
    int n_round;
    bool stale; // the rounded weights are older than w

    // capacities: rows and sequences of a chunk, rows of a group, keys of the longest sequence,
    // chunks of a group
    int cap[MC_SPACES], cap_seqs[MC_SPACES], group_cap[MC_SPACES], cap_seq, cap_chunks;
    size_t *at; // per buffer of the plan: its place in the arena it lives in, in floats
    float *group, *small;
    struct mc_vocabulary vocabulary;
    int32_t *group_feed[MC_FEEDS];
    uint64_t *sorted[MC_FEEDS], *sort_buffer; // id << 32 | row

    // the batch at hand
    const struct mc_batch *batch;
    const struct mc_step *train;
    const struct mc_result *out;
    uint32_t drop_key[2];
    struct mc_chunking chunking;
    // of the sequences, [cap_batch]: tokens, tokens of targets, chosen positions, share of the work
    // in tokens
    int *len, *target_len, *chosen_len, *cost, cap_batch;
    int (*row_at)[MC_SPACES]; // [n_chunks + 1] first row of a chunk, counted through the batch
    int first_chunk, group_chunks, group_rows[MC_SPACES]; // of the group at hand
    bool fresh;                                           // the first group of an update
    struct grad_task *task;
    int n_tasks;
    const struct mc_cut *from; // whose values an evaluation goes on from, or NULL
    const struct mc_cut *to;   // ... and that it fills, or NULL
};

// Makes the workspace large enough for the batch as it is cut into chunks; it grows rarely, since
// lengths repeat. max_new: tokens that decoding may write, or 0. MC_ERR_MEM.
int mc_run_workspace(struct mc_run *r, int max_new, struct mc_error *e) MC_MUST_USE;
void mc_run_free_workspace(struct mc_run *r);

// The lengths of the batch at hand, and the rounded weights: what comes before it is cut.
int mc_run_begin(struct mc_run *r, const struct mc_batch *b, const struct mc_step *train,
                 const struct mc_result *out, struct mc_error *e) MC_MUST_USE;
void mc_run_count_rows(struct mc_run *r);
// Of the batch at hand, cut into chunks: the cut at or before operation `same` that saves most with
// so much room, or 0, where none saves anything; place for the values there of as many chunks as
// there is room for (MC_ERR_MEM: *c is released by the caller); the multiplications of linear
// layers that the first n chunks take before operation `at`.
int mc_cut_choose(const struct mc_run *r, int same, size_t room);
int mc_cut_make(const struct mc_run *r, int at, size_t room, struct mc_cut *c,
                struct mc_error *e) MC_MUST_USE;
double mc_cut_work(const struct mc_run *r, int at, int n);
// The operation from which chunk c is computed: 0, or that of the values kept before, which are
// there then; and keeps its values before an operation where they are wanted.
int mc_cut_begin(const struct mc_run *r, int c, struct thread *th);
void mc_cut_keep(const struct mc_run *r, int c, int op, struct thread *th);
// Chunk c, its values placed and its feeds filled, ready for a thread.
struct mc_exec mc_run_chunk(struct mc_run *r, int c, struct thread *th);
int mc_run_check(struct mc_run *r, struct mc_error *e) MC_MUST_USE;

// Target sequences of every sequence of the batch.
static inline int mc_targets_of_each(const struct mc_batch *b) {
    return b->target_offset ? b->per ? b->per : 1 : 0;
}

// The value of a buffer of the plan, and whether it holds bfloat16.
static inline const struct mc_value *mc_buf_value(const struct mc_plan *p, int buf) {
    return &p->value[buf % p->n_values];
}
static inline bool mc_buf_is_bf16(const struct mc_plan *p, int buf) {
    return buf >= MC_BUF_X16 * p->n_values;
}

// Tasks that the gradients of a group can have at most at a time.
size_t mc_grads_most(const struct mc_plan *p);
// Adds the gradients of the group at hand, whose chunks are done, to those bound.
void mc_grads_of_group(struct mc_run *r);

// The loss over a vocabulary of the group at hand, whose chunks are forward, and its gradients; its
// scratch for the capacities, where the plan has one; floats of a thread's tile.
void mc_vocabulary_of_group(struct mc_run *r);
int mc_vocabulary_reserve(struct mc_run *r, struct mc_error *e) MC_MUST_USE;
void mc_vocabulary_release(struct mc_vocabulary *v);
size_t mc_vocabulary_tile(void);

// An array of the whole group.
static inline void *mc_group_buf(const struct mc_run *r, enum mc_buf_kind kind, mc_val v) {
    return r->group + r->at[(int)kind * r->plan->n_values + v];
}
static inline int mc_whole_steps(int rows) { return (rows + K_STEP - 1) / K_STEP * K_STEP; }
// The loss that is taken over the group, or NULL.
static inline const struct mc_op *mc_loss_over_group(const struct mc_plan *p) {
    return p->loss_op >= 0 && p->op[p->loss_op].cls->over_group ? &p->op[p->loss_op] : NULL;
}

#endif
