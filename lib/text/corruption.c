// Sequences corrupted for pre-training: tokens chosen one by one, and spans behind sentinels.
#include "mc/corruption.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mc/num.h"
#include "mc/rng.h"

enum { OF_A_PLACE = 32 }; // bits of the counter that a sequence may use

// Of the chosen tokens so many become the mask token, and a uniform id up to here; the others stay.
static const double MASKED = .8, ANY_ID = .9;

int64_t mc_corruption_room(const struct mc_corruption *c) {
    return c->spans ? c->seq_len : c->seq_len - c->about->prefix.n - c->about->suffix.n;
}

int64_t mc_corruption_longest(const struct mc_corruption *c) {
    int64_t around = c->about->prefix.n + c->about->suffix.n;
    return c->spans ? c->seq_len + around : c->seq_len; // a span of one is as long as its sentinel
}

int mc_corruption_check(const struct mc_corruption *c, const char *name, struct mc_error *e) {
    if (c->spans && c->about->sentinels.n == 0)
        return mc_fail(e, MC_ERR_INPUT,
                       "%s: its tokenizer has no sentinels (<extra_id_0>, ...), which a "
                       "text-to-text model needs",
                       name);
    if (!c->spans && c->about->mask < 0)
        return mc_fail(e, MC_ERR_INPUT, "%s: its tokenizer has no mask token", name);
    if (mc_corruption_room(c) < MC_CORPUS_LEAST)
        return mc_fail(e, MC_ERR_USAGE, "--seq-len %lld: no room for two ids beside %d around them",
                       (long long)c->seq_len, c->about->prefix.n + c->about->suffix.n);
    return 0;
}

