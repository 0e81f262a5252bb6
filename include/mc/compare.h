// Comparing two models: whether they are of one network, and may be the ends of one path.
#ifndef MC_COMPARE_H
#define MC_COMPARE_H

#include "mc/model.h"

enum mc_difference_of {
    MC_SAME,
    MC_OTHER_CONFIGS, // their configurations compute different functions
    MC_OTHER_TOKENIZERS,
    MC_OTHER_KINDS, // one is a complete model, the other a delta
    MC_OTHER_BASES,
    MC_OTHER_METHODS, // or parameters of one method
    MC_OTHER_TENSORS
};
enum { MC_WHY = 768 };
// The first difference in the order above.
struct mc_difference {
    enum mc_difference_of of;
    char text[MC_WHY]; // what stands behind "the models have different "; empty for MC_SAME
};

// Fill *d; a difference is no error. The first compares configurations, tokenizers (where both name
// one), kinds and bases, the second then methods and the tensors of the body. MC_ERR_INPUT: a delta
// without mc.method, or one that is not JSON.
int mc_networks_compare(const struct mc_model *a, const struct mc_model *b, struct mc_difference *d,
                        struct mc_error *e) MC_MUST_USE;
int mc_models_compare(const struct mc_model *a, const struct mc_model *b, struct mc_difference *d,
                      struct mc_error *e) MC_MUST_USE;
// Whether both have the same value of a key of their metadata, or neither has one.
bool mc_meta_same(const struct mc_model *a, const struct mc_model *b, const char *key);
// Whether the labels are the same names; *same_order: and in the same order.
bool mc_labels_same(const struct mc_model *a, const struct mc_model *b, bool *same_order);
// How many tensors the body has, the first rows of the table; behind them is a head of labels.
int mc_model_body_tensors(const struct mc_model *m);

#endif
