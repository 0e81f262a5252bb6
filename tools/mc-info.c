// mc-info: lists and checks the documents of streams.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mc/cli.h"
#include "mc/inspect.h"
#include "mc/num.h"
#include "mc/out.h"
#include "mc/tokens.h"

struct opts {
    bool check, digest, ids, tsv;
};

struct job {
    const struct mc_cli *c;
    const struct opts *o;
    struct mc_pool *pool;
    struct mc_out out;
};

static const char *or_dash(const char *s, const char *dash) { return s ? s : dash; }

static long long count_of(const struct mc_doc *d, const char *tensor) {
    int at = mc_doc_find(d, tensor);
    return at < 0 || d->tensor[at].rank != 1 ? 0 : (long long)d->tensor[at].dim[0];
}

// What a token set that is not for a classifier holds.
static int list_tokens(struct job *j, const struct mc_doc *d, struct mc_error *e) {
    long long n = count_of(d, "lines"), ids = count_of(d, "ids");
    if (mc_doc_find(d, "values") >= 0)
        return mc_out_printf(&j->out, e, "  regression: %lld examples, %lld tokens\n", n, ids);
    bool targets = mc_doc_find(d, "target_ids") >= 0;
    if (!targets && mc_doc_find(d, "pieces") < 0) return 0;
    MC_TRY(mc_out_printf(&j->out, e, "  text to text: %lld examples, %lld tokens", n, ids));
    if (targets) MC_TRY(mc_out_printf(&j->out, e, ", %lld of targets", count_of(d, "target_ids")));
    return mc_out_printf(&j->out, e, "%s\n",
                         !targets                         ? ", to predict"
                         : mc_doc_find(d, "answers") >= 0 ? ", free answers"
                         : mc_doc_find(d, "labels") >= 0  ? ""
                                                          : ", no labels");
}

static const char *const LINES[] = {"mc.t",      "mc.step", "mc.task",
                                    "mc.labels", "mc.base", "mc.method"};

// Cells of a row, each escaped; NULL ends them.
static int put_cells(struct job *j, const char *const *cell, const char *between,
                     struct mc_error *e) {
    for (int i = 0; cell[i]; i++) {
        if (i) MC_TRY(mc_out_printf(&j->out, e, "%s", between));
        MC_TRY(mc_out_cell(&j->out, cell[i], e));
    }
    return 0;
}

static int list_row(struct job *j, const char *file, const struct mc_inspected *x,
                    struct mc_error *e) {
    const struct mc_doc *d = &x->doc;
    char index[24], tensors[24], values[24], bytes[24];
    snprintf(index, sizeof index, "%lld", (long long)x->index);
    snprintf(tensors, sizeof tensors, "%d", d->n_tensors);
    snprintf(values, sizeof values, "%llu", (unsigned long long)x->elements);
    snprintf(bytes, sizeof bytes, "%llu", (unsigned long long)d->data_bytes);
    const char *const cell[] = {file,
                                index,
                                or_dash(mc_doc_get(d, "mc.kind"), "safetensors"),
                                or_dash(mc_doc_get(d, "mc.role"), "point"),
                                tensors,
                                values,
                                bytes,
                                or_dash(mc_doc_get(d, "mc.t"), "nan"),
                                or_dash(mc_doc_get(d, "mc.step"), "nan"),
                                or_dash(mc_doc_get(d, "mc.task"), ""),
                                x->digest,
                                or_dash(mc_doc_get(d, "mc.base"), ""),
                                or_dash(mc_doc_get(d, "mc.method"), ""),
                                NULL};
    MC_TRY(put_cells(j, cell, "\t", e));
    return mc_out_printf(&j->out, e, "\n");
}

// The lines of provenance, each told as one.
static int list_provenance(struct job *j, const char *text, struct mc_error *e) {
    struct mc_buf line = {0};
    int rc = 0;
    while (rc == 0 && text && *text) {
        size_t n = strcspn(text, "\n");
        line.n = 0;
        rc = mc_buf_add(&line, text, n, e);
        if (rc == 0) rc = mc_out_printf(&j->out, e, "  made by ");
        if (rc == 0) rc = mc_out_cell(&j->out, line.p, e);
        if (rc == 0) rc = mc_out_printf(&j->out, e, "\n");
        text += n + (text[n] == '\n');
    }
    mc_buf_release(&line);
    return rc;
}

