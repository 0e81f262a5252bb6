// Ends that have learnt nothing, and what a reader of a barrier should know of the ends.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mc/barrier.h"

static int by_text(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

bool mc_at_chance(const char **label, int64_t n, int64_t right, double loss) {
    int64_t most = 0;
    double entropy = 0;
    qsort(label, (size_t)n, sizeof *label, by_text);
    for (int64_t i = 0, to; i < n; i = to) {
        for (to = i + 1; to < n && strcmp(label[i], label[to]) == 0;) to++;
        double share = (double)(to - i) / (double)n;
        entropy -= share * log(share);
        if (to - i > most) most = to - i;
    }
    return (right >= 0 && right <= most) || mc_loss_at_chance(loss, entropy);
}

bool mc_loss_at_chance(double loss, double least) {
    return loss >= least * (1 - 1e-6); // a loss that is summed from values of nine digits may fall below by this
}

const char *mc_barrier_notes(const struct mc_barrier *b, const bool chance[2], double epsilon) {
    static const char *const NOTES[2][2][2] = {
        {{"", "uneven"}, {"chance_1", "chance_1,uneven"}},
        {{"chance_0", "chance_0,uneven"}, {"chance_0,chance_1", "chance_0,chance_1,uneven"}}};
    return NOTES[chance[0]][chance[1]][fabs(b->loss_0 - b->loss_1) > epsilon];
}
