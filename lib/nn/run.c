// Running a plan. A chunk's values live in the arena of the thread that computes it; what the
// gradients of matrices need lives in arrays of the whole group.
#include <stdlib.h>
#include <string.h>

#include "mc/rng.h"
#include "run_impl.h"

enum { ROUND_TILE = 1 << 16 }; // weights rounded by one task

// --- a chunk

static int64_t example_of(const struct mc_batch *b, int i) { return b->pick ? b->pick[i] : i; }

// First row of a chunk in the arrays of its group.
static int group_row(const struct mc_run *r, int c, int space) {
    return r->row_at[c][space] - r->row_at[r->first_chunk][space];
}

static void fill_chunk(struct mc_run *r, int c, struct thread *th, struct mc_chunk *k) {
    const struct mc_batch *b = r->batch;
    int n = r->div.chunk[c + 1] - r->div.chunk[c], rows = 0, *p = th->ints;
    k->example = p, p += n;
    k->label = p, p += n;
    for (int s = 0; s < MC_SPACES; s++)
        k->space[s] = (struct mc_space){.seqs = n, .at = p}, p += n + 1;
    for (int f = 0; f < MC_FEEDS; f++) {
        k->feed[f] = p, p += r->cap[MC_SPACE_TOKENS];
        if (r->train) k->feed[f] = r->group_feed[f] + group_row(r, c, MC_SPACE_TOKENS);
    }
    for (int s = 0; s < n; s++) {
        int i = r->div.seq[r->div.chunk[c] + s];
        int64_t ex = example_of(b, i), from = b->offset[ex];
        int len = (int)(b->offset[ex + 1] - from);
        k->example[s] = i;
        k->label[s] = b->label ? b->label[ex] : -1;
        k->space[MC_SPACE_TOKENS].at[s] = rows;
        k->space[MC_SPACE_FIRST].at[s] = s;
        mc_plan_positions(r->plan, b->ids + from, len, k->feed[MC_FEED_POSITIONS] + rows);
        for (int j = 0; j < len; j++, rows++) {
            k->feed[MC_FEED_IDS][rows] = b->ids[from + j];
            k->feed[MC_FEED_TYPES][rows] = b->types[from + j];
        }
    }
    k->space[MC_SPACE_TOKENS].at[n] = k->space[MC_SPACE_TOKENS].rows = rows;
    k->space[MC_SPACE_FIRST].at[n] = k->space[MC_SPACE_FIRST].rows = n;
}

static void place_values(struct mc_run *r, int c, struct thread *th) {
    const struct mc_plan *p = r->plan;
    for (int i = 0; i < MC_BUF_KINDS * p->n_values; i++) {
        const struct mc_value *v = mc_buf_value(p, i);
        th->ptr[i] = NULL;
        if (p->buf[i].born < 0) continue;
        float *at = (p->buf[i].group ? r->group : th->arena) + r->at[i];
        size_t skip = p->buf[i].group ? (size_t)group_row(r, c, v->space) * (size_t)v->cols : 0;
        th->ptr[i] = mc_buf_is_bf16(p, i) ? (void *)((mc_bf16 *)at + skip) : at + skip;
    }
}

