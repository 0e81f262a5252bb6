// The models that a stream holds, as bases of later deltas or because their memory can be used
// again.
//
// To the end it holds every document of role `base`, every base that a delta had, and its first
// complete model. Any other it holds while somebody else does; once nobody does, the next document
// is read into the same memory. So a stream of any length takes the memory of the models in use and
// of one more.
#include <stdlib.h>
#include <string.h>

#include "held_models.h"
#include "model_impl.h"

static int add(struct mc_models *s, struct mc_held_model one, struct mc_error *e) {
    struct mc_held_model *p = mc_resize(s->held, (size_t)s->n_held + 1, sizeof *p, e);
    if (!p) return MC_ERR_MEM;
    s->held = p;
    p[s->n_held++] = one;
    mc_model_hold(one.m);
    return 0;
}

// Takes model i from the list; the caller holds it in place of the stream.
static struct mc_model *take_out(struct mc_models *s, int i) {
    struct mc_model *m = s->held[i].m;
    s->n_held--;
    memmove(s->held + i, s->held + i + 1, (size_t)(s->n_held - i) * sizeof *s->held);
    return m;
}

// The digest goes into *h, not into the model, which another thread may be reading.
static int set_digest(struct mc_held_model *h, struct mc_error *e) {
    if (*h->digest) return 0;
    struct mc_model same = {
        .config = h->m->config, .meta = h->m->meta, .table = h->m->table, .w = h->m->w};
    MC_TRY(mc_model_digest(&same, e));
    strcpy(h->digest, same.digest);
    return 0;
}

static struct mc_model *find_kept(const struct mc_models *s, const char *digest) {
    for (int i = 0; i < s->n_held; i++)
        if (s->held[i].to_the_end && strcmp(s->held[i].digest, digest) == 0) return s->held[i].m;
    bool file = s->file_base && strcmp(s->file_base->digest, digest) == 0;
    return file ? s->file_base : NULL;
}

int mc_models_read_base(struct mc_models *s, struct mc_error *e) {
    struct mc_model *m = mc_model_new(e);
    if (!m) return MC_ERR_MEM;
    struct mc_held_model one = {.m = m, .may_be_base = true, .to_the_end = true};
    int rc = mc_model_read(m, s->r, &s->doc, e);
    if (rc == 0) rc = mc_model_digest(m, e);
    if (rc == 0) strcpy(one.digest, m->digest);
    if (rc == 0 && !find_kept(s, m->digest)) rc = add(s, one, e);
    mc_model_drop(m);
    return rc;
}

int mc_models_hold(struct mc_models *s, struct mc_model *m, bool may_be_base, struct mc_error *e) {
    return add(s, (struct mc_held_model){.m = m, .may_be_base = may_be_base}, e);
}

// Whether the stream alone holds it and no delta will ask for it. The first that may be a base is
// kept to the end instead.
static int is_spare(struct mc_models *s, struct mc_held_model *h, bool *spare, struct mc_error *e) {
    *spare = !h->to_the_end && h->m->holders == 1;
    if (!*spare || !h->may_be_base) return 0;
    if (s->kept_first) {
        s->dropped_one = true;
        return 0;
    }
    s->kept_first = true;
    MC_TRY(set_digest(h, e));
    *spare = find_kept(s, h->digest) != NULL;
    h->to_the_end = !*spare;
    return 0;
}

int mc_models_take_spare(struct mc_models *s, struct mc_model **out, struct mc_error *e) {
    *out = NULL;
    for (int i = 0; i < s->n_held;) {
        bool spare;
        int rc = is_spare(s, &s->held[i], &spare, e);
        if (rc < 0) {
            mc_model_drop(*out);
            *out = NULL;
            return rc;
        }
        if (!spare) {
            i++;
            continue;
        }
        struct mc_model *m = take_out(s, i);
        if (*out)
            mc_model_drop(m);
        else
            *out = m;
    }
    if (!*out) *out = mc_model_new(e);
    return *out ? 0 : MC_ERR_MEM;
}

int mc_models_find_base(struct mc_models *s, const char *want, struct mc_model **out,
                        struct mc_error *e) {
    if ((*out = find_kept(s, want))) return 0;
    for (int i = s->n_held - 1; i >= 0; i--) {
        struct mc_held_model *h = &s->held[i];
        if (!h->may_be_base) continue;
        MC_TRY(set_digest(h, e));
        if (strcmp(h->digest, want) != 0) continue;
        h->to_the_end = true;
        *out = h->m;
        return 0;
    }
    if (s->base_path && !s->file_base) {
        int rc = mc_base_load(&s->file_base, s->base_path, s->pool, e);
        // it names the base's file; the stream's, which needs the base, is to be named before it
        if (rc < 0) e->names_file = strcmp(s->base_path, mc_reader_name(s->r)) == 0;
        MC_TRY(rc);
    }
    if ((*out = find_kept(s, want))) return 0;
    if (s->file_base)
        return mc_fail(e, MC_ERR_INPUT, "a delta over the base %s, but %s is %s", want,
                       s->base_path, s->file_base->digest);
    return mc_fail(e, MC_ERR_INPUT,
                   "a delta whose base, %s, is not before it%s (--base FILE gives it)", want,
                   s->dropped_one ? ", or too far" : "");
}

void mc_models_drop_all(struct mc_models *s) {
    while (s->n_held) mc_model_drop(take_out(s, s->n_held - 1));
    mc_model_drop(s->file_base);
    free(s->held);
    s->held = NULL;
    s->file_base = NULL;
}

// --- the base that a file gives

int mc_not_one_model(const char *file, int n, const char *advice, struct mc_error *e) {
    return mc_fail(e, MC_ERR_INPUT, "%s: %s%s", file,
                   n ? "more than one model (choose one with mc-pick)" : "no model in it", advice);
}

static int read_base(struct mc_model *m, struct mc_reader *r, struct mc_doc *d,
                     struct mc_error *e) {
    int rc, n = 0;
    while ((rc = mc_reader_next(r, d, e)) == 1) {
        if (mc_is_delta(d))
            return mc_fail(e, MC_ERR_INPUT, "%s: a delta, not a base", mc_reader_name(r));
        if (!mc_has_role(d, "point") && !mc_has_role(d, "base")) continue;
        if (n++) return mc_not_one_model(mc_reader_name(r), n, "", e);
        if (mc_model_read(m, r, d, e) < 0)
            return mc_fail_in(e, "%s: document %lld", mc_reader_name(r),
                              (long long)mc_reader_index(r));
    }
    if (rc == 0 && n == 0) rc = mc_not_one_model(mc_reader_name(r), 0, "", e);
    return rc < 0 ? rc : mc_model_digest(m, e);
}

int mc_base_load(struct mc_model **base, const char *path, struct mc_pool *pool,
                 struct mc_error *e) {
    struct mc_doc d = {0};
    struct mc_reader *r;
    *base = NULL;
    MC_TRY(mc_reader_open(&r, path, pool, e));
    struct mc_model *m = mc_model_new(e);
    int rc = m ? read_base(m, r, &d, e) : MC_ERR_MEM;
    mc_doc_release(&d);
    mc_reader_close(r);
    if (rc == 0)
        *base = m;
    else
        mc_model_drop(m);
    return rc;
}
