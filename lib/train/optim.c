// What all optimizers share: norms, clipping, and for those that work element by element rows of
// embeddings that wait until a batch uses them.
#include "mc/optim.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct mc_optimizer *mc_optimizer_find(const char *name) {
    for (int i = 0; mc_optimizers[i]; i++)
        if (strcmp(mc_optimizers[i]->name, name) == 0) return mc_optimizers[i];
    return NULL;
}

const char *mc_optimizer_choices(char out[MC_OPTIMIZER_CHOICES]) {
    size_t n = 0;
    for (int i = 0; mc_optimizers[i] && n < MC_OPTIMIZER_CHOICES; i++)
        n += (size_t)snprintf(out + n, MC_OPTIMIZER_CHOICES - n, "%s%s", i ? "|" : "",
                              mc_optimizers[i]->name);
    assert(n < MC_OPTIMIZER_CHOICES); // the table is ours
    return out;
}

enum {
    PAST = 256,      // updates that a row may wait for
    ROWS_A_TASK = 16 // of an embedding
};

// --- what is updated

static int count_segments(const struct mc_param *p) {
    return (int)((p->n + MC_SEGMENT - 1) / MC_SEGMENT);
}

static void add_segments(struct mc_optim *o, const struct mc_param *p, bool clear) {
    for (size_t at = 0; at < p->n; at += MC_SEGMENT) {
        size_t n = p->n - at < MC_SEGMENT ? p->n - at : MC_SEGMENT;
        o->seg[o->n_seg++] = (struct mc_segment){p->at + at, n, p->rate, p->decay, clear};
    }
}

static int add_lazy(struct mc_optim *o, const struct mc_param *p, int slot, struct mc_error *e) {
    struct mc_lazy *l = &o->lazy[o->n_lazy++];
    size_t rows = (size_t)p->dim[0];
    *l = (struct mc_lazy){slot,
                          p->at,
                          (size_t)p->dim[1],
                          p->dim[0],
                          p->rate,
                          p->decay,
                          .done = mc_new(rows, sizeof *l->done, e),
                          .in = mc_new(rows, sizeof *l->in, e),
                          .moves = mc_new(rows, sizeof *l->moves, e),
                          .touched = mc_new(rows, sizeof *l->touched, e),
                          .past = mc_new(PAST, sizeof *l->past, e)};
    return l->done && l->in && l->moves && l->touched && l->past ? 0 : MC_ERR_MEM;
}

static int64_t tasks(int64_t rows) { return (rows + ROWS_A_TASK - 1) / ROWS_A_TASK; }

static int allocate(struct mc_optim *o, const struct mc_table *t, const bool *trainable,
                    const bool *by_rows, struct mc_error *e) {
    bool waits = o->cls->step != NULL;
    int n_seg = 0, n_lazy = 0;
    int64_t parts = 0; // sums of the norm: of the segments, then of one embedding at a time
    for (int i = 0; i < t->n; i++) {
        if (trainable && !trainable[i]) continue;
        if (waits && by_rows && by_rows[i]) {
            n_lazy++;
            if (tasks(t->p[i].dim[0]) > parts) parts = tasks(t->p[i].dim[0]);
        } else {
            n_seg += count_segments(&t->p[i]);
        }
    }
    if (n_seg > parts) parts = n_seg;
    o->seg = mc_new((size_t)n_seg, sizeof *o->seg, e);
    o->lazy = mc_new((size_t)n_lazy, sizeof *o->lazy, e);
    o->part = mc_new((size_t)parts, sizeof *o->part, e);
    if (!o->seg || !o->lazy || !o->part) return MC_ERR_MEM;
    if (o->cls->open) MC_TRY(o->cls->open(o, t, trainable, e));
    for (int i = 0; i < t->n; i++) {
        if (trainable && !trainable[i]) continue;
        if (waits && by_rows && by_rows[i])
            MC_TRY(add_lazy(o, &t->p[i], i, e));
        else
            add_segments(o, &t->p[i], by_rows && by_rows[i]);
    }
    return 0;
}

int mc_optim_init(struct mc_optim *o, const struct mc_optimizer *cls, const struct mc_table *t,
                  const bool *trainable, const bool *by_rows, struct mc_error *e) {
    *o = (struct mc_optim){.cls = cls, .beta1 = .9, .beta2 = .999, .eps = 1e-8};
    MC_TRY(mc_kern_check(MC_PRECISION_F32, e));
    int rc = allocate(o, t, trainable, by_rows, e);
    if (rc < 0) mc_optim_release(o);
    return rc;
}

