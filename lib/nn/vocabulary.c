// The loss of a softmax over a vocabulary: the cross-entropy of logits x W^T + b against a class of
// every row, without a matrix of all rows' logits. An evaluation takes a chunk's rows past parts of
// W. In training the rows of a whole group go together, so that products with W have many rows,
// BLOCK of them at a time: their logits become the logits' gradient in place, and go on to that of
// x, W and b from there.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "run_impl.h"

enum { BLOCK = MC_VOCABULARY_BLOCK, PARTS = MC_VOCABULARY_PARTS, ROWS = 64, TILE = 512, FEW = 8 };

static const int *gold_of(const struct mc_exec *x, int space) {
    return space == MC_SPACE_TARGETS ? x->chunk.target : x->chunk.chosen_class;
}

static size_t words_of(const struct mc_plan *p, const struct mc_op *o) {
    return (size_t)p->table->p[o->par[0]].dim[0];
}

// --- a chunk

// c[m, n] = rows of x times words from.. of W, plus b.
static void logits(const struct mc_op *o, const struct mc_exec *x, int row, int m, int word, int n,
                   float *c) {
    int h = mc_value_cols(x, o->in[0]), w = o->par[0];
    size_t at = (size_t)row * (size_t)h, from = (size_t)word * (size_t)h;
    if (x->plan->precision == MC_PRECISION_BF16)
        mc_gemm_bf16(x->gemm, MC_GEMM_NT, m, n, h, x->x16[o->in[0]] + at, h, x->w16[w] + from, h, 0,
                     c, n);
    else
        mc_gemm_f32(x->gemm, MC_GEMM_NT, m, n, h, x->x[o->in[0]] + at, h, x->w[w] + from, h, 0, c,
                    n);
    if (o->par[1] >= 0) x->kern->add_bias(m, n, c, x->w[o->par[1]] + word);
}

// log(exp(a) + exp(b))
static double log_add(double a, double b) {
    double most = fmax(a, b);
    return isfinite(most) ? most + log(exp(a - most) + exp(b - most)) : a + b;
}

// nll[m] of rows row..: the logits of a part of the words after the other.
static void evaluate_rows(const struct mc_op *o, const struct mc_exec *x, int row, int m,
                          const int *gold, double *nll) {
    int words = (int)words_of(x->plan, o), top;
    double lse[ROWS];
    for (int i = 0; i < m; i++) lse[i] = -INFINITY;
    for (int word = 0; word < words; word += TILE) {
        int n = words - word < TILE ? words - word : TILE;
        logits(o, x, row, m, word, n, x->tile);
        for (int i = 0; i < m; i++) {
            const float *z = x->tile + (size_t)i * (size_t)n;
            lse[i] = log_add(lse[i], x->kern->log_sum_exp(n, z, &top));
            if (gold[i] >= word && gold[i] < word + n) nll[i] = -(double)z[gold[i] - word];
        }
    }
    for (int i = 0; i < m; i++) nll[i] += lse[i];
}

// The mean over the rows of every sequence.
static void tell_losses(const struct mc_exec *x, const struct mc_space *t) {
    for (int s = 0; x->out->loss && s < t->seqs; s++) {
        double sum = 0;
        for (int i = t->at[s]; i < t->at[s + 1]; i++) sum += x->nll[i];
        int n = t->at[s + 1] - t->at[s];
        x->out->loss[mc_example(x, t, s)] = n ? sum / n : (double)NAN;
    }
}

static void forward(const struct mc_op *o, struct mc_exec *x) {
    int space = x->plan->value[o->in[0]].space, rows = mc_value_rows(x, o->in[0]);
    size_t n = (size_t)rows * (size_t)mc_value_cols(x, o->in[0]);
    const int *gold = gold_of(x, space);
    if (o->rounds_in) x->kern->to_bf16(n, x->x[o->in[0]], x->x16[o->in[0]]);
    if (x->train) {
        memcpy(x->gold, gold, (size_t)rows * sizeof *gold);
        return;
    }
    for (int row = 0; row < rows; row += ROWS)
        evaluate_rows(o, x, row, rows - row < ROWS ? rows - row : ROWS, gold + row, x->nll + row);
    tell_losses(x, &x->chunk.space[space]);
}

// The gradient of x is there already.
static void backward(const struct mc_op *o, struct mc_exec *x) {
    tell_losses(x, &x->chunk.space[x->plan->value[o->in[0]].space]);
}

const struct mc_op_class mc_op_vocabulary_loss = {
    "vocabulary_loss", forward, backward, .reads_in = true, .product = true, .over_group = true};

// --- a group

size_t mc_vocabulary_tile(void) { return (size_t)ROWS * TILE; }

