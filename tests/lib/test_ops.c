// Every operation of a plan against finite differences, in every kernel family of the processor;
// threads, groups, frozen tensors.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bind.h"
#include "family.h"
#include "mc/rng.h"
#include "mc/run.h"

enum { H = 8, HEADS = 2, CLASSES = 3, IDS = 40, PLACES = 80, TYPES = 3, SEQS = 10, MORE = 90 };
static const int LEN[SEQS] = {1, 2, 5, 33, 70, 32, 64, 1, 65, 3};

struct rig {
    struct mc_table t;
    struct mc_plan p;
    float *w, *g;
    float drop;
    struct mc_run *run;
};

// --- data

static int64_t offset[SEQS * MORE + 1], target_offset[SEQS * MORE + 1];
static int32_t ids[SEQS * MORE * 80], label[SEQS * MORE], target_ids[SEQS * MORE * 9];
static uint8_t types[SEQS * MORE * 80];
static double value[SEQS * MORE];
static int64_t chosen_offset[SEQS * MORE + 1];
static int32_t chosen[SEQS * MORE * 80], chosen_class[SEQS * MORE * 80];
static const int32_t *class_asked = chosen_class;

// Every third position or so, in an order of its own; of some sequences none.
static void choose_positions(void) {
    struct mc_rng r;
    mc_rng_init(&r, 1, MC_RNG_TEST, 9);
    for (int i = 0; i < SEQS * MORE; i++) {
        int64_t at = chosen_offset[i];
        for (int k = LEN[i % SEQS] - 1; k >= 0; k--) {
            if (mc_rng_below(&r, 3)) continue;
            chosen[at] = k;
            chosen_class[at++] = (int32_t)mc_rng_below(&r, CLASSES);
        }
        chosen_offset[i + 1] = at;
    }
}

// Ids 0 (padding) to IDS - 2, types 0 and 1: the last row of both embeddings is never touched.
static void make_data(void) {
    struct mc_rng r;
    mc_rng_init(&r, 1, MC_RNG_TEST, 0);
    for (int i = 0; i < SEQS * MORE; i++) {
        offset[i + 1] = offset[i] + LEN[i % SEQS];
        label[i] = (int32_t)mc_rng_below(&r, CLASSES);
        value[i] = mc_rng_normal(&r);
        target_offset[i + 1] = target_offset[i] + 1 + (int64_t)mc_rng_below(&r, 8);
        for (int64_t k = target_offset[i]; k < target_offset[i + 1]; k++)
            target_ids[k] = (int32_t)mc_rng_below(&r, IDS);
        for (int64_t k = offset[i]; k < offset[i + 1]; k++) {
            ids[k] = (int32_t)mc_rng_below(&r, IDS - 1);
            types[k] = (uint8_t)mc_rng_below(&r, 2);
        }
    }
    choose_positions();
}

// --- building

static struct mc_error err;

static int mat(struct rig *r, int out, int in) {
    return mc_table_add(&r->t, &(struct mc_place){0}, out, in, &err, "t%d.weight", r->t.n);
}
static int vec(struct rig *r, int n) {
    return mc_table_add(&r->t, &(struct mc_place){.bias = true}, n, 0, &err, "t%d.bias", r->t.n);
}
static int emb(struct rig *r, int rows, int64_t pad) {
    int i = mc_table_add(&r->t, &(struct mc_place){.role = MC_ROLE_TOKEN_EMBEDDING}, rows, H, &err,
                         "t%d.emb", r->t.n);
    r->t.p[i].pad_row = pad;
    return i;
}
static mc_val embed(struct rig *r) {
    int slot[MC_FEEDS] = {[MC_FEED_TARGETS] = -1};
    slot[MC_FEED_IDS] = emb(r, IDS, 0);
    slot[MC_FEED_POSITIONS] = emb(r, PLACES, -1);
    slot[MC_FEED_TYPES] = emb(r, TYPES, -1);
    return mc_plan_embed(&r->p, H, slot);
}
static mc_val lin(struct rig *r, mc_val x, int out) {
    int w = mat(r, out, r->p.value[x].cols);
    return mc_plan_linear(&r->p, x, w, vec(r, out));
}
static mc_val bare(struct rig *r, mc_val x, int out) {
    return mc_plan_linear(&r->p, x, mat(r, out, r->p.value[x].cols), -1);
}
static mc_val norm(struct rig *r, mc_val a, mc_val b, float drop) {
    int gamma = vec(r, H);
    return mc_plan_norm(&r->p, a, b, gamma, vec(r, H), 1e-5f, drop);
}
static mc_val attend(struct rig *r, mc_val q, mc_val k, mc_val v, float scale, float drop) {
    const struct mc_attention how = {
        .heads = HEADS, .scale = scale, .drop_p = drop, .layer = -1, .bias = -1};
    return mc_plan_attend(&r->p, q, k, v, &how);
}
// All tokens to the first position: queries from there.
static mc_val gather(struct rig *r, mc_val x) {
    mc_val q = lin(r, mc_plan_first(&r->p, x), H), k = lin(r, x, H), v = lin(r, x, H);
    return attend(r, q, k, v, .5f, r->drop);
}
static void finish(struct rig *r, mc_val x) { mc_plan_cross_entropy(&r->p, lin(r, x, CLASSES)); }

