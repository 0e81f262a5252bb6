// The operations but attention and loss: forward and backward on one chunk. Gradients of matrices
// are taken later, over the whole group (grads.c); those of vectors are added to the chunk's
// partial sums.
#include <string.h>

#include "op.h"

static bool drops(const struct mc_op *o, const struct mc_exec *x) {
    return x->train && o->drop_p > 0;
}

// Draws the masks of an operation's output, row by row, into the value kept for them.
static void draw_rows(const struct mc_op *o, struct mc_exec *x, mc_val kept) {
    int cols = mc_value_cols(x, o->out);
    uint32_t *bits = (uint32_t *)x->x[kept];
    const struct mc_space *s = &x->chunk.space[x->plan->value[o->out].space];
    struct mc_drop d = {.key = {x->drop_key[0], x->drop_key[1]},
                        .step = x->train->step,
                        .site = (uint32_t)o->site,
                        .drop = (uint32_t)((double)o->drop_p * 4294967296.0)};
    for (int q = 0; q < s->seqs; q++) {
        d.example = (uint32_t)mc_example(x, s, q);
        for (int r = s->at[q]; r < s->at[q + 1]; r++, bits += MC_DROP_WORDS(cols)) {
            d.position = (uint32_t)(r - s->at[q]);
            x->kern->draw(&d, cols, bits);
        }
    }
}

// out = mask * in, by the masks drawn before.
static void mask_rows(const struct mc_op *o, const struct mc_exec *x, mc_val kept, const float *in,
                      float *out) {
    int rows = mc_value_rows(x, o->out), cols = mc_value_cols(x, o->out);
    const uint32_t *bits = (const uint32_t *)x->x[kept];
    for (int r = 0; r < rows; r++, bits += MC_DROP_WORDS(cols), in += cols, out += cols)
        x->kern->mask(cols, bits, 1 / (1 - o->drop_p), in, out);
}

static size_t elements(const struct mc_exec *x, mc_val v) {
    return (size_t)mc_value_rows(x, v) * (size_t)mc_value_cols(x, v);
}

// The gradient that came to an output goes on to an input: written, or added.
static void pass_on(const struct mc_exec *x, size_t n, const float *from, float *to, bool add) {
    if (add)
        x->kern->add(n, from, to);
    else if (from != to)
        memcpy(to, from, n * sizeof *to);
}

// --- embeddings

static void embed_forward(const struct mc_op *o, struct mc_exec *x) {
    int cols = mc_value_cols(x, o->out), rows = mc_value_rows(x, o->out);
    for (int i = 0; i < rows; i++) {
        float *y = x->x[o->out] + (size_t)i * (size_t)cols;
        bool begun = false;
        for (int f = 0; f < MC_FEEDS; f++) {
            if (o->par[f] < 0) continue;
            const float *row = x->w[o->par[f]] + (size_t)x->chunk.feed[f][i] * (size_t)cols;
            pass_on(x, (size_t)cols, row, y, begun);
            begun = true;
        }
    }
}

static void no_backward(const struct mc_op *o, struct mc_exec *x) {
    (void)o;
    (void)x;
}

const struct mc_op_class mc_op_embed = {"embed", embed_forward, no_backward,
                                        .group_out_grad = true};

// --- linear layer: x[n, in], W[out, in], y[n, out]

static void linear_forward(const struct mc_op *o, struct mc_exec *x) {
    int n = mc_value_rows(x, o->out), in = mc_value_cols(x, o->in[0]),
        out = mc_value_cols(x, o->out);
    int w = o->par[0];
    float *y = x->x[o->out];
    if (x->plan->precision == MC_PRECISION_BF16) {
        mc_bf16 *x16 = x->x16[o->in[0]];
        if (o->rounds_in) x->kern->to_bf16(elements(x, o->in[0]), x->x[o->in[0]], x16);
        mc_gemm_bf16(x->gemm, MC_GEMM_NT, n, out, in, x16, in, x->w16[w], in, 0, y, out);
    } else {
        mc_gemm_f32(x->gemm, MC_GEMM_NT, n, out, in, x->x[o->in[0]], in, x->w[w], in, 0, y, out);
    }
    if (o->par[1] >= 0) x->kern->add_bias(n, out, y, x->w[o->par[1]]);
}

static void linear_backward(const struct mc_op *o, struct mc_exec *x) {
    int n = mc_value_rows(x, o->out), in = mc_value_cols(x, o->in[0]),
        out = mc_value_cols(x, o->out);
    int w = o->par[0], add = o->add_in[0];
    const float *dy = x->dx[o->out];
    float *dx = x->dx[o->in[0]], *db = mc_small(x, o->par[1]);
    if (db) x->kern->col_sum(n, out, dy, out, db);
    if (x->plan->precision == MC_PRECISION_BF16) {
        mc_bf16 *dy16 = x->dx16[o->out];
        x->kern->to_bf16(elements(x, o->out), dy, dy16);
        if (o->grad_in[0])
            mc_gemm_bf16(x->gemm, MC_GEMM_NN, n, in, out, dy16, out, x->w16[w], in, add, dx, in);
    } else if (o->grad_in[0]) {
        mc_gemm_f32(x->gemm, MC_GEMM_NN, n, in, out, dy, out, x->w[w], in, add, dx, in);
    }
}

