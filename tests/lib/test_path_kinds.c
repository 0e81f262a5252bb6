// Kinds of path by values worked by hand: chain, Bezier curve, slerp, plane, random directions;
// groups that move alone; lengths.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "mc/json.h"
#include "walk.h"

enum { MODELS = 4 };
static struct mc_model m[MODELS], *const end[MODELS] = {&m[0], &m[1], &m[2], &m[3]};

static void new_models(void) {
    for (int k = 0; k < MODELS; k++) toy_model(&m[k], TOY_CONFIG, TOY_LABELS, 2, (uint64_t)k + 1);
}

static void release_models(void) {
    for (int k = 0; k < MODELS; k++) mc_model_release(&m[k]);
}

// All weights of a model alike, for distances that are counted by hand.
static void fill(int k, float v) {
    for (size_t i = 0; i < m[k].table.size; i++) m[k].w[i] = v;
    assert_int_equal(mc_model_digest(&m[k], &err), 0);
}

// The tensor [16] of that name.
static float *vector(struct mc_model *x) {
    return x->w + x->table.p[mc_table_find(&x->table, "bert.embeddings.LayerNorm.bias")].at;
}

static double member(const struct mc_model *x, const char *key) {
    const char *text = mc_doc_get(&x->meta, "mc.curve");
    json_error_t je;
    json_t *o;
    assert_int_equal(mc_json_load(&o, text, strlen(text), 0, MC_JSON_FEW, &je, &err), 0);
    const json_t *v = json_object_get(o, key);
    double out = v ? json_number_value(v) : (double)NAN;
    json_decref(o);
    return out;
}

static bool has_near(double x, double want) { return fabs(x - want) <= 1e-12 * fabs(want); }

static void same(const struct mc_model *x, const struct mc_model *y) {
    assert_memory_equal(x->w, y->w, x->table.size * sizeof *x->w);
}

static void chain(void **state) {
    (void)state;
    struct mc_path l;
    new_models();
    for (int k = 0; k < 3; k++) fill(k, k == 0 ? 0 : k == 1 ? 3 : 1);
    double unit = sqrt((double)m[0].table.size);
    assert_int_equal(open_path(&l, &mc_path_chain, end, 3, "0,.25,.5,.625,1", MC_HEAD_MIX, "x"), 0);
    walk(&l);
    same(point[0], &m[0]);
    same(point[2], &m[1]);
    same(point[4], &m[2]);
    assert_true(point[1]->w[7] == 1.5f && point[3]->w[7] == 2.5f);
    static const double s[] = {0, 1.5, 3, 3.5, 5};
    for (int i = 0; i < 5; i++) assert_true(has_near(member(point[i], "s"), s[i] * unit));
    const char *curve = mc_doc_get(&point[1]->meta, "mc.curve");
    assert_true(strstr(curve, "\"kind\":\"chain\"") && strstr(curve, m[0].digest) &&
                strstr(curve, m[2].digest) && !strstr(curve, m[1].digest));
    forget();
    close_path(&l);
    // a chord over a vertex is the straight way, and the grid may be in any order
    assert_int_equal(open_path(&l, &mc_path_chain, end, 3, "1,.25,.75", MC_HEAD_MIX, "x"), 0);
    walk(&l);
    assert_true(member(point[1], "s") == 0 && has_near(member(point[2], "s"), .5 * unit) &&
                has_near(member(point[0], "s"), 1.5 * unit));
    forget();
    close_path(&l);
    release_models();
}

