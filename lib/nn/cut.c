// Values of a batch kept at a cut of the plan, from which a later evaluation of the same batch goes
// on: those that are computed before an operation and read there or behind it, as their lifetimes
// say. Chunks are a rule of the lengths alone, so a chunk finds its own again.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "run_impl.h"

void mc_cut_release(struct mc_cut *c) {
    free(c->place);
    mc_free_floats(c->x);
    *c = (struct mc_cut){0};
}

static bool lives(const struct mc_plan *p, int buf, int at) {
    const struct mc_plan_buf *b = &p->buf[buf];
    return b->born >= 0 && b->born < at && b->dies >= at;
}

// Floats that a buffer of so many rows takes.
static size_t floats_of(const struct mc_plan *p, int buf, size_t rows) {
    size_t n = rows * (size_t)mc_buf_value(p, buf)->cols;
    return mc_buf_is_bf16(p, buf) ? (n + 1) / 2 : n;
}

static size_t rows_of(const struct mc_run *r, int c, int space) {
    return (size_t)(r->row_at[c + 1][space] - r->row_at[c][space]);
}

double mc_cut_work(const struct mc_run *r, int at, int n) {
    double sum = 0;
    for (int i = 0; i < at; i++) {
        const struct mc_op *o = &r->plan->op[i];
        int space;
        if (!o->cls->product) continue;
        double cost = mc_op_row_cost(r->plan, o, &space);
        sum += r->row_at[n][space] * cost;
    }
    return sum;
}

static double bytes_of_all(const struct mc_run *r, int at) {
    double floats = 0;
    for (int i = 0; i < MC_BUF_KINDS * r->plan->n_values; i++)
        if (lives(r->plan, i, at)) {
            int space = mc_buf_value(r->plan, i)->space;
            floats += (double)floats_of(r->plan, i, (size_t)r->row_at[r->chunking.n_chunks][space]);
        }
    return floats * (double)sizeof(float);
}

// Of cuts that save the same the one that takes least and is last; the last operation, the loss, is
// always done.
int mc_cut_choose(const struct mc_run *r, int same, size_t room) {
    int last = same < r->plan->n_ops - 1 ? same : r->plan->n_ops - 1, at = 0;
    double best = 0, least = 0;
    for (int i = 1; i <= last; i++) {
        double bytes = bytes_of_all(r, i);
        double saved = mc_cut_work(r, i, r->chunking.n_chunks) *
                       fmin(1, (double)room / fmax(bytes, 1));
        if (saved < best || !(saved > 0) || (!(saved > best) && bytes > least)) continue;
        at = i;
        best = saved;
        least = bytes;
    }
    return at;
}

int mc_cut_make(const struct mc_run *r, int at, size_t room, struct mc_cut *c, struct mc_error *e) {
    size_t n = 0;
    *c = (struct mc_cut){.at = at};
    if (!(c->place = mc_new((size_t)r->chunking.n_chunks, sizeof *c->place, e))) return MC_ERR_MEM;
    for (int k = 0; k < r->chunking.n_chunks; k++, c->n_chunks++) {
        c->place[k] = n;
        for (int i = 0; i < MC_BUF_KINDS * r->plan->n_values; i++)
            if (lives(r->plan, i, at))
                n += floats_of(r->plan, i, rows_of(r, k, mc_buf_value(r->plan, i)->space));
        if (n > room / sizeof *c->x) break;
        c->bytes = n * sizeof *c->x;
    }
    c->x = mc_new_floats(c->bytes / sizeof *c->x, e);
    return c->x ? 0 : MC_ERR_MEM;
}

// Copies what lives at the cut of chunk c from the arena of a thread, or back into it.
static void copy(const struct mc_run *r, int c, struct thread *th, const struct mc_cut *cut,
                 bool back) {
    float *at = cut->x + cut->place[c];
    for (int i = 0; i < MC_BUF_KINDS * r->plan->n_values; i++) {
        if (!lives(r->plan, i, cut->at)) continue;
        size_t rows = rows_of(r, c, mc_buf_value(r->plan, i)->space);
        size_t cols = (size_t)mc_buf_value(r->plan, i)->cols;
        size_t bytes = rows * cols * (mc_buf_is_bf16(r->plan, i) ? sizeof(mc_bf16) : sizeof *at);
        memcpy(back ? th->ptr[i] : at, back ? at : th->ptr[i], bytes);
        at += floats_of(r->plan, i, rows);
    }
}

int mc_cut_begin(const struct mc_run *r, int c, struct thread *th) {
    if (!r->from || c >= r->from->n_chunks) return 0;
    copy(r, c, th, r->from, true);
    return r->from->at;
}

void mc_cut_keep(const struct mc_run *r, int c, int op, struct thread *th) {
    if (r->to && op == r->to->at && c < r->to->n_chunks) copy(r, c, th, r->to, false);
}
