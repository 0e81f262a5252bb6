// Kernels against double precision, in every family of the processor.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drop.h"
#include "family.h"
#include "mc/hf.h"
#include "mc/kern.h"
#include "mc/rng.h"

static const char *const FAMILY[] = {"base", "v3", "v4"};
static const struct mc_kern *family[3];
static int n_families;

static int find_families(void **state) {
    (void)state;
    for (int i = 0; i < 3; i++) {
        char *kept = put_for_now("MC_KERNELS", FAMILY[i]);
        const struct mc_kern *k = mc_kern_choose();
        if (k) family[n_families++] = k;
        put_back("MC_KERNELS", kept);
    }
    return n_families == 0;
}

static struct mc_rng rng;
static void draw(float *x, size_t n, double scale) {
    for (size_t i = 0; i < n; i++) x[i] = (float)(scale * mc_rng_normal(&rng));
}

static void near(double got, double want, double bound, const char *what, const struct mc_kern *k) {
    if (!(fabs(got - want) <= bound)) fail_msg("%s, %s: %.9g, not %.9g", k->name, what, got, want);
}

// --- activations

static double exact(enum mc_act a, double x) {
    switch (a) {
    case MC_ACT_GELU: return .5 * x * erfc(-x / sqrt(2));
    case MC_ACT_GELU_NEW:
        return .5 * x * (1 + tanh(sqrt(2 / acos(-1)) * (x + .044715 * x * x * x)));
    case MC_ACT_RELU: return x > 0 ? x : 0;
    case MC_ACT_TANH: return tanh(x);
    case MC_ACT_SWISH: return x / (1 + exp(-x));
    default: return x;
    }
}

static double exact_grad(enum mc_act a, double x) {
    double c = sqrt(2 / acos(-1)), t = tanh(c * (x + .044715 * x * x * x));
    switch (a) {
    case MC_ACT_GELU: return .5 * erfc(-x / sqrt(2)) + x * exp(-x * x / 2) / sqrt(2 * acos(-1));
    case MC_ACT_GELU_NEW:
        return .5 * (1 + t) + .5 * x * (1 - t * t) * c * (1 + 3 * .044715 * x * x);
    case MC_ACT_RELU: return x > 0;
    case MC_ACT_TANH: return 1 - tanh(x) * tanh(x);
    case MC_ACT_SWISH: return (1 + x / (1 + exp(x))) / (1 + exp(-x));
    default: return 1;
    }
}

enum { POINTS = 40001 };

// -10..10 densely, then up to 3e4 in both directions.
static float point(int i) {
    double u = (double)i / (POINTS / 2) - 1;
    return (float)(i % 2 ? 10 * u : copysign(expm1(fabs(u) * log(3e4)), u));
}

static void activations(void **state) {
    (void)state;
    static float z[POINTS], y[POINTS], dy[POINTS], dz[POINTS], one = 1;
    for (int f = 0; f < n_families; f++)
        for (int a = MC_ACT_GELU; a < MC_ACTS; a++) {
            for (int i = 0; i < POINTS; i++) z[i] = point(i), dy[i] = one;
            family[f]->act((enum mc_act)a, 1, POINTS, z, NULL, y);
            family[f]->act_grad((enum mc_act)a, POINTS, a == MC_ACT_TANH ? y : z, dy, dz);
            for (int i = 0; i < POINTS; i++) {
                double x = (double)point(i);
                near((double)y[i], exact((enum mc_act)a, x),
                     2e-7 * fmin(fabs(x), 10) + 6e-8 * fabs(exact((enum mc_act)a, x)), "activation",
                     family[f]);
                near((double)dz[i], exact_grad((enum mc_act)a, x), 2e-6, "its gradient", family[f]);
            }
        }
}

static void bias_and_place(void **state) {
    (void)state;
    enum { R = 3, C = 37 };
    for (int f = 0; f < n_families; f++) {
        float x[R * C], z[R * C], bias[C], y[R * C], sum[C] = {0};
        draw(x, R * C, 1);
        draw(bias, C, 1);
        memcpy(z, x, sizeof x);
        family[f]->act(MC_ACT_RELU, R, C, z, bias, y);
        for (int i = 0; i < R * C; i++) {
            assert_true(z[i] == x[i] + bias[i % C]); // kept for the gradient
            assert_true(y[i] == (z[i] > 0 ? z[i] : 0));
        }
        family[f]->act(MC_ACT_RELU, R, C, x, bias, x); // in place
        assert_memory_equal(x, y, sizeof y);
        family[f]->col_sum(R, C, z, C, sum);
        for (int j = 0; j < C; j++)
            near((double)sum[j], (double)(z[j] + z[C + j] + z[2 * C + j]), 1e-6, "col_sum",
                 family[f]);
        double sq = 0;
        for (int i = 0; i < R * C; i++) sq += (double)z[i] * (double)z[i];
        near(family[f]->sum_sq(R * C, z), sq, 1e-12 * sq, "sum_sq", family[f]);
        family[f]->add_bias(R, C, z, bias);
        family[f]->add(R * C, y, z);
        for (int i = 0; i < R * C; i++) assert_true(isfinite(z[i]));
    }
}

