// Listings of documents: lines for people, a row of a table, a digest. Texts from a file are
// escaped.
#include "mc/list.h"
#include "mc/num.h"

#include <stdio.h>
#include <string.h>

static const char *or_dash(const char *s, const char *dash) { return s ? s : dash; }

static long long count_of(const struct mc_doc *d, const char *tensor) {
    int at = mc_doc_find(d, tensor);
    return at < 0 || d->tensor[at].rank != 1 ? 0 : (long long)d->tensor[at].dim[0];
}

// A line on a token set that is not for a classifier.
static int list_tokens(struct mc_out *o, const struct mc_doc *d, struct mc_error *e) {
    long long n = count_of(d, "lines"), ids = count_of(d, "ids");
    if (mc_doc_get(d, "mc.corpus"))
        return mc_out_printf(o, e, "  corpus: %lld document%s, %lld token%s\n", n, mc_s(n), ids,
                             mc_s(ids));
    if (mc_doc_find(d, "values") >= 0)
        return mc_out_printf(o, e, "  regression: %lld example%s, %lld token%s\n", n, mc_s(n), ids,
                             mc_s(ids));
    bool targets = mc_doc_find(d, "target_ids") >= 0;
    if (!targets && mc_doc_find(d, "pieces") < 0) return 0;
    MC_TRY(mc_out_printf(o, e, "  text to text: %lld example%s, %lld token%s", n, mc_s(n), ids,
                         mc_s(ids)));
    if (targets) MC_TRY(mc_out_printf(o, e, ", %lld of targets", count_of(d, "target_ids")));
    return mc_out_printf(o, e, "%s\n",
                         !targets                         ? ", to predict"
                         : mc_doc_find(d, "answers") >= 0 ? ", free answers"
                         : mc_doc_find(d, "labels") >= 0  ? ""
                                                          : ", no labels");
}

static const char *const LINES[] = {"mc.t",      "mc.step", "mc.task",
                                    "mc.labels", "mc.base", "mc.method"};

// Cells of a row, each escaped; NULL ends them.
static int put_cells(struct mc_out *o, const char *const *cell, const char *between,
                     struct mc_error *e) {
    for (int i = 0; cell[i]; i++) {
        if (i) MC_TRY(mc_out_printf(o, e, "%s", between));
        MC_TRY(mc_out_cell(o, cell[i], e));
    }
    return 0;
}

// A row of the table. Texts are borrowed.
struct row {
    const char *file, *kind, *role, *t, *step, *task, *digest, *base, *method;
    int64_t index, values, bytes;
    int tensors;
};

#define FIELD(f) offsetof(struct row, f)
static const struct mc_column COLUMNS[] = {
    {"file", MC_CELL_ESCAPED, FIELD(file)},     {"index", MC_CELL_WHOLE, FIELD(index)},
    {"kind", MC_CELL_ESCAPED, FIELD(kind)},     {"role", MC_CELL_ESCAPED, FIELD(role)},
    {"tensors", MC_CELL_INT, FIELD(tensors)},   {"values", MC_CELL_WHOLE, FIELD(values)},
    {"bytes", MC_CELL_WHOLE, FIELD(bytes)},     {"t", MC_CELL_ESCAPED, FIELD(t)},
    {"step", MC_CELL_ESCAPED, FIELD(step)},     {"task", MC_CELL_ESCAPED, FIELD(task)},
    {"digest", MC_CELL_TEXT, FIELD(digest)},    {"base", MC_CELL_ESCAPED, FIELD(base)},
    {"method", MC_CELL_ESCAPED, FIELD(method)},
};
enum { N = sizeof COLUMNS / sizeof *COLUMNS };

// A row of the table; row NULL: its header.
static int write_line(struct mc_out *o, const struct row *row, struct mc_error *e) {
    MC_TRY(mc_out_columns(o, COLUMNS, N, row, e));
    return mc_out_printf(o, e, "\n");
}

int mc_list_head(struct mc_out *o, struct mc_error *e) { return write_line(o, NULL, e); }

int mc_list_row(struct mc_out *o, const char *file, const struct mc_inspected *x,
                struct mc_error *e) {
    const struct mc_doc *d = &x->doc;
    const struct row row = {.file = file,
                            .index = x->index,
                            .kind = or_dash(mc_doc_get(d, "mc.kind"), "safetensors"),
                            .role = or_dash(mc_doc_get(d, "mc.role"), "point"),
                            .tensors = d->n_tensors,
                            .values = (int64_t)x->elements,
                            .bytes = (int64_t)d->data_bytes,
                            .t = or_dash(mc_doc_get(d, "mc.t"), "nan"),
                            .step = or_dash(mc_doc_get(d, "mc.step"), "nan"),
                            .task = mc_doc_get(d, "mc.task"),
                            .digest = x->digest,
                            .base = mc_doc_get(d, "mc.base"),
                            .method = mc_doc_get(d, "mc.method")};
    return write_line(o, &row, e);
}

