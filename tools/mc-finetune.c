// mc-finetune: a model and a token set to a tuned model, or its delta.
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mc/cli.h"
#include "mc/split.h"
#include "mc/method.h"
#include "mc/train.h"

struct opts {
    const char *train, *dev, *schedule, *optimizer, *method, *log, *summary, *save_at, *checkpoint,
        *resume, *only, *no_decay;
    struct mc_method_options of_method;
    char choices[MC_METHOD_CHOICES];
    int64_t seed, seed_init, seed_order, seed_dropout, every;
    bool with_base, new_head, epochs_given, steps_given, seed_init_given, seed_order_given,
        seed_dropout_given, no_decay_given, layer_decay_given, every_given, lr_given,
        schedule_given, warmup_given;
    struct mc_recipe r;
};

struct job {
    const struct mc_cli *c;
    struct opts *o;
    struct mc_model *m;
    struct mc_method method; // of a new delta
    struct mc_tokens train;
    struct mc_task dev;
    struct mc_training t;
    struct mc_writer *w;
    struct mc_out table;
    bool table_open;
    int64_t *save_at, *only;
    int n_save_at;
    char **no_decay;
    struct mc_buf run; // what identifies the run
    char family[2 * MC_FAMILY_TEXT], *kernels, input[MC_DIGEST_TEXT];
    struct mc_checkpoint check;
};

static int check_method(const struct opts *o, struct mc_error *e) {
    MC_TRY(mc_method_options_check(&o->of_method, o->method, e));
    if (o->with_base && o->method && !mc_method_find(o->method))
        return mc_fail(e, MC_ERR_USAGE, "--with-base is for the methods that write deltas");
    return 0;
}

// None of them but -o may be a file that is read; a checkpoint may follow that which it resumes.
static int check_outputs(struct job *j, struct mc_error *e) {
    const struct opts *o = j->o;
    static const char *const name[] = {"--log", "--checkpoint", "--summary"};
    const char *const file[] = {o->log, o->checkpoint, o->summary};
    const char *const in[] = {"-", o->train, o->dev, o->only, j->c->base, o->resume};
    MC_TRY(mc_cli_outputs(j->c, file, MC_COUNT(file), e));
    for (int i = 0; i < MC_COUNT(file); i++)
        for (int k = 0; k < MC_COUNT(in); k++)
            if (!(file[i] == o->checkpoint && in[k] == o->resume) &&
                mc_out_not_input(file[i], in[k], e) < 0)
                return mc_fail_in(e, "%s", name[i]);
    MC_TRY(mc_cli_readable(o->resume, e));
    if (mc_out_try(o->checkpoint, true, e) < 0) return mc_fail_in(e, "--checkpoint");
    return mc_out_try(o->summary, false, e);
}

static int check_usage(struct job *j, struct mc_error *e) {
    struct opts *o = j->o;
    if (!o->train) return mc_fail(e, MC_ERR_USAGE, "--train FILE is needed");
    if (o->epochs_given && o->steps_given)
        return mc_fail(e, MC_ERR_USAGE, "--epochs and --steps exclude each other");
    if (!o->checkpoint != !o->every_given)
        return mc_fail(e, MC_ERR_USAGE, "--checkpoint and --checkpoint-every go together");
    MC_TRY(check_method(o, e));
    MC_TRY(check_outputs(j, e));
    if (o->save_at)
        MC_TRY(mc_split_ints(o->save_at, 0, "--save-at", &j->save_at, &j->n_save_at, e));
    if (o->no_decay) {
        MC_TRY(mc_split(o->no_decay, ',', "--no-decay", &j->no_decay, &o->r.n_no_decay, e));
        o->r.no_decay = j->no_decay;
    }
    if (!o->seed_init_given) o->seed_init = o->seed;
    if (!o->seed_order_given) o->seed_order = o->seed;
    if (!o->seed_dropout_given) o->seed_dropout = o->seed;
    o->r.precision = j->c->precision;
    o->r.seed_order = (uint64_t)o->seed_order;
    o->r.seed_dropout = (uint64_t)o->seed_dropout;
    if (o->steps_given) o->r.epochs = 0;
    while (strcmp(mc_schedule_names[o->r.schedule], o->schedule) != 0) o->r.schedule++;
    while (strcmp(mc_optim_names[o->r.optimizer], o->optimizer) != 0) o->r.optimizer++;
    if (o->r.optimizer != MC_OPTIM_ADAFACTOR && (o->r.adafactor_scale || o->r.adafactor_relative))
        return mc_fail(e, MC_ERR_USAGE, "%s is for --optimizer adafactor",
                       o->r.adafactor_scale ? "--adafactor-scale" : "--adafactor-relative");
    if (o->r.adafactor_relative && (o->lr_given || o->schedule_given || o->warmup_given))
        return mc_fail(e, MC_ERR_USAGE, "--adafactor-relative sets the rate: no %s",
                       o->lr_given         ? "--lr"
                       : o->schedule_given ? "--schedule"
                                           : "--warmup");
    return 0;
}