void mc_optim_release(struct mc_optim *o) {
    for (int i = 0; i < o->n_lazy; i++) {
        free(o->lazy[i].done);
        free(o->lazy[i].in);
        free(o->lazy[i].moves);
        free(o->lazy[i].touched);
        free(o->lazy[i].past);
    }
    if (o->cls && o->cls->close) o->cls->close(o);
    mc_free_floats(o->m);
    mc_free_floats(o->v);
    free(o->seg);
    free(o->lazy);
    free(o->part);
    *o = (struct mc_optim){0};
}

// --- jobs: the segments, then the rows of each embedding, some to a task

struct job {
    struct mc_optim *o;
    const struct mc_kern *kern;
    double lr;
    const struct mc_adamw *now; // without rate and decay
    float *grad, *w;
    const struct mc_lazy *lazy;
};

// The update in hand of a tensor with this factor on the rate.
static struct mc_adamw at_rate(const struct job *j, double rate) {
    struct mc_adamw with = *j->now;
    with.lr = (float)(j->lr * rate);
    with.decay = (float)(1 - j->lr * rate * j->o->weight_decay);
    return with;
}

static void one_update(const struct job *j, struct mc_adamw with, bool decay, size_t at, size_t n) {
    if (!decay) with.decay = 1;
    j->o->cls->step(j->o, j->kern, &with, at, n, j->grad, j->w);
}

// The updates that a row has missed.
static void catch_up(const struct job *j, const struct mc_lazy *l, int64_t row) {
    struct mc_optim *o = j->o;
    size_t at = l->at + (size_t)row * l->width;
    const struct mc_adamw *first = l->past + (l->done[row] - o->since);
    int n = (int)(o->step - l->done[row]);
    l->done[row] = o->step;
    if (n == 0) return;
    bool decays = l->decay && o->weight_decay != 0;
    o->cls->idle(o, j->kern, first, n, decays, l->moves[row], at, l->width, j->w);
}

static void segment_norm(void *ctx, int task, int thread) {
    (void)thread;
    const struct job *j = ctx;
    const struct mc_segment *s = &j->o->seg[task];
    j->o->part[task] = j->kern->sum_sq(s->n, j->grad + s->at);
}

static void segment_update(void *ctx, int task, int thread) {
    (void)thread;
    const struct job *j = ctx;
    const struct mc_segment *s = &j->o->seg[task];
    one_update(j, at_rate(j, s->rate), s->decay, s->at, s->n);
}

static int64_t last_of(int task, int64_t n) {
    int64_t to = ((int64_t)task + 1) * ROWS_A_TASK;
    return to < n ? to : n;
}

static void rows_ready(void *ctx, int task, int thread) {
    (void)thread;
    const struct job *j = ctx;
    const struct mc_lazy *l = j->lazy;
    for (int64_t i = (int64_t)task * ROWS_A_TASK; i < last_of(task, l->n_touched); i++) {
        catch_up(j, l, l->touched[i]);
        memset(j->grad + l->at + (size_t)l->touched[i] * l->width, 0, l->width * sizeof *j->grad);
    }
}

static void rows_norm(void *ctx, int task, int thread) {
    (void)thread;
    const struct job *j = ctx;
    const struct mc_lazy *l = j->lazy;
    double sum = 0;
    for (int64_t i = (int64_t)task * ROWS_A_TASK; i < last_of(task, l->n_touched); i++)
        sum += j->kern->sum_sq(l->width, j->grad + l->at + (size_t)l->touched[i] * l->width);
    j->o->part[task] = sum;
}

static void rows_update(void *ctx, int task, int thread) {
    (void)thread;
    const struct job *j = ctx;
    const struct mc_lazy *l = j->lazy;
    const struct mc_adamw *now = l->past + (j->o->step - 1 - j->o->since);
    for (int64_t i = (int64_t)task * ROWS_A_TASK; i < last_of(task, l->n_touched); i++) {
        one_update(j, *now, l->decay, l->at + (size_t)l->touched[i] * l->width, l->width);
        l->done[l->touched[i]] = j->o->step;
        l->moves[l->touched[i]] = true;
    }
}

static void rows_catch_up(void *ctx, int task, int thread) {
    (void)thread;
    const struct job *j = ctx;
    for (int64_t row = (int64_t)task * ROWS_A_TASK; row < last_of(task, j->lazy->rows); row++)
        catch_up(j, j->lazy, row);
}

// --- an update

static struct mc_lazy *lazy_of(struct mc_optim *o, int slot) {
    for (int i = 0; i < o->n_lazy; i++)
        if (o->lazy[i].slot == slot) return &o->lazy[i];
    return NULL;
}

