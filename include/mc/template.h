// Templates of text to text: fixed text with the texts of a row in it, encoded as one string.
#ifndef MC_TEMPLATE_H
#define MC_TEMPLATE_H

#include "mc/tokenizer.h"
#include "mc/tokens.h"

enum { MC_TEMPLATE_TEXTS = 2 };

struct mc_template {
    struct mc_template_part {
        size_t at, n; // bytes of `fixed`
        int text;     // -1: fixed; else the text that stands here
    } * part;
    int n, n_texts; // n_texts: 1 + the highest text that is used
    struct mc_buf fixed, filled;
};

// A source has {1} and {2}, or one of them, for texts 0 and 1; a target has {label} for text 0;
// {{ and }} are braces. Anything else in braces, a brace alone and a template without a text are
// MC_ERR_USAGE.
int mc_template_source(struct mc_template *p, const char *s, struct mc_error *e) MC_MUST_USE;
int mc_template_target(struct mc_template *p, const char *s, struct mc_error *e) MC_MUST_USE;
// Frees the parts; *p is empty then.
void mc_template_release(struct mc_template *p);

// Encodes the whole string as a single text, so that special tokens of the template, and those
// written in a text, are found as in any text. max_len > 0 shortens texts, at code points, until
// the string has at most that many tokens: with k tokens left beside the template, the text that
// alone has more tokens is cut; where both alone have more than k/2, the other is first cut to
// floor(k/2) tokens (of equals the second counts as the longer). A text keeps as much as fits:
// neither one code point more would, nor more of its last word (16 code points are tried). A
// template that is too long without texts is MC_ERR_INPUT. Not for several threads at once.
int mc_template_encode(struct mc_template *p, const struct mc_tokenizer *t,
                       const char *const text[], const size_t len[], int64_t max_len,
                       struct mc_encoding *x, struct mc_error *e) MC_MUST_USE;

// Encodes a target whole; one without a token, or of more than max_target > 0, is MC_ERR_INPUT.
int mc_template_answer(struct mc_template *p, const struct mc_tokenizer *t, const char *label,
                       int64_t max_target, struct mc_encoding *x, struct mc_error *e) MC_MUST_USE;
// What a text-to-text set has beside its examples: the pieces and how to join them, and where it
// has labels the target of each. Two labels whose targets are alike are MC_ERR_INPUT.
int mc_template_finish(struct mc_template *p, const struct mc_tokenizer *t, int64_t max_target,
                       struct mc_tokens *set, struct mc_error *e) MC_MUST_USE;

#endif
