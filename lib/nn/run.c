// Running a plan. A chunk's values live in the arena of the thread that computes it; what the
// gradients of matrices need lives in arrays of the whole group.
#include <math.h>
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

// The arrays of a chunk, one behind the other; in training the feeds are those of the group.
static void place_ints(struct mc_run *r, int c, struct thread *th, struct mc_chunk *k) {
    int *p = th->ints;
    k->example = p, p += r->cap_seqs[MC_SPACE_TOKENS];
    k->label = p, p += r->cap_seqs[MC_SPACE_TOKENS];
    k->target = p, p += r->cap[MC_SPACE_TARGETS];
    k->chosen = p, p += r->cap[MC_SPACE_CHOSEN];
    k->chosen_class = p, p += r->cap[MC_SPACE_CHOSEN];
    for (int s = 0; s < MC_SPACES; s++) {
        k->space[s].at = p, p += r->cap_seqs[s] + 1;
        k->space[s].parent = p, p += r->cap_seqs[s];
    }
    for (int f = 0; f < MC_FEEDS; f++) {
        k->feed[f] = p, p += r->cap[mc_feed_space(f)];
        if (r->train) k->feed[f] = r->group_feed[f] + group_row(r, c, mc_feed_space(f));
    }
}

static void add_sequence(struct mc_space *s, int rows, int parent) {
    s->at[s->seqs] = s->rows;
    s->parent[s->seqs++] = parent;
    s->at[s->seqs] = s->rows += rows;
}

// Target number t as a sequence of its own: a row reads the token before and predicts its own.
static void add_target(const struct mc_run *r, int64_t t, int parent, struct mc_chunk *k) {
    const struct mc_batch *b = r->batch;
    struct mc_space *s = &k->space[MC_SPACE_TARGETS];
    int row = s->rows;
    add_sequence(s, (int)(b->target_offset[t + 1] - b->target_offset[t]), parent);
    for (int64_t j = b->target_offset[t]; j < b->target_offset[t + 1]; j++, row++) {
        k->target[row] = b->target_ids[j];
        k->feed[MC_FEED_TARGETS][row] = j == b->target_offset[t] ? r->plan->start_id
                                                                 : b->target_ids[j - 1];
    }
}

// The chosen positions of an example whose tokens begin at row `first`.
static void add_chosen(const struct mc_batch *b, int64_t ex, int first, int parent,
                       struct mc_chunk *k) {
    struct mc_space *s = &k->space[MC_SPACE_CHOSEN];
    int row = s->rows;
    int64_t from = b->chosen_offset ? b->chosen_offset[ex] : 0,
            to = b->chosen_offset ? b->chosen_offset[ex + 1] : 0;
    add_sequence(s, (int)(to - from), parent);
    for (int64_t j = from; j < to; j++, row++) {
        k->chosen[row] = first + b->chosen[j];
        k->chosen_class[row] = b->chosen_class[j];
    }
}

static void fill_chunk(struct mc_run *r, int c, struct thread *th, struct mc_chunk *k) {
    const struct mc_batch *b = r->batch;
    place_ints(r, c, th, k);
    for (int s = 0; s < MC_SPACES; s++) k->space[s].rows = k->space[s].seqs = 0;
    for (int s = 0; s < r->chunking.chunk[c + 1] - r->chunking.chunk[c]; s++) {
        int i = r->chunking.seq[r->chunking.chunk[c] + s], row = k->space[MC_SPACE_TOKENS].rows;
        int64_t ex = example_of(b, i), from = b->offset[ex];
        int len = (int)(b->offset[ex + 1] - from);
        k->example[s] = i;
        k->label[s] = b->label ? b->label[ex] : -1;
        add_sequence(&k->space[MC_SPACE_TOKENS], len, s);
        add_sequence(&k->space[MC_SPACE_FIRST], 1, s);
        add_chosen(b, ex, row, s, k);
        mc_plan_positions(r->plan, b->ids + from, len, k->feed[MC_FEED_POSITIONS] + row);
        for (int j = 0; j < len; j++, row++) {
            k->feed[MC_FEED_IDS][row] = b->ids[from + j];
            k->feed[MC_FEED_TYPES][row] = b->types[from + j];
        }
        for (int t = 0; t < mc_targets_of_each(b); t++) add_target(r, b->per ? t : ex, s, k);
    }
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

struct mc_exec mc_run_chunk(struct mc_run *r, int c, struct thread *th) {
    const struct mc_plan *p = r->plan;
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
                        .bias = th->bias,
                        .tile = th->tile,
                        .nll = th->nll,
                        .bias_cap = r->cap_seq,
                        .train = r->train,
                        .batch = r->batch,
                        .out = r->out,
                        .drop_key = {r->drop_key[0], r->drop_key[1]}};
    const struct mc_op *loss = mc_loss_over_group(p);
    if (loss && r->train) {
        int at = group_row(r, c, p->value[loss->in[0]].space);
        x.gold = r->vocabulary.gold + at;
        x.nll = r->vocabulary.nll + at;
    }
    fill_chunk(r, c, th, &x.chunk);
    place_values(r, c, th);
    return x;
}

