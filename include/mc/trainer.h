// What every program that trains does around the loop: reads the sets, identifies the run, resumes,
// writes models, log, checkpoints and summary.
#ifndef MC_TRAINER_H
#define MC_TRAINER_H

#include "mc/checkpoint.h"
#include "mc/training_options.h"

struct mc_trainer {
    const struct mc_cli *c; // set by the program, as the options
    struct mc_training_options *o;
    struct mc_model *m; // what is trained and written, held; set before mc_trainer_start
    char input[2 * MC_DIGEST_TEXT]; // digest of what was read as model, or two; likewise, as what
                                    // follows
    bool new_delta;                 // of struct mc_training
    const struct mc_trainable_class *trainable;
    const void *trainable_source;
    mc_save_fn *write; // the documents of m, whose metadata are set; NULL: m itself
    void *write_ctx;
    bool chooses; // --dev chooses what is written
    // The sets are corpora, whose sequences are corrupted so; NULL: labelled token sets. Set before
    // mc_trainer_open, as what follows.
    const struct mc_corruption *corrupts;
    mc_update_fn *seen; // told of every update, or NULL
    void *seen_ctx;

    struct mc_pool *pool;
    struct mc_writer *w; // the stream of models
    struct mc_tokens train;
    struct mc_corpus corpus;        // instead
    struct mc_corpus_source source; // of its sequences
    struct mc_task dev;
    struct mc_training t;

    struct mc_buf identity; // the run: options that count, model, set
    struct mc_buf line;     // of provenance: the run and the kernels it has used
    char family[2 * MC_FAMILY_TEXT], *kernels;
    struct mc_checkpoint check;
    struct mc_out table; // the log
    bool table_open;
    int64_t *subset; // of --only
};

// Judges the options, makes the pool, opens the output and reads the sets.
int mc_trainer_open(struct mc_trainer *r, struct mc_error *e) MC_MUST_USE;
// Once r->m is there: identifies the run and prepares the training, the log and what is written of
// every model, mc.provenance and mc.step. Then documents that stand before the models may be
// written.
int mc_trainer_start(struct mc_trainer *r, struct mc_error *e) MC_MUST_USE;
// Writes the base of r->m, with the role of one. MC_ERR_USAGE, of --with-base: it has none.
int mc_trainer_write_base(struct mc_trainer *r, struct mc_error *e) MC_MUST_USE;
// Goes on from a checkpoint where one is asked for, trains to the end, closes the output, then the
// log and the summary.
int mc_trainer_run(struct mc_trainer *r, struct mc_error *e) MC_MUST_USE;
void mc_trainer_release(struct mc_trainer *r);

#endif
