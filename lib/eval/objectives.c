// The table of objectives. A new one is a file beside this and a row here; the first that serves a
// model is what it is tuned and evaluated for.
#include "mc/objective.h"

const struct mc_objective *const mc_objectives[] = {
    &mc_objective_masked,  &mc_objective_spans,    &mc_objective_target_text,
    &mc_objective_regress, &mc_objective_classify, NULL};
