// Checkpoints: a stream of one document of kind state (weights and moments as flat arrays over the
// trained table, the rows of the tables of training so far) and the documents that were saved
// before.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mc/checkpoint.h"
#include "mc/num.h"
#include "spool.h"

enum { COPY = 1 << 20, LOG = 4, DYNAMICS, ARRAYS };

static const char *const ARRAY_NAME[ARRAYS] = {"weights", "moment1", "moment2",
                                               "best",    "log",     "dynamics"};

// The arrays of a state; moments are absent where the optimizer has none, the best weights where
// none are chosen, dynamics where nobody asks for them.
static int state_doc(struct mc_doc *d, const struct mc_training *t, size_t log_bytes,
                     size_t dynamics_bytes, struct mc_error *e) {
    const size_t n = t->trained.table->size;
    const size_t size[ARRAYS] = {n,         t->optim.n_m,  t->optim.n_v, t->best ? n : 0,
                                 log_bytes, dynamics_bytes};
    const bool there[ARRAYS] = {true, t->optim.n_m, t->optim.n_v, t->best, true, t->dynamics};
    for (int i = 0; i < ARRAYS; i++) {
        const uint64_t dim[1] = {size[i]};
        if (there[i]) MC_TRY(mc_doc_add(d, ARRAY_NAME[i], i >= LOG ? MC_U8 : MC_F32, 1, dim, e));
    }
    return 0;
}

// What is kept of a state beside its arrays.
struct when {
    int64_t step, best_step;
    double best_loss, spent_s;
};

static int set_real(struct mc_doc *d, const char *key, double v, struct mc_error *e) {
    char text[40];
    snprintf(text, sizeof text, "%.17g", v);
    return mc_doc_set(d, key, text, e);
}

static int set_whole(struct mc_doc *d, const char *key, int64_t v, struct mc_error *e) {
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)v);
    return mc_doc_set(d, key, text, e);
}

static int set_when(struct mc_doc *d, const struct mc_training *t, struct mc_error *e) {
    MC_TRY(set_whole(d, "mc.step", t->step, e));
    MC_TRY(set_real(d, "mc.seconds", mc_now_s() - t->start_s, e));
    if (!t->best) return 0;
    MC_TRY(set_whole(d, "mc.best_step", t->best_step, e));
    return set_real(d, "mc.best_loss", t->best_loss, e);
}

static bool read_when(const struct mc_doc *d, const struct mc_training *t, struct when *at) {
    const char *step = mc_doc_get(d, "mc.step"), *seconds = mc_doc_get(d, "mc.seconds");
    const char *best = mc_doc_get(d, "mc.best_step"), *loss = mc_doc_get(d, "mc.best_loss");
    if (!step || !mc_parse_i64(step, &at->step) || at->step < 0 || at->step > t->total)
        return false;
    if (seconds && (!mc_parse_f64(seconds, &at->spent_s) || !(at->spent_s >= 0))) return false;
    return !t->best || (best && loss && mc_parse_i64(best, &at->best_step) && at->best_step >= 0 &&
                        at->best_step <= at->step && mc_parse_f64(loss, &at->best_loss));
}

// The set that the rows of the table tell of, where it counts for nothing else, and how often.
static int add_looks(const struct mc_training *t, struct mc_buf *b, struct mc_error *e) {
    MC_TRY(mc_buf_printf(b, e, "%s", t->dev ? t->dev->tokens.digest : "none"));
    if (!t->dev || !t->look_every) return 0;
    return mc_buf_printf(b, e, " every %lld", (long long)t->look_every);
}

// The steps up to this one after which models are saved.
static int add_saved(const struct mc_training *t, int64_t step, struct mc_buf *b,
                     struct mc_error *e) {
    for (int i = 0; i < t->n_save_at && t->save_at[i] <= step; i++)
        MC_TRY(mc_buf_printf(b, e, i ? ",%lld" : "%lld", (long long)t->save_at[i]));
    return 0;
}

