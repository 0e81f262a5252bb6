// The learning rate's share at a step: warm-up, then constant, linear or cosine.
#include <math.h>

#include "mc/optim.h"

const char *const mc_schedule_names[MC_SCHEDULES] = {"constant", "linear", "cosine"};

double mc_schedule_factor(enum mc_schedule s, int64_t step, int64_t total, int64_t warmup) {
    if (step < warmup) return (double)step / (double)warmup;
    double left = (double)(total - step), span = (double)(total - warmup);
    if (span < 1) span = 1;
    switch (s) {
    case MC_SCHEDULE_LINEAR: return left > 0 ? left / span : 0;
    case MC_SCHEDULE_COSINE:
        return .5 * (1 + cos(3.14159265358979323846 * (double)(step - warmup) / span));
    case MC_SCHEDULE_CONSTANT:
    case MC_SCHEDULES: break;
    }
    return 1;
}
