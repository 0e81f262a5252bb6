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

// A run of parameters that are treated alike.
struct mc_segment {
    size_t at, n;
    bool active;    // gets a gradient; the others only decay
    bool decay;     // weight decay applies
    bool embedding; // its gradient is added to, and cleared before
};

// The runs of a table. used[i][row]: whether row of embedding i ever gets a gradient (used[i] NULL:
// all of it does); trainable NULL: all tensors. Runs are cut to at most MC_SEGMENT floats: one task
// of the pool each.
enum { MC_SEGMENT = 1 << 16 };
struct mc_segments {
    struct mc_segment *v;
    int n;
};
int mc_segments_make(struct mc_segments *s, const struct mc_table *t, const bool *trainable,
                     const bool *const *used, struct mc_error *e) MC_MUST_USE;
void mc_segments_release(struct mc_segments *s);

enum mc_optim_kind { MC_OPTIM_ADAMW, MC_OPTIM_SGD };
struct mc_optim {
    enum mc_optim_kind kind;
    double beta1, beta2, eps, weight_decay, clip; // clip 0: none
    const struct mc_segments *seg;
    float *m, *v; // moments over the table; NULL for SGD
    double *part; // of the norm, per segment
    int64_t step; // updates done
};
// Defaults of torch.optim.AdamW: 0.9, 0.999, 1e-8. The segments are borrowed.
int mc_optim_init(struct mc_optim *o, enum mc_optim_kind kind, const struct mc_segments *seg,
                  size_t size, struct mc_error *e) MC_MUST_USE;
void mc_optim_release(struct mc_optim *o);
// Clears the gradients that a run adds to.
void mc_optim_clear(const struct mc_optim *o, struct mc_pool *pool, float *grad);
// The L2 norm of the gradient: partial sums per segment in double, added in order.
double mc_optim_norm(const struct mc_optim *o, struct mc_pool *pool, const float *grad);
// One update at this learning rate; the gradient is scaled by min(1, clip / (norm + 1e-6)).
void mc_optim_update(struct mc_optim *o, struct mc_pool *pool, double lr, double norm,
                     const float *grad, float *w);

#endif