// --- norm

static void norms(void **state) {
    (void)state;
    enum { R = 4, C = 131 };
    float a[R * C], r[R * C], gamma[C], beta[C], xhat[R * C], rstd[R], y[R * C], mean = 50;
    draw(r, R * C, 1);
    draw(gamma, C, 1);
    draw(beta, C, 1);
    for (int f = 0; f < n_families; f++) {
        draw(a, R * C, 3);
        for (int i = C; i < 2 * C; i++) a[i] += mean; // far from 0
        family[f]->norm(R, C, a, r, gamma, beta, 1e-12f, xhat, rstd, y);
        for (int i = 0; i < R; i++) {
            double m = 0, v = 0;
            for (int j = 0; j < C; j++) m += ((double)a[i * C + j] + (double)r[i * C + j]) / C;
            for (int j = 0; j < C; j++)
                v += pow((double)a[i * C + j] + (double)r[i * C + j] - m, 2) / C;
            for (int j = 0; j < C; j++)
                near((double)y[i * C + j],
                     (double)gamma[j] * ((double)a[i * C + j] + (double)r[i * C + j] - m) /
                             sqrt(v) +
                         (double)beta[j],
                     i == 1 ? 1e-5 : 3e-6, "norm", family[f]);
        }
        float zero[C] = {0};
        family[f]->norm(1, C, zero, NULL, gamma, beta, 1e-12f, xhat, rstd, y); // no variance
        assert_memory_equal(y, beta, sizeof beta);
    }
}

static void norm_sums_on_demand(void **state) {
    (void)state;
    enum { C = 19 };
    float dy[C], xhat[C], rstd = 1.5f, gamma[C], dx[3][C], dg[2][C] = {{0}}, db[2][C] = {{0}};
    draw(dy, C, 1);
    draw(xhat, C, 1);
    draw(gamma, C, 1);
    for (int f = 0; f < n_families; f++) {
        memset(dg, 0, sizeof dg);
        memset(db, 0, sizeof db);
        family[f]->norm_grad(1, C, dy, xhat, &rstd, gamma, dx[0], dg[0], db[0]);
        family[f]->norm_grad(1, C, dy, xhat, &rstd, gamma, dx[1], dg[1], NULL);
        family[f]->norm_grad(1, C, dy, xhat, &rstd, gamma, dx[2], NULL, db[1]);
        assert_memory_equal(dx[0], dx[1], sizeof *dx);
        assert_memory_equal(dx[0], dx[2], sizeof *dx);
        assert_memory_equal(dg[0], dg[1], sizeof *dg);
        assert_memory_equal(db[0], db[1], sizeof *db);
        assert_memory_equal(db[0], dy, sizeof *db);
    }
}

// --- root mean square norm, gates, the softmax of a vocabulary

static void rms_norms(void **state) {
    (void)state;
    enum { R = 3, C = 77 };
    float x[R * C], dy[R * C], gamma[C], rstd[R], y[R * C], dx[R * C], dgamma[C];
    for (int f = 0; f < n_families; f++)
        for (int add = 0; add < 2; add++) {
            double wg[C] = {0};
            draw(x, R * C, 2);
            draw(dy, R * C, 1);
            draw(gamma, C, 1);
            for (int i = 0; i < R * C; i++) dx[i] = 1;
            memset(dgamma, 0, sizeof dgamma);
            family[f]->rms(R, C, x, gamma, 1e-6f, .5f, rstd, y);
            family[f]->rms_grad(R, C, dy, x, rstd, gamma, .5f, dx, add, dgamma);
            for (int i = 0; i < R; i++) {
                double sq = 0, dot = 0;
                for (int j = 0; j < C; j++) sq += pow((double)x[i * C + j], 2);
                double inv = 1 / sqrt(sq / C + 1e-6);
                for (int j = 0; j < C; j++)
                    dot += .5 * (double)gamma[j] * (double)dy[i * C + j] * (double)x[i * C + j] *
                           inv;
                for (int j = 0; j < C; j++) {
                    double hat = (double)x[i * C + j] * inv, d = (double)dy[i * C + j];
                    near((double)y[i * C + j], .5 * (double)gamma[j] * hat, 2e-6, "rms", family[f]);
                    near((double)dx[i * C + j],
                         add + inv * (.5 * (double)gamma[j] * d - hat * dot / C), 3e-6, "rms dx",
                         family[f]);
                    wg[j] += .5 * d * hat;
                }
            }
            for (int j = 0; j < C; j++)
                near((double)dgamma[j], wg[j], 5e-6, "rms dgamma", family[f]);
        }
}

