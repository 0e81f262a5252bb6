// A token set as a task: its name, the examples chosen of it, whether a model takes it, labels
// matched by name.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mc/objective.h"
#include "mc/num.h"
#include "mc/subset.h"
#include "mc/utf8.h"

void mc_task_release(struct mc_task *t) {
    free(t->name);
    free(t->pick);
    free(t->label);
    free(t->piece);
    mc_corpus_blocks_free(t);
    mc_tokens_release(&t->tokens);
    if (t->corrupted) mc_corrupted_release(t->corrupted);
    free(t->corrupted);
    *t = (struct mc_task){0};
}

// Where each piece of the vocabulary stands.
static int find_pieces(struct mc_task *t, struct mc_error *e) {
    char *p = t->tokens.pieces;
    if (!p) return 0;
    if (!(t->piece = mc_new((size_t)t->tokens.n_pieces, sizeof *t->piece, e))) return MC_ERR_MEM;
    for (int64_t i = 0; i < t->tokens.n_pieces; i++, p += strlen(p) + 1) t->piece[i] = p;
    return 0;
}

static char *base_name(const char *path, struct mc_error *e) {
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    char *s = mc_strdup(base, e);
    if (s) s[strcspn(s, ".")] = 0;
    return s;
}

int mc_task_open(struct mc_task *t, const char *name, const char *path,
                 const struct mc_corruption *how, int64_t from, int64_t to, struct mc_pool *pool,
                 struct mc_error *e) {
    *t = (struct mc_task){0};
    bool corpus = false;
    int rc;
    MC_TRY_DONE(mc_tokens_read_or_corpus(&t->tokens, path, pool, how ? &corpus : NULL, e));
    if (corpus)
        rc = mc_task_read_corpus(t, path, how, from, to, MC_BLOCK_TOKENS, pool, e);
    else
        rc = mc_subset_pick(t->tokens.n, from, to, path, &t->pick, &t->n, e);
    MC_TRY_DONE(rc);
    t->name = name             ? mc_strdup(name, e)
              : t->tokens.task ? mc_strdup(t->tokens.task, e)
                               : base_name(path, e);
    if (t->tokens.labels) t->label = mc_new((size_t)t->tokens.n, sizeof *t->label, e);
    rc = t->name && (t->label || !t->tokens.labels) ? 0 : MC_ERR_MEM;
    if (rc == 0) rc = find_pieces(t, e);
    if (rc == 0 && !mc_utf8_name(t->name, strlen(t->name)))
        rc = mc_fail(e, MC_ERR_INPUT, "%s: its task '%s' is no name: name it, TASK=FILE", path,
                     t->name);
done:
    if (rc < 0) mc_task_release(t);
    return rc;
}

struct mc_batch mc_task_batch(const struct mc_task *t) {
    return (struct mc_batch){.n = (int)t->n,
                             .pick = t->pick,
                             .offset = t->tokens.offset,
                             .ids = t->tokens.ids,
                             .types = t->tokens.types};
}

int mc_headless(struct mc_error *e) {
    return mc_fail(e, MC_ERR_INPUT,
                   "the model has no head: give it one with mc-import --labels or mc-finetune");
}

int mc_tokens_refuse(const struct mc_tokens *t, const char *set, const char *model,
                     const char *maker, struct mc_error *e) {
    const char *is = mc_tokens_t2t(t) ? "text-to-text"
                     : t->values      ? "regression"
                     : t->labels      ? "labelled"
                                      : "plain text";
    return mc_fail(e, MC_ERR_INPUT, "%s: %s data for %s (%s makes what it takes)", set, is, model,
                   maker);
}

static int match_ids(const int32_t *ids, int64_t from, int64_t to, const char *set, int64_t line,
                     const struct mc_model *m, struct mc_error *e) {
    for (int64_t k = from; k < to; k++)
        if (ids[k] >= m->config.vocab)
            return mc_fail(e, MC_ERR_INPUT, "%s: line %lld: id %d, the model has %d", set,
                           (long long)line, ids[k], m->config.vocab);
    return 0;
}

