// What a document must hold to be a token set: its tensors by the header, then how they fit
// together, then every number and text in them.
#include <assert.h>
#include <math.h>
#include <string.h>

#include "mc/corpus.h"
#include "mc/utf8.h"
#include "tokens.h"

static int part_length(const struct mc_doc *d, int k, int64_t *n, struct mc_error *e) {
    int at = mc_doc_find(d, tokens_part[k].name);
    *n = -1;
    if (at < 0) return 0;
    const struct mc_tensor *x = &d->tensor[at];
    if (x->rank != 1 || x->dtype != tokens_part[k].type)
        return mc_fail(e, MC_ERR_INPUT, "tensor '%s' is no vector of %s", x->name,
                       mc_dtype_name(tokens_part[k].type));
    *n = (int64_t)x->dim[0];
    return 1;
}

int tokens_check_shapes(const struct mc_doc *d, int64_t n[P_COUNT], struct mc_error *e) {
    const char *kind = mc_doc_get(d, "mc.kind"), *format = mc_doc_get(d, "mc.format");
    if (!kind || strcmp(kind, "tokens") != 0)
        return mc_fail(e, MC_ERR_INPUT, "a document of kind '%s', not tokens (made by mc-tokenize)",
                       kind ? kind : "none");
    if (!format || strcmp(format, "1") != 0)
        return mc_fail(e, MC_ERR_INPUT, "format '%s' is not known here", format ? format : "none");
    int known = 0;
    for (int k = 0; k < P_COUNT; k++) {
        int rc = part_length(d, k, &n[k], e);
        if (rc < 0) return rc;
        known += rc;
    }
    if (known != d->n_tensors)
        return mc_fail(e, MC_ERR_INPUT, "tensors that this version does not know");
    static const int always[] = {P_OFFSETS, P_LINES, P_IDS, P_TYPES};
    for (int i = 0; i < 4; i++)
        if (n[always[i]] < 0)
            return mc_fail(e, MC_ERR_INPUT, "no tensor '%s'", tokens_part[always[i]].name);
    return n[P_LINES] == 0 ? mc_fail(e, MC_ERR_INPUT, "no examples") : 0;
}

static int needs(const int64_t n[P_COUNT], int a, int b, struct mc_error *e) {
    if (n[a] < 0 || n[b] >= 0) return 0;
    return mc_fail(e, MC_ERR_INPUT, "%s without %s", tokens_part[a].name, tokens_part[b].name);
}

static int excludes(const int64_t n[P_COUNT], int a, int b, struct mc_error *e) {
    if (n[a] < 0 || n[b] < 0) return 0;
    return mc_fail(e, MC_ERR_INPUT, "%s beside %s", tokens_part[a].name, tokens_part[b].name);
}

// A set is of one sort: labels, text to text (with labels, with answers, or without targets: to
// predict), numbers, or texts alone.
static int check_sort(const int64_t n[P_COUNT], struct mc_error *e) {
    static const int pairs[][2] = {{P_TARGET_IDS, P_TARGET_OFFSETS},
                                   {P_LABEL_TARGET_IDS, P_LABEL_TARGET_OFFSETS},
                                   {P_ANSWERS, P_ANSWER_OFFSETS}};
    for (int i = 0; i < 3; i++) {
        MC_TRY(needs(n, pairs[i][0], pairs[i][1], e));
        MC_TRY(needs(n, pairs[i][1], pairs[i][0], e));
    }
    MC_TRY(needs(n, P_LABEL_TARGET_IDS, P_LABELS, e));
    MC_TRY(needs(n, P_LABEL_TARGET_IDS, P_TARGET_IDS, e));
    MC_TRY(needs(n, P_ANSWERS, P_TARGET_IDS, e));
    if (n[P_LABELS] >= 0 && n[P_TARGET_IDS] >= 0) MC_TRY(needs(n, P_LABELS, P_LABEL_TARGET_IDS, e));
    if (n[P_LABELS] >= 0 && n[P_PIECES] >= 0) MC_TRY(needs(n, P_LABELS, P_TARGET_IDS, e));
    MC_TRY(excludes(n, P_VALUES, P_LABELS, e));
    MC_TRY(excludes(n, P_VALUES, P_TARGET_IDS, e));
    return excludes(n, P_VALUES, P_PIECES, e);
}