static void bezier(void **state) {
    (void)state;
    struct mc_path l;
    new_models();
    assert_int_equal(open_path(&l, &mc_path_bezier, end, 3, "0,.5,.25,1", MC_HEAD_MIX, "x"), 0);
    l.from = "aa", l.to = "bb";
    walk(&l);
    same(point[0], &m[0]);
    same(point[3], &m[2]);
    for (size_t i = 0; i < m[0].table.size; i++) {
        double a = (double)m[0].w[i], b = (double)m[1].w[i], c = (double)m[2].w[i];
        double half = .25 * a + .5 * b + .25 * c, early = (9 * a + 6 * b + c) / 16;
        assert_true(point[1]->w[i] == (float)half);
        assert_true(fabs((double)point[2]->w[i] - early) <= 1e-7 * (fabs(a) + fabs(b) + fabs(c)));
    }
    // its first chord, from t = 0 to 1/4, is (-7 a + 6 b + c) / 16
    double s = 0;
    for (size_t i = 0; i < m[0].table.size; i++) {
        double d = (-7 * (double)m[0].w[i] + 6 * (double)m[1].w[i] + (double)m[2].w[i]) / 16;
        s += d * d;
    }
    assert_true(member(point[0], "s") == 0 && has_near(member(point[2], "s"), sqrt(s)));
    assert_true(member(point[1], "s") > member(point[2], "s"));
    assert_non_null(
        strstr(mc_doc_get(&point[1]->meta, "mc.curve"), "\"from\":\"aa\",\"to\":\"bb\""));
    forget();
    close_path(&l);
    // bends on the segment: the line, and its length
    fill(0, 0), fill(1, 1), fill(2, 2);
    assert_int_equal(open_path(&l, &mc_path_bezier, end, 3, "0,.25,.75,1", MC_HEAD_MIX, "x"), 0);
    walk(&l);
    for (int i = 0; i < 4; i++) {
        double t = (double[]){0, .25, .75, 1}[i];
        assert_true(point[i]->w[3] == (float)(2 * t));
        assert_true(has_near(member(point[i], "s"), 2 * t * sqrt((double)m[0].table.size)));
    }
    forget();
    close_path(&l);
    release_models();
}

static void slerp(void **state) {
    (void)state;
    struct mc_path l;
    new_models();
    for (int k = 0; k < 2; k++) fill(k, k ? 3 : 1); // parallel: the line
    memset(vector(&m[0]), 0, 16 * sizeof(float));
    memset(vector(&m[1]), 0, 16 * sizeof(float));
    vector(&m[0])[0] = 2, vector(&m[1])[1] = 2; // at right angles
    assert_int_equal(open_path(&l, &mc_path_slerp, end, 2, "0,.5,1", MC_HEAD_MIX, "x"), 0);
    walk(&l);
    same(point[0], &m[0]);
    same(point[2], &m[1]);
    assert_true(point[1]->w[0] == 2);
    assert_true(vector(point[1])[0] == (float)sqrt(2) && vector(point[1])[1] == (float)sqrt(2) &&
                vector(point[1])[2] == 0);
    // half-way: 1 in every other element, and a chord of the circle with radius 2
    double n = (double)m[0].table.size - 16, half = sqrt(n + 4 * (2 - sqrt(2)));
    assert_true(has_near(member(point[1], "s"), half) && has_near(member(point[2], "s"), 2 * half));
    forget();
    close_path(&l);
    // a tensor that is 0 at an end moves on the line
    memset(vector(&m[0]), 0, 16 * sizeof(float));
    assert_int_equal(open_path(&l, &mc_path_slerp, end, 2, ".25", MC_HEAD_MIX, "x"), 0);
    walk(&l);
    assert_true(vector(point[0])[1] == .5f && vector(point[0])[0] == 0);
    forget();
    close_path(&l);
    release_models();
}

// A plane on a grid of n x n points.
static int open_plane(struct mc_path *l, int n_more, enum mc_head_rule head, double from,
                      double to) {
    const struct mc_range r = {3, from, to};
    assert_int_equal(mc_grid_even(&grid, 2, &r, &err), 0);
    *l = (struct mc_path){.kind = &mc_path_plane,
                          .end = end,
                          .n_ends = 3,
                          .n_more = n_more,
                          .grid = &grid,
                          .head = head,
                          .provenance = "x"};
    return mc_path_open(l, &err);
}

