// Gradients of a group's weights, after its chunks are done. Three routes, each with a fixed order
// of sums: matrices by tiles of the output over all rows of the group, vectors by partial sums per
// chunk, embeddings by rows sorted by id.
#include <string.h>

#include "run_impl.h"

enum { TILE = 128, EMBED_TASKS = 8, SMALL_TASK = 1 << 14 };

// Rows of zeros behind the last, so that the products over a group may take whole steps of rows.
static void clear_tails(struct mc_run *r) {
    const struct mc_plan *p = r->plan;
    for (int i = 0; i < MC_BUF_KINDS * p->n_values; i++) {
        const struct mc_value *v = mc_buf_value(p, i);
        if (p->buf[i].born < 0 || !p->buf[i].group) continue;
        size_t size = mc_buf_is_bf16(p, i) ? sizeof(mc_bf16) : sizeof(float);
        size_t from = (size_t)r->group_rows[v->space], to = (size_t)mc_whole_steps((int)from);
        memset((char *)(r->group + r->at[i]) + from * (size_t)v->cols * size, 0,
               (to - from) * (size_t)v->cols * size);
    }
}

static void linear_grad(struct mc_run *r, const struct grad_task *t, int thread) {
    const struct mc_op *o = t->op;
    int in = r->plan->value[o->in[0]].cols, out = r->plan->value[o->out].cols, m = t->to - t->from;
    int k = mc_whole_steps(r->group_rows[r->plan->value[o->out].space]), add = !r->fresh;
    float *dw = r->g[o->par[0]] + (size_t)t->from * (size_t)in;
    struct mc_gemm *g = r->thread[thread].gemm;
    if (r->plan->precision == MC_PRECISION_BF16) {
        const mc_bf16 *dy = (mc_bf16 *)mc_group_buf(r, MC_BUF_DX16, o->out) + t->from;
        mc_gemm_bf16(g, MC_GEMM_TN, m, in, k, dy, out, mc_group_buf(r, MC_BUF_X16, o->in[0]), in,
                     add, dw, in);
    } else {
        const float *dy = (float *)mc_group_buf(r, MC_BUF_DX, o->out) + t->from;
        mc_gemm_f32(g, MC_GEMM_TN, m, in, k, dy, out, mc_group_buf(r, MC_BUF_X, o->in[0]), in, add,
                    dw, in);
    }
}

static void embed_grad(struct mc_run *r, const struct grad_task *t) {
    size_t cols = (size_t)r->plan->value[t->op->out].cols;
    const float *d = mc_group_buf(r, MC_BUF_DX, t->op->out);
    int slot = t->op->par[t->feed];
    int64_t pad = r->plan->table->p[slot].pad_row;
    for (int i = t->from; i < t->to; i++) {
        uint64_t key = r->sorted[t->feed][i];
        if ((int64_t)(key >> 32) == pad) continue;
        r->kern->add(cols, d + (size_t)(uint32_t)key * cols,
                     r->g[slot] + (size_t)(key >> 32) * cols);
    }
}

// Elements from..to of a tensor whose gradient is the sum of what the chunks have.
static void small_grad(struct mc_run *r, int slot, size_t from, size_t to) {
    const struct mc_plan *p = r->plan;
    const float *part = r->small + p->small_at[slot] + from;
    float *g = r->g[slot] + from;
    if (r->fresh) memset(g, 0, (to - from) * sizeof *g);
    for (int c = 0; c < r->group_chunks; c++)
        r->kern->add(to - from, part + (size_t)c * (size_t)p->small_size, g);
}

// Whether the gradient of a slot is a sum of so few elements that one task adds all such slots.
static bool is_few(const struct mc_plan *p, int slot) {
    return p->small_at[slot] >= 0 && p->table->p[slot].n <= SMALL_TASK;
}

static void few_grads(struct mc_run *r) {
    const struct mc_plan *p = r->plan;
    for (int s = 0; s < p->table->n; s++)
        if (is_few(p, s)) small_grad(r, s, 0, p->table->p[s].n);
}

static void grad_task(void *ctx, int task, int thread) {
    struct mc_run *r = ctx;
    const struct grad_task *t = &r->task[task];
    if (!t->op && t->slot < 0)
        few_grads(r);
    else if (!t->op)
        small_grad(r, t->slot, (size_t)t->from, (size_t)t->to);
    else if (t->op->cls == &mc_op_embed)
        embed_grad(r, t);
    else
        linear_grad(r, t, thread);
}

