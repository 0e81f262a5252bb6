// mc-curve: two models to a curve between them along which the loss is small, or to the mixture of
// their groups where it is.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mc/curve_training.h"
#include "mc/num.h"
#include "mc/split.h"
#include "mc/trainer.h"

struct opts {
    const char *kind, *bend_init, *dev_at, *by;
    int64_t bends, t_per_batch;
    double noise, mix_init; // noise: of --bend-init
    bool bends_given, bend_init_given, t_per_batch_given, dev_at_given, by_given, mix_init_given;
    bool with_base;
    struct mc_training_options training;
};

struct job {
    const struct mc_cli *c;
    struct opts *o;
    struct mc_curve_ends ends;
    double *look_t; // of --dev-at
    int n_looks;
    struct mc_curve_source curve;
    struct mc_mix_source mix;
    struct mc_trainer r;
};

static bool is_mix(const struct opts *o) { return strcmp(o->kind, "mix") == 0; }

// What is of curves alone, or of mixtures alone.
static int check_kind(const struct opts *o, struct mc_error *e) {
    const char *const of_curves = o->bends_given         ? "--bends"
                                  : o->bend_init_given   ? "--bend-init"
                                  : o->t_per_batch_given ? "--t-per-batch"
                                  : o->dev_at_given      ? "--dev-at"
                                                         : NULL;
    if (is_mix(o) && of_curves)
        return mc_fail(e, MC_ERR_USAGE, "%s is for --kind bezier or chain", of_curves);
    if (is_mix(o) && !o->by) return mc_fail(e, MC_ERR_USAGE, "--kind mix needs --by");
    return 0;
}

// What begins at random, by --seed-init.
static int check_init(struct opts *o, struct mc_error *e) {
    bool segment = strcmp(o->bend_init, "segment") == 0;
    if (!segment && (!mc_parse_f64(o->bend_init, &o->noise) || o->noise < 0))
        return mc_fail(e, MC_ERR_USAGE,
                       "--bend-init: '%s' is neither segment nor a standard deviation",
                       o->bend_init);
    double sd = is_mix(o) ? o->mix_init : o->noise;
    if (o->training.seed_init_given && !(sd > 0))
        return mc_fail(e, MC_ERR_USAGE, "--seed-init: nothing is drawn (%s draws)",
                       is_mix(o) ? "--mix-init" : "--bend-init SD");
    return 0;
}

static int check_looks(struct job *j, struct mc_error *e) {
    const double *twice;
    MC_TRY(mc_split_reals(j->o->dev_at, "--dev-at", &j->look_t, &j->n_looks, e));
    for (int i = 0; i < j->n_looks; i++)
        if (j->look_t[i] < 0 || j->look_t[i] > 1)
            return mc_fail(e, MC_ERR_USAGE, "--dev-at: t = %.9g is outside 0..1", j->look_t[i]);
    MC_TRY(mc_real_twice(j->look_t, j->n_looks, &twice, e));
    if (twice) return mc_fail(e, MC_ERR_USAGE, "--dev-at: t = %.9g is given twice", *twice);
    return 0;
}

static int write_documents(void *ctx, const struct mc_model *m, int64_t step, struct mc_error *e) {
    struct job *j = ctx;
    const struct mc_trainable *trained = &j->r.t.trained;
    (void)step;
    (void)m; // r->m
    if (is_mix(j->o)) return mc_mix_write(&j->ends, j->r.m, trained, j->r.w, e);
    return mc_curve_write(&j->ends, j->r.m, trained, j->r.line.p, j->r.w, e);
}

// What is trained, and of what.
static void set_trained(struct job *j) {
    const struct opts *o = j->o;
    const struct mc_training_options *t = &o->training;
    const struct mc_model *a = j->ends.a, *b = j->ends.b;
    j->curve = (struct mc_curve_source){.shape = mc_curve_shape_find(o->kind),
                                        .a = a,
                                        .b = b,
                                        .n_bends = (int)o->bends,
                                        .t_per_batch = (int)o->t_per_batch,
                                        .noise = o->noise,
                                        .seed_noise = (uint64_t)t->seed_init,
                                        .seed_t = (uint64_t)t->seed_order,
                                        .look_t = j->look_t,
                                        .n_looks = j->n_looks};
    j->mix = (struct mc_mix_source){.a = a,
                                    .b = b,
                                    .by = o->by ? mc_group_by_word(o->by) : MC_BY_LAYER,
                                    .sd = o->mix_init,
                                    .seed = (uint64_t)t->seed_init};
    j->r.trainable = is_mix(o) ? &mc_trainable_mix : &mc_trainable_curve;
    j->r.trainable_source = is_mix(o) ? (const void *)&j->mix : &j->curve;
    j->r.chooses = true;
    j->r.write = write_documents;
    j->r.write_ctx = j;
}

