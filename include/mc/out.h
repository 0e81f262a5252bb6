// Output that is whole or absent: a temporary file in the target's directory, renamed after a
// checked close. Where the file system can (Linux's O_TMPFILE) it has no name until it is complete,
// and a program that is killed leaves nothing; else PATH.tmp.PID.K may stay behind.
#ifndef MC_OUT_H
#define MC_OUT_H

#include <stdbool.h>
#include <stdio.h>

#include "mc/aligned.h"
#include "mc/err.h"
#include "mc/tsv.h"

struct mc_out {
    FILE *f;
    char *path, *temp;        // NULL for standard output; temp only with a temporary file
    bool to_stdout, named;    // named: the temporary file stands at temp
    bool reader_knows;        // it is standard output: no message where its reader has left
    struct mc_screen *screen; // a table at a terminal; else NULL
};

// path NULL or "-": standard output. Symbolic links at the end of the path are followed, and the
// target keeps its mode. A descriptor (/dev/stdout, /proc/self/fd/3), a fifo and a device are
// written straight. What cannot be created is an error now: a name that is too long, no directory.
int mc_out_open(struct mc_out *o, const char *path, struct mc_error *e) MC_MUST_USE;
// The same, but a file is written in its place from its first byte on, so that others see it grow.
int mc_out_open_in_place(struct mc_out *o, const char *path, struct mc_error *e) MC_MUST_USE;
// MC_ERR_USAGE where two of path[n] (NULL: none; "-": standard output) are one file, however they
// are spelled.
int mc_out_distinct(const char *const *path, int n, struct mc_error *e) MC_MUST_USE;
// MC_ERR_USAGE where an output is the regular file that is read as `in` ("-": standard input; NULL:
// none).
int mc_out_not_input(const char *out, const char *in, struct mc_error *e) MC_MUST_USE;
// For a table. Where it would go to a terminal, of which standard output is one, somebody reads it:
// the columns `shown` (borrowed) appear aligned, as mc/aligned.h has it, once mc_out_show or the
// close is called.
int mc_out_open_table(struct mc_out *o, const char *path, const struct mc_shown *shown,
                      struct mc_error *e) MC_MUST_USE;
// The lines so far, the last one whole, appear at the terminal; elsewhere there is nothing to do.
int mc_out_show(struct mc_out *o, struct mc_error *e) MC_MUST_USE;
// For an output that is opened late: fails now where nothing could be written there later, or, if
// it is to be read `again`, where it is no regular file. Leaves no trace. NULL: none is asked for.
int mc_out_try(const char *path, bool again, struct mc_error *e) MC_MUST_USE;
// Where the name of an output that is a directory leads: *end, which the caller frees, is the path
// with the symbolic links at its end followed and without slashes behind it. An empty name is
// MC_ERR_USAGE.
int mc_out_follow(const char *path, char **end, struct mc_error *e) MC_MUST_USE;
// Whether an output to path (NULL, "-": standard output) goes into a pipe.
bool mc_out_is_pipe(const char *path);
// The name for messages.
const char *mc_out_name(const struct mc_out *o);
// Appends n bytes; a text by a format. MC_ERR_IO where the system refuses them, MC_ERR_PIPE where
// the reader of standard output has left.
int mc_out_write(struct mc_out *o, const void *p, size_t n, struct mc_error *e) MC_MUST_USE;
int mc_out_printf(struct mc_out *o, struct mc_error *e, const char *fmt, ...) MC_MUST_USE
    MC_PRINTF(3, 4);
// A text on one line and in one cell: control characters are escaped, \t, \n, \r, \u001b. NULL:
// nothing.
int mc_out_cell(struct mc_out *o, const char *text, struct mc_error *e) MC_MUST_USE;
// A row of a table with columns c[n], or its header where row is NULL; without a newline.
int mc_out_columns(struct mc_out *o, const struct mc_column *c, int n, const void *row,
                   struct mc_error *e) MC_MUST_USE;
// What is written so far reaches the reader now.
int mc_out_flush(struct mc_out *o, struct mc_error *e) MC_MUST_USE;
// Flushes, closes and renames; every failure is reported and leaves the old target.
int mc_out_close(struct mc_out *o, struct mc_error *e) MC_MUST_USE;
// For error paths, and harmless after a close: removes the temporary file.
void mc_out_abort(struct mc_out *o);

#endif
