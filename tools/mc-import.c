// mc-import: a Hugging Face or PEFT directory to a stream.
#include <math.h>

#include "mc/cli.h"
#include "mc/hf.h"
#include "mc/model_stream.h"
#include "mc/num.h"
#include "mc/split.h"

struct opts {
    const char *labels, *tokenizer, *base, *model_type;
    int64_t seed_init;
    double init_std;
    bool std_given, keep_heads;
};

// An adapter of PEFT over the base that a file gives.
static int read_adapter(struct mc_model *m, const char *dir, const char *file,
                        struct mc_import *how, struct mc_pool *pool, struct mc_error *e) {
    struct mc_model *base;
    MC_TRY(mc_base_load(&base, file, pool, e));
    int rc = mc_hf_import_peft(m, dir, base, how, e);
    mc_model_drop(base); // the delta holds it
    return rc;
}

static int read_dir(struct mc_model *m, const struct mc_cli *c, const struct opts *o,
                    struct mc_import *how, struct mc_pool *pool, struct mc_error *e) {
    const char *dir = c->operand[0];
    bool adapter = mc_hf_is_peft(dir);
    if (adapter && !o->base)
        return mc_fail(e, MC_ERR_USAGE,
                       "%s: an adapter of PEFT (adapter_config.json): --base FILE gives its base",
                       dir);
    if (o->base && !adapter)
        return mc_fail(e, MC_ERR_USAGE, "--base: %s has no adapter_config.json", dir);
    return adapter ? read_adapter(m, dir, o->base, how, pool, e)
                   : mc_hf_import(m, dir, how, &c->log, e);
}

static int run(const struct mc_cli *c, const struct opts *o, struct mc_error *e) {
    struct mc_import how = {.seed_init = (uint64_t)o->seed_init,
                            .init_std = o->init_std,
                            .tokenizer = o->tokenizer,
                            .model_type = o->model_type,
                            .keep_heads = o->keep_heads};
    if (o->labels) MC_TRY(mc_split(o->labels, ',', "--labels", &how.labels, &how.n_labels, e));
    struct mc_model m = {0};
    struct mc_pool *pool = mc_pool_new((int)c->threads, e);
    int rc = pool ? read_dir(&m, c, o, &how, pool, e) : MC_ERR_MEM;
    if (rc == 0) {
        struct mc_buf line = {0};
        mc_detail(&c->log, "%d tensor%s, %zu parameters, %d label%s, %d tensor%s drawn", m.table.n,
                  mc_s(m.table.n), m.table.size, m.n_labels, mc_s(m.n_labels), how.n_drawn,
                  mc_s(how.n_drawn));
        rc = mc_cli_provenance(c, &line, e);
        if (rc == 0)
            rc = mc_buf_printf(&line, e, " drawn=%d init-std=%.15g input=%s", how.n_drawn,
                               how.drawn_std, how.digest);
        if (rc == 0) rc = mc_model_write_file(&m, line.p, c->output, (int)c->level, pool, e);
        mc_buf_release(&line);
    }
    mc_model_release(&m);
    mc_split_free(how.labels, how.n_labels);
    mc_pool_free(pool);
    return rc;
}

int main(int argc, char **argv) {
    struct opts o = {.init_std = NAN};
    const struct mc_opt table[] = {
        {"--labels", MC_OPT_STR, &o.labels, .arg = "A,B,...",
         .help = "names of the head's outputs; makes a head where there is none",
         .flags = MC_OPT_RESULT},
        {"--seed-init", MC_OPT_INT, &o.seed_init, 0, INFINITY, .arg = "S",
         .help = "seed of what is drawn: a new head, a missing pooler", .flags = MC_OPT_RESULT},
        {"--init-std", MC_OPT_REAL, &o.init_std, 0, INFINITY, .arg = "X",
         .help = "its standard deviation; default: the config's initializer_range",
         .given = &o.std_given},
        {"-t", MC_OPT_STR, &o.tokenizer, .arg = "DIR",
         .help = "directory of the tokenizer, if not DIR"},
        {"--model-type", MC_OPT_CHOICE, &o.model_type, .choices = "bert|roberta|t5",
         .help = "of a config.json without model_type; default: the tensors' names tell"},
        {"--keep-heads", MC_OPT_FLAG, &o.keep_heads,
         .help = "keeps the head of a masked language model", .flags = MC_OPT_RESULT},
        {"--base", MC_OPT_STR, &o.base, .arg = "FILE",
         .help = "base model of an adapter of PEFT, which makes a delta",
         .excludes = "--seed-init,--init-std,--keep-heads"},
    };
    struct mc_cli c = {
        .prog = "mc-import",
        .purpose = "reads a Hugging Face or PEFT directory into a stream of one model or delta",
        .operands = "DIR",
        .examples = "  mc-import minilm/ --labels negative,positive --seed-init 1 > base.st.gz\n"
                    "  mc-import lora/ --base base.st.gz > lora.st.gz\n",
        .see_also = "mc-export, mc-init, mc-info",
        .opts = table,
        .n_opts = MC_COUNT(table),
        .use = MC_CLI_STREAM,
        .min_operands = 1,
        .max_operands = 1,
    };
    int status = mc_cli_parse(&c, argc, argv);
    if (status >= 0) return status;
    if (!o.std_given) o.init_std = -1;
    struct mc_error e = {0};
    int rc = run(&c, &o, &e);
    return mc_cli_finish(&c, rc, &e);
}