static void chunk_task(void *ctx, int task, int thread) {
    struct mc_run *r = ctx;
    const struct mc_plan *p = r->plan;
    struct thread *th = &r->thread[thread];
    int c = r->first_chunk + task;
    struct mc_exec x = {.plan = p,
                        .kern = r->kern,
                        .gemm = th->gemm,
                        .x = (float **)th->ptr + MC_BUF_X * p->n_values,
                        .dx = (float **)th->ptr + MC_BUF_DX * p->n_values,
                        .x16 = (mc_bf16 **)th->ptr + MC_BUF_X16 * p->n_values,
                        .dx16 = (mc_bf16 **)th->ptr + MC_BUF_DX16 * p->n_values,
                        .w = r->w,
                        .w16 = (const mc_bf16 *const *)r->w16,
                        .work = th->work,
                        .train = r->train,
                        .out = r->out,
                        .drop_key = {r->drop_key[0], r->drop_key[1]}};
    fill_chunk(r, c, th, &x.chunk);
    place_values(r, c, th);
    for (int i = 0; i < p->n_ops; i++) p->op[i].cls->forward(&p->op[i], &x);
    if (!r->train) return;
    x.small = r->small + (size_t)task * (size_t)p->small_size;
    memset(x.small, 0, (size_t)p->small_size * sizeof *x.small);
    for (int i = p->n_ops - 1; i >= 0; i--) {
        const struct mc_op *o = &p->op[i];
        if (o->out < 0 ? o->grad_in[0] : p->value[o->out].grad) o->cls->backward(o, &x);
    }
}

// --- batches

static void run_group(struct mc_run *r, int g) {
    r->first_chunk = r->div.group[g];
    r->group_chunks = r->div.group[g + 1] - r->first_chunk;
    for (int s = 0; s < MC_SPACES; s++)
        r->group_rows[s] = r->row_at[r->div.group[g + 1]][s] - r->row_at[r->first_chunk][s];
    mc_pool_run(r->pool, r->group_chunks, chunk_task, r);
    mc_grads_of_group(r);
}

static void round_task(void *ctx, int task, int thread) {
    (void)thread;
    struct mc_run *r = ctx;
    const struct round_task *t = &r->round[task];
    r->kern->to_bf16(t->to - t->from, r->w[t->slot] + t->from, r->w16[t->slot] + t->from);
}

static int batch_room(struct mc_run *r, int n, struct mc_error *e) {
    if (n < r->batch_room) return 0;
    free(r->len);
    free(r->row_at);
    r->batch_room = 0;
    r->len = mc_new((size_t)n + 1, sizeof *r->len, e);
    r->row_at = mc_new((size_t)n + 1, sizeof *r->row_at, e);
    if (!r->len || !r->row_at) return MC_ERR_MEM;
    r->batch_room = n + 1;
    return 0;
}

static void count_rows(struct mc_run *r) {
    for (int c = 0; c < r->div.n_chunks; c++) {
        int tokens = 0, n = r->div.chunk[c + 1] - r->div.chunk[c];
        for (int i = r->div.chunk[c]; i < r->div.chunk[c + 1]; i++) tokens += r->len[r->div.seq[i]];
        r->row_at[c + 1][MC_SPACE_TOKENS] = r->row_at[c][MC_SPACE_TOKENS] + tokens;
        r->row_at[c + 1][MC_SPACE_FIRST] = r->row_at[c][MC_SPACE_FIRST] + n;
    }
}

int mc_run_batch(struct mc_run *r, const struct mc_batch *b, const struct mc_step *train,
                 const struct mc_result *out, struct mc_error *e) {
    r->batch = b;
    r->train = train;
    r->out = out;
    if (train) mc_rng_key(train->seed, MC_RNG_DROPOUT, r->drop_key);
    if (r->stale) mc_pool_run(r->pool, r->n_round, round_task, r);
    r->stale = false;
    MC_TRY(batch_room(r, b->n, e));
    for (int i = 0; i < b->n; i++) {
        int64_t ex = example_of(b, i);
        r->len[i] = (int)(b->offset[ex + 1] - b->offset[ex]);
    }
    MC_TRY(mc_divide(&r->div, b->n, r->len, e));
    count_rows(r);
    MC_TRY(mc_run_room(r, r->len, e));
    if (train) {
        r->fresh = true;
        for (int g = 0; g < r->div.n_groups; g++, r->fresh = false) run_group(r, g);
    } else {
        r->first_chunk = 0;
        mc_pool_run(r->pool, r->div.n_chunks, chunk_task, r);
    }
    for (int t = 0; t < r->n_threads; t++) MC_TRY(mc_gemm_check(r->thread[t].gemm, e));
    return 0;
}

