// Optimizers and learning-rate schedules.
#ifndef MC_OPTIM_H
#define MC_OPTIM_H

#include <stdint.h>

#include "mc/kern.h"
#include "mc/param.h"
#include "mc/pool.h"

enum mc_schedule { MC_SCHEDULE_CONSTANT, MC_SCHEDULE_LINEAR, MC_SCHEDULE_COSINE, MC_SCHEDULES };
extern const char *const mc_schedule_names[MC_SCHEDULES];
// The factor on the learning rate of update number step (from 0) of total, as transformers'
// get_*_schedule_with_warmup: rises from 0 over warmup updates, then stays, falls to 0 linearly, or
// as half a cosine.
double mc_schedule_factor(enum mc_schedule s, int64_t step, int64_t total, int64_t warmup);

// A run of parameters that are treated alike: one task of the pool, at most MC_SEGMENT floats.
enum { MC_SEGMENT = 1 << 16 };
struct mc_segment {
    size_t at, n;
    double rate; // factor on the learning rate
    bool decay;  // weight decay applies
    bool clear;  // its gradient is added to row by row: it must be 0 before
};

// An embedding of which a batch touches some rows. What an update does to a row without a gradient
// waits until the row is touched again, or until all catch up: the same arithmetic in the same
// order, so the same bytes, without a pass over the whole table for each update.
struct mc_lazy {
    int slot;
    size_t at, width;
    int64_t rows;
    double rate;
    bool decay;
    int64_t *done;    // per row: updates it has had
    int64_t *in;      // per row: the last update that touched it, from 1; 0: none
    bool *moves;      // per row: it has had a gradient, so that its moments are not 0
    int32_t *touched; // rows of the batch in hand, in order of appearance
    int64_t n_touched;
    struct mc_adamw *past; // the updates that rows may have to catch up with: the first of them is
                           // number since + 1
};

struct mc_optim;

// An optimizer: a row of mc_optimizers, which is a file in lib/train/. It works element by element,
// with step and idle, or on whole tensors, with update.
struct mc_optimizer {
    const char *name;
    // The state: o->m and o->v, whose floats n_m and n_v a checkpoint keeps, and o->own. NULL:
    // none.
    int (*open)(struct mc_optim *o, const struct mc_table *t, const bool *trainable,
                struct mc_error *e);
    void (*close)(struct mc_optim *o); // of o->own; NULL: nothing to do

    // One update of the n elements from `at` of w and the state.
    void (*step)(const struct mc_optim *o, const struct mc_kern *kern, const struct mc_adamw *now,
                 size_t at, size_t n, const float *grad, float *w);
    // The same bytes as n_steps of them, past[n_steps], with a gradient of 0; decay: weights
    // shrink; moves: the state may be other than 0.
    void (*idle)(const struct mc_optim *o, const struct mc_kern *kern, const struct mc_adamw *past,
                 int n_steps, bool decay, bool moves, size_t at, size_t n, float *w);

    // Update number o->step, from 1, of everything; the gradient is scaled by clip. NULL: by step.
    void (*update)(struct mc_optim *o, struct mc_pool *pool, double lr, double clip,
                   const float *grad, float *w);
    // The learning rate of update number step, from 1, where it goes by the step alone; or NULL.
    double (*rate)(int64_t step);
};
extern const struct mc_optimizer mc_optimizer_adamw, mc_optimizer_adafactor, mc_optimizer_sgd;
extern const struct mc_optimizer *const mc_optimizers[]; // NULL behind the last
// That of a name, or NULL; and all names, "adamw|...", as a choice of an option. Returns out.
const struct mc_optimizer *mc_optimizer_find(const char *name);
enum { MC_OPTIMIZER_CHOICES = 128 };
const char *mc_optimizer_choices(char out[MC_OPTIMIZER_CHOICES]);

struct mc_optim {
    const struct mc_optimizer *cls;
    void *own;                                    // the class's
    double beta1, beta2, eps, weight_decay, clip; // clip 0: none
    bool scale; // Adafactor: the rate is a share of a tensor's root mean square
    struct mc_segment *seg;
    int n_seg;
    struct mc_lazy *lazy; // per embedding that is updated by rows
    int n_lazy;
    float *m, *v;        // moments over the table; of Adafactor v is its statistics; or NULL
    size_t n_m, n_v;     // floats of them
    double *part;        // of the norm
    int64_t since, step; // step: updates done; since: those that all rows have had
};
// Betas and eps are the defaults of torch.optim.AdamW: 0.9, 0.999, 1e-8.
// trainable[slot]: which tensors are updated (NULL: all); by_rows[slot]: which of them have a
// gradient in the rows that mc_optim_touch names alone (NULL: none).
int mc_optim_init(struct mc_optim *o, const struct mc_optimizer *cls, const struct mc_table *t,
                  const bool *trainable, const bool *by_rows, struct mc_error *e) MC_MUST_USE;
void mc_optim_release(struct mc_optim *o);

// An update: touch the rows of the batch; mc_optim_ready, after which these rows are up to date in
// w and clear in grad; the gradient is computed; its norm; the update.
// Padding rows are touched too: they are read, so that their decay must not wait.
void mc_optim_touch(struct mc_optim *o, int slot, int64_t row);
void mc_optim_ready(struct mc_optim *o, struct mc_pool *pool, float *grad, float *w);
// The L2 norm of the gradient: partial sums in double, added in order.
double mc_optim_norm(struct mc_optim *o, struct mc_pool *pool, const float *grad);
// One update at this learning rate times each tensor's `rate`, which scales the decoupled decay
// 1 - lr * weight_decay too, as torch's parameter groups do; the gradient is scaled by min(1, clip
// / (norm + 1e-6)).
void mc_optim_update(struct mc_optim *o, struct mc_pool *pool, double lr, double norm,
                     const float *grad, float *w);
// Brings all rows of w and of the moments up to date: before anybody else reads them.
void mc_optim_catch_up(struct mc_optim *o, struct mc_pool *pool, float *w);
// m and v were set from outside, as they are after this number of updates.
void mc_optim_resume(struct mc_optim *o, int64_t step);

#endif
