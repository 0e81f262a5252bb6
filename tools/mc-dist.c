// mc-dist: distances between all pairs of models, or along a series of them.
#include <stdlib.h>

#include "mc/cli.h"
#include "mc/dist_table.h"
#include "mc/hf.h"

struct opts {
    const char *by;
    bool series;
};

struct job {
    const struct mc_cli *c;
    bool series;
    struct mc_pool *pool;
    struct mc_numbered *m; // held
    struct mc_model *base; // held, or NULL
    int n;
    struct mc_dist_table table;
};

// With a base, deltas are compared as the complete models they fold into; where none does, by what
// they store.
static int fold_all(struct job *j, struct mc_error *e) {
    int at = -1, whole = -1;
    for (int i = 0; i < j->n; i++) {
        bool stuck;
        MC_TRY(mc_dist_stuck(j->m[i].m, &stuck, e));
        *(stuck ? &at : &whole) = i;
    }
    j->table.folds = at < 0;
    if (at >= 0 && whole >= 0) MC_TRY(mc_dist_check_fold(&j->table, j->m[at], j->m[whole], e));
    for (int i = 0; i < j->n; i++) MC_TRY(mc_dist_fold(&j->table, &j->m[i].m, e));
    return 0;
}

static int read_models(struct job *j, struct mc_models *s, struct mc_error *e) {
    int rc = 1;
    while (rc == 1) {
        struct mc_numbered *m = mc_resize(j->m, (size_t)j->n + 1, sizeof *m, e);
        if (!m) return MC_ERR_MEM;
        j->m = m;
        m[j->n].number = j->n;
        rc = mc_models_next(s, &m[j->n].m, e);
        j->n += rc == 1;
    }
    if (rc == 0 && j->n < 2)
        rc = mc_fail(e, MC_ERR_INPUT, "a distance needs two models, %d given%s", j->n,
                     mc_models_advice(s));
    return rc;
}

// All pairs, which are checked before anything is written.
static int write_pairs(struct job *j, struct mc_error *e) {
    MC_TRY(fold_all(j, e));
    for (int a = 0; a < j->n; a++)
        for (int b = a + 1; b < j->n; b++) MC_TRY(mc_dist_check(&j->table, j->m[a], j->m[b], e));
    MC_TRY(mc_dist_open(&j->table, e));
    for (int a = 0; a < j->n; a++)
        for (int b = a + 1; b < j->n; b++)
            MC_TRY(mc_dist_pair(&j->table, j->m[a], j->m[b], NULL, e));
    return 0;
}

static int run(struct job *j, struct mc_error *e) {
    struct mc_models s;
    if (!(j->pool = mc_pool_new((int)j->c->threads, e))) return MC_ERR_MEM;
    if (j->c->base) MC_TRY(mc_hf_base_load(&j->base, j->c->base, j->pool, &j->c->log, e));
    j->table.base = j->base;
    j->table.output = j->c->output;
    mc_models_init(&s, j->c->operand, j->c->n_operands, j->pool);
    s.base_path = j->c->base;
    s.of_dir = mc_hf_model;
    s.log = &j->c->log;
    if ((s.file_base = j->base)) mc_model_hold(j->base);
    int rc = j->series ? mc_dist_series(&j->table, &s, &j->c->log, e) : read_models(j, &s, e);
    mc_models_release(&s);
    MC_TRY(rc);
    if (!j->series) MC_TRY(write_pairs(j, e));
    return mc_out_close(&j->table.out, e);
}

int main(int argc, char **argv) {
    struct opts o = {.by = "layer"};
    const struct mc_opt table[] = {
        {"--by", MC_OPT_CHOICE, &o.by, .choices = MC_GROUP_CHOICES, .help = "groups of tensors"},
        {"--series", MC_OPT_FLAG, &o.series,
         .help =
             "models in order, each with the first and with the one before; tells of equal ones "
             "and of a distance to the first that falls"},
    };
    struct mc_cli c = {
        .prog = "mc-dist",
        .purpose = "distances between all pairs of models, or along a series of them",
        .operands = "[FILE|DIR...]",
        .examples =
            "  mc-dist a.st.gz b.st.gz\n"
            "  mc-dist tuned-1/ tuned-2/   # directories of Hugging Face, or with --base of PEFT\n"
            "  mc-dist --base base.st.gz --by kind a.st.gz b.st.gz   # cosine of the updates\n"
            "  mc-finetune --save-at 0,100,200 --train t.tok.gz < a.st.gz | mc-dist --series\n",
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
    j.table.by = mc_group_by_word(o.by);
    j.series = o.series;
    int rc = run(&j, &e);
    mc_out_abort(&j.table.out);
    for (int i = 0; i < j.n; i++) mc_model_drop(j.m[i].m);
    free(j.m);
    mc_model_drop(j.base);
    mc_pool_free(j.pool);
    return mc_cli_finish(&c, rc, &e);
}
