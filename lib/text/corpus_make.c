// Plain text to a corpus: a batch of texts is read, encoded in threads, and appended in order to
// the part in hand, which is written when the next text does not fit.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "corpus_text.h"
#include "mc/num.h"
#include "mc/utf8.h"

enum {
    STEP = 1 << 18,      // bytes of a read
    TASK_TEXT = 1 << 16, // bytes of text that a thread takes at once
};

// Neighbouring texts of a batch and what became of them.
struct task {
    int from, to;
    int32_t *ids;
    int64_t n, cap;
    int bad; // texts that are no text
    int rc;  // of the first bad one, which alone is in `error`, or of what ended the task
    struct mc_error error;
};

struct maker {
    struct mc_corpus_making *m;
    struct corpus_text *text;
    struct corpus_batch batch;
    int64_t *n_ids; // of each text, or piece of one, of the batch; -1: bad
    int cap_texts;
    struct task *task;
    int n_tasks, cap_tasks;
    struct mc_encoding *x; // a thread's
    int n_x;
    struct mc_tokens part;
    bool open;              // its last document goes on
    struct mc_digest *hash; // of the texts of the part; NULL before the first
    struct mc_writer *out;
    char first_bad[sizeof((struct mc_error *)0)->text];
};

// --- in threads

static int bad_text(const struct maker *k, const struct corpus_doc *d, size_t at, const char *what,
                    struct mc_error *e) {
    const char *p = k->batch.text.p + d->at;
    int64_t line = d->line, byte = d->byte + 1;
    for (size_t i = 0; i < at; i++) {
        line += p[i] == '\n';
        byte = p[i] == '\n' ? 1 : byte + 1;
    }
    return mc_fail(e, MC_ERR_INPUT, "%s: line %lld: byte %lld: %s", corpus_text_name(k->text),
                   (long long)line, (long long)byte, what);
}

static int check_text(const struct maker *k, const struct corpus_doc *d, struct mc_error *e) {
    const char *p = k->batch.text.p + d->at, *nul = memchr(p, 0, d->n);
    size_t bad = mc_utf8_check(p, d->n);
    if (nul && (size_t)(nul - p) < bad) return bad_text(k, d, (size_t)(nul - p), "a NUL byte", e);
    return bad < d->n ? bad_text(k, d, bad, "not valid UTF-8", e) : 0;
}

static int encode_text(const struct maker *k, struct task *t, int i, struct mc_encoding *x,
                       struct mc_error *e) {
    const struct corpus_doc *d = &k->batch.doc[i];
    const int32_t *ids;
    k->n_ids[i] = -1;
    MC_TRY(check_text(k, d, e));
    MC_TRY(mc_tokenizer_encode_bare(k->m->tok, k->batch.text.p + d->at, d->n, x, &ids, &k->n_ids[i],
                                    e));
    int64_t n = k->n_ids[i];
    if (t->n + n > t->cap) {
        int64_t cap = t->cap ? t->cap : TASK_TEXT / 4;
        while (cap < t->n + n) cap *= 2;
        int32_t *p = mc_resize(t->ids, (size_t)cap, sizeof *p, e);
        if (!p) return MC_ERR_MEM;
        t->ids = p;
        t->cap = cap;
    }
    if (n) memcpy(t->ids + t->n, ids, (size_t)n * sizeof *ids);
    t->n += n;
    return 0;
}

static void run_task(void *ctx, int task, int thread) {
    const struct maker *k = ctx;
    struct task *t = &k->task[task];
    t->n = t->bad = t->rc = 0;
    for (int i = t->from; i < t->to; i++) {
        struct mc_error e;
        int rc = encode_text(k, t, i, &k->x[thread], &e);
        if (rc == 0) continue;
        bool ends = rc != MC_ERR_INPUT || !k->m->skip_bad;
        if (ends || t->bad == 0) {
            t->error = e;
            t->rc = rc;
        }
        if (ends) return;
        t->bad++;
    }
}

// --- parts

static int write_part(struct maker *k, struct mc_error *e) {
    struct mc_tokens *t = &k->part;
    char digest[MC_DIGEST_TEXT];
    if (!k->hash && !(k->hash = mc_digest_new(e))) return MC_ERR_MEM; // a share of a text's ids
    mc_digest_end(k->hash, digest);
    k->hash = NULL;
    struct mc_buf line = {0};
    int rc = mc_buf_printf(&line, e, "%s input=%s", k->m->provenance, digest);
    t->provenance = line.p;
    if (rc == 0) rc = mc_tokens_write(t, k->out, e);
    t->provenance = NULL;
    mc_buf_release(&line);
    k->m->parts++;
    t->n = 0;
    return rc;
}

