// Elementwise and small dense kernels: one source compiled for several instruction sets, chosen at
// run time. All pointers may be unaligned. Shapes are row-major; "rows" counts tokens.
#ifndef MC_KERN_H
#define MC_KERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mc/gemm.h"

enum mc_act {
    MC_ACT_NONE,
    MC_ACT_GELU,
    MC_ACT_GELU_NEW,
    MC_ACT_RELU,
    MC_ACT_TANH,
    MC_ACT_SWISH,
    MC_ACTS
};

// Where a dropout mask stands: the mask of element col is a pure function of all of it, so that any
// thread may compute it. An element stays where its draw is at or above `drop`, and is multiplied
// by scale then.
struct mc_drop {
    uint32_t key[2];
    uint32_t step, site, example, position;
    uint32_t drop; // p * 2^32
    float scale;   // 1 / (1 - p)
};

// Words that hold the mask of n columns: they are drawn 128 at a time.
#define MC_DROP_WORDS(n) (((n) + 127) / 128 * 4)

// Keys and values k, v[n, d] that stand before those of every sequence, and the same transposed,
// kt, vt[d, ld] with ld a multiple of 16; their gradients dk, dv[n, d] are added to, NULL: not
// wanted.
struct mc_attend_prefix {
    int n, ld;
    const float *k, *v, *kt, *vt;
    float *dk, *dv;
};

// Attention of one head of one sequence: queries q[n_q, d], keys k[n_k, d], values v[n_k, d], o =
// softmax(scale q k^T + bias) v, rows by their leading dimensions. `bias` points into a vector over
// relative positions: bias[j - i] belongs to query i and key j; NULL: none. causal: query i sees
// the keys 0 .. past + i alone. lse[n_q] keeps the logarithm of the sum of exponentials, from which
// the gradient computes the probabilities again. A prefix's keys come before k: they count from 0,
// and `past` counts them. `work` holds mc_attend_work(keys, d) floats for all keys.
struct mc_attend {
    int n_q, n_k, d, past, head;
    bool causal;
    float scale;
    const float *q, *k, *v, *bias;
    int ldq, ldk, ldv, ldo, ldl;
    const struct mc_drop *drop; // of the probabilities, or NULL
    float *o, *lse, *work;
    const struct mc_attend_prefix *prefix; // or NULL
    // the gradient: of o, [n_q, ldo]; those written have the leading dimensions of what they belong
    // to and are NULL where not wanted; dbias, where bias stands, is added to
    const float *dout;
    float *dq, *dk, *dv, *dbias;
};

struct mc_adamw {
    // rest1 and rest2: 1 - beta1 and 1 - beta2 before they are rounded, since 1 - .999f is off by
    // 1e-5 of itself; decay: the factor 1 - lr * weight_decay
    float lr, rest1, beta2, rest2, eps, decay;
    float bias1, bias2_sqrt; // 1 - beta1^t, sqrt(1 - beta2^t)
    float clip;              // factor on the gradient
};

struct mc_kern {
    const char *name;

    // x[rows, cols] += bias[cols]
    void (*add_bias)(int rows, int cols, float *x, const float *bias);
    // z[rows, cols] += bias[cols] (NULL: none), y = act(z); y may be z.
    void (*act)(enum mc_act a, int rows, int cols, float *z, const float *bias, float *y);
    // dz = dy * act'(z), elementwise over n; dz may be dy. For tanh z is the output y.
    void (*act_grad)(enum mc_act a, size_t n, const float *z, const float *dy, float *dz);

    // y = gamma * xhat + beta, xhat = (x - mean) / sqrt(var + eps), x = a (+ r), var over cols with
    // 1/cols. xhat[rows, cols], rstd[rows] are written for the gradient.
    void (*norm)(int rows, int cols, const float *a, const float *r, const float *gamma,
                 const float *beta, float eps, float *xhat, float *rstd, float *y);
    // dx[rows, cols]; dgamma[cols], dbeta[cols] are added to (NULL: not wanted).
    void (*norm_grad)(int rows, int cols, const float *dy, const float *xhat, const float *rstd,
                      const float *gamma, float *dx, float *dgamma, float *dbeta);

