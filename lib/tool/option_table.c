// A table of options put together: from parts, and from options that rows have of their own.
#include <assert.h>
#include <string.h>

#include "mc/cli.h"

void mc_opt_table_add(struct mc_opt_table *to, const struct mc_opt *opts, int n) {
    assert(to->n + n <= MC_OPT_TABLE); // the tables are ours
    memcpy(to->v + to->n, opts, (size_t)n * sizeof *opts);
    to->n += n;
}

void mc_opt_table_add_own(struct mc_opt_table *to, struct mc_option_value *v, unsigned flags) {
    static const enum mc_opt_type TYPE[] = {[MC_OPTION_WHOLE] = MC_OPT_INT,
                                            [MC_OPTION_REAL] = MC_OPT_REAL,
                                            [MC_OPTION_TEXT] = MC_OPT_STR,
                                            [MC_OPTION_CHOICE] = MC_OPT_CHOICE};
    void *const dest[] = {[MC_OPTION_WHOLE] = &v->whole,
                          [MC_OPTION_REAL] = &v->real,
                          [MC_OPTION_TEXT] = &v->text,
                          [MC_OPTION_CHOICE] = &v->text};
    const struct mc_option *of = v->of;
    const struct mc_opt one = {.name = of->name,
                               .type = TYPE[of->type],
                               .dest = dest[of->type],
                               .min = of->min,
                               .max = of->max,
                               .choices = of->choices,
                               .arg = of->arg,
                               .help = of->help,
                               .flags = flags | (of->above ? MC_OPT_ABOVE : 0) |
                                        (of->below ? MC_OPT_BELOW : 0),
                               .given = &v->given};
    mc_opt_table_add(to, &one, 1);
}
