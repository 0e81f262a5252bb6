// Running a plan. A chunk's values live in the arena of the thread that computes it, laid out once
// by lifetime; what the gradients of matrices need lives in arrays of the whole group. Three routes
// of gradients, each with a fixed order of sums: matrices by tiles of the output over all rows of
// the group, vectors by partial sums per chunk, embeddings by rows sorted by id.
#include <stdlib.h>
#include <string.h>

#include "mc/gemm.h"
#include "mc/rng.h"
#include "op.h"

enum { TILE = 128, EMBED_TASKS = 8, WORK_STEP = 32 };
enum { K_STEP = 32 }; // rows of a group go to products in whole steps: few shapes to prepare
enum { ROUND_TILE = 1 << 16 }; // weights rounded by one task

struct thread {
    float *arena, *work;
    void **ptr; // [MC_BUF_KINDS * n_values]
    int32_t *ints;
    struct mc_gemm *gemm;
};

struct grad_task {
    const struct mc_op *op; // NULL: the partial sums
    int feed, from, to; // rows of the output of a linear map, or entries of a feed's sorted list
};

// A part of a weight to be rounded.
struct round_task {
    int slot;
    size_t from, to;
};

struct mc_run {
    const struct mc_plan *plan;
    const struct mc_kern *kern;
    struct mc_pool *pool;
    int n_threads;
    struct thread *thread;
    const float **w;
    float **g;
    float *rounded; // the weights of products, two to a float
    mc_bf16 **w16;  // per slot
    struct round_task *round;
    int n_round;
    bool stale; // the rounded weights are older than w

    // room: rows of a chunk, rows of a group, keys of the longest sequence, chunks of a group
    int cap[MC_SPACES], group_cap[MC_SPACES], cap_seq, cap_chunks;
    size_t *at; // per buffer of the plan: its place in the arena it lives in, in floats
    float *group, *small;
    int32_t *group_feed[MC_FEEDS];
    uint64_t *sorted[MC_FEEDS], *spare; // id << 32 | row

    // the batch at hand
    const struct mc_batch *batch;
    const struct mc_step *train;
    const struct mc_result *out;
    uint32_t drop_key[2];
    struct mc_division div;
    int *len, batch_room;     // [batch_room] of the sequences
    int (*row_at)[MC_SPACES]; // [n_chunks + 1] first row of a chunk, counted through the batch
    int first_chunk, group_chunks, group_rows[MC_SPACES]; // of the group at hand
    bool fresh;                                           // the first group of an update
    struct grad_task *task;
    int n_tasks;
};

// --- room
// -----------------------------------------------------------------------------------------------

static void free_room(struct mc_run *r) {
    for (int t = 0; t < r->n_threads; t++) {
        struct thread *th = &r->thread[t];
        mc_free_floats(th->arena);
        mc_free_floats(th->work);
        free(th->ints);
        th->arena = th->work = NULL;
        th->ints = NULL;
    }
    for (int f = 0; f < MC_FEEDS; f++) {
        free(r->group_feed[f]);
        free(r->sorted[f]);
        r->group_feed[f] = NULL;
        r->sorted[f] = NULL;
    }
    free(r->spare);
    r->spare = NULL;
    mc_free_floats(r->group);
    mc_free_floats(r->small);
    r->group = r->small = NULL;
}

static const struct mc_value *value_of(const struct mc_plan *p, int buf) {
    return &p->value[buf % p->n_values];
}

static bool is_bf16(const struct mc_plan *p, int buf) { return buf >= MC_BUF_X16 * p->n_values; }

// Room for a buffer, in floats: whole cache lines.
static size_t buf_floats(const struct mc_run *r, int buf) {
    const struct mc_value *v = value_of(r->plan, buf);
    int rows = (r->plan->buf[buf].group ? r->group_cap : r->cap)[v->space];
    size_t n = (size_t)rows * (size_t)v->cols;
    return ((is_bf16(r->plan, buf) ? (n + 1) / 2 : n) + 15) / 16 * 16;
}