static int rising(const void *a, const void *b) {
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

static bool is_special(const struct mc_corruption *c, int32_t id) {
    const struct mc_id_list *s = &c->about->special;
    return s->n && bsearch(&id, s->v, (size_t)s->n, sizeof *s->v, rising);
}

bool mc_corruption_takes(const struct mc_corruption *c, const int32_t *ids, int64_t n) {
    if (n < MC_CORPUS_LEAST || c->spans) return n >= MC_CORPUS_LEAST;
    int64_t i = 0;
    while (i < n && is_special(c, ids[i])) i++;
    return i < n;
}

int mc_corruption_none(const char *path, struct mc_error *e) {
    return mc_fail_file(e, MC_ERR_INPUT, path,
                        "no sequence of two ids, one of which may be masked, in it");
}

int mc_corruption_each(const struct mc_corruption *c, const struct mc_tokens *part,
                       mc_sequence_fn *fn, void *ctx, struct mc_error *e) {
    int64_t room = mc_corruption_room(c);
    for (int64_t i = 0; i < part->n; i++) {
        int64_t start = part->offset[i], n = part->offset[i + 1] - start;
        for (int64_t k = 0; k < mc_sequences(n, room); k++) {
            int64_t from, to;
            mc_sequence(n, room, k, &from, &to);
            if (mc_corruption_takes(c, part->ids + start + from, to - from))
                MC_TRY(fn(ctx, start + from, to - from, e));
        }
    }
    return 0;
}

// --- memory

void mc_corrupted_release(struct mc_corrupted *s) {
    free(s->offset);
    free(s->ids);
    free(s->types);
    free(s->chosen_offset);
    free(s->chosen);
    free(s->chosen_id);
    free(s->target_offset);
    free(s->target);
    free(s->draw);
    free(s->cut);
    *s = (struct mc_corrupted){0};
}

void mc_corrupted_empty(struct mc_corrupted *s) {
    s->n = s->n_ids = s->n_chosen = s->n_targets = 0;
}

// Room for `need` elements of each of the arrays, which have room for *cap.
static int reserve(void **const array[], const size_t size[], int n, int64_t need, int64_t *cap,
                   struct mc_error *e) {
    if (need <= *cap) return 0;
    int64_t more = need > 2 * *cap ? need : 2 * *cap;
    for (int i = 0; i < n; i++) {
        void *p = mc_resize(*array[i], (size_t)more, size[i], e);
        if (!p) return MC_ERR_MEM;
        *array[i] = p;
    }
    *cap = more;
    return 0;
}

#define ARRAYS(...)                                                                                \
    (void **const[]) { __VA_ARGS__ }
#define SIZES(...)                                                                                 \
    (const size_t[]) { __VA_ARGS__ }

// Room for one sequence more, of so many tokens, chosen ones and targets at most.
static int reserve_sequence(struct mc_corrupted *s, int64_t ids, int64_t chosen, int64_t targets,
                            struct mc_error *e) {
    MC_TRY(
        reserve(ARRAYS((void **)&s->offset, (void **)&s->chosen_offset, (void **)&s->target_offset),
                SIZES(sizeof *s->offset, sizeof *s->chosen_offset, sizeof *s->target_offset), 3,
                s->n + 2, &s->cap, e));
    MC_TRY(reserve(ARRAYS((void **)&s->ids, (void **)&s->types),
                   SIZES(sizeof *s->ids, sizeof *s->types), 2, s->n_ids + ids, &s->cap_ids, e));
    MC_TRY(reserve(ARRAYS((void **)&s->chosen, (void **)&s->chosen_id),
                   SIZES(sizeof *s->chosen, sizeof *s->chosen_id), 2, s->n_chosen + chosen,
                   &s->cap_chosen, e));
    MC_TRY(reserve(ARRAYS((void **)&s->target), SIZES(sizeof *s->target), 1, s->n_targets + targets,
                   &s->cap_targets, e));
    return reserve(ARRAYS((void **)&s->draw, (void **)&s->cut),
                   SIZES(sizeof *s->draw, sizeof *s->cut), 2, ids, &s->cap_draw, e);
}

static void add_id(struct mc_corrupted *s, int32_t id) {
    s->types[s->n_ids] = 0;
    s->ids[s->n_ids++] = id;
}

static void add_list(struct mc_corrupted *s, const struct mc_id_list *l) {
    for (int i = 0; i < l->n; i++) add_id(s, l->v[i]);
}

// --- masked tokens

static int32_t corrupted(const struct mc_corruption *c, struct mc_rng *r, int32_t id) {
    double u = mc_rng_uniform(r);
    if (u < MASKED) return c->about->mask;
    return u < ANY_ID ? (int32_t)mc_rng_below(r, (uint64_t)c->about->vocab) : id;
}

static void add_masked(const struct mc_corruption *c, struct mc_rng *r, const int32_t *ids,
                       int64_t n, struct mc_corrupted *s) {
    int64_t least = -1, start = s->n_ids;
    for (int64_t i = 0; i < n; i++) {
        s->draw[i] = is_special(c, ids[i]) ? 1 : mc_rng_uniform(r); // draws lie below 1
        if (s->draw[i] < 1 && (least < 0 || s->draw[i] < s->draw[least])) least = i;
    }
    add_list(s, &c->about->prefix);
    for (int64_t i = 0; i < n; i++) {
        bool chosen = s->draw[i] < c->mask || (i == least && s->draw[least] >= c->mask);
        if (chosen) {
            s->chosen[s->n_chosen] = (int32_t)(s->n_ids - start);
            s->chosen_id[s->n_chosen++] = ids[i];
        }
        add_id(s, chosen ? corrupted(c, r, ids[i]) : ids[i]);
    }
    add_list(s, &c->about->suffix);
}

// --- spans

// n items in k segments of at least one, all ways alike: where segments 1 to k - 1 begin, rising,
// in cut[k - 1].
static void segments(struct mc_rng *r, int64_t n, int64_t k, int64_t *cut) {
    int64_t found = 0;
    for (int64_t at = 1; at < n; at++) // of the places left, as many as are missing
        if (mc_rng_below(r, (uint64_t)(n - at)) < (uint64_t)(k - 1 - found)) cut[found++] = at;
}

struct spans {
    int64_t noise, n; // tokens of the spans, and how many spans
};

// As T5's random_spans_noise_mask: shares rounded half to even, something masked and something
// kept.
static struct spans count_spans(const struct mc_corruption *c, int64_t n) {
    struct spans x;
    x.noise = (int64_t)nearbyint((double)n * c->mask);
    x.noise = x.noise < 1 ? 1 : x.noise > n - 1 ? n - 1 : x.noise;
    x.n = (int64_t)nearbyint((double)x.noise / c->span);
    int64_t most = x.noise < n - x.noise ? x.noise : n - x.noise;
    x.n = x.n < 1 ? 1 : x.n > most ? most : x.n;
    return x;
}

int mc_corruption_check_spans(const struct mc_corruption *c, int64_t n, struct mc_error *e) {
    int64_t spans = c->spans ? count_spans(c, n).n : 0;
    if (spans <= c->about->sentinels.n) return 0;
    return mc_fail(e, MC_ERR_INPUT, "%lld span%s, the tokenizer has %d sentinel%s",
                   (long long)spans, mc_s(spans), c->about->sentinels.n,
                   mc_s(c->about->sentinels.n));
}

void mc_corruption_lengths(const struct mc_corruption *c, int64_t n, int64_t *tokens,
                           int64_t *target) {
    const struct spans x = c->spans ? count_spans(c, n) : (struct spans){0};
    *tokens = c->about->prefix.n + n - x.noise + x.n + c->about->suffix.n;
    *target = c->spans ? x.noise + x.n + c->about->suffix.n : 0;
}

int64_t mc_corruption_longest_target(const struct mc_corruption *c) {
    return c->spans ? 2 * c->seq_len + c->about->suffix.n : 0;
}

// Text and spans in turns, text first.
static int add_spans(const struct mc_corruption *c, struct mc_rng *r, const int32_t *ids, int64_t n,
                     struct mc_corrupted *s, struct mc_error *e) {
    const struct spans x = count_spans(c, n);
    const struct mc_id_list *sentinel = &c->about->sentinels, *end = &c->about->suffix;
    MC_TRY(mc_corruption_check_spans(c, n, e));
    int64_t *noise = s->cut, *kept = s->cut + x.n, at = 0;
    segments(r, x.noise, x.n, noise);
    segments(r, n - x.noise, x.n, kept);
    add_list(s, &c->about->prefix);
    for (int64_t k = 0; k < x.n; k++) {
        int64_t text = (k + 1 < x.n ? kept[k] : n - x.noise) - (k ? kept[k - 1] : 0);
        int64_t span = (k + 1 < x.n ? noise[k] : x.noise) - (k ? noise[k - 1] : 0);
        for (; text > 0; text--) add_id(s, ids[at++]);
        add_id(s, sentinel->v[k]);
        s->target[s->n_targets++] = sentinel->v[k];
        for (; span > 0; span--) s->target[s->n_targets++] = ids[at++];
    }
    add_list(s, end);
    for (int i = 0; i < end->n; i++) s->target[s->n_targets++] = end->v[i];
    return 0;
}

int mc_corrupt(const struct mc_corruption *c, int64_t step, int64_t place, const int32_t *ids,
               int64_t n, struct mc_corrupted *s, struct mc_error *e) {
    struct mc_rng r;
    int64_t around = c->about->prefix.n + c->about->suffix.n;
    MC_TRY(reserve_sequence(s, n + around + 1, c->spans ? 0 : n, c->spans ? 2 * n + around : 0, e));
    mc_rng_init(&r, c->seed, MC_RNG_CORRUPTION, (uint32_t)step);
    r.at = (uint64_t)place << OF_A_PLACE;
    if (s->n == 0) s->offset[0] = s->chosen_offset[0] = s->target_offset[0] = 0;
    if (c->spans)
        MC_TRY(add_spans(c, &r, ids, n, s, e));
    else
        add_masked(c, &r, ids, n, s);
    s->n++;
    s->offset[s->n] = s->n_ids;
    s->chosen_offset[s->n] = s->n_chosen;
    s->target_offset[s->n] = s->n_targets;
    return 0;
}
