// The loop of training: examples of an update, loss and gradient, the optimizer's step.
#ifndef MC_TRAIN_H
#define MC_TRAIN_H

#include "mc/log.h"
#include "mc/objective.h"
#include "mc/recipe.h"
#include "mc/trainable.h"

// Receives the model after update number step, 0 = before the first: model->w is its weights.
typedef int mc_save_fn(void *ctx, const struct mc_model *m, int64_t step, struct mc_error *e);

// Is told of an update before it is computed: its number, from 0, and its examples.
typedef int mc_update_fn(void *ctx, int64_t step, const struct mc_update *u, struct mc_error *e);

struct mc_training {
    const struct mc_recipe *r;
    struct mc_model *m;
    struct mc_batches batches; // set and name, or source; objective NULL: the model's
    const struct mc_trainable_class *trainable; // what is moved; NULL: the first row that serves
    const void *trainable_source;               // what that makes the weights of; or NULL
    struct mc_task *dev;                        // evaluated for the same objective; or NULL
    struct mc_pool *pool;
    const struct mc_log *log;
    const int64_t *save_at; // ascending
    int n_save_at;
    mc_save_fn *save; // called at the steps of save_at and at the last, once each
    void *save_ctx;
    mc_save_fn *checkpoint; // NULL: never
    void *checkpoint_ctx;
    int64_t checkpoint_every; // steps from one to the next, 0: steps do not count
    double checkpoint_s;      // seconds likewise; more where writing takes over a fiftieth of them
    // > 0: dev is evaluated before the first update, after every so many and after the last, and
    // the weights with the smallest loss there, the earlier on a tie, are those that are saved; all
    // weights that there are looks of count alike. 0: dev chooses nothing.
    int64_t choose_every;
    // Looks at dev for the table alone: after every so many steps, 0: of a set after every epoch,
    // of a corpus where models are saved.
    int64_t look_every;
    bool dynamics;      // after every whole epoch all examples of the training set are looked at
    mc_update_fn *seen; // or NULL
    void *seen_ctx;
    struct mc_out *table; // of training, or NULL
    bool new_delta;       // m is a new delta, which was drawn from seed_init
    uint64_t seed_init;

    // the state that a checkpoint keeps
    int64_t step;
    struct mc_optim optim;
    struct mc_buf log_text;      // rows of the table so far
    struct mc_buf dynamics_text; // likewise, of dynamics
    float *best;                 // over trained.table: the weights chosen so far, where some are
    int64_t best_step;
    double best_loss;
    double spent_s; // that went into these steps before mc_training_run

    double last_loss; // of the last update; NAN before the first
    struct mc_metrics last_dev;

    // derived
    double start_s; // when the run would have begun at one go
    int64_t per_epoch, total, warmup;
    struct mc_view view;
    struct mc_method method; // of m, for the plan
    struct mc_plan plan;
    struct mc_run *run;
    struct mc_trainable trained;
    int embedding[MC_FEEDS]; // the model's tensor that every feed chooses rows of, or -1
    int32_t *position;       // of a sequence
    int64_t *pick;           // examples of a pass that is not the whole update
    double *loss;
    struct mc_evaluator eval;
    struct mc_scores scores;
    struct mc_task watched; // the training set, for dynamics; its tokens are those of the batches
};

// The public fields must be set; allocates. MC_ERR_INPUT: a set that the model does not take.
// Then step, optim, log_text and what was chosen may be set from a checkpoint.
int mc_training_init(struct mc_training *t, struct mc_error *e) MC_MUST_USE;
// Trains from t->step to the end; rows go to t->table as updates are done. MC_ERR_NUM, with the
// step, where a loss, a gradient or a weight is not finite.
int mc_training_run(struct mc_training *t, struct mc_error *e) MC_MUST_USE;
void mc_training_release(struct mc_training *t);
// A row of the table of training.
struct mc_training_row {
    int64_t step, epoch; // from 1
    double loss, lr, grad_norm, tokens_per_s, seconds, dev_loss, dev_accuracy;
};
// Writes the table's header, without its newline; appends a newline and a row, whose last column is
// the trainable's own where it has one. The last newline comes when the caller knows that all went
// well, so that a table cut short is not taken for a whole one.
int mc_training_log_head(struct mc_out *out, const struct mc_trainable_class *cls,
                         struct mc_error *e) MC_MUST_USE;
int mc_training_log_row(struct mc_buf *out, const struct mc_training_row *row,
                        const struct mc_trainable *trained, int64_t n_passes,
                        struct mc_error *e) MC_MUST_USE;
// The table of dynamics: epoch (from 1), example, label, predicted, loss, p_label, gold (place of
// the label in the logits) and the logits, or scores of labels, with commas between them.
int mc_training_dynamics_open(struct mc_training *t, struct mc_error *e) MC_MUST_USE;
int mc_training_dynamics_add(struct mc_training *t, struct mc_error *e) MC_MUST_USE;
int mc_training_dynamics_write(const struct mc_training *t, const char *path,
                               struct mc_error *e) MC_MUST_USE;
void mc_training_dynamics_close(struct mc_training *t);
// A table of one row, and a line on stderr, of a run that came to its end. seconds: that it took.
int mc_training_summary(const struct mc_training *t, double seconds, const char *path,
                        struct mc_error *e) MC_MUST_USE;
void mc_training_tell(const struct mc_training *t, double seconds);

#endif