// Places buffer i at the lowest place where it meets no buffer that lives at the same time;
// placed[n] are those before it, by place.
static void place(struct mc_run *r, int i, int *placed, int n) {
    const struct mc_plan_buf *b = &r->plan->buf[i];
    size_t at = 0, size = buf_floats(r, i);
    for (int k = 0; k < n && r->at[placed[k]] < at + size; k++) {
        const struct mc_plan_buf *c = &r->plan->buf[placed[k]];
        if (c->born > b->dies || b->born > c->dies) continue;
        size_t end = r->at[placed[k]] + buf_floats(r, placed[k]);
        if (at < end) at = end;
    }
    r->at[i] = at;
    for (; n > 0 && r->at[placed[n - 1]] > at; n--) placed[n] = placed[n - 1];
    placed[n] = i;
}

static int lay_out(struct mc_run *r, size_t *chunk_floats, size_t *group_floats,
                   struct mc_error *e) {
    int n_buf = MC_BUF_KINDS * r->plan->n_values, n = 0;
    int *placed = mc_new((size_t)n_buf, sizeof *placed, e);
    if (!placed) return MC_ERR_MEM;
    *chunk_floats = *group_floats = 0;
    for (int i = 0; i < n_buf; i++) {
        const struct mc_plan_buf *b = &r->plan->buf[i];
        if (b->born < 0) continue;
        size_t size = buf_floats(r, i);
        if (b->group) {
            r->at[i] = *group_floats;
            *group_floats += size;
        } else {
            place(r, i, placed, n++);
            if (r->at[i] + size > *chunk_floats) *chunk_floats = r->at[i] + size;
        }
    }
    free(placed);
    return 0;
}

static int take_room(struct mc_run *r, struct mc_error *e) {
    size_t chunk_floats, group_floats;
    MC_TRY(lay_out(r, &chunk_floats, &group_floats, e));
    int cap = r->cap[MC_SPACE_TOKENS];
    for (int t = 0; t < r->n_threads; t++) {
        struct thread *th = &r->thread[t];
        th->arena = mc_new_floats(chunk_floats, e);
        th->work = mc_new_floats(mc_attend_work(r->cap_seq, r->plan->max_d_head), e);
        th->ints = mc_new((size_t)cap * (MC_FEEDS + 4) + 2 * MC_SPACES, sizeof *th->ints, e);
        if (!th->arena || !th->work || !th->ints) return MC_ERR_MEM;
    }
    if (!r->plan->backward) return 0;
    size_t rows = (size_t)r->group_cap[MC_SPACE_TOKENS];
    r->group = mc_new_floats(group_floats, e);
    r->small = mc_new_floats((size_t)r->cap_chunks * (size_t)r->plan->small_size, e);
    for (int f = 0; f < MC_FEEDS; f++) {
        r->group_feed[f] = mc_new(rows, sizeof *r->group_feed[f], e);
        r->sorted[f] = mc_new(rows, sizeof *r->sorted[f], e);
        if (!r->group_feed[f] || !r->sorted[f]) return MC_ERR_MEM;
    }
    r->spare = mc_new(rows, sizeof *r->spare, e);
    return r->group && r->small && r->spare ? 0 : MC_ERR_MEM;
}

static bool raise_to(int *cap, int need, int step) {
    if (need <= *cap) return false;
    *cap = (need + step - 1) / step * step;
    return true;
}

// Room for the batch as divided: grows rarely, and in steps, since lengths repeat.
static int ensure_room(struct mc_run *r, const int *len, struct mc_error *e) {
    bool grew = false;
    for (int g = 0; g < r->div.n_groups; g++) {
        int tokens = 0, seqs = r->div.chunk[r->div.group[g + 1]] - r->div.chunk[r->div.group[g]];
        for (int c = r->div.group[g]; c < r->div.group[g + 1]; c++) {
            int rows = 0, n = r->div.chunk[c + 1] - r->div.chunk[c];
            for (int i = r->div.chunk[c]; i < r->div.chunk[c + 1]; i++) {
                rows += len[r->div.seq[i]];
                grew |= raise_to(&r->cap_seq, len[r->div.seq[i]], WORK_STEP);
            }
            tokens += rows;
            grew |= raise_to(&r->cap[MC_SPACE_TOKENS], rows, 32);
            grew |= raise_to(&r->cap[MC_SPACE_FIRST], n, 16);
        }
        if (!r->plan->backward) continue;
        grew |= raise_to(&r->group_cap[MC_SPACE_TOKENS], tokens, 512);
        grew |= raise_to(&r->group_cap[MC_SPACE_FIRST], seqs, 64);
        grew |= raise_to(&r->cap_chunks, r->div.group[g + 1] - r->div.group[g], 4);
    }
    if (!grew) return 0;
    // the index arrays of a thread are sized by tokens: every sequence has at least one
    if (r->cap[MC_SPACE_TOKENS] < r->cap[MC_SPACE_FIRST])
        r->cap[MC_SPACE_TOKENS] = r->cap[MC_SPACE_FIRST];
    free_room(r);
    return take_room(r, e);
}

