// Intervals over several paths, whose ends may be shared: of their mean, and of the difference of
// two means.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mc/barrier.h"
#include "mc/names.h"

// The paths of a condition, or of two whose difference is meant: those of the second stand behind
// those of the first.
struct sample {
    const struct mc_run *run[2];
    int k[2]; // k[1] 0: one condition
};

static const struct mc_run *path_of(const struct sample *s, int j) {
    return j < s->k[0] ? &s->run[0][j] : &s->run[1][j - s->k[0]];
}

// What is left out at once: an end with its paths[n], ascending.
struct unit {
    const int *path;
    int n;
};
struct units {
    struct unit *v;
    int n;
    bool shared; // an end is of several paths

    const char **end; // [n] digests, each once; one that is not known is like no other
    struct mc_names names;
    int *of; // [2 k] the ends of every path
    int *path;
};

static const char *end_name(const void *of, int i) { return ((const struct units *)of)->end[i]; }

static int add_end(struct units *u, const char *digest, struct mc_error *e) {
    int i = *digest ? mc_names_find(&u->names, u, end_name, digest) : -1;
    if (i >= 0) {
        u->shared = true;
        return i;
    }
    u->end[u->n] = digest;
    MC_TRY(mc_names_add(&u->names, u, end_name, e));
    return u->n++;
}

// The paths of every end, of all k.
static void list_paths(struct units *u, int k) {
    for (int j = 0; j < 2 * k; j++) u->v[u->of[j]].n++;
    int *to = u->path;
    for (int i = 0; i < u->n; i++) {
        u->v[i].path = to;
        to += u->v[i].n;
        u->v[i].n = 0;
    }
    for (int j = 0; j < 2 * k; j++) {
        struct unit *x = &u->v[u->of[j]];
        int *paths = u->path + (x->path - u->path);
        if (x->n == 0 || paths[x->n - 1] != j / 2) paths[x->n++] = j / 2; // not both ends of one
    }
}

// Ends of the same paths become one unit: leaving out either is leaving out both. They are the two
// ends of each of these paths, so that the first tells.
static void merge(struct units *u) {
    int n = 0;
    for (int i = 0; i < u->n; i++) {
        const struct unit x = u->v[i];
        const int *ends = u->of + 2 * x.path[0];
        int other = ends[ends[0] == i];
        const struct unit y = u->v[other];
        bool same = y.n == x.n && memcmp(y.path, x.path, (size_t)x.n * sizeof *x.path) == 0;
        u->v[i].n = same && other < i ? 0 : x.n;
    }
    for (int i = 0; i < u->n; i++)
        if (u->v[i].n > 0) u->v[n++] = u->v[i];
    u->n = n;
}

static int make_units(struct units *u, const struct sample *s, struct mc_error *e) {
    int k = s->k[0] + s->k[1];
    size_t ends = 2 * (size_t)k;
    *u = (struct units){.v = mc_new(ends, sizeof *u->v, e)};
    if (!u->v || !(u->end = mc_new(ends, sizeof *u->end, e)) ||
        !(u->of = mc_new(ends, sizeof *u->of, e)) || !(u->path = mc_new(ends, sizeof *u->path, e)))
        return MC_ERR_MEM;
    for (int j = 0; j < k; j++) {
        MC_TRY(u->of[2 * j] = add_end(u, path_of(s, j)->from, e));
        MC_TRY(u->of[2 * j + 1] = add_end(u, path_of(s, j)->to, e));
    }
    list_paths(u, k);
    if (s->k[1] || !u->shared) merge(u);
    return 0;
}

static void release_units(struct units *u) {
    free(u->v);
    free(u->end);
    free(u->of);
    free(u->path);
    mc_names_release(&u->names);
}

