// Norms, forward and backward; a part of kern_impl.c, compiled with it for every instruction set.

// --- mean and variance

static void norm_row(int cols, const float *a, const float *r, const float *gamma,
                     const float *beta, float eps, float *xhat, float *rstd, float *y) {
    float sum = 0, sq = 0;
    if (r) {
#pragma omp simd reduction(+ : sum)
        for (int j = 0; j < cols; j++) sum += xhat[j] = a[j] + r[j];
    } else {
#pragma omp simd reduction(+ : sum)
        for (int j = 0; j < cols; j++) sum += xhat[j] = a[j];
    }
    float mean = sum / (float)cols;
#pragma omp simd reduction(+ : sq)
    for (int j = 0; j < cols; j++) {
        float c = xhat[j] - mean;
        sq += c * c;
    }
    float inv = 1 / sqrtf(sq / (float)cols + eps);
    *rstd = inv;
#pragma omp simd
    for (int j = 0; j < cols; j++) {
        float h = (xhat[j] - mean) * inv;
        xhat[j] = h;
        y[j] = gamma[j] * h + beta[j];
    }
}

static void norm(int rows, int cols, const float *a, const float *r, const float *gamma,
                 const float *beta, float eps, float *xhat, float *rstd, float *y) {
    for (int i = 0; i < rows; i++) {
        size_t at = (size_t)i * (size_t)cols;
        norm_row(cols, a + at, r ? r + at : NULL, gamma, beta, eps, xhat + at, rstd + i, y + at);
    }
}

// dx = rstd (g - mean(g) - xhat mean(g xhat)), g = gamma dy (Ba, Kiros and Hinton 2016,
// differentiated)
static void norm_grad(int rows, int cols, const float *dy, const float *xhat, const float *rstd,
                      const float *gamma, float *dx, float *dgamma, float *dbeta) {
    for (int i = 0; i < rows; i++, dy += cols, xhat += cols, dx += cols) {
        float s0 = 0, s1 = 0;
#pragma omp simd reduction(+ : s0, s1)
        for (int j = 0; j < cols; j++) {
            float g = gamma[j] * dy[j];
            s0 += g;
            s1 += g * xhat[j];
        }
        s0 /= (float)cols;
        s1 /= (float)cols;
        if (dgamma) {
#pragma omp simd
            for (int j = 0; j < cols; j++) dgamma[j] += dy[j] * xhat[j];
        }
        if (dbeta) {
#pragma omp simd
            for (int j = 0; j < cols; j++) dbeta[j] += dy[j];
        }
        float inv = rstd[i];
#pragma omp simd
        for (int j = 0; j < cols; j++) dx[j] = inv * (gamma[j] * dy[j] - s0 - xhat[j] * s1);
    }
}

// --- root mean square

static void rms(int rows, int cols, const float *x, const float *gamma, float eps, float scale,
                float *rstd, float *y) {
    for (int i = 0; i < rows; i++, x += cols, y += cols) {
        float sq = 0;
#pragma omp simd reduction(+ : sq)
        for (int j = 0; j < cols; j++) sq += x[j] * x[j];
        float inv = rstd[i] = 1 / sqrtf(sq / (float)cols + eps);
#pragma omp simd
        for (int j = 0; j < cols; j++) y[j] = gamma[j] * (x[j] * inv) * scale;
    }
}

// dx = rstd (g - xhat mean(g xhat)), g = scale gamma dy, xhat = x rstd
static void rms_grad(int rows, int cols, const float *dy, const float *x, const float *rstd,
                     const float *gamma, float scale, float *dx, bool add, float *dgamma) {
    for (int i = 0; i < rows; i++, dy += cols, x += cols, dx += cols) {
        float s = 0, inv = rstd[i];
#pragma omp simd reduction(+ : s)
        for (int j = 0; j < cols; j++) s += scale * gamma[j] * dy[j] * (x[j] * inv);
        if (dgamma) {
#pragma omp simd
            for (int j = 0; j < cols; j++) dgamma[j] += scale * dy[j] * (x[j] * inv);
        }
        s /= (float)cols;
        if (add) {
#pragma omp simd
            for (int j = 0; j < cols; j++)
                dx[j] += inv * (scale * gamma[j] * dy[j] - x[j] * inv * s);
        } else {
#pragma omp simd
            for (int j = 0; j < cols; j++)
                dx[j] = inv * (scale * gamma[j] * dy[j] - x[j] * inv * s);
        }
    }
}