struct block { // of rows of the group
    struct mc_run *r;
    const struct mc_op *o;
    int from, rows, padded; // its rows, and in whole steps
    int words, width;       // of a part of the vocabulary
    size_t cols;
    bool fresh; // the first to write the gradients of W and b
};

// Part of the vocabulary number k: from *word, so many words.
static int part(const struct block *b, int k, int *word) {
    *word = k * b->width;
    return b->words - *word < b->width ? b->words - *word : b->width;
}

static int parts(const struct block *b) { return (b->words + b->width - 1) / b->width; }

static const void *rows_of_x(const struct block *b, enum mc_buf_kind kind) {
    size_t at = (size_t)b->from * b->cols;
    const void *x = mc_group_buf(b->r, kind, b->o->in[0]);
    return kind == MC_BUF_X16 ? (const void *)((const mc_bf16 *)x + at)
                              : (const void *)((const float *)x + at);
}

// What products of this block multiply by or make, float32 or bfloat16.
struct operands {
    struct mc_gemm *g;
    bool bf16;
};

static void multiply(const struct operands *with, enum mc_gemm_form form, int m, int n, int k,
                     const void *a, int lda, const void *b, int ldb, int beta, float *c, int ldc) {
    if (with->bf16)
        mc_gemm_bf16(with->g, form, m, n, k, a, lda, b, ldb, beta, c, ldc);
    else
        mc_gemm_f32(with->g, form, m, n, k, a, lda, b, ldb, beta, c, ldc);
}

static struct operands operands(const struct block *b, int thread) {
    return (struct operands){b->r->thread[thread].gemm, b->r->plan->precision == MC_PRECISION_BF16};
}

// Words word.. of W as products take them.
static const void *words_of_w(const struct block *b, int word) {
    size_t at = (size_t)word * b->cols;
    int slot = b->o->par[0];
    return b->r->plan->precision == MC_PRECISION_BF16 ? (const void *)(b->r->w16[slot] + at)
                                                      : (const void *)(b->r->w[slot] + at);
}

static void logits_task(void *ctx, int k, int thread) {
    const struct block *b = ctx;
    struct operands with = operands(b, thread);
    int word, n = part(b, k, &word), h = (int)b->cols;
    const void *x = rows_of_x(b, with.bf16 ? MC_BUF_X16 : MC_BUF_X);
    float *z = b->r->vocabulary.logits + word;
    multiply(&with, MC_GEMM_NT, b->padded, n, h, x, h, words_of_w(b, word), h, 0, z, b->words);
    if (b->o->par[1] < 0) return;
    for (int i = 0; i < b->rows; i++)
        b->r->kern->add((size_t)n, b->r->w[b->o->par[1]] + word, z + (size_t)i * (size_t)b->words);
}

// The logits of some rows to their loss, then to its gradient, weight (softmax(z) - one hot).
static void softmax_task(void *ctx, int task, int thread) {
    const struct block *b = ctx;
    const struct mc_kern *kern = b->r->kern;
    struct mc_vocabulary *v = &b->r->vocabulary;
    double weight = b->r->train->weight;
    (void)thread;
    for (int i = task * FEW; i < b->padded && i < (task + 1) * FEW; i++) {
        size_t at = (size_t)i * (size_t)b->words;
        float *z = v->logits + at;
        if (i < b->rows) {
            int top, gold = v->gold[b->from + i];
            double lse = kern->log_sum_exp(b->words, z, &top), mine = (double)z[gold];
            v->nll[b->from + i] = lse - mine;
            kern->softmax_grad(b->words, z, lse, weight, z);
            z[gold] = (float)(weight * (exp(mine - lse) - 1));
        } else {
            memset(z, 0, (size_t)b->words * sizeof *z);
        }
        if (v->rounded) kern->to_bf16((size_t)b->words, z, v->rounded + at);
    }
}

// From a part of the words: their own gradients, and what they add to that of x.
static void gradient_task(void *ctx, int k, int thread) {
    const struct block *b = ctx;
    const struct mc_plan *p = b->r->plan;
    const struct mc_vocabulary *v = &b->r->vocabulary;
    struct operands with = operands(b, thread);
    int word, n = part(b, k, &word), h = (int)b->cols, bias = b->o->par[1];
    const void *d = with.bf16 ? (const void *)(v->rounded + word)
                              : (const void *)(v->logits + word);
    if (p->trainable[b->o->par[0]])
        multiply(&with, MC_GEMM_TN, n, h, b->padded, d, b->words,
                 rows_of_x(b, with.bf16 ? MC_BUF_X16 : MC_BUF_X), h, !b->fresh,
                 b->r->g[b->o->par[0]] + (size_t)word * b->cols, h);
    if (bias >= 0 && p->trainable[bias]) {
        float *g = b->r->g[bias] + word;
        if (b->fresh) memset(g, 0, (size_t)n * sizeof *g);
        b->r->kern->col_sum(b->rows, n, v->logits + word, b->words, g);
    }
    if (b->o->grad_in[0])
        multiply(&with, MC_GEMM_NN, b->padded, h, n, d, b->words, words_of_w(b, word), h, 0,
                 v->part + (size_t)k * BLOCK * b->cols, h);
}

