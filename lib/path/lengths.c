// How far the models of a path are from each other, tensor by tensor, and from that how long it is.
//
// A tensor at two spots differs by sum c_k m_k, and with the origin as one more model, of weight
// -sum c_k, the weights sum to 0: then |sum c_k m_k|^2 = -sum over i < j of c_i c_j |m_i - m_j|^2.
// So distances of pairs are all that is needed, and two models at a time in memory give them.
#include <math.h>
#include <stdlib.h>

#include "mc/path.h"

struct mc_lengths {
    int n, n_tensors;
    bool *known; // [n, n]
    double *sq;  // [n_tensors, n, n]
};

// --- distances

enum { PIECE = 1 << 18, RUN = 2048 }; // floats of a task; those that stay in the cache

struct pair {
    int i, j;
};
struct piece {
    int tensor;
    size_t from, to;
};
struct pass {
    const struct mc_path *p;
    const struct pair *pair;
    int n_pairs;
    const struct piece *piece;
    double *part; // [pieces, n_pairs]
};

static double squared(const float *a, const float *b, size_t n) {
    double s = 0;
#pragma omp simd reduction(+ : s)
    for (size_t i = 0; i < n; i++) {
        double d = (double)a[i] - (b ? (double)b[i] : 0);
        s += d * d;
    }
    return s;
}

static void measure_piece(void *ctx, int task, int thread) {
    const struct pass *x = ctx;
    const struct piece *t = &x->piece[task];
    double *part = x->part + (size_t)task * (size_t)x->n_pairs;
    (void)thread;
    for (size_t from = t->from; from < t->to; from += RUN) {
        size_t n = t->to - from < RUN ? t->to - from : RUN;
        for (int k = 0; k < x->n_pairs; k++) {
            const struct pair *q = &x->pair[k];
            const float *a = mc_path_frame_tensor(&x->p->frame, q->i, t->tensor) + from;
            const float *b = q->i == q->j
                                 ? NULL
                                 : mc_path_frame_tensor(&x->p->frame, q->j, t->tensor) + from;
            part[k] += squared(a, b, n);
        }
    }
}

static int cut(const struct mc_path *p, struct piece *out) {
    int n = 0;
    for (int i = 0; i < p->shape->table.n; i++) {
        size_t all = p->shape->table.p[i].n;
        for (size_t from = 0; mc_path_moves(p, i) && from < all; from += PIECE) {
            if (out) out[n] = (struct piece){i, from, all - from < PIECE ? all : from + PIECE};
            n++;
        }
    }
    return n;
}

// Pairs whose models are in memory.
static int measure_pairs(struct mc_path *p, const struct pair *pair, int n_pairs,
                         struct mc_error *e) {
    struct mc_lengths *l = p->lengths;
    int n = cut(p, NULL);
    struct piece *piece = mc_new((size_t)n, sizeof *piece, e);
    double *part = mc_new((size_t)n * (size_t)n_pairs, sizeof *part, e);
    if (piece && part) {
        struct pass x = {p, pair, n_pairs, piece, part};
        cut(p, piece);
        mc_pool_run(p->pool, n, measure_piece, &x);
        for (int t = 0; t < n; t++)
            for (int k = 0; k < n_pairs; k++)
                l->sq[((size_t)piece[t].tensor * (size_t)l->n + (size_t)pair[k].i) * (size_t)l->n +
                      (size_t)pair[k].j] += part[(size_t)t * (size_t)n_pairs + (size_t)k];
        for (int k = 0; k < n_pairs; k++) l->known[pair[k].i * l->n + pair[k].j] = true;
    }
    int rc = piece && part ? 0 : MC_ERR_MEM;
    free(piece);
    free(part);
    return rc;
}

static bool in_memory(const struct mc_path *p, int k) { return p->frame.m[k]->w != NULL; }

// All that is asked for of the models in memory.
static int measure_at_hand(struct mc_path *p, const bool *need, struct mc_error *e) {
    const struct mc_lengths *l = p->lengths;
    int n = l->n, n_pairs = 0;
    struct pair *pair = mc_new((size_t)n * (size_t)n, sizeof *pair, e);
    if (!pair) return MC_ERR_MEM;
    for (int i = 0; i < n; i++)
        for (int j = i; j < n; j++)
            if (need[i * n + j] && !l->known[i * n + j] && in_memory(p, i) && in_memory(p, j))
                pair[n_pairs++] = (struct pair){i, j};
    int rc = n_pairs ? measure_pairs(p, pair, n_pairs, e) : 0;
    free(pair);
    return rc;
}

// The first model behind i that i is still to be measured with, itself included; n: none.
static int next_need(const struct mc_lengths *l, const bool *need, int i) {
    int j = i;
    while (j < l->n && !(need[i * l->n + j] && !l->known[i * l->n + j])) j++;
    return j;
}

static int new_lengths(struct mc_path *p, struct mc_error *e) {
    struct mc_lengths *l = p->lengths = mc_new(1, sizeof *l, e);
    if (!l) return MC_ERR_MEM;
    size_t pairs = (size_t)p->frame.n * (size_t)p->frame.n;
    *l = (struct mc_lengths){.n = p->frame.n,
                             .n_tensors = p->shape->table.n,
                             .known = mc_new(pairs, sizeof *l->known, e)};
    if (l->known) l->sq = mc_new(pairs * (size_t)l->n_tensors, sizeof *l->sq, e);
    return l->sq ? 0 : MC_ERR_MEM;
}