static int read_ends(struct job *j, struct mc_error *e) {
    MC_TRY(mc_curve_ends_open(&j->ends, j->c->operand, j->c->base, j->r.pool, e));
    MC_TRY(mc_curve_ends_point(&j->ends, &j->r.m, e));
    snprintf(j->r.input, sizeof j->r.input, "%s,%s", j->ends.from, j->ends.to);
    return 0;
}

static int run(struct job *j, struct mc_error *e) {
    MC_TRY(check_kind(j->o, e));
    MC_TRY(check_init(j->o, e));
    MC_TRY(check_looks(j, e));
    MC_TRY(mc_trainer_open(&j->r, e));
    MC_TRY(read_ends(j, e));
    set_trained(j);
    MC_TRY(mc_trainer_start(&j->r, e));
    if (j->o->with_base) MC_TRY(mc_trainer_write_base(&j->r, e));
    return mc_trainer_run(&j->r, e);
}

static void add_own(struct opts *o, struct mc_opt_table *to) {
    const struct mc_opt own[] = {
        {"--kind", MC_OPT_CHOICE, &o->kind, .choices = "bezier|chain|mix",
         .help = "a curve by its bends; or one point, how far each group is from A to B",
         .flags = MC_OPT_RESULT},
        {"--bends", MC_OPT_INT, &o->bends, 1, MC_CURVE_MOST - 2, .arg = "N",
         .help = "control points between the ends", .flags = MC_OPT_RESULT,
         .given = &o->bends_given},
        {"--bend-init", MC_OPT_STR, &o->bend_init, .arg = "segment|SD",
         .help = "bends begin on the segment; N(0, SD) is added, by --seed-init",
         .flags = MC_OPT_RESULT, .given = &o->bend_init_given},
        {"--t-per-batch", MC_OPT_INT, &o->t_per_batch, 1, 65536, .arg = "N",
         .help = "points of the curve for every batch, uniform in t, by --seed-order",
         .flags = MC_OPT_RESULT, .given = &o->t_per_batch_given},
        {"--dev-at", MC_OPT_STR, &o->dev_at, .arg = "T,T,...",
         .help = "where the curve is looked at: the mean loss there counts", .flags = MC_OPT_RESULT,
         .given = &o->dev_at_given, .only_with = "--dev"},
        {"--by", MC_OPT_CHOICE, &o->by, .choices = MC_GROUP_CHOICES,
         .help = "groups of a mixture, as mc-dist names them",
         .flags = MC_OPT_RESULT | MC_OPT_GIVEN, .given = &o->by_given, .only_for = "--kind mix"},
        {"--mix-init", MC_OPT_REAL, &o->mix_init, 0, INFINITY, .arg = "SD",
         .help = "w of t = sigmoid(w) begins as N(0, SD), by --seed-init; 0: in the middle",
         .flags = MC_OPT_RESULT | MC_OPT_GIVEN, .given = &o->mix_init_given,
         .only_for = "--kind mix"},
        {"--with-base", MC_OPT_FLAG, &o->with_base, .help = "write the base before deltas"},
    };
    mc_opt_table_add(to, own, MC_COUNT(own));
}

int main(int argc, char **argv) {
    struct opts o = {.kind = "bezier",
                     .bend_init = "segment",
                     .dev_at = ".25,.5,.75",
                     .bends = 1,
                     .t_per_batch = 1};
    struct mc_opt_table all = {0};
    mc_training_options_init(&o.training);
    o.training.r.weight_decay = 0;
    mc_training_options_of_update(&o.training, MC_TRAINING_CHOOSES, &all);
    add_own(&o, &all);
    mc_training_options_of_run(&o.training, MC_TRAINING_CHOOSES, &all);
    struct mc_cli c = {
        .prog = "mc-curve",
        .purpose = "trains a curve between two models along which the loss is small",
        .operands = "A B --train FILE",
        .examples = "  mc-curve a.st.gz b.st.gz --train train.tok.gz --epochs 1 > curve.st.gz\n"
                    "  mc-interp -n 26 curve.st.gz | mc-eval dev.tok.gz > path.tsv\n",
        .see_also = "mc-finetune, mc-interp, mc-dist",
        .opts = all.v,
        .n_opts = all.n,
        .use = MC_CLI_STREAM | MC_CLI_MODELS | MC_CLI_COMPUTE | MC_CLI_FILES,
        .min_operands = 2,
        .max_operands = 2,
    };
    int status = mc_cli_parse(&c, argc, argv);
    if (status >= 0) return status;
    struct mc_error e = {0};
    struct job j = {.c = &c, .o = &o, .r = {.c = &c, .o = &o.training}};
    int rc = run(&j, &e);
    mc_trainer_release(&j.r);
    mc_curve_ends_close(&j.ends);
    free(j.look_t);
    return mc_cli_finish(&c, rc, &e);
}
