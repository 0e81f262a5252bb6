// Runs a compiled plan over batches of ragged sequences: cut into chunks of whole sequences, a
// thread takes a chunk through all layers. Results do not depend on the number of threads.
#ifndef MC_RUN_H
#define MC_RUN_H

#include <stdint.h>

#include "mc/plan.h"
#include "mc/pool.h"

// A longer batch that comes in parts, one after the other. A part is cut into the groups and chunks
// that its sequences have in the whole, so the results are the same to the bit.
struct mc_whole {
    bool more;      // sequences follow that may join the last group, which is left to the next part
    int64_t tokens; // of all sequences, where they have targets:
    const int64_t *targets; // [n_targets] how many have a target of so many tokens; or NULL
    int n_targets;
    int done; // set by the run: how many sequences of the part it has evaluated
};

// n sequences: sequence i is example e = pick ? pick[i] : i with tokens offset[e]..offset[e + 1] of
// ids and types, and label[e] (an output of the model; -1 or label NULL: unknown). All borrowed.
//
// Text to text: target k has the tokens target_offset[k]..target_offset[k + 1] of target_ids, its
// last the end. per 0: target e belongs to example e; else the targets 0..per-1 belong to every
// sequence.
struct mc_batch {
    int n;
    struct mc_whole *whole; // of an evaluation: what the batch is a part of, or NULL
    const int64_t *pick, *offset;
    const int32_t *ids, *label;
    const double *value; // per example, for the square error
    const uint8_t *types;
    const int32_t *target_ids;
    const int64_t *target_offset;
    int per;
    // Positions chosen of example e, and the class at each: chosen_offset[e]..chosen_offset[e + 1]
    // of chosen, counted in the example from 0, and of chosen_class. NULL: none are.
    const int64_t *chosen_offset;
    const int32_t *chosen, *chosen_class;
};

// Per sequence of the batch, each array of n or NULL. loss in nats, or a square error; nan
// without a label or number; of a target the mean over its tokens, of chosen positions over these,
// nan where an example has none; p_label the probability of the label; logits[n, outputs]. Of
// targets with per > 0: nll[n, per], the sums over their tokens; and with per 0 token_logits, a row
// for every token of target_ids.
struct mc_result {
    double *loss, *p_label, *nll;
    int32_t *predicted;
    float *logits, *token_logits;
};

// Training: the gradient of weight * (sum of the losses) goes to the bound gradients, which it
// replaces; the rows of embeddings are added to and must be cleared before. The losses of targets
// are those of their tokens. Dropout draws from (seed, step, place). add: it is added to what is
// there instead.
struct mc_step {
    double weight;
    uint64_t seed;
    uint32_t step;
    bool add;
};

struct mc_run;

// A run of a compiled plan, which must outlive it, as must the pool. MC_ERR_USAGE as mc_kern_check.
struct mc_run *mc_run_new(const struct mc_plan *p, struct mc_pool *pool,
                          struct mc_error *e) MC_MUST_USE;
void mc_run_free(struct mc_run *r);
// The weights w[slot]; for training the gradients g[slot], of which those that do not train are
// NULL. May be called again with others.
void mc_run_bind(struct mc_run *r, float *const *w, float *const *g);
// The bound weights have changed since the last batch: what was made of them is stale.
void mc_run_weights_changed(struct mc_run *r);
// One batch through the plan; train NULL: evaluation. out's arrays that are not NULL are filled.
int mc_run_batch(struct mc_run *r, const struct mc_batch *b, const struct mc_step *train,
                 const struct mc_result *out, struct mc_error *e) MC_MUST_USE;

// Values that a batch has left at a cut of the plan: what operations before number `at` have
// computed and it or later ones read, of the first n_chunks chunks. All zeros: none.
struct mc_cut {
    int at, n_chunks;
    size_t *place; // [n_chunks] in x
    float *x;
    size_t bytes; // of x
};
void mc_cut_release(struct mc_cut *c);

// Multiplications of linear layers: in all, and those that were not done since values were kept.
struct mc_work {
    double all, skipped;
};
// One batch through a plan for evaluation alone, from the values in *cut on, which an earlier call
// on the same batch has left there; no weight that an operation before cut->at reads may have
// changed since. The results are those of mc_run_batch to the bit. Weights of operations before
// number `same`, where it is one, are expected to stay: where that saves more, the values at a cut
// at or before it replace those in *cut, taking `room` bytes at most; while they do, both are
// there. *w is added to.
int mc_run_batch_from(struct mc_run *r, const struct mc_batch *b, const struct mc_result *out,
                      int same, size_t room, struct mc_cut *cut, struct mc_work *w,
                      struct mc_error *e) MC_MUST_USE;
// Greedy decoding by a stepwise plan: the most probable token after token, up to the end token or
// max_new tokens; ids[n, max_new], their numbers in len[n]. Each sequence goes through the encoder
// once; keys and values of earlier tokens are kept. Targets in *b, one per example, are scored on
// the way, into *out.
int mc_run_decode(struct mc_run *r, const struct mc_batch *b, int max_new, int32_t *ids, int *len,
                  const struct mc_result *out, struct mc_error *e) MC_MUST_USE;

// How a batch is cut. A rule of lengths and of the plan alone: groups of at most MC_GROUP_TOKENS,
// each in a multiple of four chunks of about MC_CHUNK_TOKENS, balanced by length, sequences in
// order within a chunk. For decoding, where a step has one row per sequence: one group, chunks of
// about MC_CHUNK_SEQS sequences, or of MC_CHUNK_TARGETS tokens of the targets that are scored on
// the way. Evaluation with short targets takes chunks of up to MC_CHUNK_MOST tokens, so that there
// are MC_CHUNK_ROWS rows of targets for every pass over the decoder's weights.
enum {
    MC_GROUP_TOKENS = 2048,
    MC_CHUNK_TOKENS = 160,
    MC_CHUNK_MOST = 512,
    MC_CHUNK_ROWS = 64,
    MC_CHUNK_SEQS = 64,
    MC_CHUNK_TARGETS = 1024
};
struct mc_chunking {
    int n_groups, n_chunks;
    int *group; // [n_groups + 1] first chunk
    int *chunk; // [n_chunks + 1] first entry of seq
    int *seq;   // numbers of sequences in the batch

    // memory for batches of fewer than `cap` sequences, kept from one to the next
    int cap;
    struct mc_chunking_item *item;
    int64_t *load;
};
// Cuts a batch of n sequences of len[n] tokens into groups and chunks of about chunk_tokens; and,
// to decode, into one group, the sequences' targets having target_tokens tokens in all. *d is all
// zeros or what an earlier call has left.
int mc_chunking_by_tokens(struct mc_chunking *d, int n, const int *len, int chunk_tokens,
                          struct mc_error *e) MC_MUST_USE;
int mc_chunking_to_decode(struct mc_chunking *d, int n, const int *len, int64_t target_tokens,
                          struct mc_error *e) MC_MUST_USE;
// Frees the memory; *d is all zeros then.
void mc_chunking_release(struct mc_chunking *d);

#endif