    // The mask of d, columns 0..n-1: column c stays where bit c % 32 of bits[c / 32] is set.
    // MC_DROP_WORDS(n) words are written.
    void (*draw)(const struct mc_drop *d, int n, uint32_t *bits);
    // y[n] = x[n] * scale where the bit is set, else 0; y may be x.
    void (*mask)(int n, const uint32_t *bits, float scale, const float *x, float *y);

    // One head of one sequence; see struct mc_attend.
    void (*attend)(const struct mc_attend *a);
    void (*attend_grad)(const struct mc_attend *a);

    // Root mean square norm (Zhang and Sennrich 2019): y = scale * gamma * x * rstd, rstd = 1 /
    // sqrt(mean(x^2) + eps), which is written for the gradient.
    void (*rms)(int rows, int cols, const float *x, const float *gamma, float eps, float scale,
                float *rstd, float *y);
    // dx[rows, cols] is written, or added to with `add`; dgamma[cols] is added to (NULL: not
    // wanted).
    void (*rms_grad)(int rows, int cols, const float *dy, const float *x, const float *rstd,
                     const float *gamma, float scale, float *dx, bool add, float *dgamma);
    // y = act(a) * b, elementwise over n; and da = dy * b * act'(a), db = dy * act(a) (each may be
    // NULL).
    void (*gate)(enum mc_act act, size_t n, const float *a, const float *b, float *y);
    void (*gate_grad)(enum mc_act act, size_t n, const float *a, const float *b, const float *dy,
                      float *da, float *db);
    // log sum exp of z[n] and its largest element (the first of equals); for n large, by float
    // exponentials whose partial sums are added in double.
    double (*log_sum_exp)(int n, const float *z, int *top);
    // d[n] = weight * exp(z - lse)
    void (*softmax_grad)(int n, const float *z, double lse, double weight, float *d);

    void (*add)(size_t n, const float *x, float *y);                       // y += x
    void (*col_sum)(int rows, int cols, const float *x, int ld, float *s); // s[cols] += column sums
    double (*sum_sq)(size_t n, const float *x);                            // partial sums in double
    void (*adamw)(const struct mc_adamw *o, size_t n, float *w, const float *g, float *m, float *v);
    // n_steps updates o[n_steps], one after the other, with the bytes that adamw makes of g = 0.
    // Without has_decay, as with decay = 1.
    void (*adamw_idle)(const struct mc_adamw *o, int n_steps, bool has_decay, size_t n, float *w,
                       float *m, float *v);
    // The decay alone of n_steps updates.
    void (*decay)(const struct mc_adamw *o, int n_steps, size_t n, float *w);
    // w = decay * w - lr * clip * g
    void (*sgd)(const struct mc_adamw *o, size_t n, float *w, const float *g);

    // Adafactor, a row of a matrix, or n elements of a vector: the sum of (clip g)^2 + eps, which
    // is added to col[n]; the sum of (clip g r c)^2, the square of an update; w = decay w - rate g
    // c.
    double (*factor_sums)(size_t n, const float *g, float clip, float eps, float *col);
    double (*factor_sq)(size_t n, const float *g, float clip, float r, const float *c);
    void (*factor_step)(size_t n, const float *g, float decay, float rate, const float *c,
                        float *w);

    // bfloat16: to the nearest, ties to even, a NaN stays one; and back, exactly.
    void (*to_bf16)(size_t n, const float *x, uint16_t *y);
    void (*from_bf16)(size_t n, const uint16_t *x, float *y);
};

// Floats of scratch that struct mc_attend needs for one head with n_k keys of width d; queries are
// taken MC_ATTEND_ROWS together.
enum { MC_ATTEND_ROWS = 32 };
size_t mc_attend_work(int n_k, int d);
// Floats of a prefix of n keys of one head, its copies and gradients.
size_t mc_attend_prefix_work(int n, int d);

// The kernels for this processor: the best, or MC_KERNELS=base|v3|v4 of the environment. NULL where
// that names no set, or one that this processor cannot run.
const struct mc_kern *mc_kern_choose(void);
// MC_ERR_USAGE unless what MC_KERNELS and MC_GEMM (see mc_gemm_kernel) ask for is what would
// compute.
int mc_kern_check(enum mc_precision p, struct mc_error *e) MC_MUST_USE;
// The family that provenance and --version name: the matrix library's kernel and ours,
// "Haswell+v3".
enum { MC_FAMILY_TEXT = 64 };
const char *mc_kern_family(enum mc_precision p, char out[MC_FAMILY_TEXT]);

#endif
