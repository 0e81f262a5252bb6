// The kernels, compiled once per instruction set (MC_KERN = base, v3, v4; see the Makefile) with
// contraction to fused multiply-add. Vectors are the compiler's own (GNU vector extension), MC_VL
// floats wide.
#include "mc/kern.h"

#include <math.h>
#include <string.h>
#ifdef __x86_64__
#include <immintrin.h>
#endif

#define PASTE2(a, b) a##b
#define PASTE(a, b) PASTE2(a, b)
#define STR2(a) #a
#define STR(a) STR2(a)

#if defined __AVX512F__
#define MC_VL 16
#elif defined __AVX__
#define MC_VL 8
#else
#define MC_VL 4
#endif

typedef float vf __attribute__((vector_size(MC_VL * 4), aligned(4), may_alias));

// --- scalar functions that vectorise

// e^x for -87 <= x <= 88, within 1.2 ulp; outside it the value at the near end. NaN stays NaN.
// 2^n e^r with |r| <= ln 2 / 2, e^r = 1 + r + r^2 Q(r); Q fitted by weighted least squares, error
// 6e-8.
static inline float exp_f(float x) {
    float c = x < -87.0f ? -87.0f : x; // a NaN passes
    c = c > 88.0f ? 88.0f : c;
    float n = c * 1.44269504f + 12582912.0f; // rounds to the nearest whole number
    n -= 12582912.0f;
    float r = (c - n * 0.693359375f) + n * 2.12194440e-4f;
    float q = 0.00139411096f;
    q = q * r + 0.00836317521f;
    q = q * r + 0.0416663736f;
    q = q * r + 0.166665763f;
    q = q * r + 0.5f;
    float p = 1.0f + (r + r * r * q);
    int32_t whole = n == n ? (int32_t)n : 0;
    union {
        int32_t i;
        float f;
    } two = {.i = (whole + 127) << 23};
    return p * two.f;
}

// erf(x) within 1.5e-7: x P(x^2) below 1, 1 - exp(-Q(x)) above; both fitted as exp_f.
static inline float erf_f(float x) {
    float a = fabsf(x), s = a * a;
    float p = 7.8891193e-05f;
    p = p * s - 0.000802084105f;
    p = p * s + 0.00518953521f;
    p = p * s - 0.0268544443f;
    p = p * s + 0.112836003f;
    p = p * s - 0.37612626f;
    p = p * s + 1.12837911f;
    float b = a > 4.1f ? 4.1f : a;
    float q = 1.27508174e-05f;
    q = q * b - 0.000308155228f;
    q = q * b + 0.00337089784f;
    q = q * b - 0.0223736502f;
    q = q * b + 0.102777727f;
    q = q * b + 0.639774919f;
    q = q * b + 1.12546742f;
    q = q * b + 0.000884037116f;
    float big = copysignf(1.0f - exp_f(-q), x);
    return a < 1.0f ? x * p : big;
}

static inline float tanh_f(float x) {
    float e = exp_f(2 * (x > 20.0f ? 20.0f : x < -20.0f ? -20.0f : x));
    return 1 - 2 / (e + 1);
}

static inline float swish_f(float x) { return x / (1 + exp_f(-x)); }
static inline float swish_grad_f(float x) {
    float s = 1 / (1 + exp_f(-x));
    return s + x * s * (1 - s);
}

#define INV_SQRT2 0.707106781f
#define INV_SQRT_2PI 0.398942280f
#define GELU_A 0.797884561f // sqrt(2 / pi)
#define GELU_B 0.044715f

static inline float gelu_f(float x) { return 0.5f * x * (1 + erf_f(x * INV_SQRT2)); }
static inline float gelu_grad_f(float x) {
    return 0.5f * (1 + erf_f(x * INV_SQRT2)) + x * INV_SQRT_2PI * exp_f(-0.5f * x * x);
}
static inline float gelu_new_f(float x) {
    return 0.5f * x * (1 + tanh_f(GELU_A * (x + GELU_B * x * x * x)));
}
static inline float gelu_new_grad_f(float x) {
    float t = tanh_f(GELU_A * (x + GELU_B * x * x * x));
    return 0.5f * (1 + t) + 0.5f * x * (1 - t * t) * GELU_A * (1 + 3 * GELU_B * x * x);
}

// --- elementwise

