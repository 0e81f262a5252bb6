// Attention kernels; a part of kern_impl.c, compiled with it for every instruction set.

// --- small products

enum { QB = 4 }; // rows of a register block

// c[m, n] (+)= a[m, k] b[k, n] for n a whole number of vectors, one block of at most QB rows.
static inline void block_nn(int m, int nv, int k, const float *a, int lda, const float *b, int ldb,
                            float *c, int ldc, int add) {
    for (int j = 0; j < nv; j++) {
        vf s[QB] = {0};
        for (int p = 0; p < k; p++) {
            vf x = *(const vf *)(b + (size_t)p * (size_t)ldb + (size_t)j * MC_VL);
            for (int i = 0; i < QB; i++)
                if (i < m) s[i] += a[i * lda + p] * x;
        }
        for (int i = 0; i < m; i++) {
            vf *o = (vf *)(c + i * ldc + j * MC_VL);
            if (add) s[i] += *o;
            *o = s[i];
        }
    }
}

// c[m, n] (+)= a[m, k] b[k, n]
static void gemm_nn(int m, int n, int k, const float *a, int lda, const float *b, int ldb, float *c,
                    int ldc, int add) {
    int nv = n / MC_VL;
    for (int i = 0; i < m; i += QB) {
        int mb = m - i < QB ? m - i : QB;
        if (mb == QB)
            block_nn(QB, nv, k, a + i * lda, lda, b, ldb, c + i * ldc, ldc, add);
        else
            block_nn(mb, nv, k, a + i * lda, lda, b, ldb, c + i * ldc, ldc, add);
        for (int r = i; r < i + mb; r++)
            for (int j = nv * MC_VL; j < n; j++) {
                float s = 0;
                for (int p = 0; p < k; p++)
                    s += a[r * lda + p] * b[(size_t)p * (size_t)ldb + (size_t)j];
                c[r * ldc + j] = add ? c[r * ldc + j] + s : s;
            }
    }
}

// A block of four rows and columns.
static inline void transpose_4(const float *x, size_t ld, float *t, size_t ldt) {
#ifdef __SSE__
    __m128 a = _mm_loadu_ps(x), b = _mm_loadu_ps(x + ld), c = _mm_loadu_ps(x + 2 * ld),
           d = _mm_loadu_ps(x + 3 * ld);
    _MM_TRANSPOSE4_PS(a, b, c, d);
    _mm_storeu_ps(t, a);
    _mm_storeu_ps(t + ldt, b);
    _mm_storeu_ps(t + 2 * ldt, c);
    _mm_storeu_ps(t + 3 * ldt, d);
#else
    for (size_t j = 0; j < 4; j++)
        for (size_t i = 0; i < 4; i++) t[j * ldt + i] = x[i * ld + j];
#endif
}

// t[cols, ldt] = x[rows, cols] transposed.
static void transpose(int rows, int cols, const float *x, int ldx, float *t, int ldt_of) {
    size_t n = (size_t)rows, m = (size_t)cols, ld = (size_t)ldx, ldt = (size_t)ldt_of, i = 0;
    for (; i + 4 <= n; i += 4) {
        size_t j = 0;
        for (; j + 4 <= m; j += 4) transpose_4(x + i * ld + j, ld, t + j * ldt + i, ldt);
        for (; j < m; j++)
            for (size_t r = i; r < i + 4; r++) t[j * ldt + r] = x[r * ld + j];
    }
    for (size_t j = 0; j < m; j++)
        for (size_t r = i; r < n; r++) t[j * ldt + r] = x[r * ld + j];
}

// --- attention

enum { Q_ROWS = MC_ATTEND_ROWS }; // queries taken together

static int padded(int n) { return (n + 15) / 16 * 16; }

// Keys of a prefix, and all keys.
static int before(const struct mc_attend *a) { return a->prefix ? a->prefix->n : 0; }
static int all_keys(const struct mc_attend *a) { return before(a) + a->n_k; }

