// Several token sets as one, labels met by name.
#include <stdlib.h>
#include <string.h>

#include "mc/tokens.h"

// What a set has beside its tokens, for a comparison and for messages.
static const char *kind_of(const struct mc_tokens *t) {
    if (t->target_ids)
        return t->label_target_ids ? "text to text with labels"
               : t->answers        ? "text to text with answers"
                                   : "text to text";
    if (t->pieces) return "text to predict, for a text-to-text model";
    return t->values ? "regression" : t->labels ? "labelled" : "plain text";
}

static bool same_text(const char *a, const char *b) { return !a || !b || strcmp(a, b) == 0; }

// Whether a set fits the first.
static int check_set(const struct mc_tokens *a, const char *a_name, const struct mc_tokens *b,
                     const char *b_name, struct mc_error *e) {
    if (strcmp(kind_of(a), kind_of(b)) != 0)
        return mc_fail(e, MC_ERR_INPUT, "%s: %s, but %s is %s: sets of one kind can be joined",
                       b_name, kind_of(b), a_name, kind_of(a));
    if (!same_text(a->tokenizer, b->tokenizer))
        return mc_fail(e, MC_ERR_INPUT, "%s: tokenized by another tokenizer than %s (%s, not %s)",
                       b_name, a_name, b->tokenizer, a->tokenizer);
    if (!same_text(a->decoder, b->decoder) || a->pieces_bytes != b->pieces_bytes ||
        (a->pieces && memcmp(a->pieces, b->pieces, (size_t)a->pieces_bytes) != 0))
        return mc_fail(e, MC_ERR_INPUT, "%s: not the vocabulary of %s", b_name, a_name);
    return 0;
}

static int add_example(struct mc_tokens_builder *c, const struct mc_tokens *t, int64_t i,
                       struct mc_error *e) {
    int64_t at = t->offset[i];
    const char *label = t->labels ? t->label_names[t->labels[i]] : NULL;
    MC_TRY(mc_tokens_builder_add(c, t->ids + at, t->types + at, t->offset[i + 1] - at, t->lines[i],
                                 label, e));
    if (t->values) MC_TRY(mc_tokens_builder_value(c, t->values[i], e));
    if (t->target_ids) {
        at = t->target_offset[i];
        MC_TRY(mc_tokens_builder_target(c, t->target_ids + at, t->target_offset[i + 1] - at, e));
    }
    if (!t->answers) return 0;
    at = t->answer_offset[i];
    return mc_tokens_builder_answers(c, t->answers + at, (size_t)(t->answer_offset[i + 1] - at), e);
}

static int label_of(const struct mc_tokens *t, const char *name) {
    for (int k = 0; k < t->n_labels; k++)
        if (strcmp(t->label_names[k], name) == 0) return k;
    return -1;
}

// The target of label k in all sets that have it; no two sets write a label in different ways.
static int label_target(const struct mc_tokens *set, const char *const *name, int n,
                        const char *label, const int32_t **ids, int64_t *n_ids,
                        struct mc_error *e) {
    int first = -1;
    for (int s = 0; s < n; s++) {
        int k = label_of(&set[s], label);
        if (k < 0) continue;
        const int32_t *its = set[s].label_target_ids + set[s].label_target_offset[k];
        int64_t its_n = set[s].label_target_offset[k + 1] - set[s].label_target_offset[k];
        if (first >= 0 && (its_n != *n_ids || memcmp(its, *ids, (size_t)its_n * sizeof *its) != 0))
            return mc_fail(e, MC_ERR_INPUT, "%s: the target of label '%s' is not that of %s",
                           name[s], label, name[first]);
        if (first >= 0) continue;
        first = s;
        *ids = its;
        *n_ids = its_n;
    }
    return 0;
}