static int list_tensors(struct job *j, const struct mc_doc *d, struct mc_error *e) {
    for (int i = 0; i < d->n_tensors; i++) {
        MC_TRY(mc_out_printf(&j->out, e, "  "));
        MC_TRY(mc_out_cell(&j->out, d->tensor[i].name, e));
        MC_TRY(mc_out_printf(&j->out, e, " %s [", mc_dtype_name(d->tensor[i].dtype)));
        for (int k = 0; k < d->tensor[i].rank; k++)
            MC_TRY(mc_out_printf(&j->out, e, "%s%llu", k ? ", " : "",
                                 (unsigned long long)d->tensor[i].dim[k]));
        MC_TRY(mc_out_printf(&j->out, e, "]\n"));
    }
    return 0;
}

static int list_doc(struct job *j, const char *file, const struct mc_inspected *x,
                    struct mc_error *e) {
    const struct mc_doc *d = &x->doc;
    const char *kind = or_dash(mc_doc_get(d, "mc.kind"), "safetensors"),
               *role = or_dash(mc_doc_get(d, "mc.role"), "point");
    bool model = strcmp(kind, "model") == 0 || strcmp(kind, "delta") == 0;
    MC_TRY(mc_out_cell(&j->out, file, e));
    MC_TRY(mc_out_printf(&j->out, e, ": document %lld: ", (long long)x->index));
    const char *const what[] = {kind, model ? " (" : "", model ? role : "", model ? ")" : "", NULL};
    MC_TRY(put_cells(j, what, "", e));
    MC_TRY(mc_out_printf(&j->out, e, ", %d tensors, %llu values, %llu bytes, digest %s\n",
                         d->n_tensors, (unsigned long long)x->elements,
                         (unsigned long long)d->data_bytes, x->digest));
    for (int i = 0; i < MC_COUNT(LINES); i++) {
        const char *text = mc_doc_get(d, LINES[i]);
        if (!text) continue;
        MC_TRY(mc_out_printf(&j->out, e, "  %s ", LINES[i] + strlen("mc.")));
        MC_TRY(mc_out_cell(&j->out, text, e));
        MC_TRY(mc_out_printf(&j->out, e, "\n"));
    }
    if (strcmp(kind, "tokens") == 0) MC_TRY(list_tokens(j, d, e));
    MC_TRY(list_provenance(j, mc_doc_get(d, "mc.provenance"), e));
    return j->c->log.verbose ? list_tensors(j, d, e) : 0;
}

// "DIGEST, tab, FILE, tab, INDEX".
static int list_digest(struct job *j, const char *file, const struct mc_inspected *x,
                       struct mc_error *e) {
    char index[24];
    snprintf(index, sizeof index, "%lld", (long long)x->index);
    const char *const cell[] = {x->digest, file, index, NULL};
    MC_TRY(put_cells(j, cell, "\t", e));
    return mc_out_printf(&j->out, e, "\n");
}

static int show_file(struct job *j, const char *path, struct mc_error *e) {
    struct mc_reader *r;
    struct mc_inspected x;
    memset(&x, 0, sizeof x);
    MC_TRY(mc_reader_open(&r, path, j->pool, e));
    int rc = 1;
    int64_t docs = 0;
    uint64_t bytes = 0;
    while (rc == 1 && (rc = mc_inspect_next(r, &x, j->o->check, e)) == 1) {
        int sub = 0;
        docs++;
        bytes += x.doc.data_bytes;
        if (j->o->digest)
            sub = list_digest(j, path, &x, e);
        else if (!j->o->check)
            sub = (j->o->tsv ? list_row : list_doc)(j, path, &x, e);
        if (sub < 0) rc = sub;
    }
    if (rc == 0 && j->o->check) rc = mc_out_cell(&j->out, path, e);
    if (rc == 0 && j->o->check)
        rc = mc_out_printf(
            &j->out, e, ": %s, %lld documents, %llu bytes of data\n",
            mc_reader_checked(r) ? "whole" : "readable, but not a stream that can vouch for itself",
            (long long)docs, (unsigned long long)bytes);
    mc_inspected_release(&x);
    mc_reader_close(r);
    return rc;
}