const struct mc_op_class mc_op_linear = {"linear",         linear_forward,         linear_backward,
                                         .group_in = true, .group_out_grad = true, .product = true};

// --- activation with the bias before it

static void act_forward(const struct mc_op *o, struct mc_exec *x) {
    x->kern->act(o->act, mc_value_rows(x, o->out), mc_value_cols(x, o->out), x->x[o->in[0]],
                 o->par[0] >= 0 ? x->w[o->par[0]] : NULL, x->x[o->out]);
}

static void act_backward(const struct mc_op *o, struct mc_exec *x) {
    const float *z = x->x[o->act == MC_ACT_TANH ? o->out : o->in[0]];
    // in place where the bias alone is trained
    float *dz = x->dx[o->grad_in[0] ? o->in[0] : o->out];
    x->kern->act_grad(o->act, elements(x, o->out), z, x->dx[o->out], dz);
    float *db = mc_small(x, o->par[0]);
    if (db)
        x->kern->col_sum(mc_value_rows(x, o->out), mc_value_cols(x, o->out), dz,
                         mc_value_cols(x, o->out), db);
}

const struct mc_op_class mc_op_act = {
    "act", act_forward, act_backward, .reads_in = true, .reads_out = true, .sole_reader = true};

// --- gated activation

static void gate_forward(const struct mc_op *o, struct mc_exec *x) {
    x->kern->gate(o->act, elements(x, o->out), x->x[o->in[0]], x->x[o->in[1]], x->x[o->out]);
}

static void gate_backward(const struct mc_op *o, struct mc_exec *x) {
    float *da = o->grad_in[0] ? x->dx[o->in[0]] : NULL,
          *db = o->grad_in[1] ? x->dx[o->in[1]] : NULL;
    x->kern->gate_grad(o->act, elements(x, o->out), x->x[o->in[0]], x->x[o->in[1]], x->dx[o->out],
                       da, db);
}

const struct mc_op_class mc_op_gate = {"gate", gate_forward, gate_backward, .reads_in = true,
                                       .sole_reader = true};

// --- root mean square norm

static void rms_forward(const struct mc_op *o, struct mc_exec *x) {
    x->kern->rms(mc_value_rows(x, o->out), mc_value_cols(x, o->out), x->x[o->in[0]],
                 x->w[o->par[0]], o->eps, o->scale, x->x[o->keep[0]], x->x[o->out]);
}

static void rms_backward(const struct mc_op *o, struct mc_exec *x) {
    // in place where the weight alone is trained
    float *d = x->dx[o->grad_in[0] ? o->in[0] : o->out];
    x->kern->rms_grad(mc_value_rows(x, o->out), mc_value_cols(x, o->out), x->dx[o->out],
                      x->x[o->in[0]], x->x[o->keep[0]], x->w[o->par[0]], o->scale, d, o->add_in[0],
                      mc_small(x, o->par[0]));
}

const struct mc_op_class mc_op_rms = {"rms", rms_forward, rms_backward, .reads_in = true};

// --- dropout, residual

static void add_forward(const struct mc_op *o, struct mc_exec *x) {
    size_t n = elements(x, o->out);
    const float *a = x->x[o->in[0]];
    float *y = x->x[o->out];
    if (drops(o, x)) {
        draw_rows(o, x, o->keep[0]);
        mask_rows(o, x, o->keep[0], a, y);
    } else {
        pass_on(x, n, a, y, false);
    }
    x->kern->add(n, x->x[o->in[1]], y);
}

static void add_backward(const struct mc_op *o, struct mc_exec *x) {
    size_t n = elements(x, o->out);
    float *d = x->dx[o->out];
    if (o->grad_in[1]) pass_on(x, n, d, x->dx[o->in[1]], o->add_in[1]);
    if (!o->grad_in[0]) return;
    if (drops(o, x)) mask_rows(o, x, o->keep[0], d, d);
    pass_on(x, n, d, x->dx[o->in[0]], o->add_in[0]);
}

const struct mc_op_class mc_op_add = {"add", add_forward, add_backward, .reads_in = false};

// --- a constant times a value: narrow ones, so plain loops

static void scale_forward(const struct mc_op *o, struct mc_exec *x) {
    size_t n = elements(x, o->out);
    for (size_t i = 0; i < n; i++) x->x[o->out][i] = o->scale * x->x[o->in[0]][i];
}

static void scale_backward(const struct mc_op *o, struct mc_exec *x) {
    size_t n = elements(x, o->out);
    float *d = x->dx[o->out];
    for (size_t i = 0; i < n; i++) d[i] *= o->scale;
    pass_on(x, n, d, x->dx[o->in[0]], o->add_in[0]);
}