static void add_bias(int rows, int cols, float *x, const float *bias) {
    for (int i = 0; i < rows; i++, x += cols) {
#pragma omp simd
        for (int j = 0; j < cols; j++) x[j] += bias[j];
    }
}

// Where a pointer may be NULL there is a loop for either case: a condition inside one becomes a
// masked access at NULL, which is slow, and which not every emulator takes for none.
#define SIMD _Pragma("omp simd")
#define ACT_ROWS(simd, sum, expr)                                                                  \
    for (int i = 0; i < rows; i++, z += cols, y += cols) {                                         \
        simd for (int j = 0; j < cols; j++) {                                                      \
            float t = sum;                                                                         \
            z[j] = t;                                                                              \
            y[j] = (expr);                                                                         \
        }                                                                                          \
    }
#define ACT_LOOP(simd, expr)                                                                       \
    if (bias)                                                                                      \
        ACT_ROWS(simd, z[j] + bias[j], expr)                                                       \
    else                                                                                           \
        ACT_ROWS(simd, z[j], expr)                                                                 \
    break

static void act(enum mc_act a, int rows, int cols, float *z, const float *bias, float *y) {
    switch (a) {
    case MC_ACT_GELU: ACT_LOOP(SIMD, gelu_f(t));
    case MC_ACT_GELU_NEW: ACT_LOOP(SIMD, gelu_new_f(t));
    case MC_ACT_RELU: ACT_LOOP(SIMD, t > 0 ? t : t != t ? t : 0);
    case MC_ACT_TANH: ACT_LOOP(, tanhf(t)); // libm's, a call for each
    case MC_ACT_SWISH: ACT_LOOP(SIMD, swish_f(t));
    case MC_ACT_NONE:
    case MC_ACTS: ACT_LOOP(SIMD, t);
    }
}

#define GRAD_LOOP(expr)                                                                            \
    _Pragma("omp simd") for (size_t i = 0; i < n; i++) {                                           \
        float t = z[i];                                                                            \
        dz[i] = dy[i] * (expr);                                                                    \
    }                                                                                              \
    break

static void act_grad(enum mc_act a, size_t n, const float *z, const float *dy, float *dz) {
    switch (a) {
    case MC_ACT_GELU: GRAD_LOOP(gelu_grad_f(t));
    case MC_ACT_GELU_NEW: GRAD_LOOP(gelu_new_grad_f(t));
    case MC_ACT_RELU: GRAD_LOOP(t > 0 ? 1.0f : 0.0f);
    case MC_ACT_TANH: GRAD_LOOP(1 - t * t);
    case MC_ACT_SWISH: GRAD_LOOP(swish_grad_f(t));
    case MC_ACT_NONE:
    case MC_ACTS: GRAD_LOOP(t != t ? t : 1.0f);
    }
}

#define GATE_LOOP(f)                                                                               \
    _Pragma("omp simd") for (size_t i = 0; i < n; i++) {                                           \
        float t = a[i];                                                                            \
        y[i] = (f)*b[i];                                                                           \
    }                                                                                              \
    break

static void gate(enum mc_act act_of, size_t n, const float *a, const float *b, float *y) {
    switch (act_of) {
    case MC_ACT_GELU: GATE_LOOP(gelu_f(t));
    case MC_ACT_GELU_NEW: GATE_LOOP(gelu_new_f(t));
    case MC_ACT_RELU: GATE_LOOP(t > 0 ? t : t != t ? t : 0);
    case MC_ACT_TANH: GATE_LOOP(tanh_f(t));
    case MC_ACT_SWISH: GATE_LOOP(swish_f(t));
    case MC_ACT_NONE:
    case MC_ACTS: GATE_LOOP(t);
    }
}

#define GATE_GRAD_ROWS(set_da, set_db)                                                             \
    _Pragma("omp simd") for (size_t i = 0; i < n; i++) {                                           \
        float t = a[i], d = dy[i];                                                                 \
        set_da;                                                                                    \
        set_db;                                                                                    \
    }
#define GATE_GRAD_LOOP(f, df)                                                                      \
    if (da && db)                                                                                  \
        GATE_GRAD_ROWS(da[i] = d * b[i] * (df), db[i] = d * (f))                                   \
    else if (da)                                                                                   \
        GATE_GRAD_ROWS(da[i] = d * b[i] * (df), )                                                  \
    else if (db)                                                                                   \
        GATE_GRAD_ROWS(, db[i] = d * (f))                                                          \
    break

