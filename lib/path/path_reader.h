// What the files that read the tables of a path share: the rows of its table, and the examples
// behind every row.
#ifndef MC_LIB_PATH_READER_H
#define MC_LIB_PATH_READER_H

#include "mc/barrier.h"
#include "mc/eval.h"
#include "mc/names.h"
#include "mc/report.h"
#include "mc/tsv.h"

struct mc_path_row { // one line of the table
    int sweep;       // of which it is a point
    int64_t point, n, line;
    double t, value, s; // s: nan where the table does not say
};

struct mc_path_cell { // one example at one point
    int64_t example, line;
    double value;
};

// The points of one task on one path: those of a group of tensors are a path of their own.
struct mc_path_sweep {
    int task;
    const char *task_name, *group; // of the table
    char *name;                    // both, for the index
};

struct mc_path_reader {
    const struct mc_metric *metric;
    struct mc_tsv table, each;
    const char *from, *to;       // digests of the end points, "" where the table does not say
    struct mc_path_row *row;     // sorted by sweep, then t
    struct mc_path_row **placed; // the same by task, then point
    struct mc_path_cell *cell;   // the examples of every row, one block after the other
    int64_t *filled;             // [rows] examples seen so far
    int64_t *block;              // [rows] where the row's examples start in cell
    struct mc_path_sweep *sweep;
    int n_sweeps;
    struct mc_names sweeps; // by name
    const char **task;      // of the table
    int n_tasks;
    struct mc_names tasks;
};

// Checks the table, which is read already, then reads the examples, whose table is one of it.
// Errors as of mc_path_tables_read.
int mc_path_reader_rows(struct mc_path_reader *r, struct mc_error *e) MC_MUST_USE;
int mc_path_reader_examples(struct mc_path_reader *r, const char *path,
                            struct mc_error *e) MC_MUST_USE;
void mc_path_reader_release(struct mc_path_reader *r);

// The first row behind the sweep that begins with row `from`.
int64_t mc_path_reader_next(const struct mc_path_reader *r, int64_t from);
// The number of a task, or -1; the row of a task's point, or NULL.
int mc_path_reader_task(const struct mc_path_reader *r, const char *name);
const struct mc_path_row *mc_path_reader_find(const struct mc_path_reader *r, int task,
                                              int64_t point);
// " of group G", or "" of the path itself, for messages.
enum { MC_OF_GROUP = 128 };
const char *mc_path_reader_group(const struct mc_path_reader *r, const struct mc_path_row *w,
                                 char out[MC_OF_GROUP]);

static inline const char *mc_path_column(enum mc_report_column k) {
    return mc_report_columns[k].name;
}

#endif
