// Attention, head by head and sequence by sequence: queries q[n_q, H], keys k[n_k, H] and values
// v[n_k, H] of one sequence; o = softmax(scale q k^T + bias) v per head of d = H / heads columns.
// What is kept for the gradient is the logarithm of the sum of exponentials, [rows, heads]; the
// probabilities are computed again.
#include <math.h>
#include <string.h>

#include "op.h"

int mc_relative_bucket(int relative, bool causal, int buckets, int max_distance) {
    int first = 0, distance = relative < 0 ? -relative : relative;
    if (causal) {
        if (relative > 0) distance = 0;
    } else {
        buckets /= 2;
        if (relative > 0) first = buckets;
    }
    int exact = buckets / 2;
    if (distance < exact) return first + distance;
    // in float32, step by step as transformers has it: where a range ends is a matter of rounding
    float share = logf((float)distance / (float)exact) /
                  (float)log((double)max_distance / (double)exact) * (float)(buckets - exact);
    int far = exact + (int)share;
    return first + (far < buckets ? far : buckets - 1);
}

// Biases of all heads by relative position: those of head h at + h * width, position 0 in the
// middle.
static size_t bias_width(const struct mc_exec *x) { return 2 * (size_t)x->bias_cap - 1; }
static float *bias_of(const struct mc_exec *x, bool grad, int heads, int h) {
    size_t middle = (size_t)x->bias_cap - 1;
    return x->bias + ((size_t)(grad ? heads : 0) + (size_t)h) * bias_width(x) + middle;
}

static int longest(const struct mc_space *s) {
    int n = 0;
    for (int i = 0; i < s->seqs; i++)
        if (s->at[i + 1] - s->at[i] > n) n = s->at[i + 1] - s->at[i];
    return n;
}

// The table laid out over the relative positions -n..n of a chunk, and back: the gradients of
// positions added to those of their buckets.
static void spread_bias(const struct mc_op *o, struct mc_exec *x, int n, bool grad, float *small) {
    const float *table = x->w[o->par[0]];
    for (int at = -n; at <= n; at++) {
        int b = mc_relative_bucket(at, o->causal, o->buckets, o->max_distance) * o->heads;
        for (int h = 0; h < o->heads; h++) {
            if (grad)
                small[b + h] += bias_of(x, true, o->heads, h)[at];
            else
                bias_of(x, false, o->heads, h)[at] = table[b + h];
        }
    }
}

// Keys and values of one sequence: rows of a space, or those that decoding has kept.
struct keys {
    const float *k, *v;
    size_t at; // its first element in the values of the space
    int n, past;
};

static struct keys keys_of(const struct mc_op *o, const struct mc_exec *x, int seq) {
    const struct mc_plan *p = x->plan;
    int q_space = p->value[o->in[0]].space, k_space = p->value[o->in[1]].space;
    const struct mc_space *ks = &x->chunk.space[k_space];
    int s = q_space == k_space ? seq : x->chunk.space[q_space].parent[seq];
    size_t cols = (size_t)mc_value_cols(x, o->in[1]), at = (size_t)ks->at[s] * cols;
    struct keys r = {x->x[o->in[1]] + at, x->x[o->in[2]] + at, at, ks->at[s + 1] - ks->at[s], 0};
    if (!x->decoding || !o->causal) return r;
    const struct mc_decoding *d = x->decoding;
    const struct mc_cache *c = &d->cache[o->cache];
    size_t first = (size_t)ks->parent[s] * (size_t)d->steps * cols;
    return (struct keys){c->k + first, c->v + first, at, d->step + 1, d->step};
}

// The step's keys and values to those that are kept.
static void keep_step(const struct mc_op *o, const struct mc_exec *x) {
    const struct mc_decoding *d = x->decoding;
    const struct mc_space *ks = &x->chunk.space[x->plan->value[o->in[1]].space];
    size_t cols = (size_t)mc_value_cols(x, o->in[1]);
    for (int s = 0; s < ks->seqs; s++) {
        size_t row = (size_t)ks->parent[s] * (size_t)d->steps + (size_t)d->step;
        size_t from = (size_t)ks->at[s] * cols;
        memcpy(d->cache[o->cache].k + row * cols, x->x[o->in[1]] + from, cols * sizeof(float));
        memcpy(d->cache[o->cache].v + row * cols, x->x[o->in[2]] + from, cols * sizeof(float));
    }
}

// A head's part of a prefix: rows [n, d] behind one another, their gradients, and the rows turned,
// of values for the backward pass alone. All in the scratch behind that of a head.
static void lay_prefix(const struct mc_op *o, const struct mc_exec *x, int h, int d, bool backward,
                       struct mc_attend_prefix *p) {
    int n = (int)x->plan->table->p[o->par[1]].dim[0], width = d * o->heads;
    size_t cols = (size_t)x->plan->table->p[o->par[1]].dim[1], part = (size_t)n * (size_t)d;
    *p = (struct mc_attend_prefix){.n = n, .ld = (n + 15) / 16 * 16};
    float *at = x->work + mc_attend_work(x->bias_cap, x->plan->max_d_head);
    float *turned = at + 4 * part;
    for (int kind = 0; kind < 2; kind++) { // keys, values
        const float *from = x->w[o->par[1]] + o->prefix_at + kind * width + h * d;
        float *rows = at + (size_t)kind * part, *t = turned + kind * d * p->ld;
        for (int i = 0; i < n; i++)
            memcpy(rows + i * d, from + (size_t)i * cols, (size_t)d * sizeof *rows);
        if (kind == 1 && !backward) continue;
        memset(t, 0, (size_t)d * (size_t)p->ld * sizeof *t);
        for (int i = 0; i < n; i++)
            for (int j = 0; j < d; j++) t[j * p->ld + i] = rows[i * d + j];
    }
    p->k = at, p->v = at + part;
    p->kt = turned, p->vt = turned + d * p->ld;
    if (!backward || !mc_small(x, o->par[1])) return;
    p->dk = at + 2 * part, p->dv = p->dk + part;
    memset(p->dk, 0, 2 * part * sizeof *p->dk);
}