static void forward(struct mc_run *r, int c, struct thread *th, struct mc_exec *x) {
    const struct mc_plan *p = r->plan;
    for (int i = mc_cut_begin(r, c, th); i < p->n_ops; i++) {
        mc_cut_keep(r, c, i, th);
        p->op[i].cls->forward(&p->op[i], x);
    }
}

// Chunk number `task` of the group.
static void backward(struct mc_run *r, int task, struct mc_exec *x) {
    const struct mc_plan *p = r->plan;
    x->small = r->small + (size_t)task * (size_t)p->small_size;
    memset(x->small, 0, (size_t)p->small_size * sizeof *x->small);
    for (int i = p->n_ops - 1; i >= 0; i--) {
        const struct mc_op *o = &p->op[i];
        bool runs = o->out < 0 ? o->grad_in[0] || o->cls->over_group : p->value[o->out].grad;
        if (runs) o->cls->backward(o, x);
    }
}

static void chunk_task(void *ctx, int task, int thread) {
    struct mc_run *r = ctx;
    struct thread *th = &r->thread[thread];
    struct mc_exec x = mc_run_chunk(r, r->first_chunk + task, th);
    forward(r, r->first_chunk + task, th, &x);
    if (r->train) backward(r, task, &x);
}

static void forward_task(void *ctx, int task, int thread) {
    struct mc_run *r = ctx;
    struct thread *th = &r->thread[thread];
    struct mc_exec x = mc_run_chunk(r, r->first_chunk + task, th);
    forward(r, r->first_chunk + task, th, &x);
}

static void backward_task(void *ctx, int task, int thread) {
    struct mc_run *r = ctx;
    struct mc_exec x = mc_run_chunk(r, r->first_chunk + task, &r->thread[thread]);
    backward(r, task, &x);
}

// --- batches

static void run_group(struct mc_run *r, int g) {
    r->first_chunk = r->chunking.group[g];
    r->group_chunks = r->chunking.group[g + 1] - r->first_chunk;
    for (int s = 0; s < MC_SPACES; s++)
        r->group_rows[s] = r->row_at[r->chunking.group[g + 1]][s] - r->row_at[r->first_chunk][s];
    if (mc_loss_over_group(r->plan)) {
        mc_pool_run(r->pool, r->group_chunks, forward_task, r);
        mc_vocabulary_of_group(r);
        mc_pool_run(r->pool, r->group_chunks, backward_task, r);
    } else {
        mc_pool_run(r->pool, r->group_chunks, chunk_task, r);
    }
    mc_grads_of_group(r);
}

static void round_task(void *ctx, int task, int thread) {
    (void)thread;
    struct mc_run *r = ctx;
    const struct round_task *t = &r->round[task];
    r->kern->to_bf16(t->to - t->from, r->w[t->slot] + t->from, r->w16[t->slot] + t->from);
}

