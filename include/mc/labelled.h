// Labelled text files as a pull reader: TSV, CSV, JSON lines, plain lines. Memory is bounded by the
// longest row.
#ifndef MC_LABELLED_H
#define MC_LABELLED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mc/stream.h"

enum mc_labelled_format {
    MC_LABELLED_TSV,   // tabs, no quoting
    MC_LABELLED_CSV,   // RFC 4180
    MC_LABELLED_JSONL, // an object per line
    MC_LABELLED_PLAIN, // a text per line, no label
};

enum { MC_LABELLED_TEXTS = 2, MC_LABELLED_MAX_BYTES = 1 << 26 }; // a longer row is an error

struct mc_labelled_options {
    enum mc_labelled_format format;
    bool header;       // TSV, CSV: the first row names the columns
    bool no_label;     // every column is text
    const char *text;  // "A" or "A,B": columns or JSON keys, implies a header; NULL: the columns
                       // before the label, "text"
    const char *label; // NULL: the last column, "label"
    bool number;       // JSON: the label may be any number
    // Gold answers: the label and all columns behind it, of which rows may have any number; JSON: a
    // string or an array of them. Columns without names: the first n_texts are text.
    bool answers;
    int n_texts;
};

struct mc_row {
    int64_t line;                        // where it begins, from 1
    int n_texts;                         // 1 or 2
    const char *text[MC_LABELLED_TEXTS]; // borrowed until the next call; valid UTF-8 without NUL,
                                         // each followed by a NUL
    size_t text_len[MC_LABELLED_TEXTS];
    const char *label;   // or NULL; the first of the answers
    const char *answers; // with `answers`: all, each followed by a NUL byte; else NULL
    size_t answers_len;
};

struct mc_labelled;

// path NULL or "-": standard input. Reads the header. Errors: an unknown column, a first row that
// looks like a header and is not declared as one, options that contradict each other
// (MC_ERR_USAGE).
int mc_labelled_open(struct mc_labelled **r, const char *path, const struct mc_labelled_options *o,
                     struct mc_error *e) MC_MUST_USE;
// 1 with a row, 0 at the end, or MC_ERR_INPUT, "FILE: line N: what". A file without any row is one.
int mc_labelled_next(struct mc_labelled *r, struct mc_row *row, struct mc_error *e) MC_MUST_USE;
// After an error of mc_labelled_next: whether only that row is bad and the next call goes on behind
// it.
bool mc_labelled_recoverable(const struct mc_labelled *r);
const char *mc_labelled_name(const struct mc_labelled *r); // for messages
// Appends what was taken for text and label, as "text 'sentence', label 'label'" or "text column
// 1, label column 2"; known once a row is read.
int mc_labelled_describe(const struct mc_labelled *r, struct mc_buf *out,
                         struct mc_error *e) MC_MUST_USE;
// The format that a file's name ends with (.csv, .json, .jsonl, .ndjson, .tsv), else `other`.
enum mc_labelled_format mc_labelled_format_of(const char *name, enum mc_labelled_format other);
// The format of a word, "tsv", "csv" or "jsonl", and the word of the one that a name ends with.
enum mc_labelled_format mc_labelled_format_named(const char *word);
const char *mc_labelled_format_word(const char *name);
// XXH3-128 of the bytes read so far: of the file, at the end.
void mc_labelled_digest(const struct mc_labelled *r, char out[MC_DIGEST_TEXT]);
void mc_labelled_close(struct mc_labelled *r);

#endif