static void build_embed(struct rig *r) { finish(r, gather(r, embed(r))); }
static void build_first(struct rig *r) { finish(r, mc_plan_first(&r->p, embed(r))); }
static void build_linear(struct rig *r) { finish(r, gather(r, bare(r, lin(r, embed(r), 12), H))); }
static void build_attend(struct rig *r) { // queries at every token
    mc_val x = embed(r), q = lin(r, x, H), k = lin(r, x, H), v = lin(r, x, H);
    x = attend(r, q, k, v, .7f, r->drop);
    finish(r, gather(r, x));
}
static void with_act(struct rig *r, enum mc_act a) {
    mc_val x = embed(r), z = bare(r, x, 12), y = mc_plan_act(&r->p, z, vec(r, 12), a);
    y = mc_plan_act(&r->p, lin(r, y, H), -1, a); // with the bias in the map
    finish(r, gather(r, y));
}
static void build_gelu(struct rig *r) { with_act(r, MC_ACT_GELU); }
static void build_gelu_new(struct rig *r) { with_act(r, MC_ACT_GELU_NEW); }
static void build_relu(struct rig *r) { with_act(r, MC_ACT_RELU); }
static void build_tanh(struct rig *r) { with_act(r, MC_ACT_TANH); }
static void build_norm(struct rig *r) {
    mc_val x = norm(r, embed(r), -1, 0), y = norm(r, lin(r, x, H), x, r->drop);
    finish(r, gather(r, y));
}
static void build_dropout(struct rig *r) {
    mc_val x = mc_plan_dropout(&r->p, embed(r), r->drop);
    x = gather(r, mc_plan_dropout(&r->p, lin(r, x, H), r->drop));
    finish(r, mc_plan_dropout(&r->p, x, r->drop));
}
// One value read by a residual, three linear layers, a dropout and a choice of positions.
static void build_readers(struct rig *r) {
    mc_val x = embed(r), q = lin(r, x, H), k = lin(r, x, H), v = lin(r, x, H);
    mc_val y = attend(r, q, k, v, .5f, r->drop);
    mc_val d = mc_plan_dropout(&r->p, x, r->drop);
    y = norm(r, y, x, r->drop);
    y = norm(r, y, d, 0);
    y = norm(r, gather(r, y), mc_plan_first(&r->p, x), r->drop);
    finish(r, y);
}
static void build_tower(struct rig *r) {
    mc_val x = mc_plan_dropout(&r->p, norm(r, embed(r), -1, 0), r->drop);
    for (int i = 0; i < 2; i++) {
        mc_val from = i ? mc_plan_first(&r->p, x) : x;
        mc_val q = lin(r, from, H), k = lin(r, x, H), v = lin(r, x, H);
        mc_val a = attend(r, q, k, v, .5f, r->drop);
        a = norm(r, lin(r, a, H), from, r->drop);
        mc_val f = bare(r, a, 160); // more outputs than a tile of the gradient
        f = mc_plan_act(&r->p, f, vec(r, 160), MC_ACT_GELU);
        x = norm(r, lin(r, f, H), a, r->drop);
    }
    finish(r, mc_plan_dropout(&r->p, x, r->drop));
}