// --- a chunk
// --------------------------------------------------------------------------------------------

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
        const struct mc_value *v = value_of(p, i);
        th->ptr[i] = NULL;
        if (p->buf[i].born < 0) continue;
        float *at = (p->buf[i].group ? r->group : th->arena) + r->at[i];
        size_t skip = p->buf[i].group ? (size_t)group_row(r, c, v->space) * (size_t)v->cols : 0;
        th->ptr[i] = is_bf16(p, i) ? (void *)((mc_bf16 *)at + skip) : at + skip;
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

// --- gradients of a group
// -------------------------------------------------------------------------------

static void *group_buf(const struct mc_run *r, enum mc_buf_kind kind, mc_val v) {
    return r->group + r->at[(int)kind * r->plan->n_values + v];
}

static int whole_steps(int rows) { return (rows + K_STEP - 1) / K_STEP * K_STEP; }

// Rows of zeros behind the last, so that the products over a group may take whole steps of rows.
static void clear_tails(struct mc_run *r) {
    const struct mc_plan *p = r->plan;
    for (int i = 0; i < MC_BUF_KINDS * p->n_values; i++) {
        const struct mc_value *v = value_of(p, i);
        if (p->buf[i].born < 0 || !p->buf[i].group) continue;
        size_t size = is_bf16(p, i) ? sizeof(mc_bf16) : sizeof(float);
        size_t from = (size_t)r->group_rows[v->space], to = (size_t)whole_steps((int)from);
        memset((char *)(r->group + r->at[i]) + from * (size_t)v->cols * size, 0,
               (to - from) * (size_t)v->cols * size);
    }
}

static void linear_grad(struct mc_run *r, const struct grad_task *t, int thread) {
    const struct mc_op *o = t->op;
    int in = r->plan->value[o->in[0]].cols, out = r->plan->value[o->out].cols, m = t->to - t->from;
    int k = whole_steps(r->group_rows[r->plan->value[o->out].space]), add = !r->fresh;
    float *dw = r->g[o->par[0]] + (size_t)t->from * (size_t)in;
    struct mc_gemm *g = r->thread[thread].gemm;
    if (r->plan->precision == MC_PRECISION_BF16) {
        const mc_bf16 *dy = (mc_bf16 *)group_buf(r, MC_BUF_DX16, o->out) + t->from;
        mc_gemm_bf16(g, MC_GEMM_TN, m, in, k, dy, out, group_buf(r, MC_BUF_X16, o->in[0]), in, add,
                     dw, in);
    } else {
        const float *dy = (float *)group_buf(r, MC_BUF_DX, o->out) + t->from;
        mc_gemm_f32(g, MC_GEMM_TN, m, in, k, dy, out, group_buf(r, MC_BUF_X, o->in[0]), in, add, dw,
                    in);
    }
}

static void embed_grad(struct mc_run *r, const struct grad_task *t) {
    size_t cols = (size_t)r->plan->value[t->op->out].cols;
    const float *d = group_buf(r, MC_BUF_DX, t->op->out);
    int slot = t->op->par[t->feed];
    int64_t pad = r->plan->table->p[slot].pad_row;
    for (int i = t->from; i < t->to; i++) {
        uint64_t key = r->sorted[t->feed][i];
        if ((int64_t)(key >> 32) == pad) continue;
        r->kern->add(cols, d + (size_t)(uint32_t)key * cols,
                     r->g[slot] + (size_t)(key >> 32) * cols);
    }
}

