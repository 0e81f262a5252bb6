// mc-pretrain: a model and a corpus to a model further pre-trained.
#include <string.h>

#include "mc/corruption_options.h"
#include "mc/method.h"
#include "mc/model_stream.h"
#include "mc/trainer.h"

struct opts {
    const char *trace;
    struct mc_corruption_options corruption;
    struct mc_training_options training;
};

struct job {
    const struct mc_cli *c;
    struct opts *o;
    struct mc_corruption how;
    struct mc_trainer r;
    struct mc_out trace;
    bool trace_open;
};

// --- the trace

static int add_ids(struct mc_buf *b, const int32_t *ids, int64_t n, struct mc_error *e) {
    for (int64_t i = 0; i < n; i++) MC_TRY(mc_buf_printf(b, e, i ? " %d" : "%d", ids[i]));
    return 0;
}

// What is predicted of sequence i: a target, or the id at every chosen position and -100 elsewhere.
static int add_target(struct mc_buf *b, const struct mc_batch *x, int i, struct mc_error *e) {
    if (x->target_ids)
        return add_ids(b, x->target_ids + x->target_offset[i],
                       x->target_offset[i + 1] - x->target_offset[i], e);
    int64_t next = x->chosen_offset[i], n = x->offset[i + 1] - x->offset[i];
    for (int64_t k = 0; k < n; k++) {
        bool chosen = next < x->chosen_offset[i + 1] && x->chosen[next] == k;
        MC_TRY(mc_buf_printf(b, e, k ? " %d" : "%d", chosen ? x->chosen_class[next] : -100));
        next += chosen;
    }
    return 0;
}

static int write_trace(void *ctx, int64_t step, const struct mc_update *u, struct mc_error *e) {
    struct job *j = ctx;
    const struct mc_batch *x = &u->batch;
    struct mc_buf b = {0};
    int rc = 0;
    for (int i = 0; rc == 0 && i < x->n; i++) {
        rc = mc_buf_printf(&b, e, "\n%lld\t%d\t", (long long)step + 1, i);
        if (rc == 0) rc = add_ids(&b, x->ids + x->offset[i], x->offset[i + 1] - x->offset[i], e);
        if (rc == 0) rc = mc_buf_add(&b, "\t", 1, e);
        if (rc == 0) rc = add_target(&b, x, i, e);
    }
    if (rc == 0) rc = mc_out_write(&j->trace, b.p, b.n, e);
    mc_buf_release(&b);
    return rc;
}

static int open_trace(struct job *j, struct mc_error *e) {
    static const char head[] = "step\tsequence\tinput\ttarget";
    if (!j->o->trace) return 0;
    const struct mc_training_options *o = &j->o->training;
    const char *const out[] = {j->o->trace, o->log, o->checkpoint, o->summary};
    const char *const in[] = {"-", o->train, o->dev};
    MC_TRY(mc_cli_outputs(j->c, out, MC_COUNT(out), e));
    for (int i = 0; i < MC_COUNT(in); i++)
        if (mc_out_not_input(j->o->trace, in[i], e) < 0) return mc_fail_in(e, "--trace");
    MC_TRY(mc_out_open(&j->trace, j->o->trace, e));
    j->trace_open = true;
    j->r.seen = write_trace;
    j->r.seen_ctx = j;
    return mc_out_write(&j->trace, head, sizeof head - 1, e);
}

// --- the model

// Its head, drawn where there is none.
static int give_head(struct mc_model *m, const struct job *j, struct mc_error *e) {
    const struct mc_training_options *o = &j->o->training;
    bool has = m->config.arch->text_to_text || m->config.mlm;
    if (has && o->seed_init_given)
        return mc_fail(e, MC_ERR_USAGE,
                       "--seed-init: the model has all it needs, nothing is drawn");
    if (has) return 0;
    MC_TRY(mc_model_set_mlm(m, true, e));
    mc_model_draw_block(m, MC_BLOCK_MLM, (uint64_t)o->seed_init);
    mc_note(&j->c->log,
            "the model has no head of a masked language model: drawn from --seed-init %lld",
            (long long)o->seed_init);
    return 0;
}

// Spans are a text-to-text model's: only there the option counts, given or not.
static int judge_span(const struct mc_model *m, struct mc_corruption_options *o,
                      struct mc_error *e) {
    bool counts = m->config.arch->text_to_text;
    if (o->span_given && !counts)
        return mc_fail(e, MC_ERR_USAGE,
                       "--span is for text-to-text models: of a %s tokens are masked",
                       m->config.arch->type);
    o->span_given = counts;
    return 0;
}

static int read_model(struct job *j, struct mc_error *e) {
    MC_TRY(mc_whole_model_load(&j->r.m, "-", mc_method_whole_by, j->r.pool, e));
    struct mc_model *m = j->r.m;
    MC_TRY(mc_model_digest(m, e));
    strcpy(j->r.input, m->digest);
    MC_TRY(give_head(m, j, e));
    MC_TRY(judge_span(m, &j->o->corruption, e));
    MC_TRY(mc_meta_leave_path(&m->meta, e));
    return mc_doc_set(&m->meta, "mc.role", NULL, e);
}

static int run(struct job *j, struct mc_error *e) {
    if (!j->o->corruption.seed_given) j->o->corruption.seed = j->o->training.seed;
    j->how = mc_corruption_of(&j->o->corruption);
    j->r.corrupts = &j->how;
    MC_TRY(open_trace(j, e));
    MC_TRY(mc_trainer_open(&j->r, e));
    MC_TRY(read_model(j, e));
    MC_TRY(mc_trainer_start(&j->r, e));
    MC_TRY(mc_trainer_run(&j->r, e));
    if (!j->trace_open) return 0;
    MC_TRY(mc_out_write(&j->trace, "\n", 1, e));
    return mc_out_close(&j->trace, e);
}

int main(int argc, char **argv) {
    struct opts o = {0};
    struct mc_opt_table all = {0};
    const unsigned also = MC_TRAINING_SAVE_AT | MC_TRAINING_ON_CORPORA;
    const struct mc_opt trace = {
        "--trace",
        MC_OPT_STR,
        &o.trace,
        .arg = "FILE",
        .help = "table of every sequence as it was read and what was to be predicted",
        .excludes = "--resume"};
    mc_training_options_init(&o.training);
    o.training.dev_every = 0;
    mc_training_options_of_update(&o.training, also, &all);
    mc_corruption_options_add(&o.corruption, MC_OPT_RESULT, &all);
    mc_training_options_of_run(&o.training, also, &all);
    mc_opt_table_add(&all, &trace, 1);
    struct mc_cli c = {
        .prog = "mc-pretrain",
        .purpose = "pre-trains the model on standard input: masked tokens, or spans of a T5",
        .operands = "--train CORPUS --steps N",
        .examples = "  mc-init config.json -t tokenizer | mc-pretrain --train corpus.st.gz --steps "
                    "1000 > a.st.gz\n",
        .see_also = "mc-init, mc-import, mc-tokenize, mc-eval, mc-dist",
        .opts = all.v,
        .n_opts = all.n,
        .use = MC_CLI_STREAM | MC_CLI_COMPUTE,
        .min_operands = 0,
        .max_operands = 0,
    };
    int status = mc_cli_parse(&c, argc, argv);
    if (status >= 0) return status;
    struct mc_error e = {0};
    struct job j = {.c = &c, .o = &o, .r = {.c = &c, .o = &o.training}};
    int rc = run(&j, &e);
    if (j.trace_open) mc_out_abort(&j.trace);
    mc_trainer_release(&j.r);
    return mc_cli_finish(&c, rc, &e);
}