static void build_gate(struct rig *r) {
    mc_val x = embed(r), y = mc_plan_gate(&r->p, bare(r, x, 12), bare(r, x, 12), MC_ACT_GELU_NEW);
    finish(r, gather(r, mc_plan_gate(&r->p, lin(r, y, H), lin(r, y, H), MC_ACT_NONE)));
}
// A stream of sums, each normed for those that read it.
static mc_val rms(struct rig *r, mc_val x, float scale) {
    vec(r, 1); // scales stand at odd places, around 1
    if (r->t.n % 2 == 0) vec(r, 1);
    return mc_plan_rms(&r->p, x, vec(r, H), 1e-5f, scale);
}
static void build_rms(struct rig *r) {
    mc_val x = embed(r), y = mc_plan_add(&r->p, lin(r, rms(r, x, 1), H), x, r->drop);
    y = mc_plan_add(&r->p, lin(r, rms(r, y, .7f), H), y, r->drop);
    finish(r, gather(r, rms(r, y, 1)));
}
static void build_square(struct rig *r) {
    mc_plan_square_error(&r->p, lin(r, gather(r, embed(r)), 1));
}
static int biases(struct rig *r) {
    return mc_table_add(&r->t, &(struct mc_place){.role = MC_ROLE_RELATIVE_BIAS}, 6, HEADS, &err,
                        "t%d.bias", r->t.n);
}
// The last layer at the positions that the batch chooses.
static void build_chosen(struct rig *r) {
    mc_val x = norm(r, embed(r), -1, 0), from = mc_plan_rows(&r->p, x, MC_SPACE_CHOSEN);
    mc_val q = lin(r, from, H), k = lin(r, x, H), v = lin(r, x, H);
    mc_val a = attend(r, q, k, v, .5f, r->drop);
    a = norm(r, lin(r, a, H), from, r->drop);
    mc_plan_chosen_loss(&r->p, lin(r, a, CLASSES));
}
static mc_val placed(struct rig *r, mc_val x, mc_val from, int table, bool causal, int layer) {
    mc_val q = bare(r, x, H), k = bare(r, from, H), v = bare(r, from, H);
    const struct mc_attention how = {.heads = HEADS,
                                     .scale = .6f,
                                     .drop_p = r->drop,
                                     .causal = causal,
                                     .layer = layer,
                                     .bias = table,
                                     .buckets = 6,
                                     .max_distance = 11};
    return mc_plan_add(&r->p, lin(r, mc_plan_attend(&r->p, q, k, v, &how), H), x, r->drop);
}
static void build_relative(struct rig *r) { // one table in two layers
    mc_val x = embed(r);
    int table = biases(r);
    for (int i = 0; i < 2; i++) x = placed(r, x, x, table, false, -1);
    finish(r, gather(r, x));
}
// What is masked, against the rows of the one embedding.
static void build_masked(struct rig *r) {
    int word = emb(r, IDS, -1);
    const int in[MC_FEEDS] = {word, -1, -1, -1};
    mc_val x = norm(r, mc_plan_embed(&r->p, H, in), -1, 0),
           from = mc_plan_rows(&r->p, x, MC_SPACE_CHOSEN);
    mc_val q = lin(r, from, H), k = lin(r, x, H), v = lin(r, x, H);
    mc_val a = norm(r, attend(r, q, k, v, .5f, r->drop), from, r->drop);
    a = norm(r, mc_plan_act(&r->p, bare(r, a, H), vec(r, H), MC_ACT_GELU), -1, 0);
    mc_plan_vocabulary_loss(&r->p, a, word, vec(r, IDS));
}
// Encoder and decoder of one embedding, which is the map to the logits as well, or one of its own;
// with the logits, or without.
static void build_writer(struct rig *r, bool tied, bool logits) {
    int word = emb(r, IDS, -1), there = biases(r), back = biases(r);
    const int in[MC_FEEDS] = {word, -1, -1, -1}, out[MC_FEEDS] = {-1, -1, -1, word};
    mc_val x = mc_plan_dropout(&r->p, mc_plan_embed(&r->p, H, in), r->drop);
    x = placed(r, rms(r, x, 1), x, there, false, -1);
    mc_val y = mc_plan_embed(&r->p, H, out);
    for (int i = 0; i < 2; i++) {
        y = placed(r, y, y, back, true, i);
        y = placed(r, y, x, -1, false, -1);
    }
    y = rms(r, y, .5f);
    int out_of = tied ? word : mat(r, IDS, H);
    mc_plan_target_ids(&r->p, 3, 1);
    if (logits)
        mc_plan_token_loss(&r->p, mc_plan_linear(&r->p, y, out_of, -1));
    else
        mc_plan_vocabulary_loss(&r->p, y, out_of, -1);
}
static void build_tied(struct rig *r) { build_writer(r, true, true); }
static void build_untied(struct rig *r) { build_writer(r, false, true); }
static void build_spans(struct rig *r) { build_writer(r, true, false); }
static void build_untied_spans(struct rig *r) { build_writer(r, false, false); }

// Seven keys and values before those of two layers, as a tuning method puts them there.
static int prefix_of(void *ctx, int layer, int width, int *at) {
    *at = layer * 2 * width;
    return *(int *)ctx;
}
static void with_prefix(struct rig *r, void (*build)(struct rig *)) {
    static int slot;
    static const struct mc_plan_edit edit = {&slot, NULL, prefix_of};
    slot = mat(r, 7, 2 * 2 * H);
    vec(r, 1); // scales stand at odd places
    r->p.edit = &edit;
    build(r);
}
static void build_two_placed(struct rig *r) {
    mc_val x = embed(r);
    int table = biases(r);
    for (int i = 0; i < 2; i++) x = placed(r, x, x, i ? -1 : table, false, i);
    finish(r, gather(r, x));
}
static void build_prefix(struct rig *r) { with_prefix(r, build_two_placed); }
static void build_prefix_writer(struct rig *r) { with_prefix(r, build_untied); }