const struct mc_op_class mc_op_scale = {"scale", scale_forward, scale_backward, .reads_in = false};

// --- dropout, residual, layer norm

static void norm_forward(const struct mc_op *o, struct mc_exec *x) {
    int rows = mc_value_rows(x, o->out), cols = mc_value_cols(x, o->out);
    const float *a = x->x[o->in[0]];
    float *xhat = x->x[o->keep[0]];
    if (drops(o, x)) {
        draw_rows(o, x, o->keep[2]);
        mask_rows(o, x, o->keep[2], a, xhat);
        a = xhat;
    }
    x->kern->norm(rows, cols, a, o->in[1] >= 0 ? x->x[o->in[1]] : NULL, x->w[o->par[0]],
                  x->w[o->par[1]], o->eps, xhat, x->x[o->keep[1]], x->x[o->out]);
}

static void norm_backward(const struct mc_op *o, struct mc_exec *x) {
    int rows = mc_value_rows(x, o->out), cols = mc_value_cols(x, o->out);
    size_t n = elements(x, o->out);
    // the gradient of the sum replaces that of the output, which nobody reads any more
    float *d = x->dx[o->out];
    x->kern->norm_grad(rows, cols, d, x->x[o->keep[0]], x->x[o->keep[1]], x->w[o->par[0]], d,
                       mc_small(x, o->par[0]), mc_small(x, o->par[1]));
    if (o->grad_in[1]) pass_on(x, n, d, x->dx[o->in[1]], o->add_in[1]);
    if (!o->grad_in[0]) return;
    if (drops(o, x)) mask_rows(o, x, o->keep[2], d, d);
    pass_on(x, n, d, x->dx[o->in[0]], o->add_in[0]);
}

const struct mc_op_class mc_op_norm = {"norm", norm_forward, norm_backward, .reads_in = false};

// --- dropout alone

static void dropout_forward(const struct mc_op *o, struct mc_exec *x) {
    if (drops(o, x)) {
        draw_rows(o, x, o->keep[0]);
        mask_rows(o, x, o->keep[0], x->x[o->in[0]], x->x[o->out]);
    } else {
        pass_on(x, elements(x, o->out), x->x[o->in[0]], x->x[o->out], false);
    }
}

static void dropout_backward(const struct mc_op *o, struct mc_exec *x) {
    float *d = x->dx[o->out];
    if (drops(o, x)) mask_rows(o, x, o->keep[0], d, d);
    pass_on(x, elements(x, o->out), d, x->dx[o->in[0]], o->add_in[0]);
}

const struct mc_op_class mc_op_dropout = {"dropout", dropout_forward, dropout_backward,
                                          .reads_in = false};

// --- first position of every sequence

static void first_forward(const struct mc_op *o, struct mc_exec *x) {
    size_t cols = (size_t)mc_value_cols(x, o->out);
    const struct mc_space *t = &x->chunk.space[x->plan->value[o->in[0]].space];
    for (int s = 0; s < t->seqs; s++)
        memcpy(x->x[o->out] + (size_t)s * cols, x->x[o->in[0]] + (size_t)t->at[s] * cols,
               cols * sizeof(float));
}

static void first_backward(const struct mc_op *o, struct mc_exec *x) {
    size_t cols = (size_t)mc_value_cols(x, o->out);
    const struct mc_space *t = &x->chunk.space[x->plan->value[o->in[0]].space];
    float *d = x->dx[o->in[0]];
    if (!o->add_in[0]) memset(d, 0, (size_t)t->rows * cols * sizeof *d);
    for (int s = 0; s < t->seqs; s++)
        x->kern->add(cols, x->dx[o->out] + (size_t)s * cols, d + (size_t)t->at[s] * cols);
}

const struct mc_op_class mc_op_first = {"first", first_forward, first_backward, .reads_in = false};

// --- positions that the batch chooses

static void chosen_forward(const struct mc_op *o, struct mc_exec *x) {
    size_t cols = (size_t)mc_value_cols(x, o->out);
    for (int i = 0; i < mc_value_rows(x, o->out); i++)
        memcpy(x->x[o->out] + (size_t)i * cols, x->x[o->in[0]] + (size_t)x->chunk.chosen[i] * cols,
               cols * sizeof(float));
}

static void chosen_backward(const struct mc_op *o, struct mc_exec *x) {
    size_t cols = (size_t)mc_value_cols(x, o->out);
    float *d = x->dx[o->in[0]];
    if (!o->add_in[0]) memset(d, 0, (size_t)mc_value_rows(x, o->in[0]) * cols * sizeof *d);
    for (int i = 0; i < mc_value_rows(x, o->out); i++)
        x->kern->add(cols, x->dx[o->out] + (size_t)i * cols, d + (size_t)x->chunk.chosen[i] * cols);
}

const struct mc_op_class mc_op_chosen = {"chosen", chosen_forward, chosen_backward,
                                         .reads_in = false};
