// Writes what the parity tests compare:
//   dump MODEL.st.gz DATA.tok.gz OUT.safetensors [bf16]
//                            logits, losses and every gradient of the mean loss, no dropout; of a
//                            text-to-text model those of every token of the targets
//   dump buckets CAUSAL N MAX FROM TO
//                            the buckets of relative positions FROM..TO, a number a line
//   dump decode DIR < IDS    the texts of lines of ids, each after its length and a newline
//   dump answers < LINES     exact match and token F1 of lines of hexadecimal words: a text, then
//   its
//                            gold answers, each behind an x
//   dump order SEED EPOCH N  the order of N examples in an epoch, a number a line
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mc/delta.h"
#include "mc/detokenize.h"
#include "mc/eval.h"
#include "mc/model_stream.h"
#include "mc/num.h"
#include "mc/optim.h"
#include "mc/out.h"
#include "mc/rng.h"
#include "mc/tokenizer.h"
#include "mc/train.h"

static int order(char **v) {
    int64_t seed, epoch, n;
    if (!mc_parse_i64(v[0], &seed) || !mc_parse_i64(v[1], &epoch) || !mc_parse_i64(v[2], &n) ||
        n < 1)
        return 2;
    int64_t *perm = malloc((size_t)n * sizeof *perm);
    struct mc_rng r;
    if (!perm) return 1;
    mc_rng_init(&r, (uint64_t)seed, MC_RNG_ORDER, (uint32_t)epoch);
    mc_rng_permutation(&r, perm, n);
    for (int64_t i = 0; i < n; i++) printf("%lld\n", (long long)perm[i]);
    free(perm);
    return 0;
}

// x and hexadecimal bytes to the bytes, in place.
static void unhex(char *s) {
    unsigned byte;
    size_t n = 0;
    for (const char *from = s + 1; sscanf(from, "%2x", &byte) == 1; from += 2) s[n++] = (char)byte;
    s[n] = 0;
}

static int answers(struct mc_error *e) {
    static char line[1 << 16];
    struct mc_buf text = {0};
    while (fgets(line, sizeof line, stdin)) {
        double exact, f1;
        text.n = 0;
        for (char *word = strtok(line, " \n"); word; word = strtok(NULL, " \n")) {
            unhex(word);
            MC_TRY(mc_buf_add(&text, word, strlen(word) + 1, e));
        }
        if (!text.p || !text.n) return mc_fail(e, MC_ERR_INPUT, "a line without a text");
        MC_TRY(
            mc_answer_scores(text.p, text.p + strlen(text.p) + 1, text.p + text.n, &exact, &f1, e));
        printf("%.17g %.17g\n", exact, f1);
    }
    mc_buf_release(&text);
    return 0;
}

static int buckets(char **v) {
    int64_t x[5];
    for (int i = 0; i < 5; i++)
        if (!mc_parse_i64(v[i], &x[i])) return 2;
    for (int at = (int)x[3]; at <= (int)x[4]; at++)
        printf("%d\n", mc_relative_bucket(at, x[0] != 0, (int)x[1], (int)x[2]));
    return 0;
}

// The ids of a line; their number.
static int64_t parse_ids(char *line, int32_t *id) {
    int64_t n = 0;
    for (char *end; (void)(id[n] = (int32_t)strtol(line, &end, 10)), end != line; line = end) n++;
    return n;
}

static int decode(const char *dir, struct mc_error *e) {
    enum { LINE = 1 << 20 };
    static char line[LINE];
    static int32_t id[LINE];
    struct mc_tokenizer *t;
    struct mc_buf text = {0}, out = {0};
    MC_TRY(mc_tokenizer_open(&t, dir, e));
    MC_TRY(mc_tokenizer_pieces(t, &text, e));
    int32_t n = mc_tokenizer_size(t);
    const char **piece = mc_new((size_t)n, sizeof *piece, e), *s = text.p;
    if (!piece) return MC_ERR_MEM;
    for (int32_t i = 0; i < n; s += strlen(s) + 1) piece[i++] = s;
    while (fgets(line, LINE, stdin)) {
        out.n = 0;
        MC_TRY(mc_detokenize(mc_tokenizer_decoder(t), piece, id, parse_ids(line, id), n, &out, e));
        printf("%zu\n", out.n);
        fwrite(out.p, 1, out.n, stdout);
    }
    free(piece);
    mc_buf_release(&text);
    mc_buf_release(&out);
    mc_tokenizer_close(t);
    return 0;
}

struct dump {
    struct mc_pool *pool;
    const char *base; // file of a delta's base
    enum mc_precision precision;
    struct mc_model *m;
    struct mc_tokens t;
    struct mc_view view;
    struct mc_method method;
    struct mc_plan plan;
    struct mc_run *run;
    float *grad, *logits;
    size_t rows, cols; // of the logits
    double *loss;
    int32_t *label;
};

static int make_plan(struct dump *d, struct mc_error *e) {
    MC_TRY(mc_view_init(&d->view, d->m, e));
    MC_TRY(mc_method_of(&d->method, d->m, e));
    return mc_method_plan(&d->method, d->m, &d->view, NULL, MC_TO_TRAIN, 0, d->precision, &d->plan,
                          e);
}

static int bind(struct dump *d, struct mc_error *e) {
    float **g = mc_new((size_t)d->view.table.n, sizeof *g, e);
    if (!g) return MC_ERR_MEM;
    for (int i = 0; i < d->view.table.n; i++)
        if (d->view.stored[i] >= 0) g[i] = d->grad + d->m->table.p[d->view.stored[i]].at;
    mc_run_bind(d->run, d->view.w, g);
    free(g);
    return 0;
}

