// Adafactor (Shazeer and Stern 2018), as transformers' class has it: eps (1e-30, 1e-3), clipping
// threshold 1, decay -0.8, no first moment. The second moment of a matrix is kept as means of its
// rows and of its columns, which move with every row: no row of an embedding can wait. A task takes
// a block of rows; sums over blocks are added in order, so that no result depends on the number of
// threads.
#include "mc/optim.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_FLOATS = 1 << 15 };
static const double EPS_SQUARE = 1e-30, EPS_SCALE = 1e-3, THRESHOLD = 1, DECAY_RATE = -.8;

struct tensor {
    size_t at, rows, cols; // a vector is one row whose statistics are its elements'
    bool factored, decay;
    double factor;   // on the learning rate
    size_t row, col; // its statistics in v: [rows] and [cols]
    int block, n_blocks;
    double row_mean, rate; // of the update in hand
};

struct block {
    int tensor;
    size_t from, to; // rows; columns of a vector
    size_t sums;     // of the columns, in scratch
    double sq, w_sq; // of its part of the update, of its weights
};

struct adafactor {
    struct tensor *tensor;
    struct block *block;
    int n_tensors, n_blocks;
    float *scratch; // sums of columns of all blocks, and what columns give to an update
    size_t inverse; // where the latter stand, in the order of v

    // the update in hand
    struct mc_optim *o;
    const struct mc_kern *kern;
    const float *grad;
    float *w;
    float clip;
    double beta2, lr;
};

static void close(struct mc_optim *o) {
    struct adafactor *f = o->own;
    if (!f) return;
    free(f->tensor);
    free(f->block);
    mc_free_floats(f->scratch);
    free(f);
}

static size_t block_rows(const struct tensor *t) {
    size_t n = t->factored ? BLOCK_FLOATS / t->cols : BLOCK_FLOATS;
    return n ? n : 1;
}

static size_t length(const struct tensor *t) { return t->factored ? t->rows : t->cols; }

static void add_tensor(struct adafactor *f, const struct mc_param *p, size_t *n_v) {
    struct tensor *t = &f->tensor[f->n_tensors++];
    *t = (struct tensor){
        .at = p->at, .rows = 1, .cols = p->n, .decay = p->decay, .factor = p->rate};
    if (p->rank == 2) {
        t->factored = true;
        t->rows = (size_t)p->dim[0];
        t->cols = (size_t)p->dim[1];
    }
    t->row = *n_v;
    t->col = t->row + (t->factored ? t->rows : 0);
    *n_v = t->col + t->cols;
    t->block = f->n_blocks;
    t->n_blocks = (int)((length(t) + block_rows(t) - 1) / block_rows(t));
    f->n_blocks += t->n_blocks;
}

static int make_blocks(struct adafactor *f, size_t n_v, struct mc_error *e) {
    size_t sums = 0;
    if (!(f->block = mc_new((size_t)f->n_blocks, sizeof *f->block, e))) return MC_ERR_MEM;
    for (int i = 0; i < f->n_tensors; i++) {
        const struct tensor *t = &f->tensor[i];
        for (int k = 0; k < t->n_blocks; k++) {
            size_t from = (size_t)k * block_rows(t), to = from + block_rows(t);
            if (to > length(t)) to = length(t);
            f->block[t->block + k] = (struct block){i, from, to, sums, 0, 0};
            sums += t->factored ? t->cols : to - from;
        }
    }
    f->inverse = sums;
    f->scratch = mc_new_floats(sums + n_v, e);
    return f->scratch ? 0 : MC_ERR_MEM;
}

static int open(struct mc_optim *o, const struct mc_table *t, const bool *trainable,
                struct mc_error *e) {
    struct adafactor *f = o->own = mc_new(1, sizeof *f, e);
    if (!f || !(f->tensor = mc_new((size_t)t->n, sizeof *f->tensor, e))) return MC_ERR_MEM;
    for (int i = 0; i < t->n; i++)
        if (!trainable || trainable[i]) add_tensor(f, &t->p[i], &o->n_v);
    o->v = mc_new_floats(o->n_v, e);
    return o->v ? make_blocks(f, o->n_v, e) : MC_ERR_MEM;
}

static double rate(int64_t step) { return fmin(1e-2, 1 / sqrt((double)step)); }

// --- the passes of an update

static float blend(const struct adafactor *f, float old, double now) {
    return (float)(f->beta2 * (double)old + (1 - f->beta2) * now);
}

