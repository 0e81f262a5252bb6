// Training dynamics: the table that mc-finetune writes, read back, and what it tells of every
// example.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mc/knowledge.h"
#include "mc/num.h"

struct columns {
    int epoch, example, label, predicted, p_label, gold, logits;
};

static int find_columns(const struct mc_tsv *t, struct columns *c, struct mc_error *e) {
    MC_TRY(c->epoch = mc_tsv_column(t, "epoch", e));
    MC_TRY(c->example = mc_tsv_column(t, "example", e));
    MC_TRY(c->label = mc_tsv_column(t, "label", e));
    MC_TRY(c->predicted = mc_tsv_column(t, "predicted", e));
    MC_TRY(c->p_label = mc_tsv_column(t, "p_label", e));
    MC_TRY(c->gold = mc_tsv_column(t, "gold", e));
    MC_TRY(c->logits = mc_tsv_column(t, "logits", e));
    return 0;
}

static int bad(const struct mc_tsv *t, int64_t row, const char *what, struct mc_error *e) {
    return mc_fail(e, MC_ERR_INPUT, "%s: line %lld: %s", t->name, (long long)row + 2, what);
}

// Commas of the logits, each between numbers, tell how many there are.
static int count_logits(const struct mc_tsv *t, int64_t row, const char *text, int64_t *n,
                        struct mc_error *e) {
    char number[MC_NUM_TEXT];
    double x;
    *n = 0;
    for (const char *p = text;; p++) {
        size_t k = strcspn(p, ",");
        if (k == 0 || k >= sizeof number) return bad(t, row, "logits are no numbers", e);
        memcpy(number, p, k);
        number[k] = 0;
        if (!mc_parse_f64(number, &x)) return bad(t, row, "logits are no numbers", e);
        (*n)++;
        p += k;
        if (!*p) return 0;
    }
}

static int reserve(struct mc_dynamics *d, struct mc_error *e) {
    size_t n = (size_t)d->n, all = (size_t)d->table.n_rows;
    bool ok = (d->example = mc_new(n, sizeof *d->example, e)) &&
              (d->label = mc_new(n, sizeof *d->label, e)) &&
              (d->logits = mc_new(all, sizeof *d->logits, e)) &&
              (d->gold = mc_new(all, sizeof *d->gold, e)) &&
              (d->right = mc_new(all, sizeof *d->right, e)) &&
              (d->p_label = mc_new(all, sizeof *d->p_label, e)) &&
              (d->confidence = mc_new(n, sizeof *d->confidence, e)) &&
              (d->variability = mc_new(n, sizeof *d->variability, e)) &&
              (d->correct = mc_new(n, sizeof *d->correct, e)) &&
              (d->forgetting = mc_new(n, sizeof *d->forgetting, e));
    return ok ? 0 : MC_ERR_MEM;
}

// Row k, which is of example number i of its epoch.
static int read_row(struct mc_dynamics *d, const struct columns *c, int64_t k, int i,
                    struct mc_error *e) {
    const struct mc_tsv *t = &d->table;
    const char *label = mc_tsv_cell(t, k, c->label);
    int64_t epoch, example, gold, n_logits;
    MC_TRY(mc_tsv_whole(t, k, c->epoch, 0, &epoch, e));
    MC_TRY(mc_tsv_whole(t, k, c->example, 0, &example, e));
    MC_TRY(mc_tsv_whole(t, k, c->gold, 0, &gold, e));
    d->logits[k] = mc_tsv_cell(t, k, c->logits);
    MC_TRY(count_logits(t, k, d->logits[k], &n_logits, e));
    if (epoch != k / d->n + 1)
        return mc_fail(e, MC_ERR_INPUT,
                       "%s: line %lld: epoch %lld, but the %d examples of epoch 1 make this a row "
                       "of epoch %lld",
                       t->name, (long long)k + 2, (long long)epoch, d->n,
                       (long long)(k / d->n + 1));
    if (k < d->n) {
        d->example[i] = example;
        d->label[i] = label;
        if (i > 0 && example <= d->example[i - 1])
            return bad(t, k, "examples of an epoch are not in rising order", e);
    }
    if (example != d->example[i] || strcmp(label, d->label[i]) != 0)
        return bad(t, k, "not the example and label of epoch 1 in this place", e);
    if (!*label) return bad(t, k, "no label", e);
    if (gold >= n_logits) return bad(t, k, "gold is no place in the logits", e);
    MC_TRY(mc_tsv_number(t, k, c->p_label, &d->p_label[k], e));
    if (!(d->p_label[k] >= 0 && d->p_label[k] <= 1))
        return bad(t, k, "p_label is no probability", e);
    d->gold[k] = (int32_t)gold;
    d->right[k] = strcmp(label, mc_tsv_cell(t, k, c->predicted)) == 0;
    return 0;
}