void mc_optim_touch(struct mc_optim *o, int slot, int64_t row) {
    struct mc_lazy *l = lazy_of(o, slot);
    if (!l || l->in[row] == o->step + 1) return;
    l->in[row] = o->step + 1;
    l->touched[l->n_touched++] = (int32_t)row;
}

// Runs one of the jobs over the touched rows, or over all, of each embedding.
static void for_rows(struct job *j, struct mc_pool *pool, mc_task_fn *fn, bool all) {
    for (int i = 0; i < j->o->n_lazy; i++) {
        j->lazy = &j->o->lazy[i];
        mc_pool_run(pool, (int)tasks(all ? j->lazy->rows : j->lazy->n_touched), fn, j);
    }
}

static void segment_clear(void *ctx, int task, int thread) {
    (void)thread;
    const struct job *j = ctx;
    const struct mc_segment *s = &j->o->seg[task];
    if (s->clear) memset(j->grad + s->at, 0, s->n * sizeof *j->grad);
}

void mc_optim_ready(struct mc_optim *o, struct mc_pool *pool, float *grad, float *w) {
    struct job j = {.o = o, .kern = mc_kern_choose(), .grad = grad, .w = w};
    if (o->cls->update) mc_pool_run(pool, o->n_seg, segment_clear, &j);
    for_rows(&j, pool, rows_ready, false);
}

static double sum_parts(const struct mc_optim *o, int64_t n) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += o->part[i];
    return sum;
}

double mc_optim_norm(struct mc_optim *o, struct mc_pool *pool, const float *grad) {
    struct job j = {.o = o, .kern = mc_kern_choose(), .grad = (float *)(uintptr_t)grad};
    mc_pool_run(pool, o->n_seg, segment_norm, &j);
    double sum = sum_parts(o, o->n_seg);
    for (int i = 0; i < o->n_lazy; i++) {
        j.lazy = &o->lazy[i];
        mc_pool_run(pool, (int)tasks(j.lazy->n_touched), rows_norm, &j);
        sum += sum_parts(o, tasks(j.lazy->n_touched));
    }
    return sqrt(sum);
}

void mc_optim_update(struct mc_optim *o, struct mc_pool *pool, double lr, double norm,
                     const float *grad, float *w) {
    double clip = o->clip > 0 ? o->clip / (norm + 1e-6) : 1;
    if (o->cls->update) {
        o->since = ++o->step;
        o->cls->update(o, pool, lr, clip < 1 ? clip : 1, grad, w);
        return;
    }
    if (o->step - o->since == PAST) mc_optim_catch_up(o, pool, w);
    o->step++;
    const struct mc_adamw now = {.rest1 = (float)(1 - o->beta1),
                                 .beta2 = (float)o->beta2,
                                 .rest2 = (float)(1 - o->beta2),
                                 .eps = (float)o->eps,
                                 .bias1 = (float)(1 - pow(o->beta1, (double)o->step)),
                                 .bias2_sqrt = (float)sqrt(1 - pow(o->beta2, (double)o->step)),
                                 .clip = clip < 1 ? (float)clip : 1};
    struct job j = {.o = o,
                    .kern = mc_kern_choose(),
                    .lr = lr,
                    .now = &now,
                    .grad = (float *)(uintptr_t)grad,
                    .w = w};
    for (int i = 0; i < o->n_lazy; i++)
        o->lazy[i].past[o->step - 1 - o->since] = at_rate(&j, o->lazy[i].rate);
    mc_pool_run(pool, o->n_seg, segment_update, &j);
    for_rows(&j, pool, rows_update, false);
    for (int i = 0; i < o->n_lazy; i++) o->lazy[i].n_touched = 0;
}

void mc_optim_catch_up(struct mc_optim *o, struct mc_pool *pool, float *w) {
    struct job j = {.o = o, .kern = mc_kern_choose(), .w = w};
    for_rows(&j, pool, rows_catch_up, true);
    o->since = o->step;
}

// Whether one of the n floats of a moment is not 0; x NULL: the optimizer does not have it.
static bool any(const float *x, size_t at, size_t n) {
    for (size_t i = at; x && i < at + n; i++)
        if (x[i] != 0) return true;
    return false;
}

void mc_optim_resume(struct mc_optim *o, int64_t step) {
    o->since = o->step = step;
    for (int i = 0; i < o->n_lazy; i++) {
        struct mc_lazy *l = &o->lazy[i];
        for (int64_t row = 0; row < l->rows; row++) {
            size_t at = l->at + (size_t)row * l->width;
            l->done[row] = step;
            l->moves[row] = any(o->m, at, l->width) || any(o->v, at, l->width);
        }
    }
}