static const struct net {
    const char *name;
    void (*build)(struct rig *r);
    double tolerance; // of the differences
} NETS[] = {
    {"embed", build_embed, 1e-3},
    {"first", build_first, 1e-3},
    {"linear", build_linear, 1e-3},
    {"attend", build_attend, 1e-3},
    {"gelu", build_gelu, 1e-3},
    {"gelu_new", build_gelu_new, 1e-3},
    {"relu", build_relu, 2e-2}, // has kinks
    {"tanh", build_tanh, 1e-3},
    {"norm", build_norm, 1e-3},
    {"dropout", build_dropout, 1e-3},
    {"readers", build_readers, 1e-3},
    {"tower", build_tower, 2e-3},
    {"gate", build_gate, 1e-3},
    {"rms", build_rms, 1e-3},
    {"square", build_square, 1e-3},
    {"relative", build_relative, 1e-3},
    {"tied", build_tied, 1e-3},
    {"untied", build_untied, 1e-3},
    {"prefix", build_prefix, 1e-3},
    {"prefix of a writer", build_prefix_writer, 1e-3},
    {"chosen", build_chosen, 1e-3},
    {"masked", build_masked, 1e-3},
    {"spans", build_spans, 1e-3},
    {"untied spans", build_untied_spans, 1e-3},
};
enum { N_NETS = sizeof NETS / sizeof *NETS };

static void rig_open_in(enum mc_precision precision, struct rig *r, void (*build)(struct rig *),
                        float drop, const bool *trainable, struct mc_pool *pool) {
    static bool all[128];
    memset(all, true, sizeof all);
    *r = (struct rig){.drop = drop};
    mc_plan_init(&r->p, &r->t);
    build(r);
    assert_true(r->t.n < 128);
    assert_int_equal(mc_plan_compile(&r->p, trainable ? trainable : all, precision, &err), 0);
    r->w = mc_new_floats(r->t.size, &err);
    r->g = mc_new_floats(r->t.size, &err);
    r->run = mc_run_new(&r->p, pool, &err);
    assert_true(r->w && r->g && r->run);
    struct mc_rng rng;
    mc_rng_init(&rng, 2, MC_RNG_TEST, 0);
    for (size_t i = 0; i < r->t.size; i++) r->w[i] = (float)(.4 * mc_rng_normal(&rng));
    for (int i = 0; i < r->t.n; i++) // scales of norms lie around 1
        for (size_t k = 0; r->t.p[i].rank == 1 && i % 2 && k < r->t.p[i].n; k++)
            r->w[r->t.p[i].at + k] += 1;
}

static void rig_open(struct rig *r, void (*build)(struct rig *), float drop, const bool *trainable,
                     struct mc_pool *pool) {
    rig_open_in(MC_PRECISION_F32, r, build, drop, trainable, pool);
}

static void rig_close(struct rig *r) {
    mc_run_free(r->run);
    mc_plan_release(&r->p);
    mc_table_release(&r->t);
    mc_free_floats(r->w);
    mc_free_floats(r->g);
}

// Sum of the losses of n sequences; the gradient of it goes to grad, embeddings added.
static double run_on(struct rig *r, const float *w, float *grad, const int64_t *pick, int n) {
    static double loss[SEQS * MORE];
    const struct mc_batch b = {.n = n,
                               .pick = pick,
                               .offset = offset,
                               .ids = ids,
                               .types = types,
                               .label = label,
                               .value = value,
                               .target_ids = target_ids,
                               .target_offset = target_offset,
                               .chosen_offset = chosen_offset,
                               .chosen = chosen,
                               .chosen_class = class_asked};
    bool writes = mc_plan_embedding(&r->p, MC_FEED_TARGETS) >= 0;
    const struct mc_op *end = &r->p.op[r->p.loss_op];
    bool chooses = r->p.value[end->in[0]].space == MC_SPACE_CHOSEN;
    const struct mc_step s = {.weight = 1, .seed = 5, .step = 3};
    const struct mc_result out = {.loss = loss};
    bind_blocks(r->run, &r->t, w, grad);
    assert_int_equal(mc_run_batch(r->run, &b, &s, &out, &err), 0);
    double sum = 0;
    for (int i = 0; i < n; i++) {
        int64_t e = pick ? pick[i] : i;
        const int64_t *at = writes ? target_offset : chooses ? chosen_offset : NULL;
        int64_t terms = at ? at[e + 1] - at[e] : 1;
        if (terms == 0)
            assert_true(isnan(loss[i])); // nothing of it was asked
        else
            sum += loss[i] * (double)terms;
    }
    assert_true(isfinite(sum));
    return sum;
}

// --- finite differences

static double norm_of(const float *x, size_t n) {
    double s = 0;
    for (size_t i = 0; i < n; i++) s += (double)x[i] * (double)x[i];
    return sqrt(s);
}

// How far the sum moves by rounding: that much when each weight moves by the smallest step of a
// float, up or down, as it does when a point of a difference is rounded to float32.
static double noise_of(struct rig *r, float *w, float *scratch) {
    struct mc_rng rng;
    mc_rng_init(&rng, 4, MC_RNG_TEST, 0);
    double at = run_on(r, r->w, scratch, NULL, SEQS), most = 0;
    for (int k = 0; k < 8; k++) {
        for (size_t i = 0; i < r->t.size; i++)
            w[i] = nextafterf(r->w[i], mc_rng_below(&rng, 2) ? INFINITY : -INFINITY);
        most = fmax(most, fabs(run_on(r, w, scratch, NULL, SEQS) - at));
    }
    return most;
}