// A line "made by" for each of provenance.
static int list_provenance(struct mc_out *o, const char *text, struct mc_error *e) {
    struct mc_buf line = {0};
    int rc = 0;
    while (rc == 0 && text && *text) {
        size_t n = strcspn(text, "\n");
        line.n = 0;
        rc = mc_buf_add(&line, text, n, e);
        if (rc == 0) rc = mc_out_printf(o, e, "  made by ");
        if (rc == 0) rc = mc_out_cell(o, line.p, e);
        if (rc == 0) rc = mc_out_printf(o, e, "\n");
        text += n + (text[n] == '\n');
    }
    mc_buf_release(&line);
    return rc;
}

static int list_tensors(struct mc_out *o, const struct mc_doc *d, struct mc_error *e) {
    for (int i = 0; i < d->n_tensors; i++) {
        MC_TRY(mc_out_printf(o, e, "  "));
        MC_TRY(mc_out_cell(o, d->tensor[i].name, e));
        MC_TRY(mc_out_printf(o, e, " %s [", mc_dtype_name(d->tensor[i].dtype)));
        for (int k = 0; k < d->tensor[i].rank; k++)
            MC_TRY(mc_out_printf(o, e, "%s%llu", k ? ", " : "",
                                 (unsigned long long)d->tensor[i].dim[k]));
        MC_TRY(mc_out_printf(o, e, "]\n"));
    }
    return 0;
}

int mc_list_doc(struct mc_out *o, const char *file, const struct mc_inspected *x, bool tensors,
                struct mc_error *e) {
    const struct mc_doc *d = &x->doc;
    const char *kind = or_dash(mc_doc_get(d, "mc.kind"), "safetensors"),
               *role = or_dash(mc_doc_get(d, "mc.role"), "point");
    bool model = strcmp(kind, "model") == 0 || strcmp(kind, "delta") == 0;
    MC_TRY(mc_out_cell(o, file, e));
    MC_TRY(mc_out_printf(o, e, ": document %lld: ", (long long)x->index));
    const char *const what[] = {kind, model ? " (" : "", model ? role : "", model ? ")" : "", NULL};
    MC_TRY(put_cells(o, what, "", e));
    MC_TRY(mc_out_printf(o, e, ", %d tensor%s, %llu value%s, %llu byte%s, digest %s\n",
                         d->n_tensors, mc_s(d->n_tensors), (unsigned long long)x->elements,
                         mc_s((int64_t)x->elements), (unsigned long long)d->data_bytes,
                         mc_s((int64_t)d->data_bytes), x->digest));
    for (int i = 0; i < (int)(sizeof LINES / sizeof *LINES); i++) {
        const char *text = mc_doc_get(d, LINES[i]);
        if (!text) continue;
        MC_TRY(mc_out_printf(o, e, "  %s ", LINES[i] + strlen("mc.")));
        MC_TRY(mc_out_cell(o, text, e));
        MC_TRY(mc_out_printf(o, e, "\n"));
    }
    if (strcmp(kind, "tokens") == 0) MC_TRY(list_tokens(o, d, e));
    MC_TRY(list_provenance(o, mc_doc_get(d, "mc.provenance"), e));
    return tensors ? list_tensors(o, d, e) : 0;
}

void mc_list_add(struct mc_list_corpus *s, const struct mc_doc *d) {
    if (!mc_doc_get(d, "mc.corpus")) return;
    s->parts++;
    s->docs += count_of(d, "lines");
    s->ids += count_of(d, "ids");
}

int mc_list_sum(struct mc_out *o, const char *file, const struct mc_list_corpus *s,
                struct mc_error *e) {
    if (s->parts == 0) return 0;
    MC_TRY(mc_out_cell(o, file, e));
    return mc_out_printf(o, e, ": corpus of %lld part%s: %lld document%s, %lld token%s\n",
                         (long long)s->parts, mc_s(s->parts), (long long)s->docs, mc_s(s->docs),
                         (long long)s->ids, mc_s(s->ids));
}

int mc_list_digest(struct mc_out *o, const char *file, const struct mc_inspected *x,
                   struct mc_error *e) {
    char index[24];
    snprintf(index, sizeof index, "%lld", (long long)x->index);
    const char *const cell[] = {x->digest, file, index, NULL};
    MC_TRY(put_cells(o, cell, "\t", e));
    return mc_out_printf(o, e, "\n");
}
