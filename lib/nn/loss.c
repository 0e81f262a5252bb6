// Softmax cross-entropy per sequence: logits[n_seq, C] against labels, sums in double.
#include <math.h>

#include "op.h"

// log sum_j exp(z_j), and the index of the largest (the first of equals).
static double log_sum_exp(const float *z, int n, int *top) {
    int best = 0;
    for (int j = 1; j < n; j++)
        if (z[j] > z[best]) best = j;
    double sum = 0;
    for (int j = 0; j < n; j++) sum += exp((double)z[j] - (double)z[best]);
    *top = best;
    return (double)z[best] + log(sum);
}

static void forward(const struct mc_op *o, struct mc_exec *x) {
    int n = mc_rows(x, o->in[0]), c = mc_cols(x, o->in[0]), top;
    const struct mc_result *r = x->out;
    for (int s = 0; s < n; s++) {
        const float *z = x->x[o->in[0]] + (size_t)s * (size_t)c;
        int i = x->chunk.example[s], label = x->chunk.label[s];
        double lse = log_sum_exp(z, c, &top),
               nll = label >= 0 ? lse - (double)z[label] : (double)NAN;
        if (r->loss) r->loss[i] = nll;
        if (r->p_label) r->p_label[i] = exp(-nll);
        if (r->predicted) r->predicted[i] = top;
        if (r->logits)
            for (int j = 0; j < c; j++) r->logits[(size_t)i * (size_t)c + (size_t)j] = z[j];
    }
}

static void backward(const struct mc_op *o, struct mc_exec *x) {
    int n = mc_rows(x, o->in[0]), c = mc_cols(x, o->in[0]), top;
    for (int s = 0; s < n; s++) {
        const float *z = x->x[o->in[0]] + (size_t)s * (size_t)c;
        float *d = x->dx[o->in[0]] + (size_t)s * (size_t)c;
        double lse = log_sum_exp(z, c, &top);
        for (int j = 0; j < c; j++)
            d[j] = (float)(x->train->weight * (exp((double)z[j] - lse) - (j == x->chunk.label[s])));
    }
}

const struct mc_op_class mc_op_cross_entropy = {"cross_entropy", forward, backward,
                                                .reads_in = true};
