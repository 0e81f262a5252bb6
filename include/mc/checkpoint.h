// Checkpoints: what a run of training is resumed from.
#ifndef MC_CHECKPOINT_H
#define MC_CHECKPOINT_H

#include "mc/train.h"

// A checkpoint: a document of kind state, then the documents saved so far. `run` identifies the
// run: a checkpoint of another one is refused. Written to a temporary file and renamed.
struct mc_checkpoint {
    const char *path;
    const char *previous; // the file that holds the documents saved earlier, or NULL
    const char *run, *kernels;
    struct mc_pool *pool;
    // Models saved since `previous` was written: their weights lie in a file without a name beside
    // the checkpoint, so that memory holds one at most, however many there are.
    struct mc_spool {
        int fd, n;
        bool open;
    } kept;
    int64_t *kept_step; // [kept.n]
};
// Keeps a copy of a document that went out after a step, for the next checkpoint; drops all that
// are kept.
int mc_checkpoint_keep(struct mc_checkpoint *c, const struct mc_model *m, int64_t step,
                       struct mc_error *e) MC_MUST_USE;
void mc_checkpoint_drop(struct mc_checkpoint *c);
// Writes the checkpoint, then drops the documents kept for it: the file has them, and becomes the
// previous one.
int mc_checkpoint_write(struct mc_checkpoint *c, const struct mc_training *t,
                        struct mc_error *e) MC_MUST_USE;
// Restores the state and passes the saved documents to w. *kernels (caller frees): those of the run
// so far. MC_ERR_INPUT: no checkpoint, or one of another run: by `run`, by the models that it has
// saved, or by the dev set that the rows of its table tell of.
int mc_checkpoint_read(const char *path, const char *run, struct mc_training *t,
                       struct mc_writer *w, char **kernels, struct mc_error *e) MC_MUST_USE;
// 0 where mc_checkpoint_read would restore a state of this run. The file is read to its
// end, t stays as it is. MC_ERR_INPUT, MC_ERR_IO: not.
int mc_checkpoint_check(const char *path, const char *run, const struct mc_training *t,
                        struct mc_error *e) MC_MUST_USE;

#endif
