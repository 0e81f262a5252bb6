// mc-finetune: a model and a token set to a tuned model, or its delta.
#include <string.h>

#include "mc/initial_model.h"
#include "mc/method.h"
#include "mc/model_stream.h"
#include "mc/trainer.h"

struct opts {
    const char *method;
    struct mc_method_options of_method;
    char methods[MC_METHOD_CHOICES];
    bool with_base;
    struct mc_training_options training;
};

struct job {
    const struct mc_cli *c;
    struct opts *o;
    struct mc_method method; // of a new delta
    struct mc_trainer r;
};

static int check_usage(const struct opts *o, struct mc_error *e) {
    MC_TRY(mc_method_options_check(&o->of_method, o->method, e));
    if (o->with_base && o->method && !mc_method_find(o->method))
        return mc_fail(e, MC_ERR_USAGE, "--with-base is for the methods that write deltas");
    return 0;
}

// The model becomes the base of a new delta.
static int begin_delta(struct job *j, struct mc_error *e) {
    const struct opts *o = j->o;
    const struct mc_training_options *t = &o->training;
    struct mc_model *base = j->r.m;
    int rc = (j->r.m = mc_model_new(e)) ? 0 : MC_ERR_MEM;
    j->method = (struct mc_method){.cls = mc_method_find(o->method)};
    j->r.new_delta = true;
    bool draws = j->method.cls->draw || j->method.cls->reparam;
    if (rc == 0) rc = mc_method_options_new(&o->of_method, &j->method, e);
    if (rc == 0 && t->seed_init_given && !draws && base->n_labels && !t->new_head)
        rc = mc_fail(e, MC_ERR_USAGE,
                     "--seed-init: the model has its head, --method %s draws nothing else",
                     o->method);
    if (rc == 0)
        rc = mc_initial_delta(j->r.m, base, &j->method, &j->r.train, t->train, t->new_head,
                              (uint64_t)t->seed_init, e);
    mc_model_drop(base); // the delta holds it
    return rc;
}

// A delta on input keeps its method, but for what may change.
static int keep_method(struct job *j, struct mc_error *e) {
    const struct opts *o = j->o;
    struct mc_method now;
    struct mc_buf text = {0};
    MC_TRY(mc_method_of(&now, j->r.m, e));
    const char *name = now.cls ? now.cls->name : "full";
    int rc = 0;
    if (o->method && strcmp(o->method, name) != 0)
        rc = mc_fail(e, MC_ERR_USAGE, "--method %s: the input is a delta of method %s", o->method,
                     name);
    bool changed = false;
    if (rc == 0) rc = mc_method_options_further(&o->of_method, &now, &changed, e);
    if (rc == 0 && changed) rc = mc_method_text(&now, &text, e);
    if (rc == 0 && changed) rc = mc_doc_set(&j->r.m->meta, "mc.method", text.p, e);
    if (rc == 0 && j->r.m->base && o->training.new_head)
        rc = mc_fail(e, MC_ERR_USAGE, "--new-head: a delta keeps its head");
    mc_buf_release(&text);
    mc_method_release(&now);
    return rc;
}

static int read_model(struct job *j, struct mc_error *e) {
    const struct mc_training_options *t = &j->o->training;
    const char *method = j->o->method;
    MC_TRY(mc_model_load(&j->r.m, NULL, j->c->base, j->r.pool, e));
    MC_TRY(mc_model_digest(j->r.m, e));
    strcpy(j->r.input, j->r.m->digest);
    if (method && strcmp(method, "full") != 0 && !j->r.m->base) return begin_delta(j, e);
    MC_TRY(keep_method(j, e));
    if (!j->r.m->base) MC_TRY(mc_model_set_mlm(j->r.m, false, e));
    return mc_initial_head(j->r.m, &j->r.train, t->train, t->new_head, t->seed_init_given,
                           (uint64_t)t->seed_init, e);
}

static int run(struct job *j, struct mc_error *e) {
    MC_TRY(check_usage(j->o, e));
    MC_TRY(mc_trainer_open(&j->r, e));
    MC_TRY(read_model(j, e));
    MC_TRY(mc_trainer_start(&j->r, e));
    if (j->o->with_base) MC_TRY(mc_trainer_write_base(&j->r, e));
    struct mc_doc *meta = &j->r.m->meta; // the tuned model stands on no path
    if (!j->r.m->base) MC_TRY(mc_doc_set(meta, "mc.method", "{\"name\":\"full\"}", e));
    MC_TRY(mc_meta_leave_path(meta, e));
    MC_TRY(mc_doc_set(meta, "mc.role", NULL, e));
    return mc_trainer_run(&j->r, e);
}

// What is tuned: the options of the methods stand in their classes.
static void add_methods(struct opts *o, struct mc_opt_table *to) {
    const struct mc_opt first = {"--method",
                                 MC_OPT_CHOICE,
                                 &o->method,
                                 .choices = mc_method_choices(o->methods),
                                 .help = "what is tuned; default: full, or as the delta on input",
                                 .flags = MC_OPT_RESULT};
    const struct mc_opt last = {"--with-base", MC_OPT_FLAG, &o->with_base,
                                .help = "write the base before the delta"};
    mc_opt_table_add(to, &first, 1);
    mc_method_options_init(&o->of_method);
    for (int i = 0; i < o->of_method.n; i++) mc_opt_table_add_own(to, &o->of_method.v[i].is, 0);
    mc_opt_table_add(to, &last, 1);
}

int main(int argc, char **argv) {
    struct opts o = {0};
    struct mc_opt_table all = {0};
    const unsigned also = MC_TRAINING_NEW_HEAD | MC_TRAINING_SAVE_AT | MC_TRAINING_DYNAMICS;
    mc_training_options_init(&o.training);
    mc_training_options_of_update(&o.training, also, &all);
    add_methods(&o, &all);
    mc_training_options_of_run(&o.training, also, &all);
    struct mc_cli c = {
        .prog = "mc-finetune",
        .purpose = "tunes the model on standard input",
        .operands = "--train FILE",
        .examples =
            "  mc-finetune --train train.tok.gz --epochs 1 --seed 1 < base.st.gz > a.st.gz\n",
        .see_also = "mc-import, mc-tokenize, mc-eval",
        .opts = all.v,
        .n_opts = all.n,
        .use = MC_CLI_STREAM | MC_CLI_MODELS | MC_CLI_COMPUTE,
        .min_operands = 0,
        .max_operands = 0,
    };
    int status = mc_cli_parse(&c, argc, argv);
    if (status >= 0) return status;
    struct mc_error e = {0};
    struct job j = {.c = &c, .o = &o, .r = {.c = &c, .o = &o.training}};
    int rc = run(&j, &e);
    mc_trainer_release(&j.r);
    mc_method_release(&j.method);
    return mc_cli_finish(&c, rc, &e);
}
