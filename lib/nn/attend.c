// Attention, head by head and sequence by sequence: queries q[n_q, H], keys k[n_k, H] and values
// v[n_k, H] of one sequence; o = softmax(scale q k^T) v per head of d = H / heads columns. What is
// kept for the gradient is the logarithm of the sum of exponentials, [rows, heads]; the
// probabilities are computed again.
#include "op.h"

static float *grad_of(const struct mc_op *o, const struct mc_exec *x, int k, size_t at) {
    return o->grad_in[k] ? x->dx[o->in[k]] + at : NULL;
}

// The rows of a query's sequence in the space of the keys: sequences have the same number in every
// space.
static void each_head(const struct mc_op *o, struct mc_exec *x, bool backward) {
    const struct mc_plan *p = x->plan;
    const struct mc_space *qs = &x->chunk.space[p->value[o->in[0]].space];
    const struct mc_space *ks = &x->chunk.space[p->value[o->in[1]].space];
    int ldq = mc_cols(x, o->in[0]), ldk = mc_cols(x, o->in[1]), d = ldq / o->heads;
    struct mc_drop drop = {.key = {x->drop_key[0], x->drop_key[1]},
                           .site = (uint32_t)o->site,
                           .step = x->train ? x->train->step : 0,
                           .drop = (uint32_t)((double)o->drop_p * 4294967296.0),
                           .scale = 1 / (1 - o->drop_p)};
    const struct mc_drop *dp = x->train && o->drop_p > 0 ? &drop : NULL;
    for (int s = 0; s < qs->seqs; s++) {
        int n_q = qs->at[s + 1] - qs->at[s], n_k = ks->at[s + 1] - ks->at[s];
        drop.example = (uint32_t)x->chunk.example[s];
        for (int h = 0; h < o->heads; h++) {
            size_t aq = (size_t)qs->at[s] * (size_t)ldq + (size_t)(h * d);
            size_t ak = (size_t)ks->at[s] * (size_t)ldk + (size_t)(h * d);
            float *lse = x->x[o->keep[0]] + (size_t)qs->at[s] * (size_t)o->heads + h;
            const float *q = x->x[o->in[0]] + aq, *k = x->x[o->in[1]] + ak,
                        *v = x->x[o->in[2]] + ak;
            float *y = x->x[o->out] + aq;
            if (backward)
                x->kern->attend_grad(n_q, n_k, d, o->scale, q, ldq, k, ldk, v, ldk, dp, h, y, ldq,
                                     lse, o->heads, x->dx[o->out] + aq, ldq, grad_of(o, x, 0, aq),
                                     ldq, grad_of(o, x, 1, ak), ldk, grad_of(o, x, 2, ak), ldk,
                                     x->work);
            else
                x->kern->attend(n_q, n_k, d, o->scale, q, ldq, k, ldk, v, ldk, dp, h, y, ldq, lse,
                                o->heads, x->work);
        }
    }
}

static void forward(const struct mc_op *o, struct mc_exec *x) { each_head(o, x, false); }
static void backward(const struct mc_op *o, struct mc_exec *x) { each_head(o, x, true); }

const struct mc_op_class mc_op_attend = {"attend",         forward,           backward,
                                         .reads_in = true, .reads_out = true, .sole_reader = true};
