// Barriers of a path: from a table of mc-eval to every definition of the height, its band and a
// verdict.
#ifndef MC_BARRIER_H
#define MC_BARRIER_H

#include <stdbool.h>
#include <stdint.h>

#include "mc/aligned.h"
#include "mc/buf.h"
#include "mc/pool.h"

struct mc_metric; // of mc/eval.h
struct mc_tsv;    // of mc/tsv.h

// L along one path for one task: a metric that is a mean over examples, or 1 minus it where more is
// better. The points of a group of tensors are a path of their own.
struct mc_path_table {
    char *task, *group; // group "": all that the path moves
    char *from, *to;    // digests of the end points, or ""
    int64_t n;          // examples behind every mean
    int n_t;            // points, at least 2
    double *t;          // [n_t] ascending, from exactly 0 to exactly 1
    double *loss;       // [n_t] L(t): nats, or a share of examples
    double *s;          // [n_t] length along the path; nan where the table does not say
    // Where the per-example table was read, else NULL: L of every example [n_t, n], in one order at
    // every t; their numbers [n], ascending; their labels [n], NULL also where it has none.
    double *each;
    int64_t *example;
    char **label;
    bool chance[2]; // the end at 0, at 1, is known to have learnt nothing; see mc_at_chance
};
struct mc_path_tables {
    struct mc_path_table *v; // in the order in which the table first names the tasks
    int n;
};

// Reads the table of one path ("-": standard input) and, unless NULL, its per-example table. An
// error, with file and place: a column missing; a t that is nan, given twice, missing for one task;
// no row at 0 or at 1; a value not finite; n that changes; rows of different end points; a point
// of a task given twice; a last line without newline; and a per-example table that has other points
// or examples, or whose means are not the table's within 1e-6 of them. Points outside [0, 1] are
// checked likewise and then dropped.
int mc_path_tables_read(struct mc_path_tables *s, const char *path, const char *each_path,
                        const struct mc_metric *metric, struct mc_error *e) MC_MUST_USE;
// The same of a table that is read already; it is released.
int mc_path_tables_of(struct mc_path_tables *s, struct mc_tsv *table, const char *each_path,
                      const struct mc_metric *metric, struct mc_error *e) MC_MUST_USE;
void mc_path_tables_release(struct mc_path_tables *s);
// Means over examples are of the same ones, where the tables tell: else MC_ERR_INPUT. What they are
// called in messages.
int mc_path_same_examples(const struct mc_path_table *a, const char *name_a,
                          const struct mc_path_table *b, const char *name_b,
                          struct mc_error *e) MC_MUST_USE;

// Whether a model does no better than one that looks at no text: no more examples right than the
// most frequent label has (right < 0: not known), or a mean loss in nats of at least the entropy
// of the labels (nan: not known), which always answering with their frequencies would reach.
// Sorts label[n].
bool mc_at_chance(const char **label, int64_t n, int64_t right, double loss);

// Whether a mean loss is no less than that of a model which looks at no text and knows the gold
// answers' frequencies: of labels their entropy in nats, of numbers (squared error) their variance.
bool mc_loss_at_chance(double loss, double least);

// All in the unit of L. A maximum over a grid is a lower bound of the maximum over the path.
struct mc_barrier {
    double loss_0, loss_1;  // L(0), L(1)
    double loss_max, t_max; // the highest L, and the first t that has it
    double lin;             // max L(t) - (1-t) L(0) - t L(1): Entezari et al. 2022; >= 0
    double mean;            // max L - (L(0) + L(1)) / 2: Frankle et al. 2020
    double max;             // max L - max(L(0), L(1)); >= 0
    double mid; // L(1/2) - (L(0) + L(1)) / 2; L(1/2) linear between grid points where it is none
    double
        convexity_gap; // the largest lin of any sub-interval of the grid: 0 iff L is convex on it
};
// t[n] ascending, t[0] = 0, t[n-1] = 1, n >= 2; loss[n] finite.
int mc_barrier_compute(struct mc_barrier *b, const double *t, const double *loss, int n,
                       struct mc_error *e) MC_MUST_USE;