static void describe(struct mc_dynamics *d, int i) {
    double sum = 0, squares = 0;
    int correct = 0, forgotten = 0;
    for (int k = 0; k < d->n_epochs; k++) {
        bool right = d->right[k * d->n + i];
        sum += d->p_label[k * d->n + i];
        correct += right;
        forgotten += k > 0 && !right && d->right[(k - 1) * d->n + i];
    }
    d->confidence[i] = sum / d->n_epochs;
    for (int k = 0; k < d->n_epochs; k++) {
        double x = d->p_label[k * d->n + i] - d->confidence[i];
        squares += x * x;
    }
    d->variability[i] = sqrt(squares / d->n_epochs);
    d->correct[i] = correct;
    d->forgetting[i] = correct ? forgotten : -1;
}

static int read_rows(struct mc_dynamics *d, struct mc_error *e) {
    const struct mc_tsv *t = &d->table;
    struct columns c = {0};
    int64_t n = 1;
    MC_TRY(find_columns(t, &c, e));
    if (t->n_rows == 0) return mc_fail(e, MC_ERR_INPUT, "%s: no epoch in it", t->name);
    const char *first = mc_tsv_cell(t, 0, c.epoch);
    while (n < t->n_rows && strcmp(mc_tsv_cell(t, n, c.epoch), first) == 0) n++;
    if (t->n_rows > INT32_MAX) return mc_fail(e, MC_ERR_INPUT, "%s: too many rows", t->name);
    d->n = (int)n;
    d->n_epochs = (int)(t->n_rows / n);
    if (t->n_rows % n)
        return mc_fail(e, MC_ERR_INPUT, "%s: %lld rows are no whole number of epochs of %d",
                       t->name, (long long)t->n_rows, d->n);
    MC_TRY(reserve(d, e));
    for (int64_t k = 0; k < t->n_rows; k++) MC_TRY(read_row(d, &c, k, (int)(k % n), e));
    for (int i = 0; i < d->n; i++) describe(d, i);
    return 0;
}

int mc_dynamics_read(struct mc_dynamics *d, const char *path, struct mc_error *e) {
    static const char *const need[] = {"epoch",   "example", "label",  "predicted",
                                       "p_label", "gold",    "logits", NULL};
    MC_TRY(mc_tsv_read(&d->table, path, need, e));
    return read_rows(d, e);
}

void mc_dynamics_release(struct mc_dynamics *d) {
    mc_tsv_release(&d->table);
    free(d->example);
    free(d->label);
    free(d->logits);
    free(d->gold);
    free(d->right);
    free(d->p_label);
    free(d->confidence);
    free(d->variability);
    free(d->correct);
    free(d->forgetting);
    *d = (struct mc_dynamics){0};
}

int mc_dynamics_find(const struct mc_dynamics *d, int64_t example) {
    int low = 0, high = d->n;
    while (low < high) {
        int mid = low + (high - low) / 2;
        if (d->example[mid] < example)
            low = mid + 1;
        else
            high = mid;
    }
    return low < d->n && d->example[low] == example ? low : -1;
}

struct row {
    int64_t example;
    const char *label;
    double confidence, variability, correctness;
    int forgetting;
};
#define FIELD(f) offsetof(struct row, f)
static const struct mc_column COLUMN[] = {{"example", MC_CELL_WHOLE, FIELD(example)},
                                          {"label", MC_CELL_TEXT, FIELD(label)},
                                          {"confidence", MC_CELL_REAL, FIELD(confidence)},
                                          {"variability", MC_CELL_REAL, FIELD(variability)},
                                          {"correctness", MC_CELL_REAL, FIELD(correctness)},
                                          {"forgetting", MC_CELL_INT, FIELD(forgetting)}};
enum { COLUMNS = sizeof COLUMN / sizeof *COLUMN };

int mc_dynamics_table(const struct mc_dynamics *d, struct mc_buf *out, struct mc_error *e) {
    MC_TRY(mc_columns_head(COLUMN, COLUMNS, out, e));
    for (int i = 0; i < d->n; i++) {
        const struct row r = {.example = d->example[i],
                              .label = d->label[i],
                              .confidence = d->confidence[i],
                              .variability = d->variability[i],
                              .correctness = (double)d->correct[i] / d->n_epochs,
                              .forgetting = d->forgetting[i]};
        MC_TRY(mc_buf_add(out, "\n", 1, e));
        MC_TRY(mc_columns_row(COLUMN, COLUMNS, &r, out, e));
    }
    return mc_buf_add(out, "\n", 1, e);
}
