// Training dynamics: what the model thinks of every training example after every epoch.
#include <string.h>

#include "mc/num.h"
#include "mc/out.h"
#include "mc/split.h"
#include "mc/train.h"

// The training set as a task, which borrows its tokens: all examples that count.
int mc_training_dynamics_open(struct mc_training *t, struct mc_error *e) {
    struct mc_task *w = &t->watched;
    const struct mc_batches *b = &t->batches;
    *w = (struct mc_task){.tokens = *b->set, .n = b->subset ? b->n_subset : b->set->n};
    w->label = mc_new((size_t)w->tokens.n, sizeof *w->label, e);
    if (!w->label || !(w->name = mc_strdup(b->name, e))) return MC_ERR_MEM;
    if (!b->subset) return 0;
    if (!(w->pick = mc_new((size_t)w->n, sizeof *w->pick, e))) return MC_ERR_MEM;
    memcpy(w->pick, b->subset, (size_t)w->n * sizeof *w->pick);
    mc_sort_ints(w->pick, w->n);
    return 0;
}

void mc_training_dynamics_close(struct mc_training *t) {
    t->watched.tokens = (struct mc_tokens){0}; // of the batches
    mc_task_release(&t->watched);
    mc_buf_release(&t->dynamics_text);
}

struct row {
    int64_t epoch, example;
    const char *label, *predicted;
    double loss, p_label;
    int gold;
    const char *logits;
};
#define FIELD(f) offsetof(struct row, f)
static const struct mc_column COLUMN[] = {
    {"epoch", MC_CELL_WHOLE, FIELD(epoch)}, {"example", MC_CELL_WHOLE, FIELD(example)},
    {"label", MC_CELL_TEXT, FIELD(label)},  {"predicted", MC_CELL_TEXT, FIELD(predicted)},
    {"loss", MC_CELL_REAL, FIELD(loss)},    {"p_label", MC_CELL_REAL, FIELD(p_label)},
    {"gold", MC_CELL_INT, FIELD(gold)},     {"logits", MC_CELL_TEXT, FIELD(logits)}};
enum { COLUMNS = sizeof COLUMN / sizeof *COLUMN };

static int list_logits(const struct mc_scores *s, int64_t i, struct mc_buf *out,
                       struct mc_error *e) {
    char text[MC_NUM_TEXT];
    out->n = 0;
    for (int k = 0; k < s->n_labels; k++)
        MC_TRY(mc_buf_printf(out, e, "%s%s", k ? "," : "",
                             mc_num_text(s->logit[i * s->n_labels + k], text)));
    return 0;
}

static int add_rows(struct mc_training *t, struct mc_buf *logits, struct mc_error *e) {
    const struct mc_scores *s = &t->scores;
    for (int64_t i = 0; i < s->n; i++) {
        int64_t example = mc_task_example(&t->watched, i);
        int gold = t->watched.label[example];
        MC_TRY(list_logits(s, i, logits, e));
        const struct row r = {.epoch = t->step / t->per_epoch,
                              .example = example,
                              .label = s->labels[gold],
                              .predicted = s->labels[s->predicted[i]],
                              .loss = s->loss[i],
                              .p_label = s->p_label[i],
                              .gold = gold,
                              .logits = logits->p};
        MC_TRY(mc_buf_add(&t->dynamics_text, "\n", 1, e));
        MC_TRY(mc_columns_row(COLUMN, COLUMNS, &r, &t->dynamics_text, e));
    }
    return 0;
}

int mc_training_dynamics_add(struct mc_training *t, struct mc_error *e) {
    struct mc_buf logits = {0};
    int rc = mc_evaluate(&t->eval, t->batches.objective, t->m, &t->watched, &t->scores, e);
    if (rc == 0) rc = add_rows(t, &logits, e);
    mc_buf_release(&logits);
    return rc;
}

int mc_training_dynamics_write(const struct mc_training *t, const char *path, struct mc_error *e) {
    struct mc_out out = {0};
    int rc = mc_out_open(&out, path, e);
    if (rc == 0) rc = mc_out_columns(&out, COLUMN, COLUMNS, NULL, e);
    if (rc == 0) rc = mc_out_write(&out, t->dynamics_text.p, t->dynamics_text.n, e);
    if (rc == 0) rc = mc_out_write(&out, "\n", 1, e);
    if (rc == 0) rc = mc_out_close(&out, e);
    mc_out_abort(&out);
    return rc;
}