// Means of the rows, sums of the columns.
static void sum_block(void *ctx, int task, int thread) {
    (void)thread;
    struct adafactor *f = ctx;
    struct block *b = &f->block[task];
    const struct tensor *t = &f->tensor[b->tensor];
    float *sums = f->scratch + b->sums, eps = (float)EPS_SQUARE;
    b->w_sq = 0;
    if (!t->factored) {
        size_t n = b->to - b->from, at = t->at + b->from;
        memset(sums, 0, n * sizeof *sums);
        f->kern->factor_sums(n, f->grad + at, f->clip, eps, sums);
        if (f->o->scale) b->w_sq = f->kern->sum_sq(n, f->w + at);
        return;
    }
    memset(sums, 0, t->cols * sizeof *sums);
    for (size_t r = b->from; r < b->to; r++) {
        size_t at = t->at + r * t->cols;
        double sum = f->kern->factor_sums(t->cols, f->grad + at, f->clip, eps, sums);
        float *row = f->o->v + t->row + r;
        *row = blend(f, *row, sum / (double)t->cols);
        if (f->o->scale) b->w_sq += f->kern->sum_sq(t->cols, f->w + at);
    }
}

// Means of the columns, and their inverse roots.
static void blend_tensor(void *ctx, int task, int thread) {
    (void)thread;
    struct adafactor *f = ctx;
    struct tensor *t = &f->tensor[task];
    float *col = f->o->v + t->col, *inverse = f->scratch + f->inverse + t->col;
    double w_sq = 0, sum = 0;
    for (int k = 0; k < t->n_blocks; k++) w_sq += f->block[t->block + k].w_sq;
    for (size_t j = 0; j < t->cols; j++) {
        double s = 0;
        if (!t->factored) {
            const struct block *b = &f->block[t->block + (int)(j / block_rows(t))];
            s = (double)f->scratch[b->sums + (j - b->from)];
        }
        for (int k = 0; t->factored && k < t->n_blocks; k++)
            s += (double)f->scratch[f->block[t->block + k].sums + j];
        col[j] = blend(f, col[j], s / (double)t->rows);
        inverse[j] = 1 / sqrtf(col[j]);
    }
    for (size_t r = 0; t->factored && r < t->rows; r++) sum += (double)f->o->v[t->row + r];
    t->row_mean = sum / (double)t->rows;
    t->rate = f->lr * t->factor;
    if (f->o->scale) t->rate *= fmax(EPS_SCALE, sqrt(w_sq / (double)(t->rows * t->cols)));
}

static float row_factor(const struct adafactor *f, const struct tensor *t, size_t r) {
    return t->factored ? (float)(1 / sqrt((double)f->o->v[t->row + r] / t->row_mean)) : 1;
}

// The columns and rows of a block: a vector's is one row of some columns.
struct part {
    size_t n, n_rows, at;
    const float *inverse;
};

static struct part part_of(const struct adafactor *f, const struct block *b) {
    const struct tensor *t = &f->tensor[b->tensor];
    const float *inverse = f->scratch + f->inverse + t->col;
    if (t->factored)
        return (struct part){t->cols, b->to - b->from, t->at + b->from * t->cols, inverse};
    return (struct part){b->to - b->from, 1, t->at + b->from, inverse + b->from};
}

static void size_block(void *ctx, int task, int thread) {
    (void)thread;
    struct adafactor *f = ctx;
    struct block *b = &f->block[task];
    struct part p = part_of(f, b);
    b->sq = 0;
    for (size_t r = 0; r < p.n_rows; r++)
        b->sq += f->kern->factor_sq(p.n, f->grad + p.at + r * p.n, f->clip,
                                    row_factor(f, &f->tensor[b->tensor], b->from + r), p.inverse);
}

static void step_block(void *ctx, int task, int thread) {
    (void)thread;
    struct adafactor *f = ctx;
    const struct block *b = &f->block[task];
    const struct tensor *t = &f->tensor[b->tensor];
    struct part p = part_of(f, b);
    double sq = 0, decay = t->decay ? f->o->weight_decay * t->rate : 0;
    for (int k = 0; k < t->n_blocks; k++) sq += f->block[t->block + k].sq;
    double rms = sqrt(sq / (double)(t->rows * t->cols));
    double rate = t->rate * (double)f->clip / fmax(1, rms / THRESHOLD);
    for (size_t r = 0; r < p.n_rows; r++) {
        size_t at = p.at + r * p.n;
        f->kern->factor_step(p.n, f->grad + at, (float)(1 - decay),
                             (float)(rate * (double)row_factor(f, t, b->from + r)), p.inverse,
                             f->w + at);
    }
}

static void update(struct mc_optim *o, struct mc_pool *pool, double lr, double clip,
                   const float *grad, float *w) {
    struct adafactor *f = o->own;
    f->o = o;
    f->kern = mc_kern_choose();
    f->grad = grad;
    f->w = w;
    f->clip = (float)clip;
    f->lr = lr;
    f->beta2 = 1 - pow((double)o->step, DECAY_RATE);
    mc_pool_run(pool, f->n_blocks, sum_block, f);
    mc_pool_run(pool, f->n_tensors, blend_tensor, f);
    mc_pool_run(pool, f->n_blocks, size_block, f);
    mc_pool_run(pool, f->n_blocks, step_block, f);
}

const struct mc_optimizer mc_optimizer_adafactor = {
    .name = "adafactor", .open = open, .close = close, .update = update, .rate = rate};