// What a reader of the row should know: "chance_0,chance_1,uneven", those that hold; uneven: the
// ends differ by more than epsilon.
const char *mc_barrier_notes(const struct mc_barrier *b, const bool chance[2], double epsilon);

// Means of L over the path by the trapezoidal rule: over t, and over the length along it (nan where
// that is not known or 0).
struct mc_path_means {
    double length, over_t, over_s;
};
struct mc_path_means mc_path_means_of(const struct mc_path_table *p);
// How far from an end L stays at most `width` above that end's: reach[0] is the largest r with
// L <= L(0) + width on [0, r], reach[1] the smallest r with L <= L(1) + width on [r, 1], L linear
// between points.
void mc_path_reach(const struct mc_path_table *p, double width, double reach[2]);

// The cross-fitted height of lin: each half of the examples chooses the t at which its own mean of
// d(t) = L(t) - (1-t) L(0) - t L(1) is greatest, the other half is measured there. Unlike lin it is
// not raised by the choice of the t. height[n]: d of every example at the t that the other half
// chose. Returns the mean of the two halves' means; nan where one is empty.
double mc_crossfit(const struct mc_path_table *p, double *height);

// Simultaneous bootstrap band of lin (docs/barrier.md). Resample b is drawn from (seed,
// MC_RNG_BOOT, b) alone, so the result does not depend on threads or on other tasks.
struct mc_band {
    double confidence; // in (0, 1)
    int64_t resamples;
    uint64_t seed;
    struct mc_pool *pool; // or NULL
    double low, high;     // filled: 0 <= low <= high
    double c;             // filled: how many standard errors the band is wide, to either side
};
// Bad usage when the confidence asks for more resamples.
int mc_band_check(const struct mc_band *band, struct mc_error *e) MC_MUST_USE;
// each[n_t, n] as in mc_path_table. counted: the standard error is at least 1/n, as an error rate
// without a single flip is not known exactly. Without a t inside (0, 1): [0, 0].
int mc_band_compute(struct mc_band *band, const double *each, int64_t n, const double *t, int n_t,
                    bool counted, struct mc_error *e) MC_MUST_USE;

// Several paths that stand for what pairs of such ends do, on the same examples.
struct mc_run {
    const char *from, *to; // digests of the ends, or ""
    double value;          // the cross-fitted height, or any other number of a path
    const double *height;  // [n] of every example; NULL: the value is no mean over examples
};
struct mc_interval {
    double mean, low, high; // low, high: nan where there is no interval
    double p;               // of a difference: two-sided, that it is 0; else nan
    double s_run, s_ex;     // standard errors over ends and over examples; nan: not known
    int degrees;            // of s_run
};
// An interval for the mean value over all pairs of ends and all examples, from k paths: their mean
// -+ sqrt((q s_run)^2 + (u s_ex)^2). s_ex: the standard error, over examples, of their mean height
// over paths (counted: at least 1/n); u: the normal quantile. Where heights are missing, it is left
// away: the interval is for these examples. s_run: the standard error of the mean over paths, which
// are not independent where they share ends. Ends all different: var(value)/k, and q is Student's
// with k - 1 degrees. Else the jackknife that leaves out one end with all its paths, over the m
// ends whose loss leaves a path, and m - 1 degrees. No interval with fewer than 3 paths, or m < 3,
// or a value that is nan.
int mc_runs_interval(const struct mc_run *run, int k, int64_t n, double confidence, bool counted,
                     struct mc_interval *x, struct mc_error *e) MC_MUST_USE;
// The same for mean(a) - mean(b), of two conditions on the same examples, which may share ends.
// s_ex is that of the difference of every example. s_run: ends that are in the same paths of both
// are one unit; a unit is left out with its paths of both, and its stratum is the condition, or
// both, that it is of. s_run^2 is the sum of the strata's jackknife variances; the degrees are
// Welch-Satterthwaite's, rounded down. Where a stratum has one or two units, all are one stratum.
// No interval unless both conditions have 3 paths and 3 units. Two conditions of different ends,
// all different, are Welch's test but for the rounding; the same pairs in both are a paired test.
int mc_runs_difference(const struct mc_run *a, int k_a, const struct mc_run *b, int k_b, int64_t n,
                       double confidence, bool counted, struct mc_interval *x,
                       struct mc_error *e) MC_MUST_USE;
