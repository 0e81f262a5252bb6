// What an evaluation of many models keeps from one to the next: where tensors compare equal, the
// operations that read no others give the same activations, and are not done again. Results are the
// same to the bit.
#ifndef MC_KEPT_H
#define MC_KEPT_H

#include "mc/run.h"

struct mc_task;
struct mc_kept_block;

// Bytes kept at most in all. Half of them is for the cuts, since each is there twice while it
// moves: as much as the outputs of a layer of MiniLM's width for 3,400 sentences of 25 tokens. All
// is less than one model of BERT's base size, of which mc-eval holds two.
#define MC_KEPT_ROOM ((size_t)256 << 20)

struct mc_kept_task {
    const struct mc_task *task;
    struct mc_cut cut;
    size_t room;
};

struct mc_kept {
    struct mc_kept_task *task; // [n_tasks]
    int n_tasks;
    struct mc_kept_block *block; // [n_blocks] of the tensors, in the order in which the plan reads
    int n_blocks, n_known;       // the first n_known have the hash of the model compared last
    int same;                    // operations before the first that tells the last two models apart
    bool fresh;                  // the next model has not been compared yet
    bool alone;
    int64_t models;
    struct mc_work work;
};

// For n tasks, which share `room` bytes by their tokens. Borrows them.
int mc_kept_init(struct mc_kept *k, const struct mc_task *task, int n, size_t room,
                 struct mc_error *e) MC_MUST_USE;
void mc_kept_release(struct mc_kept *k);
// Another model comes: must be called before each. alone: as far as is known it is the first and
// the last, and not worth a look.
void mc_kept_next(struct mc_kept *k, bool alone);
// There is another plan.
void mc_kept_forget(struct mc_kept *k);
// Compares a new model's weights with those of the one before, by a hash of 128 bits of every 64
// KiB of a tensor: the one before is not in memory any more. Forgets what they have made stale.
// Looks no further than the first difference where the plan's first operation reads it already.
int mc_kept_compare(struct mc_kept *k, const struct mc_plan *p, float *const *w,
                    struct mc_error *e) MC_MUST_USE;
// As mc_run_batch, on the batch of a task; of one that it was not made for, or that comes in
// blocks, exactly so.
int mc_kept_run(struct mc_kept *k, struct mc_run *r, const struct mc_task *t,
                const struct mc_batch *b, const struct mc_result *out,
                struct mc_error *e) MC_MUST_USE;
// Bytes of all values kept now.
size_t mc_kept_bytes(const struct mc_kept *k);
// The share of the work that was not done, of 1.
double mc_kept_share(const struct mc_kept *k);

#endif
