// Which operations of a plan need not be done again for the next model, and the values kept before
// them, for each task.
#include "mc/kept.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "mc/eval.h"

enum { BLOCK_FLOATS = 1 << 14 };

struct mc_kept_block {
    int slot, op; // tensor, and the first operation that reads it
    size_t from, n;
    XXH128_hash_t hash;
};

// Of a task that comes in blocks nothing is kept.
static double tokens_of(const struct mc_task *t) {
    double n = 0;
    for (int64_t i = 0; i < t->n && !mc_task_whole(t); i++) {
        int64_t ex = mc_task_example(t, i);
        n += (double)(t->tokens.offset[ex + 1] - t->tokens.offset[ex]);
    }
    return n;
}

int mc_kept_init(struct mc_kept *k, const struct mc_task *task, int n, size_t room,
                 struct mc_error *e) {
    double all = 0;
    *k = (struct mc_kept){.n_tasks = n};
    if (!(k->task = mc_new((size_t)n, sizeof *k->task, e))) return MC_ERR_MEM;
    for (int i = 0; i < n; i++) all += tokens_of(&task[i]);
    for (int i = 0; i < n; i++) { // twice as much is there while a cut moves
        k->task[i].task = &task[i];
        k->task[i].room = (size_t)((double)room / 2 * tokens_of(&task[i]) / fmax(all, 1));
    }
    return 0;
}

void mc_kept_forget(struct mc_kept *k) {
    for (int i = 0; i < k->n_tasks; i++) mc_cut_release(&k->task[i].cut);
    free(k->block);
    k->block = NULL;
    k->n_blocks = k->n_known = 0;
    k->fresh = true;
}

void mc_kept_release(struct mc_kept *k) {
    if (!k->task) return;
    mc_kept_forget(k);
    free(k->task);
    *k = (struct mc_kept){0};
}

void mc_kept_next(struct mc_kept *k, bool alone) {
    k->fresh = true;
    k->alone = alone;
    k->models++;
}

// --- the first difference

static int make_blocks(struct mc_kept *k, const struct mc_plan *p, struct mc_error *e) {
    size_t n = 0;
    for (int i = 0; i < p->table->n; i++) n += p->table->p[i].n / BLOCK_FLOATS + 1;
    bool *seen = mc_new((size_t)p->table->n, sizeof *seen, e);
    k->block = mc_new(n, sizeof *k->block, e);
    if (!seen || !k->block) {
        free(seen);
        return MC_ERR_MEM;
    }
    for (int i = 0; i < p->n_ops; i++)
        for (int h = 0; h < MC_OP_PAR; h++) {
            int slot = p->op[i].par[h];
            if (slot < 0 || seen[slot]) continue;
            seen[slot] = true;
            for (size_t left = p->table->p[slot].n, from = 0; left > 0;) {
                size_t some = left < BLOCK_FLOATS ? left : BLOCK_FLOATS;
                k->block[k->n_blocks++] = (struct mc_kept_block){
                    .slot = slot, .op = i, .from = from, .n = some};
                from += some;
                left -= some;
            }
        }
    free(seen);
    return 0;
}

// Hashes block i; whether it is as it was.
static bool same_block(struct mc_kept *k, int i, float *const *w) {
    struct mc_kept_block *b = &k->block[i];
    XXH128_hash_t h = XXH3_128bits(w[b->slot] + b->from, b->n * sizeof(float));
    bool same = i < k->n_known && XXH128_isEqual(h, b->hash);
    b->hash = h;
    return same;
}

int mc_kept_compare(struct mc_kept *k, const struct mc_plan *p, float *const *w,
                    struct mc_error *e) {
    if (!k->fresh || k->alone) return 0;
    if (!k->block) MC_TRY(make_blocks(k, p, e));
    int i = 0;
    while (i < k->n_blocks && same_block(k, i, w)) i++;
    k->same = i < k->n_blocks ? k->block[i].op : p->n_ops;
    bool known = i < k->n_known; // else it may be a difference or not
    if (known && k->same == 0) {
        k->n_known = i + 1;
    } else {
        for (i++; i < k->n_blocks; i++) (void)same_block(k, i, w);
        k->n_known = k->n_blocks;
    }
    for (int t = 0; t < k->n_tasks; t++)
        if (k->same < k->task[t].cut.at) mc_cut_release(&k->task[t].cut);
    k->fresh = false;
    return 0;
}

// --- a batch

int mc_kept_run(struct mc_kept *k, struct mc_run *r, const struct mc_task *t,
                const struct mc_batch *b, const struct mc_result *out, struct mc_error *e) {
    int i = 0;
    while (i < k->n_tasks && k->task[i].task != t) i++;
    if (i == k->n_tasks || b->whole) return mc_run_batch(r, b, NULL, out, e);
    struct mc_kept_task *x = &k->task[i];
    return mc_run_batch_from(r, b, out, k->same, x->room, &x->cut, &k->work, e);
}

size_t mc_kept_bytes(const struct mc_kept *k) {
    size_t n = 0;
    for (int i = 0; i < k->n_tasks; i++) n += k->task[i].cut.bytes;
    return n;
}

double mc_kept_share(const struct mc_kept *k) {
    return k->work.all > 0 ? k->work.skipped / k->work.all : 0;
}