static void plane(void **state) {
    (void)state;
    struct mc_path l;
    struct mc_projection v[MODELS];
    new_models();
    for (int k = 0; k < MODELS; k++) fill(k, 5);
    vector(&m[1])[0] += 2;                           // u = 2 e0
    vector(&m[2])[0] += 1, vector(&m[2])[1] += 3;    // v = 3 e1, x_C = 1/2
    vector(&m[3])[0] -= 2, vector(&m[3])[1] += 1.5f; // x -1, y 1/2, and 4 beside it
    vector(&m[3])[2] += 4;
    assert_int_equal(open_plane(&l, 1, MC_HEAD_MIX, 0, 1), 0);
    walk(&l);
    assert_int_equal(n_points, 9);
    same(point[0], &m[0]);
    same(point[2], &m[1]);
    same(point[7], &m[2]);
    for (int i = 0; i < 9; i++) {
        double x = .5 * (i % 3), y = .5 * (i / 3);
        assert_true(member(point[i], "x") == x && member(point[i], "y") == y);
        assert_true(isnan(member(point[i], "s")) && member(point[i], "count") == 9);
        assert_null(mc_doc_get(&point[i]->meta, "mc.t"));
        assert_true(vector(point[i])[0] == (float)(5 + 2 * x) &&
                    vector(point[i])[1] == (float)(5 + 3 * y) && vector(point[i])[2] == 5);
    }
    const char *curve = mc_doc_get(&point[4]->meta, "mc.curve");
    assert_true(strstr(curve, m[0].digest) && strstr(curve, m[1].digest));
    mc_path_project(&l, v);
    static const double x[] = {0, 1, .5, -1}, y[] = {0, 0, 1, .5}, off[] = {0, 0, 0, 4};
    for (int k = 0; k < MODELS; k++)
        assert_true(v[k].model == k && fabs(v[k].x - x[k]) < 1e-12 && fabs(v[k].y - y[k]) < 1e-12 &&
                    fabs(v[k].distance - off[k]) < 1e-12 && has_near(v[k].unit_x, 2) &&
                    has_near(v[k].unit_y, 3));
    forget();
    close_path(&l);
    // the head of the second model at every point; it is no part of the plane then
    float *h = m[2].w + m[2].table.size - 1;
    *h = -100;
    assert_int_equal(open_plane(&l, 0, MC_HEAD_1, 0, 1), 0);
    walk(&l);
    assert_true(point[7]->w[m[2].table.size - 1] == 5 && vector(point[7])[1] == 8);
    mc_path_project(&l, v);
    assert_true(has_near(v[2].unit_y, 3));
    forget();
    close_path(&l);
    release_models();
}

static void plane_of_a_line(void **state) {
    (void)state;
    struct mc_path l;
    new_models();
    for (size_t i = 0; i < m[0].table.size; i++)
        m[2].w[i] = (float)(.7 * (double)m[0].w[i] + .3 * (double)m[1].w[i]);
    assert_int_equal(open_plane(&l, 0, MC_HEAD_MIX, 0, 1), MC_ERR_INPUT);
    assert_non_null(strstr(err.text, "on a line"));
    assert_non_null(strstr(err.text, "t = 0.3"));
    close_path(&l);
    memcpy(m[2].w, m[1].w, m[1].table.size * sizeof(float));
    assert_int_equal(open_plane(&l, 0, MC_HEAD_MIX, 0, 1), MC_ERR_INPUT);
    close_path(&l);
    memcpy(m[1].w, m[0].w, m[1].table.size * sizeof(float));
    assert_int_equal(open_plane(&l, 0, MC_HEAD_MIX, 0, 1), MC_ERR_INPUT);
    assert_non_null(strstr(err.text, "models 0 and 1 are the same"));
    close_path(&l);
    release_models();
}

static int open_random(struct mc_path *l, struct mc_path_options *o, int64_t seed, const char *dims,
                       const char *at) {
    mc_path_options_init(o);
    for (int i = 0; i < o->n; i++) {
        if (strcmp(o->v[i].of->name, "--kind") == 0) o->v[i].text = "random";
        if (strcmp(o->v[i].of->name, "--seed") == 0) o->v[i].whole = seed;
        if (strcmp(o->v[i].of->name, "--dims") == 0) o->v[i].text = dims;
    }
    const struct mc_path_kind *kind;
    const struct mc_range r = {3, 0, 1};
    assert_int_equal(mc_path_options_choose(o, &kind, &err), 0);
    assert_ptr_equal(kind, &mc_path_random);
    assert_int_equal(mc_path_axes(kind, o), dims[0] - '0');
    assert_int_equal(at ? mc_grid_list(&grid, at, &err) : mc_grid_even(&grid, 2, &r, &err), 0);
    *l = (struct mc_path){
        .kind = kind, .options = o, .end = end, .n_ends = 1, .grid = &grid, .provenance = "x"};
    return mc_path_open(l, &err);
}

static double norm(const float *v, size_t n) {
    double s = 0;
    for (size_t i = 0; i < n; i++) s += (double)v[i] * (double)v[i];
    return sqrt(s);
}