static int feed(struct maker *k, const struct corpus_doc *d, struct mc_error *e) {
    if (!k->hash && !(k->hash = mc_digest_new(e))) return MC_ERR_MEM;
    mc_digest_data(k->hash, k->batch.text.p + d->at, d->n);
    mc_digest_data(k->hash, "\n", 1);
    return 0;
}

static int add_doc(struct maker *k, const int32_t *ids, int64_t n, int64_t line,
                   struct mc_error *e) {
    struct mc_tokens *t = &k->part;
    if (t->n && t->offset[t->n] + n > MC_CORPUS_IDS) MC_TRY(write_part(k, e));
    memcpy(t->ids + t->offset[t->n], ids, (size_t)n * sizeof *ids);
    t->lines[t->n] = line;
    t->offset[t->n + 1] = t->offset[t->n] + n;
    t->n++;
    k->m->docs++;
    k->m->ids += n;
    return 0;
}

// A document, or a piece of one; n < 0: a bad one, behind which another document begins. A document
// in pieces begins a part, so that it is cut only where it alone is more than a part may hold.
static int add_text(struct maker *k, const struct corpus_doc *d, const int32_t *ids, int64_t n,
                    struct mc_error *e) {
    struct mc_tokens *t = &k->part;
    if (!d->behind || n < 0) k->open = false;
    if (n <= 0) return 0;
    if (d->more && !k->open && t->n) MC_TRY(write_part(k, e));
    bool joins = k->open && t->offset[t->n] + n <= MC_CORPUS_IDS;
    k->m->cuts += k->open && !joins;
    if (joins) {
        memcpy(t->ids + t->offset[t->n], ids, (size_t)n * sizeof *ids);
        t->offset[t->n] += n;
        k->m->ids += n;
    }
    for (int64_t at = 0; !joins && at < n; at += MC_CORPUS_IDS) {
        int64_t left = n - at;
        MC_TRY(add_doc(k, ids + at, left < MC_CORPUS_IDS ? left : MC_CORPUS_IDS, d->line, e));
        if (at == 0) MC_TRY(feed(k, d, e));
        k->m->cuts += at > 0;
    }
    k->open = d->more;
    return joins ? feed(k, d, e) : 0;
}

static int add_task(struct maker *k, const struct task *t, struct mc_error *e) {
    if (t->rc < 0 && !(t->rc == MC_ERR_INPUT && k->m->skip_bad)) {
        *e = t->error;
        return t->rc;
    }
    if (t->bad && k->m->bad == 0) memcpy(k->first_bad, t->error.text, sizeof k->first_bad);
    k->m->bad += t->bad;
    const int32_t *ids = t->ids;
    for (int i = t->from; i < t->to; i++) {
        MC_TRY(add_text(k, &k->batch.doc[i], ids, k->n_ids[i], e));
        if (k->n_ids[i] > 0) ids += k->n_ids[i];
    }
    return 0;
}

// --- batches

static int grow(void **p, int *cap, int n, size_t size, struct mc_error *e) {
    if (n <= *cap) return 0;
    void *q = mc_resize(*p, (size_t)n, size, e);
    if (!q) return MC_ERR_MEM;
    memset((char *)q + (size_t)*cap * size, 0, (size_t)(n - *cap) * size);
    *p = q;
    *cap = n;
    return 0;
}

static int share_out(struct maker *k, struct mc_error *e) {
    const struct corpus_batch *b = &k->batch;
    void *n_ids = k->n_ids, *task = k->task;
    MC_TRY(grow(&n_ids, &k->cap_texts, b->n, sizeof *k->n_ids, e));
    k->n_ids = n_ids;
    k->n_tasks = 0;
    for (int i = 0; i < b->n;) {
        int from = i;
        for (size_t bytes = 0; i < b->n && bytes < TASK_TEXT; i++) bytes += b->doc[i].n;
        int rc = grow(&task, &k->cap_tasks, k->n_tasks + 1, sizeof *k->task, e);
        k->task = task;
        MC_TRY(rc);
        k->task[k->n_tasks].from = from;
        k->task[k->n_tasks++].to = i;
    }
    return 0;
}

