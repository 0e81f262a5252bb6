// What a program says of itself: its table of options as text and as a table, version. common[n]:
// the options that it shares with others.
#ifndef MC_TOOL_TEXT_H
#define MC_TOOL_TEXT_H

#include "mc/cli.h"
#include "mc/out.h"

int mc_text_help(struct mc_out *to, const struct mc_cli *c, const struct mc_opt *common, int n,
                 struct mc_error *e) MC_MUST_USE;
// Columns: option argument type choices default needed again help. type is flag, whole, real, text,
// choice, file or directory; again: it may be given more than once.
int mc_text_options(struct mc_out *to, const struct mc_cli *c, const struct mc_opt *common, int n,
                    struct mc_error *e) MC_MUST_USE;
int mc_text_version(struct mc_out *to, const struct mc_cli *c, struct mc_error *e) MC_MUST_USE;

#endif
