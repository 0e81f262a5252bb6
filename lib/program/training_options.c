// Options of training: their table, and what they mean together.
#include "mc/training_options.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mc/out.h"
#include "mc/split.h"

void mc_training_options_init(struct mc_training_options *o) {
    *o = (struct mc_training_options){.schedule = "linear",
                                      .optimizer = "adamw",
                                      .dev_every = 100,
                                      .r = {.epochs = 3,
                                            .batch = 32,
                                            .accum = 1,
                                            .lr = 3e-5,
                                            .warmup = .06,
                                            .weight_decay = .01,
                                            .layer_decay = 1,
                                            .clip = 1,
                                            .dropout = -1}};
}

void mc_training_options_release(struct mc_training_options *o) {
    mc_split_free(o->spared, o->r.n_no_decay);
    mc_buf_release(&o->all_sets);
    free(o->save_steps);
}

static void add_sets(struct mc_training_options *o, unsigned also, struct mc_opt_table *to) {
    bool corpora = also & MC_TRAINING_ON_CORPORA;
    const char *dev = also & MC_TRAINING_CHOOSES
                          ? "token set that chooses: the weights best there are written"
                      : corpora ? "corpus whose loss the log tells where models are saved"
                                : "token set scored after every epoch, for the log alone";
    const struct mc_opt corpus = {"--train",
                                  MC_OPT_STR,
                                  &o->train,
                                  .arg = "FILE",
                                  .help = "corpus to train on",
                                  .flags = MC_OPT_NEEDED | MC_OPT_ONCE};
    const struct mc_opt sets = {"--train",
                                MC_OPT_LIST,
                                &o->sets,
                                .arg = "FILE",
                                .help = "token set to train on; given again: one more, joined",
                                .flags = MC_OPT_NEEDED};
    const struct mc_opt scored = {"--dev",       MC_OPT_STR,  &o->dev,
                                  .arg = "FILE", .help = dev, .flags = MC_OPT_ONCE};
    const struct mc_opt looks = {
        "--dev-every",
        MC_OPT_INT,
        &o->dev_every,
        1,
        INT32_MAX,
        .arg = "N",
        .help = "steps from one look at --dev to the next, and after the last; default: at each "
                "save",
        .only_with = "--dev"};
    const struct mc_opt every = {"--dev-every",
                                 MC_OPT_INT,
                                 &o->dev_every,
                                 1,
                                 INT32_MAX,
                                 .arg = "N",
                                 .help = "steps from one look at --dev to the next; also before "
                                         "the first and after the last",
                                 .flags = MC_OPT_RESULT,
                                 .only_with = "--dev"};
    mc_opt_table_add(to, corpora ? &corpus : &sets, 1);
    mc_opt_table_add(to, &scored, 1);
    if (also & MC_TRAINING_CHOOSES) mc_opt_table_add(to, &every, 1);
    if (corpora) mc_opt_table_add(to, &looks, 1);
}

void mc_training_options_of_update(struct mc_training_options *o, unsigned also,
                                   struct mc_opt_table *to) {
    add_sets(o, also, to);
    const struct mc_opt epochs[] = {
        {"--epochs", MC_OPT_INT, &o->r.epochs, 1, INT32_MAX, .arg = "E",
         .help = "passes over the training set"},
        {"--steps", MC_OPT_INT, &o->r.steps, 1, INT32_MAX, .arg = "N",
         .help = "updates, instead of --epochs", .given = &o->steps_given, .excludes = "--epochs"},
    };
    const struct mc_opt steps = {"--steps",
                                 MC_OPT_INT,
                                 &o->r.steps,
                                 1,
                                 INT32_MAX,
                                 .arg = "N",
                                 .help = "updates",
                                 .given = &o->steps_given,
                                 .flags = MC_OPT_NEEDED};
    if (also & MC_TRAINING_ON_CORPORA)
        mc_opt_table_add(to, &steps, 1);
    else
        mc_opt_table_add(to, epochs, MC_COUNT(epochs));
    const struct mc_opt table[] = {
        {"--batch", MC_OPT_INT, &o->r.batch, 1, 65536, .arg = "B", .help = "examples of a batch",
         .flags = MC_OPT_RESULT},
        {"--accum", MC_OPT_INT, &o->r.accum, 1, 65536, .arg = "K", .help = "batches of an update",
         .flags = MC_OPT_RESULT},
        {"--lr", MC_OPT_REAL, &o->r.lr, 0, INFINITY, .arg = "X", .help = "learning rate",
         .flags = MC_OPT_RESULT},
        {"--schedule", MC_OPT_CHOICE, &o->schedule, .choices = "constant|linear|cosine",
         .help = "of the learning rate after warm-up", .flags = MC_OPT_RESULT},
        {"--warmup", MC_OPT_REAL, &o->r.warmup, 0, 1, .arg = "F",
         .help = "fraction of all steps in which the rate rises from 0", .flags = MC_OPT_RESULT},
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
        {"--optimizer", MC_OPT_CHOICE, &o->optimizer,
         .choices = mc_optimizer_choices(o->optimizers), .help = "optimizer",
         .flags = MC_OPT_RESULT},
        {"--adafactor-scale", MC_OPT_FLAG, &o->r.scale_rates,
         .help = "rates as shares of a tensor's root mean square",
         .flags = MC_OPT_RESULT | MC_OPT_GIVEN, .given = &o->r.scale_rates,
         .only_for = "--optimizer adafactor"},
        {"--adafactor-relative", MC_OPT_FLAG, &o->r.rates_by_step,
         .help = "the rate goes by the step alone: min(0.01, 1 / sqrt(step))",
         .flags = MC_OPT_RESULT | MC_OPT_GIVEN, .given = &o->r.rates_by_step,
         .only_for = "--optimizer adafactor", .excludes = "--lr,--schedule,--warmup"},
    };
    mc_opt_table_add(to, table, MC_COUNT(table));
}