static int join_label_targets(struct mc_tokens *all, const struct mc_tokens *set,
                              const char *const *name, int n, struct mc_error *e) {
    int64_t most = 0, at = 0;
    for (int s = 0; s < n; s++) most += set[s].label_target_offset[set[s].n_labels];
    all->label_target_offset = mc_new((size_t)all->n_labels + 1, sizeof *all->label_target_offset,
                                      e);
    all->label_target_ids = mc_new((size_t)most, sizeof *all->label_target_ids, e);
    if (!all->label_target_offset || !all->label_target_ids) return MC_ERR_MEM;
    for (int k = 0; k < all->n_labels; k++) {
        const int32_t *ids = NULL;
        int64_t n_ids = 0;
        MC_TRY(label_target(set, name, n, all->label_names[k], &ids, &n_ids, e));
        if (n_ids) memcpy(all->label_target_ids + at, ids, (size_t)n_ids * sizeof *ids);
        all->label_target_offset[k + 1] = at += n_ids;
    }
    return 0;
}

static int copy_text(const struct mc_tokens *set, int n, size_t field, char **to,
                     struct mc_error *e) {
    for (int s = 0; s < n; s++) {
        char *text;
        memcpy(&text, (const char *)&set[s] + field, sizeof text);
        if (text) return (*to = mc_strdup(text, e)) ? 0 : MC_ERR_MEM;
    }
    return 0;
}

static int join_rest(struct mc_tokens *all, const struct mc_tokens *set, const char *const *name,
                     int n, struct mc_error *e) {
    MC_TRY(copy_text(set, n, offsetof(struct mc_tokens, task), &all->task, e));
    MC_TRY(copy_text(set, n, offsetof(struct mc_tokens, tokenizer), &all->tokenizer, e));
    MC_TRY(copy_text(set, n, offsetof(struct mc_tokens, decoder), &all->decoder, e));
    for (int s = 0; s < n; s++)
        if (set[s].max_target > all->max_target) all->max_target = set[s].max_target;
    if (set->label_target_ids) MC_TRY(join_label_targets(all, set, name, n, e));
    if (!set->pieces) return 0;
    if (!(all->pieces = mc_new((size_t)set->pieces_bytes, 1, e))) return MC_ERR_MEM;
    memcpy(all->pieces, set->pieces, (size_t)set->pieces_bytes);
    all->pieces_bytes = set->pieces_bytes;
    all->n_pieces = set->n_pieces;
    return 0;
}

// Where the examples come from, and the digest of all.
static int join_sources(struct mc_tokens *all, const struct mc_tokens *set, const char *const *name,
                        int n, struct mc_error *e) {
    all->source = mc_new((size_t)n, sizeof *all->source, e);
    if (!all->source) return MC_ERR_MEM;
    int64_t at = 0;
    for (int s = 0; s < n; s++) {
        struct mc_tokens_source *to = &all->source[all->n_sources];
        if (!(to->name = mc_strdup(name[s], e))) return MC_ERR_MEM;
        all->n_sources++;
        to->from = at;
        at += set[s].n;
    }
    struct mc_digest *g = mc_digest_new(e);
    if (!g) return MC_ERR_MEM;
    for (int s = 0; s < n; s++) mc_digest_data(g, set[s].digest, strlen(set[s].digest) + 1);
    mc_digest_end(g, all->digest);
    return 0;
}

int mc_tokens_join(struct mc_tokens *all, const struct mc_tokens *set, const char *const *name,
                   int n, struct mc_error *e) {
    struct mc_tokens_builder c = {0};
    int rc = 0;
    *all = (struct mc_tokens){0};
    for (int s = 0; rc == 0 && s < n; s++) {
        if (s > 0) rc = check_set(&set[0], name[0], &set[s], name[s], e);
        for (int64_t i = 0; rc == 0 && i < set[s].n; i++) rc = add_example(&c, &set[s], i, e);
    }
    if (rc == 0) rc = mc_tokens_builder_finish(&c, all, e);
    mc_tokens_builder_release(&c);
    if (rc == 0) rc = join_rest(all, set, name, n, e);
    if (rc == 0) rc = join_sources(all, set, name, n, e);
    if (rc < 0) mc_tokens_release(all);
    return rc;
}

const char *mc_tokens_source(const struct mc_tokens *t, const char *set, int64_t i) {
    for (int s = 0; s < t->n_sources; s++)
        if (t->source[s].from <= i) set = t->source[s].name;
    return set;
}
