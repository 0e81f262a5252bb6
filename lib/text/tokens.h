// The tensors of a token set. Private to lib/text.
#ifndef MC_TEXT_TOKENS_H
#define MC_TEXT_TOKENS_H

#include "mc/tokens.h"

// In the order in which they are written: wide ones first, so that all are aligned.
enum {
    P_OFFSETS,
    P_LINES,
    P_TARGET_OFFSETS,
    P_LABEL_TARGET_OFFSETS,
    P_ANSWER_OFFSETS,
    P_VALUES,
    P_IDS,
    P_LABELS,
    P_TARGET_IDS,
    P_LABEL_TARGET_IDS,
    P_TYPES,
    P_ANSWERS,
    P_PIECES,
    P_COUNT
};
struct tokens_part {
    const char *name;
    enum mc_dtype type;
    size_t field; // where struct mc_tokens has its pointer
};
extern const struct tokens_part tokens_part[P_COUNT];

// --- tokens_check.c
// What a document's header must say; n[k] is the length of part k, or -1 where it is absent.
int tokens_check_shapes(const struct mc_doc *d, int64_t n[P_COUNT], struct mc_error *e) MC_MUST_USE;
// That the parts of a set fit together, once its label names are known.
int tokens_check_parts(const struct mc_tokens *t, const int64_t n[P_COUNT],
                       struct mc_error *e) MC_MUST_USE;
// What the tensors hold; sets max_len, max_target and n_pieces.
int tokens_check_data(struct mc_tokens *t, const int64_t n[P_COUNT],
                      struct mc_error *e) MC_MUST_USE;

#endif
