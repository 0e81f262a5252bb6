// A corpus as a task of an evaluation: its sequences, corrupted alike for all models, as the
// examples of a token set. As many as make a block are in memory; where there are more, the blocks
// are read and corrupted anew for every model. What is masked hangs on a sequence's number alone,
// and a block goes on where the run has ended a group of the whole, so blocks change no value.
#include <stdlib.h>
#include <string.h>

#include "mc/objective.h"
#include "mc/subset.h"

struct mc_corpus_blocks {
    struct mc_corpus corpus;
    struct mc_corruption how;
    struct mc_pool *pool;
    int64_t least;          // tokens of a block that is not the last, at least
    int64_t *count;         // sequences of every part
    int64_t from, to;       // of mc_task_open
    int64_t n, all;         // the task's, and the corpus's
    int64_t *pick;          // numbers of the task's, rising, or NULL: all of the corpus
    int64_t first;          // number, among the task's, of the first in memory
    int64_t cap;            // of the token set's lines
    int64_t *targets;       // how many of the task's have a target of so many tokens
    struct mc_whole all_of; // what the examples in memory are a part of
    struct mc_tokens part;  // the part that was read last
    int64_t part_at;        // its number, or -1
};

// Of the sequences and how they are cut and corrupted nothing stays.
static void forget_sequences(struct mc_task *t) {
    struct mc_corpus_blocks *b = t->blocks;
    struct mc_tokens *k = &t->tokens; // these arrays are t->corrupted's
    k->offset = k->target_offset = NULL;
    k->ids = k->target_ids = NULL;
    k->types = NULL;
    k->max_target = 0;
    free(k->corpus);
    k->corpus = NULL;
    free(b->count);
    free(b->pick);
    free(b->targets);
    b->count = b->pick = b->targets = NULL;
    b->n = b->all = 0;
    b->all_of = (struct mc_whole){0};
}

void mc_corpus_blocks_free(struct mc_task *t) {
    struct mc_corpus_blocks *b = t->blocks;
    if (!b) return;
    forget_sequences(t);
    mc_tokens_release(&b->part);
    mc_corpus_close(&b->corpus);
    free(b);
    t->blocks = NULL;
}

// --- the task's sequences

// fn is called for the task's sequences from number `next` on, until it has set `full`.
struct walk {
    struct mc_task *t;
    int (*fn)(struct walk *w, const int32_t *ids, int64_t n, struct mc_error *e);
    int64_t next;   // of the task's
    int64_t number; // of the corpus's
    bool full;
};

static int64_t number_of(const struct mc_corpus_blocks *b, int64_t i) {
    return b->pick ? b->pick[i] : i;
}

static int visit(void *ctx, int64_t at, int64_t n, struct mc_error *e) {
    struct walk *w = ctx;
    const struct mc_corpus_blocks *b = w->t->blocks;
    bool other = w->full || w->next == b->n || w->number != number_of(b, w->next);
    w->number++;
    if (other) return 0;
    w->next++;
    return w->fn(w, b->part.ids + at, n, e);
}

static int have_part(struct mc_corpus_blocks *b, int64_t k, struct mc_error *e) {
    if (b->part_at == k) return 0;
    mc_tokens_release(&b->part);
    b->part_at = -1;
    MC_TRY(mc_corpus_read(&b->corpus, k, b->pool, &b->part, e));
    b->part_at = k;
    return 0;
}

static int walk(struct walk *w, struct mc_error *e) {
    struct mc_corpus_blocks *b = w->t->blocks;
    int64_t end = 0;
    for (int64_t k = 0; k < b->corpus.n_parts && !w->full && w->next < b->n; k++) {
        w->number = end;
        end += b->count[k];
        if (number_of(b, w->next) >= end) continue;
        MC_TRY(have_part(b, k, e));
        if (mc_corruption_each(&b->how, &b->part, visit, w, e) < 0)
            return mc_fail_in(e, "%s", b->corpus.path);
    }
    return 0;
}

// --- a block

// The run needs a whole group to go on, so a block has more than one.
static bool is_full(const struct mc_corpus_blocks *b, const struct mc_corrupted *x) {
    int64_t tokens = x->n_ids + x->n_targets;
    return x->n > 1 && tokens >= b->least && x->n_ids > MC_GROUP_TOKENS;
}

static int add_one(struct walk *w, const int32_t *ids, int64_t n, struct mc_error *e) {
    struct mc_corpus_blocks *b = w->t->blocks;
    struct mc_corrupted *x = w->t->corrupted;
    int64_t number = w->number - 1;
    if (x->n == b->cap) {
        int64_t cap = b->cap ? 2 * b->cap : 64;
        int64_t *lines = mc_resize(w->t->tokens.lines, (size_t)cap, sizeof *lines, e);
        if (!lines) return MC_ERR_MEM;
        w->t->tokens.lines = lines;
        b->cap = cap;
    }
    w->t->tokens.lines[x->n] = number + 1;
    MC_TRY(mc_corrupt(&b->how, 0, number, ids, n, x, e));
    w->full = is_full(b, x);
    return 0;
}

static int longest(const int64_t *offset, int64_t n) {
    int64_t most = 0;
    for (int64_t i = 0; i < n; i++)
        if (offset[i + 1] - offset[i] > most) most = offset[i + 1] - offset[i];
    return (int)most;
}

// The sequences in memory as a token set, whose arrays they are. A line of it is a sequence.
static void as_tokens(struct mc_task *t) {
    const struct mc_corrupted *x = t->corrupted;
    struct mc_tokens *k = &t->tokens;
    t->n = k->n = x->n;
    k->offset = x->offset;
    k->ids = x->ids;
    k->types = x->types;
    k->max_len = longest(k->offset, k->n);
    if (!t->blocks->how.spans) return;
    k->target_ids = x->target;
    k->target_offset = x->target_offset;
    k->max_target = longest(k->target_offset, k->n);
}

