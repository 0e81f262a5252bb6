// Lists in options, "a,b,c", and files with a name, "a=file".
#ifndef MC_SPLIT_H
#define MC_SPLIT_H

#include <stdint.h>

#include "mc/err.h"

// The parts between the separators, (*out)[*n], each its own allocation; free with mc_split_free.
// Parts that are no names (mc_utf8_name) or repeated are MC_ERR_USAGE, told of the option `name`.
int mc_split(const char *s, char sep, const char *name, char ***out, int *n,
             struct mc_error *e) MC_MUST_USE;
void mc_split_free(char **v, int n);
// Numbers, finite; and whole numbers of at least min, each once: (*out)[*n], which the caller
// frees. Else MC_ERR_USAGE.
int mc_split_reals(const char *s, const char *name, double **out, int *n,
                   struct mc_error *e) MC_MUST_USE;
int mc_split_ints(const char *s, int64_t min, const char *name, int64_t **out, int *n,
                  struct mc_error *e) MC_MUST_USE;
// *at: one of v[n] that is there twice, or NULL.
int mc_real_twice(const double *v, int n, const double **at, struct mc_error *e) MC_MUST_USE;
// Cuts FILE or NAME=FILE: *name (the caller frees it), or NULL, and *path in it. A = behind a / is
// of the file. MC_ERR_USAGE: an empty file or name, told of as `what`.
int mc_split_named(const char *operand, const char *what, char **name, const char **path,
                   struct mc_error *e) MC_MUST_USE;
// Ascending.
void mc_sort_ints(int64_t *v, int64_t n);

#endif
