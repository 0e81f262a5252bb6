// The complete models of a stream that deltas stand over. A document of role `base` is read into a
// model of its own and held to the end, as is every base that a delta had. A point belongs to the
// caller: it is looked at where it lies, copied when a delta needs it, and when its place is read
// over it is moved if a delta needs it or if it is the stream's first, else forgotten. So streams
// of any length take the memory of one model more.
#include <stdlib.h>
#include <string.h>

#include "arch.h"

static int add(struct mc_model ***list, int *n, struct mc_model *m, struct mc_error *e) {
    struct mc_model **p = mc_resize(*list, (size_t)*n + 1, sizeof *p, e);
    if (!p) return MC_ERR_MEM;
    *list = p;
    p[(*n)++] = m;
    return 0;
}

static struct mc_model *held(const struct mc_models *s, const char *digest) {
    for (int i = 0; i < s->n_held; i++)
        if (strcmp(s->held[i]->digest, digest) == 0) return s->held[i];
    bool file = s->of_file && strcmp(s->of_file->digest, digest) == 0;
    return file ? s->of_file : NULL;
}

// A new model in the list, empty.
static int hold_new(struct mc_models *s, struct mc_model **out, struct mc_error *e) {
    if (!(*out = mc_new(1, sizeof **out, e))) return MC_ERR_MEM;
    int rc = add(&s->held, &s->n_held, *out, e);
    if (rc == 0)
        mc_model_hold(*out);
    else
        free(*out);
    return rc;
}

int mc_bases_read(struct mc_models *s, struct mc_error *e) {
    struct mc_model *m;
    MC_TRY(hold_new(s, &m, e));
    MC_TRY(mc_model_read(m, s->r, &s->doc, e));
    MC_TRY(mc_model_digest(m, e));
    if (held(s, m->digest) != m) mc_model_drop(s->held[--s->n_held]); // there once already
    return 0;
}

int mc_bases_give(struct mc_models *s, struct mc_model *m, struct mc_error *e) {
    return add(&s->given, &s->n_given, m, e);
}

// Its digest, the model as it is: another thread may be reading it.
static int digest_of(const struct mc_model *m, char out[MC_DIGEST_TEXT], struct mc_error *e) {
    struct mc_model same = {.config = m->config, .meta = m->meta, .table = m->table, .w = m->w};
    MC_TRY(mc_model_digest(&same, e));
    strcpy(out, same.digest);
    return 0;
}

static void forget(struct mc_models *s, int i) {
    s->n_given--;
    memmove(s->given + i, s->given + i + 1, (size_t)(s->n_given - i) * sizeof *s->given);
}

// Given model i, held: moved from a place that will be read over, else copied.
static int keep(struct mc_models *s, int i, bool move, struct mc_model **out, struct mc_error *e) {
    struct mc_model *from = s->given[i];
    MC_TRY(hold_new(s, out, e));
    if (move) {
        **out = *from;
        (*out)->holders = 1;
        *from = (struct mc_model){0};
        s->has_first |= i == 0;
        forget(s, i);
    } else {
        MC_TRY(mc_model_like(*out, from, e));
        (*out)->holders = 1;
        memcpy((*out)->w, from->w, from->table.size * sizeof *from->w);
    }
    return digest_of(*out, (*out)->digest, e);
}

int mc_bases_leave(struct mc_models *s, struct mc_model *m, struct mc_error *e) {
    char digest[MC_DIGEST_TEXT];
    struct mc_model *kept;
    int i = 0;
    while (i < s->n_given && s->given[i] != m) i++;
    if (i == s->n_given) return 0;
    if (i == 0 && !s->has_first && m->w && !m->base) {
        MC_TRY(digest_of(m, digest, e));
        if (!held(s, digest)) return keep(s, i, true, &kept, e);
        s->has_first = true;
    } else {
        s->forgot = true;
    }
    forget(s, i);
    return 0;
}

int mc_bases_find(struct mc_models *s, const char *want, const struct mc_model *over,
                  struct mc_model **out, struct mc_error *e) {
    char digest[MC_DIGEST_TEXT];
    if ((*out = held(s, want))) return 0;
    for (int i = s->n_given - 1; i >= 0; i--) {
        const struct mc_model *m = s->given[i];
        if (!m->w || m->base) continue; // released
        MC_TRY(digest_of(m, digest, e));
        if (strcmp(digest, want) == 0) return keep(s, i, m == over, out, e);
    }
    if (s->base_path && !s->of_file) {
        int rc = mc_base_load(&s->of_file, s->base_path, s->pool, e);
        if (rc < 0) e->names_file = false; // the base's, not that of the stream which needs it
        MC_TRY(rc);
    }
    if ((*out = held(s, want))) return 0;
    if (s->of_file)
        return mc_fail(e, MC_ERR_INPUT, "a delta over the base %s, but %s is %s", want,
                       s->base_path, s->of_file->digest);
    return mc_fail(e, MC_ERR_INPUT,
                   "a delta whose base, %s, is not before it%s (--base FILE gives it)", want,
                   s->forgot ? ", or too far" : "");
}

void mc_bases_release(struct mc_models *s) {
    for (int i = 0; i < s->n_held; i++) mc_model_drop(s->held[i]);
    mc_model_drop(s->of_file);
    free(s->held);
    free(s->given);
    s->held = s->given = NULL;
    s->n_held = s->n_given = 0;
    s->of_file = NULL;
}

// --- the base that a file gives

static int read_base(struct mc_model *m, struct mc_reader *r, struct mc_doc *d,
                     struct mc_error *e) {
    int rc, n = 0;
    while ((rc = mc_reader_next(r, d, e)) == 1) {
        const char *kind = mc_doc_get(d, "mc.kind"), *role = mc_doc_get(d, "mc.role");
        if (kind && strcmp(kind, "delta") == 0)
            return mc_fail(e, MC_ERR_INPUT, "%s: a delta, not a base", mc_reader_name(r));
        if (role && strcmp(role, "point") != 0 && strcmp(role, "base") != 0) continue;
        if (n++)
            return mc_fail(e, MC_ERR_INPUT, "%s: more than one model (choose one with mc-pick)",
                           mc_reader_name(r));
        if (mc_model_read(m, r, d, e) < 0)
            return mc_fail_in(e, "%s: document %lld", mc_reader_name(r),
                              (long long)mc_reader_index(r));
    }
    if (rc == 0 && n == 0) rc = mc_fail(e, MC_ERR_INPUT, "%s: no model in it", mc_reader_name(r));
    return rc < 0 ? rc : mc_model_digest(m, e);
}

int mc_base_load(struct mc_model **base, const char *path, struct mc_pool *pool,
                 struct mc_error *e) {
    struct mc_doc d = {0};
    struct mc_reader *r;
    *base = NULL;
    MC_TRY(mc_reader_open(&r, path, pool, e));
    struct mc_model *m = mc_new(1, sizeof *m, e);
    if (m) mc_model_hold(m);
    int rc = m ? read_base(m, r, &d, e) : MC_ERR_MEM;
    mc_doc_release(&d);
    mc_reader_close(r);
    if (rc == 0)
        *base = m;
    else
        mc_model_drop(m);
    return rc;
}
