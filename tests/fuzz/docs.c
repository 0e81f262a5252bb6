// Documents whose envelope is sound: what the readers of models and of token sets make of them.
#include <math.h>
#include <string.h>

#include "fuzz.h"
#include "mc/checkpoint.h"
#include "mc/corpus.h"
#include "mc/eval.h"
#include "mc/inspect.h"
#include "mc/model_stream.h"
#include "mc/path.h"
#include "mc/report.h"
#include "mc/utf8.h"

enum { CLAIM_MAX = 1 << 24 }; // data that are only claimed, and not there

static void wrap_file(char path[FUZZ_PATH], const uint8_t *p, size_t n) {
    struct mc_buf b = {0};
    fuzz_wrap(&b, p, n, 0, 1 << 20);
    fuzz_file(path, "in", b.p, b.n);
    mc_buf_release(&b);
}

static void check_labels(char *const *labels, int n) {
    for (int i = 0; i < n; i++) {
        FUZZ_CHECK(mc_utf8_name(labels[i], strlen(labels[i]))); // they are cells of tables
        for (int k = 0; n < 1000 && k < i; k++) FUZZ_CHECK(strcmp(labels[i], labels[k]) != 0);
    }
}

static bool same_text(const char *a, const char *b) { return a && b ? strcmp(a, b) == 0 : a == b; }

static void check_point(const struct mc_model *m) {
    struct mc_point p;
    struct mc_error e;
    if (mc_point_of(m, 0, &p, &e) < 0) return;
    FUZZ_CHECK(isfinite(p.t) || isnan(p.t));
    FUZZ_CHECK(isfinite(p.step) || isnan(p.step));
    FUZZ_CHECK(!*p.from || mc_utf8_name(p.from, strlen(p.from)));
    FUZZ_CHECK(!*p.to || mc_utf8_name(p.to, strlen(p.to)));
    (void)mc_point_count(m);
}

static void check_model(struct mc_model *m) {
    struct mc_model *back;
    check_labels(m->labels, m->n_labels);
    check_point(m);
    if (!fuzz_read_back(m, NULL, &back)) return;
    for (int i = 0; i < m->meta.n_meta; i++) {
        const char *key = m->meta.meta[i].key;
        if (strcmp(key, "format") == 0 || strcmp(key, "mc.kind") == 0) continue;
        FUZZ_CHECK(same_text(m->meta.meta[i].value, mc_doc_get(&back->meta, key)));
    }
    mc_model_drop(back);
}

// The line between two models that were accepted, and a point of it.
static void check_line(struct mc_model *a, struct mc_model *b) {
    struct mc_error e;
    char path[FUZZ_PATH];
    struct mc_model *const end[] = {a, b};
    struct mc_spot at[] = {mc_spot_at(0), mc_spot_at(.5)};
    const struct mc_grid g = {at, 2};
    struct mc_path l = {
        .kind = &mc_path_line, .end = end, .n_ends = 2, .grid = &g, .provenance = "line"};
    struct mc_writer *w;
    struct mc_model *m;
    if (mc_path_open(&l, &e) == 0) {
        FUZZ_OK(mc_writer_open(&w, fuzz_file(path, "out", NULL, 0), 0, NULL, &e), &e);
        FUZZ_OK(mc_path_write(&l, 1, w, &e), &e);
        FUZZ_OK(mc_writer_close(w, &e), &e);
        FUZZ_OK(mc_model_load(&m, path, NULL, NULL, &e), &e);
        mc_model_drop(m);
        fuzz_file(path, "out", NULL, 0);
    }
    mc_path_close(&l);
}