// The gradients of a head's part to the chunk's partial sums.
static void add_prefix_grad(const struct mc_op *o, const struct mc_exec *x, int h, int d,
                            const struct mc_attend_prefix *p, float *small) {
    size_t cols = (size_t)x->plan->table->p[o->par[1]].dim[1];
    int width = d * o->heads;
    for (int i = 0; i < p->n; i++) {
        float *to = small + (size_t)i * cols + o->prefix_at + h * d;
        x->kern->add((size_t)d, p->dk + i * d, to);
        x->kern->add((size_t)d, p->dv + i * d, to + width);
    }
}

static float *grad_of(const struct mc_op *o, const struct mc_exec *x, int k, size_t at) {
    return o->grad_in[k] ? x->dx[o->in[k]] + at : NULL;
}

// One head of one sequence. key.n and key.past are of the sequence's own keys.
static void one_head(const struct mc_op *o, struct mc_exec *x, int s, int h,
                     const struct mc_attend_prefix *prefix, const struct mc_drop *drop,
                     bool backward, bool dbias) {
    const struct mc_space *qs = &x->chunk.space[x->plan->value[o->in[0]].space];
    int ld = mc_value_cols(x, o->in[0]), d = ld / o->heads;
    struct keys key = keys_of(o, x, s);
    int past = key.past + (prefix ? prefix->n : 0);
    size_t aq = (size_t)qs->at[s] * (size_t)ld + (size_t)(h * d), ak = key.at + (size_t)(h * d);
    struct mc_attend a = {
        .n_q = qs->at[s + 1] - qs->at[s],
        .n_k = key.n,
        .d = d,
        .past = past,
        .head = h,
        .causal = o->causal,
        .scale = o->scale,
        .q = x->x[o->in[0]] + aq,
        .k = key.k + h * d,
        .v = key.v + h * d,
        .bias = o->par[0] >= 0 ? bias_of(x, false, o->heads, h) - past : NULL,
        .ldq = ld,
        .ldk = ld,
        .ldv = ld,
        .ldo = ld,
        .ldl = o->heads,
        .drop = drop,
        .o = x->x[o->out] + aq,
        .lse = x->x[o->keep[0]] + (size_t)qs->at[s] * (size_t)o->heads + h,
        .work = x->work,
        .prefix = prefix,
    };
    if (!backward) {
        x->kern->attend(&a);
        return;
    }
    a.dout = x->dx[o->out] + aq;
    a.dq = grad_of(o, x, 0, aq);
    a.dk = grad_of(o, x, 1, ak);
    a.dv = grad_of(o, x, 2, ak);
    a.dbias = dbias ? bias_of(x, true, o->heads, h) - past : NULL;
    x->kern->attend_grad(&a);
}

static void each_head(const struct mc_op *o, struct mc_exec *x, bool backward) {
    const struct mc_space *qs = &x->chunk.space[x->plan->value[o->in[0]].space];
    int d = mc_value_cols(x, o->in[0]) / o->heads;
    struct mc_drop drop = {.key = {x->drop_key[0], x->drop_key[1]},
                           .site = (uint32_t)o->site,
                           .step = x->train ? x->train->step : 0,
                           .drop = (uint32_t)((double)o->drop_p * 4294967296.0),
                           .scale = 1 / (1 - o->drop_p)};
    bool drops = x->train && o->drop_p > 0, dbias = backward && mc_small(x, o->par[0]);
    float *small = backward ? mc_small(x, o->par[1]) : NULL;
    struct mc_attend_prefix prefix = {0}, *p = o->par[1] >= 0 ? &prefix : NULL;
    for (int h = 0; h < o->heads; h++) {
        if (p) lay_prefix(o, x, h, d, backward, p);
        for (int s = 0; s < qs->seqs; s++) {
            drop.example = (uint32_t)mc_example(x, qs, s);
            one_head(o, x, s, h, p, drops ? &drop : NULL, backward, dbias);
        }
        if (small) add_prefix_grad(o, x, h, d, p, small);
    }
}

// The largest distance between a query and a key.
static int largest_distance(const struct mc_op *o, const struct mc_exec *x) {
    int prefix = o->par[1] >= 0 ? (int)x->plan->table->p[o->par[1]].dim[0] : 0;
    if (x->decoding && o->causal) return prefix + x->decoding->step;
    return prefix + longest(&x->chunk.space[x->plan->value[o->in[1]].space]) - 1;
}

static void forward(const struct mc_op *o, struct mc_exec *x) {
    if (x->decoding && o->causal) keep_step(o, x);
    if (o->par[0] >= 0) spread_bias(o, x, largest_distance(o, x), false, NULL);
    each_head(o, x, false);
}

static void backward(const struct mc_op *o, struct mc_exec *x) {
    float *small = mc_small(x, o->par[0]);
    int n = largest_distance(o, x);
    if (o->par[0] >= 0) spread_bias(o, x, n, false, NULL);
    for (int h = 0; small && h < o->heads; h++)
        memset(bias_of(x, true, o->heads, h) - n, 0, (2 * (size_t)n + 1) * sizeof(float));
    each_head(o, x, true);
    if (small) spread_bias(o, x, n, true, small);
}

const struct mc_op_class mc_op_attend = {"attend",         forward,           backward,
                                         .reads_in = true, .reads_out = true, .sole_reader = true};