// Against the activation's own kernels.
static void gates(void **state) {
    (void)state;
    enum { N = 101 };
    float a[N], b[N], dy[N], y[N], da[N], db[N], z[N], want[N], da2[N], db2[N];
    for (int f = 0; f < n_families; f++)
        for (int act = MC_ACT_NONE; act < MC_ACTS; act++) {
            draw(a, N, 2);
            draw(b, N, 1);
            draw(dy, N, 1);
            family[f]->gate((enum mc_act)act, N, a, b, y);
            family[f]->gate_grad((enum mc_act)act, N, a, b, dy, da, db);
            family[f]->gate_grad((enum mc_act)act, N, a, b, dy, da2, NULL);
            family[f]->gate_grad((enum mc_act)act, N, a, b, dy, NULL, db2);
            for (int i = 0; i < N; i++) {
                near((double)da2[i], (double)da[i], 1e-6, "gate da alone", family[f]);
                near((double)db2[i], (double)db[i], 1e-6, "gate db alone", family[f]);
            }
            memcpy(z, a, sizeof z);
            family[f]->act((enum mc_act)act, 1, N, z, NULL, want);
            for (int i = 0; i < N; i++) {
                near((double)y[i], (double)want[i] * (double)b[i], 1e-6, "gate", family[f]);
                near((double)db[i], (double)want[i] * (double)dy[i], 1e-6, "gate db", family[f]);
            }
            if (act == MC_ACT_TANH) memcpy(z, want, sizeof z);
            for (int i = 0; i < N; i++) b[i] *= dy[i];
            family[f]->act_grad((enum mc_act)act, N, z, b, want);
            for (int i = 0; i < N; i++)
                near((double)da[i], (double)want[i], 1e-6, "gate da", family[f]);
        }
}

static void large_softmax(void **state) {
    (void)state;
    static float z[40000], d[40000];
    static const int size[] = {1, 2, 64, 65, 512, 513, 32128, 40000};
    for (int f = 0; f < n_families; f++)
        for (size_t s = 0; s < sizeof size / sizeof *size; s++) {
            int n = size[s], top = -1, best = 0;
            draw(z, n, 5);
            if (n > 70) z[n / 2] = z[n / 3] = 40; // the first of equals
            for (int i = 1; i < n; i++) best = z[i] > z[best] ? i : best;
            double sum = 0, gaps = 0;
            for (int i = 0; i < n; i++) {
                double gap = (double)z[best] - (double)z[i];
                sum += exp(-gap);
                gaps += gap * exp(-gap);
            }
            double want = (double)z[best] + log(sum > 0 ? sum : 1),
                   got = family[f]->log_sum_exp(n, z, &top);
            // the exponential's 1.2 ulp, sums of a block, and float32's rounding of the gaps
            near(got, want, 2e-7 + 6e-8 * gaps / (sum > 0 ? sum : 1),
                 "log of a sum of exponentials", family[f]);
            assert_int_equal(top, best);
            family[f]->softmax_grad(n, z, got, .25, d);
            double off = 0, all = 0;
            for (int i = 0; i < n; i++) {
                double p = .25 * exp((double)z[i] - want);
                off += pow((double)d[i] - p, 2);
                all += p * p;
            }
            near(sqrt(off / all), 0, 3e-6, "softmax", family[f]);
            z[n - 1] = NAN;
            assert_true(isnan(family[f]->log_sum_exp(n, z, &top)));
        }
}

// --- attention

enum { D_MAX = 48, K_MAX = 96, LD = 100 };
static float q[K_MAX * LD], k[K_MAX * LD], v[K_MAX * LD], o[K_MAX * LD], go[K_MAX * LD],
    dq[K_MAX * LD], dk[K_MAX * LD], dv[K_MAX * LD], lse[K_MAX * 3], work[1 << 16];
static double mask[K_MAX][K_MAX], bias[2 * K_MAX], wb[2 * K_MAX];
static double sizes; // of what cancels in the gradients of products: its length
static float fbias[2 * K_MAX], dbias[2 * K_MAX];

