// The models of several files, one after the other, each delta over a base that the stream holds
// (held_models.c); and the one model of a file.
#include <assert.h>
#include <string.h>
#include <sys/stat.h>

#include "held_models.h"
#include "model_impl.h"

static char *const STDIN_ALONE[] = {(char *)"-"};

void mc_models_init(struct mc_models *s, char *const *path, int n_paths, struct mc_pool *pool) {
    *s = (struct mc_models){.path = path, .n_paths = n_paths, .pool = pool, .index = -1};
    if (n_paths == 0) {
        s->path = STDIN_ALONE;
        s->n_paths = 1;
    }
}

static int find_base(struct mc_models *s, struct mc_model **out, struct mc_error *e) {
    const char *want;
    MC_TRY(mc_delta_base(&s->doc, &want, e));
    return mc_models_find_base(s, want, out, e);
}

static int read_base(struct mc_models *s, struct mc_error *e) {
    if (mc_is_delta(&s->doc)) return mc_fail(e, MC_ERR_INPUT, "a delta, not a base (mc.role)");
    return mc_models_read_base(s, e);
}

// A document with mc.t serves as a base only if its mc.role says so.
static bool may_be_base(const struct mc_model *m) {
    return !m->base && (!mc_doc_get(&m->meta, "mc.t") || mc_has_role(&m->meta, "base"));
}

static int read_one(struct mc_models *s, struct mc_model **out, struct mc_error *e) {
    struct mc_model *base = NULL, *m;
    bool delta = mc_is_delta(&s->doc);
    if (delta && s->whole_by)
        return mc_fail(e, MC_ERR_INPUT, "a delta, where a complete model belongs%s",
                       s->whole_by(&s->doc));
    if (delta) MC_TRY(find_base(s, &base, e));
    MC_TRY(mc_models_take_spare(s, &m, e));
    int rc = delta ? mc_delta_read(m, base, s->r, &s->doc, e) : mc_model_read(m, s->r, &s->doc, e);
    if (rc == 0) rc = mc_models_hold(s, m, !s->no_bases && may_be_base(m), e);
    if (rc == 0)
        *out = m;
    else
        mc_model_drop(m);
    return rc;
}

// Whether the document at hand is one of those that the stream gives.
static bool is_given(struct mc_models *s) {
    bool curve = mc_has_role(&s->doc, "endpoint") || mc_has_role(&s->doc, "control");
    if (s->every_role || mc_has_role(&s->doc, "point")) return true;
    s->passed_curve |= curve && !s->curves;
    return s->curves && curve;
}

const char *mc_models_advice(const struct mc_models *s) {
    return s->passed_curve ? " but a curve, whose points mc-interp makes" : "";
}

static int fail_here(const struct mc_models *s, struct mc_error *e) {
    return mc_fail_in_file(e, "%s: document %lld", mc_reader_name(s->r),
                           (long long)mc_reader_index(s->r));
}