static int reserve_batch(struct mc_run *r, int n, struct mc_error *e) {
    if (n < r->cap_batch) return 0;
    int **const part[] = {&r->len, &r->target_len, &r->chosen_len, &r->cost};
    r->cap_batch = 0;
    for (int i = 0; i < 4; i++) {
        free(*part[i]);
        if (!(*part[i] = mc_new((size_t)n + 1, sizeof **part[i], e))) return MC_ERR_MEM;
    }
    free(r->row_at);
    if (!(r->row_at = mc_new((size_t)n + 1, sizeof *r->row_at, e))) return MC_ERR_MEM;
    r->cap_batch = n + 1;
    return 0;
}

void mc_run_count_rows(struct mc_run *r) {
    for (int c = 0; c < r->chunking.n_chunks; c++) {
        int *at = r->row_at[c + 1];
        memcpy(at, r->row_at[c], sizeof r->row_at[c]);
        at[MC_SPACE_FIRST] += r->chunking.chunk[c + 1] - r->chunking.chunk[c];
        for (int i = r->chunking.chunk[c]; i < r->chunking.chunk[c + 1]; i++) {
            at[MC_SPACE_TOKENS] += r->len[r->chunking.seq[i]];
            at[MC_SPACE_TARGETS] += r->target_len[r->chunking.seq[i]];
            at[MC_SPACE_CHOSEN] += r->chosen_len[r->chunking.seq[i]];
        }
    }
}

// What a row of a space costs, in rows of the tokens.
static double relative_cost(const struct mc_plan *p, enum mc_space_id space) {
    return p->row_cost[MC_SPACE_TOKENS] > 0 ? p->row_cost[space] / p->row_cost[MC_SPACE_TOKENS] : 0;
}

// Rows of a sequence's target and of what is chosen of it, by what they cost, in rows of tokens.
static int rows_of_targets(const struct mc_run *r, int target, int chosen) {
    double rows = relative_cost(r->plan, MC_SPACE_TARGETS) * target +
                  relative_cost(r->plan, MC_SPACE_CHOSEN) * chosen;
    return (int)fmin(rows, 1 << 30);
}

// A sequence's share of the work: its tokens, and what is read and chosen of it besides.
static void weigh_sequences(struct mc_run *r) {
    const struct mc_batch *b = r->batch;
    for (int i = 0; i < b->n; i++) {
        int64_t ex = example_of(b, i);
        const int64_t *t = b->target_offset;
        r->len[i] = (int)(b->offset[ex + 1] - b->offset[ex]);
        r->target_len[i] = !t ? 0 : (int)(b->per ? t[b->per] - t[0] : t[ex + 1] - t[ex]);
        r->chosen_len[i] = b->chosen_offset ? (int)(b->chosen_offset[ex + 1] - b->chosen_offset[ex])
                                            : 0;
        r->cost[i] = r->len[i] + rows_of_targets(r, r->target_len[i], r->chosen_len[i]);
    }
}

int mc_run_begin(struct mc_run *r, const struct mc_batch *b, const struct mc_step *train,
                 const struct mc_result *out, struct mc_error *e) {
    r->batch = b;
    r->train = train;
    r->out = out;
    if (train) mc_rng_key(train->seed, MC_RNG_DROPOUT, r->drop_key);
    if (r->stale) mc_pool_run(r->pool, r->n_round, round_task, r);
    r->stale = false;
    MC_TRY(reserve_batch(r, b->n, e));
    weigh_sequences(r);
    return 0;
}

// Tokens of a chunk. The gradient needs chunks for every thread from each update, so training keeps
// to small ones.
static int chunk_tokens(const struct mc_run *r) {
    const struct mc_whole *whole = r->batch->whole;
    double all = 0, targets = 0;
    for (int i = 0; i < r->batch->n && !whole; i++) {
        all += r->cost[i];
        targets += r->target_len[i];
    }
    for (int k = 0; whole && k < whole->n_targets; k++) {
        all += (double)whole->targets[k] * rows_of_targets(r, k, 0);
        targets += (double)whole->targets[k] * k;
    }
    if (whole) all += (double)whole->tokens;
    if (r->train || !(targets > 0)) return MC_CHUNK_TOKENS;
    double enough = MC_CHUNK_ROWS * all / targets;
    return (int)fmin(fmax(enough, MC_CHUNK_TOKENS), MC_CHUNK_MOST);
}

