// Schedules against formulas, segments, the norm, clipping, an update against its definition, rows
// that wait for theirs.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mc/optim.h"
#include "mc/parameter_groups.h"
#include "mc/recipe.h"
#include "mc/rng.h"

static struct mc_error err;
#define NEAR(a, b, tol) assert_true(fabs((double)(a) - (double)(b)) <= (tol))

static void schedules(void **state) {
    (void)state;
    const double pi = acos(-1);
    for (int s = 0; s < 3; s++) NEAR(mc_schedule_factor((enum mc_schedule)s, 0, 100, 10), 0, 0);
    NEAR(mc_schedule_factor(MC_SCHEDULE_LINEAR, 5, 100, 10), .5, 1e-15);
    NEAR(mc_schedule_factor(MC_SCHEDULE_LINEAR, 10, 100, 10), 1, 0);
    NEAR(mc_schedule_factor(MC_SCHEDULE_LINEAR, 55, 100, 10), .5, 1e-15);
    NEAR(mc_schedule_factor(MC_SCHEDULE_LINEAR, 99, 100, 10), 1 / 90., 1e-15);
    NEAR(mc_schedule_factor(MC_SCHEDULE_LINEAR, 100, 100, 10), 0, 0);
    NEAR(mc_schedule_factor(MC_SCHEDULE_LINEAR, 0, 100, 0), 1, 0); // no warm-up
    NEAR(mc_schedule_factor(MC_SCHEDULE_COSINE, 10, 100, 10), 1, 0);
    NEAR(mc_schedule_factor(MC_SCHEDULE_COSINE, 55, 100, 10), .5, 1e-15);
    NEAR(mc_schedule_factor(MC_SCHEDULE_COSINE, 40, 100, 10), .5 * (1 + cos(pi / 3)), 1e-15);
    NEAR(mc_schedule_factor(MC_SCHEDULE_COSINE, 100, 100, 10), 0, 1e-15);
    for (int k = 10; k < 100; k++) NEAR(mc_schedule_factor(MC_SCHEDULE_CONSTANT, k, 100, 10), 1, 0);
    NEAR(mc_schedule_factor(MC_SCHEDULE_LINEAR, 3, 4, 4), .75, 0); // nothing but warm-up
}

enum { ROWS = 6, COLS = 5, OUT = 300, IN = 400 };

// An embedding with padding at row 1, a matrix of two segments, a bias.
static struct mc_table table;

static int make_table(void **state) {
    (void)state;
    const struct mc_place word = {.role = MC_ROLE_TOKEN_EMBEDDING}, dense = {.role = MC_ROLE_DENSE},
                          bias = {.role = MC_ROLE_DENSE, .bias = true};
    int i = mc_table_add(&table, &word, ROWS, COLS, &err, "word.weight");
    table.p[i].pad_row = 1;
    return mc_table_add(&table, &dense, OUT, IN, &err, "dense.weight") < 0 ||
           mc_table_add(&table, &bias, OUT, 0, &err, "dense.bias") < 0;
}

static int drop_table(void **state) {
    (void)state;
    mc_table_release(&table);
    return 0;
}

// Which rows the batches touch, one after the other; row 1 is padding, row 4 is never touched.
enum { STEPS = 300 }; // more than a row may wait for
static bool touches(int step, int row) {
    return row == 0 || row == 1 || (row == 2 && step == 3) || (row == 3 && step % 7 == 0) ||
           (row == 5 && step == STEPS);
}

static const bool BY_ROWS[3] = {true, false, false};

struct world {
    struct mc_optim o;
    struct mc_pool *pool;
    float *w, *g, *before;
};

static void world_open(struct world *x, const struct mc_optimizer *kind, int threads,
                       const bool *by_rows) {
    struct mc_rng r;
    mc_rng_init(&r, 1, MC_RNG_TEST, 0);
    assert_int_equal(mc_optim_init(&x->o, kind, &table, NULL, by_rows, &err), 0);
    x->pool = mc_pool_new(threads, &err);
    x->w = mc_new_floats(table.size, &err);
    x->g = mc_new_floats(table.size, &err);
    x->before = mc_new_floats(table.size, &err);
    for (size_t i = 0; i < table.size; i++) x->before[i] = x->w[i] = (float)mc_rng_normal(&r);
}

