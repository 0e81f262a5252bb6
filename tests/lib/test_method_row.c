// A tuning method that a test adds, in this one file and one row: y + u (d . x) beside the layer
// that ends each feed-forward, d[1, in] and u[out, 1]. Everything that works on methods works on
// it: the names of --method, options, training, streams, checks, lines and folding.
#include <math.h>
#include <stddef.h>

#include "temp.h"

#include "mc/json.h"
#include "mc/model_stream.h"
#include "mc/path.h"
#include "mc/rng.h"
#include "mc/train.h"
#include "toy.h"

static struct mc_error err;
static const struct mc_log QUIET = {.prog = "test", .quiet = true};

// --- the method

struct params { // of its own
    double std;
};

static struct params *params_of(const struct mc_method *h) { return h->own; }

static bool names(const struct mc_method *h, const struct mc_param *layer, char down[MC_PARAM_NAME],
                  char up[MC_PARAM_NAME]) {
    (void)h;
    if (layer->is.role != MC_ROLE_DOWN || layer->is.bias) return false;
    return snprintf(down, MC_PARAM_NAME, "%s.nudge.down", layer->name) < MC_PARAM_NAME &&
           snprintf(up, MC_PARAM_NAME, "%s.nudge.up", layer->name) < MC_PARAM_NAME;
}

static int table(const struct mc_method *h, struct mc_model *d, struct mc_error *e) {
    for (int i = 0; i < d->base->table.n; i++) {
        const struct mc_param *p = &d->base->table.p[i];
        char down[MC_PARAM_NAME], up[MC_PARAM_NAME];
        if (!names(h, p, down, up)) continue;
        const struct mc_place beside = mc_place_beside(&p->is);
        MC_TRY(mc_table_add(&d->table, &beside, 1, p->dim[1], e, "%s", down));
        MC_TRY(mc_table_add(&d->table, &beside, p->dim[0], 1, e, "%s", up));
    }
    return 0;
}

// u is zero: a new delta computes what its base does.
static void draw(const struct mc_method *h, const struct mc_param *p, float *w, uint64_t seed) {
    struct mc_rng r;
    mc_rng_init_named(&r, seed, MC_RNG_INIT, p->name);
    for (size_t i = 0; i < p->n; i++)
        w[i] = p->dim[0] == 1 ? (float)(params_of(h)->std * mc_rng_normal(&r)) : 0;
}

static int check_pair(const struct mc_method *h, const struct mc_param *layer,
                      const struct mc_param *down, const struct mc_param *up, struct mc_error *e) {
    (void)h;
    MC_TRY(mc_param_check_shape(down, 1, layer->dim[1], e));
    return mc_param_check_shape(up, layer->dim[0], 1, e);
}

static mc_val linear(const struct mc_method *h, struct mc_plan *p, mc_val x, mc_val y, int down,
                     int up) {
    (void)h;
    return mc_plan_add(p, mc_plan_linear(p, mc_plan_linear(p, x, down, -1), up, -1), y, 0);
}

static void fold(const struct mc_method *h, const struct mc_param *layer,
                 const struct mc_param *down, const float *d, const float *u, float *w) {
    (void)h;
    (void)down;
    for (int64_t i = 0; i < layer->dim[0]; i++)
        for (int64_t k = 0; k < layer->dim[1]; k++) w[i * layer->dim[1] + k] += u[i] * d[k];
}

static int write_method(const struct mc_method *h, struct mc_buf *out, struct mc_error *e) {
    return mc_buf_printf(out, e, ",\"std\":%.15g", params_of(h)->std);
}

static int read_method(struct mc_method *h, const void *json, struct mc_error *e) {
    params_of(h)->std = json_number_value(json_object_get(json, "std"));
    return params_of(h)->std > 0 ? 0 : mc_fail(e, MC_ERR_INPUT, "mc.method: no std of a nudge");
}

static const struct mc_method_option OPTIONS[] = {
    {{"--nudge-std", "X", "standard deviation of new nudges", MC_OPTION_REAL, .fallback = .5,
      .max = INFINITY, .above = true},
     .at = offsetof(struct params, std),
     .own = true}};

static const struct mc_method_class nudge = {.name = "nudge",
                                             .options = OPTIONS,
                                             .n_options = 1,
                                             .own_size = sizeof(struct params),
                                             .table = table,
                                             .draw = draw,
                                             .names = names,
                                             .check_pair = check_pair,
                                             .linear = linear,
                                             .fold = fold,
                                             .write = write_method,
                                             .read = read_method};
const struct mc_method_class *const mc_methods[] = {&mc_method_lora, &nudge, NULL};

// --- what is done with it

static struct mc_model *new_base(void) { return toy_new_model(TOY_CONFIG, TOY_LABELS, 2, 5); }

