// The command line of a program: one table of options from which parsing, --help and provenance
// come.
#ifndef MC_CLI_H
#define MC_CLI_H

#include <stdbool.h>
#include <stdint.h>

#include "mc/buf.h"
#include "mc/err.h"
#include "mc/gemm.h"
#include "mc/log.h"
#include "mc/option.h"

enum mc_opt_type {
    MC_OPT_FLAG,   // bool
    MC_OPT_INT,    // int64_t, min..max
    MC_OPT_REAL,   // double, min..max
    MC_OPT_STR,    // const char *
    MC_OPT_CHOICE, // const char *, one of `choices`
    MC_OPT_LIST,   // struct mc_list, may be given again; released by mc_cli_finish
};

struct mc_list {
    const char **v;
    int n;
};

struct mc_opt {
    const char *name; // "--epochs" or "-n"
    enum mc_opt_type type;
    void *dest;          // holds the default
    double min, max;     // numbers; both 0 = any. A lower bound that is open: MC_OPT_ABOVE
    const char *choices; // "line|chain"
    const char *arg;     // word for the value in --help
    const char *help;
    unsigned flags;
    bool *given; // set when the option appears; may be NULL
    // What goes with it, where it appears; names of other options, separated by commas. Judged once
    // the whole line is read.
    const char *excludes;  // none of these appears
    const char *together;  // each of these appears too
    const char *only_with; // one of these appears too
    const char *only_for;  // "--optimizer adafactor": that option has this value, or none
};

// A table that is put together from several; mc_opt_table_add appends opts[n] to it.
enum { MC_OPT_TABLE = 64 };
struct mc_opt_table {
    struct mc_opt v[MC_OPT_TABLE];
    int n;
};
void mc_opt_table_add(struct mc_opt_table *to, const struct mc_opt *opts, int n);
// Appends an option of a row's own, which is read into *v.
void mc_opt_table_add_own(struct mc_opt_table *to, struct mc_option_value *v, unsigned flags);

enum {
    MC_OPT_RESULT = 1,  // its value affects the result: part of provenance
    MC_OPT_ABOVE = 2,   // the value must be greater than min, not equal
    MC_OPT_BELOW = 4,   // ... smaller than max
    MC_OPT_GIVEN = 8,   // in provenance only when given
    MC_OPT_NEEDED = 16, // it must appear
    MC_OPT_ONCE = 32    // it does not appear twice, where the last would silently replace the first
};

enum {                  // what a program does, and so which common options it has
    MC_CLI_STREAM = 1,  // writes a stream: --level
    MC_CLI_MODELS = 2,  // reads models: --base
    MC_CLI_COMPUTE = 4, // computes with models: --precision
    MC_CLI_FILES = 8,   // every operand is a file that is read, before -o is written
};

struct mc_cli {
    const char *prog, *purpose; // "mc-pick", "chooses documents of a stream"
    const char *operands;       // "[FILE...]"
    const char *examples;       // lines to paste, each with "\n"
    const char *see_also;
    const struct mc_opt *opts;
    int n_opts;
    unsigned use;
    int min_operands, max_operands; // max < 0: any number

    // filled by mc_cli_parse
    const char *output; // -o, or NULL
    const char *base;
    enum mc_precision precision;
    int64_t level, threads; // level -1 = by the kind of file
    char **operand;
    int n_operands;
    struct mc_log log;
};

// Parses; options may stand before and after operands, the last of a kind wins, "--" ends them.
// Returns -1 to go on, else the exit status (0 after --help and --version, 2 after a message).
// SIGPIPE is ignored from here on. Before any input is read it fails on an -o that cannot be
// written, and on a --base or operands (MC_CLI_FILES) that cannot be read.
int mc_cli_parse(struct mc_cli *c, int argc, char **argv) MC_MUST_USE;
// MC_ERR_USAGE where two outputs are one file: file[n] beside -o (NULL: not asked for; "-":
// standard output).
int mc_cli_outputs(const struct mc_cli *c, const char *const *file, int n,
                   struct mc_error *e) MC_MUST_USE;
// MC_ERR_IO where a file, which is opened later, cannot be read; NULL and "-" can.
int mc_cli_readable(const char *file, struct mc_error *e) MC_MUST_USE;
// Ends main: releases the command line, prints the error of a negative rc; returns the exit status
// 0, 1 or 2.
int mc_cli_finish(struct mc_cli *c, int rc, const struct mc_error *e) MC_MUST_USE;
// "mc-x 0.1.0 a=1 b=2": the options that affect the result, resolved, in table order. No newline.
int mc_cli_provenance(const struct mc_cli *c, struct mc_buf *out, struct mc_error *e) MC_MUST_USE;

#define MC_COUNT(a) ((int)(sizeof(a) / sizeof *(a)))

#define MC_VERSION "0.1.0"

#endif