void mc_run_bind(struct mc_run *r, const float *block, float *grad) {
    const struct mc_table *t = r->plan->table;
    for (int i = 0; i < t->n; i++) {
        r->w[i] = block + t->p[i].at;
        r->g[i] = grad ? grad + t->p[i].at : NULL;
    }
    mc_run_weights_changed(r);
}

void mc_run_weights_changed(struct mc_run *r) {
    r->stale = r->plan->precision == MC_PRECISION_BF16;
}

// A place for every weight of a product, rounded, and the tasks that round them.
static int plan_rounding(struct mc_run *r, struct mc_error *e) {
    const struct mc_plan *p = r->plan;
    size_t total = 0, tasks = 0, at = 0;
    r->w16 = mc_new((size_t)p->table->n, sizeof *r->w16, e);
    for (int i = 0; i < p->n_ops; i++) {
        size_t n = p->op[i].cls->product ? p->table->p[p->op[i].par[0]].n : 0;
        total += n;
        tasks += n / ROUND_TILE + 1;
    }
    r->rounded = mc_new_floats(total / 2 + 1, e);
    r->round = mc_new(tasks, sizeof *r->round, e);
    if (!r->w16 || !r->rounded || !r->round) return MC_ERR_MEM;
    for (int i = 0; i < p->n_ops; i++) {
        int slot = p->op[i].par[0];
        if (!p->op[i].cls->product || r->w16[slot]) continue;
        size_t n = p->table->p[slot].n;
        r->w16[slot] = (mc_bf16 *)r->rounded + at;
        at += n;
        for (size_t k = 0; k < n; k += ROUND_TILE)
            r->round[r->n_round++] = (struct round_task){slot, k,
                                                         k + ROUND_TILE < n ? k + ROUND_TILE : n};
    }
    return 0;
}

static int make_threads(struct mc_run *r, struct mc_error *e) {
    r->thread = mc_new((size_t)r->n_threads, sizeof *r->thread, e);
    if (!r->thread) return MC_ERR_MEM;
    for (int t = 0; t < r->n_threads; t++) {
        r->thread[t].ptr = mc_new(MC_BUF_KINDS * (size_t)r->plan->n_values, sizeof(void *), e);
        r->thread[t].gemm = mc_gemm_new(e);
        if (!r->thread[t].ptr || !r->thread[t].gemm) return MC_ERR_MEM;
    }
    return 0;
}

struct mc_run *mc_run_new(const struct mc_plan *p, struct mc_pool *pool, struct mc_error *e) {
    struct mc_run *r = mc_new(1, sizeof *r, e);
    if (!r) return NULL;
    r->plan = p;
    r->pool = pool;
    r->kern = mc_kern_choose();
    r->n_threads = mc_pool_threads(pool);
    r->w = mc_new((size_t)p->table->n, sizeof *r->w, e);
    r->g = mc_new((size_t)p->table->n, sizeof *r->g, e);
    r->at = mc_new(MC_BUF_KINDS * (size_t)p->n_values, sizeof *r->at, e);
    r->task = mc_new(mc_grads_most(p), sizeof *r->task, e);
    bool ok = r->w && r->g && r->at && r->task && make_threads(r, e) == 0;
    if (ok && p->precision == MC_PRECISION_BF16) ok = plan_rounding(r, e) == 0;
    if (ok) return r;
    mc_run_free(r);
    return NULL;
}

void mc_run_free(struct mc_run *r) {
    if (!r) return;
    if (r->thread) {
        mc_run_free_room(r);
        for (int t = 0; t < r->n_threads; t++) {
            free(r->thread[t].ptr);
            mc_gemm_free(r->thread[t].gemm);
        }
    }
    free(r->thread);
    free(r->w);
    free(r->g);
    mc_free_floats(r->rounded);
    free(r->w16);
    free(r->round);
    free(r->at);
    free(r->task);
    free(r->len);
    free(r->row_at);
    mc_division_release(&r->div);
    free(r);
}
