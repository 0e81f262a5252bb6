// mc-pick: chosen documents of a stream, chosen examples of a token set.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mc/cli.h"
#include "mc/num.h"
#include "mc/split.h"
#include "mc/subset.h"
#include "mc/tokens.h"

enum { COPY = 1 << 20 };

// One selector: a document's number, or its step or t.
struct pick {
    const char *text, *key; // key NULL: by number
    double value;
    bool met;
};

static int parse_pick(const char *s, struct pick *p, struct mc_error *e) {
    *p = (struct pick){.text = s};
    int64_t k;
    if (strncmp(s, "step=", 5) == 0 && mc_parse_i64(s + 5, &k) && k >= 0) {
        p->key = "mc.step";
        p->value = (double)k;
    } else if (strncmp(s, "t=", 2) == 0 && mc_parse_f64(s + 2, &p->value)) {
        p->key = "mc.t";
    } else if (mc_parse_i64(s, &k) && k >= 0) {
        p->value = (double)k;
    } else {
        return mc_fail(e, MC_ERR_USAGE, "'%s' is no number of a document, step=N or t=T", s);
    }
    return 0;
}

static bool chosen(struct pick *p, int n, const struct mc_doc *d, int64_t index) {
    bool any = n == 0;
    for (int i = 0; i < n; i++) {
        const char *text = p[i].key ? mc_doc_get(d, p[i].key) : NULL;
        double v = (double)index;
        if (p[i].key && (!text || !mc_parse_f64(text, &v))) continue;
        if (fabs(v - p[i].value) > (p[i].key ? 1e-12 : 0)) continue;
        p[i].met = any = true;
    }
    return any;
}

static int copy_data(struct mc_reader *r, struct mc_writer *w, uint64_t n, char *buf,
                     struct mc_error *e) {
    while (n) {
        uint64_t k = n < COPY ? n : COPY;
        MC_TRY(mc_reader_data(r, buf, k, e));
        MC_TRY(mc_writer_data(w, buf, k, e));
        n -= k;
    }
    return 0;
}

static int copy(struct pick *p, int n, struct mc_reader *r, struct mc_writer *w,
                struct mc_error *e) {
    struct mc_doc d = {0};
    char *buf = mc_new(COPY, 1, e);
    int rc = buf ? 1 : MC_ERR_MEM;
    while (rc == 1 && (rc = mc_reader_next(r, &d, e)) == 1) {
        if (!chosen(p, n, &d, mc_reader_index(r))) continue;
        int sub = mc_writer_doc(w, &d, e);
        if (sub == 0) sub = copy_data(r, w, d.data_bytes, buf, e);
        if (sub < 0) rc = sub;
    }
    for (int i = 0; rc == 0 && i < n; i++)
        if (!p[i].met) rc = mc_fail(e, MC_ERR_INPUT, "standard input: no document %s", p[i].text);
    mc_doc_release(&d);
    free(buf);
    return rc;
}

static int describe(const struct mc_cli *c, struct mc_tokens *t, const int64_t *subset, int64_t n,
                    struct mc_error *e) {
    struct mc_buf line = {0};
    char digest[MC_DIGEST_TEXT];
    int rc = mc_subset_digest(subset, n, digest, e);
    if (rc == 0 && t->provenance) rc = mc_buf_printf(&line, e, "%s\n", t->provenance);
    if (rc == 0) rc = mc_cli_provenance(c, &line, e);
    if (rc == 0) rc = mc_buf_printf(&line, e, " only=%s input=%s", digest, t->digest);
    free(t->provenance);
    t->provenance = line.p; // the set's now
    return rc;
}

// Examples of a token set, in its order.
static int copy_subset(const struct mc_cli *c, const char *path, struct mc_pool *pool,
                       struct mc_writer *w, struct mc_error *e) {
    struct mc_tokens t;
    int64_t *subset = NULL, n = 0;
    MC_TRY(mc_tokens_read(&t, NULL, pool, e));
    int rc = mc_subset_read(path, t.n, &subset, &n, e);
    if (rc == 0) {
        mc_sort_ints(subset, n);
        rc = describe(c, &t, subset, n, e);
    }
    if (rc == 0) {
        mc_tokens_subset(&t, subset, n);
        rc = mc_tokens_write(&t, w, e);
    }
    free(subset);
    mc_tokens_release(&t);
    return rc;
}

static int run(const struct mc_cli *c, const char *subset, struct pick *p, struct mc_error *e) {
    struct mc_reader *r = NULL;
    struct mc_writer *w = NULL;
    if (!subset == !c->n_operands)
        return mc_fail(e, MC_ERR_USAGE,
                       subset ? "--only chooses examples: no documents beside it"
                              : "which documents? K, step=S, t=T, or --only FILE for examples");
    MC_TRY(mc_cli_readable(subset, e));
    for (int i = 0; i < c->n_operands; i++) MC_TRY(parse_pick(c->operand[i], &p[i], e));
    struct mc_pool *pool = mc_pool_new((int)c->threads, e);
    int rc = pool ? mc_writer_open(&w, c->output, (int)c->level, pool, e) : MC_ERR_MEM;
    if (rc == 0 && subset) rc = copy_subset(c, subset, pool, w, e);
    if (rc == 0 && !subset) rc = mc_reader_open(&r, NULL, pool, e);
    if (rc == 0 && !subset) rc = copy(p, c->n_operands, r, w, e);
    mc_reader_close(r);
    if (rc == 0)
        rc = mc_writer_close(w, e);
    else
        mc_writer_abort(w);
    mc_pool_free(pool);
    return rc;
}

int main(int argc, char **argv) {
    const char *subset = NULL;
    const struct mc_opt opts[] = {
        {"--only", MC_OPT_STR, &subset, .arg = "FILE",
         .help = "of a token set the examples whose numbers, from 0, are the lines of FILE"},
    };
    struct mc_cli c = {
        .prog = "mc-pick",
        .purpose = "chooses documents of the stream on standard input, or examples of a token set, "
                   "in their order",
        .operands = "[K|step=S|t=T]...",
        .examples = "  mc-pick 0 step=100 < models.st.gz > two.st.gz\n"
                    "  mc-pick t=0.5 < path.st.gz > middle.st.gz\n"
                    "  mc-pick --only held.txt < train.tok.gz > held.tok.gz\n",
        .see_also = "mc-info, mc-interp",
        .opts = opts,
        .n_opts = MC_COUNT(opts),
        .use = MC_CLI_STREAM,
        .max_operands = -1,
    };
    int status = mc_cli_parse(&c, argc, argv);
    if (status >= 0) return status;
    struct mc_error e = {0};
    struct pick *p = mc_new((size_t)c.n_operands + 1, sizeof *p, &e);
    int rc = p ? run(&c, subset, p, &e) : MC_ERR_MEM;
    free(p);
    return mc_cli_finish(&c, rc, &e);
}
