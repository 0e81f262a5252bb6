// What a program says of itself on standard output.
#include "text.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <utf8proc.h>
#include <xxhash.h>
#include <zlib.h>
#ifdef MC_ISAL
#define MC_ISAL_TEXT "ISA-L, "
#else
#define MC_ISAL_TEXT ""
#endif

#include "mc/kern.h"
#include "mc/num.h"

enum { LEFT = 28 }; // columns of an option and what it takes, in --help

// As text, empty where there is none.
static void default_text(const struct mc_opt *o, char *out, size_t n) {
    char num[MC_NUM_TEXT];
    out[0] = 0;
    if (strstr(o->help, "default")) return; // the text says it
    switch (o->type) {
    case MC_OPT_INT:
        if (*(int64_t *)o->dest >= (int64_t)o->min || (o->min == 0 && o->max == 0))
            snprintf(out, n, "%lld", (long long)*(int64_t *)o->dest);
        break;
    case MC_OPT_REAL:
        if (isfinite(*(double *)o->dest))
            snprintf(out, n, "%s", mc_num_text(*(double *)o->dest, num));
        break;
    case MC_OPT_STR:
    case MC_OPT_CHOICE:
        if (*(const char **)o->dest) snprintf(out, n, "%s", *(const char **)o->dest);
        break;
    case MC_OPT_FLAG:
    case MC_OPT_LIST: break;
    }
}

static int print_option(struct mc_out *to, const struct mc_opt *o, struct mc_error *e) {
    char left[80], def[80];
    if (o->type == MC_OPT_FLAG)
        snprintf(left, sizeof left, "%s", o->name);
    else
        snprintf(left, sizeof left, "%s %s", o->name, o->choices ? o->choices : o->arg);
    default_text(o, def, sizeof def);
    bool alone = strlen(left) > LEFT; // the text has a line of its own
    MC_TRY(mc_out_printf(to, e, "  %-*s %s%*s%s", LEFT, left, alone ? "\n" : "",
                         alone ? LEFT + 3 : 0, "", o->help));
    return def[0] ? mc_out_printf(to, e, " (%s)\n", def) : mc_out_printf(to, e, "\n");
}

int mc_text_help(struct mc_out *to, const struct mc_cli *c, const struct mc_opt *common, int n,
                 struct mc_error *e) {
    MC_TRY(mc_out_printf(to, e, "%s: %s\n\nusage: %s [option]... %s\n\n", c->prog, c->purpose,
                         c->prog, c->operands));
    if (c->examples) MC_TRY(mc_out_printf(to, e, "%s\n", c->examples));
    for (int i = 0; i < c->n_opts; i++) MC_TRY(print_option(to, &c->opts[i], e));
    if (c->n_opts) MC_TRY(mc_out_printf(to, e, "\n"));
    for (int i = 0; i < n; i++) MC_TRY(print_option(to, &common[i], e));
    return c->see_also ? mc_out_printf(to, e, "\nsee also: %s\n", c->see_also) : 0;
}

// What completion and manual pages tell apart.
static const char *type_word(const struct mc_opt *o) {
    switch (o->type) {
    case MC_OPT_FLAG: return "flag";
    case MC_OPT_INT: return "whole";
    case MC_OPT_REAL: return "real";
    case MC_OPT_CHOICE: return "choice";
    case MC_OPT_STR:
    case MC_OPT_LIST: break;
    }
    return strcmp(o->arg, "FILE") == 0 ? "file" : strcmp(o->arg, "DIR") == 0 ? "directory" : "text";
}

static int print_row(struct mc_out *to, const struct mc_opt *o, struct mc_error *e) {
    char def[80];
    default_text(o, def, sizeof def);
    bool flag = o->type == MC_OPT_FLAG;
    return mc_out_printf(to, e, "%s\t%s\t%s\t%s\t%s\t%d\t%d\t%s\n", o->name,
                         flag || !o->arg ? "" : o->arg, type_word(o), o->choices ? o->choices : "",
                         def, (o->flags & MC_OPT_NEEDED) != 0, o->type == MC_OPT_LIST, o->help);
}

int mc_text_options(struct mc_out *to, const struct mc_cli *c, const struct mc_opt *common, int n,
                    struct mc_error *e) {
    MC_TRY(mc_out_printf(to, e, "option\targument\ttype\tchoices\tdefault\tneeded\tagain\thelp\n"));
    for (int i = 0; i < c->n_opts; i++) MC_TRY(print_row(to, &c->opts[i], e));
    for (int i = 0; i < n; i++) MC_TRY(print_row(to, &common[i], e));
    return 0;
}

int mc_text_version(struct mc_out *to, const struct mc_cli *c, struct mc_error *e) {
    char products[MC_GEMM_VERSION_TEXT], f32[MC_FAMILY_TEXT], bf16[MC_FAMILY_TEXT];
    MC_TRY(mc_out_printf(
        to, e,
        "%s (mctools) %s\n%s, zlib %s, %sjansson %s, xxHash %d.%d.%d, utf8proc %s, PCRE2 %d.%d\n",
        c->prog, MC_VERSION, mc_gemm_version(products), zlibVersion(), MC_ISAL_TEXT,
        jansson_version_str(), XXH_VERSION_MAJOR, XXH_VERSION_MINOR, XXH_VERSION_RELEASE,
        utf8proc_version(), PCRE2_MAJOR, PCRE2_MINOR));
    return mc_out_printf(to, e, "kernels: %s\nkernels of bf16: %s\n",
                         mc_kern_family(MC_PRECISION_F32, f32),
                         mc_kern_family(MC_PRECISION_BF16, bf16));
}
