// The tensors that the document of a token set may have: their names, their types, and where the
// set keeps them.
#include <stddef.h>

#include "tokens.h"

const struct tokens_part tokens_part[P_COUNT] = {
    {"offsets", MC_I64, offsetof(struct mc_tokens, offset)},
    {"lines", MC_I64, offsetof(struct mc_tokens, lines)},
    {"target_offsets", MC_I64, offsetof(struct mc_tokens, target_offset)},
    {"label_target_offsets", MC_I64, offsetof(struct mc_tokens, label_target_offset)},
    {"answer_offsets", MC_I64, offsetof(struct mc_tokens, answer_offset)},
    {"values", MC_F64, offsetof(struct mc_tokens, values)},
    {"ids", MC_I32, offsetof(struct mc_tokens, ids)},
    {"labels", MC_I32, offsetof(struct mc_tokens, labels)},
    {"target_ids", MC_I32, offsetof(struct mc_tokens, target_ids)},
    {"label_target_ids", MC_I32, offsetof(struct mc_tokens, label_target_ids)},
    {"types", MC_U8, offsetof(struct mc_tokens, types)},
    {"answers", MC_U8, offsetof(struct mc_tokens, answers)},
    {"pieces", MC_U8, offsetof(struct mc_tokens, pieces)},
};
