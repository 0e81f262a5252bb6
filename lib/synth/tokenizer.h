// Tokenizer directories of the language: a file and a table for each kind.
#ifndef MC_SYNTH_TOKENIZER_H
#define MC_SYNTH_TOKENIZER_H

#include "lang.h"

struct synth_file {
    const char *name;
    int (*make)(const struct mc_synth *s, struct mc_buf *b, struct mc_error *e);
};
// End with a name that is NULL.
extern const struct synth_file synth_wordpiece[], synth_bpe[], synth_unigram[];

// A special token of the list added_tokens in tokenizer.json.
int synth_put_special(struct mc_buf *b, bool first, int id, const char *text, bool lstrip,
                      struct mc_error *e);

#endif
