// Documents of any kind, read whole: their digest and, where asked, whether tensors and values are
// those that their kind, configuration and method ask for.
#include "mc/inspect.h"

#include <stdlib.h>
#include <string.h>

#include "model_impl.h"
#include "mc/num.h"
#include "mc/tokens.h"

enum { STEP = 1 << 20 };

void mc_inspected_release(struct mc_inspected *x) { mc_doc_release(&x->doc); }

static int read_data(struct mc_reader *r, const struct mc_doc *d, struct mc_buf *b,
                     struct mc_error *e) {
    while (b->n < d->data_bytes) {
        uint64_t left = d->data_bytes - b->n;
        size_t n = left < STEP ? (size_t)left : STEP;
        MC_TRY(mc_buf_reserve(b, n, e));
        MC_TRY(mc_reader_data(r, b->p + b->n, n, e));
        b->n += n;
    }
    return 0;
}

static int by_name(const void *a, const void *b) {
    return strcmp((*(const struct mc_tensor *const *)a)->name,
                  (*(const struct mc_tensor *const *)b)->name);
}

static int digest(struct mc_inspected *x, const char *data, struct mc_error *e) {
    const struct mc_doc *d = &x->doc;
    const struct mc_tensor **t = mc_new((size_t)d->n_tensors, sizeof *t, e);
    struct mc_digest *g = t ? mc_digest_new(e) : NULL;
    if (!g) {
        free(t);
        return MC_ERR_MEM;
    }
    for (int i = 0; i < d->n_tensors; i++) t[i] = &d->tensor[i];
    qsort(t, (size_t)d->n_tensors, sizeof *t, by_name);
    for (int i = 0; i < d->n_tensors; i++) {
        mc_digest_tensor(g, t[i]);
        mc_digest_data(g, data + t[i]->at, t[i]->bytes);
    }
    free(t);
    struct mc_buf lines = {0};
    struct mc_config c;
    const char *config = mc_doc_get(d, "mc.config"), *kind = mc_doc_get(d, "mc.kind");
    bool model = config && (!kind || strcmp(kind, "model") == 0 || strcmp(kind, "delta") == 0);
    int rc = model ? mc_config_parse(&c, config, e) : 0;
    if (rc == 0 && model) rc = mc_config_lines(&c, &lines, e);
    if (rc == 0) rc = mc_delta_lines(d, &lines, e);
    if (rc == 0) mc_digest_data(g, lines.p, lines.n);
    mc_digest_end(g, x->digest);
    mc_buf_release(&lines);
    return rc;
}

static int check_finite(const struct mc_tensor *t, const char *data, struct mc_error *e) {
    const float *v = (const float *)(const void *)(data + t->at);
    size_t n = t->bytes / sizeof *v, bad = mc_first_nonfinite(v, n);
    if (bad == n) return 0;
    return mc_fail(e, MC_ERR_NUM, "tensor %s: element %zu is not finite", t->name, bad);
}

// Tensors against the table of the architecture, as mc_model_read does; values finite.
static int check_model(const struct mc_doc *d, const char *data, struct mc_error *e) {
    struct mc_model m = {0};
    int rc = mc_doc_copy_meta(&m.meta, d, e);
    size_t had = 0;
    mc_model_find_mlm(&m, d);
    if (rc == 0) rc = mc_model_table_from_meta(&m, &had, e);
    if (rc == 0 && d->n_tensors != m.table.n)
        rc = mc_fail(e, MC_ERR_INPUT, "%d tensor%s, its config gives %d", d->n_tensors,
                     mc_s(d->n_tensors), m.table.n);
    for (int i = 0; rc == 0 && i < d->n_tensors; i++) {
        int slot;
        rc = mc_model_find_tensor(&m, &d->tensor[i], i, &slot, e);
        if (rc == 0) rc = check_finite(&d->tensor[i], data, e);
    }
    mc_model_release(&m);
    return rc;
}

// A delta as far as it can be checked without its base: base and method named, F32 vectors and
// matrices of finite values.
static int check_delta(const struct mc_doc *d, const char *data, struct mc_error *e) {
    const char *base, *method = mc_doc_get(d, "mc.method");
    char name[MC_PARAM_NAME];
    MC_TRY(mc_delta_base(d, &base, e));
    if (!mc_doc_get(d, "mc.config")) return mc_fail(e, MC_ERR_INPUT, "a delta without mc.config");
    int named = method ? mc_delta_method_name(method, name, e) : 0;
    MC_TRY(named);
    if (!named) return mc_fail(e, MC_ERR_INPUT, "a delta whose mc.method names none");
    for (int i = 0; i < d->n_tensors; i++) {
        const struct mc_tensor *t = &d->tensor[i];
        if (t->dtype != MC_F32 || t->rank < 1 || t->rank > 2)
            return mc_fail(e, MC_ERR_INPUT, "tensor %s is no F32 vector or matrix", t->name);
        MC_TRY(check_finite(t, data, e));
    }
    return 0;
}

int mc_inspect_next(struct mc_reader *r, struct mc_inspected *x, bool check, struct mc_error *e) {
    int rc = mc_reader_next(r, &x->doc, e);
    if (rc != 1) return rc;
    struct mc_buf data = {0};
    x->index = mc_reader_index(r);
    x->elements = 0;
    for (int i = 0; i < x->doc.n_tensors; i++)
        x->elements += x->doc.tensor[i].bytes / mc_dtype_size(x->doc.tensor[i].dtype);
    rc = mc_buf_reserve(&data, 1, e);
    if (rc == 0) rc = read_data(r, &x->doc, &data, e);
    const char *kind = mc_doc_get(&x->doc, "mc.kind");
    int sub = 0;
    if (rc == 0) sub = digest(x, data.p, e);
    if (rc == 0 && sub == 0 && check && kind && strcmp(kind, "model") == 0)
        sub = check_model(&x->doc, data.p, e);
    if (rc == 0 && sub == 0 && check && mc_is_delta(&x->doc)) sub = check_delta(&x->doc, data.p, e);
    if (rc == 0 && sub == 0 && check && kind && strcmp(kind, "tokens") == 0)
        sub = mc_tokens_check(&x->doc, data.p, e);
    if (sub < 0) rc = mc_fail_in(e, "%s: document %lld", mc_reader_name(r), (long long)x->index);
    mc_buf_release(&data);
    return rc < 0 ? rc : 1;
}
