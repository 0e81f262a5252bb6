// Fine-tuning: a model, a token set and a recipe to a tuned model.
#ifndef MC_TRAIN_H
#define MC_TRAIN_H

#include "mc/log.h"
#include "mc/objective.h"
#include "mc/trainable.h"

struct mc_recipe {
    int64_t epochs, steps; // steps > 0 instead of epochs
    int64_t batch, accum;
    double lr, warmup, weight_decay, clip, dropout; // dropout < 0: the config's
    double layer_decay;                             // of mc_rates_by_layer; 0: all rates are alike
    char *const *no_decay; // what names of tensors without weight decay contain, besides norms and
    int n_no_decay;        // biases
    enum mc_schedule schedule;
    enum mc_optim_kind optimizer;
    bool adafactor_scale, adafactor_relative; // rates by a tensor's size, by the step alone
    enum mc_precision precision;
    uint64_t seed_order, seed_dropout;
    const int64_t *only; // examples that count, or NULL
    int64_t n_only;
};

// Receives the model after update number step, 0 = before the first: model->w is its weights.
typedef int mc_save_fn(void *ctx, const struct mc_model *m, int64_t step, struct mc_error *e);

struct mc_training {
    const struct mc_recipe *r;
    struct mc_model *m;
    struct mc_batches batches; // set and name, or source; objective NULL: the model's
    struct mc_task *dev;       // or NULL
    struct mc_pool *pool;
    const struct mc_log *log;
    const int64_t *save_at; // ascending
    int n_save_at;
    mc_save_fn *save; // called at the steps of save_at and at the last, once each
    void *save_ctx;
    mc_save_fn *checkpoint; // every checkpoint_every steps, NULL: never
    void *checkpoint_ctx;
    int64_t checkpoint_every;
    struct mc_out *table; // of training, or NULL
    bool begins;          // m is a delta that this run begins, drawn from seed_init
    uint64_t seed_init;

    // the state that a checkpoint keeps
    int64_t step;
    struct mc_optim optim;
    struct mc_buf log_text; // rows of the table so far

    double last_loss; // of the last update; NAN before the first
    struct mc_metrics last_dev;

    // derived
    int64_t per_epoch, total, warmup;
    struct mc_view view;
    struct mc_method method; // of m, for the plan
    struct mc_plan plan;
    struct mc_run *run;
    struct mc_trainable trained;
    int embedding[MC_FEEDS]; // the model's tensor that every feed chooses rows of, or -1
    int32_t *position;       // of a sequence
    double *loss;
    struct mc_evaluator eval;
    struct mc_scores scores;
};

// The head that training starts from: drawn from the seed, with the training set's label names,
// where the model has none or new_head asks; seed_given with nothing to draw is bad usage.
int mc_training_head(struct mc_model *m, const struct mc_tokens *train, const char *train_name,
                   bool new_head, bool seed_given, uint64_t seed, struct mc_error *e) MC_MUST_USE;

// The delta that training starts from, where a method asks for one: *delta over *base, which is
// held by it then. The head as mc_training_head has it.
int mc_training_delta(struct mc_model *delta, struct mc_model *base, struct mc_method *h,
                    const struct mc_tokens *train, const char *train_name, bool new_head,
                    uint64_t seed, struct mc_error *e) MC_MUST_USE;

// Updates per epoch and in all, of n examples.
void mc_recipe_steps(const struct mc_recipe *r, int64_t n, int64_t *per_epoch, int64_t *total);
// Numbers of examples, from 0 and below n, one a line, each once; *out is allocated.
int mc_recipe_only(const char *path, int64_t n, int64_t **out, int64_t *n_out,
                   struct mc_error *e) MC_MUST_USE;
// Digest of such a list, for provenance.
int mc_recipe_only_digest(const int64_t *v, int64_t n, char out[MC_DIGEST_TEXT],
                          struct mc_error *e) MC_MUST_USE;
// Layer-wise decay of the learning rate (discriminative fine-tuning, Howard and Ruder 2018; by a
// factor per layer, Clark et al. 2020): the rate of a table's tensors is multiplied, by group, with
//   1            head, pooler, final norms of a stack, and tensors of no group of the network
//   x^(L - N)    layer N, from 0, of a stack of L layers
//   x^(L + 1)    embeddings, L the layers of the larger stack
void mc_rates_by_layer(struct mc_table *t, const struct mc_config *c, double x);
// Takes weight decay from the tensors whose names contain one of these; one that no name contains
// is bad usage.
int mc_rates_no_decay(struct mc_table *t, char *const *part, int n, struct mc_error *e) MC_MUST_USE;
// The public fields must be set; checks that data and model suit, and allocates. Then step, optim
// and log_text may be set from a checkpoint.
int mc_training_init(struct mc_training *t, struct mc_error *e) MC_MUST_USE;
// Trains from t->step to the end; rows go to t->table as updates are done. A loss or gradient that is not finite is an error that names the
// step.
int mc_training_run(struct mc_training *t, struct mc_error *e) MC_MUST_USE;
void mc_training_release(struct mc_training *t);
// A row of the table of training.
struct mc_training_row {
    int64_t step, epoch; // from 1
    double loss, lr, grad_norm, tokens_per_s, seconds, dev_loss, dev_accuracy;
};
// Writes the table's header, without its newline; appends a newline and a row. The last newline comes
// when the caller knows that all went well, so that a table cut short is not taken for a whole one.
int mc_training_log_head(struct mc_out *out, struct mc_error *e) MC_MUST_USE;
int mc_training_log_row(struct mc_buf *out, const struct mc_training_row *row,
                        struct mc_error *e) MC_MUST_USE;
// A table of one row, and a line on stderr, of a run that came to its end. seconds: that it took.
int mc_training_summary(const struct mc_training *t, double seconds, const char *path,
                      struct mc_error *e) MC_MUST_USE;
void mc_training_tell(const struct mc_training *t, double seconds);

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
// Writes, then drops what was kept: it is in the file now, which becomes the previous one.
int mc_checkpoint_write(struct mc_checkpoint *c, const struct mc_training *t,
                        struct mc_error *e) MC_MUST_USE;
// Restores the state and passes the saved documents to w. *kernels (caller frees): those of the run
// so far.
int mc_checkpoint_read(const char *path, const char *run, struct mc_training *t, struct mc_writer *w,
                       char **kernels, struct mc_error *e) MC_MUST_USE;

#endif
