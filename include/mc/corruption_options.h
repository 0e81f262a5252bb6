// The options of every program that pre-trains or evaluates on a corpus: how its sequences are cut
// and corrupted.
#ifndef MC_CORRUPTION_OPTIONS_H
#define MC_CORRUPTION_OPTIONS_H

#include "mc/cli.h"
#include "mc/corruption.h"

struct mc_corruption_options {
    int64_t seq_len, seed;
    double mask, span;
    bool seed_given, span_given; // --span is in provenance where this is set
};
// Sets the defaults and appends the options to a table, each with these flags.
void mc_corruption_options_add(struct mc_corruption_options *o, unsigned flags,
                               struct mc_opt_table *to);
// What they say; about and spans follow from the corpus and the model.
struct mc_corruption mc_corruption_of(const struct mc_corruption_options *o);

#endif