static void gate_grad(enum mc_act act_of, size_t n, const float *a, const float *b, const float *dy,
                      float *da, float *db) {
    switch (act_of) {
    case MC_ACT_GELU: GATE_GRAD_LOOP(gelu_f(t), gelu_grad_f(t));
    case MC_ACT_GELU_NEW: GATE_GRAD_LOOP(gelu_new_f(t), gelu_new_grad_f(t));
    case MC_ACT_RELU: GATE_GRAD_LOOP(t > 0 ? t : t != t ? t : 0, t > 0 ? 1.0f : 0.0f);
    case MC_ACT_TANH: GATE_GRAD_LOOP(tanh_f(t), 1 - tanh_f(t) * tanh_f(t));
    case MC_ACT_SWISH: GATE_GRAD_LOOP(swish_f(t), swish_grad_f(t));
    case MC_ACT_NONE:
    case MC_ACTS: GATE_GRAD_LOOP(t, t != t ? t : 1.0f);
    }
}

// --- dropout

// Philox4x32-10 (Salmon et al. 2011), the function of Random123's header, on vectors of 64-bit
// lanes of which the lower halves count: compilers do not find the widening multiplication.
typedef uint64_t vu __attribute__((vector_size(MC_VL * 4)));
enum {
    LANES = MC_VL / 2,
    SETS = 32 / LANES,               // vectors of 32 counters
    ABREAST = MC_VL == 16 ? SETS : 1 // as many as the registers hold: rounds wait for each other
};

static inline vu mul_low(vu a, vu b) {
#if defined __AVX512F__
    return (vu)_mm512_mul_epu32((__m512i)a, (__m512i)b);
#elif defined __AVX2__
    return (vu)_mm256_mul_epu32((__m256i)a, (__m256i)b);
#elif defined __SSE2__
    return (vu)_mm_mul_epu32((__m128i)a, (__m128i)b);
#else
    return (a & 0xffffffff) * (b & 0xffffffff);
#endif
}

// Counters (first + i, d's place), i below 32, from vector `set` on: word j of them to w[j].
static inline void philox(const struct mc_drop *d, uint32_t first, int set, uint64_t w[4][32]) {
    const vu zero = {0}, m0 = zero + 0xD2511F53, m1 = zero + 0xCD9E8D57;
    vu c[4][ABREAST], lane = zero;
    uint32_t k0 = d->key[0], k1 = d->key[1] ^ d->site;
    for (int i = 0; i < LANES; i++) lane[i] = (uint64_t)i;
    for (int s = 0; s < ABREAST; s++) {
        c[0][s] = lane + (first + (uint32_t)((set + s) * LANES));
        c[1][s] = zero + d->position;
        c[2][s] = zero + d->example;
        c[3][s] = zero + d->step;
    }
#pragma GCC unroll 10
    for (int r = 0; r < 10; r++, k0 += 0x9E3779B9, k1 += 0xBB67AE85)
#pragma GCC unroll 4
        for (int s = 0; s < ABREAST; s++) {
            vu p0 = mul_low(c[0][s], m0), p1 = mul_low(c[2][s], m1);
            c[0][s] = (p1 >> 32) ^ c[1][s] ^ (zero + k0);
            c[2][s] = (p0 >> 32) ^ c[3][s] ^ (zero + k1);
            c[1][s] = p1;
            c[3][s] = p0;
        }
    for (int j = 0; j < 4; j++)
        for (int s = 0; s < ABREAST; s++) memcpy(&w[j][(set + s) * LANES], &c[j][s], sizeof(vu));
}

// Columns [128 b + 32 j, 128 b + 32 j + 32) take word j of counters 32 b to 32 b + 31.
static void draw(const struct mc_drop *d, int n, uint32_t *bits) {
    uint64_t w[4][32];
    uint32_t drop = d->drop;
    for (int at = 0; at < n; at += 128, bits += 4) {
        for (int set = 0; set < SETS; set += ABREAST) philox(d, (uint32_t)at / 4, set, w);
        for (int j = 0; j < 4; j++) {
            uint32_t b = 0;
#pragma omp simd reduction(| : b)
            for (int i = 0; i < 32; i++) b |= (uint32_t)((uint32_t)w[j][i] >= drop) << i;
            bits[j] = b;
        }
    }
}