int mc_tokens_match(const struct mc_tokens *t, const char *set, const struct mc_objective *o,
                    const struct mc_model *m, struct mc_error *e) {
    if (o->takes) MC_TRY(o->takes(t, set, m, e));
    const char *tokenizer = mc_doc_get(&m->meta, "mc.tokenizer");
    if (tokenizer && t->tokenizer && strcmp(tokenizer, t->tokenizer) != 0)
        return mc_fail(e, MC_ERR_INPUT,
                       "%s: tokenized by another tokenizer than the model's (%s, not %s)", set,
                       t->tokenizer, tokenizer);
    int max_len = mc_model_max_len(m);
    for (int64_t i = 0; i < t->n; i++) {
        const char *file = mc_tokens_source(t, set, i);
        int64_t from = t->offset[i], to = t->offset[i + 1];
        if (to - from > max_len)
            return mc_fail(e, MC_ERR_INPUT, "%s: line %lld: %lld tokens, the model takes %d", file,
                           (long long)t->lines[i], (long long)(to - from), max_len);
        MC_TRY(match_ids(t->ids, from, to, file, t->lines[i], m, e));
        for (int64_t k = from; k < to; k++)
            if (t->types[k] >= m->config.types)
                return mc_fail(e, MC_ERR_INPUT, "%s: line %lld: token type %d, the model has %d",
                               file, (long long)t->lines[i], t->types[k], m->config.types);
        if (t->target_ids)
            MC_TRY(match_ids(t->target_ids, t->target_offset[i], t->target_offset[i + 1], file,
                             t->lines[i], m, e));
    }
    for (int k = 0; t->label_target_ids && k < t->label_target_offset[t->n_labels]; k++)
        if (t->label_target_ids[k] >= m->config.vocab)
            return mc_fail(e, MC_ERR_INPUT,
                           "%s: the targets of its labels have id %d, the model "
                           "has %d",
                           set, t->label_target_ids[k], m->config.vocab);
    return 0;
}

static bool unnamed(char *const *labels, int n) {
    for (int i = 0; i < n; i++) {
        char name[24];
        snprintf(name, sizeof name, "LABEL_%d", i);
        if (strcmp(labels[i], name) != 0) return false;
    }
    return n > 0;
}

// The output that a data set's label k = "0", "1", ... is, where outputs are LABEL_0, LABEL_1, ...;
// -1: another name.
static int32_t numbered(const char *name, int n) {
    char text[24];
    int64_t k;
    if (!mc_parse_i64(name, &k) || k < 0 || k >= n) return -1;
    snprintf(text, sizeof text, "%d", (int)k);
    return strcmp(text, name) == 0 ? (int32_t)k : -1;
}

// Names both sides and the cure.
static int unknown_label(const struct mc_tokens *t, const char *set, const struct mc_model *m,
                         const char *label, bool unnamed_model, struct mc_error *e) {
    char ours[MC_LABELS_LIST], theirs[MC_LABELS_LIST];
    mc_labels_list(t->label_names, t->n_labels, ours);
    mc_labels_list(m->labels, m->n_labels, theirs);
    return mc_fail(e, MC_ERR_INPUT,
                   "%s: label '%s' (of %s) is none of the model's%s (%s): %s, in that order", set,
                   label, ours, unnamed_model ? ", whose outputs have no names" : "", theirs,
                   unnamed_model ? "name them with mc-import --labels"
                                 : "tokenize the model's labels, or name its outputs with "
                                   "mc-import --labels");
}

int mc_labels_map(const struct mc_tokens *t, const char *set, const struct mc_model *m,
                  int32_t *map, struct mc_error *e) {
    if (m->n_labels == 0) return mc_headless(e);
    bool no_names = unnamed(m->labels, m->n_labels);
    for (int k = 0; k < t->n_labels; k++) {
        const char *name = t->label_names[k];
        map[k] = mc_model_find_label(m, name);
        if (map[k] < 0 && no_names) map[k] = numbered(name, m->n_labels);
        if (map[k] < 0) return unknown_label(t, set, m, name, no_names, e);
    }
    return 0;
}

int mc_labels_apply(const struct mc_tokens *t, const char *set, const struct mc_model *m,
                    int32_t *label, struct mc_error *e) {
    int32_t *map = mc_new((size_t)t->n_labels, sizeof *map, e);
    if (!map) return MC_ERR_MEM;
    int rc = mc_labels_map(t, set, m, map, e);
    for (int64_t i = 0; rc == 0 && i < t->n; i++)
        label[i] = t->labels && t->labels[i] >= 0 ? map[t->labels[i]] : -1;
    free(map);
    return rc;
}

int mc_task_match(struct mc_task *t, const struct mc_objective *o, const struct mc_model *m,
                  struct mc_error *e) {
    if (t->blocks)
        MC_TRY(mc_corpus_task_match(t, m, e));
    else
        MC_TRY(mc_tokens_match(&t->tokens, t->name, o, m, e));
    if (!o->score)
        return mc_fail(e, MC_ERR_INPUT, "%s: the objective '%s' is trained for, not evaluated",
                       t->name, o->name);
    if (!t->label) return 0;
    if (o->labels_are_outputs) return mc_labels_apply(&t->tokens, t->name, m, t->label, e);
    memcpy(t->label, t->tokens.labels, (size_t)t->tokens.n * sizeof *t->label);
    return 0;
}
