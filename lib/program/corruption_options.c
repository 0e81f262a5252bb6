// Options of corrupted sequences.
#include "mc/corruption_options.h"

#include <math.h>

void mc_corruption_options_add(struct mc_corruption_options *o, unsigned flags,
                               struct mc_opt_table *to) {
    *o = (struct mc_corruption_options){.seq_len = 128, .mask = .15, .span = 3};
    const struct mc_opt table[] = {
        {"--seq-len", MC_OPT_INT, &o->seq_len, 2, 1 << 20, .arg = "L",
         .help = "tokens of a corpus's sequences; of a text-to-text model, before corruption",
         .flags = flags},
        {"--mask", MC_OPT_REAL, &o->mask, 0, 1, .arg = "P",
         .help = "share of a corpus's tokens that is masked",
         .flags = flags | MC_OPT_ABOVE | MC_OPT_BELOW},
        {"--span", MC_OPT_REAL, &o->span, 1, INFINITY, .arg = "X",
         .help = "mean tokens of what a sentinel stands for (text to text)",
         .flags = flags | MC_OPT_GIVEN, .given = &o->span_given},
        {"--seed-mask", MC_OPT_INT, &o->seed, 0, INFINITY, .arg = "S",
         .help = flags & MC_OPT_RESULT ? "of what is masked; default: --seed"
                                       : "of what is masked of a corpus",
         .flags = flags, .given = &o->seed_given},
    };
    mc_opt_table_add(to, table, MC_COUNT(table));
}

struct mc_corruption mc_corruption_of(const struct mc_corruption_options *o) {
    return (struct mc_corruption){
        .mask = o->mask, .span = o->span, .seq_len = o->seq_len, .seed = (uint64_t)o->seed};
}