static struct mc_attend head_of(int n_q, int n_k, int d, float scale, const struct mc_drop *drop,
                                int head) {
    return (struct mc_attend){.n_q = n_q,
                              .n_k = n_k,
                              .d = d,
                              .head = head,
                              .scale = scale,
                              .q = q,
                              .k = k,
                              .v = v,
                              .ldq = LD,
                              .ldk = LD,
                              .ldv = LD,
                              .ldo = LD,
                              .ldl = 3,
                              .drop = drop,
                              .o = o,
                              .lse = lse,
                              .work = work,
                              .dout = go,
                              .dq = dq,
                              .dk = dk,
                              .dv = dv};
}

// The mask of a head, seen from outside: equal scores and unit values show the probabilities.
static void see_mask(const struct mc_kern *f, const struct mc_drop *drop, int head, int n_q,
                     int n_k) {
    memset(q, 0, sizeof q);
    memset(v, 0, sizeof v);
    for (int j = 0; j < n_k; j++) v[j * LD + j] = 1;
    struct mc_attend a = head_of(n_q, n_k, n_k, 1, drop, head);
    f->attend(&a);
    for (int i = 0; i < n_q; i++)
        for (int j = 0; j < n_k; j++) mask[i][j] = round((double)o[i * LD + j] * n_k * 1e4) / 1e4;
}

// o, dq, dk, dv and the gradient of the biases of one head in double; past < 0: not causal.
static void naive(int n_q, int all, int d, double scale, int past, double *wo, double *wq,
                  double *wk, double *wv) {
    memset(wk, 0, sizeof(double) * K_MAX * LD);
    memset(wv, 0, sizeof(double) * K_MAX * LD);
    memset(wb, 0, sizeof wb);
    sizes = 0;
    for (int i = 0; i < n_q; i++) {
        double p[K_MAX], dp[K_MAX], ap[K_MAX], sum = 0, top = -INFINITY, dot = 0, adot = 0;
        int n_k = past >= 0 && past + i + 1 < all ? past + i + 1 : all;
        for (int j = 0; j < n_k; j++) {
            p[j] = 0;
            for (int c = 0; c < d; c++) p[j] += (double)q[i * LD + c] * (double)k[j * LD + c];
            top = fmax(top, p[j] = p[j] * scale + bias[K_MAX + j - i]);
        }
        for (int j = 0; j < n_k; j++) sum += p[j] = exp(p[j] - top);
        for (int j = 0; j < n_k; j++) p[j] /= sum;
        for (int c = 0; c < d; c++) {
            wo[i * LD + c] = wq[i * LD + c] = 0;
            for (int j = 0; j < n_k; j++)
                wo[i * LD + c] += mask[i][j] * p[j] * (double)v[j * LD + c];
        }
        for (int j = 0; j < n_k; j++) {
            dp[j] = ap[j] = 0;
            for (int c = 0; c < d; c++) {
                dp[j] += mask[i][j] * (double)go[i * LD + c] * (double)v[j * LD + c];
                ap[j] += mask[i][j] * fabs((double)go[i * LD + c] * (double)v[j * LD + c]);
                wv[j * LD + c] += mask[i][j] * p[j] * (double)go[i * LD + c];
            }
            dot += p[j] * dp[j];
            adot += p[j] * ap[j];
        }
        for (int j = 0; j < n_k; j++) sizes += pow(p[j] * (ap[j] + adot), 2);
        for (int j = 0; j < n_k; j++) wb[K_MAX + j - i] += p[j] * (dp[j] - dot);
        for (int j = 0; j < n_k; j++)
            for (int c = 0; c < d; c++) {
                wq[i * LD + c] += p[j] * (dp[j] - dot) * scale * (double)k[j * LD + c];
                wk[j * LD + c] += p[j] * (dp[j] - dot) * scale * (double)q[i * LD + c];
            }
    }
}

static void compare(const struct mc_kern *f, const char *what, const float *got, const double *want,
                    int rows, int d) {
    double off = 0, all = 0;
    for (int i = 0; i < rows; i++)
        for (int c = 0; c < d; c++) {
            off += pow((double)got[i * LD + c] - want[i * LD + c], 2);
            all += pow(want[i * LD + c], 2);
        }
    // a softmax over one key has no gradient: dp - dot cancels, to an ulp or two of its terms, and
    // meets a query or key of length sqrt(d) times 1/sqrt(d)
    near(sqrt(off), 0, 5e-6 * sqrt(all) + 2.4e-7 * sqrt(sizes), what, f);
}