// t[d, ldt] = x[n_k, d] transposed, zeros behind it.
static void turn(const struct mc_attend *a, const float *x, int ldx, float *t, int ldt) {
    transpose(a->n_k, a->d, x, ldx, t, ldt);
    for (int j = 0; j < a->d; j++)
        for (int r = a->n_k; r < ldt; r++) t[j * ldt + r] = 0;
}

// s[m, ..n] = x[m, d] times the transposed keys (or values): the prefix's, then the sequence's own.
// Whole vectors: up to 15 columns behind a part are written, and then overwritten or not looked at.
static void times_turned(const struct mc_attend *a, int m, int n, const float *x, int ldx,
                         const float *prefix_t, const float *own_t, float *s, int lds) {
    int p = before(a), own_ld = padded(a->n_k);
    if (p) gemm_nn(m, a->prefix->ld, a->d, x, ldx, prefix_t, a->prefix->ld, s, lds, 0);
    if (n > p) gemm_nn(m, padded(n - p), a->d, x, ldx, own_t, own_ld, s + p, lds, 0);
}

// y[m, d] = s[m, n] times the values (or keys), the prefix's and then the sequence's own.
static void times_rows(const struct mc_attend *a, int m, int n, const float *s, int lds,
                       const float *prefix, const float *own, int ld_own, float *y, int ldy) {
    int p = before(a), first = n < p ? n : p;
    if (p) gemm_nn(m, a->d, first, s, lds, prefix, a->d, y, ldy, 0);
    if (n > p) gemm_nn(m, a->d, n - p, s + p, lds, own, ld_own, y, ldy, p > 0);
}

// p[n_k] = softmax of s[n_k] * scale; returns the logarithm of the sum of exponentials. The row is
// padded to ld, whole vectors, with what counts for nothing: e^-87 beside a sum of 1 or more.
static float softmax_row(int n_k, int ld, float scale, float *s) {
    float top = -INFINITY, sum = 0, lane[16];
    for (int i = 0; i < 16; i++) lane[i] = -INFINITY;
    for (int j = n_k; j < ld; j++) s[j] = -INFINITY;
    for (int j = 0; j < ld; j += 16)
        for (int i = 0; i < 16; i++) lane[i] = s[j + i] > lane[i] ? s[j + i] : lane[i];
    for (int i = 0; i < 16; i++) top = lane[i] > top ? lane[i] : top; // a NaN reaches the sum
#pragma omp simd reduction(+ : sum)
    for (int j = 0; j < ld; j++) sum += s[j] = exp_f((s[j] - top) * scale);
    for (int j = n_k; j < ld; j++) s[j] = 0; // e^-87 over the sum would be denormal, and slow
    float inv = 1 / sum;
#pragma omp simd
    for (int j = 0; j < ld; j++) s[j] *= inv;
    return top * scale + logf(sum);
}

// Columns of the mask of one query, in whole words.
static int mask_cols(int n_k) { return (n_k + 31) / 32 * 32; }

// The masks of m <= Q_ROWS queries from number i, one behind the other.
static void draw_block(const struct mc_drop *drop, int i, int m, int head, int n_k,
                       uint32_t *bits) {
    struct mc_drop d = *drop;
    d.position = (uint32_t)i;
    d.site ^= (uint32_t)(head + 1) << 16;
    draw(&d, m * mask_cols(n_k), bits);
}

static const uint32_t *mask_row(const uint32_t *bits, int row, int n_k) {
    return bits + (size_t)row * (size_t)(mask_cols(n_k) / 32);
}

// Keys that query i sees.
static int visible(const struct mc_attend *a, int i) {
    int n = a->past + i + 1, all = all_keys(a);
    return a->causal && n < all ? n : all;
}

// s[n] = scale s + bias, for query i.
static void add_position(const struct mc_attend *a, int i, int n, float *s) {
    const float *b = a->bias - i;
    float scale = a->scale;
#pragma omp simd
    for (int j = 0; j < n; j++) s[j] = s[j] * scale + b[j];
}

