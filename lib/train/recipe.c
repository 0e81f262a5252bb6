// How many updates a recipe makes of a set.
#include "mc/recipe.h"

void mc_recipe_steps(const struct mc_recipe *r, int64_t n, int64_t *per_epoch, int64_t *total) {
    int64_t size = r->batch * r->accum;
    *per_epoch = (n + size - 1) / size;
    *total = r->steps > 0 ? r->steps : r->epochs * *per_epoch;
}