// The model becomes the base of a new delta.
static int begin_delta(struct job *j, struct mc_error *e) {
    const struct opts *o = j->o;
    struct mc_model *base = j->m;
    if (!(j->m = mc_model_new(e))) {
        mc_model_drop(base);
        return MC_ERR_MEM;
    }
    j->method = (struct mc_method){.cls = mc_method_find(o->method)};
    int rc = mc_method_options_new(&o->of_method, &j->method, e);
    bool draws = j->method.cls->draw || j->method.cls->reparam;
    if (rc == 0 && o->seed_init_given && !draws && base->n_labels && !o->new_head)
        rc = mc_fail(e, MC_ERR_USAGE,
                     "--seed-init: the model has its head, --method %s draws nothing else",
                     o->method);
    if (rc == 0)
        rc = mc_training_delta(j->m, base, &j->method, &j->train, o->train, o->new_head,
                             (uint64_t)o->seed_init, e);
    mc_model_drop(base); // the delta holds it
    j->t.begins = true;
    j->t.seed_init = (uint64_t)o->seed_init;
    return rc;
}

// A delta on input keeps its method, but for what may change.
static int go_on(struct job *j, struct mc_error *e) {
    const struct opts *o = j->o;
    struct mc_method now;
    struct mc_buf text = {0};
    MC_TRY(mc_method_of(&now, j->m, e));
    const char *name = now.cls ? now.cls->name : "full";
    int rc = 0;
    if (o->method && strcmp(o->method, name) != 0)
        rc = mc_fail(e, MC_ERR_USAGE, "--method %s: the input is a delta of method %s", o->method,
                     name);
    bool changed = false;
    if (rc == 0) rc = mc_method_options_further(&o->of_method, &now, &changed, e);
    if (rc == 0 && changed) rc = mc_method_text(&now, &text, e);
    if (rc == 0 && changed) rc = mc_doc_set(&j->m->meta, "mc.method", text.p, e);
    if (rc == 0 && j->m->base && o->new_head)
        rc = mc_fail(e, MC_ERR_USAGE, "--new-head: a delta keeps its head");
    mc_buf_release(&text);
    mc_method_release(&now);
    return rc;
}

static int read_inputs(struct job *j, struct mc_error *e) {
    struct opts *o = j->o;
    MC_TRY(mc_tokens_read(&j->train, o->train, j->t.pool, e));
    if (o->only) MC_TRY(mc_recipe_only(o->only, j->train.n, &j->only, &o->r.n_only, e));
    o->r.only = j->only;
    int64_t per_epoch, total;
    mc_recipe_steps(&o->r, o->only ? o->r.n_only : j->train.n, &per_epoch, &total);
    if (j->n_save_at) mc_sort_ints(j->save_at, j->n_save_at);
    if (j->n_save_at && j->save_at[j->n_save_at - 1] > total)
        return mc_fail(e, MC_ERR_USAGE, "--save-at %lld: the last step is %lld",
                       (long long)j->save_at[j->n_save_at - 1], (long long)total);
    if (o->dev) MC_TRY(mc_task_open(&j->dev, "dev", o->dev, 0, j->t.pool, e));
    MC_TRY(mc_model_load(&j->m, NULL, j->c->base, j->t.pool, e));
    MC_TRY(mc_model_digest(j->m, e));
    strcpy(j->input, j->m->digest);
    if (o->method && strcmp(o->method, "full") != 0 && !j->m->base) return begin_delta(j, e);
    MC_TRY(go_on(j, e));
    return mc_training_head(j->m, &j->train, o->train, o->new_head, o->seed_init_given,
                          (uint64_t)o->seed_init, e);
}