static void add_files(struct mc_training_options *o, unsigned also, struct mc_opt_table *to) {
    const struct mc_opt table[] = {
        {"--log", MC_OPT_STR, &o->log, .arg = "FILE",
         .help = "table with a row per update, which grows in its place; whole with its last "
                 "newline"},
        {"--summary", MC_OPT_STR, &o->summary, .arg = "FILE",
         .help = "table of one row: steps, last loss, dev metrics, seconds, memory, parameters"},
    };
    const struct mc_opt dynamics = {
        "--dynamics", MC_OPT_STR, &o->dynamics, .arg = "FILE",
        .help = "table of every training example after every epoch, for mc-knowledge"};
    const struct mc_opt save_at = {
        "--save-at", MC_OPT_STR, &o->save_at, .arg = "N,N,...",
        .help = "also write the models after these steps (0: before the first)"};
    const struct mc_opt state[] = {
        {"--checkpoint", MC_OPT_STR, &o->checkpoint, .arg = "FILE",
         .help = "training state, to resume from",
         .only_with = "--checkpoint-every,--checkpoint-seconds"},
        {"--checkpoint-every", MC_OPT_INT, &o->checkpoint_every, 1, INT32_MAX, .arg = "N",
         .help = "steps between checkpoints; default: none", .only_with = "--checkpoint"},
        {"--checkpoint-seconds", MC_OPT_REAL, &o->checkpoint_s, 0, INFINITY, .arg = "X",
         .help = "seconds between checkpoints, or 50 times those that the last one took if that is "
                 "longer; default: none",
         .flags = MC_OPT_ABOVE, .only_with = "--checkpoint"},
        {"--resume", MC_OPT_STR, &o->resume, .arg = "FILE",
         .help = "go on from a checkpoint of the same run"},
        {"--or-begin", MC_OPT_FLAG, &o->or_begin,
         .help = "begin anew where the file of --resume is not there or no checkpoint of this run",
         .only_with = "--resume"},
    };
    const struct mc_opt only = {"--only", MC_OPT_STR, &o->only, .arg = "FILE",
                                .help = "train on these examples: a number a line, from 0"};
    mc_opt_table_add(to, table, MC_COUNT(table));
    if (also & MC_TRAINING_DYNAMICS) mc_opt_table_add(to, &dynamics, 1);
    if (also & MC_TRAINING_SAVE_AT) mc_opt_table_add(to, &save_at, 1);
    mc_opt_table_add(to, state, MC_COUNT(state));
    if (!(also & MC_TRAINING_ON_CORPORA)) mc_opt_table_add(to, &only, 1);
}

