// The workspace of a run: an arena for each thread, in which the buffers of a plan lie by their
// lifetimes (those that live at the same time never overlap), and the arrays of a whole group.
#include <stdlib.h>
#include <string.h>

#include "run_impl.h"

enum { WORK_STEP = 32 };

void mc_run_free_workspace(struct mc_run *r) {
    for (int t = 0; t < r->n_threads; t++) {
        struct thread *th = &r->thread[t];
        mc_free_floats(th->arena);
        mc_free_floats(th->work);
        mc_free_floats(th->bias);
        mc_free_floats(th->tile);
        free(th->nll);
        free(th->ints);
        th->arena = th->work = th->bias = th->tile = NULL;
        th->nll = NULL;
        th->ints = NULL;
    }
    for (int f = 0; f < MC_FEEDS; f++) {
        free(r->group_feed[f]);
        free(r->sorted[f]);
        r->group_feed[f] = NULL;
        r->sorted[f] = NULL;
    }
    free(r->sort_buffer);
    r->sort_buffer = NULL;
    mc_vocabulary_release(&r->vocabulary);
    mc_free_floats(r->group);
    mc_free_floats(r->small);
    r->group = r->small = NULL;
}

// Floats that a buffer takes: whole cache lines.
static size_t buf_floats(const struct mc_run *r, int buf) {
    const struct mc_value *v = mc_buf_value(r->plan, buf);
    int rows = (r->plan->buf[buf].group ? r->group_cap : r->cap)[v->space];
    size_t n = (size_t)rows * (size_t)v->cols;
    return ((mc_buf_is_bf16(r->plan, buf) ? (n + 1) / 2 : n) + 15) / 16 * 16;
}

// Places buffer i at the lowest place where it meets no buffer that lives at the same time;
// placed[n] are those before it, by place.
static void place_buffer(struct mc_run *r, int i, int *placed, int n) {
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
            place_buffer(r, i, placed, n++);
            if (r->at[i] + size > *chunk_floats) *chunk_floats = r->at[i] + size;
        }
    }
    free(placed);
    return 0;
}

// Whole numbers of a chunk: see place_ints.
static size_t ints_of_chunk(const struct mc_run *r) {
    size_t n = 2 * (size_t)r->cap_seqs[MC_SPACE_TOKENS] + (size_t)r->cap[MC_SPACE_TARGETS] +
               2 * (size_t)r->cap[MC_SPACE_CHOSEN];
    for (int s = 0; s < MC_SPACES; s++) n += 2 * (size_t)r->cap_seqs[s] + 1;
    for (int f = 0; f < MC_FEEDS; f++) n += (size_t)r->cap[mc_feed_space(f)];
    return n;
}

static int allocate_thread(struct mc_run *r, struct thread *th, size_t floats, struct mc_error *e) {
    const struct mc_plan *p = r->plan;
    th->arena = mc_new_floats(floats, e);
    th->work = mc_new_floats(mc_attend_work(r->cap_seq, p->max_d_head) +
                                 mc_attend_prefix_work(p->max_prefix, p->max_d_head),
                             e);
    th->bias = mc_new_floats(4 * (size_t)p->max_bias_heads * (size_t)r->cap_seq, e);
    th->ints = mc_new(ints_of_chunk(r), sizeof *th->ints, e);
    if (!th->arena || !th->work || !th->bias || !th->ints) return MC_ERR_MEM;
    const struct mc_op *loss = mc_loss_over_group(p);
    if (!loss || p->backward) return 0;
    th->tile = mc_new_floats(mc_vocabulary_tile(), e);
    th->nll = mc_new((size_t)r->cap[p->value[loss->in[0]].space], sizeof *th->nll, e);
    return th->tile && th->nll ? 0 : MC_ERR_MEM;
}