// Derivative along u by four points, an error of step^4, and of 1.5 noise / step where each value
// is off by noise. The step is the one that leaves to rounding a quarter of what is allowed: a
// smaller one would measure the processor's sums, a larger one the curvature. Weights are of the
// size .4; no step is larger than .05.
static double slope(struct rig *r, const double *u, size_t at, size_t n, double noise,
                    double allowed, float *w, float *scratch) {
    static const double c[4] = {1, -8, 8, -1}, k[4] = {-2, -1, 1, 2};
    double d = 0, step = fmin(4 * 1.5 * noise / allowed, .05);
    for (int i = 0; i < 4; i++) {
        memcpy(w, r->w, r->t.size * sizeof *w);
        for (size_t j = 0; j < n; j++)
            w[at + j] = (float)((double)r->w[at + j] + k[i] * step * u[j]);
        d += c[i] * run_on(r, w, scratch, NULL, SEQS) / (12 * step);
    }
    return d;
}

// A direction of length 1: the gradient's, or one that is mostly random.
static void direction(double *u, const float *g, size_t n, bool random, struct mc_rng *rng) {
    double s = 0, gn = norm_of(g, n), scale = random ? 2 / sqrt((double)n) : 0;
    for (size_t i = 0; i < n; i++) {
        u[i] = (double)g[i] / (gn > 0 ? gn : 1) + scale * mc_rng_normal(rng);
        s += u[i] * u[i];
    }
    for (size_t i = 0; i < n; i++) u[i] /= s > 0 ? sqrt(s) : 1;
}

// Each tensor alone: the gradient's length is found along it, and nothing is missing across it.
static void check_net(const struct net *net, float drop, struct mc_pool *pool) {
    struct rig r;
    struct mc_rng rng;
    mc_rng_init(&rng, 3, MC_RNG_TEST, 0);
    rig_open(&r, net->build, drop, NULL, pool);
    float *w = mc_new_floats(r.t.size, &err), *scratch = mc_new_floats(r.t.size, &err);
    double *u = mc_new(r.t.size, sizeof *u, &err);
    run_on(&r, r.w, r.g, NULL, SEQS);
    double whole = norm_of(r.g, r.t.size), noise = noise_of(&r, w, scratch);
    for (int i = 0; i < r.t.n; i++) {
        const struct mc_param *p = &r.t.p[i];
        double length = norm_of(r.g + p->at, p->n),
               allowed = net->tolerance * (length + .01 * whole);
        for (int k = 0; k < 3; k++) {
            direction(u, r.g + p->at, p->n, k > 0, &rng);
            // the padding row gets no gradient, so it does not move
            for (int64_t j = 0; p->pad_row >= 0 && j < p->dim[1]; j++)
                u[p->pad_row * p->dim[1] + j] = 0;
            double want = slope(&r, u, p->at, p->n, noise, allowed, w, scratch), got = 0;
            for (size_t j = 0; j < p->n; j++) got += (double)r.g[p->at + j] * u[j];
            if (!(fabs(got - want) <= allowed))
                fail_msg("%s, dropout %g, %s, direction %d: gradient %.9g, differences %.9g, of "
                         "length %.9g",
                         net->name, (double)drop, p->name, k, got, want, length);
        }
    }
    mc_free_floats(w);
    mc_free_floats(scratch);
    free(u);
    rig_close(&r);
}

// In the family, unless the environment asks for another one alone.
static void differences_in(const char *family) {
#ifdef __SANITIZE_THREAD__
    return; // one thread computes, ten minutes long: nothing that ThreadSanitizer could see
#endif
    const char *asked = getenv("MC_KERNELS");
    if (asked && *asked && strcmp(asked, family) != 0) return;
    char *kept = put_for_now("MC_KERNELS", family);
    if (mc_kern_choose()) {
        struct mc_pool *pool = mc_pool_new(1, &err);
        for (int i = 0; i < N_NETS; i++) {
            check_net(&NETS[i], 0, pool);
            check_net(&NETS[i], .3f, pool);
        }
        mc_pool_free(pool);
    } else {
        printf("# | kernels %s: not on this processor\n", family);
    }
    put_back("MC_KERNELS", kept);
}

