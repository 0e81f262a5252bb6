// The table of mc-dist, a pair of models at a time.
#include "mc/dist_table.h"

#include <math.h>
#include <stdlib.h>

#include "mc/compare.h"
#include "mc/method.h"
#include "mc/num.h"

static int class_of(const struct mc_model *m, const struct mc_method_class **cls,
                    struct mc_error *e) {
    struct mc_method h;
    MC_TRY(mc_method_of(&h, m, e));
    *cls = h.cls;
    mc_method_release(&h);
    return 0;
}

int mc_dist_stuck(const struct mc_model *m, bool *stuck, struct mc_error *e) {
    const struct mc_method_class *cls = NULL;
    MC_TRY(class_of(m, &cls, e));
    *stuck = cls && cls->unfoldable;
    return 0;
}

int mc_dist_fold(const struct mc_dist_table *t, struct mc_model **m, struct mc_error *e) {
    struct mc_model *whole;
    if (!t->folds || !t->base || !(*m)->base) return 0;
    MC_TRY(mc_method_fold(&whole, *m, false, e));
    mc_model_drop(*m);
    *m = whole;
    return 0;
}

int mc_dist_check_fold(const struct mc_dist_table *t, struct mc_numbered stuck,
                       struct mc_numbered other, struct mc_error *e) {
    const struct mc_method_class *cls = NULL;
    if (!t->base) return 0;
    MC_TRY(class_of(stuck.m, &cls, e));
    return mc_fail(e, MC_ERR_INPUT,
                   "model %d is a delta of method %s, which cannot be folded and compared with "
                   "model %d: %s",
                   stuck.number, cls->name, other.number, cls->unfoldable);
}

// --base is advised where the two would fold.
int mc_dist_check(const struct mc_dist_table *t, struct mc_numbered a, struct mc_numbered b,
                  struct mc_error *e) {
    const struct mc_method_class *cls[2] = {NULL};
    struct mc_difference what;
    MC_TRY(mc_models_compare(a.m, b.m, &what, e));
    if (what.of == MC_SAME) return 0;
    MC_TRY(class_of(a.m, &cls[0], e));
    MC_TRY(class_of(b.m, &cls[1], e));
    bool helps = !t->base && (cls[0] || cls[1]) && what.of != MC_OTHER_CONFIGS &&
                 what.of != MC_OTHER_TOKENIZERS;
    for (int i = 0; i < 2; i++) helps &= !cls[i] || !cls[i]->unfoldable;
    return mc_fail(e, MC_ERR_INPUT, "models %d and %d: the models have different %s%s", a.number,
                   b.number, what.text, helps ? " (--base FILE compares what they fold into)" : "");
}

// --- rows

struct row {
    int a, b; // numbers of models
    const char *group;
    struct mc_dist of;
    double step_a, step_b;
};

#define FIELD(f) offsetof(struct row, f)
static const struct mc_column COLUMNS[] = {
    {"a", MC_CELL_INT, FIELD(a)},
    {"b", MC_CELL_INT, FIELD(b)},
    {"group", MC_CELL_TEXT, FIELD(group)},
    {"n", MC_CELL_WHOLE, FIELD(of.n)},
    {"l2", MC_CELL_REAL, FIELD(of.l2)},
    {"rms", MC_CELL_REAL, FIELD(of.rms)},
    {"cosine", MC_CELL_REAL, FIELD(of.cosine)},
    {"step_a", MC_CELL_REAL, FIELD(step_a)}, // of a series
    {"step_b", MC_CELL_REAL, FIELD(step_b)},
};
enum { N_COLUMNS = sizeof COLUMNS / sizeof *COLUMNS, N_STEPS = 2 };

// A row of the table; row NULL: its header.
static int write_line(struct mc_dist_table *t, const struct row *row, struct mc_error *e) {
    int n = t->steps ? N_COLUMNS : N_COLUMNS - N_STEPS;
    MC_TRY(mc_out_columns(&t->out, COLUMNS, n, row, e));
    return mc_out_printf(&t->out, e, "\n");
}

static const struct mc_shown SHOWN[] = {{"a", 0},      {"b", 0},   {"group", 0},  {"n", 0},
                                        {"l2", 4},     {"rms", 4}, {"cosine", 4}, {"step_a", 0},
                                        {"step_b", 0}, {NULL, 0}};

int mc_dist_open(struct mc_dist_table *t, struct mc_error *e) {
    MC_TRY(mc_out_open_table(&t->out, t->output, SHOWN, e));
    return write_line(t, NULL, e);
}

static int step_of(const struct mc_dist_table *t, struct mc_numbered of, double *step,
                   struct mc_error *e) {
    const char *text = t->steps ? mc_doc_get(&of.m->meta, "mc.step") : NULL;
    *step = NAN;
    if (!text || mc_parse_f64(text, step)) return 0;
    return mc_fail(e, MC_ERR_INPUT, "model %d: mc.step '%s' is no number", of.number, text);
}

int mc_dist_pair(struct mc_dist_table *t, struct mc_numbered a, struct mc_numbered b, double *l2,
                 struct mc_error *e) {
    struct row row = {.a = a.number, .b = b.number};
    struct mc_dist *d;
    int n;
    MC_TRY(step_of(t, a, &row.step_a, e));
    MC_TRY(step_of(t, b, &row.step_b, e));
    int rc = mc_distances(a.m, b.m, t->folds ? t->base : NULL, t->by, &d, &n, e);
    if (rc < 0) return mc_fail_in(e, "models %d and %d", a.number, b.number);
    for (int i = 0; rc == 0 && i < n; i++)
        if (!isfinite(d[i].l2))
            rc = mc_fail(e, MC_ERR_INPUT, "models %d and %d: the distance of %s is not finite",
                         a.number, b.number, d[i].group);
    for (int i = 0; rc == 0 && i < n; i++) {
        row.group = d[i].group;
        row.of = d[i];
        rc = write_line(t, &row, e);
    }
    if (l2) *l2 = d[n - 1].l2; // of all, the last group
    free(d);
    return rc;
}