static int allocate(struct mc_run *r, struct mc_error *e) {
    size_t chunk_floats, group_floats;
    MC_TRY(lay_out(r, &chunk_floats, &group_floats, e));
    for (int t = 0; t < r->n_threads; t++)
        MC_TRY(allocate_thread(r, &r->thread[t], chunk_floats, e));
    if (!r->plan->backward) return 0;
    MC_TRY(mc_vocabulary_reserve(r, e));
    size_t most = 0;
    r->group = mc_new_floats(group_floats, e);
    r->small = mc_new_floats((size_t)r->cap_chunks * (size_t)r->plan->small_size, e);
    for (int f = 0; f < MC_FEEDS; f++) {
        size_t rows = (size_t)r->group_cap[mc_feed_space(f)];
        if (rows > most) most = rows;
        r->group_feed[f] = mc_new(rows, sizeof *r->group_feed[f], e);
        if (!r->group_feed[f]) return MC_ERR_MEM;
    }
    for (int f = 0; f < MC_FEEDS; f++) // they change places with sort_buffer
        if (!(r->sorted[f] = mc_new(most, sizeof *r->sorted[f], e))) return MC_ERR_MEM;
    r->sort_buffer = mc_new(most, sizeof *r->sort_buffer, e);
    return r->group && r->small && r->sort_buffer ? 0 : MC_ERR_MEM;
}

static bool raise_to(int *cap, int need, int step) {
    if (need <= *cap) return false;
    *cap = (need + step - 1) / step * step;
    return true;
}

// The rows of a chunk, by space, and its longest sequence.
static void chunk_rows(const struct mc_run *r, int c, int rows[MC_SPACES], int *longest) {
    int n = r->chunking.chunk[c + 1] - r->chunking.chunk[c];
    memset(rows, 0, MC_SPACES * sizeof *rows);
    rows[MC_SPACE_FIRST] = n;
    for (int i = r->chunking.chunk[c]; i < r->chunking.chunk[c + 1]; i++) {
        int s = r->chunking.seq[i];
        rows[MC_SPACE_TOKENS] += r->len[s];
        rows[MC_SPACE_TARGETS] += r->target_len[s];
        rows[MC_SPACE_CHOSEN] += r->chosen_len[s];
        if (r->len[s] > *longest) *longest = r->len[s];
    }
}

// The longest target of the batch: a sequence attends to one at a time.
static int longest_target(const struct mc_run *r) {
    const struct mc_batch *b = r->batch;
    int most = 0;
    for (int k = 0; k < (b->target_offset ? b->per : 0); k++) {
        int n = (int)(b->target_offset[k + 1] - b->target_offset[k]);
        if (n > most) most = n;
    }
    for (int i = 0; b->target_offset && !b->per && i < b->n; i++)
        if (r->target_len[i] > most) most = r->target_len[i];
    return most;
}

// It grows in steps, since lengths repeat.
int mc_run_workspace(struct mc_run *r, int max_new, struct mc_error *e) {
    static const int step[MC_SPACES] = {32, 16, 32, 32}, group_step[MC_SPACES] = {512, 64, 512, 64};
    bool grew = false;
    int longest = longest_target(r), targets = mc_targets_of_each(r->batch);
    if (max_new > longest) longest = max_new;
    for (int g = 0; g < r->chunking.n_groups; g++) {
        int all[MC_SPACES] = {0}, rows[MC_SPACES];
        for (int c = r->chunking.group[g]; c < r->chunking.group[g + 1]; c++) {
            chunk_rows(r, c, rows, &longest);
            int n = rows[MC_SPACE_FIRST];
            if (max_new && rows[MC_SPACE_TARGETS] < n) rows[MC_SPACE_TARGETS] = n;
            for (int s = 0; s < MC_SPACES; s++) {
                all[s] += rows[s];
                grew |= raise_to(&r->cap[s], rows[s], step[s]);
                int seqs = s != MC_SPACE_TARGETS ? n : max_new && !targets ? n : targets * n;
                grew |= raise_to(&r->cap_seqs[s], seqs, 16);
            }
        }
        if (!r->plan->backward) continue;
        for (int s = 0; s < MC_SPACES; s++)
            grew |= raise_to(&r->group_cap[s], all[s], group_step[s]);
        grew |= raise_to(&r->cap_chunks, r->chunking.group[g + 1] - r->chunking.group[g], 4);
    }
    grew |= raise_to(&r->cap_seq, longest + r->plan->max_prefix, WORK_STEP);
    if (!grew) return 0;
    mc_run_free_workspace(r);
    int rc = allocate(r, e);
    if (rc < 0) { // nothing is there: the next batch must ask again
        mc_run_free_workspace(r);
        memset(r->cap, 0, sizeof r->cap);
    }
    return rc;
}
