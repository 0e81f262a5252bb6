// mc-norm: a program that a test adds, in this one file: the length of every model of a stream.
#include <math.h>

#include "mc/cli.h"
#include "mc/model_stream.h"
#include "mc/num.h"
#include "mc/out.h"

static int write_norms(const struct mc_cli *c, double scale, struct mc_pool *pool,
                       struct mc_out *out, struct mc_error *e) {
    struct mc_models s;
    struct mc_model *m;
    mc_models_init(&s, c->operand, c->n_operands, pool);
    s.base_path = c->base;
    int rc;
    while ((rc = mc_models_next(&s, &m, e)) == 1) {
        double sum = 0;
        char text[MC_NUM_TEXT];
        for (size_t i = 0; i < m->table.size; i++) sum += (double)m->w[i] * m->w[i];
        mc_model_drop(m);
        rc = mc_out_printf(out, e, "%s%lld\t%s\n", s.index ? "" : "index\tnorm\n",
                           (long long)s.index, mc_num_text(scale * sqrt(sum), text));
        if (rc < 0) break;
    }
    mc_models_release(&s);
    return rc;
}

static int run(const struct mc_cli *c, double scale, struct mc_error *e) {
    struct mc_out out = {0};
    struct mc_pool *pool = mc_pool_new((int)c->threads, e);
    int rc = pool ? mc_out_open(&out, c->output, e) : MC_ERR_MEM;
    if (rc == 0) rc = write_norms(c, scale, pool, &out, e);
    if (rc == 0) rc = mc_out_close(&out, e);
    mc_out_abort(&out);
    mc_pool_free(pool);
    return rc;
}

int main(int argc, char **argv) {
    double scale = 1;
    const struct mc_opt opts[] = {
        {"--scale", MC_OPT_REAL, &scale, -1e6, 1e6, .arg = "X", .help = "factor on every norm"}};
    struct mc_cli c = {.prog = "mc-norm",
                       .purpose = "L2 norm of every model of a stream",
                       .operands = "[FILE...]",
                       .examples = "  mc-norm a.st.gz b.st.gz > norms.tsv\n",
                       .see_also = "mc-dist, mc-info",
                       .opts = opts,
                       .n_opts = MC_COUNT(opts),
                       .use = MC_CLI_MODELS | MC_CLI_FILES,
                       .max_operands = -1};
    int status = mc_cli_parse(&c, argc, argv);
    if (status >= 0) return status;
    struct mc_error e = {0};
    return mc_cli_finish(&c, run(&c, scale, &e), &e);
}
