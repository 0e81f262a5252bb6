#include "mc/optim.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// --- segments
// -------------------------------------------------------------------------------------------

// Appends a run, or lengthens the last one where it is of the same kind and there is room.
static int add_run(struct mc_segments *s, struct mc_segment r, struct mc_error *e) {
    struct mc_segment *l = s->n ? &s->v[s->n - 1] : NULL;
    bool same = l && l->at + l->n == r.at && l->active == r.active && l->decay == r.decay &&
                l->embedding == r.embedding;
    if (same && l->n + r.n <= MC_SEGMENT) {
        l->n += r.n;
        return 0;
    }
    if ((s->n & (s->n - 1)) == 0) {
        void *p = mc_resize(s->v, s->n ? 2 * (size_t)s->n : 1, sizeof *s->v, e);
        if (!p) return MC_ERR_MEM;
        s->v = p;
    }
    s->v[s->n++] = r;
    return 0;
}

static int add_cut(struct mc_segments *s, struct mc_segment r, struct mc_error *e) {
    while (r.n > MC_SEGMENT) {
        struct mc_segment part = r;
        part.n = MC_SEGMENT;
        MC_TRY(add_run(s, part, e));
        r.at += MC_SEGMENT;
        r.n -= MC_SEGMENT;
    }
    return add_run(s, r, e);
}

int mc_segments_make(struct mc_segments *s, const struct mc_table *t, const bool *trainable,
                     const bool *const *used, struct mc_error *e) {
    *s = (struct mc_segments){0};
    for (int i = 0; i < t->n; i++) {
        const struct mc_param *p = &t->p[i];
        if (trainable && !trainable[i]) continue;
        struct mc_segment r = {p->at, p->n, true, p->decay, p->kind == MC_PARAM_EMBEDDING};
        int rc = 0;
        if (r.embedding && used && used[i]) {
            r.n = (size_t)p->dim[1];
            for (int64_t row = 0; rc == 0 && row < p->dim[0]; row++, r.at += r.n) {
                r.active = used[i][row] && row != p->pad_row;
                rc = add_run(s, r, e);
            }
        } else {
            rc = add_cut(s, r, e);
        }
        if (rc < 0) {
            mc_segments_release(s);
            return rc;
        }
    }
    return 0;
}

void mc_segments_release(struct mc_segments *s) {
    free(s->v);
    *s = (struct mc_segments){0};
}

// --- optimizers
// -----------------------------------------------------------------------------------------

int mc_optim_init(struct mc_optim *o, enum mc_optim_kind kind, const struct mc_segments *seg,
                  size_t size, struct mc_error *e) {
    *o = (struct mc_optim){.kind = kind, .beta1 = .9, .beta2 = .999, .eps = 1e-8, .seg = seg};
    o->part = mc_new((size_t)seg->n, sizeof *o->part, e);
    if (kind == MC_OPTIM_ADAMW) {
        o->m = mc_new_floats(size, e);
        o->v = mc_new_floats(size, e);
    }
    if (o->part && (kind == MC_OPTIM_SGD || (o->m && o->v))) return 0;
    mc_optim_release(o);
    return MC_ERR_MEM;
}

void mc_optim_release(struct mc_optim *o) {
    mc_free_floats(o->m);
    mc_free_floats(o->v);
    free(o->part);
    *o = (struct mc_optim){0};
}

struct job {
    struct mc_optim *o;
    const struct mc_kern *kern;
    struct mc_adamw with; // of the segments that decay
    float *grad, *w;
};

static void clear_task(void *ctx, int task, int thread) {
    (void)thread;
    struct job *j = ctx;
    const struct mc_segment *s = &j->o->seg->v[task];
    if (s->active && s->embedding) memset(j->grad + s->at, 0, s->n * sizeof *j->grad);
}

static void norm_task(void *ctx, int task, int thread) {
    (void)thread;
    struct job *j = ctx;
    const struct mc_segment *s = &j->o->seg->v[task];
    j->o->part[task] = s->active ? j->kern->sum_sq(s->n, j->grad + s->at) : 0;
}

static void update_task(void *ctx, int task, int thread) {
    (void)thread;
    struct job *j = ctx;
    const struct mc_segment *s = &j->o->seg->v[task];
    struct mc_adamw with = j->with;
    if (!s->decay) with.decay = 1;
    float *w = j->w + s->at;
    if (!s->active) {
        if (with.decay != 1) j->kern->scale(s->n, with.decay, w);
    } else if (j->o->kind == MC_OPTIM_ADAMW) {
        j->kern->adamw(&with, s->n, w, j->grad + s->at, j->o->m + s->at, j->o->v + s->at);
    } else {
        j->kern->sgd(&with, s->n, w, j->grad + s->at);
    }
}

void mc_optim_clear(const struct mc_optim *o, struct mc_pool *pool, float *grad) {
    struct job j = {.o = (struct mc_optim *)(uintptr_t)o, .grad = grad};
    mc_pool_run(pool, o->seg->n, clear_task, &j);
}

double mc_optim_norm(const struct mc_optim *o, struct mc_pool *pool, const float *grad) {
    struct job j = {.o = (struct mc_optim *)(uintptr_t)o,
                    .kern = mc_kern_choose(),
                    .grad = (float *)(uintptr_t)grad};
    mc_pool_run(pool, o->seg->n, norm_task, &j);
    double sum = 0;
    for (int i = 0; i < o->seg->n; i++) sum += o->part[i];
    return sqrt(sum);
}

void mc_optim_update(struct mc_optim *o, struct mc_pool *pool, double lr, double norm,
                     const float *grad, float *w) {
    double clip = o->clip > 0 ? o->clip / (norm + 1e-6) : 1;
    o->step++;
    struct job j = {.o = o, .kern = mc_kern_choose(), .grad = (float *)(uintptr_t)grad, .w = w};
    j.with = (struct mc_adamw){.lr = (float)lr,
                               .beta1 = (float)o->beta1,
                               .beta2 = (float)o->beta2,
                               .eps = (float)o->eps,
                               .decay = (float)(1 - lr * o->weight_decay),
                               .bias1 = (float)(1 - pow(o->beta1, (double)o->step)),
                               .bias2_sqrt = (float)sqrt(1 - pow(o->beta2, (double)o->step)),
                               .clip = clip < 1 ? (float)clip : 1};
    mc_pool_run(pool, o->seg->n, update_task, &j);
}