// How many documents stand mc-info --check; 0 where one does not. The kind of a corpus is "corpus".
static int inspected(const char *path, const char *want) {
    struct mc_error e;
    struct mc_reader *r;
    struct mc_inspected x;
    memset(&x, 0, sizeof x);
    if (mc_reader_open(&r, path, NULL, &e) < 0) return 0;
    int rc, n = 0;
    while ((rc = mc_inspect_next(r, &x, true, &e)) == 1) {
        // kinds that no reader here takes are not looked into
        const char *kind = mc_doc_get(&x.doc, "mc.kind");
        if (mc_doc_get(&x.doc, "mc.corpus") && kind && strcmp(kind, "tokens") == 0) kind = "corpus";
        if (!kind || strcmp(kind, want) != 0) rc = -1;
        if (rc < 0) break;
        n++;
    }
    mc_inspected_release(&x);
    mc_reader_close(r);
    return rc == 0 ? n : 0;
}

int fuzz_model(const uint8_t *p, size_t n, struct mc_error *e) {
    if (fuzz_claims_over(p, n, CLAIM_MAX))
        return mc_fail(e, MC_ERR_INPUT, "claims too much for a test");
    char path[FUZZ_PATH], *one[] = {path};
    struct mc_models s;
    struct mc_model *m[2] = {NULL, NULL};
    int rc, count = 0;
    wrap_file(path, p, n);
    mc_models_init(&s, one, 1, NULL);
    s.every_role = true;
    for (struct mc_model *now; (rc = mc_models_next(&s, &now, e)) == 1;) {
        mc_model_drop(m[count & 1]);
        m[count & 1] = now;
        check_model(now);
        if (count++) check_line(m[0], m[1]);
    }
    if (rc == 0 && count == 0) rc = mc_fail(e, MC_ERR_INPUT, "no model");
    if (rc < 0) FUZZ_CHECK(!inspected(path, "model"));
    mc_models_release(&s);
    mc_model_drop(m[0]);
    mc_model_drop(m[1]);
    return rc;
}

// Targets, answers, numbers and pieces: each as its header says, and what goes together.
static void check_gold(const struct mc_tokens *t) {
    int longest = 0;
    FUZZ_CHECK(!t->values || (!t->labels && !mc_tokens_t2t(t)));
    FUZZ_CHECK(!t->answers || t->target_ids);
    FUZZ_CHECK(!t->label_target_ids == !(t->labels && t->target_ids));
    for (int64_t i = 0; i < t->n; i++) {
        if (t->values) FUZZ_CHECK(isfinite(t->values[i]));
        if (t->answers) {
            const char *p = t->answers + t->answer_offset[i];
            while (p < t->answers + t->answer_offset[i + 1]) {
                FUZZ_CHECK(mc_utf8_check(p, strlen(p)) == strlen(p));
                p += strlen(p) + 1;
            }
            FUZZ_CHECK(p == t->answers + t->answer_offset[i + 1]);
        }
        if (!t->target_ids) continue;
        int64_t at = t->target_offset[i], len = t->target_offset[i + 1] - at;
        FUZZ_CHECK(len > 0);
        for (int64_t k = 0; k < len; k++) FUZZ_CHECK(t->target_ids[at + k] >= 0);
        if (len > longest) longest = (int)len;
        if (!t->labels) continue;
        const int64_t *o = t->label_target_offset + t->labels[i];
        FUZZ_CHECK(o[1] - o[0] == len && memcmp(t->label_target_ids + o[0], t->target_ids + at,
                                                (size_t)len * sizeof *t->target_ids) == 0);
    }
    for (int i = 0; t->label_target_ids && i < t->n_labels; i++) {
        int64_t len = t->label_target_offset[i + 1] - t->label_target_offset[i];
        FUZZ_CHECK(len > 0);
        if (len > longest) longest = (int)len;
    }
    FUZZ_CHECK(longest == t->max_target);
    if (!t->pieces) return;
    const char *p = t->pieces;
    for (int64_t i = 0; i < t->n_pieces; i++) p += strlen(p) + 1;
    FUZZ_CHECK(t->n_pieces > 0 && p == t->pieces + t->pieces_bytes);
}

