// Room of a run: the arena of each thread, laid out by the lifetimes of the plan's buffers, and the
// arrays of a whole group.
#include <stdlib.h>

#include "run_impl.h"

enum { WORK_STEP = 32 };

void mc_run_free_room(struct mc_run *r) {
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

// Room for a buffer, in floats: whole cache lines.
static size_t buf_floats(const struct mc_run *r, int buf) {
    const struct mc_value *v = mc_buf_value(r->plan, buf);
    int rows = (r->plan->buf[buf].group ? r->group_cap : r->cap)[v->space];
    size_t n = (size_t)rows * (size_t)v->cols;
    return ((mc_buf_is_bf16(r->plan, buf) ? (n + 1) / 2 : n) + 15) / 16 * 16;
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

// It grows in steps, since lengths repeat.
int mc_run_room(struct mc_run *r, const int *len, struct mc_error *e) {
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
    mc_run_free_room(r);
    return take_room(r, e);
}
