// mc-matrix: many models, each pair's barrier, and which of them belong together.
#include <math.h>
#include <string.h>

#include "mc/cli.h"
#include "mc/matrix.h"
#include "mc/out.h"

struct args {
    const char *value, *task, *names;
    double epsilon;
};

static int check_usage(const struct mc_cli *c, const struct args *a, struct mc_error *e) {
    int dashes = 0;
    for (int i = 0; i < c->n_operands; i++) dashes += strcmp(c->operand[i], "-") == 0;
    if (dashes > 1) return mc_fail(e, MC_ERR_USAGE, "standard input is given %d times", dashes);
    for (int i = 0; i < c->n_operands; i++) MC_TRY(mc_cli_readable(c->operand[i], e));
    return mc_cli_readable(a->names, e);
}

static int work_out(const struct mc_cli *c, const struct args *a, struct mc_matrix *m,
                    struct mc_buf *text, struct mc_error *e) {
    for (int i = 0; i < c->n_operands; i++) MC_TRY(mc_matrix_read(m, c->operand[i], e));
    MC_TRY(mc_matrix_build(m, a->epsilon, e));
    MC_TRY(mc_matrix_name(m, a->names, e));
    return mc_matrix_write(m, text, e);
}

static int run(const struct mc_cli *c, const struct args *a, struct mc_error *e) {
    MC_TRY(check_usage(c, a, e));
    struct mc_matrix m = {.value = a->value, .task = a->task};
    struct mc_buf text = {0};
    struct mc_out out = {0};
    int rc = work_out(c, a, &m, &text, e);
    if (rc == 0) rc = mc_out_open(&out, c->output, e);
    if (rc == 0) rc = mc_out_write(&out, text.p, text.n, e);
    if (rc == 0) rc = mc_out_close(&out, e);
    mc_out_abort(&out);
    mc_buf_release(&text);
    mc_matrix_release(&m);
    return rc;
}

int main(int argc, char **argv) {
    struct args a = {.value = "barrier_lin", .epsilon = .02};
    const struct mc_opt opts[] = {
        {"--value", MC_OPT_STR, &a.value, .arg = "COLUMN",
         .help = "column that is the value of a pair"},
        {"--task", MC_OPT_STR, &a.task, .arg = "T",
         .help = "rows of this task; default: the only one"},
        {"--epsilon", MC_OPT_REAL, &a.epsilon, 0, INFINITY, .arg = "X",
         .help = "largest mean between two clusters that become one"},
        {"--names", MC_OPT_STR, &a.names, .arg = "FILE",
         .help = "names of models, lines of digest, tab, name; default: digits of the digest"},
    };
    struct mc_cli c = {
        .prog = "mc-matrix",
        .purpose = "tables of barriers between pairs of models as one matrix, with its clusters",
        .operands = "BARRIER...",
        .examples = "  mc-barrier ab.tsv ac.tsv bc.tsv > barrier.tsv\n"
                    "  mc-info --digest a.st.gz b.st.gz c.st.gz | cut -f 1,2 > names.tsv\n"
                    "  mc-matrix --names names.tsv barrier.tsv > matrix.tsv\n"
                    "\nBARRIER is a table of mc-barrier. Clusters: average linkage over the pairs "
                    "that were "
                    "measured.\n",
        .see_also = "mc-barrier, mc-info, plots/matrix.gp",
        .opts = opts,
        .n_opts = MC_COUNT(opts),
        .min_operands = 1,
        .max_operands = -1,
    };
    int status = mc_cli_parse(&c, argc, argv);
    struct mc_error e = {0};
    if (status < 0) status = mc_cli_finish(&c, run(&c, &a, &e), &e);
    return status;
}