static void check_tokens(const struct mc_tokens *t) {
    FUZZ_CHECK(t->n > 0 && t->offset[0] == 0);
    int longest = 0;
    for (int64_t i = 0; i < t->n; i++) {
        int64_t len = t->offset[i + 1] - t->offset[i];
        FUZZ_CHECK(len > 0 && t->lines[i] > 0);
        if (len > longest) longest = (int)len;
        if (t->labels) FUZZ_CHECK(t->labels[i] >= 0 && t->labels[i] < t->n_labels);
        for (int64_t k = t->offset[i]; k < t->offset[i + 1]; k++) FUZZ_CHECK(t->ids[k] >= 0);
    }
    FUZZ_CHECK(longest == t->max_len);
    check_gold(t);
    check_labels(t->label_names, t->n_labels);
}

int fuzz_tokens(const uint8_t *p, size_t n, struct mc_error *e) {
    char path[FUZZ_PATH], out[FUZZ_PATH];
    struct mc_tokens t, back;
    struct mc_task task;
    struct mc_writer *w;
    wrap_file(path, p, n);
    int rc = mc_tokens_read(&t, path, NULL, e);
    FUZZ_CHECK((inspected(path, "tokens") == 1) == (rc == 0));
    MC_TRY(rc);
    check_tokens(&t);
    FUZZ_OK(mc_writer_open(&w, fuzz_file(out, "out", NULL, 0), 1, NULL, e), e);
    FUZZ_OK(mc_tokens_write(&t, w, e), e);
    FUZZ_OK(mc_writer_close(w, e), e);
    FUZZ_OK(mc_tokens_read(&back, out, NULL, e), e);
    FUZZ_CHECK(strcmp(t.digest, back.digest) == 0 && same_text(t.task, back.task) &&
               same_text(t.tokenizer, back.tokenizer) && same_text(t.decoder, back.decoder) &&
               same_text(t.provenance, back.provenance));
    mc_tokens_release(&back);
    mc_tokens_release(&t);
    rc = mc_task_open(&task, NULL, path, NULL, 0, 2, NULL, e);
    if (rc == 0) FUZZ_CHECK(mc_utf8_name(task.name, strlen(task.name)));
    if (rc == 0) mc_task_release(&task);
    fuzz_file(out, "out", NULL, 0);
    return rc;
}

int fuzz_corpus(const uint8_t *p, size_t n, struct mc_error *e) {
    char path[FUZZ_PATH];
    struct mc_corpus c;
    wrap_file(path, p, n);
    int rc = mc_corpus_open(&c, path, NULL, e);
    FUZZ_CHECK(rc < 0 || inspected(path, "corpus") == c.n_parts);
    MC_TRY(rc);
    int64_t docs = 0, ids = 0;
    for (int64_t k = c.n_parts - 1; k >= 0; k--) {
        struct mc_tokens t;
        FUZZ_OK(mc_corpus_read(&c, k, NULL, &t, e), e);
        check_tokens(&t);
        FUZZ_CHECK(!t.labels && !mc_tokens_t2t(&t) && t.offset[t.n] <= MC_CORPUS_IDS);
        for (int64_t i = 0; i < t.offset[t.n]; i++) FUZZ_CHECK(t.ids[i] < c.about.vocab);
        docs += t.n;
        ids += t.offset[t.n];
        mc_tokens_release(&t);
    }
    FUZZ_CHECK(docs == c.n_docs && ids == c.n_ids);
    FUZZ_CHECK(c.about.mask >= -1 && c.about.mask < c.about.vocab);
    mc_corpus_close(&c);
    return 0;
}

// --- checkpoints

enum { WEIGHTS_MAX = 4096, STEPS = 1000 };

struct state {
    float w[WEIGHTS_MAX], m[WEIGHTS_MAX], v[WEIGHTS_MAX];
    struct mc_model model;
    struct mc_training t;
    char *kernels;
};

