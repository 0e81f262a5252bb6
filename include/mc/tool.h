// What the programs that write one model share.
#ifndef MC_TOOL_H
#define MC_TOOL_H

#include "mc/cli.h"
#include "mc/model.h"

// Writes m to the program's output, with a line of provenance: the options that affect the result,
// then `inputs`
// (" model=...", or empty).
int mc_tool_write_model(const struct mc_cli *c, struct mc_model *m, const char *inputs,
                        struct mc_pool *pool, struct mc_error *e) MC_MUST_USE;

#endif