// bfloat16 keeps 8 bits of an input: the gradient leans, but not far.
static void rounded_products(void **state) {
    (void)state;
    struct mc_pool *pool = mc_pool_new(1, &err);
    for (int i = 0; i < N_NETS; i++) {
        struct rig exact, r;
        rig_open(&exact, NETS[i].build, .2f, NULL, pool);
        rig_open_in(MC_PRECISION_BF16, &r, NETS[i].build, .2f, NULL, pool);
        double want = run_on(&exact, exact.w, exact.g, NULL, SEQS);
        double got = run_on(&r, r.w, r.g, NULL, SEQS), dot = 0;
        for (size_t k = 0; k < r.t.size; k++) dot += (double)r.g[k] * (double)exact.g[k];
        double cosine = dot / norm_of(r.g, r.t.size) / norm_of(exact.g, r.t.size);
        if (!(got != want && fabs(got - want) <= 1e-2 * want && cosine >= .999))
            fail_msg("%s: loss %.9g, not %.9g; cosine of the gradients %.6f", NETS[i].name, got,
                     want, cosine);
        rig_close(&exact);
        rig_close(&r);
    }
    mc_pool_free(pool);
}

// Both precisions, each by the library that the processor would not choose.
static void differences_openblas(void **state) {
    char *kept = put_for_now("MC_GEMM", "openblas");
    differences_in(mc_kern_choose()->name);
    rounded_products(state);
    put_back("MC_GEMM", kept);
}

static void differences_base(void **state) { (void)state, differences_in("base"); }
static void differences_v3(void **state) { (void)state, differences_in("v3"); }
static void differences_v4(void **state) { (void)state, differences_in("v4"); }

// --- what the gradient must not touch

static void rows_without_gradient(void **state) {
    (void)state;
    struct rig r;
    struct mc_pool *pool = mc_pool_new(1, &err);
    rig_open(&r, build_embed, 0, NULL, pool);
    run_on(&r, r.w, r.g, NULL, SEQS);
    const float *id = r.g + r.t.p[0].at, *place = r.g + r.t.p[1].at, *type = r.g + r.t.p[2].at;
    assert_true(norm_of(id, H) == 0); // padding, though it is among the ids
    assert_true(norm_of(id + (IDS - 1) * H, H) == 0);
    assert_true(norm_of(id + H, H) > 0);
    assert_true(norm_of(place + 69 * H, H) > 0 && norm_of(place + 70 * H, H) == 0);
    assert_true(norm_of(type + H, H) > 0 && norm_of(type + 2 * H, H) == 0);
    rig_close(&r);
    mc_pool_free(pool);
}

static void compare_frozen(const struct rig *all, const bool *trains, struct mc_pool *pool) {
    struct rig r;
    rig_open(&r, build_tower, .2f, trains, pool);
    for (int i = 0; i < r.t.n; i++)
        for (size_t k = 0; !trains[i] && k < r.t.p[i].n; k++) r.g[r.t.p[i].at + k] = 7;
    run_on(&r, r.w, r.g, NULL, SEQS);
    for (int i = 0; i < r.t.n; i++) {
        const struct mc_param *p = &r.t.p[i];
        if (trains[i]) assert_memory_equal(r.g + p->at, all->g + p->at, p->n * sizeof *r.g);
        for (size_t k = 0; !trains[i] && k < p->n; k++) assert_true(r.g[p->at + k] == 7);
    }
    rig_close(&r);
}

static void frozen_tensors(void **state) {
    (void)state;
    struct rig all;
    struct mc_pool *pool = mc_pool_new(1, &err);
    rig_open(&all, build_tower, .2f, NULL, pool);
    run_on(&all, all.w, all.g, NULL, SEQS);
    bool trains[128];
    for (int i = 0; i < all.t.n; i++) {
        for (int k = 0; k < all.t.n; k++) trains[k] = k == i; // one alone
        compare_frozen(&all, trains, pool);
        for (int k = 0; k < all.t.n; k++) trains[k] = k != i; // all but one
        compare_frozen(&all, trains, pool);
    }
    rig_close(&all);
    mc_pool_free(pool);
}

// --- threads and groups

static void threads_do_not_matter_in(enum mc_precision precision, void (*build)(struct rig *)) {
    struct rig one;
    struct mc_pool *pool = mc_pool_new(1, &err);
    rig_open_in(precision, &one, build, .2f, NULL, pool);
    double loss = run_on(&one, one.w, one.g, NULL, SEQS * MORE);
    for (int n = 2; n <= 4; n += 2) {
        struct rig r;
        struct mc_pool *many = mc_pool_new(n, &err);
        rig_open_in(precision, &r, build, .2f, NULL, many);
        for (int again = 0; again < 2; again++) {
            memset(r.g, 0, r.t.size * sizeof *r.g);
            assert_true(run_on(&r, r.w, r.g, NULL, SEQS * MORE) == loss);
            assert_memory_equal(r.g, one.g, r.t.size * sizeof *r.g);
        }
        rig_close(&r);
        mc_pool_free(many);
    }
    rig_close(&one);
    mc_pool_free(pool);
}