static void mask(int n, const uint32_t *bits, float scale, const float *x, float *y) {
    for (int at = 0; at < n; at += 32) {
        uint32_t b = bits[at / 32];
        int k = n - at < 32 ? n - at : 32;
#pragma omp simd
        for (int j = 0; j < k; j++) y[at + j] = b >> j & 1 ? x[at + j] * scale : 0;
    }
}

#include "kern_attend.h"
#include "kern_norm.h"

// --- sums and updates

static void add(size_t n, const float *x, float *y) {
#pragma omp simd
    for (size_t i = 0; i < n; i++) y[i] += x[i];
}

static void col_sum(int rows, int cols, const float *x, int ld, float *s) {
    for (int i = 0; i < rows; i++, x += ld) {
#pragma omp simd
        for (int j = 0; j < cols; j++) s[j] += x[j];
    }
}

static double sum_sq(size_t n, const float *x) {
    double s = 0;
#pragma omp simd reduction(+ : s)
    for (size_t i = 0; i < n; i++) s += (double)x[i] * (double)x[i];
    return s;
}

enum { FEW = 64, BLOCK = 256 };

// The largest of n; NaNs are passed over.
static inline float largest(int n, const float *z) {
    float lane[16], top = -INFINITY;
    int i = 0;
    for (int l = 0; l < 16; l++) lane[l] = -INFINITY;
    for (; i + 16 <= n; i += 16)
        for (int l = 0; l < 16; l++) lane[l] = z[i + l] > lane[l] ? z[i + l] : lane[l];
    for (int l = 0; l < 16; l++) top = lane[l] > top ? lane[l] : top;
    for (; i < n; i++) top = z[i] > top ? z[i] : top;
    return top;
}

// The sum of e^(z - most), in sixteen lanes whatever the instruction set: few additions in float32.
static inline double block_sum(int n, const float *z, float most) {
    float lane[16] = {0};
    double sum = 0;
    int i = 0;
    for (; i + 16 <= n; i += 16) {
#pragma omp simd
        for (int l = 0; l < 16; l++) lane[l] += exp_f(z[i + l] - most);
    }
    for (; i < n; i++) lane[i % 16] += exp_f(z[i] - most);
    for (int l = 0; l < 16; l++) sum += (double)lane[l];
    return sum;
}

static double log_sum_exp(int n, const float *z, int *top) {
    int best = 0;
    float most = z[0];
    for (int j = 0; j < n; j += BLOCK) { // the block that holds the largest, then its place
        float m = largest(n - j < BLOCK ? n - j : BLOCK, z + j);
        if (!(m > most)) continue;
        most = m;
        for (best = j; z[best] != m;) best++;
    }
    double sum = 0;
    if (n <= FEW)
        for (int j = 0; j < n; j++) sum += exp((double)z[j] - (double)most);
    for (int j = 0; n > FEW && j < n; j += BLOCK)
        sum += block_sum(n - j < BLOCK ? n - j : BLOCK, z + j, most);
    *top = best;
    return (double)most + log(sum);
}

static void softmax_grad(int n, const float *z, double lse, double weight, float *d) {
    float l = (float)lse, w = (float)weight;
    if (n <= FEW)
        for (int j = 0; j < n; j++) d[j] = (float)(weight * exp((double)z[j] - lse));
    else
#pragma omp simd
        for (int j = 0; j < n; j++) d[j] = w * exp_f(z[j] - l);
}

// torch.optim.AdamW: decay first, moments, then lr / bias1 * m / (sqrt(v) / sqrt(bias2) + eps)
static inline void adamw_one(const struct mc_adamw *o, float decay, float step, float r, float x,
                             float *w, float *m, float *v) {
    *m = *m + o->rest1 * (x - *m);
    *v = o->beta2 * *v + o->rest2 * (x * x);
    *w = *w * decay - step * (*m / (sqrtf(*v) * r + o->eps));
}

static void adamw(const struct mc_adamw *o, size_t n, float *w, const float *g, float *m,
                  float *v) {
    const struct mc_adamw with = *o;
    float step = o->lr / o->bias1, r = 1 / o->bias2_sqrt;
#pragma omp simd
    for (size_t i = 0; i < n; i++)
        adamw_one(&with, with.decay, step, r, g[i] * with.clip, &w[i], &m[i], &v[i]);
}