// A document of the output: the weights now, with the step and the provenance of the run.
static int save(void *ctx, const struct mc_model *m, int64_t step, struct mc_error *e) {
    struct job *j = ctx;
    char text[24];
    (void)m;
    snprintf(text, sizeof text, "%lld", (long long)step);
    MC_TRY(mc_doc_set(&j->m->meta, "mc.step", text, e));
    MC_TRY(mc_model_write(j->m, j->w, e));
    MC_TRY(mc_writer_flush(j->w, e));
    if (!j->o->checkpoint || step == j->t.total) return 0;
    return mc_checkpoint_keep(&j->check, j->m, step, e);
}

static int checkpoint(void *ctx, const struct mc_model *m, int64_t step, struct mc_error *e) {
    struct job *j = ctx;
    (void)m;
    (void)step;
    return mc_checkpoint_write(&j->check, &j->t, e);
}

static int set_meta(struct job *j, struct mc_error *e) {
    struct mc_doc *d = &j->m->meta;
    struct mc_buf line = {0};
    int rc = mc_buf_printf(&line, e, "%s kernels=%s", j->run.p, j->family);
    if (rc == 0) rc = mc_meta_provenance(d, line.p, e);
    mc_buf_release(&line);
    if (rc == 0 && !j->m->base) rc = mc_doc_set(d, "mc.method", "{\"name\":\"full\"}", e);
    if (rc == 0 && j->train.task) rc = mc_doc_set(d, "mc.task", j->train.task, e);
    if (rc == 0) rc = mc_meta_leave_path(d, e);
    if (rc == 0) rc = mc_doc_set(d, "mc.role", NULL, e);
    return rc;
}

static int write_base(struct job *j, struct mc_error *e) {
    if (!j->m->base)
        return mc_fail(e, MC_ERR_USAGE, "--with-base is for the methods that write deltas");
    struct mc_doc *d = &j->m->base->meta;
    MC_TRY(mc_meta_leave_path(d, e));
    MC_TRY(mc_doc_set(d, "mc.role", "base", e));
    return mc_model_write(j->m->base, j->w, e);
}

static int start(struct job *j, struct mc_error *e) {
    struct opts *o = j->o;
    MC_TRY(mc_cli_provenance(j->c, &j->run, e));
    int64_t per_epoch, total;
    mc_recipe_steps(&o->r, o->only ? o->r.n_only : j->train.n, &per_epoch, &total);
    MC_TRY(mc_buf_printf(&j->run, e, " steps=%lld dropout=%s", (long long)total,
                         o->r.dropout < 0 ? "config" : ""));
    if (o->r.dropout >= 0) MC_TRY(mc_buf_printf(&j->run, e, "%.15g", o->r.dropout));
    MC_TRY(mc_buf_printf(&j->run, e, " model=%s train=%s", j->input, j->train.digest));
    if (j->m->base) // what the method's options made of it
        MC_TRY(mc_buf_printf(&j->run, e, " tuned=%s", mc_doc_get(&j->m->meta, "mc.method")));
    if (o->only) {
        char only[MC_DIGEST_TEXT];
        MC_TRY(mc_recipe_only_digest(j->only, o->r.n_only, only, e));
        MC_TRY(mc_buf_printf(&j->run, e, " only=%s", only));
    }
    j->t.r = &o->r;
    j->t.m = j->m;
    j->t.batches = (struct mc_batches){.set = &j->train, .name = o->train};
    j->t.dev = o->dev ? &j->dev : NULL;
    j->t.log = &j->c->log;
    j->t.save_at = j->save_at;
    j->t.n_save_at = j->n_save_at;
    j->t.save = save;
    j->t.save_ctx = j->t.checkpoint_ctx = j;
    j->t.checkpoint = o->checkpoint ? checkpoint : NULL;
    j->t.checkpoint_every = o->every;
    MC_TRY(mc_training_init(&j->t, e));
    j->check = (struct mc_checkpoint){.path = o->checkpoint,
                                      .previous = o->resume,
                                      .run = j->run.p,
                                      .kernels = j->family,
                                      .pool = j->t.pool};
    if (o->log) {
        MC_TRY(mc_out_open_in_place(&j->table, o->log, e));
        j->table_open = true;
        j->t.table = &j->table;
        MC_TRY(mc_training_log_head(&j->table, e));
    }
    if (o->with_base) MC_TRY(write_base(j, e));
    if (o->resume) MC_TRY(mc_checkpoint_read(o->resume, j->run.p, &j->t, j->w, &j->kernels, e));
    char now[MC_FAMILY_TEXT];
    mc_kern_family(j->c->precision, now);
    bool moved = j->kernels && strcmp(j->kernels, now) != 0;
    snprintf(j->family, sizeof j->family, "%s%s%s", moved ? j->kernels : "", moved ? ";" : "", now);
    return set_meta(j, e);
}