// The gradient of some rows of x: the sum of what the parts of the words have.
static void sum_task(void *ctx, int task, int thread) {
    const struct block *b = ctx;
    const struct mc_vocabulary *v = &b->r->vocabulary;
    int to = (task + 1) * FEW < b->rows ? (task + 1) * FEW : b->rows;
    size_t at = (size_t)(task * FEW) * b->cols, n = (size_t)to * b->cols - at;
    float *dx = (float *)mc_group_buf(b->r, MC_BUF_DX, b->o->in[0]) + (size_t)b->from * b->cols +
                at;
    (void)thread;
    for (int k = 0; k < parts(b); k++) {
        const float *from = v->part + (size_t)k * BLOCK * b->cols + at;
        if (k == 0)
            memcpy(dx, from, n * sizeof *dx);
        else
            b->r->kern->add(n, from, dx);
    }
}

static void one_block(struct block *b) {
    struct mc_run *r = b->r;
    int fews = (b->padded + FEW - 1) / FEW;
    mc_pool_run(r->pool, parts(b), logits_task, b);
    mc_pool_run(r->pool, fews, softmax_task, b);
    mc_pool_run(r->pool, parts(b), gradient_task, b);
    if (b->o->grad_in[0]) mc_pool_run(r->pool, (b->rows + FEW - 1) / FEW, sum_task, b);
}

static void clear(struct mc_run *r, int slot) {
    if (slot >= 0 && r->plan->trainable[slot])
        memset(r->g[slot], 0, r->plan->table->p[slot].n * sizeof **r->g);
}

// Rows of zeros behind the last one, as far as products take them.
static void clear_tail(const struct block *b, int rows, enum mc_buf_kind kind, size_t size) {
    size_t to = (size_t)mc_whole_steps(rows);
    memset((char *)mc_group_buf(b->r, kind, b->o->in[0]) + (size_t)rows * b->cols * size, 0,
           (to - (size_t)rows) * b->cols * size);
}

void mc_vocabulary_of_group(struct mc_run *r) {
    const struct mc_plan *p = r->plan;
    const struct mc_op *o = &p->op[p->loss_op];
    int rows = r->group_rows[p->value[o->in[0]].space], words = (int)words_of(p, o);
    struct block b = {.r = r,
                      .o = o,
                      .words = words,
                      .width = mc_whole_steps((words + PARTS - 1) / PARTS),
                      .cols = (size_t)p->value[o->in[0]].cols,
                      .fresh = r->fresh};
    if (rows == 0 && r->fresh) {
        clear(r, o->par[0]);
        clear(r, o->par[1]);
    }
    clear_tail(&b, rows, MC_BUF_X, sizeof(float));
    if (p->precision == MC_PRECISION_BF16) clear_tail(&b, rows, MC_BUF_X16, sizeof(mc_bf16));
    for (; b.from < rows; b.from += BLOCK, b.fresh = false) {
        b.rows = rows - b.from < BLOCK ? rows - b.from : BLOCK;
        b.padded = mc_whole_steps(b.rows);
        one_block(&b);
    }
}

// --- workspace

int mc_vocabulary_reserve(struct mc_run *r, struct mc_error *e) {
    const struct mc_plan *p = r->plan;
    struct mc_vocabulary *v = &r->vocabulary;
    const struct mc_op *o = mc_loss_over_group(p);
    if (!o) return 0;
    const struct mc_value *x = &p->value[o->in[0]];
    size_t all = BLOCK * words_of(p, o), rows = (size_t)r->group_cap[x->space];
    bool rounds = p->precision == MC_PRECISION_BF16;
    v->logits = mc_new_floats(all, e);
    v->rounded = rounds ? (mc_bf16 *)mc_new_floats(all / 2 + 1, e) : NULL;
    v->part = mc_new_floats((size_t)PARTS * BLOCK * (size_t)x->cols, e);
    v->gold = mc_new(rows, sizeof *v->gold, e);
    v->nll = mc_new(rows, sizeof *v->nll, e);
    bool ok = v->logits && (v->rounded || !rounds) && v->part && v->gold && v->nll;
    return ok ? 0 : MC_ERR_MEM;
}

void mc_vocabulary_release(struct mc_vocabulary *v) {
    mc_free_floats(v->logits);
    mc_free_floats((float *)v->rounded);
    mc_free_floats(v->part);
    free(v->gold);
    free(v->nll);
    *v = (struct mc_vocabulary){0};
}
