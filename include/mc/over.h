// A number of many pairs of ends, over the pairs: means by condition, with intervals, and the
// differences between conditions.
#ifndef MC_OVER_H
#define MC_OVER_H

#include "mc/barrier.h"
#include "mc/names.h"
#include "mc/tsv.h"

// The number of one path between a pair of ends. Texts and heights are borrowed from what was read.
struct mc_over_value {
    int condition, kind; // indices of names below
    const char *from, *to;
    double value;
    const double *height; // of every example, where the value is the mean of them; or NULL
    const struct mc_path_table *path; // of a table of mc-eval, else NULL
    const char *file;                 // and line, for messages
    int64_t line, n, at; // line -1: a whole file; n: examples, or -1; at: in order of the input
};
// What is compared with each other alone: a task, by a metric, in a group of tensors.
struct mc_over_kind {
    const char *task, *metric, *group; // "": the tables do not say
    char *name;                        // all three, for the index
};

struct mc_over {
    const char *column; // set by the caller, as what follows
    double confidence;
    const char *const *compare; // [n_compare] "A,B": the differences A - B alone; none: all
    int n_compare;
    const char *of_eval; // an option that was given and tables of mc-eval alone go by, or NULL
    // How tables of mc-eval become rows; all but its paths and rows is set by the caller.
    struct mc_barrier_rows rows;

    struct mc_over_value *v; // [n]
    int64_t n, cap;
    char **condition; // [n_conditions] in order of first appearance, as the kinds
    int n_conditions;
    struct mc_names conditions;
    struct mc_over_kind *kind; // [n_kinds]
    int n_kinds;
    struct mc_names kinds;
    struct mc_tsv *table; // [n_tables] of pairs
    int n_tables;
    const char *first; // the file that was read first
    bool of_paths;     // it is one of mc-eval, and so are all
};

// Reads a table ("-": standard input) as all of the condition `name`, or NULL. With columns `t` and
// `point` it is one of mc-eval, a path, each_path its per-example table or NULL, and the value any
// number of mc-barrier's row of it. Else it has a row a pair, with columns `from`, `to` and the
// value; where it has them, `condition` (without it, and without a name, the file is one), `task`,
// `metric` and `group` tell what belongs together, and rows over all paths are passed over.
// MC_ERR_INPUT: a column missing, one that has names in it; a value that is no number; a table of
// the other kind than the first, or one that an option does not go with.
int mc_over_add(struct mc_over *o, const char *name, const char *path, const char *each_path,
                struct mc_error *e) MC_MUST_USE;
// What of the table somebody at a terminal reads (mc_out_open_table).
extern const struct mc_shown mc_over_shown[];
// Appends the table: a row for every condition, task, metric and group, then one for every two
// conditions that share these; p_holm is Holm's correction over all of its differences.
// MC_ERR_INPUT: no pair; one that is there twice; other examples; a condition to be compared that
// is not there. MC_ERR_USAGE: a difference that is asked for twice, whichever way round.
int mc_over_write(struct mc_over *o, struct mc_buf *out, struct mc_error *e) MC_MUST_USE;
void mc_over_release(struct mc_over *o);

#endif