// Once the models are written: the log's last newline, the summary, a line for the user.
static int finish(struct job *j, double seconds, struct mc_error *e) {
    if (j->table_open) {
        MC_TRY(mc_out_write(&j->table, "\n", 1, e));
        MC_TRY(mc_out_close(&j->table, e));
    }
    if (j->o->summary) MC_TRY(mc_training_summary(&j->t, seconds, j->o->summary, e));
    mc_training_tell(&j->t, seconds);
    return 0;
}

static int run(struct job *j, struct mc_error *e) {
    MC_TRY(check_usage(j, e));
    if (!(j->t.pool = mc_pool_new((int)j->c->threads, e))) return MC_ERR_MEM;
    MC_TRY(mc_writer_open(&j->w, j->c->output, (int)j->c->level, j->t.pool, e));
    MC_TRY(read_inputs(j, e));
    MC_TRY(start(j, e));
    (j->m->base ? mc_note : mc_detail)(
        &j->c->log, "%lld steps, %lld per epoch, %zu parameters in %d tensors",
        (long long)j->t.total, (long long)j->t.per_epoch, j->t.trained.table->size, j->t.trained.table->n);
    double start_s = mc_now_s();
    MC_TRY(mc_training_run(&j->t, e));
    struct mc_writer *w = j->w;
    j->w = NULL;
    MC_TRY(mc_writer_close(w, e));
    return finish(j, mc_now_s() - start_s, e);
}

static void release(struct job *j) {
    mc_checkpoint_drop(&j->check);
    mc_writer_abort(j->w);
    if (j->table_open) mc_out_abort(&j->table);
    mc_training_release(&j->t);
    mc_model_drop(j->m);
    mc_method_release(&j->method);
    mc_tokens_release(&j->train);
    mc_task_release(&j->dev);
    mc_buf_release(&j->run);
    mc_pool_free(j->t.pool);
    mc_split_free(j->no_decay, j->o->r.n_no_decay);
    free(j->save_at);
    free(j->only);
    free(j->kernels);
}

// --- options, in the order of --help and of provenance

struct options {
    struct mc_opt v[48];
    int n;
};

static void add_options(struct options *to, const struct mc_opt *table, int n) {
    assert(to->n + n <= MC_COUNT(to->v));
    memcpy(to->v + to->n, table, (size_t)n * sizeof *table);
    to->n += n;
}

