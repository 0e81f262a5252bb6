// Tensors of other types to float32 and back: float16 and bfloat16 by IEEE 754, rounding to nearest
// even.
#include <math.h>
#include <string.h>

#include "mc/hf.h"

static float bits_f32(uint32_t u) {
    float f;
    memcpy(&f, &u, 4);
    return f;
}

static uint32_t f32_bits(float f) {
    uint32_t u;
    memcpy(&u, &f, 4);
    return u;
}

static float f16_to_f32(uint16_t h) {
    uint32_t sign = (uint32_t)(h & 0x8000) << 16, exp = h >> 10 & 31, frac = h & 1023;
    if (exp == 31) return bits_f32(sign | 0x7f800000 | frac << 13);
    float x = exp ? ldexpf((float)(1024 + frac), (int)exp - 25) : ldexpf((float)frac, -24);
    return sign ? -x : x;
}

static uint16_t f32_to_f16(float x) {
    uint16_t sign = (uint16_t)(f32_bits(x) >> 16 & 0x8000);
    float a = fabsf(x);
    if (isnan(x)) return sign | 0x7e00;
    if (a >= 65520) return sign | 0x7c00; // rounds to infinity
    int e;
    frexpf(a, &e); // a = f 2^e, f in [.5, 1); e = 0 for a = 0
    if (a < 0x1p-14f)
        return sign |
               (uint16_t)nearbyintf(ldexpf(a, 24)); // subnormal; 1024 becomes the least normal
    uint32_t m = (uint32_t)nearbyintf(ldexpf(a, 11 - e)); // 1024..2048
    return sign | (uint16_t)(((uint32_t)(e + 14) << 10) + (m - 1024));
}

static uint16_t f32_to_bf16(float x) {
    uint32_t u = f32_bits(x);
    if (isnan(x)) return (uint16_t)(u >> 16 | 0x40);
    return (uint16_t)((u + 0x7fff + (u >> 16 & 1)) >> 16);
}

bool mc_to_f32(enum mc_dtype t, const void *from, size_t n, float *to) {
    switch (t) {
    case MC_F32: memcpy(to, from, n * sizeof *to); return true;
    case MC_F64:
        for (size_t i = 0; i < n; i++) to[i] = (float)((const double *)from)[i];
        return true;
    case MC_F16:
        for (size_t i = 0; i < n; i++) to[i] = f16_to_f32(((const uint16_t *)from)[i]);
        return true;
    case MC_BF16:
        for (size_t i = 0; i < n; i++)
            to[i] = bits_f32((uint32_t)((const uint16_t *)from)[i] << 16);
        return true;
    default: return false;
    }
}

bool mc_from_f32(enum mc_dtype t, const float *from, size_t n, void *to) {
    uint16_t *h = to, inf = t == MC_F16 ? 0x7c00 : 0x7f80;
    for (size_t i = 0; i < n; i++) {
        h[i] = t == MC_F16 ? f32_to_f16(from[i]) : f32_to_bf16(from[i]);
        if ((h[i] & 0x7fff) == inf && isfinite(from[i])) return false;
    }
    return true;
}