static void small_grad(struct mc_run *r) {
    const struct mc_plan *p = r->plan;
    for (int s = 0; s < p->table->n; s++) {
        if (p->small_at[s] < 0) continue;
        size_t n = p->table->p[s].n;
        if (r->fresh) memset(r->g[s], 0, n * sizeof(float));
        for (int c = 0; c < r->group_chunks; c++)
            r->kern->add(n, r->small + (size_t)c * (size_t)p->small_size + p->small_at[s], r->g[s]);
    }
}

static void grad_task(void *ctx, int task, int thread) {
    struct mc_run *r = ctx;
    const struct grad_task *t = &r->task[task];
    if (!t->op)
        small_grad(r);
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
        for (int i = 0; i < n; i++) r->spare[at[key[i] >> shift & (DIGITS - 1)]++] = key[i];
        uint64_t *full = r->spare;
        r->spare = r->sorted[feed];
        r->sorted[feed] = full;
    }
}

// Cuts the rows of one feed, sorted by id, into ranges that share no id.
static int add_embed_tasks(struct mc_run *r, const struct mc_op *o, int feed, int n_tasks) {
    int n = r->group_rows[MC_SPACE_TOKENS], from = 0;
    for (int i = 0; i < n; i++)
        r->sorted[feed][i] = (uint64_t)(uint32_t)r->group_feed[feed][i] << 32 | (uint32_t)i;
    sort_by_id(r, feed, n);
    const uint64_t *key = r->sorted[feed];
    for (int i = 1; i <= n; i++) {
        bool edge = i == n || key[i] >> 32 != key[i - 1] >> 32;
        if (!edge || (i < n && (int64_t)(i - from) * EMBED_TASKS < n)) continue;
        r->task[n_tasks++] = (struct grad_task){o, feed, from, i};
        from = i;
    }
    return n_tasks;
}

static bool trains(const struct mc_run *r, int slot) {
    return slot >= 0 && r->plan->trainable[slot];
}

static void list_tasks(struct mc_run *r) {
    int n = 0;
    for (int i = 0; i < r->plan->n_ops; i++) {
        const struct mc_op *o = &r->plan->op[i];
        if (o->cls == &mc_op_linear && trains(r, o->par[0])) {
            int rows = r->plan->value[o->out].cols;
            for (int at = 0; at < rows; at += TILE)
                r->task[n++] = (struct grad_task){o, 0, at, at + TILE < rows ? at + TILE : rows};
        } else if (o->cls == &mc_op_embed) {
            for (int f = 0; f < MC_FEEDS; f++)
                if (trains(r, o->par[f])) n = add_embed_tasks(r, o, f, n);
        }
    }
    r->task[n++] = (struct grad_task){0};
    r->n_tasks = n;
}

// Tasks that a group can have at most.
static size_t count_tasks(const struct mc_plan *p) {
    size_t n = 1;
    for (int i = 0; i < p->n_ops; i++)
        n += p->op[i].cls == &mc_op_linear  ? (size_t)p->value[p->op[i].out].cols / TILE + 1
             : p->op[i].cls == &mc_op_embed ? MC_FEEDS * (EMBED_TASKS + 1)
                                            : 0;
    return n;
}

// --- batches
// --------------------------------------------------------------------------------------------

static void run_group(struct mc_run *r, int g) {
    r->first_chunk = r->div.group[g];
    r->group_chunks = r->div.group[g + 1] - r->first_chunk;
    for (int s = 0; s < MC_SPACES; s++)
        r->group_rows[s] = r->row_at[r->div.group[g + 1]][s] - r->row_at[r->first_chunk][s];
    mc_pool_run(r->pool, r->group_chunks, chunk_task, r);
    list_tasks(r);
    clear_tails(r);
    mc_pool_run(r->pool, r->n_tasks, grad_task, r);
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
    MC_TRY(ensure_room(r, r->len, e));
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
    r->task = mc_new(count_tasks(p), sizeof *r->task, e);
    bool ok = r->w && r->g && r->at && r->task && make_threads(r, e) == 0;
    if (ok && p->precision == MC_PRECISION_BF16) ok = plan_rounding(r, e) == 0;
    if (ok) return r;
    mc_run_free(r);
    return NULL;
}

void mc_run_free(struct mc_run *r) {
    if (!r) return;
    if (r->thread) {
        free_room(r);
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