// What an update is.
static void recipe_options(struct opts *o, struct options *to) {
    const struct mc_opt table[] = {
        {"--train", MC_OPT_STR, &o->train, .arg = "FILE", .help = "token set to train on"},
        {"--dev", MC_OPT_STR, &o->dev, .arg = "FILE",
         .help = "token set scored after every epoch, for the log alone"},
        {"--epochs", MC_OPT_INT, &o->r.epochs, 1, INT32_MAX, .arg = "E",
         .help = "passes over the training set", .given = &o->epochs_given},
        {"--steps", MC_OPT_INT, &o->r.steps, 1, INT32_MAX, .arg = "N",
         .help = "updates, instead of --epochs", .given = &o->steps_given},
        {"--batch", MC_OPT_INT, &o->r.batch, 1, 65536, .arg = "B", .help = "examples of a batch",
         .flags = MC_OPT_RESULT},
        {"--accum", MC_OPT_INT, &o->r.accum, 1, 65536, .arg = "K", .help = "batches of an update",
         .flags = MC_OPT_RESULT},
        {"--lr", MC_OPT_REAL, &o->r.lr, 0, INFINITY, .arg = "X", .help = "learning rate",
         .flags = MC_OPT_RESULT, .given = &o->lr_given},
        {"--schedule", MC_OPT_CHOICE, &o->schedule, .choices = "constant|linear|cosine",
         .help = "of the learning rate after warm-up", .flags = MC_OPT_RESULT,
         .given = &o->schedule_given},
        {"--warmup", MC_OPT_REAL, &o->r.warmup, 0, 1, .arg = "F",
         .help = "fraction of all steps in which the rate rises from 0", .flags = MC_OPT_RESULT,
         .given = &o->warmup_given},
        {"--weight-decay", MC_OPT_REAL, &o->r.weight_decay, 0, INFINITY, .arg = "X",
         .help = "decoupled; not on biases and norms; 0: none", .flags = MC_OPT_RESULT},
        {"--no-decay", MC_OPT_STR, &o->no_decay, .arg = "A,B,...",
         .help = "no weight decay either where a tensor's name contains one of these",
         .flags = MC_OPT_RESULT | MC_OPT_GIVEN, .given = &o->no_decay_given},
        {"--layer-decay", MC_OPT_REAL, &o->r.layer_decay, 0, 1, .arg = "X",
         .help = "rate of a layer as a share of the next one's; 1: all alike",
         .flags = MC_OPT_RESULT | MC_OPT_GIVEN | MC_OPT_ABOVE, .given = &o->layer_decay_given},
        {"--clip", MC_OPT_REAL, &o->r.clip, 0, INFINITY, .arg = "X",
         .help = "largest L2 norm of the gradient; 0: none", .flags = MC_OPT_RESULT},
        {"--optimizer", MC_OPT_CHOICE, &o->optimizer, .choices = "adamw|adafactor|sgd",
         .help = "optimizer", .flags = MC_OPT_RESULT},
        {"--adafactor-scale", MC_OPT_FLAG, &o->r.adafactor_scale,
         .help = "rates as shares of a tensor's root mean square",
         .flags = MC_OPT_RESULT | MC_OPT_GIVEN, .given = &o->r.adafactor_scale},
        {"--adafactor-relative", MC_OPT_FLAG, &o->r.adafactor_relative,
         .help = "the rate goes by the step alone: min(0.01, 1 / sqrt(step))",
         .flags = MC_OPT_RESULT | MC_OPT_GIVEN, .given = &o->r.adafactor_relative},
    };
    add_options(to, table, MC_COUNT(table));
}

