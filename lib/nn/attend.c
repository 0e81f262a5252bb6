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
    size_t cols = (size_t)mc_cols(x, o->in[1]), at = (size_t)ks->at[s] * cols;
    struct keys r = {x->x[o->in[1]] + at, x->x[o->in[2]] + at, at, ks->at[s + 1] - ks->at[s], 0};
    if (!x->decoding || !o->causal) return r;
    const struct mc_decoding *d = x->decoding;
    size_t first = (size_t)ks->parent[s] * (size_t)d->steps * cols;
    float *k = d->cache[o->cache].k + first, *v = d->cache[o->cache].v + first;
    memcpy(k + (size_t)d->step * cols, r.k, cols * sizeof *k);
    memcpy(v + (size_t)d->step * cols, r.v, cols * sizeof *v);
    return (struct keys){k, v, at, d->step + 1, d->step};
}

static float *grad_of(const struct mc_op *o, const struct mc_exec *x, int k, size_t at) {
    return o->grad_in[k] ? x->dx[o->in[k]] + at : NULL;
}

static void each_head(const struct mc_op *o, struct mc_exec *x, bool backward, bool dbias) {
    const struct mc_space *qs = &x->chunk.space[x->plan->value[o->in[0]].space];
    int ldq = mc_cols(x, o->in[0]), d = ldq / o->heads;
    struct mc_drop drop = {.key = {x->drop_key[0], x->drop_key[1]},
                           .site = (uint32_t)o->site,
                           .step = x->train ? x->train->step : 0,
                           .drop = (uint32_t)((double)o->drop_p * 4294967296.0),
                           .scale = 1 / (1 - o->drop_p)};
    for (int s = 0; s < qs->seqs; s++) {
        struct keys key = keys_of(o, x, s);
        size_t first = (size_t)qs->at[s] * (size_t)ldq;
        drop.example = (uint32_t)mc_example(x, qs, s);
        for (int h = 0; h < o->heads; h++) {
            size_t aq = first + (size_t)(h * d), ak = key.at + (size_t)(h * d);
            bool bias = o->par[0] >= 0;
            struct mc_attend a = {.n_q = qs->at[s + 1] - qs->at[s],
                                  .n_k = key.n,
                                  .d = d,
                                  .past = key.past,
                                  .head = h,
                                  .causal = o->causal,
                                  .scale = o->scale,
                                  .q = x->x[o->in[0]] + aq,
                                  .k = key.k + h * d,
                                  .v = key.v + h * d,
                                  .bias = bias ? bias_of(x, false, o->heads, h) - key.past : NULL,
                                  .ldq = ldq,
                                  .ldk = ldq,
                                  .ldv = ldq,
                                  .ldo = ldq,
                                  .ldl = o->heads,
                                  .drop = x->train && o->drop_p > 0 ? &drop : NULL,
                                  .o = x->x[o->out] + aq,
                                  .lse = x->x[o->keep[0]] + (size_t)qs->at[s] * (size_t)o->heads +
                                         h,
                                  .work = x->work};
            if (backward) {
                a.dout = x->dx[o->out] + aq;
                a.dq = grad_of(o, x, 0, aq);
                a.dk = grad_of(o, x, 1, ak);
                a.dv = grad_of(o, x, 2, ak);
                a.dbias = dbias ? bias_of(x, true, o->heads, h) : NULL;
                x->kern->attend_grad(&a);
            } else {
                x->kern->attend(&a);
            }
        }
    }
}

// The largest distance between a query and a key.
static int reach(const struct mc_op *o, const struct mc_exec *x) {
    if (x->decoding && o->causal) return x->decoding->step;
    return longest(&x->chunk.space[x->plan->value[o->in[1]].space]) - 1;
}

static void forward(const struct mc_op *o, struct mc_exec *x) {
    if (o->par[0] >= 0) spread_bias(o, x, reach(o, x), false, NULL);
    each_head(o, x, false, false);
}

static void backward(const struct mc_op *o, struct mc_exec *x) {
    float *small = mc_small(x, o->par[0]);
    int n = reach(o, x);
    if (o->par[0] >= 0) spread_bias(o, x, n, false, NULL);
    for (int h = 0; small && h < o->heads; h++)
        memset(bias_of(x, true, o->heads, h) - n, 0, (2 * (size_t)n + 1) * sizeof(float));
    each_head(o, x, true, small != NULL);
    if (small) spread_bias(o, x, n, true, small);
}

const struct mc_op_class mc_op_attend = {"attend",         forward,           backward,
                                         .reads_in = true, .reads_out = true, .sole_reader = true};