// The probabilities of query i from its products with the keys, in place.
static void to_probabilities(const struct mc_attend *a, int i, int ld, float *s) {
    int n = visible(a, i);
    if (a->bias) add_position(a, i, n, s);
    a->lse[(size_t)i * (size_t)a->ldl] = softmax_row(n, ld, a->bias ? 1 : a->scale, s);
}

static inline float dot(int n, const float *x, const float *y) {
    vf sum = {0};
    float s = 0;
    int i = 0;
    for (; i + MC_VL <= n; i += MC_VL) sum += *(const vf *)(x + i) * *(const vf *)(y + i);
    for (int l = 0; l < MC_VL; l++) s += sum[l];
    for (; i < n; i++) s += x[i] * y[i];
    return s;
}

// A single query: products with the keys where they stand cost less than turning them.
static void attend_one(const struct mc_attend *a) {
    int n = visible(a, 0), p = before(a), ld = padded(n);
    float *s = a->work;
    for (int j = 0; j < p; j++) s[j] = dot(a->d, a->q, a->prefix->k + (size_t)j * (size_t)a->d);
    for (int j = p; j < n; j++) s[j] = dot(a->d, a->q, a->k + (size_t)(j - p) * (size_t)a->ldk);
    to_probabilities(a, 0, ld, s);
    if (a->drop) {
        uint32_t *bits = (uint32_t *)(s + ld);
        draw_block(a->drop, 0, 1, a->head, all_keys(a), bits);
        mask(n, bits, a->drop->scale, s, s);
    }
    times_rows(a, 1, n, s, ld, p ? a->prefix->v : NULL, a->v, a->ldv, a->o, a->ldo);
}

static void attend(const struct mc_attend *a) {
    if (a->n_q == 1) {
        attend_one(a);
        return;
    }
    int keys = all_keys(a), ld = padded(keys) + 16;
    float *kt = a->work, *s = kt + (size_t)a->d * (size_t)padded(a->n_k);
    uint32_t *bits = (uint32_t *)(s + Q_ROWS * (size_t)ld);
    turn(a, a->k, a->ldk, kt, padded(a->n_k));
    for (int i = 0; i < a->n_q; i += Q_ROWS) {
        int m = a->n_q - i < Q_ROWS ? a->n_q - i : Q_ROWS, n = visible(a, i + m - 1);
        times_turned(a, m, n, a->q + (size_t)i * (size_t)a->ldq, a->ldq,
                     a->prefix ? a->prefix->kt : NULL, kt, s, ld);
        if (a->drop) draw_block(a->drop, i, m, a->head, keys, bits);
        for (int r = 0; r < m; r++) {
            float *row = s + r * ld;
            to_probabilities(a, i + r, padded(n), row);
            if (a->drop) mask(n, mask_row(bits, r, keys), a->drop->scale, row, row);
        }
        times_rows(a, m, n, s, ld, a->prefix ? a->prefix->v : NULL, a->v, a->ldv,
                   a->o + (size_t)i * (size_t)a->ldo, a->ldo);
    }
}

// Query i, whose row of p holds its products with the keys and whose row of g those of the output's
// gradient with the values: p becomes the probabilities after dropout, g the gradient of the
// products.
static void grad_row(const struct mc_attend *a, int i, int ld, const uint32_t *bits, float *p,
                     float *g) {
    int n = visible(a, i), keys = all_keys(a), d = a->d;
    const float *o = a->o + (size_t)i * (size_t)a->ldo,
                *dout = a->dout + (size_t)i * (size_t)a->ldo;
    float dot = 0, l = a->lse[(size_t)i * (size_t)a->ldl], scale = a->bias ? 1 : a->scale;
#pragma omp simd reduction(+ : dot)
    for (int j = 0; j < d; j++) dot += o[j] * dout[j];
    if (a->bias) add_position(a, i, n, p);
#pragma omp simd
    for (int j = 0; j < ld; j++) p[j] = exp_f(p[j] * scale - l); // whole vectors; n count
    for (int j = n; j < keys; j++) p[j] = 0;
    if (bits) mask(keys, bits, a->drop->scale, g, g);
#pragma omp simd
    for (int j = 0; j < ld; j++) g[j] = p[j] * (g[j] - dot);
    if (a->dbias) {
        float *db = a->dbias - i;
#pragma omp simd
        for (int j = 0; j < n; j++) db[j] += g[j];
    }
#pragma omp simd
    for (int j = 0; j < ld; j++) g[j] *= a->scale;
    if (bits) mask(keys, bits, a->drop->scale, p, p);
}