static int fill(struct mc_task *t, int64_t first, struct mc_error *e) {
    struct mc_corpus_blocks *b = t->blocks;
    struct walk w = {.t = t, .fn = add_one, .next = first};
    b->first = first;
    mc_corrupted_empty(t->corrupted);
    MC_TRY(walk(&w, e));
    as_tokens(t);
    b->all_of.more = first + t->n < b->n;
    return 0;
}

struct mc_whole *mc_task_whole(const struct mc_task *t) {
    struct mc_corpus_blocks *b = t->blocks;
    return b && (b->first > 0 || b->all_of.more) ? &b->all_of : NULL;
}

int64_t mc_task_count(const struct mc_task *t) { return t->blocks ? t->blocks->n : t->n; }

int mc_task_begin(struct mc_task *t, struct mc_error *e) {
    return mc_task_whole(t) ? fill(t, 0, e) : 0;
}

int mc_task_next(struct mc_task *t, struct mc_error *e) {
    const struct mc_corpus_blocks *b = t->blocks;
    if (!b || b->first + t->n == b->n) return 0;
    MC_TRY(fill(t, b->first + t->n, e));
    return 1;
}

// --- opening

static int count_one(void *ctx, int64_t at, int64_t n, struct mc_error *e) {
    struct mc_corpus_blocks *b = ctx;
    (void)at;
    b->count[b->part_at]++;
    b->all++;
    return mc_corruption_check_spans(&b->how, n, e);
}

static int count(struct mc_task *t, struct mc_error *e) {
    struct mc_corpus_blocks *b = t->blocks;
    if (!(b->count = mc_new((size_t)b->corpus.n_parts, sizeof *b->count, e))) return MC_ERR_MEM;
    for (int64_t k = 0; k < b->corpus.n_parts; k++) {
        MC_TRY(have_part(b, k, e));
        if (mc_corruption_each(&b->how, &b->part, count_one, b, e) < 0)
            return mc_fail_in(e, "%s", b->corpus.path);
    }
    if (!(t->tokens.corpus = mc_strdup(b->part.corpus, e))) return MC_ERR_MEM;
    return b->all ? 0 : mc_corruption_none(b->corpus.path, e);
}

// Where the run's chunks hang on all targets, their lengths are told it.
static int measure_one(struct walk *w, const int32_t *ids, int64_t n, struct mc_error *e) {
    struct mc_corpus_blocks *b = w->t->blocks;
    int64_t tokens, target;
    (void)ids;
    (void)e;
    mc_corruption_lengths(&b->how, n, &tokens, &target);
    b->all_of.tokens += tokens;
    b->targets[target]++;
    return 0;
}

static int measure(struct mc_task *t, struct mc_error *e) {
    struct mc_corpus_blocks *b = t->blocks;
    struct walk w = {.t = t, .fn = measure_one};
    b->all_of.n_targets = (int)mc_corruption_longest_target(&b->how) + 1;
    b->targets = mc_new((size_t)b->all_of.n_targets, sizeof *b->targets, e);
    if (!b->targets) return MC_ERR_MEM;
    b->all_of.targets = b->targets;
    return walk(&w, e);
}

static int open_blocks(struct mc_task *t, struct mc_error *e) {
    struct mc_corpus_blocks *b = t->blocks;
    MC_TRY(mc_corruption_check(&b->how, b->corpus.path, e));
    MC_TRY(count(t, e));
    MC_TRY(mc_subset_pick(b->all, b->from, b->to, b->corpus.path, &b->pick, &b->n, e));
    MC_TRY(fill(t, 0, e));
    if (mc_task_whole(t)) return b->how.spans ? measure(t, e) : 0;
    mc_tokens_release(&b->part); // there is nothing more to be read
    b->part_at = -1;
    return 0;
}

int mc_task_read_corpus(struct mc_task *t, const char *path, const struct mc_corruption *how,
                        int64_t from, int64_t to, int64_t block, struct mc_pool *pool,
                        struct mc_error *e) {
    struct mc_corpus_blocks *b = t->blocks = mc_new(1, sizeof *b, e);
    if (!b || !(t->corrupted = mc_new(1, sizeof *t->corrupted, e))) return MC_ERR_MEM;
    MC_TRY(mc_corpus_open(&b->corpus, path, pool, e));
    b->how = *how;
    b->how.about = &b->corpus.about;
    // until a model says which: what masks has a mask token
    b->how.spans = b->corpus.about.mask < 0 && b->corpus.about.sentinels.n > 0;
    b->pool = pool;
    b->least = block;
    b->part_at = -1;
    b->from = from;
    b->to = to;
    MC_TRY(open_blocks(t, e));
    const char *tokenizer = b->corpus.tokenizer;
    if (tokenizer && !(t->tokens.tokenizer = mc_strdup(tokenizer, e))) return MC_ERR_MEM;
    memcpy(t->tokens.digest, b->corpus.digest, sizeof b->corpus.digest);
    return 0;
}

int mc_corpus_task_match(struct mc_task *t, const struct mc_model *m, struct mc_error *e) {
    struct mc_corpus_blocks *b = t->blocks;
    struct mc_corruption how = b->how;
    how.spans = m->config.arch->text_to_text;
    MC_TRY(mc_corpus_fits(&b->corpus, b->corpus.path, &how, m, e));
    if (how.spans == b->how.spans) return 0;
    forget_sequences(t);
    b->how = how;
    return open_blocks(t, e);
}