// The first keys and values as a prefix, rows behind one another and turned.
static struct mc_attend_prefix take_prefix(struct mc_attend *a, int n) {
    static float rows[4][K_MAX * D_MAX], turned[2][D_MAX * K_MAX];
    const float *from[2] = {k, v};
    int d = a->d, ld = (n + 15) / 16 * 16;
    memset(turned, 0, sizeof turned);
    memset(rows[2], 0, sizeof rows[2]);
    memset(rows[3], 0, sizeof rows[3]);
    for (int kind = 0; kind < 2; kind++)
        for (int i = 0; i < n; i++)
            for (int c = 0; c < d; c++)
                turned[kind][c * ld + i] = rows[kind][i * d + c] = from[kind][i * LD + c];
    a->k += n * LD, a->v += n * LD, a->dk += n * LD, a->dv += n * LD;
    a->n_k -= n;
    return (struct mc_attend_prefix){n,         ld,        rows[0], rows[1],
                                     turned[0], turned[1], rows[2], rows[3]};
}

// keys: the first so many of n_k are a prefix.
static void check_attention(const struct mc_kern *f, int n_q, int n_k, int d, bool dropped,
                            bool placed, int past, int keys) {
    static double wo[K_MAX * LD], wq[K_MAX * LD], wk[K_MAX * LD], wv[K_MAX * LD];
    const struct mc_drop drop = {
        .key = {1, 2}, .step = 4, .site = 5, .example = 6, .drop = 1u << 30, .scale = 4 / 3.f};
    see_mask(f, dropped ? &drop : NULL, 2, n_q, n_k);
    draw(q, K_MAX * LD, 1);
    draw(k, K_MAX * LD, 1);
    draw(v, K_MAX * LD, 1);
    draw(go, K_MAX * LD, 1);
    for (int i = 0; i < n_q; i++)
        for (int j = 0; j < n_k; j++)
            mask[i][j] = mask[i][j] == 0 ? 0 : dropped ? (double)drop.scale : 1;
    double scale = 1 / sqrt(d);
    draw(fbias, 2 * K_MAX, 1);
    for (int i = 0; i < 2 * K_MAX; i++) bias[i] = placed ? (double)fbias[i] : 0;
    memset(dbias, 0, sizeof dbias);
    struct mc_attend a = head_of(n_q, n_k, d, (float)scale, dropped ? &drop : NULL, 2);
    a.bias = placed ? fbias + K_MAX : NULL;
    a.dbias = placed ? dbias + K_MAX : NULL;
    a.causal = past >= 0;
    a.past = past >= 0 ? past : 0;
    struct mc_attend_prefix prefix = {0};
    if (keys) {
        prefix = take_prefix(&a, keys);
        a.prefix = &prefix;
    }
    f->attend(&a);
    f->attend_grad(&a);
    for (int i = 0; i < keys; i++)
        for (int c = 0; c < d; c++) {
            dk[i * LD + c] = prefix.dk[i * d + c];
            dv[i * LD + c] = prefix.dv[i * d + c];
        }
    naive(n_q, n_k, d, scale, past, wo, wq, wk, wv);
    double off = 0, size = 0;
    for (int i = 0; placed && i < 2 * K_MAX; i++) {
        off += pow((double)dbias[i] - wb[i], 2);
        size += wb[i] * wb[i];
    }
    near(sqrt(off), 0, 5e-6 * sqrt(size) + 2.4e-7 * sqrt(sizes), "attend dbias", f);
    compare(f, "attend", o, wo, n_q, d);
    compare(f, "attend dq", dq, wq, n_q, d);
    compare(f, "attend dk", dk, wk, n_k, d);
    compare(f, "attend dv", dv, wv, n_k, d);
}

static void attention(void **state) {
    (void)state;
    static const int size[][3] = {{1, 1, 4},    {1, 33, 32}, {5, 5, 20},  {33, 70, 32},
                                  {64, 64, 48}, {70, 1, 7},  {96, 95, 12}};
    assert_true(mc_attend_work(K_MAX, K_MAX) <= sizeof work / sizeof *work);
    for (int f = 0; f < n_families; f++)
        for (size_t i = 0; i < sizeof size / sizeof *size; i++) {
            int n_q = size[i][0], n_k = size[i][1], d = size[i][2];
            for (int drops = 0; drops < 2; drops++) {
                check_attention(family[f], n_q, n_k, d, drops, false, -1, 0);
                check_attention(family[f], n_q, n_k, d, drops, true, -1, 0);
                check_attention(family[f], n_q, n_k, d, drops, true, n_k / 2, 0);
                check_attention(family[f], n_q, n_k, d, drops, false, 0, 0);
                if (n_k < 5) continue;
                check_attention(family[f], n_q, n_k, d, drops, false, -1, n_k / 3);
                check_attention(family[f], n_q, n_k, d, drops, false, -1, n_k / 16 * 16);
                check_attention(family[f], n_q, n_k, d, drops, true, n_k / 2, n_k / 2);
            }
        }
}

