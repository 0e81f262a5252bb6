// Many models at once: the matrix of a value over pairs of them, and the clusters that it has.
#ifndef MC_MATRIX_H
#define MC_MATRIX_H

#include "mc/buf.h"
#include "mc/names.h"

struct mc_matrix {
    const char *value; // column of the tables that the values are; set by the caller, as the next
    const char *task;  // whose rows are taken; NULL: the only one there is

    char **digest; // [n] of the models, in order of first appearance
    int n, cap;
    struct mc_names by_digest;
    // A pair that was measured; line is of table number `table`, for messages.
    struct mc_matrix_pair {
        int a, b, table;
        int64_t line;
        double value;
    } * pair;
    int n_pairs;
    char *of_task, *of_metric; // of the rows so far, or NULL
    char **table;              // names of the tables
    int n_tables;

    double *v;    // [n, n] symmetric, 0 on the diagonal, nan where a pair was not measured
    int *cluster; // [n] numbered from 0 by first member
    char **name;  // [n]
};

// Takes in the pairs of a table of mc-barrier ("-": standard input), but for rows over all paths
// and rows of groups. MC_ERR_INPUT: rows of two tasks where none is chosen, or of two metrics; a
// row without the digests of its ends, or of one model with itself; MC_ERR_NUM: a value that is not
// finite.
int mc_matrix_read(struct mc_matrix *m, const char *path, struct mc_error *e) MC_MUST_USE;
// Makes v and cluster of what was read: average linkage over measured pairs (Sokal and Michener
// 1958); two clusters are merged while the least mean is at most epsilon, and never where no pair
// between them was measured. MC_ERR_INPUT: no pair; one that was measured twice.
int mc_matrix_build(struct mc_matrix *m, double epsilon, struct mc_error *e) MC_MUST_USE;
// Makes name: from lines `digest TAB name` of a file, or NULL; else the first eight digits, more
// where those of two models are equal. MC_ERR_INPUT: a line that is no such line, a digest or a
// name that is there twice.
int mc_matrix_name(struct mc_matrix *m, const char *path, struct mc_error *e) MC_MUST_USE;
// Appends the table: model, cluster, a column for every model.
int mc_matrix_write(const struct mc_matrix *m, struct mc_buf *out, struct mc_error *e) MC_MUST_USE;
void mc_matrix_release(struct mc_matrix *m);

#endif
