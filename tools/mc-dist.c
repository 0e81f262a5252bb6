// mc-dist: distances between all pairs of models.
#include <math.h>
#include <stdlib.h>

#include "mc/cli.h"
#include "mc/compare.h"
#include "mc/model_stream.h"
#include "mc/dist.h"
#include "mc/method.h"
#include "mc/out.h"

struct opts {
    const char *by;
};

struct job {
    const struct mc_cli *c;
    enum mc_group_by by;
    struct mc_pool *pool;
    struct mc_model **m;   // held
    struct mc_model *base; // held, or NULL
    int n;
    bool folds; // every model that is a delta
    struct mc_out out;
};

static int class_of(const struct mc_model *m, const struct mc_method_class **cls,
                    struct mc_error *e) {
    struct mc_method h;
    MC_TRY(mc_method_of(&h, m, e));
    *cls = h.cls;
    mc_method_release(&h);
    return 0;
}

static int fold(struct mc_model **m, struct mc_error *e) {
    struct mc_model *whole;
    if (!(*m)->base) return 0;
    MC_TRY(mc_method_fold(&whole, *m, e));
    mc_model_drop(*m);
    *m = whole;
    return 0;
}

// With a base, deltas are compared as the complete models they fold into; where none does, by what
// they store.
static int fold_all(struct job *j, struct mc_error *e) {
    const struct mc_method_class *cls, *stuck = NULL;
    int at = -1, whole = -1;
    for (int i = 0; i < j->n; i++) {
        MC_TRY(class_of(j->m[i], &cls, e));
        if (!cls || !cls->unfoldable) {
            whole = i;
            continue;
        }
        stuck = cls;
        at = i;
    }
    j->folds = !stuck;
    if (stuck && whole >= 0 && j->base)
        return mc_fail(e, MC_ERR_INPUT,
                       "model %d is a delta of method %s, which cannot be folded and compared with "
                       "model %d: %s",
                       at, stuck->name, whole, stuck->unfoldable);
    for (int i = 0; j->folds && j->base && i < j->n; i++) MC_TRY(fold(&j->m[i], e));
    return 0;
}

static int read_models(struct job *j, struct mc_error *e) {
    struct mc_models s;
    mc_models_init(&s, j->c->operand, j->c->n_operands, j->pool);
    s.base_path = j->c->base;
    if ((s.file_base = j->base)) mc_model_hold(j->base);
    int rc = 1;
    while (rc == 1) {
        struct mc_model **m = mc_resize(j->m, (size_t)j->n + 1, sizeof *m, e);
        if (m) j->m = m;
        rc = m ? mc_models_next(&s, &m[j->n], e) : MC_ERR_MEM;
        j->n += rc == 1;
    }
    if (rc == 0 && j->n < 2)
        rc = mc_fail(e, MC_ERR_INPUT, "a distance needs two models, %d given%s", j->n,
                     mc_models_advice(&s));
    mc_models_release(&s);
    return rc < 0 ? rc : fold_all(j, e);
}

// All pairs, before anything is written; --base is advised where the two would fold.
static int check_pair(const struct job *j, int a, int b, struct mc_error *e) {
    const struct mc_model *m = j->m[a], *other = j->m[b];
    const struct mc_method_class *cls[2];
    struct mc_difference what;
    MC_TRY(mc_models_compare(m, other, &what, e));
    if (what.of == MC_SAME) return 0;
    MC_TRY(class_of(m, &cls[0], e));
    MC_TRY(class_of(other, &cls[1], e));
    bool helps = !j->base && (cls[0] || cls[1]) && what.of != MC_OTHER_CONFIGS &&
                 what.of != MC_OTHER_TOKENIZERS;
    for (int i = 0; i < 2; i++) helps &= !cls[i] || !cls[i]->unfoldable;
    return mc_fail(e, MC_ERR_INPUT, "models %d and %d: the models have different %s%s", a, b,
                   what.text, helps ? " (--base FILE compares what they fold into)" : "");
}

// A row of the table.
struct row {
    int a, b; // numbers of models
    const char *group;
    struct mc_dist of;
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
};

// A row of the table; row NULL: its header.
static int write_line(struct job *j, const struct row *row, struct mc_error *e) {
    MC_TRY(mc_out_columns(&j->out, COLUMNS, MC_COUNT(COLUMNS), row, e));
    return mc_out_printf(&j->out, e, "\n");
}

static int write_pair(struct job *j, int a, int b, struct mc_error *e) {
    struct mc_dist *d;
    int n;
    int rc = mc_distances(j->m[a], j->m[b], j->folds ? j->base : NULL, j->by, &d, &n, e);
    if (rc < 0) return mc_fail_in(e, "models %d and %d", a, b);
    for (int i = 0; rc == 0 && i < n; i++)
        if (!isfinite(d[i].l2))
            rc = mc_fail(e, MC_ERR_INPUT, "models %d and %d: the distance of %s is not finite", a,
                         b, d[i].group);
    for (int i = 0; rc == 0 && i < n; i++)
        rc = write_line(j, &(struct row){a, b, d[i].group, d[i]}, e);
    free(d);
    return rc;
}

static int run(struct job *j, struct mc_error *e) {
    if (!(j->pool = mc_pool_new((int)j->c->threads, e))) return MC_ERR_MEM;
    if (j->c->base) MC_TRY(mc_base_load(&j->base, j->c->base, j->pool, e));
    MC_TRY(read_models(j, e));
    for (int a = 0; a < j->n; a++)
        for (int b = a + 1; b < j->n; b++) MC_TRY(check_pair(j, a, b, e));
    MC_TRY(mc_out_open(&j->out, j->c->output, e));
    MC_TRY(write_line(j, NULL, e));
    for (int a = 0; a < j->n; a++)
        for (int b = a + 1; b < j->n; b++) MC_TRY(write_pair(j, a, b, e));
    return mc_out_close(&j->out, e);
}

int main(int argc, char **argv) {
    struct opts o = {.by = "layer"};
    const struct mc_opt table[] = {
        {"--by", MC_OPT_CHOICE, &o.by, .choices = MC_GROUP_CHOICES, .help = "groups of tensors"},
    };
    struct mc_cli c = {
        .prog = "mc-dist",
        .purpose = "distances between all pairs of models",
        .operands = "[FILE...]",
        .examples =
            "  mc-dist a.st.gz b.st.gz\n"
            "  mc-dist --base base.st.gz --by kind a.st.gz b.st.gz   # cosine of the updates\n",
        .see_also = "mc-interp, mc-barrier",
        .opts = table,
        .n_opts = MC_COUNT(table),
        .use = MC_CLI_MODELS | MC_CLI_FILES,
        .min_operands = 0,
        .max_operands = -1,
    };
    int status = mc_cli_parse(&c, argc, argv);
    if (status >= 0) return status;
    struct mc_error e = {0};
    struct job j = {.c = &c};
    j.by = mc_group_by_word(o.by);
    int rc = run(&j, &e);
    mc_out_abort(&j.out);
    for (int i = 0; i < j.n; i++) mc_model_drop(j.m[i]);
    free(j.m);
    mc_model_drop(j.base);
    mc_pool_free(j.pool);
    return mc_cli_finish(&c, rc, &e);
}