// Softmax of scores over many orders of magnitude, seen through unit values.
static void softmax_range(void **state) {
    (void)state;
    static const double spread[] = {1e-3, 1, 10, 85, 1e3, 1e6};
    enum { N = 32 };
    for (int f = 0; f < n_families; f++)
        for (size_t s = 0; s < sizeof spread / sizeof *spread; s++) {
            memset(v, 0, sizeof v);
            memset(q, 0, sizeof q);
            memset(k, 0, sizeof k);
            q[0] = 1;
            double top = -INFINITY, sum = 0;
            for (int j = 0; j < N; j++) {
                v[j * LD + j] = 1;
                k[j * LD] = (float)(spread[s] * (2 * mc_rng_uniform(&rng) - 1));
                top = fmax(top, (double)k[j * LD]);
            }
            for (int j = 0; j < N; j++) sum += exp((double)k[j * LD] - top);
            struct mc_attend a = head_of(1, N, N, 1, NULL, 0);
            family[f]->attend(&a);
            for (int j = 0; j < N; j++) {
                double gap = top - (double)k[j * LD],
                       want = exp(-gap) / sum; // float32 rounds the gap
                near((double)o[j], want, (1e-6 + 1.2e-7 * gap) * want + 1e-37, "softmax",
                     family[f]);
            }
            near((double)lse[0], top + log(sum), 2e-7 * fabs(top) + 1e-6, "log of the sum",
                 family[f]);
        }
}

// --- NaN, families, dropout

static void nan_stays(void **state) {
    (void)state;
    enum { C = 33 };
    for (int f = 0; f < n_families; f++)
        for (int at = 0; at < C; at += 16) {
            float x[C], z[C], y[C], g[C], b[C], rstd, m[C] = {0}, w[C];
            for (int a = 0; a < MC_ACTS; a++) {
                draw(z, C, 1);
                draw(b, C, 1);
                z[at] = NAN;
                family[f]->act((enum mc_act)a, 1, C, z, NULL, y);
                for (int j = 0; j < C; j++) assert_int_equal(isnan(y[j]) != 0, j == at);
                family[f]->act_grad((enum mc_act)a, C, b, z, g); // a gradient that is NaN
                assert_true(isnan(g[at]));
            }
            draw(x, C, 1);
            x[at] = NAN;
            family[f]->norm(1, C, x, NULL, b, b, 1e-5f, z, &rstd, y);
            assert_true(isnan(y[0]) && isnan(y[C - 1]));
            draw(q, LD, 1);
            draw(k, K_MAX * LD, 1);
            draw(v, K_MAX * LD, 1);
            k[at * LD] = NAN;
            struct mc_attend a = head_of(1, C, 8, 1, NULL, 0);
            family[f]->attend(&a);
            assert_true(isnan(o[0]) && isnan(o[7]) && isnan(lse[0]));
            draw(w, C, 1);
            const struct mc_adamw with = {1e-3f, .1f, .999f, 1e-3f, 1e-8f, 1, .1f, .03f, 1};
            float second[C] = {0};
            family[f]->adamw(&with, C, w, x, m, second);
            for (int j = 0; j < C; j++) assert_int_equal(isnan(w[j]) != 0, j == at);
            assert_true(isnan(family[f]->sum_sq(C, x)));
        }
}

static void families_agree(void **state) {
    (void)state;
    enum { R = 8, C = 99 };
    float x[R * C], z[R * C], y[3][R * C], d[3][R * C], g[C], b[C], xhat[R * C], rstd[R];
    draw(x, R * C, 2);
    draw(g, C, 1);
    draw(b, C, 1);
    const struct mc_drop drop = {.key = {9, 8},
                                 .step = 7,
                                 .site = 6,
                                 .example = 5,
                                 .position = 4,
                                 .drop = 1u << 31,
                                 .scale = 2};
    for (int f = 0; f < n_families; f++) {
        memcpy(z, x, sizeof x);
        family[f]->act(MC_ACT_GELU, R, C, z, g, z);
        family[f]->norm(R, C, z, x, g, b, 1e-5f, xhat, rstd, y[f]);
        drop_row(family[f], &drop, R * C, x, d[f]);
        assert_memory_equal(d[f], d[0], sizeof d[0]); // masks are the same everywhere
        for (int i = 0; i < R * C; i++)
            near((double)y[f][i], (double)y[0][i], 5e-6, "against the first family", family[f]);
    }
}