static void world_close(struct world *x) {
    mc_optim_release(&x->o);
    mc_pool_free(x->pool);
    mc_free_floats(x->w);
    mc_free_floats(x->g);
    mc_free_floats(x->before);
}

static bool in_rows(size_t i) { return i < (size_t)ROWS * COLS; }

// The gradient of a step, zero in the rows that it does not touch; the others are noise where rows
// are named, as a run leaves what an earlier batch wrote.
static void fill_grad(struct world *x, int step, bool noise) {
    struct mc_rng r;
    mc_rng_init(&r, 2, MC_RNG_TEST, (uint32_t)step);
    for (size_t i = 0; i < table.size; i++) {
        float g = (float)mc_rng_normal(&r);
        int row = (int)(i / COLS);
        bool has = !in_rows(i) || (touches(step, row) && row != 1);
        x->g[i] = has || (noise && row != 1) ? g : 0; // a run leaves padding alone
    }
}

static double one_step(struct world *x, int step, double lr) {
    for (int row = 0; row < ROWS; row++)
        for (int twice = 0; twice < 2; twice++)
            if (touches(step, row)) mc_optim_touch(&x->o, 0, row);
    mc_optim_ready(&x->o, x->pool, x->g, x->w);
    fill_grad(x, step, x->o.n_lazy > 0);
    double norm = mc_optim_norm(&x->o, x->pool, x->g);
    mc_optim_update(&x->o, x->pool, lr, norm, x->g, x->w);
    return norm;
}

// Segments hold every float of what they update once, none longer than a task.
static void segments_cover(void **state) {
    (void)state;
    const bool trains[3] = {false, true, true};
    for (int k = 0; k < 3; k++) {
        struct mc_optim o;
        assert_int_equal(mc_optim_init(&o, &mc_optimizer_sgd, &table, k == 2 ? trains : NULL,
                                       k == 1 ? BY_ROWS : NULL, &err),
                         0);
        assert_int_equal(o.n_lazy, k == 1);
        size_t at = k == 0 ? 0 : table.p[1].at;
        for (int i = 0; i < o.n_seg; i++) {
            assert_true(o.seg[i].at == at && o.seg[i].n > 0 && o.seg[i].n <= MC_SEGMENT);
            assert_int_equal(o.seg[i].decay, at < table.p[2].at);
            at += o.seg[i].n;
        }
        assert_true(at == table.size);
        mc_optim_release(&o);
    }
}

static void norm_and_clear(void **state) {
    (void)state;
    struct world x[2];
    for (int k = 0; k < 2; k++) {
        world_open(&x[k], &mc_optimizer_adamw, k ? 4 : 1, BY_ROWS);
        for (int row = 0; row < ROWS; row++)
            if (touches(7, row)) mc_optim_touch(&x[k].o, 0, row);
        fill_grad(&x[k], 1, true);
        mc_optim_ready(&x[k].o, x[k].pool, x[k].g, x[k].w);
        for (size_t i = 0; i < table.size; i++) { // what a run replaces is left alone
            size_t row = i / COLS;
            assert_int_equal(x[k].g[i] == 0, in_rows(i) && (row == 0 || row == 1 || row == 3));
        }
        fill_grad(&x[k], 7, true);
    }
    double sum = 0;
    for (size_t i = 0; i < table.size; i++)
        if (!in_rows(i) || i / COLS == 0 || i / COLS == 3)
            sum += (double)x[0].g[i] * (double)x[0].g[i];
    double a = mc_optim_norm(&x[0].o, x[0].pool, x[0].g);
    double b = mc_optim_norm(&x[1].o, x[1].pool, x[1].g);
    assert_true(a == b);
    NEAR(a, sqrt(sum), 1e-10 * a);
    world_close(&x[0]);
    world_close(&x[1]);
}

