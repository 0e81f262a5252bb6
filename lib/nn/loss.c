// Softmax cross-entropy of logits[rows, C]: per sequence against its label, per token of the
// targets against that token, per chosen position against its class; the square error of one
// output. Sums in double.
#include <math.h>

#include "op.h"

static void cross_forward(const struct mc_op *o, struct mc_exec *x) {
    int n = mc_value_rows(x, o->in[0]), c = mc_value_cols(x, o->in[0]), top;
    const struct mc_result *r = x->out;
    for (int s = 0; s < n; s++) {
        const float *z = x->x[o->in[0]] + (size_t)s * (size_t)c;
        int i = x->chunk.example[s], label = x->chunk.label[s];
        double lse = x->kern->log_sum_exp(c, z, &top),
               nll = label >= 0 ? lse - (double)z[label] : (double)NAN;
        if (r->loss) r->loss[i] = nll;
        if (r->p_label) r->p_label[i] = exp(-nll);
        if (r->predicted) r->predicted[i] = isfinite(lse) ? top : -1;
        if (r->logits)
            for (int j = 0; j < c; j++) r->logits[(size_t)i * (size_t)c + (size_t)j] = z[j];
    }
}

// d = weight (softmax(z) - one hot)
static void row_grad(struct mc_exec *x, int c, const float *z, int gold, float *d) {
    int top;
    double w = x->train->weight, lse = x->kern->log_sum_exp(c, z, &top);
    x->kern->softmax_grad(c, z, lse, w, d);
    d[gold] = (float)(w * (exp((double)z[gold] - lse) - 1));
}

// Of every row of the logits against its gold class.
static void rows_grad(const struct mc_op *o, struct mc_exec *x, const int *gold) {
    int n = mc_value_rows(x, o->in[0]), c = mc_value_cols(x, o->in[0]);
    for (int i = 0; i < n; i++) {
        size_t at = (size_t)i * (size_t)c;
        row_grad(x, c, x->x[o->in[0]] + at, gold[i], x->dx[o->in[0]] + at);
    }
}

static void cross_backward(const struct mc_op *o, struct mc_exec *x) {
    rows_grad(o, x, x->chunk.label);
}

const struct mc_op_class mc_op_cross_entropy = {"cross_entropy", cross_forward, cross_backward,
                                                .reads_in = true};

// --- one output against a number

static double value_of(const struct mc_exec *x, int s) {
    const struct mc_batch *b = x->batch;
    int i = x->chunk.example[s];
    return b->value ? b->value[b->pick ? b->pick[i] : i] : (double)NAN;
}

static void square_forward(const struct mc_op *o, struct mc_exec *x) {
    int n = mc_value_rows(x, o->in[0]);
    const struct mc_result *r = x->out;
    for (int s = 0; s < n; s++) {
        double d = (double)x->x[o->in[0]][s] - value_of(x, s);
        int i = x->chunk.example[s];
        if (r->loss) r->loss[i] = d * d;
        if (r->logits) r->logits[i] = x->x[o->in[0]][s];
    }
}

static void square_backward(const struct mc_op *o, struct mc_exec *x) {
    int n = mc_value_rows(x, o->in[0]);
    for (int s = 0; s < n; s++)
        x->dx[o->in[0]][s] = (float)(2 * x->train->weight *
                                     ((double)x->x[o->in[0]][s] - value_of(x, s)));
}

const struct mc_op_class mc_op_square_error = {"square_error", square_forward, square_backward,
                                               .reads_in = true};

// --- targets

// The row of a target in token_logits, of which there is one per token of the batch's targets.
static size_t token_row(const struct mc_exec *x, const struct mc_space *t, int seq) {
    int64_t e = x->batch->pick ? x->batch->pick[mc_example(x, t, seq)] : mc_example(x, t, seq);
    return (size_t)x->batch->target_offset[e];
}

static void token_forward(const struct mc_op *o, struct mc_exec *x) {
    int c = mc_value_cols(x, o->in[0]), top;
    const struct mc_space *t = &x->chunk.space[MC_SPACE_TARGETS];
    const struct mc_result *r = x->out;
    const float *z = x->x[o->in[0]];
    if (x->decoding) {
        for (int i = 0; i < t->rows; i++, z += c) // -1: a row that is not finite
            x->decoding->next[i] = isfinite(x->kern->log_sum_exp(c, z, &top)) ? top : -1;
        return;
    }
    for (int s = 0; s < t->seqs; s++) {
        int len = t->at[s + 1] - t->at[s], i = mc_example(x, t, s), per = x->batch->per;
        float *copy = r->token_logits ? r->token_logits + token_row(x, t, s) * (size_t)c : NULL;
        double nll = 0;
        for (int row = t->at[s]; row < t->at[s + 1]; row++, z += c) {
            nll += x->kern->log_sum_exp(c, z, &top) - (double)z[x->chunk.target[row]];
            for (int j = 0; copy && j < c; j++) *copy++ = z[j];
        }
        if (per && r->nll) r->nll[(size_t)i * (size_t)per + (size_t)(s % per)] = nll;
        if (!per && r->loss) r->loss[i] = nll / len;
        if (!per && r->p_label) r->p_label[i] = exp(-nll);
    }
}

static void token_backward(const struct mc_op *o, struct mc_exec *x) {
    rows_grad(o, x, x->chunk.target);
}

const struct mc_op_class mc_op_token_loss = {"token_loss", token_forward, token_backward,
                                             .reads_in = true};

// --- chosen positions

static void chosen_forward(const struct mc_op *o, struct mc_exec *x) {
    int c = mc_value_cols(x, o->in[0]), top;
    const struct mc_space *t = &x->chunk.space[MC_SPACE_CHOSEN];
    const float *z = x->x[o->in[0]];
    for (int s = 0; s < t->seqs; s++) {
        double nll = 0;
        int n = t->at[s + 1] - t->at[s];
        for (int row = t->at[s]; row < t->at[s + 1]; row++, z += c)
            nll += x->kern->log_sum_exp(c, z, &top) - (double)z[x->chunk.chosen_class[row]];
        if (x->out->loss) x->out->loss[mc_example(x, t, s)] = n ? nll / n : (double)NAN;
    }
}

static void chosen_backward(const struct mc_op *o, struct mc_exec *x) {
    rows_grad(o, x, x->chunk.chosen_class);
}

const struct mc_op_class mc_op_chosen_loss = {"chosen_loss", chosen_forward, chosen_backward,
                                              .reads_in = true};