// dy[n, d] (+)= the columns s[m, n] of a block of m queries, transposed by way of t, times x[m, d].
static void add_turned(int m, int n, int d, const float *s, int lds, const float *x, int ldx,
                       float *t, float *dy, int ldy, int add) {
    transpose(m, n, s, lds, t, Q_ROWS);
    gemm_nn(n, d, m, t, Q_ROWS, x, ldx, dy, ldy, add);
}

// Keys and values that no query has seen.
static void grad_of_unseen(const struct mc_attend *a) {
    for (int i = 0; i < a->n_k; i++) {
        if (a->dk) memset(a->dk + (size_t)i * (size_t)a->ldk, 0, (size_t)a->d * sizeof *a->dk);
        if (a->dv) memset(a->dv + (size_t)i * (size_t)a->ldv, 0, (size_t)a->d * sizeof *a->dv);
    }
}

static void attend_grad(const struct mc_attend *a) {
    if (a->n_q == 0) {
        grad_of_unseen(a);
        return;
    }
    int keys = all_keys(a), p = before(a), own = padded(a->n_k), ld = padded(keys) + 16, d = a->d;
    float *kt = a->work, *vt = kt + (size_t)d * (size_t)own, *pm = vt + (size_t)d * (size_t)own;
    float *ds = pm + Q_ROWS * (size_t)ld, *t = ds + Q_ROWS * (size_t)ld;
    uint32_t *bits = a->drop ? (uint32_t *)(t + Q_ROWS * (size_t)ld) : NULL;
    const struct mc_attend_prefix none = {0}, *pre = a->prefix ? a->prefix : &none;
    turn(a, a->k, a->ldk, kt, own);
    turn(a, a->v, a->ldv, vt, own);
    for (int i = 0; i < a->n_q; i += Q_ROWS) {
        int m = a->n_q - i < Q_ROWS ? a->n_q - i : Q_ROWS, add = i > 0;
        const float *q = a->q + (size_t)i * (size_t)a->ldq;
        const float *dout = a->dout + (size_t)i * (size_t)a->ldo;
        if (bits) draw_block(a->drop, i, m, a->head, keys, bits);
        times_turned(a, m, keys, q, a->ldq, pre->kt, kt, pm, ld);
        times_turned(a, m, keys, dout, a->ldo, pre->vt, vt, ds, ld);
        for (int r = 0; r < m; r++)
            grad_row(a, i + r, padded(keys), bits ? mask_row(bits, r, keys) : NULL, pm + r * ld,
                     ds + r * ld);
        if (a->dq)
            times_rows(a, m, keys, ds, ld, pre->k, a->k, a->ldk, a->dq + (size_t)i * (size_t)a->ldq,
                       a->ldq);
        if (a->dk) add_turned(m, a->n_k, d, ds + p, ld, q, a->ldq, t, a->dk, a->ldk, add);
        if (a->dv) add_turned(m, a->n_k, d, pm + p, ld, dout, a->ldo, t, a->dv, a->ldv, add);
        if (pre->dk) add_turned(m, p, d, ds, ld, q, a->ldq, t, pre->dk, d, 1);
        if (pre->dv) add_turned(m, p, d, pm, ld, dout, a->ldo, t, pre->dv, d, 1);
    }
}