static void init_delta(struct mc_model *delta, struct mc_model *base, uint64_t seed) {
    struct mc_method h = {.cls = &nudge};
    struct mc_method_options o;
    mc_method_options_init(&o);
    assert_int_equal(mc_method_options_new(&o, &h, &err), 0);
    assert_true(params_of(&h)->std == .5);
    assert_int_equal(mc_method_init_delta(&h, delta, base, base->labels, 2, false, seed, &err), 0);
    mc_method_release(&h);
}

static void choices_and_options(void **state) {
    (void)state;
    char text[MC_METHOD_CHOICES];
    struct mc_method_options o;
    assert_string_equal(mc_method_choices(text), "full|lora|nudge");
    assert_ptr_equal(mc_method_find("nudge"), &nudge);
    mc_method_options_init(&o);
    struct mc_method_value *last = &o.v[o.n - 1];
    assert_string_equal(last->of->is.name, "--nudge-std");
    last->is.given = true;
    assert_int_equal(mc_method_options_check(&o, "nudge", &err), 0);
    assert_int_equal(mc_method_options_check(&o, "lora", &err), MC_ERR_USAGE);
    assert_string_equal(err.text, "--nudge-std is for --method nudge");
}

// Tunes a new delta of this seed; the mean losses of the first and the last updates.
static void tune(struct mc_model *delta, struct mc_model *base, uint64_t seed, double *first,
                 double *last) {
    static struct toy_set train;
    toy_tokens(&train, 200, 1);
    struct mc_recipe recipe = {.steps = 60,
                               .batch = 32,
                               .accum = 1,
                               .lr = 1e-2,
                               .seed_order = seed,
                               .schedule = MC_SCHEDULE_CONSTANT,
                               .optimizer = &mc_optimizer_adamw};
    struct mc_pool *pool = mc_pool_new(2, &err);
    struct mc_training t = {.r = &recipe,
                            .m = delta,
                            .batches = {.set = &train.t, .name = "train"},
                            .pool = pool,
                            .log = &QUIET,
                            .new_delta = true,
                            .save = toy_save_nothing};
    init_delta(delta, base, seed);
    int rc = mc_training_init(&t, &err);
    if (rc == 0) rc = mc_training_run(&t, &err);
    if (rc < 0) fail_msg("%s", err.text);
    assert_string_equal(t.trained.cls->name, "stored");
    *first = *last = 0;
    int row = 0;
    for (char *p = t.log_text.p; (p = strchr(p, '\n')); row++) {
        double l;
        assert_int_equal(sscanf(++p, "%*d\t%*d\t%lf", &l), 1);
        if (row < 10) *first += l / 10;
        if (row >= 50) *last += l / 10;
    }
    mc_training_release(&t);
    mc_pool_free(pool);
    assert_int_equal(mc_model_digest(delta, &err), 0);
}

static double loss_of(const struct mc_model *m) {
    static struct toy_set dev;
    struct mc_evaluator v;
    struct mc_scores s = {0};
    toy_tokens(&dev, 50, 2);
    struct mc_task task = {.name = (char *)(uintptr_t) "dev", .tokens = dev.t, .n = dev.t.n};
    assert_non_null(task.label = mc_new(50, sizeof *task.label, &err));
    struct mc_pool *pool = mc_pool_new(1, &err);
    mc_evaluator_init(&v, pool, MC_PRECISION_F32);
    if (mc_evaluate(&v, NULL, m, &task, &s, &err) < 0) fail_msg("%s", err.text);
    double sum = 0;
    for (int i = 0; i < 50; i++) sum += s.loss[i];
    mc_evaluator_release(&v);
    mc_scores_release(&s);
    mc_pool_free(pool);
    free(task.label);
    return sum / 50;
}

static void tensors(void **state) {
    (void)state;
    struct mc_model delta;
    struct mc_model *base = new_base();
    init_delta(&delta, base, 3);
    assert_int_equal(delta.table.n, 2 * 2 + 2); // two layers; the head
    assert_string_equal(mc_doc_get(&delta.meta, "mc.method"), "{\"name\":\"nudge\",\"std\":0.5}");
    assert_string_equal(delta.table.p[0].name,
                        "bert.encoder.layer.0.output.dense.weight.nudge.down");
    assert_true(delta.table.p[0].is.block == MC_BLOCK_LAYER && delta.table.p[0].decay);
    assert_int_equal(delta.table.p[2].is.layer, 1);
    assert_true(loss_of(&delta) == loss_of(base));
    mc_model_release(&delta);
    mc_model_drop(base);
}

static void write_two(struct mc_model *base, const struct mc_model *delta) {
    struct mc_writer *w;
    assert_int_equal(mc_doc_set(&base->meta, "mc.role", "base", &err), 0);
    assert_int_equal(mc_writer_open(&w, path, 0, NULL, &err), 0);
    assert_int_equal(mc_model_write(base, w, &err), 0);
    assert_int_equal(mc_model_write(delta, w, &err), 0);
    assert_int_equal(mc_writer_close(w, &err), 0);
}

