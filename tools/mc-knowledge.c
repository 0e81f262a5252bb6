// mc-knowledge: what a path forgets and learns of a task, and how hard that was to learn.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mc/cli.h"
#include "mc/folder.h"
#include "mc/knowledge.h"
#include "mc/out.h"

struct args {
    const char *task, *dynamics, *select, *cartography;
    char selections[MC_SELECTION_CHOICES];
    int64_t n, permutations, seed;
    bool n_given, permutations_given;
};

struct job {
    const struct args *a;
    const char *path; // the per-example table, or NULL
    struct mc_ledgers l;
    struct mc_dynamics d;
    int **at; // [l.n] where the examples of a ledger stand in the dynamics
    struct mc_buf text;
};

static int check_selection(const struct args *a, bool of_path, struct mc_error *e) {
    const struct mc_selection *s = mc_selection_find(a->select);
    if (of_path && !s->of_path)
        return mc_fail(e, MC_ERR_USAGE,
                       "--select %s is of the dynamics alone, not of a per-example table",
                       a->select);
    if (!of_path && !s->key)
        return mc_fail(e, MC_ERR_USAGE, "--select %s is of a per-example table, which is missing",
                       a->select);
    return 0;
}

static int check_usage(const struct mc_cli *c, const struct args *a, struct mc_error *e) {
    const char *path = c->n_operands ? c->operand[0] : NULL;
    if (!path && !a->dynamics)
        return mc_fail(e, MC_ERR_USAGE, "neither a per-example table nor --dynamics");
    if (!path && a->task)
        return mc_fail(e, MC_ERR_USAGE, "--task is of a per-example table, which is missing");
    if (path && a->dynamics && strcmp(path, "-") == 0 && strcmp(a->dynamics, "-") == 0)
        return mc_fail(e, MC_ERR_USAGE, "standard input is given 2 times");
    if (a->permutations_given && (!path || !a->dynamics || a->select))
        return mc_fail(e, MC_ERR_USAGE,
                       "--permutations: nothing is tested here but a path beside --dynamics");
    if (a->select) MC_TRY(check_selection(a, path, e));
    MC_TRY(mc_cli_readable(path, e));
    MC_TRY(mc_cli_readable(a->dynamics, e));
    return a->cartography ? mc_folder_may_write(a->cartography, e) : 0;
}

static int match(struct job *j, struct mc_error *e) {
    if (!(j->at = mc_new((size_t)j->l.n, sizeof *j->at, e))) return MC_ERR_MEM;
    for (int i = 0; j->a->dynamics && i < j->l.n; i++) {
        const struct mc_ledger *l = &j->l.v[i];
        if (!(j->at[i] = mc_new((size_t)l->n, sizeof **j->at, e))) return MC_ERR_MEM;
        MC_TRY(mc_ledger_match(l, j->l.table.name, &j->d, j->at[i], e));
    }
    return 0;
}

static int write_ledgers(struct job *j, struct mc_error *e) {
    const struct mc_dynamics *d = j->a->dynamics ? &j->d : NULL;
    MC_TRY(mc_ledger_head(&j->text, e));
    for (int i = 0; i < j->l.n; i++)
        MC_TRY(mc_ledger_rows(&j->l.v[i], d, j->at[i], j->a->permutations, (uint64_t)j->a->seed,
                              &j->text, e));
    return 0;
}

static int choose(struct job *j, struct mc_error *e) {
    const struct mc_selection *s = mc_selection_find(j->a->select);
    const struct mc_dynamics *d = j->a->dynamics ? &j->d : NULL;
    int64_t *example = NULL;
    int n = 0, rc;
    if (j->path && j->l.n > 1)
        return mc_fail(e, MC_ERR_INPUT, "%s: %d tasks: --task says of which to choose",
                       j->l.table.name, j->l.n);
    if (j->path)
        rc = mc_select_of_path(s, &j->l.v[0], d, j->at[0], &example, &n, e);
    else
        rc = mc_select_of_dynamics(s, d, (uint64_t)j->a->seed, &example, &n, e);
    for (int i = 0; rc == 0 && i < n && !(j->a->n_given && i >= j->a->n); i++)
        rc = mc_buf_printf(&j->text, e, "%lld\n", (long long)example[i]);
    free(example);
    return rc;
}