// Several groups against the sum of parts of one group each; without dropout, whose masks go by
// place.
static void threads_do_not_matter(void **state) {
    (void)state;
    for (int tied = 0; tied < 2; tied++)
        threads_do_not_matter_in(MC_PRECISION_F32, tied ? build_tied : build_untied);
    for (enum mc_precision p = MC_PRECISION_F32; p <= MC_PRECISION_BF16; p++) {
        threads_do_not_matter_in(p, build_tower);
        threads_do_not_matter_in(p, build_chosen);
        threads_do_not_matter_in(p, build_masked);
    }
}

static void groups_add_up_in(void (*build)(struct rig *)) {
    struct rig r;
    struct mc_pool *pool = mc_pool_new(2, &err);
    rig_open(&r, build, 0, NULL, pool);
    assert_true(offset[SEQS * MORE] > 4 * MC_GROUP_TOKENS);
    double whole = run_on(&r, r.w, r.g, NULL, SEQS * MORE), sum = 0;
    float *part = mc_new_floats(r.t.size, &err);
    double *total = mc_new(r.t.size, sizeof *total, &err);
    for (int k = 0; k < MORE; k += 5) {
        int64_t pick[5 * SEQS];
        for (int i = 0; i < 5 * SEQS; i++) pick[i] = k * SEQS + i;
        memset(part, 0, r.t.size * sizeof *part);
        sum += run_on(&r, r.w, part, pick, 5 * SEQS);
        for (size_t i = 0; i < r.t.size; i++) total[i] += (double)part[i];
    }
    assert_true(fabs(whole - sum) <= 1e-6 * sum);
    double off = 0;
    for (size_t i = 0; i < r.t.size; i++) off += pow(total[i] - (double)r.g[i], 2);
    assert_true(sqrt(off) <= 1e-5 * norm_of(r.g, r.t.size));
    mc_free_floats(part);
    free(total);
    rig_close(&r);
    mc_pool_free(pool);
}

static void groups_add_up(void **state) {
    (void)state;
    groups_add_up_in(build_tower);
    groups_add_up_in(build_tied);
    groups_add_up_in(build_chosen);
    groups_add_up_in(build_masked);
    groups_add_up_in(build_spans);
}

// --- the loss over a vocabulary: what a matrix of logits says

enum { WORDS = 1100 };
static void build_wide(struct rig *r, bool logits) {
    mc_val x = mc_plan_rows(&r->p, norm(r, embed(r), -1, 0), MC_SPACE_CHOSEN);
    int w = mat(r, WORDS, H), b = vec(r, WORDS);
    if (logits)
        mc_plan_chosen_loss(&r->p, mc_plan_linear(&r->p, x, w, b));
    else
        mc_plan_vocabulary_loss(&r->p, x, w, b);
}
static void build_wide_logits(struct rig *r) { build_wide(r, true); }
static void build_wide_vocabulary(struct rig *r) { build_wide(r, false); }

// The losses of an evaluation.
static void evaluate(const struct rig *r, struct mc_pool *pool, double *loss, int n) {
    struct mc_plan p;
    struct rig again = {0};
    mc_plan_init(&p, &r->t);
    again.p = p;
    build_wide_vocabulary(&again);
    again.p.table = &r->t; // the same tensors
    assert_int_equal(mc_plan_compile(&again.p, NULL, r->p.precision, &err), 0);
    struct mc_run *run = mc_run_new(&again.p, pool, &err);
    assert_non_null(run);
    const struct mc_batch b = {.n = n,
                               .offset = offset,
                               .ids = ids,
                               .types = types,
                               .chosen_offset = chosen_offset,
                               .chosen = chosen,
                               .chosen_class = class_asked};
    const struct mc_result out = {.loss = loss};
    bind_blocks(run, &r->t, r->w, NULL);
    assert_int_equal(mc_run_batch(run, &b, NULL, &out, &err), 0);
    mc_run_free(run);
    mc_plan_release(&again.p);
    mc_table_release(&again.t);
}

// Sums of the two differ in their order alone: float32 rounds 1,100 terms.
static void vocabulary_in(enum mc_precision precision, int n, struct mc_pool *pool) {
    static double loss[SEQS * MORE];
    struct rig with, without;
    rig_open_in(precision, &with, build_wide_logits, 0, NULL, pool);
    rig_open_in(precision, &without, build_wide_vocabulary, 0, NULL, pool);
    double want = run_on(&with, with.w, with.g, NULL, n), sum = 0, off = 0;
    double got = run_on(&without, without.w, without.g, NULL, n);
    assert_true(fabs(got - want) <= 1e-6 * want);
    for (size_t i = 0; i < with.t.size; i++) off += pow((double)(with.g[i] - without.g[i]), 2);
    assert_true(sqrt(off) <= 1e-5 * norm_of(with.g, with.t.size));
    evaluate(&without, pool, loss, n);
    for (int i = 0; i < n; i++)
        if (chosen_offset[i + 1] > chosen_offset[i])
            sum += loss[i] * (double)(chosen_offset[i + 1] - chosen_offset[i]);
        else
            assert_true(isnan(loss[i]));
    assert_true(fabs(sum - want) <= 1e-6 * want);
    rig_close(&with);
    rig_close(&without);
}

