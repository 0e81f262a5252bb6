// An option that a row of a table (a tuning method, a kind of path) has of its own, and its value.
#ifndef MC_OPTION_H
#define MC_OPTION_H

#include <stdbool.h>
#include <stdint.h>

enum mc_option_type { MC_OPTION_WHOLE, MC_OPTION_REAL, MC_OPTION_TEXT, MC_OPTION_CHOICE };
struct mc_option {
    const char *name, *arg, *help; // "--rank", "R"
    enum mc_option_type type;
    double fallback, min, max;  // of a number; fallback: where it is not given
    bool above, below;          // the bounds are open
    const char *choices, *word; // of a choice: "layer|kind"; the one where it is not given
};
struct mc_option_value {
    const struct mc_option *of;
    bool given;
    int64_t whole;
    double real;
    const char *text; // or the word of a choice; NULL: not given
};
// The value of an option that is not given.
struct mc_option_value mc_option_not_given(const struct mc_option *of);

#endif
