// Numbers as text, and whether they are finite.
#include "mc/num.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SPAN = 1024 };

size_t mc_first_nonfinite(const float *x, size_t n) {
    for (size_t at = 0; at < n; at += SPAN) {
        size_t k = n - at < SPAN ? n - at : SPAN;
        const float *p = x + at;
        int bad = 0;
#pragma omp simd reduction(| : bad)
        for (size_t i = 0; i < k; i++) bad |= !(p[i] - p[i] == 0);
        for (size_t i = 0; bad && i < k; i++)
            if (!isfinite(p[i])) return at + i;
    }
    return n;
}

bool mc_parse_i64(const char *s, int64_t *out) {
    const char *d = s + (*s == '-' || *s == '+');
    if (!isdigit((unsigned char)*d)) return false;
    char *end;
    errno = 0;
    long long v = strtoll(s, &end, 10);
    if (errno || *end) return false;
    *out = v;
    return true;
}

bool mc_parse_f64(const char *s, double *out) {
    // strtod also takes hexadecimal, inf and nan; a number here is decimal and finite
    if (!*s || strspn(s, "0123456789+-.eE") != strlen(s)) return false;
    char *end;
    double v = strtod(s, &end);
    if (end == s || *end || !isfinite(v)) return false;
    *out = v;
    return true;
}

bool mc_parse_cell(const char *s, double *out) {
    if (strcmp(s, "nan") == 0) {
        *out = NAN;
        return true;
    }
    return mc_parse_f64(s, out);
}

const char *mc_num_text(double x, char buf[MC_NUM_TEXT]) {
    if (isnan(x))
        strcpy(buf, "nan"); // printf writes -nan for some
    else
        snprintf(buf, MC_NUM_TEXT, "%.9g", x);
    return buf;
}