// Of a corpus: texts alone, and no more than a part may have, which is known before any is read.
static int check_corpus(const struct mc_tokens *t, const int64_t n[P_COUNT], struct mc_error *e) {
    static const int own[] = {P_OFFSETS, P_LINES, P_IDS, P_TYPES};
    int had = 0, all = 0;
    for (int i = 0; i < 4; i++) had += n[own[i]] >= 0;
    for (int k = 0; k < P_COUNT; k++) all += n[k] >= 0;
    if (all > had || t->label_names || t->task)
        return mc_fail(e, MC_ERR_INPUT, "a corpus with labels, targets or a task");
    if (n[P_IDS] > MC_CORPUS_IDS || n[P_LINES] > n[P_IDS])
        return mc_fail(e, MC_ERR_INPUT, "a part of a corpus of %lld texts and %lld ids, at most %d",
                       (long long)n[P_LINES], (long long)n[P_IDS], MC_CORPUS_IDS);
    return 0;
}

int tokens_check_parts(const struct mc_tokens *t, const int64_t n[P_COUNT], struct mc_error *e) {
    MC_TRY(check_sort(n, e));
    if (t->corpus) MC_TRY(check_corpus(t, n, e));
    if (n[P_LABELS] >= 0 && !t->label_names)
        return mc_fail(e, MC_ERR_INPUT, "labels without names (mc.labels)");
    for (int i = 1; i < t->n_labels; i++)
        if (strcmp(t->label_names[i - 1], t->label_names[i]) >= 0)
            return mc_fail(e, MC_ERR_INPUT, "mc.labels: names that are not sorted");
    if (t->decoder && n[P_PIECES] < 0) return mc_fail(e, MC_ERR_INPUT, "mc.decoder without pieces");
    if (t->decoder && !mc_utf8_name(t->decoder, strlen(t->decoder)))
        return mc_fail(e, MC_ERR_INPUT, "mc.decoder is empty or has control characters");
    int64_t want[P_COUNT];
    memcpy(want, n, sizeof want);
    want[P_OFFSETS] = want[P_TARGET_OFFSETS] = want[P_ANSWER_OFFSETS] = t->n + 1;
    want[P_LABELS] = want[P_VALUES] = t->n;
    want[P_LABEL_TARGET_OFFSETS] = (int64_t)t->n_labels + 1;
    want[P_TYPES] = n[P_IDS];
    for (int k = 0; k < P_COUNT; k++)
        if (n[k] >= 0 && n[k] != want[k])
            return mc_fail(e, MC_ERR_INPUT, "tensors whose lengths do not fit together (%s)",
                           tokens_part[k].name);
    return 0;
}

// Offsets o[n + 1] rise from 0 to the end of the part they divide; *longest grows to the longest.
static int check_offsets(const int64_t *o, int64_t n, const char *one, int part, int64_t end,
                         int *longest, struct mc_error *e) {
    const char *name = tokens_part[part].name;
    if (o[0] != 0 || o[n] != end)
        return mc_fail(e, MC_ERR_INPUT, "offsets do not span the tensor '%s'", name);
    for (int64_t i = 0; i < n; i++) {
        if (o[i + 1] <= o[i] || o[i + 1] > end)
            return mc_fail(e, MC_ERR_INPUT, "%s %lld: offsets do not rise (%s)", one, (long long)i,
                           name);
        int64_t len = o[i + 1] - o[i];
        if (len > INT32_MAX)
            return mc_fail(e, MC_ERR_INPUT, "%s %lld: %lld elements (%s)", one, (long long)i,
                           (long long)len, name);
        if (len > *longest) *longest = (int)len;
    }
    return 0;
}

static int check_ids(const int32_t *id, int64_t n, const char *one, struct mc_error *e) {
    for (int64_t i = 0; i < n; i++)
        if (id[i] < 0) return mc_fail(e, MC_ERR_INPUT, "%s %lld: id %d", one, (long long)i, id[i]);
    return 0;
}

