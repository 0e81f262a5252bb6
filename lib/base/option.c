// The value that an option of a row has where nobody gives it.
#include "mc/option.h"

struct mc_option_value mc_option_not_given(const struct mc_option *of) {
    return (struct mc_option_value){
        .of = of, .whole = (int64_t)of->fallback, .real = of->fallback, .text = of->word};
}
