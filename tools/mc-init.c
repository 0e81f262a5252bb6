// mc-init: a model of random weights, or one with noise added.
#include <math.h>
#include <string.h>

#include "mc/cli.h"
#include "mc/hf.h"
#include "mc/model_stream.h"
#include "mc/split.h"

struct opts {
    const char *labels, *tokenizer;
    int64_t seed_init;
    double perturb;
    bool perturb_given;
};

static int check_usage(const struct mc_cli *c, const struct opts *o, struct mc_error *e) {
    if (!o->perturb_given && c->n_operands == 0)
        return mc_fail(e, MC_ERR_USAGE, "CONFIG.json is needed (or --perturb SD, with a model)");
    return 0;
}

// The model; digest: of the model or the config that was read.
static int make(const struct mc_cli *c, const struct opts *o, struct mc_pool *pool,
                struct mc_model **m, char digest[MC_DIGEST_TEXT], struct mc_error *e) {
    if (o->perturb_given) {
        MC_TRY(mc_model_load(m, c->n_operands ? c->operand[0] : NULL, c->base, pool, e));
        MC_TRY(mc_model_digest(*m, e));
        strcpy(digest, (*m)->digest);
        mc_model_perturb(*m, (uint64_t)o->seed_init, o->perturb);
        return 0;
    }
    if (!(*m = mc_model_new(e))) return MC_ERR_MEM;
    struct mc_import how = {.seed_init = (uint64_t)o->seed_init, .tokenizer = o->tokenizer};
    if (o->labels) MC_TRY(mc_split(o->labels, ',', "--labels", &how.labels, &how.n_labels, e));
    int rc = mc_hf_init(*m, c->operand[0], &how, e);
    strcpy(digest, how.digest);
    mc_split_free(how.labels, how.n_labels);
    return rc;
}

static int run(const struct mc_cli *c, const struct opts *o, struct mc_error *e) {
    struct mc_model *m = NULL;
    char digest[MC_DIGEST_TEXT];
    struct mc_buf line = {0};
    MC_TRY(check_usage(c, o, e));
    struct mc_pool *pool = mc_pool_new((int)c->threads, e);
    int rc = pool ? make(c, o, pool, &m, digest, e) : MC_ERR_MEM;
    if (rc == 0) rc = mc_cli_provenance(c, &line, e);
    if (rc == 0)
        rc = mc_buf_printf(&line, e, " %s=%s", o->perturb_given ? "model" : "config", digest);
    if (rc == 0) rc = mc_model_write_file(m, line.p, c->output, (int)c->level, pool, e);
    mc_buf_release(&line);
    mc_model_drop(m);
    mc_pool_free(pool);
    return rc;
}

int main(int argc, char **argv) {
    struct opts o = {0};
    const struct mc_opt table[] = {
        {"-t", MC_OPT_STR, &o.tokenizer, .arg = "DIR", .help = "directory of the tokenizer"},
        {"--labels", MC_OPT_STR, &o.labels, .arg = "A,B,...",
         .help = "names of the outputs of a classification head", .flags = MC_OPT_RESULT},
        {"--seed-init", MC_OPT_INT, &o.seed_init, 0, INFINITY, .arg = "S",
         .help = "seed of the weights, or of the noise", .flags = MC_OPT_RESULT},
        {"--perturb", MC_OPT_REAL, &o.perturb, 0, INFINITY, .arg = "SD",
         .help = "read a model instead and add noise N(0, SD) to every weight",
         .flags = MC_OPT_RESULT | MC_OPT_GIVEN, .given = &o.perturb_given,
         .excludes = "--labels,-t"},
    };
    struct mc_cli c = {
        .prog = "mc-init",
        .purpose = "writes a model of random weights, or perturbs one",
        .operands = "CONFIG.json | --perturb SD [FILE]",
        .examples = "  mc-init config.json -t tokenizer/ --labels negative,positive --seed-init 1 "
                    "> a.st.gz\n"
                    "  mc-init --perturb 0.001 --seed-init 2 < base.st.gz > near.st.gz\n",
        .see_also = "mc-import, mc-finetune",
        .opts = table,
        .n_opts = MC_COUNT(table),
        .use = MC_CLI_STREAM | MC_CLI_MODELS,
        .min_operands = 0,
        .max_operands = 1,
    };
    int status = mc_cli_parse(&c, argc, argv);
    if (status >= 0) return status;
    struct mc_error e = {0};
    int rc = run(&c, &o, &e);
    return mc_cli_finish(&c, rc, &e);
}