// Steps of torch.optim.AdamW or SGD in double; biases do not decay, padding only decays.
static void check_updates(const struct mc_optimizer *kind, double clip, int threads) {
    struct world x;
    world_open(&x, kind, threads, BY_ROWS);
    double lr, wd = .1;
    x.o.weight_decay = wd;
    x.o.clip = clip;
    double *w = mc_new(table.size, sizeof *w, &err), *m = mc_new(table.size, sizeof *m, &err);
    double *v = mc_new(table.size, sizeof *v, &err);
    for (size_t i = 0; i < table.size; i++) w[i] = (double)x.w[i];
    for (int step = 1; step <= 20; step++) {
        double norm = one_step(&x, step, .01), c = clip > 0 ? fmin(1, clip / (norm + 1e-6)) : 1;
        fill_grad(&x, step, false);
        for (size_t i = 0; i < table.size; i++) {
            double g = c * (double)x.g[i];
            int own = i < table.p[1].at ? 0 : i < table.p[2].at ? 1 : 2;
            lr = .01 * table.p[own].rate;
            if (own < 2) w[i] *= 1 - lr * wd;
            m[i] = .9 * m[i] + .1 * g;
            v[i] = .999 * v[i] + .001 * g * g;
            w[i] -= kind == &mc_optimizer_sgd ? lr * g
                                              : lr / (1 - pow(.9, step)) * m[i] /
                                                    (sqrt(v[i]) / sqrt(1 - pow(.999, step)) + 1e-8);
        }
    }
    assert_true(x.o.step == 20);
    mc_optim_catch_up(&x.o, x.pool, x.w);
    for (size_t i = 0; i < table.size; i++) NEAR(x.w[i], w[i], 1e-5 * (1 + fabs(w[i])));
    for (int j = 0; j < COLS; j++) // untouched and padding rows decay
        assert_true(x.w[4 * COLS + j] != x.before[4 * COLS + j] &&
                    x.w[COLS + j] != x.before[COLS + j]);
    free(w);
    free(m);
    free(v);
    world_close(&x);
}

// Rates of their own for the three tensors, or one for all again.
static void set_rates(double word, double dense, double bias) {
    const double rate[] = {word, dense, bias};
    for (int i = 0; i < table.n; i++) table.p[i].rate = rate[i];
}

static void updates(void **state) {
    (void)state;
    set_rates(.3, 1, .75);
    check_updates(&mc_optimizer_adamw, .5, 2);
    check_updates(&mc_optimizer_sgd, 0, 1);
    set_rates(1, 1, 1);
    check_updates(&mc_optimizer_adamw, 0, 1);
    check_updates(&mc_optimizer_adamw, .5, 3);
    check_updates(&mc_optimizer_adamw, 1e9, 1); // the norm is below
    check_updates(&mc_optimizer_sgd, 0, 2);
    check_updates(&mc_optimizer_sgd, .5, 1);
}

// Rows that wait end at the bytes of rows that are updated each time; a touched row is up to date
// before its batch; a state set from outside goes on alike.
static void check_rows_wait(void) {
    static const struct mc_optimizer *const KIND[] = {&mc_optimizer_adamw, &mc_optimizer_sgd};
    for (int i = 0; i < 2; i++) {
        struct world lazy, all, resumed;
        world_open(&lazy, KIND[i], 3, BY_ROWS);
        world_open(&all, KIND[i], 1, NULL);
        world_open(&resumed, KIND[i], 1, BY_ROWS);
        struct world *const each[3] = {&lazy, &all, &resumed};
        for (int k = 0; k < 3; k++) each[k]->o.weight_decay = .1;
        size_t bytes = table.size * sizeof *lazy.w;
        for (int step = 1; step <= STEPS; step++) {
            double lr = .01 / step;
            one_step(&lazy, step, lr);
            one_step(&all, step, lr);
            if (step > 10) one_step(&resumed, step, lr);
            for (int row = 0; row < ROWS; row++)
                if (touches(step, row)) // padding too: it is read
                    assert_memory_equal(lazy.w + row * COLS, all.w + row * COLS,
                                        COLS * sizeof *all.w);
            if (step == 10) {
                memcpy(resumed.w, all.w, bytes);
                if (all.o.m) memcpy(resumed.o.m, all.o.m, bytes);
                if (all.o.v) memcpy(resumed.o.v, all.o.v, bytes);
                mc_optim_resume(&resumed.o, step);
            }
        }
        for (int k = 0; k < 3; k += 2) {
            mc_optim_catch_up(&each[k]->o, each[k]->pool, each[k]->w);
            assert_memory_equal(each[k]->w, all.w, bytes);
            if (all.o.m) assert_memory_equal(each[k]->o.m, all.o.m, bytes);
            if (all.o.v) assert_memory_equal(each[k]->o.v, all.o.v, bytes);
        }
        for (int k = 0; k < 3; k++) world_close(each[k]);
    }
}

static void rows_wait(void **state) {
    (void)state;
    check_rows_wait();
    set_rates(.3, 1, .75);
    check_rows_wait();
    set_rates(1, 1, 1);
}