static int kept(const struct mc_kern *f, const struct mc_drop *d, int n, bool *keep) {
    static float x[1 << 20], y[1 << 20];
    int count = 0;
    for (int i = 0; i < n; i++) x[i] = 1 + (float)(i % 5);
    drop_row(f, d, n, x, y);
    for (int i = 0; i < n; i++) {
        assert_true(y[i] == 0 || y[i] == x[i] * d->scale);
        keep[i] = y[i] != 0;
        count += keep[i];
    }
    return count;
}

static void dropout_rate(void **state) {
    (void)state;
    static bool keep[1 << 20], again[1 << 20];
    static const double rate[] = {.01, .1, .5, .9};
    enum { N = 1 << 20 };
    for (int f = 0; f < n_families; f++)
        for (int i = 0; i < 4; i++) {
            double p = rate[i], sd = sqrt(p * (1 - p) * N);
            struct mc_drop d = {.key = {3, 4},
                                .step = 1,
                                .drop = (uint32_t)(p * 4294967296.0),
                                .scale = (float)(1 / (1 - p))};
            near(kept(family[f], &d, N, keep), (1 - p) * N, 5 * sd, "dropout rate", family[f]);
            for (int n = 1; n < 300; n += 13) { // a shorter row is the start of a longer one
                kept(family[f], &d, n, again);
                assert_memory_equal(keep, again, (size_t)n * sizeof *keep);
            }
        }
}

// Every coordinate of the place makes another mask, unlike this one as two throws of coins are.
static void dropout_places(void **state) {
    (void)state;
    enum { N = 1 << 16 };
    static bool keep[N], other[N];
    struct mc_drop d = {.key = {3, 4},
                        .step = 1,
                        .site = 2,
                        .example = 3,
                        .position = 4,
                        .drop = 1u << 31,
                        .scale = 2};
    kept(family[0], &d, N, keep);
    uint32_t *const part[] = {&d.key[0], &d.key[1], &d.step, &d.site, &d.example, &d.position};
    for (int i = 0; i < 6; i++) {
        ++*part[i];
        kept(family[0], &d, N, other);
        --*part[i];
        int same = 0;
        for (int j = 0; j < N; j++) same += keep[j] == other[j];
        near(same, N / 2., 5 * sqrt(N / 4.), "two masks", family[0]);
    }
    kept(family[0], &d, N, other);
    assert_memory_equal(keep, other, sizeof keep);
}

// --- updates

static void updates(void **state) {
    (void)state;
    enum { N = 77, STEPS = 50 };
    for (int f = 0; f < n_families; f++) {
        float w[N], s[N], g[N], m[N] = {0}, v2[N] = {0};
        double W[N], S[N], M[N] = {0}, V[N] = {0}, lr = 1e-2, wd = .05, clip = .7;
        draw(w, N, 1);
        memcpy(s, w, sizeof w);
        for (int i = 0; i < N; i++) W[i] = S[i] = (double)w[i];
        for (int t = 1; t <= STEPS; t++) {
            draw(g, N, t % 2 ? 1 : .01);
            const struct mc_adamw with = {(float)lr,
                                          .1f,
                                          .999f,
                                          .001f,
                                          1e-8f,
                                          (float)(1 - lr * wd),
                                          (float)(1 - pow(.9, t)),
                                          (float)sqrt(1 - pow(.999, t)),
                                          (float)clip};
            family[f]->adamw(&with, N, w, g, m, v2);
            family[f]->sgd(&with, N, s, g);
            for (int i = 0; i < N; i++) {
                double x = clip * (double)g[i];
                M[i] = .9 * M[i] + .1 * x;
                V[i] = .999 * V[i] + .001 * x * x;
                W[i] = W[i] * (1 - lr * wd) -
                       lr / (1 - pow(.9, t)) * M[i] / (sqrt(V[i] / (1 - pow(.999, t))) + 1e-8);
                S[i] = S[i] * (1 - lr * wd) - lr * x;
            }
        }
        for (int i = 0; i < N; i++) {
            near((double)w[i], W[i], 5e-6, "adamw", family[f]);
            near((double)s[i], S[i], 5e-6, "sgd", family[f]);
        }
    }
}

// The first update from nothing: its size, to the rounding of its factors.
static void first_update(void **state) {
    (void)state;
    enum { N = 77 };
    const struct mc_adamw with = {1e-2f, .1f, .999f, .001f, 1e-8f, 1, .1f, (float)sqrt(.001), 1};
    for (int f = 0; f < n_families; f++) {
        float w[N] = {0}, g[N], m[N] = {0}, v2[N] = {0};
        draw(g, N, 1);
        family[f]->adamw(&with, N, w, g, m, v2);
        for (int i = 0; i < N; i++) {
            double x = (double)g[i], want = -.01 * x / (fabs(x) + 1e-8);
            near((double)w[i], want, 4e-7 * .01, "first adamw", family[f]);
        }
    }
}

