// What two models have in common: whether they are of one network, and may be the ends of one path.
#ifndef MC_COMPARE_H
#define MC_COMPARE_H

#include "mc/model.h"

enum mc_difference_of {
    MC_SAME,
    MC_OTHER_CONFIGS, // another function is computed
    MC_OTHER_TOKENIZERS,
    MC_OTHER_KINDS, // a complete model and a delta
    MC_OTHER_BASES,
    MC_OTHER_METHODS, // or parameters of the method
    MC_OTHER_TENSORS
};
enum { MC_WHY = 768 };
struct mc_difference { // the first that there is, in the order above
    enum mc_difference_of of;
    char text[MC_WHY]; // behind "the models have different "; of MC_SAME empty
};

// Configurations, tokenizers (where both name one), kinds, bases.
int mc_networks_compare(const struct mc_model *a, const struct mc_model *b,
                        struct mc_difference *d, struct mc_error *e) MC_MUST_USE;
// The same, then methods and the tensors of the body.
int mc_models_compare(const struct mc_model *a, const struct mc_model *b,
                      struct mc_difference *d, struct mc_error *e) MC_MUST_USE;
// Whether the labels are the same names; same_order too.
bool mc_labels_same(const struct mc_model *a, const struct mc_model *b, bool *same_order);
// Tensors of the body, the first rows of the table: those of a head of labels may differ in number.
int mc_model_body_tensors(const struct mc_model *m);

#endif