static bool is_dir(const char *path) {
    struct stat st;
    return strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int mc_models_peek(struct mc_models *s, struct mc_error *e) {
    while (!s->pending && !s->dir) {
        if (!s->r) {
            if (s->at == s->n_paths) return 0;
            const char *path = s->path[s->at++];
            if (s->of_dir && is_dir(path)) {
                mc_doc_release(&s->doc);
                s->dir = path;
                break;
            }
            MC_TRY(mc_reader_open_until(&s->r, path, s->pool, s->stop, e));
        }
        int rc = mc_reader_next(s->r, &s->doc, e);
        if (rc < 0) return rc;
        if (rc == 0) {
            mc_reader_close(s->r);
            s->r = NULL;
        } else if (is_given(s)) {
            s->pending = true;
        } else if (mc_has_role(&s->doc, "base") && !s->no_bases && read_base(s, e) < 0) {
            return fail_here(s, e);
        }
    }
    return 1;
}

static int read_dir(struct mc_models *s, struct mc_model **out, struct mc_error *e) {
    struct mc_model read, *m = NULL;
    int rc = s->of_dir(&read, s->dir, s->file_base, s->log, e);
    s->dir = NULL;
    if (rc == 0 && !(m = mc_model_moved(&read, e))) rc = MC_ERR_MEM;
    if (rc == 0) rc = mc_models_hold(s, m, !s->no_bases && !m->base, e);
    if (rc == 0)
        *out = m;
    else
        mc_model_drop(m);
    return rc;
}

int mc_models_next(struct mc_models *s, struct mc_model **m, struct mc_error *e) {
    *m = NULL;
    int rc = mc_models_peek(s, e);
    if (rc != 1) return rc;
    s->pending = false;
    if (s->dir)
        MC_TRY(read_dir(s, m, e));
    else if (read_one(s, m, e) < 0)
        return fail_here(s, e);
    s->index++;
    return 1;
}

int mc_models_skip(struct mc_models *s, struct mc_error *e) {
    int rc = mc_models_peek(s, e);
    if (rc != 1) return rc;
    s->pending = false;
    s->dir = NULL;
    s->index++;
    return 1;
}

void mc_models_need_no_bases(struct mc_models *s) {
    s->no_bases = s->dropped_one = true;
    for (int i = 0; i < s->n_held; i++) s->held[i].to_the_end = s->held[i].may_be_base = false;
}

void mc_models_release(struct mc_models *s) {
    mc_reader_close(s->r);
    s->r = NULL;
    mc_doc_release(&s->doc);
    mc_models_drop_all(s);
}

static const char *file_name(const struct mc_models *s, int k) {
    return strcmp(s->path[k], "-") == 0 ? "standard input" : s->path[k];
}

// Takes over a model as that of the file it is from. A delta may follow a complete model that it
// stands over, and is the file's one model then.
static int take(struct mc_models *s, struct mc_model **m, struct mc_model *next,
                struct mc_error *e) {
    int k = s->at - 1;
    assert(next); // of mc_models_next
    bool over = m[k] && !m[k]->base && next->base == m[k];
    if (m[k] && !over) {
        mc_model_drop(next);
        return mc_not_one_model(file_name(s, k), 2, "", e);
    }
    mc_model_drop(m[k]);
    m[k] = next;
    return 0;
}

// One model of each of the stream's n files.
static int load(struct mc_models *s, struct mc_model **m, int n, struct mc_error *e) {
    struct mc_model *next;
    int rc;
    for (int k = 0; k < n; k++) m[k] = NULL;
    while ((rc = mc_models_next(s, &next, e)) == 1)
        if ((rc = take(s, m, next, e)) < 0) break;
    for (int k = 0; rc == 0 && k < n; k++)
        if (!m[k]) rc = mc_not_one_model(file_name(s, k), 0, mc_models_advice(s), e);
    mc_models_release(s);
    for (int k = 0; rc < 0 && k < n; k++) {
        mc_model_drop(m[k]);
        m[k] = NULL;
    }
    return rc;
}

int mc_models_load(struct mc_model **m, char *const *path, int n, const char *base,
                   struct mc_pool *pool, struct mc_error *e) {
    struct mc_models s;
    mc_models_init(&s, path, n, pool);
    s.base_path = base;
    return load(&s, m, n, e);
}

int mc_whole_model_load(struct mc_model **m, const char *path, mc_whole_by_fn *whole_by,
                        struct mc_pool *pool, struct mc_error *e) {
    struct mc_models s;
    char *const one[] = {(char *)(uintptr_t)path};
    mc_models_init(&s, one, 1, pool);
    s.whole_by = whole_by;
    return load(&s, m, 1, e);
}

int mc_model_load(struct mc_model **m, const char *path, const char *base, struct mc_pool *pool,
                  struct mc_error *e) {
    char *const one[] = {(char *)(uintptr_t)(path ? path : "-")};
    return mc_models_load(m, one, 1, base, pool, e);
}