void mc_training_options_of_run(struct mc_training_options *o, unsigned also,
                                struct mc_opt_table *to) {
    const struct mc_opt dropout = {"--dropout",
                                   MC_OPT_REAL,
                                   &o->r.dropout,
                                   0,
                                   1,
                                   .arg = "P",
                                   .help = "the network's dropout rates; default: the config's",
                                   .flags = MC_OPT_BELOW};
    const struct mc_opt new_head = {"--new-head", MC_OPT_FLAG, &o->new_head,
                                    .help = "draw the head anew, with the training set's labels",
                                    .flags = MC_OPT_RESULT};
    const struct mc_opt seeds[] = {
        {"--seed", MC_OPT_INT, &o->seed, 0, INFINITY, .arg = "S",
         .help = "for each of the seeds not given"},
        {"--seed-init", MC_OPT_INT, &o->seed_init, 0, INFINITY, .arg = "S",
         .help = "of what is drawn: a head, a method's tensors, noise; default: --seed",
         .flags = MC_OPT_RESULT, .given = &o->seed_init_given},
        {"--seed-order", MC_OPT_INT, &o->seed_order, 0, INFINITY, .arg = "S",
         .help = "of the order of examples; default: --seed", .flags = MC_OPT_RESULT,
         .given = &o->seed_order_given},
        {"--seed-dropout", MC_OPT_INT, &o->seed_dropout, 0, INFINITY, .arg = "S",
         .help = "of dropout; default: --seed", .flags = MC_OPT_RESULT,
         .given = &o->seed_dropout_given},
    };
    mc_opt_table_add(to, &dropout, 1);
    if (also & MC_TRAINING_NEW_HEAD) mc_opt_table_add(to, &new_head, 1);
    mc_opt_table_add(to, seeds, MC_COUNT(seeds));
    add_files(o, also, to);
}

// None of the files beside -o may be one that is read; a checkpoint may follow that which it
// resumes.
static int not_input(const struct mc_training_options *o, const char *name, const char *file,
                     const char *in, struct mc_error *e) {
    if (file == o->checkpoint && in == o->resume) return 0;
    return mc_out_not_input(file, in, e) < 0 ? mc_fail_in(e, "%s", name) : 0;
}

static int check_outputs(const struct mc_training_options *o, const struct mc_cli *c,
                         struct mc_error *e) {
    static const char *const name[] = {"--log", "--checkpoint", "--summary", "--dynamics"};
    const char *const file[] = {o->log, o->checkpoint, o->summary, o->dynamics};
    const char *const in[] = {"-", o->train, o->dev, o->only, c->base, o->resume};
    MC_TRY(mc_cli_outputs(c, file, MC_COUNT(file), e));
    for (int i = 0; i < MC_COUNT(file); i++) {
        for (int k = 0; k < MC_COUNT(in); k++) MC_TRY(not_input(o, name[i], file[i], in[k], e));
        for (int k = 0; k < o->sets.n; k++) MC_TRY(not_input(o, name[i], file[i], o->sets.v[k], e));
        for (int k = 0; k < c->n_operands; k++)
            MC_TRY(not_input(o, name[i], file[i], c->operand[k], e));
    }
    if (!o->or_begin) MC_TRY(mc_cli_readable(o->resume, e));
    if (mc_out_try(o->checkpoint, true, e) < 0) return mc_fail_in(e, "--checkpoint");
    MC_TRY(mc_out_try(o->dynamics, false, e));
    return mc_out_try(o->summary, false, e);
}

static int name_sets(struct mc_training_options *o, struct mc_error *e) {
    int dashes = 0;
    for (int i = 0; i < o->sets.n; i++) {
        dashes += strcmp(o->sets.v[i], "-") == 0;
        MC_TRY(mc_buf_printf(&o->all_sets, e, "%s%s", i ? ", " : "", o->sets.v[i]));
    }
    if (dashes > 1) return mc_fail(e, MC_ERR_USAGE, "standard input is given %d times", dashes);
    if (o->sets.n) o->train = o->all_sets.p;
    return 0;
}

int mc_training_options_check(struct mc_training_options *o, const struct mc_cli *c,
                              struct mc_error *e) {
    MC_TRY(check_outputs(o, c, e));
    MC_TRY(name_sets(o, e));
    if (o->save_at) {
        MC_TRY(mc_split_ints(o->save_at, 0, "--save-at", &o->save_steps, &o->n_save_steps, e));
        mc_sort_ints(o->save_steps, o->n_save_steps);
    }
    if (o->no_decay)
        MC_TRY(mc_split(o->no_decay, ',', "--no-decay", &o->spared, &o->r.n_no_decay, e));
    o->r.no_decay = o->spared;
    if (!o->seed_init_given) o->seed_init = o->seed;
    if (!o->seed_order_given) o->seed_order = o->seed;
    if (!o->seed_dropout_given) o->seed_dropout = o->seed;
    o->r.precision = c->precision;
    o->r.seed_order = (uint64_t)o->seed_order;
    o->r.seed_dropout = (uint64_t)o->seed_dropout;
    if (o->steps_given) o->r.epochs = 0;
    while (strcmp(mc_schedule_names[o->r.schedule], o->schedule) != 0) o->r.schedule++;
    o->r.optimizer = mc_optimizer_find(o->optimizer);
    return 0;
}
