// mc-export: a model or delta to a directory that transformers or PEFT loads.
#include <string.h>

#include "mc/cli.h"
#include "mc/hf.h"
#include "mc/model_stream.h"

struct opts {
    const char *tokenizer, *dtype;
    bool peft;
};

static int run(const struct mc_cli *c, const struct opts *o, struct mc_error *e) {
    struct mc_model *m = NULL;
    MC_TRY(mc_hf_may_write(c->operand[0], o->tokenizer, e));
    struct mc_pool *pool = mc_pool_new((int)c->threads, e);
    enum mc_dtype t = strcmp(o->dtype, "f16") == 0    ? MC_F16
                      : strcmp(o->dtype, "bf16") == 0 ? MC_BF16
                                                      : MC_F32;
    int rc = pool ? mc_model_load(&m, NULL, c->base, pool, e) : MC_ERR_MEM;
    if (rc == 0)
        rc = (o->peft ? mc_hf_export_peft : mc_hf_export)(m, c->operand[0], o->tokenizer, t, e);
    mc_model_drop(m);
    mc_pool_free(pool);
    return rc;
}

int main(int argc, char **argv) {
    struct opts o = {.dtype = "f32"};
    const struct mc_opt table[] = {
        {"-t", MC_OPT_STR, &o.tokenizer, .arg = "DIR",
         .help = "copy the tokenizer's files from there, after a check that they are the model's"},
        {"--dtype", MC_OPT_CHOICE, &o.dtype, .choices = "f32|f16|bf16",
         .help = "type of the weights written"},
        {"--peft", MC_OPT_FLAG, &o.peft, .help = "a delta, as a directory that PEFT loads"},
    };
    struct mc_cli c = {
        .prog = "mc-export",
        .purpose = "writes the model on standard input as a directory that transformers loads",
        .operands = "DIR",
        .examples = "  mc-export tuned/ -t minilm/ < a.st.gz\n"
                    "  mc-export lora/ --peft --base base.st.gz < lora.st.gz\n",
        .see_also = "mc-import, mc-pick",
        .opts = table,
        .n_opts = MC_COUNT(table),
        .use = MC_CLI_MODELS,
        .min_operands = 1,
        .max_operands = 1,
    };
    int status = mc_cli_parse(&c, argc, argv);
    if (status >= 0) return status;
    struct mc_error e = {0};
    int rc = c.output ? mc_fail(&e, MC_ERR_USAGE, "-o: the output is the operand DIR")
                      : run(&c, &o, &e);
    return mc_cli_finish(&c, rc, &e);
}