// That of a height which cannot be negative: what lies below 0 is cut off.
void mc_interval_of_height(struct mc_interval *x);
// Holm's step-down correction of p[n] (1979), for all that are not nan: a family of tests.
int mc_holm(const double *p, int n, double *adjusted, struct mc_error *e) MC_MUST_USE;
// The p-quantile, 1/2 <= p < 1, of the normal distribution, and of Student's with `degrees` >= 1.
double mc_normal_quantile(double p);
double mc_student_quantile(double p, int degrees);

enum { MC_VERDICT_MIN_N = 100 };
// "connected" when high < epsilon, "barrier" when low > epsilon, else, and with fewer than
// MC_VERDICT_MIN_N examples, no point between the ends or no interval, "undecided". A share of
// examples (counted) is also undecided where epsilon of them may well go wrong without one of n
// showing it: (1 - epsilon)^n > 1 - confidence.
const char *mc_verdict(const struct mc_band *band, double epsilon, int64_t n, int n_t,
                       bool counted);

// A row of mc-barrier's table. Texts are borrowed; numbers are doubles, so that rows of several
// paths have means.
struct mc_barrier_row {
    const char *task, *metric;
    double points;
    struct mc_barrier b;
    double low, high, band_c; // of the interval; nan where there is none
    const char *verdict, *path, *notes;
    double epsilon, confidence;
    const char *group, *from, *to;
    double n, xfit;
    struct mc_path_means means;
    double runs, reach[2];
};
// What of the table somebody at a terminal reads (mc_out_open_table).
extern const struct mc_shown mc_barrier_shown[];
// Appends the table's header, or a row, with its newline.
int mc_barrier_head(struct mc_buf *out, struct mc_error *e) MC_MUST_USE;
int mc_barrier_row(const struct mc_barrier_row *row, struct mc_buf *out,
                   struct mc_error *e) MC_MUST_USE;
// The number that a row has in a column, or NULL: no such column, or a text. Appends the names of
// those that have numbers, commas between.
const double *mc_barrier_number(const struct mc_barrier_row *row, const char *column);
int mc_barrier_numbers(struct mc_buf *out, struct mc_error *e) MC_MUST_USE;
// Every number of the row becomes the mean of those of k rows, k >= 1.
void mc_barrier_row_mean(struct mc_barrier_row *row, const struct mc_barrier_row *const *of, int k);

// All rows of one table.
struct mc_barrier_rows {
    const struct mc_metric *metric; // set by the caller, as what follows
    double epsilon, confidence;
    double width; // of mc_path_reach; nan: not asked for
    int64_t resamples;
    uint64_t seed;
    struct mc_pool *pool;

    struct mc_barrier_row *v;
    int n;
    struct mc_path_tables *path; // [n_paths] what the rows borrow from
    int n_paths;
    struct mc_barrier_of { // [n] what a row is of, and its examples' cross-fitted heights
        const struct mc_path_table *table;
        double *height;
    } * of;
};
// Reads a path as mc_path_tables_read does and appends a row for each of its tasks and groups.
int mc_barrier_rows_add(struct mc_barrier_rows *r, const char *path, const char *each_path,
                        struct mc_error *e) MC_MUST_USE;
// The same of a table that is read already; it is released.
int mc_barrier_rows_of(struct mc_barrier_rows *r, struct mc_tsv *table, const char *each_path,
                       struct mc_error *e) MC_MUST_USE;
// Appends a row, path "all", for each task and group that several of the paths have: means, and
// the interval of mc_runs_interval. MC_ERR_INPUT: paths of other examples.
int mc_barrier_rows_all(struct mc_barrier_rows *r, struct mc_error *e) MC_MUST_USE;
void mc_barrier_rows_release(struct mc_barrier_rows *r);

#endif
