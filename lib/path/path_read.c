// Reads the models that a path is made of, or the documents of a curve. Complete models that lie in
// files need not all be in memory: when there are more than the kind needs at a time, the weights
// of one leave it and its file is read again where they are needed. What comes by a pipe, and
// deltas, which are small, are held.
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "mc/json.h"
#include "mc/num.h"
#include "mc/path.h"

// Where a document stands on its curve.
struct place {
    char kind[MC_GROUP_NAME], from[MC_DIGEST_TEXT], to[MC_DIGEST_TEXT];
    int64_t index, count; // -1: it says of no curve
};

struct reading {
    struct mc_path_inputs *in;
    struct mc_path_options *options;
    const struct mc_path_kind *kind;
    struct mc_models s;
    struct place *place; // [in->n]
    bool again;          // files can be read again
    bool curve;          // a control was met
};

static bool can_read_again(const struct mc_path_inputs *in) {
    struct stat st;
    for (int i = 0; i < in->n_paths; i++)
        if (strcmp(in->path[i], "-") == 0 || stat(in->path[i], &st) < 0 || !S_ISREG(st.st_mode))
            return false;
    return in->n_paths > 0;
}

static bool copy_text(const json_t *o, const char *key, char *out, size_t size) {
    const char *v = json_string_value(json_object_get(o, key));
    if (!v || strlen(v) >= size) return false;
    strcpy(out, v);
    return true;
}

// They are written into the points' own mc.curve.
static bool copy_digest(const json_t *o, const char *key, char out[MC_DIGEST_TEXT]) {
    return copy_text(o, key, out, MC_DIGEST_TEXT) && !out[strspn(out, "0123456789abcdef")];
}

static int place_of(const struct mc_doc *d, struct place *p, struct mc_error *e) {
    const char *text = mc_doc_get(d, "mc.curve");
    json_error_t je;
    json_t *o = NULL;
    *p = (struct place){.index = -1, .count = -1};
    if (text && mc_json_load(&o, text, strlen(text), 0, MC_JSON_FEW, &je, e) == MC_ERR_MEM)
        return MC_ERR_MEM;
    const json_t *index = json_object_get(o, "index"), *count = json_object_get(o, "count");
    if (json_is_integer(index) && json_is_integer(count) &&
        copy_text(o, "kind", p->kind, sizeof p->kind) && copy_digest(o, "from", p->from) &&
        copy_digest(o, "to", p->to)) {
        p->index = json_integer_value(index);
        p->count = json_integer_value(count);
    }
    json_decref(o);
    return 0;
}

static const char *const WORD[] = {"no", "one", "two", "three"};

static const char *in_words(const struct mc_path_kind *k) {
    assert(k->least_ends < 4 && k->most_ends < 4); // numbers in words
    return k->in_words ? k->in_words : k->name;
}

static int too_many(const struct reading *r, struct mc_error *e) {
    const struct mc_path_kind *k = r->kind;
    const char *most = WORD[k->most_ends], *s = mc_s(k->most_ends);
    if (!r->options->v[0].given)
        return mc_fail(e, MC_ERR_INPUT,
                       "more than %s models: --kind chain joins them all, --kind plane is laid "
                       "through three (or choose two with mc-pick)",
                       most);
    return mc_fail(e, MC_ERR_INPUT,
                   "more than %s model%s: a %s has %s end%s (choose %s with mc-pick%s)", most, s,
                   in_words(k), most, s, *s ? "them" : "it",
                   k->last ? "; --project FILE is for those beside it" : "");
}

// A document with a control makes all of them a curve.
static int meet(struct reading *r, struct place *p, struct mc_error *e) {
    MC_TRY(place_of(&r->s.doc, p, e));
    const char *role = mc_doc_get(&r->s.doc, "mc.role");
    if (role && strcmp(role, "control") == 0 && !r->curve) {
        MC_TRY(mc_path_options_choose_curve(r->options, p->kind, &r->kind, e));
        r->curve = true;
    }
    bool full = r->kind->most_ends && r->in->n >= r->kind->most_ends;
    return full && !r->curve && !r->in->more ? too_many(r, e) : 0;
}

// Before a model more is read: weights leave where they can be read again.
static int make_room(struct reading *r, struct mc_error *e) {
    struct mc_path_inputs *in = r->in;
    int there = 0, last = in->n - 1;
    for (int i = 0; i < in->n; i++) {
        if (in->m[i]->base) return 0;
        there += in->m[i]->w != NULL;
    }
    if (!r->again || r->curve || !r->kind->in_memory || there < r->kind->in_memory || last < 1)
        return 0;
    mc_models_need_no_bases(&r->s);
    return mc_path_inputs_leave(in, last, e);
}