// --- Adafactor

static double mean_square(const double *x, size_t n) {
    double s = 0;
    for (size_t i = 0; i < n; i++) s += x[i] * x[i];
    return s / (double)n;
}

// One tensor's update in double, by the formulas of Shazeer and Stern 2018; row and col hold its
// statistics, col those of every element of a vector.
static void adafactor_naive(const struct mc_param *p, int step, double lr, double wd, bool scale,
                            const double *g, double *row, double *col, double *w) {
    size_t rows = p->rank == 2 ? (size_t)p->dim[0] : 1, cols = p->n / rows;
    double beta = 1 - pow(step, -.8), row_mean = 0;
    double *u = mc_new(p->n, sizeof *u, &err);
    for (size_t r = 0; r < rows; r++) {
        double sum = 0;
        for (size_t c = 0; c < cols; c++) sum += g[r * cols + c] * g[r * cols + c] + 1e-30;
        row[r] = beta * row[r] + (1 - beta) * sum / (double)cols;
        row_mean += row[r] / (double)rows;
    }
    for (size_t c = 0; c < cols; c++) {
        double sum = 0;
        for (size_t r = 0; r < rows; r++) sum += g[r * cols + c] * g[r * cols + c] + 1e-30;
        col[c] = beta * col[c] + (1 - beta) * sum / (double)rows;
    }
    for (size_t i = 0; i < p->n; i++)
        u[i] = g[i] / sqrt(col[i % cols]) / (p->rank == 2 ? sqrt(row[i / cols] / row_mean) : 1);
    double rate = lr * (scale ? fmax(1e-3, sqrt(mean_square(w, p->n))) : 1);
    double size = fmax(1, sqrt(mean_square(u, p->n)));
    for (size_t i = 0; i < p->n; i++)
        w[i] = w[i] * (1 - (p->decay ? wd * rate : 0)) - rate * u[i] / size;
    free(u);
}

static void check_adafactor(bool scale, double clip, int threads) {
    struct world x;
    world_open(&x, &mc_optimizer_adafactor, threads, BY_ROWS);
    x.o.weight_decay = .1;
    x.o.clip = clip;
    x.o.scale = scale;
    size_t bytes = table.size;
    double *w = mc_new(bytes, sizeof *w, &err), *g = mc_new(bytes, sizeof *g, &err);
    double *row = mc_new(bytes, sizeof *row, &err), *col = mc_new(bytes, sizeof *col, &err);
    for (size_t i = 0; i < table.size; i++) w[i] = (double)x.w[i];
    for (int step = 1; step <= 12; step++) {
        for (size_t i = 0; i < table.size; i++) x.g[i] = 3; // what an earlier batch has left
        mc_optim_ready(&x.o, x.pool, x.g, x.w);
        for (size_t i = 0; i < table.size; i++) assert_true(x.g[i] == (in_rows(i) ? 0 : 3));
        fill_grad(&x, step, false);
        double norm = mc_optim_norm(&x.o, x.pool, x.g),
               c = clip > 0 ? fmin(1, clip / (norm + 1e-6)) : 1;
        mc_optim_update(&x.o, x.pool, .05, norm, x.g, x.w);
        for (size_t i = 0; i < table.size; i++) g[i] = c * (double)x.g[i];
        for (int t = 0; t < table.n; t++) {
            size_t at = table.p[t].at;
            adafactor_naive(&table.p[t], step, .05 * table.p[t].rate, .1, scale, g + at, row + at,
                            col + at, w + at);
        }
    }
    for (size_t i = 0; i < table.size; i++) NEAR(x.w[i], w[i], 2e-5 * (1 + fabs(w[i])));
    free(w);
    free(g);
    free(row);
    free(col);
    world_close(&x);
}

static void adafactor(void **state) {
    (void)state;
    check_adafactor(false, 0, 1);
    check_adafactor(true, 0, 2);
    check_adafactor(false, .5, 3);
    set_rates(.3, .5, 2);
    check_adafactor(true, .5, 2);
    set_rates(1, 1, 1);
    NEAR(mc_optimizer_adafactor.rate(4), 1e-2, 0);
    NEAR(mc_optimizer_adafactor.rate(40000), 5e-3, 1e-15);
}