static int check_examples(const struct mc_tokens *t, struct mc_error *e) {
    for (int64_t i = 0; i < t->n; i++) {
        if (t->lines[i] < 1)
            return mc_fail(e, MC_ERR_INPUT, "example %lld: no line number", (long long)i);
        if (t->labels && (t->labels[i] < 0 || t->labels[i] >= t->n_labels))
            return mc_fail(e, MC_ERR_INPUT, "example %lld: label %d of %d", (long long)i,
                           t->labels[i], t->n_labels);
        if (t->values && !isfinite(t->values[i]))
            return mc_fail(e, MC_ERR_INPUT, "example %lld: a value that is not finite",
                           (long long)i);
    }
    return 0;
}

static int check_targets(struct mc_tokens *t, const int64_t n[P_COUNT], struct mc_error *e) {
    if (!t->target_ids) return 0;
    MC_TRY(check_offsets(t->target_offset, t->n, "example", P_TARGET_IDS, n[P_TARGET_IDS],
                         &t->max_target, e));
    MC_TRY(check_ids(t->target_ids, n[P_TARGET_IDS], "target token", e));
    if (!t->label_target_ids) return 0;
    MC_TRY(check_offsets(t->label_target_offset, t->n_labels, "label", P_LABEL_TARGET_IDS,
                         n[P_LABEL_TARGET_IDS], &t->max_target, e));
    MC_TRY(check_ids(t->label_target_ids, n[P_LABEL_TARGET_IDS], "label target token", e));
    for (int64_t i = 0; i < t->n; i++) {
        const int64_t *a = t->target_offset + i, *b = t->label_target_offset + t->labels[i];
        if (a[1] - a[0] != b[1] - b[0] ||
            memcmp(t->target_ids + a[0], t->label_target_ids + b[0],
                   (size_t)(a[1] - a[0]) * sizeof *t->target_ids) != 0)
            return mc_fail(e, MC_ERR_INPUT, "example %lld: its target is not its label's",
                           (long long)i);
    }
    return 0;
}

static int check_texts(struct mc_tokens *t, const int64_t n[P_COUNT], struct mc_error *e) {
    int longest = 0;
    if (t->answers) {
        MC_TRY(
            check_offsets(t->answer_offset, t->n, "example", P_ANSWERS, n[P_ANSWERS], &longest, e));
        for (int64_t i = 0; i < t->n; i++)
            if (t->answers[t->answer_offset[i + 1] - 1])
                return mc_fail(e, MC_ERR_INPUT, "example %lld: an answer without an end",
                               (long long)i);
        if (mc_utf8_check(t->answers, (size_t)n[P_ANSWERS]) < (size_t)n[P_ANSWERS])
            return mc_fail(e, MC_ERR_INPUT, "answers that are not UTF-8");
    }
    if (!t->pieces) return 0;
    t->pieces_bytes = n[P_PIECES];
    if (t->pieces_bytes == 0 || t->pieces[t->pieces_bytes - 1])
        return mc_fail(e, MC_ERR_INPUT, "pieces without an end");
    if (mc_utf8_check(t->pieces, (size_t)t->pieces_bytes) < (size_t)t->pieces_bytes)
        return mc_fail(e, MC_ERR_INPUT, "pieces that are not UTF-8");
    for (int64_t i = 0; i < t->pieces_bytes; i++) t->n_pieces += t->pieces[i] == 0;
    return 0;
}

// Of a corpus: what it says of its tokenizer, and ids that this has.
static int check_vocab(const struct mc_tokens *t, const int64_t n[P_COUNT], struct mc_error *e) {
    struct mc_corpus_ids about;
    int rc = mc_corpus_ids_parse(&about, t->corpus, e);
    for (int64_t i = 0; rc == 0 && i < n[P_IDS]; i++)
        if (t->ids[i] >= about.vocab)
            rc = mc_fail(e, MC_ERR_INPUT, "token %lld: id %d of a vocabulary of %d", (long long)i,
                         t->ids[i], about.vocab);
    mc_corpus_ids_release(&about);
    return rc;
}

int tokens_check_data(struct mc_tokens *t, const int64_t n[P_COUNT], struct mc_error *e) {
    assert(t->offset && t->ids); // tokens_check_shapes has found them
    MC_TRY(check_offsets(t->offset, t->n, "example", P_IDS, n[P_IDS], &t->max_len, e));
    MC_TRY(check_ids(t->ids, n[P_IDS], "token", e));
    if (t->corpus) MC_TRY(check_vocab(t, n, e));
    MC_TRY(check_examples(t, e));
    MC_TRY(check_targets(t, n, e));
    return check_texts(t, n, e);
}