// A direction, which is the point at t = 1 less the model.
static float *direction(int64_t seed) {
    struct mc_path_options o;
    struct mc_path l;
    float *d = malloc(m[0].table.size * sizeof *d);
    assert_non_null(d);
    assert_int_equal(open_random(&l, &o, seed, "1", "0,1,-1"), 0);
    walk(&l);
    same(point[0], &m[0]);
    for (size_t i = 0; i < m[0].table.size; i++) {
        d[i] = point[1]->w[i] - m[0].w[i];
        assert_true(fabs((double)(m[0].w[i] - point[2]->w[i] - d[i])) < 1e-6);
    }
    assert_true(isnan(member(point[1], "s")));
    forget();
    close_path(&l);
    return d;
}

static void random_directions(void **state) {
    (void)state;
    new_models();
    const struct mc_param *q = &m[0].table.p[0];        // word embeddings, [20, 16]
    memset(m[0].w + q->at + 16, 0, 16 * sizeof(float)); // row 1
    assert_int_equal(mc_model_digest(&m[0], &err), 0);
    float *d = direction(5), *again = direction(5), *other = direction(6);
    assert_memory_equal(d, again, m[0].table.size * sizeof *d);
    for (int i = 0; i < m[0].table.n; i++) {
        q = &m[0].table.p[i];
        size_t row = q->rank == 1 ? q->n : (size_t)q->dim[1];
        for (size_t k = 0; k < q->n; k += row)
            assert_true(fabs(norm(d + q->at + k, row) - norm(m[0].w + q->at + k, row)) < 1e-5);
    }
    assert_true(memcmp(d, other, m[0].table.size * sizeof *d) != 0);
    // what is drawn for an element hangs on no other tensor, nor on the other rows of its own
    const float was = d[2 * 16 + 3];
    m[0].w[3 * 16 + 7] *= 2; // of row 3
    m[0].w[m[0].table.size - 40] = .5f;
    assert_int_equal(mc_model_digest(&m[0], &err), 0);
    float *moved = direction(5);
    assert_true(moved[2 * 16 + 3] == was && moved[3 * 16 + 3] != d[3 * 16 + 3]);
    // two directions: the second is that of the next seed
    struct mc_path_options o;
    struct mc_path l;
    free(d);
    free(other);
    d = direction(5), other = direction(6);
    assert_int_equal(open_random(&l, &o, 5, "2", NULL), 0);
    walk(&l);
    assert_int_equal(n_points, 9);
    for (size_t i = 0; i < m[0].table.size; i++) {
        assert_true(fabs((double)(point[2]->w[i] - m[0].w[i] - d[i])) < 1e-6);
        assert_true(fabs((double)(point[6]->w[i] - m[0].w[i] - other[i])) < 1e-6);
        assert_true(fabs((double)(point[8]->w[i] - m[0].w[i] - d[i] - other[i])) < 2e-6);
    }
    assert_true(member(point[2], "x") == 1 && member(point[2], "y") == 0);
    forget();
    close_path(&l);
    free(d);
    free(again);
    free(other);
    free(moved);
    release_models();
}

static void check_groups(const struct mc_path_kind *kind, int rest, int grow) {
    const struct mc_moves moves = {.by = MC_BY_LAYER, .rest = rest, .grow = grow};
    static const char *const name[] = {"embeddings", "layer.0", "layer.1", "pooler", "head"};
    enum { GROUPS = 5 };
    struct mc_path l;
    struct mc_groups g;
    assert_int_equal(mc_groups_make(&g, &m[0].config, &m[0].table, MC_BY_LAYER, &err), 0);
    assert_int_equal(mc_grid_list(&grid, "0,.5,1", &err), 0);
    l = (struct mc_path){
        .kind = kind, .end = end, .n_ends = 2, .grid = &grid, .moves = &moves, .provenance = "x"};
    assert_int_equal(mc_path_open(&l, &err), 0);
    assert_int_equal(mc_path_count(&l), 3 * GROUPS);
    walk(&l);
    for (int i = 0; i < n_points; i++) {
        int group = i / 3;
        char want[64];
        snprintf(want, sizeof want, "\"group\":\"%s\"", name[group]);
        assert_non_null(strstr(mc_doc_get(&point[i]->meta, "mc.curve"), want));
        double far = 0;
        for (int k = 0; k < m[0].table.n; k++) {
            const struct mc_param *q = &m[0].table.p[k];
            bool moves_now = grow == MC_MOVES_UP     ? g.of[k] <= group
                             : grow == MC_MOVES_DOWN ? g.of[k] >= group
                                                     : g.of[k] == group;
            const struct mc_model *at = &m[(moves_now ? i % 3 == 2 : rest)];
            if (!moves_now || i % 3 != 1)
                assert_memory_equal(point[i]->w + q->at, at->w + q->at, q->n * sizeof(float));
            for (size_t x = q->at; x < q->at + q->n; x++) {
                double d = (double)point[i]->w[x] - (double)point[i - i % 3]->w[x];
                far += d * d;
            }
        }
        if (i % 3 == 2 && kind == &mc_path_line)
            assert_true(fabs(member(point[i], "s") - sqrt(far)) < 1e-6);
        assert_true(i % 3 ? member(point[i], "s") > 0 : member(point[i], "s") == 0);
    }
    mc_groups_release(&g);
    forget();
    close_path(&l);
}