// The same bytes with other threads, and from a state set from outside.
static void adafactor_goes_on(void **state) {
    (void)state;
    struct world x, y;
    world_open(&x, &mc_optimizer_adafactor, 1, BY_ROWS);
    world_open(&y, &mc_optimizer_adafactor, 3, BY_ROWS);
    for (int step = 1; step <= 10; step++) {
        one_step(&x, step, .01);
        if (step == 5) {
            memcpy(y.w, x.w, table.size * sizeof *x.w);
            assert_true(x.o.n_m == 0 && x.o.n_v == y.o.n_v);
            memcpy(y.o.v, x.o.v, x.o.n_v * sizeof *x.o.v);
            mc_optim_resume(&y.o, 5);
        } else if (step > 5) {
            one_step(&y, step, .01);
        }
    }
    assert_memory_equal(x.w, y.w, table.size * sizeof *x.w);
    assert_memory_equal(x.o.v, y.o.v, x.o.n_v * sizeof *x.o.v);
    world_close(&x);
    world_close(&y);
}

// Factors by place, of a table that need not be whole; names without decay.
static void rates_by_layer(void **state) {
    (void)state;
    static const struct {
        const char *name;
        struct mc_place is;
        double bert, t5; // of 2 layers; of 2 in the encoder, 4 in the decoder
    } row[] = {
        {"word.weight", {MC_BLOCK_EMBEDDINGS, .role = MC_ROLE_TOKEN_EMBEDDING}, .125, .03125},
        {"0.dense.weight", {MC_BLOCK_LAYER, .layer = 0, .role = MC_ROLE_UP}, .25, .25},
        {"1.norm.weight", {MC_BLOCK_LAYER, .layer = 1, .role = MC_ROLE_NORM}, .5, .5},
        {"1.q.weight", {MC_BLOCK_LAYER, .layer = 1, .role = MC_ROLE_QUERY}, .5, .5},
        {"d.0.q.weight", {MC_BLOCK_LAYER, MC_STACK_DECODER, 0, .role = MC_ROLE_QUERY}, 0, .0625},
        {"d.3.q.weight", {MC_BLOCK_LAYER, MC_STACK_DECODER, 3, .role = MC_ROLE_QUERY}, 0, .5},
        {"d.norm.weight", {MC_BLOCK_FINAL, MC_STACK_DECODER, .role = MC_ROLE_NORM}, 1, 1},
        {"pooler.dense.weight", {MC_BLOCK_POOLER, .role = MC_ROLE_DENSE}, 1, 1},
        {"classifier.weight", {MC_BLOCK_HEAD, .role = MC_ROLE_CLASSIFIER}, 1, 1},
        {"prompt_embeddings", {.block = MC_BLOCK_METHOD}, 1, 1}};
    struct mc_table t = {0};
    struct mc_config c = {.layers = 2};
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        assert_true(mc_table_add(&t, &row[i].is, 2, 3, &err, "%s", row[i].name) >= 0);
    mc_parameter_groups_by_layer(&t, &c, .5);
    for (int i = 0; i < t.n; i++) assert_true(row[i].bert == 0 || t.p[i].rate == row[i].bert);
    c.decoder_layers = 4;
    mc_parameter_groups_by_layer(&t, &c, .5);
    for (int i = 0; i < t.n; i++) assert_true(t.p[i].rate == row[i].t5);
    mc_parameter_groups_by_layer(&t, &c, 1);
    for (int i = 0; i < t.n; i++) assert_true(t.p[i].rate == 1);

    char dense[] = "dense", word[] = "word.", none[] = "wordy", *part[] = {dense, word, none};
    assert_int_equal(mc_parameter_groups_no_decay(&t, part, 2, &err), 0);
    for (int i = 0; i < t.n; i++)
        assert_int_equal(t.p[i].decay, i != 0 && i != 1 && i != 2 && i != 6 && i != 7);
    assert_int_equal(mc_parameter_groups_no_decay(&t, part, 3, &err), MC_ERR_USAGE);
    assert_non_null(strstr(err.text, "'wordy'"));
    mc_table_release(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schedules),         cmocka_unit_test(segments_cover),
        cmocka_unit_test(norm_and_clear),    cmocka_unit_test(updates),
        cmocka_unit_test(rows_wait),         cmocka_unit_test(adafactor),
        cmocka_unit_test(adafactor_goes_on), cmocka_unit_test(rates_by_layer),
    };
    return cmocka_run_group_tests(tests, make_table, drop_table);
}