// Updates without a gradient, many at once and one by one: the same bytes.
static void idle_updates(void **state) {
    (void)state;
    enum { N = 77, STEPS = 9 };
    for (int f = 0; f < n_families; f++)
        for (int has_decay = 0; has_decay < 2; has_decay++) {
            float w[3][N], m1[2][N], m2[2][N];
            const float zero[N] = {0};
            struct mc_adamw past[STEPS], plain[STEPS];
            draw(w[0], N, 1);
            draw(m1[0], N, .1);
            draw(m2[0], N, .1);
            for (int i = 0; i < N; i++) m2[0][i] *= m2[0][i];
            memcpy(w[1], w[0], sizeof w[0]);
            memcpy(w[2], w[0], sizeof w[0]);
            memcpy(m1[1], m1[0], sizeof m1[0]);
            memcpy(m2[1], m2[0], sizeof m2[0]);
            for (int i_step = 0; i_step < STEPS; i_step++) {
                past[i_step] = (struct mc_adamw){1e-2f / (float)(i_step + 1),
                                                 .1f,
                                                 .999f,
                                                 .001f,
                                                 1e-8f,
                                                 .99f - .01f * (float)i_step,
                                                 .1f + .09f * (float)i_step,
                                                 .03f + .01f * (float)i_step,
                                                 .5f};
                plain[i_step] = past[i_step];
                if (!has_decay) plain[i_step].decay = 1;
                family[f]->adamw(&plain[i_step], N, w[0], zero, m1[0], m2[0]);
            }
            family[f]->adamw_idle(past, STEPS, has_decay, N, w[1], m1[1], m2[1]);
            assert_memory_equal(w[0], w[1], sizeof w[0]);
            assert_memory_equal(m1[0], m1[1], sizeof m1[0]);
            assert_memory_equal(m2[0], m2[1], sizeof m2[0]);
            // a row whose moments are zero only decays
            memset(m1, 0, sizeof m1);
            memset(m2, 0, sizeof m2);
            memcpy(w[1], w[2], sizeof w[1]);
            for (int i_step = 0; i_step < STEPS; i_step++)
                family[f]->adamw(&past[i_step], N, w[1], zero, m1[0], m2[0]);
            family[f]->decay(past, STEPS, N, w[2]);
            assert_memory_equal(w[1], w[2], sizeof w[1]);
        }
}

// --- bfloat16

// As the conversion of stored tensors does it, value by value: halfway cases, infinities, NaN.
static void bfloat16(void **state) {
    (void)state;
    enum { N = 1 << 17 };
    static float x[N], back[N];
    static uint16_t h[N], want[N];
    for (uint32_t i = 0; i < N; i++) {
        uint32_t bits = i << 15; // every bfloat16 and the middle behind it
        memcpy(&x[i], &bits, sizeof bits);
        if (i % 3 == 0 && fabsf(x[i]) < 3e38f)
            x[i] = nextafterf(x[i], i % 2 ? INFINITY : -INFINITY);
    }
    for (int i = 0; i < N; i++) // false: a finite number became infinite
        if (!mc_from_f32(MC_BF16, &x[i], 1, &want[i])) assert_true(fabsf(x[i]) > 3.38e38f);
    for (int f = 0; f < n_families; f++) {
        family[f]->to_bf16(N, x, h);
        assert_memory_equal(h, want, sizeof h);
        family[f]->from_bf16(N, h, back);
        for (int i = 0; i < N; i++) {
            float y;
            assert_true(mc_to_f32(MC_BF16, &h[i], 1, &y));
            assert_true(y == back[i] || (isnan(y) && isnan(back[i])));
        }
    }
}

int main(void) {
    mc_rng_init(&rng, 1, MC_RNG_TEST, 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(activations),    cmocka_unit_test(bias_and_place),
        cmocka_unit_test(norms),          cmocka_unit_test(norm_sums_on_demand),
        cmocka_unit_test(rms_norms),      cmocka_unit_test(gates),
        cmocka_unit_test(large_softmax),  cmocka_unit_test(attention),
        cmocka_unit_test(softmax_range),  cmocka_unit_test(nan_stays),
        cmocka_unit_test(families_agree), cmocka_unit_test(dropout_rate),
        cmocka_unit_test(dropout_places), cmocka_unit_test(updates),
        cmocka_unit_test(first_update),   cmocka_unit_test(idle_updates),
        cmocka_unit_test(bfloat16),
    };
    return cmocka_run_group_tests(tests, find_families, NULL);
}
