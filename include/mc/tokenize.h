// Rows of text to a token set: what a row becomes, and what becomes of rows that are bad.
#ifndef MC_TOKENIZE_H
#define MC_TOKENIZE_H

#include "mc/known_texts.h"
#include "mc/log.h"
#include "mc/labelled.h"
#include "mc/template.h"
#include "mc/tokenizer.h"
#include "mc/tokens.h"

struct mc_tokenizing {
    // set by the caller; mc_tokenizing_release frees the templates and the set, not tok, rows, log
    const struct mc_log *log;
    struct mc_tokenizer *tok;
    struct mc_labelled *rows;
    struct mc_template source, target; // target.n > 0: text to text; source.n = 0: none
    int64_t max_len, max_target;       // tokens; 0: any
    bool answers, regression, skip_bad;
    struct mc_known_texts known; // rows with such texts are left out
    struct mc_tokens_builder set;
    // what came of it
    int64_t bad, n_cut, left_out; // rows skipped, rows cut, rows whose texts are known
    struct mc_encoding x, y;      // of the source, of the target
    char first_bad[sizeof((struct mc_error *)0)->text];
};

// Texts of a labelled file, of which no row becomes an example; its form is told by its name, else
// it is that of o.
int mc_tokenizing_without(struct mc_tokenizing *z, const char *path, struct mc_labelled_options o,
                          struct mc_error *e) MC_MUST_USE;
// Opens the tokenizer of a directory and the rows of a file ("-": standard input), which the caller
// closes. MC_ERR_INPUT: text to text with a tokenizer that cannot join pieces.
int mc_tokenizing_open(struct mc_tokenizing *z, const char *dir, const char *path,
                       const struct mc_labelled_options *o, struct mc_error *e) MC_MUST_USE;
// Reads all rows into z->set. A bad row is MC_ERR_INPUT with file and line, or with skip_bad passed
// over and told; a set without a row is an error.
int mc_tokenizing_run(struct mc_tokenizing *z, struct mc_error *e) MC_MUST_USE;
// Appends one line of what was taken for what: a wrong column is seen there or nowhere.
int mc_tokenizing_taken(const struct mc_tokenizing *z, const struct mc_tokens *t,
                        struct mc_buf *line, struct mc_error *e) MC_MUST_USE;
void mc_tokenizing_release(struct mc_tokenizing *z);

#endif