// A run whose model has as many weights as the document says.
static void state_init(struct state *s, size_t n, bool moments) {
    memset(s, 0, sizeof *s);
    s->model.table.size = n;
    s->model.w = s->w;
    s->t.m = &s->model;
    s->t.trained.table = &s->model.table;
    s->t.trained.w = s->w;
    s->t.total = STEPS;
    s->t.optim.m = moments ? s->m : NULL;
    s->t.optim.v = moments ? s->v : NULL;
    s->t.optim.n_m = s->t.optim.n_v = moments ? n : 0;
}

static void state_release(struct state *s) {
    mc_buf_release(&s->t.log_text);
    free(s->kernels);
}

static int resume(struct state *s, const char *in, const char *run, const char *out,
                  struct mc_error *e) {
    struct mc_writer *w;
    FUZZ_OK(mc_writer_open(&w, out, 0, NULL, e), e);
    int rc = mc_checkpoint_read(in, run, &s->t, w, &s->kernels, e);
    if (rc == 0)
        FUZZ_OK(mc_writer_close(w, e), e);
    else
        mc_writer_abort(w);
    return rc;
}

static void check_state(const struct state *s, const char *in, const char *run, const char *out) {
    static struct state back;
    struct mc_error e;
    char again[FUZZ_PATH], copy[FUZZ_PATH];
    struct mc_buf a = {0}, b = {0};
    FUZZ_CHECK(s->kernels && s->t.step >= 0 && s->t.step <= STEPS && s->t.optim.step == s->t.step);
    struct mc_checkpoint c = {.path = fuzz_file(again, "in2", NULL, 0),
                              .previous = in,
                              .run = run,
                              .kernels = s->kernels};
    FUZZ_OK(mc_checkpoint_write(&c, &s->t, &e), &e);
    state_init(&back, s->model.table.size, s->t.optim.m != NULL);
    FUZZ_OK(resume(&back, again, run, fuzz_file(copy, "copy", NULL, 0), &e), &e);
    FUZZ_CHECK(back.t.step == s->t.step && strcmp(back.kernels, s->kernels) == 0);
    FUZZ_CHECK(memcmp(back.w, s->w, sizeof s->w) == 0 && memcmp(back.m, s->m, sizeof s->m) == 0 &&
               memcmp(back.v, s->v, sizeof s->v) == 0);
    FUZZ_CHECK(back.t.log_text.n == s->t.log_text.n);
    FUZZ_OK(mc_buf_read_file(&a, out, 1 << 26, &e), &e);
    FUZZ_OK(mc_buf_read_file(&b, copy, 1 << 26, &e), &e);
    FUZZ_CHECK(a.n == b.n && memcmp(a.p, b.p, a.n) == 0); // the documents saved before
    mc_buf_release(&a);
    mc_buf_release(&b);
    state_release(&back);
    fuzz_file(copy, "copy", NULL, 0);
}

int fuzz_state(const uint8_t *p, size_t n, struct mc_error *e) {
    static struct state s;
    char path[FUZZ_PATH], out[FUZZ_PATH], *run = NULL;
    struct mc_doc d;
    size_t head, weights = 1;
    bool moments = false;
    if (fuzz_doc_parse(p, n, &d, &head)) {
        int i = mc_doc_find(&d, "weights");
        const char *line = mc_doc_get(&d, "mc.provenance");
        if (i >= 0 && d.tensor[i].bytes / 4 <= WEIGHTS_MAX) weights = d.tensor[i].bytes / 4;
        moments = mc_doc_find(&d, "moment1") >= 0;
        if (line) run = mc_strdup(line, e);
        mc_doc_release(&d);
    }
    state_init(&s, weights, moments);
    wrap_file(path, p, n);
    int rc = resume(&s, path, run ? run : "", fuzz_file(out, "out", NULL, 0), e);
    if (rc == 0) check_state(&s, path, run ? run : "", out);
    state_release(&s);
    free(run);
    fuzz_file(out, "out", NULL, 0);
    return rc;
}