static int write_state(const struct mc_checkpoint *c, const struct mc_training *t,
                       struct mc_writer *w, struct mc_error *e) {
    struct mc_doc d = {0};
    struct mc_buf looks = {0}, saved = {0};
    size_t n = t->trained.table->size;
    int rc;
    MC_TRY_DONE(add_looks(t, &looks, e));
    MC_TRY_DONE(add_saved(t, t->step, &saved, e));
    MC_TRY_DONE(mc_doc_set(&d, "mc.format", "1", e));
    MC_TRY_DONE(mc_doc_set(&d, "mc.kind", "state", e));
    MC_TRY_DONE(set_when(&d, t, e));
    MC_TRY_DONE(mc_doc_set(&d, "mc.provenance", c->run, e));
    MC_TRY_DONE(mc_doc_set(&d, "mc.kernels", c->kernels, e));
    MC_TRY_DONE(mc_doc_set(&d, "mc.dev", looks.p, e));
    MC_TRY_DONE(mc_doc_set(&d, "mc.saved", saved.p, e));
    MC_TRY_DONE(state_doc(&d, t, t->log_text.n, t->dynamics_text.n, e));
    MC_TRY_DONE(mc_writer_doc(w, &d, e));
    MC_TRY_DONE(mc_writer_data(w, t->trained.w, n * sizeof(float), e));
    MC_TRY_DONE(mc_writer_data(w, t->optim.m, t->optim.n_m * sizeof(float), e));
    MC_TRY_DONE(mc_writer_data(w, t->optim.v, t->optim.n_v * sizeof(float), e));
    if (t->best) MC_TRY_DONE(mc_writer_data(w, t->best, n * sizeof(float), e));
    MC_TRY_DONE(mc_writer_data(w, t->log_text.p, t->log_text.n, e));
    if (t->dynamics) rc = mc_writer_data(w, t->dynamics_text.p, t->dynamics_text.n, e);
done:
    mc_doc_release(&d);
    mc_buf_release(&looks);
    mc_buf_release(&saved);
    return rc;
}

// The documents that follow in r, to w as they are.
static int copy_docs(struct mc_reader *r, struct mc_writer *w, struct mc_error *e) {
    struct mc_doc d = {0};
    char *buf = mc_new(COPY, 1, e);
    int rc = buf ? 1 : MC_ERR_MEM;
    while (rc == 1 && (rc = mc_reader_next(r, &d, e)) == 1) {
        int step = mc_writer_doc(w, &d, e);
        for (uint64_t left = d.data_bytes; step == 0 && left;) {
            uint64_t n = left < COPY ? left : COPY;
            step = mc_reader_data(r, buf, n, e);
            if (step == 0) step = mc_writer_data(w, buf, n, e);
            left -= n;
        }
        if (step < 0) rc = step;
    }
    mc_doc_release(&d);
    free(buf);
    return rc;
}

static int copy_previous(const struct mc_checkpoint *c, struct mc_writer *w, struct mc_error *e) {
    if (!c->previous) return 0;
    struct mc_reader *r;
    struct mc_doc d = {0};
    MC_TRY(mc_reader_open(&r, c->previous, c->pool, e));
    int rc = mc_reader_next(r, &d, e); // its state is overtaken
    mc_doc_release(&d);
    if (rc >= 0) rc = copy_docs(r, w, e);
    mc_reader_close(r);
    return rc;
}

int mc_checkpoint_keep(struct mc_checkpoint *c, const struct mc_model *m, int64_t step,
                       struct mc_error *e) {
    int64_t *all = mc_resize(c->kept_step, (size_t)c->kept.n + 1, sizeof *all, e);
    if (!all) return MC_ERR_MEM;
    c->kept_step = all;
    all[c->kept.n] = step;
    return mc_spool_put(&c->kept, c->path, m->w, m->table.size, e);
}

void mc_checkpoint_drop(struct mc_checkpoint *c) {
    mc_spool_release(&c->kept);
    free(c->kept_step);
    c->kept_step = NULL;
}