// Words of every part of the vocabulary, more rows than a block, groups, rounded products.
static void over_a_vocabulary(void **state) {
    (void)state;
    static int32_t wide[SEQS * MORE * 80];
    struct mc_pool *pool = mc_pool_new(2, &err);
    for (int64_t i = 0; i < chosen_offset[SEQS * MORE]; i++) wide[i] = (int32_t)(i * 7 % WORDS);
    class_asked = wide;
    vocabulary_in(MC_PRECISION_F32, SEQS, pool);
    vocabulary_in(MC_PRECISION_F32, SEQS * MORE, pool);
    vocabulary_in(MC_PRECISION_BF16, SEQS * MORE, pool);
    class_asked = chosen_class;
    mc_pool_free(pool);
}

// A small batch after a large one and before a larger one: no array keeps what was in it.
static void batches_leave_nothing_in(void (*build)(struct rig *)) {
    struct rig r, fresh;
    struct mc_pool *pool = mc_pool_new(1, &err);
    rig_open(&r, build, .2f, NULL, pool);
    rig_open(&fresh, build, .2f, NULL, pool);
    static const int SIZE[] = {3, 40, 7, 500, SEQS};
    for (size_t i = 0; i < sizeof SIZE / sizeof *SIZE; i++) {
        memset(r.g, 0, r.t.size * sizeof *r.g);
        double loss = run_on(&r, r.w, r.g, NULL, SIZE[i]);
        if (SIZE[i] == SEQS) assert_true(loss == run_on(&fresh, fresh.w, fresh.g, NULL, SEQS));
    }
    assert_memory_equal(r.g, fresh.g, r.t.size * sizeof *r.g);
    rig_close(&r);
    rig_close(&fresh);
    mc_pool_free(pool);
}

static void batches_leave_nothing(void **state) {
    (void)state;
    batches_leave_nothing_in(build_tower);
    batches_leave_nothing_in(build_chosen);
    batches_leave_nothing_in(build_masked);
}

// --- plans that are wrong

static void build_two_readers_of_act(struct rig *r) {
    mc_val z = lin(r, embed(r), H), y = mc_plan_act(&r->p, z, -1, MC_ACT_GELU);
    finish(r, gather(r, norm(r, y, z, 0)));
}
static void build_attend_itself(struct rig *r) {
    mc_val x = lin(r, embed(r), H);
    finish(r, mc_plan_first(&r->p, attend(r, x, x, x, 1, 0)));
}
static void build_own_residual(struct rig *r) {
    mc_val x = lin(r, embed(r), H);
    finish(r, gather(r, norm(r, x, x, 0)));
}
static void build_misfit(struct rig *r) {
    mc_val x = embed(r);
    int w = mat(r, H, H + 1);
    mc_plan_cross_entropy(&r->p, mc_plan_linear(&r->p, mc_plan_first(&r->p, x), w, -1));
}

static void build_narrow_values(struct rig *r) {
    mc_val x = embed(r), q = lin(r, x, H), k = lin(r, x, H), v = lin(r, x, H / 2);
    mc_plan_cross_entropy(&r->p, attend(r, q, k, v, 1, 0));
}
static void build_one_layer_twice(struct rig *r) {
    int w = mat(r, H, H);
    mc_val x = mc_plan_linear(&r->p, embed(r), w, -1);
    finish(r, gather(r, mc_plan_linear(&r->p, x, w, -1)));
}

static void refused(void (*build)(struct rig *), const char *why) {
    struct rig r = {0};
    bool all[128];
    memset(all, true, sizeof all);
    mc_plan_init(&r.p, &r.t);
    build(&r);
    assert_int_equal(mc_plan_compile(&r.p, all, MC_PRECISION_F32, &err), MC_ERR_INPUT);
    assert_non_null(strstr(err.text, why));
    mc_plan_release(&r.p);
    mc_table_release(&r.t);
}

static void wrong_plans(void **state) {
    (void)state;
    refused(build_two_readers_of_act, "act");
    refused(build_attend_itself, "attend");
    refused(build_own_residual, "norm");
    refused(build_misfit, "linear");
    refused(build_narrow_values, "attention");
    refused(build_one_layer_twice, "two linear maps");
}

int main(void) {
    make_data();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(differences_base),     cmocka_unit_test(differences_v3),
        cmocka_unit_test(differences_v4),       cmocka_unit_test(rows_without_gradient),
        cmocka_unit_test(frozen_tensors),       cmocka_unit_test(threads_do_not_matter),
        cmocka_unit_test(groups_add_up),        cmocka_unit_test(batches_leave_nothing),
        cmocka_unit_test(wrong_plans),          cmocka_unit_test(rounded_products),
        cmocka_unit_test(differences_openblas), cmocka_unit_test(over_a_vocabulary),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