// What is tuned: the options of the methods stand in their classes.
static void method_options(struct opts *o, struct options *to) {
    static const enum mc_opt_type TYPE[] = {[MC_METHOD_WHOLE] = MC_OPT_INT,
                                            [MC_METHOD_REAL] = MC_OPT_REAL,
                                            [MC_METHOD_TARGETS] = MC_OPT_STR};
    const struct mc_opt first = {"--method",
                                 MC_OPT_CHOICE,
                                 &o->method,
                                 .choices = mc_method_choices(o->choices),
                                 .help = "what is tuned; default: full, or as the delta on input",
                                 .flags = MC_OPT_RESULT};
    const struct mc_opt last = {"--with-base", MC_OPT_FLAG, &o->with_base,
                                .help = "write the base before the delta"};
    add_options(to, &first, 1);
    mc_method_options_init(&o->of_method);
    for (int i = 0; i < o->of_method.n; i++) {
        struct mc_method_value *v = &o->of_method.v[i];
        void *const dest[] = {[MC_METHOD_WHOLE] = &v->whole,
                              [MC_METHOD_REAL] = &v->real,
                              [MC_METHOD_TARGETS] = &v->names};
        const struct mc_opt one = {
            v->of->name,
            TYPE[v->of->type],
            dest[v->of->type],
            v->of->min,
            v->of->max,
            .arg = v->of->arg,
            .help = v->of->help,
            .flags = (v->of->above ? MC_OPT_ABOVE : 0) | (v->of->below ? MC_OPT_BELOW : 0),
            .given = &v->given};
        add_options(to, &one, 1);
    }
    add_options(to, &last, 1);
}

// What a run starts from, and what it leaves.
static void run_options(struct opts *o, struct options *to) {
    const struct mc_opt table[] = {
        {"--dropout", MC_OPT_REAL, &o->r.dropout, 0, 1, .arg = "P",
         .help = "the network's dropout rates; default: the config's", .flags = MC_OPT_BELOW},
        {"--new-head", MC_OPT_FLAG, &o->new_head,
         .help = "draw the head anew, with the training set's labels", .flags = MC_OPT_RESULT},
        {"--seed", MC_OPT_INT, &o->seed, 0, INFINITY, .arg = "S",
         .help = "for each of the three seeds not given"},
        {"--seed-init", MC_OPT_INT, &o->seed_init, 0, INFINITY, .arg = "S",
         .help = "of what is new, a head or a method's tensors; default: --seed",
         .flags = MC_OPT_RESULT, .given = &o->seed_init_given},
        {"--seed-order", MC_OPT_INT, &o->seed_order, 0, INFINITY, .arg = "S",
         .help = "of the order of examples; default: --seed", .flags = MC_OPT_RESULT,
         .given = &o->seed_order_given},
        {"--seed-dropout", MC_OPT_INT, &o->seed_dropout, 0, INFINITY, .arg = "S",
         .help = "of dropout; default: --seed", .flags = MC_OPT_RESULT,
         .given = &o->seed_dropout_given},
        {"--log", MC_OPT_STR, &o->log, .arg = "FILE",
         .help = "table with a row per update, which grows in its place; whole with its last "
                 "newline"},
        {"--summary", MC_OPT_STR, &o->summary, .arg = "FILE",
         .help = "table of one row: steps, last loss, dev metrics, seconds, memory, parameters"},
        {"--save-at", MC_OPT_STR, &o->save_at, .arg = "N,N,...",
         .help = "also write the models after these steps (0: before the first)"},
        {"--checkpoint", MC_OPT_STR, &o->checkpoint, .arg = "FILE",
         .help = "training state, to resume from"},
        {"--checkpoint-every", MC_OPT_INT, &o->every, 1, INT32_MAX, .arg = "N",
         .help = "steps between checkpoints; default: none", .given = &o->every_given},
        {"--resume", MC_OPT_STR, &o->resume, .arg = "FILE",
         .help = "go on from a checkpoint of the same run"},
        {"--only", MC_OPT_STR, &o->only, .arg = "FILE",
         .help = "train on these examples: a number a line, from 0"},
    };
    add_options(to, table, MC_COUNT(table));
}

int main(int argc, char **argv) {
    struct opts o = {.schedule = "linear",
                     .optimizer = "adamw",
                     .r = {.epochs = 3,
                           .batch = 32,
                           .accum = 1,
                           .lr = 3e-5,
                           .warmup = .06,
                           .weight_decay = .01,
                           .layer_decay = 1,
                           .clip = 1,
                           .dropout = -1}};
    struct options all = {0};
    recipe_options(&o, &all);
    method_options(&o, &all);
    run_options(&o, &all);
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
    struct job j = {.c = &c, .o = &o};
    int rc = run(&j, &e);
    release(&j);
    return mc_cli_finish(&c, rc, &e);
}