// What was kept, one model at a time.
static int write_kept(struct mc_checkpoint *c, const struct mc_model *m, struct mc_writer *w,
                      struct mc_error *e) {
    struct mc_model one = {0};
    int rc = c->kept.n ? mc_model_init_like(&one, m, e) : 0;
    for (int i = 0; rc == 0 && i < c->kept.n; i++) {
        rc = set_whole(&one.meta, "mc.step", c->kept_step[i], e);
        if (rc == 0) rc = mc_spool_get(&c->kept, i, c->path, one.w, one.table.size, e);
        if (rc == 0) rc = mc_model_write(&one, w, e);
    }
    mc_model_release(&one);
    return rc;
}

int mc_checkpoint_write(struct mc_checkpoint *c, const struct mc_training *t, struct mc_error *e) {
    struct mc_writer *w;
    MC_TRY(mc_writer_open(&w, c->path, -1, c->pool, e));
    int rc = write_state(c, t, w, e);
    if (rc == 0) rc = copy_previous(c, w, e);
    if (rc == 0) rc = write_kept(c, t->m, w, e);
    if (rc < 0) {
        mc_writer_abort(w);
        return rc;
    }
    MC_TRY(mc_writer_close(w, e));
    mc_spool_clear(&c->kept);
    c->previous = c->path;
    return 0;
}

static size_t bytes_of(const struct mc_doc *d, const char *name) {
    int at = mc_doc_find(d, name);
    return at < 0 ? 0 : (size_t)d->tensor[at].bytes;
}

// Whether the state was kept by a run that looked at the same set as often, and has saved what this
// one saves up to there.
static int judge_past(const struct mc_doc *d, const struct mc_training *t, int64_t step,
                      struct mc_error *e) {
    const char *looked = mc_doc_get(d, "mc.dev"), *had = mc_doc_get(d, "mc.saved");
    struct mc_buf looks = {0}, saved = {0};
    int rc = add_looks(t, &looks, e);
    if (rc == 0) rc = add_saved(t, step, &saved, e);
    if (rc == 0 && strcmp(looked ? looked : "none", looks.p) != 0)
        rc = mc_fail(e, MC_ERR_INPUT, "a checkpoint of a run with another --dev or --dev-every");
    if (rc == 0 && strcmp(had ? had : "", saved.p ? saved.p : "") != 0)
        rc = mc_fail(e, MC_ERR_INPUT,
                     "a checkpoint of a run with another --save-at: of the steps up to %lld it has "
                     "%s, this run asks for %s",
                     (long long)step, had ? had : "none", saved.p ? saved.p : "none");
    mc_buf_release(&looks);
    mc_buf_release(&saved);
    return rc;
}

// Whether a document is the state of this run.
static int judge_state(const struct mc_doc *d, const char *run, const struct mc_training *t,
                       struct when *at, struct mc_error *e) {
    const char *kind = mc_doc_get(d, "mc.kind"), *line = mc_doc_get(d, "mc.provenance");
    if (!kind || strcmp(kind, "state") != 0 || !line || !mc_doc_get(d, "mc.step") ||
        !mc_doc_get(d, "mc.kernels"))
        return mc_fail(e, MC_ERR_INPUT, "no checkpoint");
    if (strcmp(line, run) != 0)
        return mc_fail(e, MC_ERR_INPUT, "a checkpoint of another run: %s; this one is: %s", line,
                       run);
    struct mc_doc want = {0};
    *at = (struct when){0};
    if ((mc_doc_find(d, ARRAY_NAME[DYNAMICS]) >= 0) != t->dynamics)
        return mc_fail(e, MC_ERR_INPUT, "a checkpoint of a run %s --dynamics",
                       t->dynamics ? "without" : "with");
    int rc = state_doc(&want, t, bytes_of(d, ARRAY_NAME[LOG]), bytes_of(d, ARRAY_NAME[DYNAMICS]),
                       e);
    bool same = want.n_tensors == d->n_tensors;
    for (int i = 0; rc == 0 && same && i < d->n_tensors; i++)
        same = strcmp(want.tensor[i].name, d->tensor[i].name) == 0 &&
               want.tensor[i].bytes == d->tensor[i].bytes &&
               want.tensor[i].dtype == d->tensor[i].dtype;
    if (rc == 0 && (!same || !read_when(d, t, at)))
        rc = mc_fail(e, MC_ERR_INPUT, "its arrays do not fit the model");
    mc_doc_release(&want);
    return rc < 0 ? rc : judge_past(d, t, at->step, e);
}