static void adamw_idle(const struct mc_adamw *o, int n_steps, bool has_decay, size_t n, float *w,
                       float *m, float *v) {
    enum { STRIP = 32 };
    for (size_t i = 0; i < n; i += STRIP) {
        size_t left = n - i < STRIP ? n - i : STRIP;
        float a[STRIP] = {0}, b[STRIP] = {0}, c[STRIP] = {0};
        memcpy(a, w + i, left * sizeof *a);
        memcpy(b, m + i, left * sizeof *b);
        memcpy(c, v + i, left * sizeof *c);
        for (int k = 0; k < n_steps; k++) {
            const struct mc_adamw with = o[k];
            float decay = has_decay ? with.decay : 1, step = with.lr / with.bias1,
                  r = 1 / with.bias2_sqrt;
#pragma omp simd
            for (int l = 0; l < STRIP; l++)
                adamw_one(&with, decay, step, r, 0, &a[l], &b[l], &c[l]);
        }
        memcpy(w + i, a, left * sizeof *a);
        memcpy(m + i, b, left * sizeof *b);
        memcpy(v + i, c, left * sizeof *c);
    }
}

static void decay(const struct mc_adamw *o, int n_steps, size_t n, float *w) {
    enum { STRIP = 64 };
    for (size_t i = 0; i < n; i += STRIP) {
        size_t left = n - i < STRIP ? n - i : STRIP;
        float a[STRIP] = {0};
        memcpy(a, w + i, left * sizeof *a);
        for (int k = 0; k < n_steps; k++) {
            float d = o[k].decay;
#pragma omp simd
            for (int l = 0; l < STRIP; l++) a[l] *= d;
        }
        memcpy(w + i, a, left * sizeof *a);
    }
}

static void sgd(const struct mc_adamw *o, size_t n, float *w, const float *g) {
    float lr = o->lr * o->clip, decay = o->decay;
#pragma omp simd
    for (size_t i = 0; i < n; i++) w[i] = w[i] * decay - lr * g[i];
}

static double factor_sums(size_t n, const float *g, float clip, float eps, float *col) {
    double s = 0;
#pragma omp simd reduction(+ : s)
    for (size_t i = 0; i < n; i++) {
        float x = g[i] * clip, q = x * x + eps;
        col[i] += q;
        s += (double)q;
    }
    return s;
}

static double factor_sq(size_t n, const float *g, float clip, float r, const float *c) {
    double s = 0;
#pragma omp simd reduction(+ : s)
    for (size_t i = 0; i < n; i++) {
        float u = r * c[i] * (g[i] * clip);
        s += (double)u * (double)u;
    }
    return s;
}

static void factor_step(size_t n, const float *g, float decay, float rate, const float *c,
                        float *w) {
#pragma omp simd
    for (size_t i = 0; i < n; i++) w[i] = w[i] * decay - rate * (c[i] * g[i]);
}

static void to_bf16(size_t n, const float *x, uint16_t *y) {
#pragma omp simd
    for (size_t i = 0; i < n; i++) {
        union {
            float f;
            uint32_t u;
        } v = {.f = x[i]};
        uint32_t near = (v.u + 0x7fff + (v.u >> 16 & 1)) >> 16;
        y[i] = (uint16_t)(v.f == v.f ? near : (v.u >> 16 | 0x40));
    }
}

static void from_bf16(size_t n, const uint16_t *x, float *y) {
#pragma omp simd
    for (size_t i = 0; i < n; i++) {
        union {
            uint32_t u;
            float f;
        } v = {.u = (uint32_t)x[i] << 16};
        y[i] = v.f;
    }
}

#define KERN PASTE(mc_kern_, MC_KERN)
extern const struct mc_kern KERN;
const struct mc_kern KERN = {
    .name = STR(MC_KERN),
    .add_bias = add_bias,
    .act = act,
    .act_grad = act_grad,
    .norm = norm,
    .norm_grad = norm_grad,
    .draw = draw,
    .mask = mask,
    .attend = attend,
    .attend_grad = attend_grad,
    .rms = rms,
    .rms_grad = rms_grad,
    .gate = gate,
    .gate_grad = gate_grad,
    .log_sum_exp = log_sum_exp,
    .softmax_grad = softmax_grad,
    .add = add,
    .col_sum = col_sum,
    .sum_sq = sum_sq,
    .adamw = adamw,
    .adamw_idle = adamw_idle,
    .decay = decay,
    .sgd = sgd,
    .factor_sums = factor_sums,
    .factor_sq = factor_sq,
    .factor_step = factor_step,
    .to_bf16 = to_bf16,
    .from_bf16 = from_bf16,
};