static int work_out(struct job *j, struct mc_error *e) {
    const struct args *a = j->a;
    if (j->path) MC_TRY(mc_ledgers_read(&j->l, j->path, a->task, e));
    if (a->dynamics) MC_TRY(mc_dynamics_read(&j->d, a->dynamics, e));
    if (j->path) MC_TRY(match(j, e));
    if (a->select) return choose(j, e);
    return j->path ? write_ledgers(j, e) : mc_dynamics_table(&j->d, &j->text, e);
}

static int run(const struct mc_cli *c, const struct args *a, struct mc_error *e) {
    struct job j = {.a = a, .path = c->n_operands ? c->operand[0] : NULL};
    struct mc_out out = {0};
    MC_TRY(check_usage(c, a, e));
    int rc = work_out(&j, e);
    if (rc == 0) rc = mc_out_open(&out, c->output, e);
    // before the table, which may go to a pipe: what fails here leaves none that looks whole
    if (rc == 0 && a->cartography) rc = mc_dynamics_cartography(&j.d, a->cartography, e);
    if (rc == 0) rc = mc_out_write(&out, j.text.p, j.text.n, e);
    if (rc == 0) rc = mc_out_close(&out, e);
    mc_out_abort(&out);
    for (int i = 0; j.at && i < j.l.n; i++) free(j.at[i]);
    free(j.at);
    mc_ledgers_release(&j.l);
    mc_dynamics_release(&j.d);
    mc_buf_release(&j.text);
    return rc;
}

int main(int argc, char **argv) {
    struct args a = {.permutations = 10000};
    const struct mc_opt opts[] = {
        {"--task", MC_OPT_STR, &a.task, .arg = "T", .help = "this task alone; default: all"},
        {"--dynamics", MC_OPT_STR, &a.dynamics, .arg = "FILE",
         .help = "training dynamics, of mc-finetune --dynamics"},
        {"--permutations", MC_OPT_INT, &a.permutations, 1, 1e9, .arg = "P",
         .help = "of the test whether what is forgotten is harder", .given = &a.permutations_given},
        {"--seed", MC_OPT_INT, &a.seed, 0, INFINITY, .arg = "S",
         .help = "of the permutations, and of --select random"},
        {"--select", MC_OPT_CHOICE, &a.select, .choices = mc_selection_choices(a.selections),
         .help = "print the numbers of these examples instead, for mc-finetune --only"},
        {"-n", MC_OPT_INT, &a.n, 1, INT32_MAX, .arg = "N", .help = "at most so many of them",
         .given = &a.n_given, .only_with = "--select"},
        {"--cartography", MC_OPT_STR, &a.cartography, .arg = "DIR",
         .help = "also write the dynamics as allenai/cartography has them, into a new directory",
         .only_with = "--dynamics"},
    };
    struct mc_cli c = {
        .prog = "mc-knowledge",
        .purpose = "what a path forgets and learns of a task, beside how hard it was to learn",
        .operands = "[PER_EXAMPLE]",
        .examples =
            "  mc-interp -n 6 a.st.gz b.st.gz | mc-eval --per-example each.tsv train.tok.gz "
            "> path.tsv\n"
            "  mc-knowledge --dynamics dynamics.tsv each.tsv\n"
            "  mc-knowledge --dynamics dynamics.tsv --select forgotten -n 500 each.tsv "
            "> only.txt\n"
            "\nPER_EXAMPLE is a table of mc-eval over the points of a path, - standard input. "
            "Without it:\nwhat the dynamics tell of every example.\n",
        .see_also = "mc-eval, mc-finetune, plots/map.gp, plots/ledger.gp",
        .opts = opts,
        .n_opts = MC_COUNT(opts),
        .min_operands = 0,
        .max_operands = 1,
    };
    int status = mc_cli_parse(&c, argc, argv);
    struct mc_error e = {0};
    if (status < 0) status = mc_cli_finish(&c, run(&c, &a, &e), &e);
    return status;
}
