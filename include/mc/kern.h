// Elementwise and small dense kernels: one source compiled for several instruction sets, chosen at
// run time. All pointers may be unaligned. Shapes are row-major; "rows" counts tokens.
#ifndef MC_KERN_H
#define MC_KERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mc/gemm.h"

enum mc_act { MC_ACT_NONE, MC_ACT_GELU, MC_ACT_GELU_NEW, MC_ACT_RELU, MC_ACT_TANH, MC_ACTS };

// Where a dropout mask stands: the mask of element col is a pure function of all of it (design: any
// thread may compute it). keep = an element stays when its draw is at or above `drop`; it is then
// multiplied by scale.
struct mc_drop {
    uint32_t key[2];
    uint32_t step, site, example, position;
    uint32_t drop; // p * 2^32
    float scale;   // 1 / (1 - p)
};

// Words that hold the mask of n columns: they are drawn 128 at a time.
#define MC_DROP_WORDS(n) (((n) + 127) / 128 * 4)

struct mc_adamw {
    float lr, beta1, beta2, eps, decay; // decay: the factor 1 - lr * weight_decay
    float bias1, bias2_sqrt;            // 1 - beta1^t, sqrt(1 - beta2^t)
    float clip;                         // factor on the gradient
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

    // Attention of one head of one sequence; see lib/nn/attend.c for the shapes. `work` holds
    // mc_attend_work(n_k, d) floats.
    void (*attend)(int n_q, int n_k, int d, float scale, const float *q, int ldq, const float *k,
                   int ldk, const float *v, int ldv, const struct mc_drop *drop, int head, float *o,
                   int ldo, float *lse, int ldl, float *work);
    // dq, dk, dv: NULL where not wanted.
    void (*attend_grad)(int n_q, int n_k, int d, float scale, const float *q, int ldq,
                        const float *k, int ldk, const float *v, int ldv,
                        const struct mc_drop *drop, int head, const float *o, int ldo,
                        const float *lse, int ldl, const float *dout, int lddo, float *dq, int lddq,
                        float *dk, int lddk, float *dv, int lddv, float *work);

    void (*add)(size_t n, const float *x, float *y);                       // y += x
    void (*col_sum)(int rows, int cols, const float *x, int ld, float *s); // s[cols] += column sums
    double (*sum_sq)(size_t n, const float *x);                            // partial sums in double
    void (*adamw)(const struct mc_adamw *o, size_t n, float *w, const float *g, float *m, float *v);
    // n_steps of them, one after the other, without a gradient: the bytes that adamw makes of g =
    // 0. Without has_decay, as with decay = 1.
    void (*adamw_idle)(const struct mc_adamw *o, int n_steps, bool has_decay, size_t n, float *w,
                       float *m, float *v);
    // The decay of n_steps of them, alone.
    void (*decay)(const struct mc_adamw *o, int n_steps, size_t n, float *w);
    // w = decay * w - lr * clip * g
    void (*sgd)(const struct mc_adamw *o, size_t n, float *w, const float *g);

    // bfloat16: to the nearest, ties to even, a NaN stays one; and back, exactly.
    void (*to_bf16)(size_t n, const float *x, uint16_t *y);
    void (*from_bf16)(size_t n, const uint16_t *x, float *y);
};

// Floats of scratch for one head with n_k keys of width d; queries are taken MC_ATTEND_ROWS
// together.
enum { MC_ATTEND_ROWS = 32 };
size_t mc_attend_work(int n_k, int d);

// The kernels for this processor. MC_KERNELS=base|v3|v4 in the environment chooses a lesser set,
// for tests.
const struct mc_kern *mc_kern_choose(void);
// The family that provenance and --version name: the matrix library's kernel and ours,
// "Haswell+v3".
enum { MC_FAMILY_TEXT = 64 };
const char *mc_kern_family(enum mc_precision p, char out[MC_FAMILY_TEXT]);

#endif