// The mean, or the difference of the two, over the paths that are not in `out`; false where none is
// left. of[c]: whether the condition c loses some.
static bool mean_without(const struct sample *s, const struct unit *out, double *mean, bool of[2]) {
    double m[2] = {0, 0};
    int next = 0; // of out's paths
    for (int c = 0, j = 0; c < 2 && s->k[c]; c++) {
        int left = 0;
        for (int i = 0; i < s->k[c]; i++, j++) {
            if (next < out->n && out->path[next] == j) {
                next++;
                continue;
            }
            m[c] += s->run[c][i].value;
            left++;
        }
        if (left == 0) return false;
        of[c] = left < s->k[c];
        m[c] /= left;
    }
    *mean = m[0] - m[1];
    return true;
}

static double squares_of(const double *v, int n) {
    double mean = 0, sum = 0;
    for (int i = 0; i < n; i++) mean += v[i];
    mean /= n;
    for (int i = 0; i < n; i++) sum += (v[i] - mean) * (v[i] - mean);
    return sum;
}

// The means without each unit, by stratum: units of the first condition alone, of the second, of
// both. mean[3, n]; m[3] tells how many.
static void leave_out(const struct sample *s, const struct units *u, double *mean, int m[3]) {
    for (int i = 0; i < u->n; i++) {
        bool of[2] = {false, false};
        double x;
        if (!mean_without(s, &u->v[i], &x, of)) continue;
        int stratum = of[0] && of[1] ? 2 : of[1];
        mean[stratum * u->n + m[stratum]++] = x;
    }
}

// Each condition needs three units that it takes part in; a stratum of fewer is joined with the
// others. Returns whether there are enough.
static bool join_small(double *mean, int n, int m[3], bool two) {
    if (m[0] + m[2] < 3 || (two && m[1] + m[2] < 3)) return false;
    bool small = false;
    for (int s = 0; s < 3; s++) small = small || (m[s] > 0 && m[s] < 3);
    for (int s = 1; small && s < 3; s++) {
        memmove(mean + m[0], mean + s * n, (size_t)m[s] * sizeof *mean);
        m[0] += m[s];
        m[s] = 0;
    }
    return true;
}

// The standard error over ends and its degrees of freedom; nan where there are too few.
static int end_error(const struct sample *s, struct mc_interval *x, struct mc_error *e) {
    struct units u;
    int m[3] = {0, 0, 0};
    int rc = make_units(&u, s, e);
    double *mean = rc == 0 ? mc_new(3 * (size_t)u.n, sizeof *mean, e) : NULL;
    if (mean) {
        double sum = 0, of[3] = {0, 0, 0}, square = 0; // shares of the sum, which may be huge
        int least = 0;
        leave_out(s, &u, mean, m);
        bool enough = join_small(mean, u.n, m, s->k[1] > 0);
        for (int t = 0; enough && t < 3; t++) {
            if (m[t] == 0) continue;
            of[t] = squares_of(mean + t * u.n, m[t]) * (m[t] - 1) / m[t];
            sum += of[t];
            if (least == 0 || m[t] - 1 < least) least = m[t] - 1;
        }
        if (enough) {
            x->s_run = sqrt(sum);
            // Welch-Satterthwaite, rounded down but for what rounding may have taken from it
            for (int t = 0; t < 3 && sum > 0 && isfinite(sum); t++)
                if (m[t] > 1) square += of[t] / sum * (of[t] / sum) / (m[t] - 1);
            x->degrees = square > 0 ? (int)((1 + 1e-12) / square) : least;
        }
    }
    release_units(&u);
    free(mean);
    return mean ? 0 : MC_ERR_MEM;
}

// The standard error over examples of their mean height over the paths, or of the difference.
static int example_error(const struct sample *s, int64_t n, bool counted, double *out,
                         struct mc_error *e) {
    double *height = mc_new((size_t)n, sizeof *height, e), sum = 0, square = 0;
    if (!height) return MC_ERR_MEM;
    for (int64_t i = 0; i < n; i++) {
        for (int j = 0; j < s->k[0]; j++) height[i] += s->run[0][j].height[i] / s->k[0];
        for (int j = 0; j < s->k[1]; j++) height[i] -= s->run[1][j].height[i] / s->k[1];
        sum += height[i];
    }
    for (int64_t i = 0; i < n; i++) {
        double d = height[i] - sum / (double)n;
        square += d * d;
    }
    *out = n > 1 ? sqrt(square / (double)(n - 1) / (double)n) : (double)NAN;
    if (counted) *out = fmax(*out, 1 / (double)n);
    free(height);
    return 0;
}