// A table is read as it comes, in steps: its size is only claimed.
static int read_table(struct mc_reader *r, uint64_t bytes, struct mc_buf *to, struct mc_error *e) {
    while (bytes) {
        size_t k = bytes < COPY ? (size_t)bytes : COPY;
        MC_TRY(mc_buf_reserve(to, k, e));
        MC_TRY(mc_reader_data(r, to->p + to->n, k, e));
        to->n += k;
        to->p[to->n] = 0;
        bytes -= k;
    }
    return 0;
}

static int read_state(struct mc_reader *r, const struct mc_doc *d, const char *run,
                      struct mc_training *t, char **kernels, struct mc_error *e) {
    const size_t n = t->trained.table->size;
    struct when at;
    MC_TRY(judge_state(d, run, t, &at, e));
    t->step = at.step;
    t->spent_s = at.spent_s;
    if (t->best) {
        t->best_step = at.best_step;
        t->best_loss = at.best_loss;
    }
    MC_TRY(mc_reader_data(r, t->trained.w, n * sizeof(float), e));
    MC_TRY(mc_reader_data(r, t->optim.m, t->optim.n_m * sizeof(float), e));
    MC_TRY(mc_reader_data(r, t->optim.v, t->optim.n_v * sizeof(float), e));
    if (t->best) MC_TRY(mc_reader_data(r, t->best, n * sizeof(float), e));
    MC_TRY(read_table(r, bytes_of(d, ARRAY_NAME[LOG]), &t->log_text, e));
    MC_TRY(read_table(r, bytes_of(d, ARRAY_NAME[DYNAMICS]), &t->dynamics_text, e));
    mc_optim_resume(&t->optim, t->step);
    *kernels = mc_strdup(mc_doc_get(d, "mc.kernels"), e);
    return *kernels ? 0 : MC_ERR_MEM;
}

// Opens a checkpoint at its state, which is in d.
static int open_state(struct mc_reader **r, struct mc_doc *d, const char *path,
                      struct mc_pool *pool, struct mc_error *e) {
    MC_TRY(mc_reader_open(r, path, pool, e));
    int rc = mc_reader_next(*r, d, e);
    if (rc == 0) rc = mc_fail(e, MC_ERR_INPUT, "%s: no checkpoint in it", path);
    if (rc == 1) return 0;
    mc_doc_release(d);
    mc_reader_close(*r);
    return rc;
}

int mc_checkpoint_read(const char *path, const char *run, struct mc_training *t,
                       struct mc_writer *w, char **kernels, struct mc_error *e) {
    struct mc_reader *r;
    struct mc_doc d = {0};
    *kernels = NULL;
    MC_TRY(open_state(&r, &d, path, t->pool, e));
    int rc = read_state(r, &d, run, t, kernels, e);
    if (rc < 0) mc_fail_in(e, "%s", path);
    if (rc == 0) rc = copy_docs(r, w, e);
    mc_doc_release(&d);
    mc_reader_close(r);
    return rc;
}

int mc_checkpoint_check(const char *path, const char *run, const struct mc_training *t,
                        struct mc_error *e) {
    struct mc_reader *r;
    struct mc_doc d = {0};
    struct when at;
    MC_TRY(open_state(&r, &d, path, t->pool, e));
    int rc = judge_state(&d, run, t, &at, e);
    if (rc < 0) mc_fail_in(e, "%s", path);
    if (rc == 0) rc = 1;
    while (rc == 1) rc = mc_reader_next(r, &d, e); // skips the data, whose checks count
    mc_doc_release(&d);
    mc_reader_close(r);
    return rc;
}