static void refused(struct mc_model *base, const struct mc_model *delta, const char *why) {
    struct mc_model *back;
    write_two(base, delta);
    int rc = mc_model_load(&back, path, NULL, NULL, &err);
    if (rc == 0) rc = mc_method_check(back, &err);
    assert_int_equal(rc, MC_ERR_INPUT);
    if (!strstr(err.text, why)) fail_msg("'%s' is not in: %s", why, err.text);
    mc_model_drop(back);
}

static void set_method(struct mc_model *delta, const char *json) {
    assert_int_equal(mc_doc_set(&delta->meta, "mc.method", json, &err), 0);
}

static void written_and_read(void **state) {
    (void)state;
    struct mc_model delta, *back;
    struct mc_model *base = new_base();
    init_delta(&delta, base, 3);
    write_two(base, &delta);
    assert_int_equal(mc_model_load(&back, path, NULL, NULL, &err), 0);
    assert_int_equal(mc_method_check(back, &err), 0);
    assert_true(mc_table_same(&back->table, &delta.table));
    assert_memory_equal(back->w, delta.w, delta.table.size * sizeof *delta.w);
    mc_model_drop(back);

    set_method(&delta, "{\"name\":\"nudge\"}");
    refused(base, &delta, "no std of a nudge");
    set_method(&delta, "{\"name\":\"lora\",\"r\":1,\"alpha\":1,\"targets\":[\"query\"]}");
    refused(base, &delta, "the delta has no tensor base_model.model.");
    set_method(&delta, "{\"name\":\"nudge\",\"std\":1}");
    delta.table.p[0].dim[0] = delta.table.p[0].dim[1] / 2;
    delta.table.p[0].dim[1] = 2;
    refused(base, &delta, "is not [1, 32]");
    mc_model_release(&delta);
    mc_model_drop(base);
}

// The point half-way between two deltas of one base, read back.
static struct mc_model *half_way(struct mc_model *base, struct mc_model *a, struct mc_model *b) {
    struct mc_model *m;
    struct mc_model *const end[] = {a, b};
    struct mc_grid g;
    struct mc_path l = {
        .kind = &mc_path_line, .end = end, .n_ends = 2, .grid = &g, .provenance = "test"};
    struct mc_writer *w;
    assert_int_equal(mc_grid_list(&g, ".5", &err), 0);
    if (mc_path_open(&l, &err) < 0) fail_msg("%s", err.text);
    assert_int_equal(mc_doc_set(&base->meta, "mc.role", "base", &err), 0);
    assert_int_equal(mc_writer_open(&w, path, 0, NULL, &err), 0);
    assert_int_equal(mc_model_write(base, w, &err), 0);
    assert_int_equal(mc_path_write(&l, 0, w, &err), 0);
    assert_int_equal(mc_writer_close(w, &err), 0);
    mc_path_close(&l);
    mc_grid_release(&g);
    if (mc_model_load(&m, path, NULL, NULL, &err) < 0) fail_msg("%s", err.text);
    return m;
}

static void tuned_moved_and_folded(void **state) {
    (void)state;
    struct mc_model d[2], *whole;
    struct mc_model *base = new_base();
    double first, last;
    for (int k = 0; k < 2; k++) {
        tune(&d[k], base, (uint64_t)k + 1, &first, &last);
        assert_true(last < .9 * first);
        assert_true(loss_of(&d[k]) < loss_of(base));
    }
    struct mc_model *mid = half_way(base, &d[0], &d[1]);
    assert_int_equal(mc_method_check(mid, &err), 0);
    for (size_t i = 0; i < mid->table.size; i++)
        assert_true(mid->w[i] == d[0].w[i] + .5f * (d[1].w[i] - d[0].w[i]));
    const struct mc_model *const of[] = {&d[0], &d[1], mid};
    for (int k = 0; k < 3; k++) {
        assert_int_equal(mc_method_fold(&whole, of[k], false, &err), 0);
        assert_null(whole->base);
        assert_string_equal(mc_doc_get(&whole->meta, "mc.kind"), "model");
        assert_true(fabs(loss_of(whole) - loss_of(of[k])) < 1e-5);
        assert_memory_not_equal(whole->w, base->w, base->table.size * sizeof *base->w);
        mc_model_drop(whole);
    }
    mc_model_drop(mid);
    mc_model_release(&d[0]);
    mc_model_release(&d[1]);
    mc_model_drop(base);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(choices_and_options), cmocka_unit_test(tensors),
        cmocka_unit_test_setup_teardown(written_and_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tuned_moved_and_folded, set_up, tear_down)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