static int show_run(struct job *j, const int32_t *id, const int64_t *span, struct mc_error *e) {
    for (int64_t k = span[0]; k < span[1]; k++)
        MC_TRY(mc_out_printf(&j->out, e, k > span[0] ? " %d" : "%d", id[k]));
    return 0;
}

static int show_example(struct job *j, const struct mc_tokens *t, int64_t i, struct mc_error *e) {
    char number[MC_NUM_TEXT];
    const char *label = t->labels   ? t->label_names[t->labels[i]]
                        : t->values ? mc_num_text(t->values[i], number)
                                    : "";
    MC_TRY(mc_out_printf(&j->out, e, "%s\t", label));
    MC_TRY(show_run(j, t->ids, t->offset + i, e));
    if (mc_tokens_t2t(t)) MC_TRY(mc_out_printf(&j->out, e, "\t"));
    if (t->target_ids) MC_TRY(show_run(j, t->target_ids, t->target_offset + i, e));
    return mc_out_printf(&j->out, e, "\n");
}

static int show_ids(struct job *j, const char *path, struct mc_error *e) {
    struct mc_tokens t;
    MC_TRY(mc_tokens_read(&t, path, j->pool, e));
    int rc = 0;
    for (int64_t i = 0; rc == 0 && i < t.n; i++) rc = show_example(j, &t, i, e);
    mc_tokens_release(&t);
    return rc;
}

static int run(struct job *j, struct mc_error *e) {
    const struct opts *o = j->o;
    static char *const in[] = {(char *)"-"};
    char *const *file = j->c->n_operands ? j->c->operand : in;
    int n = j->c->n_operands ? j->c->n_operands : 1;
    if (o->check + o->digest + o->ids + o->tsv > 1)
        return mc_fail(e, MC_ERR_USAGE, "--check, --digest, --ids and --tsv exclude each other");
    if (!(j->pool = mc_pool_new((int)j->c->threads, e))) return MC_ERR_MEM;
    MC_TRY(mc_out_open(&j->out, j->c->output, e));
    if (o->tsv)
        MC_TRY(mc_out_printf(&j->out, e,
                             "file\tindex\tkind\trole\ttensors\tvalues\tbytes\tt\tstep\ttask\tdiges"
                             "t\tbase\tmethod\n"));
    for (int i = 0; i < n; i++) MC_TRY(o->ids ? show_ids(j, file[i], e) : show_file(j, file[i], e));
    return mc_out_close(&j->out, e);
}

int main(int argc, char **argv) {
    struct opts o = {0};
    const struct mc_opt table[] = {
        {"--check", MC_OPT_FLAG, &o.check,
         .help = "read everything, check it, and say so in a line per file"},
        {"--digest", MC_OPT_FLAG, &o.digest, .help = "digest, file and index of every document"},
        {"--ids", MC_OPT_FLAG, &o.ids,
         .help = "label (or number), ids and target ids of every example of token sets"},
        {"--tsv", MC_OPT_FLAG, &o.tsv, .help = "the listing as a table"},
    };
    struct mc_cli c = {
        .prog = "mc-info",
        .purpose = "lists and checks the documents of streams",
        .operands = "[FILE...]",
        .examples =
            "  mc-info a.st.gz\n  mc-info --check *.st.gz\n  mc-info --ids dev.tok.gz | head\n",
        .see_also = "mc-pick",
        .opts = table,
        .n_opts = MC_COUNT(table),
        .min_operands = 0,
        .max_operands = -1,
    };
    int status = mc_cli_parse(&c, argc, argv);
    if (status >= 0) return status;
    struct mc_error e = {0};
    struct job j = {.c = &c, .o = &o};
    int rc = run(&j, &e);
    mc_out_abort(&j.out);
    mc_pool_free(j.pool);
    return mc_cli_finish(&c, rc, &e);
}