static void groups(void **state) {
    (void)state;
    new_models();
    for (int rest = 0; rest < 2; rest++)
        for (int grow = MC_MOVES_ONE; grow <= MC_MOVES_DOWN; grow++) {
            check_groups(&mc_path_line, rest, grow);
            check_groups(&mc_path_slerp, rest, grow);
        }
    release_models();
}

// A chain's heads: matched by name, or that of one end.
static void heads(void **state) {
    (void)state;
    static const char *const turned[] = {"pos", "neg"}, *const other[] = {"no", "perhaps", "yes"};
    struct mc_path l;
    new_models();
    mc_model_release(&m[1]);
    toy_model(&m[1], TOY_CONFIG, turned, 2, 2);
    int k = m[0].table.n - 2;
    size_t h = m[0].table.p[k].at;
    assert_int_equal(open_path(&l, &mc_path_chain, end, 3, ".5,.25,1", MC_HEAD_MIX, "x"), 0);
    walk(&l);
    assert_memory_equal(point[0]->w + h, m[1].w + h + 16, 16 * sizeof(float));
    assert_true(point[1]->w[h] == (float)(.5 * (double)m[0].w[h] + .5 * (double)m[1].w[h + 16]));
    assert_memory_equal(point[2]->w + h, m[2].w + h, 32 * sizeof(float));
    forget();
    close_path(&l);
    mc_model_release(&m[2]);
    toy_model(&m[2], TOY_CONFIG, other, 3, 3);
    assert_int_equal(open_path(&l, &mc_path_chain, end, 3, "0,1", MC_HEAD_MIX, "x"), MC_ERR_INPUT);
    assert_non_null(strstr(err.text, "models 0 and 2 have different labels"));
    close_path(&l);
    assert_int_equal(open_path(&l, &mc_path_chain, end, 3, "0,.25,.5", MC_HEAD_1, "x"), 0);
    walk(&l);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(point[i]->n_labels, 3);
        assert_memory_equal(point[i]->w + h, m[2].w + h, (m[2].table.size - h) * sizeof(float));
    }
    assert_memory_equal(point[2]->w, m[1].w, h * sizeof(float));
    forget();
    close_path(&l);
    release_models();
}

static void what_fits(void **state) {
    (void)state;
    struct mc_grid g;
    assert_int_equal(mc_grid_list(&g, "0,1,1.5", &err), 0);
    assert_int_equal(mc_path_fits(&mc_path_line, &g, true, &err), 0);
    assert_int_equal(mc_path_fits(&mc_path_slerp, &g, true, &err), 0);
    assert_int_equal(mc_path_fits(&mc_path_random, &g, false, &err), 0);
    assert_int_equal(mc_path_fits(&mc_path_chain, &g, false, &err), MC_ERR_USAGE);
    assert_non_null(strstr(err.text, "1.5"));
    assert_int_equal(mc_path_fits(&mc_path_bezier, &g, false, &err), MC_ERR_USAGE);
    assert_int_equal(mc_path_fits(&mc_path_random, &g, true, &err), MC_ERR_USAGE);
    assert_int_equal(mc_path_fits(&mc_path_lora_product, &g, true, &err), MC_ERR_USAGE);
    mc_grid_release(&g);
}

int main(void) {
    snprintf(file, sizeof file, "test_path_kinds.%ld.st.gz", (long)getpid());
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chain),           cmocka_unit_test(bezier),
        cmocka_unit_test(slerp),           cmocka_unit_test(plane),
        cmocka_unit_test(plane_of_a_line), cmocka_unit_test(random_directions),
        cmocka_unit_test(groups),          cmocka_unit_test(heads),
        cmocka_unit_test(what_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