// Sorts the keys of a feed by id, rows in order within one: by digits of the id, the lowest first.
static void sort_by_id(struct mc_run *r, int feed, int n) {
    enum { BITS = 11, DIGITS = 1 << BITS };
    for (int shift = 32; shift < 64; shift += BITS) {
        int at[DIGITS + 1] = {0};
        const uint64_t *key = r->sorted[feed];
        for (int i = 0; i < n; i++) at[(key[i] >> shift & (DIGITS - 1)) + 1]++;
        if (at[1] == n) continue; // all of them 0
        for (int d = 0; d < DIGITS; d++) at[d + 1] += at[d];
        for (int i = 0; i < n; i++) r->sort_buffer[at[key[i] >> shift & (DIGITS - 1)]++] = key[i];
        uint64_t *full = r->sort_buffer;
        r->sort_buffer = r->sorted[feed];
        r->sorted[feed] = full;
    }
}

// Cuts the rows of one feed, sorted by id, into ranges that share no id.
static int add_embed_tasks(struct mc_run *r, const struct mc_op *o, int feed, int n_tasks) {
    int n = r->group_rows[mc_feed_space(feed)], from = 0;
    for (int i = 0; i < n; i++)
        r->sorted[feed][i] = (uint64_t)(uint32_t)r->group_feed[feed][i] << 32 | (uint32_t)i;
    sort_by_id(r, feed, n);
    const uint64_t *key = r->sorted[feed];
    for (int i = 1; i <= n; i++) {
        bool edge = i == n || key[i] >> 32 != key[i - 1] >> 32;
        if (!edge || (i < n && (int64_t)(i - from) * EMBED_TASKS < n)) continue;
        r->task[n_tasks++] = (struct grad_task){.op = o, .feed = feed, .from = from, .to = i};
        from = i;
    }
    return n_tasks;
}

static bool trains(const struct mc_run *r, int slot) {
    return slot >= 0 && r->plan->trainable[slot];
}

static int add_small_tasks(struct mc_run *r, int n) {
    const struct mc_plan *p = r->plan;
    r->task[n++] = (struct grad_task){.slot = -1};
    for (int s = 0; s < p->table->n; s++) {
        int all = (int)p->table->p[s].n;
        if (p->small_at[s] < 0 || is_few(p, s)) continue;
        for (int at = 0; at < all; at += SMALL_TASK) {
            int to = all - at < SMALL_TASK ? all : at + SMALL_TASK;
            r->task[n++] = (struct grad_task){.slot = s, .from = at, .to = to};
        }
    }
    return n;
}

static void list_tasks(struct mc_run *r, int wave) {
    int n = 0;
    for (int i = 0; i < r->plan->n_ops; i++) {
        const struct mc_op *o = &r->plan->op[i];
        if (o->wave != wave) continue;
        if (o->cls == &mc_op_linear && trains(r, o->par[0])) {
            int rows = r->plan->value[o->out].cols;
            for (int at = 0; at < rows; at += TILE)
                r->task[n++] = (struct grad_task){
                    .op = o, .from = at, .to = at + TILE < rows ? at + TILE : rows};
        } else if (o->cls == &mc_op_embed) {
            for (int f = 0; f < MC_FEEDS; f++)
                if (trains(r, o->par[f])) n = add_embed_tasks(r, o, f, n);
        }
    }
    r->n_tasks = wave == 0 ? add_small_tasks(r, n) : n;
}

size_t mc_grads_most(const struct mc_plan *p) {
    size_t n = 1;
    for (int i = 0; i < p->n_ops; i++)
        n += p->op[i].cls == &mc_op_linear  ? (size_t)p->value[p->op[i].out].cols / TILE + 1
             : p->op[i].cls == &mc_op_embed ? MC_FEEDS * (EMBED_TASKS + 1)
                                            : 0;
    for (int s = 0; s < p->table->n; s++)
        if (p->small_at[s] >= 0) n += p->table->p[s].n / SMALL_TASK + 1;
    return n;
}

void mc_grads_of_group(struct mc_run *r) {
    clear_tails(r);
    for (int wave = 0; wave < r->plan->n_waves; wave++) {
        list_tasks(r, wave);
        mc_pool_run(r->pool, r->n_tasks, grad_task, r);
    }
}