static double half_width(const struct mc_interval *x, bool examples, double confidence) {
    double p = .5 * (1 + confidence), over_ends = mc_student_quantile(p, x->degrees) * x->s_run;
    return examples ? hypot(over_ends, mc_normal_quantile(p) * x->s_ex) : over_ends;
}

// The share of intervals so far from the truth as this one's mean is from 0: 1 less the confidence
// at which the interval just touches 0.
static double p_of_zero(const struct mc_interval *x, bool examples) {
    double low = 0, high = 1;
    if (x->mean == 0) return 1;
    for (;;) {
        double mid = .5 * (low + high);
        if (!(mid > low && mid < high)) return 1 - low;
        if (half_width(x, examples, mid) <= fabs(x->mean))
            low = mid;
        else
            high = mid;
    }
}

static int interval_of(const struct sample *s, int64_t n, double confidence, bool counted,
                       struct mc_interval *x, struct mc_error *e) {
    bool unused[2], examples = true;
    *x = (struct mc_interval){.s_run = NAN, .s_ex = NAN, .low = NAN, .high = NAN, .p = NAN};
    mean_without(s, &(struct unit){0}, &x->mean, unused);
    for (int j = 0; j < s->k[0] + s->k[1]; j++) examples = examples && path_of(s, j)->height;
    if (examples) MC_TRY(example_error(s, n, counted, &x->s_ex, e));
    if (s->k[0] < 3 || (s->k[1] && s->k[1] < 3)) return 0;
    MC_TRY(end_error(s, x, e));
    if (!isfinite(x->mean) || !isfinite(x->s_run) || (examples && !isfinite(x->s_ex))) return 0;
    double half = half_width(x, examples, confidence);
    x->low = x->mean - half;
    x->high = x->mean + half;
    if (s->k[1]) x->p = p_of_zero(x, examples);
    return 0;
}

int mc_runs_interval(const struct mc_run *run, int k, int64_t n, double confidence, bool counted,
                     struct mc_interval *x, struct mc_error *e) {
    const struct sample s = {{run, NULL}, {k, 0}};
    return interval_of(&s, n, confidence, counted, x, e);
}

int mc_runs_difference(const struct mc_run *a, int k_a, const struct mc_run *b, int k_b, int64_t n,
                       double confidence, bool counted, struct mc_interval *x, struct mc_error *e) {
    const struct sample s = {{a, b}, {k_a, k_b}};
    return interval_of(&s, n, confidence, counted, x, e);
}

void mc_interval_of_height(struct mc_interval *x) {
    if (isnan(x->low)) return;
    x->low = fmax(0, x->low);
    x->high = fmax(0, x->high);
}

struct placed {
    double p;
    int at;
};

static int by_p(const void *a, const void *b) {
    const struct placed *x = a, *y = b;
    if (x->p != y->p) return x->p < y->p ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

int mc_holm(const double *p, int n, double *adjusted, struct mc_error *e) {
    struct placed *v = mc_new((size_t)n, sizeof *v, e);
    int m = 0;
    if (!v) return MC_ERR_MEM;
    for (int i = 0; i < n; i++) {
        adjusted[i] = NAN;
        if (!isnan(p[i])) v[m++] = (struct placed){p[i], i};
    }
    qsort(v, (size_t)m, sizeof *v, by_p);
    double most = 0;
    for (int i = 0; i < m; i++) {
        most = fmin(1, fmax(most, (m - i) * v[i].p));
        adjusted[v[i].at] = most;
    }
    free(v);
    return 0;
}