static void show(struct maker *k, struct mc_progress *p) {
    char extra[80];
    snprintf(extra, sizeof extra, "%lld document%s of %lld token%s", (long long)k->m->docs,
             mc_s(k->m->docs), (long long)k->m->ids, mc_s(k->m->ids));
    mc_progress_at(p, corpus_text_bytes(k->text) / 1000000, extra);
}

static int run(struct maker *k, struct mc_error *e) {
    struct mc_progress p;
    mc_progress_init(&p, k->m->log, "MB", corpus_text_size(k->text) / 1000000);
    int rc;
    while ((rc = corpus_text_next(k->text, &k->batch, e)) == 1) {
        if ((rc = share_out(k, e)) < 0) break;
        mc_pool_run(k->m->pool, k->n_tasks, run_task, k);
        for (int i = 0; i < k->n_tasks && rc == 0; i++) rc = add_task(k, &k->task[i], e);
        if (rc < 0) break;
        show(k, &p);
    }
    mc_progress_end(&p);
    MC_TRY(rc);
    if (k->part.n) MC_TRY(write_part(k, e));
    if (k->m->docs == 0 && k->m->bad)
        return mc_fail(e, MC_ERR_INPUT, "%s (no document is good)", k->first_bad);
    if (k->m->docs == 0)
        return mc_fail(e, MC_ERR_INPUT, "%s: no document", corpus_text_name(k->text));
    if (k->m->bad)
        mc_note(k->m->log, "%lld bad document%s skipped, the first: %s", (long long)k->m->bad,
                mc_s(k->m->bad), k->first_bad);
    return 0;
}

static int open_part(struct maker *k, struct mc_error *e) {
    struct mc_tokens *t = &k->part;
    const size_t n = MC_CORPUS_IDS;
    struct mc_corpus_ids about;
    struct mc_buf json = {0};
    if (!(t->offset = mc_new(n + 1, sizeof *t->offset, e)) ||
        !(t->lines = mc_new(n, sizeof *t->lines, e)) || !(t->ids = mc_new(n, sizeof *t->ids, e)) ||
        !(t->types = mc_new(n, sizeof *t->types, e)) ||
        !(t->tokenizer = mc_strdup(mc_tokenizer_digest(k->m->tok), e)))
        return MC_ERR_MEM;
    int rc = mc_corpus_ids_of(&about, k->m->tok, e);
    if (rc == 0) rc = mc_corpus_ids_json(&about, &json, e);
    t->corpus = json.p; // the set's now
    mc_corpus_ids_release(&about);
    return rc;
}

int mc_corpus_make(struct mc_corpus_making *m, struct mc_writer *w, struct mc_error *e) {
    struct maker k = {.m = m, .out = w, .n_x = m->pool ? mc_pool_threads(m->pool) : 1};
    int rc = MC_ERR_MEM;
    if (!(k.x = mc_new((size_t)k.n_x, sizeof *k.x, e))) goto done;
    MC_TRY_DONE(open_part(&k, e));
    MC_TRY_DONE(corpus_text_open(&k.text, m->input, m->paragraphs, STEP, e));
    rc = run(&k, e);
done:
    for (int i = 0; i < k.n_x && k.x; i++) mc_encoding_release(&k.x[i]);
    for (int i = 0; i < k.cap_tasks; i++) free(k.task[i].ids);
    free(k.x);
    free(k.task);
    free(k.n_ids);
    char unused[MC_DIGEST_TEXT];
    if (k.hash) mc_digest_end(k.hash, unused);
    mc_tokens_release(&k.part);
    corpus_batch_release(&k.batch);
    corpus_text_close(k.text);
    return rc;
}

int mc_corpus_made(const struct mc_corpus_making *m, struct mc_buf *line, struct mc_error *e) {
    MC_TRY(mc_buf_printf(line, e, "%lld document%s of %lld token%s, %lld part%s",
                         (long long)m->docs, mc_s(m->docs), (long long)m->ids, mc_s(m->ids),
                         (long long)m->parts, mc_s(m->parts)));
    if (m->cuts == 0) return 0;
    return mc_buf_printf(line, e, ", long documents cut at %lld place%s", (long long)m->cuts,
                         mc_s(m->cuts));
}
