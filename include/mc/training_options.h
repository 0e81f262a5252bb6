// The options of every program that trains: declared once, judged once, and what they make of a
// recipe.
#ifndef MC_TRAINING_OPTIONS_H
#define MC_TRAINING_OPTIONS_H

#include "mc/cli.h"
#include "mc/recipe.h"

struct mc_training_options {
    const char *train;   // for messages: the set's file, or several with commas
    struct mc_list sets; // of --train; of corpora there is one, which is `train`
    const char *dev, *schedule, *optimizer, *no_decay; // as they were given
    const char *log, *summary, *save_at, *checkpoint, *resume, *only, *dynamics;
    int64_t seed, seed_init, seed_order, seed_dropout, checkpoint_every, dev_every;
    double checkpoint_s; // of --checkpoint-seconds
    bool or_begin;
    bool steps_given, seed_init_given, seed_order_given, seed_dropout_given, no_decay_given,
        layer_decay_given;
    bool new_head;
    char optimizers[MC_OPTIMIZER_CHOICES];

    struct mc_recipe r;  // what they mean, once they are judged; but r.subset, which needs the set
    int64_t *save_steps; // [n_save_steps] of --save-at
    int n_save_steps;
    char **spared;          // of --no-decay
    struct mc_buf all_sets; // what `train` is where there are several
};

// The defaults of mc-finetune.
void mc_training_options_init(struct mc_training_options *o);
void mc_training_options_release(struct mc_training_options *o);
// Appends the options to a table, in the order of --help and of provenance: what an update is; then
// dropout, seeds and files, with those that not every program has. MC_TRAINING_CHOOSES: --dev
// chooses the weights that are written, every --dev-every steps.
// MC_TRAINING_ON_CORPORA: the sets are corpora, --steps says how long. MC_TRAINING_DYNAMICS: what
// the model thinks of the training set after every epoch can be asked for.
enum {
    MC_TRAINING_NEW_HEAD = 1,
    MC_TRAINING_SAVE_AT = 2,
    MC_TRAINING_CHOOSES = 4,
    MC_TRAINING_ON_CORPORA = 8,
    MC_TRAINING_DYNAMICS = 16
};
void mc_training_options_of_update(struct mc_training_options *o, unsigned also,
                                   struct mc_opt_table *to);
void mc_training_options_of_run(struct mc_training_options *o, unsigned also,
                                struct mc_opt_table *to);
// Judges what the option table cannot say, before any file is read, and fills o->r. MC_ERR_USAGE;
// or a file that cannot be written.
int mc_training_options_check(struct mc_training_options *o, const struct mc_cli *c,
                              struct mc_error *e) MC_MUST_USE;

#endif
