// Numbers as text: strict readers and the one way a table writes them; values that are not finite.
#ifndef MC_NUM_H
#define MC_NUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The whole of s must be the number; false otherwise (overflow too). The locale is always C.
bool mc_parse_i64(const char *s, int64_t *out);
bool mc_parse_f64(const char *s, double *out);  // finite only
bool mc_parse_cell(const char *s, double *out); // finite, or the word nan

enum { MC_NUM_TEXT = 32 };
// "%.9g", or nan, inf, -inf; returns buf.
const char *mc_num_text(double x, char buf[MC_NUM_TEXT]);
// What makes a noun behind a number plural: "s", or "" for 1.
static inline const char *mc_s(int64_t n) { return n == 1 ? "" : "s"; }

// Index of the first of x[n] that is infinite or no number; n where there is none.
size_t mc_first_nonfinite(const float *x, size_t n);

#endif
