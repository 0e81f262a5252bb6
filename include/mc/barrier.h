// Barriers of a path: from a table of mc-eval to every definition of the height, its band and a
// verdict.
#ifndef MC_BARRIER_H
#define MC_BARRIER_H

#include <stdbool.h>
#include <stdint.h>

#include "mc/buf.h"
#include "mc/pool.h"

struct mc_metric; // of mc/eval.h

// L along one path for one task: a metric that is a mean over examples, or 1 minus it where more is
// better.
struct mc_path_table {
    char *task;
    int64_t n;      // examples behind every mean
    int n_t;        // points, at least 2
    double *t;      // [n_t] ascending, from exactly 0 to exactly 1
    double *loss;   // [n_t] L(t): nats, or a share of examples
    double *each;   // [n_t, n] L of every example, in one order at every t; NULL where not read
    bool chance[2]; // the end at 0, at 1, is known to have learnt nothing; see mc_at_chance
};
struct mc_path_tables {
    struct mc_path_table *v; // in the order in which the table first names the tasks
    int n;
};

// Reads the table of one path ("-": standard input) and, unless NULL, its per-example table. An
// error, with file and place: a column missing; a t that is nan, given twice, missing for one task;
// no row at 0 or at 1; a value not finite; n that changes; rows of different end points; a last
// line without newline; and a per-example table that has other points or examples, or whose means
// are not the table's within 1e-6 of them. Points outside [0, 1] are checked likewise and then
// dropped.
int mc_path_tables_read(struct mc_path_tables *s, const char *path, const char *each_path,
                        const struct mc_metric *metric, struct mc_error *e) MC_MUST_USE;
void mc_path_tables_release(struct mc_path_tables *s);

// Whether a model does no better than one that looks at no text: no more examples right than the
// most frequent label has (right < 0: not known), or a mean loss in nats of at least the entropy
// of the labels (nan: not known), which always answering with their frequencies would reach.
// Sorts label[n].
bool mc_at_chance(const char **label, int64_t n, int64_t right, double loss);

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
// ends differ by more than epsilon. Returns a place in out.
enum { MC_NOTES_TEXT = 32 };
const char *mc_barrier_notes(const struct mc_barrier *b, const bool chance[2], double epsilon,
                             char out[MC_NOTES_TEXT]);

// Simultaneous bootstrap band of lin (docs/barrier.md). Resample b is drawn from (seed,
// MC_RNG_BOOT, b) alone, so the result does not depend on threads or on other tasks.
struct mc_band {
    double confidence; // in (0, 1)
    int64_t resamples;
    uint64_t seed;
    struct mc_pool *pool; // or NULL
    double low, high;     // filled: 0 <= low <= high
};
// Bad usage when the confidence asks for more resamples.
int mc_band_check(const struct mc_band *band, struct mc_error *e) MC_MUST_USE;
// each[n_t, n] as in mc_path_table. counted: the standard error is at least 1/n, as an error rate
// without a single flip is not known exactly. Without a t inside (0, 1): [0, 0].
int mc_band_compute(struct mc_band *band, const double *each, int64_t n, const double *t, int n_t,
                    bool counted, struct mc_error *e) MC_MUST_USE;

enum { MC_VERDICT_MIN_N = 100 };
// "connected" when high < epsilon, "barrier" when low > epsilon, else, and with fewer than
// MC_VERDICT_MIN_N examples or no point between the ends, "undecided".
const char *mc_verdict(const struct mc_band *band, double epsilon, int64_t n, int n_t);

// A row of mc-barrier's table. Texts are borrowed.
struct mc_barrier_row {
    const char *task, *metric;
    int points;
    struct mc_barrier b;
    double low, high; // of the band; nan where there is none
    const char *verdict, *path, *notes;
    double epsilon, confidence;
};
// Appends the table's header, or a row, with its newline.
int mc_barrier_head(struct mc_buf *out, struct mc_error *e) MC_MUST_USE;
int mc_barrier_row(const struct mc_barrier_row *row, struct mc_buf *out,
                   struct mc_error *e) MC_MUST_USE;

#endif