static int add(struct reading *r, struct mc_model *m, const struct place *p, struct mc_error *e) {
    struct mc_path_inputs *in = r->in;
    size_t n = (size_t)in->n + 1;
    struct mc_model **all = mc_resize(in->m, n, sizeof *all, e);
    if (all) in->m = all;
    float **head = all ? mc_resize(in->head, n, sizeof *head, e) : NULL;
    if (head) in->head = head;
    struct place *place = head ? mc_resize(r->place, n, sizeof *place, e) : NULL;
    if (!place) {
        mc_model_drop(m);
        return MC_ERR_MEM;
    }
    r->place = place;
    r->place[in->n] = *p;
    in->head[in->n] = NULL;
    in->m[in->n++] = m;
    return mc_model_digest(m, e);
}

static int read_all(struct reading *r, struct mc_error *e) {
    struct mc_model *m;
    struct place p;
    int rc;
    while ((rc = mc_models_peek(&r->s, e)) == 1) {
        MC_TRY(meet(r, &p, e));
        MC_TRY(make_room(r, e));
        MC_TRY(mc_models_next(&r->s, &m, e));
        MC_TRY(add(r, m, &p, e));
    }
    return rc;
}

// --- curves

static int damaged(int k, const char *what, struct mc_error *e) {
    return mc_fail(e, MC_ERR_INPUT, "document %d of the curve %s", k, what);
}

// The line of provenance of the run that made the curve of a document, *n its length; of 0 where
// none is told.
static const char *run_of(const struct mc_model *m, size_t *n) {
    static const char program[] = "mc-curve ";
    const char *text = mc_doc_get(&m->meta, "mc.provenance"), *run = "";
    for (*n = 0; text && *text;) {
        size_t line = strcspn(text, "\n");
        if (strncmp(text, program, strlen(program)) == 0) run = text, *n = line;
        text += line + (text[line] != 0);
    }
    return run;
}

// Whether both may be of one curve by what is told of their runs: two curves may join one pair.
static bool of_one_run(const struct mc_model *a, const struct mc_model *b) {
    size_t n, k;
    const char *x = run_of(a, &n), *y = run_of(b, &k);
    return !n || !k || (n == k && memcmp(x, y, n) == 0);
}

// That the documents are one curve, and all of it; puts them in order.
static int order_curve(struct reading *r, struct mc_error *e) {
    struct mc_path_inputs *in = r->in;
    const struct place *first = &r->place[0];
    int rc = 0;
    struct mc_model **m = mc_new((size_t)in->n, sizeof *m, e);
    if (!m) return MC_ERR_MEM;
    for (int k = 0; rc == 0 && k < in->n; k++) {
        const struct place *p = &r->place[k];
        if (p->index < 0 || p->index >= p->count)
            rc = damaged(k, "has no place on one in mc.curve (kind, index, count, from, to)", e);
        else if (strcmp(p->kind, first->kind) != 0 || p->count != first->count ||
                 strcmp(p->from, first->from) != 0 || strcmp(p->to, first->to) != 0)
            rc = damaged(k, "is of another one than document 0 (mc.curve)", e);
        else if (!of_one_run(in->m[0], in->m[k]))
            rc = damaged(k, "is of another run of mc-curve than document 0 (mc.provenance)", e);
        else if (p->count != in->n)
            rc = mc_fail(e, MC_ERR_INPUT, "a curve of %lld document%s, of which %d are there",
                         (long long)p->count, mc_s(p->count), in->n);
        else if (m[p->index])
            rc = damaged(k, "has the index of another one (mc.curve)", e);
        else
            m[p->index] = in->m[k];
    }
    if (rc == 0) memcpy(in->m, m, (size_t)in->n * sizeof *m);
    free(m);
    if (rc < 0) return rc;
    strcpy(in->from, first->from);
    strcpy(in->to, first->to);
    return 0;
}

static int too_few(const struct mc_path_kind *k, int n, struct mc_error *e) {
    return mc_fail(e, MC_ERR_INPUT, "a %s needs %s model%s, %d given", in_words(k),
                   WORD[k->least_ends], mc_s(k->least_ends), n);
}

int mc_path_inputs_read(struct mc_path_inputs *in, struct mc_path_options *o,
                        const struct mc_path_kind **kind, struct mc_error *e) {
    struct reading r = {.in = in, .options = o, .kind = *kind, .again = can_read_again(in)};
    mc_models_init(&r.s, in->path, in->n_paths, in->pool);
    r.s.base_path = in->base_path;
    r.s.curves = true;
    int rc = read_all(&r, e);
    mc_models_release(&r.s);
    if (rc == 0 && r.curve) rc = order_curve(&r, e);
    if (rc == 0 && in->n < r.kind->least_ends) rc = too_few(r.kind, in->n, e);
    free(r.place);
    *kind = r.kind;
    return rc;
}