int mc_run_check(struct mc_run *r, struct mc_error *e) {
    for (int t = 0; t < r->n_threads; t++) MC_TRY(mc_gemm_check(r->thread[t].gemm, e));
    return 0;
}

static int lay_out(struct mc_run *r, const struct mc_batch *b, const struct mc_step *train,
                   const struct mc_result *out, struct mc_error *e) {
    MC_TRY(mc_run_begin(r, b, train, out, e));
    MC_TRY(mc_chunking_by_tokens(&r->chunking, b->n, r->cost, chunk_tokens(r), e));
    mc_run_count_rows(r);
    return mc_run_workspace(r, 0, e);
}

static void evaluate(struct mc_run *r) {
    struct mc_whole *whole = r->batch->whole;
    r->first_chunk = 0;
    if (whole && whole->more) // the last group may get more sequences
        r->chunking.n_chunks = r->chunking.group[--r->chunking.n_groups];
    if (whole) whole->done = r->chunking.chunk[r->chunking.n_chunks];
    mc_pool_run(r->pool, r->chunking.n_chunks, chunk_task, r);
}

int mc_run_batch(struct mc_run *r, const struct mc_batch *b, const struct mc_step *train,
                 const struct mc_result *out, struct mc_error *e) {
    MC_TRY(lay_out(r, b, train, out, e));
    if (train) {
        r->fresh = !train->add;
        for (int g = 0; g < r->chunking.n_groups; g++, r->fresh = false) run_group(r, g);
    } else {
        evaluate(r);
    }
    return mc_run_check(r, e);
}

int mc_run_batch_from(struct mc_run *r, const struct mc_batch *b, const struct mc_result *out,
                      int same, size_t room, struct mc_cut *cut, struct mc_work *w,
                      struct mc_error *e) {
    struct mc_cut next = {0};
    MC_TRY(lay_out(r, b, NULL, out, e));
    int n = r->chunking.n_chunks, at = same < r->plan->n_ops ? mc_cut_choose(r, same, room) : 0;
    int rc = at > cut->at ? mc_cut_make(r, at, room, &next, e) : 0;
    if (rc < 0) {
        mc_cut_release(&next);
        return rc;
    }
    r->from = cut->n_chunks ? cut : NULL;
    r->to = next.n_chunks ? &next : NULL;
    evaluate(r);
    w->all += mc_cut_work(r, r->plan->n_ops, n);
    if (r->from) w->skipped += mc_cut_work(r, cut->at, cut->n_chunks);
    if (r->to) {
        mc_cut_release(cut);
        *cut = next;
    } else {
        mc_cut_release(&next);
    }
    r->from = r->to = NULL;
    return mc_run_check(r, e);
}

void mc_run_bind(struct mc_run *r, float *const *w, float *const *g) {
    for (int i = 0; i < r->plan->table->n; i++) {
        r->w[i] = w[i];
        r->g[i] = g ? g[i] : NULL;
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
        r->thread[t].cache = mc_new((size_t)r->plan->n_caches, sizeof(struct mc_cache), e);
        if (!r->thread[t].ptr || !r->thread[t].gemm || !r->thread[t].cache) return MC_ERR_MEM;
    }
    return 0;
}

struct mc_run *mc_run_new(const struct mc_plan *p, struct mc_pool *pool, struct mc_error *e) {
    if (mc_kern_check(p->precision, e) < 0) return NULL;
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
        mc_run_free_workspace(r);
        for (int t = 0; t < r->n_threads; t++) {
            free(r->thread[t].ptr);
            for (int k = 0; r->thread[t].cache && k < r->plan->n_caches; k++) {
                mc_free_floats(r->thread[t].cache[k].k);
                mc_free_floats(r->thread[t].cache[k].v);
            }
            free(r->thread[t].cache);
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
    free(r->target_len);
    free(r->chosen_len);
    free(r->cost);
    free(r->row_at);
    mc_chunking_release(&r->chunking);
    free(r);
}