static int compute(struct dump *d, const char *model, const char *data, struct mc_error *e) {
    if (!(d->pool = mc_pool_new(2, e))) return MC_ERR_MEM;
    MC_TRY(mc_model_load(&d->m, model, d->base, d->pool, e));
    MC_TRY(mc_tokens_read(&d->t, data, d->pool, e));
    MC_TRY(make_plan(d, e));
    size_t n = (size_t)d->t.n;
    d->run = mc_run_new(&d->plan, d->pool, e);
    d->grad = mc_new_floats(d->m->table.size, e);
    d->rows = d->t.target_ids ? (size_t)d->t.target_offset[n] : n;
    d->cols = d->t.target_ids ? (size_t)d->m->config.vocab : (size_t)d->m->n_labels;
    d->logits = mc_new_floats(d->rows * d->cols, e);
    d->loss = mc_new(n, sizeof *d->loss, e);
    d->label = mc_new(n, sizeof *d->label, e);
    if (!d->run || !d->grad || !d->logits || !d->loss || !d->label) return MC_ERR_MEM;
    if (d->t.labels && !d->t.target_ids) MC_TRY(mc_labels_apply(&d->t, data, d->m, d->label, e));
    MC_TRY(bind(d, e));
    const struct mc_batch b = {.n = (int)n,
                               .offset = d->t.offset,
                               .ids = d->t.ids,
                               .types = d->t.types,
                               .label = d->label,
                               .value = d->t.values,
                               .target_ids = d->t.target_ids,
                               .target_offset = d->t.target_offset};
    const struct mc_step s = {.weight = 1 / (double)d->rows};
    struct mc_result r = {.loss = d->loss};
    if (d->t.target_ids)
        r.token_logits = d->logits;
    else
        r.logits = d->logits;
    return mc_run_batch(d->run, &b, &s, &r, e);
}

static int describe(const struct dump *d, struct mc_doc *doc, struct mc_error *e) {
    MC_TRY(mc_doc_add(doc, "loss", MC_F64, 1, (const uint64_t[]){(uint64_t)d->t.n}, e));
    MC_TRY(mc_doc_add(doc, "logits", MC_F32, 2,
                      (const uint64_t[]){(uint64_t)d->rows, (uint64_t)d->cols}, e));
    for (int i = 0; i < d->m->table.n; i++) {
        const struct mc_param *p = &d->m->table.p[i];
        char name[MC_PARAM_NAME + 8];
        snprintf(name, sizeof name, "grad.%s", p->name);
        MC_TRY(mc_doc_add(doc, name, MC_F32, p->rank,
                          (const uint64_t[]){(uint64_t)p->dim[0], (uint64_t)p->dim[1]}, e));
    }
    return 0;
}

static int write_out(const struct dump *d, const char *path, struct mc_error *e) {
    struct mc_doc doc = {0};
    struct mc_buf head = {0};
    struct mc_out o = {0};
    size_t n = (size_t)d->t.n;
    int rc;
    MC_TRY_DONE(describe(d, &doc, e));
    MC_TRY_DONE(mc_doc_header(&doc, &head, e));
    MC_TRY_DONE(mc_out_open(&o, path, e));
    MC_TRY_DONE(mc_out_write(&o, head.p, head.n, e));
    MC_TRY_DONE(mc_out_write(&o, d->loss, n * sizeof *d->loss, e));
    MC_TRY_DONE(mc_out_write(&o, d->logits, d->rows * d->cols * sizeof(float), e));
    MC_TRY_DONE(mc_out_write(&o, d->grad, d->m->table.size * sizeof(float), e));
    rc = mc_out_close(&o, e);
done:
    mc_out_abort(&o);
    mc_doc_release(&doc);
    mc_buf_release(&head);
    return rc;
}

int main(int argc, char **argv) {
    if (argc == 5 && strcmp(argv[1], "order") == 0) return order(argv + 2);
    if (argc == 7 && strcmp(argv[1], "buckets") == 0) return buckets(argv + 2);
    struct mc_error e = {0};
    bool decodes = argc == 3 && strcmp(argv[1], "decode") == 0;
    if (decodes || (argc == 2 && strcmp(argv[1], "answers") == 0)) {
        int rc = decodes ? decode(argv[2], &e) : answers(&e);
        if (rc < 0) fprintf(stderr, "dump: %s\n", e.text);
        return rc < 0;
    }
    const char *base = getenv("BASE");
    bool bf16 = argc == 5 && strcmp(argv[4], "bf16") == 0;
    if (argc != 4 && !bf16) return 2;
    struct dump d = {.base = base, .precision = bf16 ? MC_PRECISION_BF16 : MC_PRECISION_F32};
    int rc = compute(&d, argv[1], argv[2], &e);
    if (rc == 0) rc = write_out(&d, argv[3], &e);
    if (rc < 0) fprintf(stderr, "dump: %s\n", e.text);
    mc_run_free(d.run);
    mc_plan_release(&d.plan);
    mc_method_release(&d.method);
    mc_view_release(&d.view);
    mc_model_drop(d.m);
    mc_tokens_release(&d.t);
    mc_pool_free(d.pool);
    mc_free_floats(d.grad);
    mc_free_floats(d.logits);
    free(d.loss);
    free(d.label);
    return rc < 0;
}