void mc_lengths_free(struct mc_lengths *l) {
    if (!l) return;
    free(l->known);
    free(l->sq);
    free(l);
}

// Model i with all behind it that are to be measured with it; *last: the last of them.
static int measure_behind(struct mc_path *p, const bool *need, int i, int *last,
                          struct mc_error *e) {
    const struct mc_lengths *l = p->lengths;
    for (int j; (j = next_need(l, need, i)) < l->n; *last = j) {
        const int two[] = {i, j};
        MC_TRY(mc_path_inputs_load(p->inputs, two, i == j ? 1 : 2, e));
        MC_TRY(measure_at_hand(p, need, e));
    }
    return 0;
}

// Models that are not in memory are read two at a time: one waits while those behind it pass, then
// the last that passed waits, so that the files are read forward as long as they can be.
int mc_path_measure(struct mc_path *p, const bool *need, struct mc_error *e) {
    if (!p->lengths) MC_TRY(new_lengths(p, e));
    const struct mc_lengths *l = p->lengths;
    MC_TRY(measure_at_hand(p, need, e));
    for (int at = 0;;) {
        int i = at;
        while (i < l->n && next_need(l, need, i) == l->n) i++;
        if (i < l->n)
            MC_TRY(measure_behind(p, need, i, &at, e));
        else if (at > 0)
            at = 0;
        else
            return 0;
    }
}

double mc_path_squared(const struct mc_path *p, int tensor, int i, int j) {
    const struct mc_lengths *l = p->lengths;
    return l->sq[((size_t)tensor * (size_t)l->n + (size_t)i) * (size_t)l->n + (size_t)j];
}

double mc_path_squared_all(const struct mc_path *p, int i, int j) {
    double s = 0;
    for (int k = 0; k < p->lengths->n_tensors; k++) s += mc_path_squared(p, k, i, j);
    return s;
}

// --- the length of a path

struct step {
    double t;
    int i; // place in the grid
};

static int by_t(const void *a, const void *b) {
    const struct step *x = a, *y = b;
    return (x->t > y->t) - (x->t < y->t);
}

static struct step *in_order(const struct mc_grid *g, struct mc_error *e) {
    struct step *v = mc_new((size_t)g->n, sizeof *v, e);
    for (int i = 0; v && i < g->n; i++) v[i] = (struct step){g->at[i].t, i};
    if (v) qsort(v, (size_t)g->n, sizeof *v, by_t);
    return v;
}

int mc_path_measure_grid(struct mc_path *p, struct mc_error *e) {
    int n = p->n_ends;
    struct step *v = in_order(p->grid, e);
    bool *need = mc_new((size_t)n * (size_t)n, sizeof *need, e);
    double *was = mc_new((size_t)n, sizeof *was, e);
    int rc = v && need && was ? 0 : MC_ERR_MEM;
    for (int k = 0; rc == 0 && k < p->grid->n; k++) {
        p->kind->weigh(p, 0, &p->grid->at[v[k].i], p->weight);
        for (int i = 0; k > 0 && i < n; i++)
            for (int j = i + 1; j < n; j++)
                need[i * n + j] |= p->weight[i] != was[i] && p->weight[j] != was[j];
        for (int i = 0; i < n; i++) was[i] = p->weight[i];
    }
    if (rc == 0) rc = mc_path_measure(p, need, e);
    free(v);
    free(need);
    free(was);
    return rc;
}

// Squared length of a tensor's way from the weights `from` to p->weight.
static double chord(const struct mc_path *p, int tensor, const double *from) {
    const struct mc_lengths *l = p->lengths;
    double sum = 0, norms = 0, sq = 0;
    for (int i = 0; i < l->n; i++) {
        double c = p->weight[i] - from[i];
        sum += c;
        if (l->known[i * l->n + i]) norms += c * mc_path_squared(p, tensor, i, i);
        for (int j = i + 1; j < l->n; j++)
            sq -= c * (p->weight[j] - from[j]) * mc_path_squared(p, tensor, i, j);
    }
    return sq + sum * norms;
}

static double chords(const struct mc_path *p, int group, const struct mc_spot *a,
                     const struct mc_spot *b, double *from) {
    double s = 0;
    for (int k = 0; k < p->shape->table.n; k++) {
        if (!mc_path_moves(p, k)) continue;
        struct mc_spot x = mc_path_tensor_spot(p, group, k, a),
                       y = mc_path_tensor_spot(p, group, k, b);
        if (x.t == y.t) continue;
        p->kind->weigh(p, k, &x, from);
        p->kind->weigh(p, k, &y, p->weight);
        s += chord(p, k, from);
    }
    return s > 0 ? sqrt(s) : 0;
}

int mc_path_set_s(struct mc_path *p, int group, struct mc_error *e) {
    struct step *v = in_order(p->grid, e);
    double *from = mc_new((size_t)p->n_blocks, sizeof *from, e), s = 0;
    for (int k = 0; v && from && k < p->grid->n; k++) {
        const struct mc_spot *at = p->grid->at;
        if (k > 0) s += chords(p, group, &at[v[k - 1].i], &at[v[k].i], from);
        p->s[v[k].i] = s;
    }
    int rc = v && from ? 0 : MC_ERR_MEM;
    free(v);
    free(from);
    p->s_group = group;
    return rc;
}
