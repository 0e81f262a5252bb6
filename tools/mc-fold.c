// mc-fold: a delta and its base to the model that computes the same.
#include "mc/cli.h"
#include "mc/method.h"
#include "mc/model_stream.h"

static int run(const struct mc_cli *c, bool keep_heads, struct mc_error *e) {
    struct mc_model *delta = NULL, *whole = NULL;
    struct mc_pool *pool = mc_pool_new((int)c->threads, e);
    int rc = pool ? mc_model_load(&delta, c->n_operands ? c->operand[0] : NULL, c->base, pool, e)
                  : MC_ERR_MEM;
    if (rc == 0 && !delta->base)
        rc = mc_fail(e, MC_ERR_INPUT, "a complete model: there is nothing to fold");
    if (rc == 0) rc = mc_model_digest(delta, e);
    if (rc == 0) rc = mc_method_fold(&whole, delta, keep_heads, e);
    if (rc == 0 && keep_heads && !whole->config.mlm)
        mc_note(&c->log, "--keep-heads: the base has no head of a masked language model");
    struct mc_buf line = {0};
    if (rc == 0) rc = mc_cli_provenance(c, &line, e);
    if (rc == 0) rc = mc_buf_printf(&line, e, " delta=%s", delta->digest);
    if (rc == 0) rc = mc_model_write_file(whole, line.p, c->output, (int)c->level, pool, e);
    mc_buf_release(&line);
    mc_model_drop(delta);
    mc_model_drop(whole);
    mc_pool_free(pool);
    return rc;
}

int main(int argc, char **argv) {
    bool keep_heads = false, given = false;
    const struct mc_opt table[] = {{"--keep-heads", MC_OPT_FLAG, &keep_heads,
                                    .help = "keeps the head of a masked language model of the base",
                                    .flags = MC_OPT_RESULT | MC_OPT_GIVEN, .given = &given}};
    struct mc_cli c = {
        .prog = "mc-fold",
        .purpose = "folds a delta into its base: the complete model that computes the same",
        .operands = "[FILE]",
        .examples = "  mc-fold --base base.st.gz lora.st.gz > whole.st.gz\n",
        .see_also = "mc-finetune, mc-interp",
        .opts = table,
        .n_opts = MC_COUNT(table),
        .use = MC_CLI_STREAM | MC_CLI_MODELS | MC_CLI_FILES,
        .max_operands = 1,
    };
    int status = mc_cli_parse(&c, argc, argv);
    if (status >= 0) return status;
    struct mc_error e = {0};
    return mc_cli_finish(&c, run(&c, keep_heads, &e), &e);
}
