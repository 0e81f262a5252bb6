// The command line: one table of options makes parsing, --help and provenance.
#include "mc/cli.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mc/kern.h"
#include "mc/num.h"
#include "mc/out.h"
#include "mc/pool.h"
#include "mc/utf8.h"
#include "text.h"

enum { COMMON_MAX = 12 };

struct common {
    bool help, options, version;
    const char *precision;
    struct mc_opt opt[COMMON_MAX];
    int n;
};

static void common_options(struct mc_cli *c, struct common *k) {
    struct mc_opt all[COMMON_MAX] = {
        {"--help", MC_OPT_FLAG, &k->help, .help = "print this text"},
        {"-h", MC_OPT_FLAG, &k->help, .help = "the same"},
        {"--options", MC_OPT_FLAG, &k->options, .help = "print these options as a table"},
        {"--version", MC_OPT_FLAG, &k->version,
         .help = "print version, libraries and kernel family"},
        {"-o", MC_OPT_STR, &c->output, .arg = "FILE",
         .help = "output, written beside it and renamed; default: standard output"},
        {"--threads", MC_OPT_INT, &c->threads, 1, 1024, .arg = "N",
         .help = "threads; default: the processors at hand"},
        {"-q", MC_OPT_FLAG, &c->log.quiet, .help = "say errors only"},
        {"-v", MC_OPT_FLAG, &c->log.verbose, .help = "say more"},
    };
    int n = 8;
    if (c->use & MC_CLI_STREAM)
        all[n++] = (struct mc_opt){"--level",
                                   MC_OPT_INT,
                                   &c->level,
                                   0,
                                   9,
                                   .arg = "N",
                                   .help = "compression; default: 1 into a regular file, else 0"};
    if (c->use & MC_CLI_MODELS)
        all[n++] = (struct mc_opt){"--base", MC_OPT_STR, &c->base, .arg = "FILE",
                                   .help = "base model of the deltas read"};
    if (c->use & MC_CLI_COMPUTE)
        all[n++] = (struct mc_opt){
            "--precision",         MC_OPT_CHOICE, &k->precision,
            .choices = "f32|bf16", .arg = "P",    .help = "inputs of matrix products",
            .flags = MC_OPT_RESULT};
    memcpy(k->opt, all, sizeof all);
    k->n = n;
}

static bool asks(const struct common *k) { return k->help || k->options || k->version; }

// What is asked for, on standard output; the first write that fails ends it, so that what was
// written is a beginning of the text.
static int print(const struct mc_cli *c, const struct common *k, struct mc_error *e) {
    struct mc_out to;
    MC_TRY(mc_out_open(&to, NULL, e));
    int rc = k->help      ? mc_text_help(&to, c, k->opt, k->n, e)
             : k->options ? mc_text_options(&to, c, k->opt, k->n, e)
                          : mc_text_version(&to, c, e);
    if (rc == 0) rc = mc_out_flush(&to, e);
    mc_out_abort(&to);
    return rc;
}

static bool in_choices(const char *choices, const char *v) {
    size_t n = strlen(v);
    for (const char *p = choices; p && *p;) {
        size_t k = strcspn(p, "|");
        if (k == n && memcmp(p, v, n) == 0) return true;
        p += k + (p[k] == '|');
    }
    return false;
}

static int check_range(const struct mc_opt *o, double v, const char *text, struct mc_error *e) {
    if (o->min == 0 && o->max == 0) return 0;
    bool low = v < o->min || ((o->flags & MC_OPT_ABOVE) && v == o->min);
    bool high = v > o->max || ((o->flags & MC_OPT_BELOW) && v == o->max);
    if (!low && !high) return 0;
    if (isinf(o->max))
        return mc_fail(e, MC_ERR_USAGE, "%s: %s is not %s %g", o->name, text,
                       o->flags & MC_OPT_ABOVE ? "above" : "at least", o->min);
    return mc_fail(e, MC_ERR_USAGE, "%s: %s is not %s %.15g and %s %.15g", o->name, text,
                   o->flags & MC_OPT_ABOVE ? "above" : "from", o->min,
                   o->flags & MC_OPT_BELOW ? "below" : "up to", o->max);
}

// A file or directory has a name.
static int check_file(const struct mc_opt *o, const char *v, struct mc_error *e) {
    if (*v || (strcmp(o->arg, "FILE") != 0 && strcmp(o->arg, "DIR") != 0)) return 0;
    return mc_fail(e, MC_ERR_USAGE, "%s: the name is empty", o->name);
}

static int set_value(const struct mc_opt *o, const char *v, struct mc_error *e) {
    switch (o->type) {
    case MC_OPT_FLAG: *(bool *)o->dest = true; break;
    case MC_OPT_INT: {
        int64_t x;
        if (!mc_parse_i64(v, &x))
            return mc_fail(e, MC_ERR_USAGE, "%s: '%s' is no whole number", o->name, v);
        MC_TRY(check_range(o, (double)x, v, e));
        *(int64_t *)o->dest = x;
        break;
    }
    case MC_OPT_REAL: {
        double x;
        if (!mc_parse_f64(v, &x))
            return mc_fail(e, MC_ERR_USAGE, "%s: '%s' is no number", o->name, v);
        MC_TRY(check_range(o, x, v, e));
        *(double *)o->dest = x;
        break;
    }
    case MC_OPT_CHOICE:
        if (!in_choices(o->choices, v))
            return mc_fail(e, MC_ERR_USAGE, "%s: '%s' is none of %s", o->name, v, o->choices);
        *(const char **)o->dest = v;
        break;
    case MC_OPT_STR:
        MC_TRY(check_file(o, v, e));
        // it becomes part of the provenance, which is JSON
        if ((o->flags & MC_OPT_RESULT) && mc_utf8_check(v, strlen(v)) < strlen(v))
            return mc_fail(e, MC_ERR_USAGE, "%s: the value is not UTF-8", o->name);
        *(const char **)o->dest = v;
        break;
    case MC_OPT_LIST: {
        MC_TRY(check_file(o, v, e));
        struct mc_list *l = o->dest;
        const char **p = mc_resize(l->v, (size_t)l->n + 1, sizeof *p, e);
        if (!p) return MC_ERR_MEM;
        l->v = p;
        l->v[l->n++] = v;
        break;
    }
    }
    if (o->given) *o->given = true;
    return 0;
}

static const struct mc_opt *find_option(const struct mc_cli *c, const struct common *k,
                                        const char *name, size_t n) {
    for (int i = 0; i < c->n_opts; i++)
        if (strlen(c->opts[i].name) == n && memcmp(c->opts[i].name, name, n) == 0)
            return &c->opts[i];
    for (int i = 0; i < k->n; i++)
        if (strlen(k->opt[i].name) == n && memcmp(k->opt[i].name, name, n) == 0) return &k->opt[i];
    return NULL;
}

// --- options that go together

// Which options have appeared: those of the program, then the common ones.
struct seen {
    const struct mc_cli *c;
    const struct common *k;
    bool *opt;
};

static const struct mc_opt *option_at(const struct seen *s, int i) {
    return i < s->c->n_opts ? &s->c->opts[i] : &s->k->opt[i - s->c->n_opts];
}

static int see(struct seen *s, const struct mc_opt *o, struct mc_error *e) {
    int i = 0;
    while (option_at(s, i) != o) i++;
    if (s->opt[i] && (o->flags & MC_OPT_ONCE))
        return mc_fail(e, MC_ERR_USAGE, "%s is given twice", o->name);
    s->opt[i] = true;
    return 0;
}

// The next name of a list, or NULL; *n its length.
static const char *next_name(const char **list, size_t *n) {
    const char *name = *list;
    if (!name || !*name) return NULL;
    *n = strcspn(name, ",");
    *list = name + *n + (name[*n] == ',');
    return name;
}

static bool has_appeared(const struct seen *s, const char *name, size_t n) {
    const struct mc_opt *o = find_option(s->c, s->k, name, n);
    assert(o); // the tables are ours
    for (int i = 0; i < s->c->n_opts + s->k->n; i++)
        if (option_at(s, i) == o) return s->opt[i];
    return false;
}

// Of a list, the first that has appeared, or that has not; NULL: none.
static const char *first_of(const struct seen *s, const char *list, bool appeared, size_t *n) {
    for (const char *name; (name = next_name(&list, n));)
        if (has_appeared(s, name, *n) == appeared) return name;
    return NULL;
}

// "--a, --b or --c"
static void list_names(const char *list, char *out, size_t size) {
    size_t n, at = 0;
    *out = 0;
    for (const char *name; (name = next_name(&list, &n)) && at < size;)
        at += (size_t)snprintf(out + at, size - at, "%s%.*s",
                               at == 0 ? ""
                               : *list ? ", "
                                       : " or ",
                               (int)n, name);
}

static int check_value_of(const struct seen *s, const struct mc_opt *o, struct mc_error *e) {
    size_t n = strcspn(o->only_for, " ");
    const struct mc_opt *of = find_option(s->c, s->k, o->only_for, n);
    assert(of && of->type == MC_OPT_CHOICE);
    const char *is = *(const char **)of->dest;
    if (!is || strcmp(is, o->only_for + n + 1) == 0) return 0;
    return mc_fail(e, MC_ERR_USAGE, "%s is for %s", o->name, o->only_for);
}

static int check_option(const struct seen *s, const struct mc_opt *o, struct mc_error *e) {
    size_t n;
    char names[160];
    const char *other = first_of(s, o->excludes, true, &n);
    if (other)
        return mc_fail(e, MC_ERR_USAGE, "%s and %.*s exclude each other", o->name, (int)n, other);
    if ((other = first_of(s, o->together, false, &n)))
        return mc_fail(e, MC_ERR_USAGE, "%s and %.*s go together", o->name, (int)n, other);
    if (o->only_with && !first_of(s, o->only_with, true, &n)) {
        list_names(o->only_with, names, sizeof names);
        return mc_fail(e, MC_ERR_USAGE, "%s is for %s", o->name, names);
    }
    return o->only_for ? check_value_of(s, o, e) : 0;
}

static int check_options(const struct seen *s, struct mc_error *e) {
    for (int i = 0; i < s->c->n_opts; i++) {
        const struct mc_opt *o = &s->c->opts[i];
        if (s->opt[i])
            MC_TRY(check_option(s, o, e));
        else if (o->flags & MC_OPT_NEEDED)
            return mc_fail(e, MC_ERR_USAGE, "%s %s is needed", o->name, o->arg);
    }
    return 0;
}

// --- the whole line

static int read_line(struct mc_cli *c, const struct common *k, struct seen *seen, int argc,
                     char **argv, struct mc_error *e) {
    c->operand = mc_new((size_t)argc, sizeof *c->operand, e);
    if (!c->operand) return MC_ERR_MEM;
    bool ended = false;
    int dashes = 0;
    for (int i = 1; i < argc; i++) {
        char *a = argv[i];
        if (ended || a[0] != '-' || a[1] == 0) {
            dashes += strcmp(a, "-") == 0;
            c->operand[c->n_operands++] = a;
            continue;
        }
        if (strcmp(a, "--") == 0) {
            ended = true;
            continue;
        }
        size_t n = strcspn(a, "=");
        const struct mc_opt *o = find_option(c, k, a, n);
        if (!o) return mc_fail(e, MC_ERR_USAGE, "unknown option %.*s", (int)n, a);
        const char *v = NULL;
        if (o->type == MC_OPT_FLAG) {
            if (a[n]) return mc_fail(e, MC_ERR_USAGE, "%s takes no value", o->name);
        } else if (a[n]) {
            v = a + n + 1;
        } else if (i + 1 < argc) {
            v = argv[++i];
        } else {
            return mc_fail(e, MC_ERR_USAGE, "%s needs a value", o->name);
        }
        MC_TRY(set_value(o, v, e));
        MC_TRY(see(seen, o, e));
        if (asks(k)) return 0;
    }
    MC_TRY(check_options(seen, e));
    if (dashes > 1) return mc_fail(e, MC_ERR_USAGE, "- (standard input) is given twice");
    if (c->n_operands < c->min_operands)
        return mc_fail(e, MC_ERR_USAGE, "%d operand%s, needs %s%d: %s", c->n_operands,
                       mc_s(c->n_operands), c->max_operands == c->min_operands ? "" : "at least ",
                       c->min_operands, c->operands);
    if (c->max_operands >= 0 && c->n_operands > c->max_operands)
        return mc_fail(e, MC_ERR_USAGE, "unexpected operand '%s'", c->operand[c->max_operands]);
    for (int i = 0; i < c->n_operands; i++)
        if (!*c->operand[i])
            return mc_fail(e, MC_ERR_USAGE, "operand %d is empty: %s", i + 1, c->operands);
    if (c->output && strcmp(c->output, "-") == 0) c->output = NULL;
    return 0;
}

static int parse_all(struct mc_cli *c, const struct common *k, int argc, char **argv,
                     struct mc_error *e) {
    struct seen seen = {c, k, mc_new((size_t)(c->n_opts + k->n), sizeof *seen.opt, e)};
    int rc = seen.opt ? read_line(c, k, &seen, argc, argv, e) : MC_ERR_MEM;
    free(seen.opt);
    return rc;
}

// A standard descriptor that is closed would be taken by the next file opened, and a table meant
// for standard output end in that file. /dev/null takes its place, opened so that using it still
// fails.
static int hold_standard(struct mc_error *e) {
    for (int fd = 0; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) >= 0) continue;
        if (open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
            return mc_fail_errno(e, "/dev/null: cannot open");
    }
    return 0;
}

int mc_cli_readable(const char *file, struct mc_error *e) {
    if (!file || strcmp(file, "-") == 0 || access(file, R_OK) == 0) return 0;
    return mc_fail_errno(e, "%s: cannot open", file);
}

static int try_files(const struct mc_cli *c, struct mc_error *e) {
    MC_TRY(mc_cli_readable(c->base, e));
    for (int i = 0; (c->use & MC_CLI_FILES) && i < c->n_operands; i++)
        MC_TRY(mc_cli_readable(c->operand[i], e));
    return mc_out_try(c->output, false, e);
}

// The values of options that may be given again, and the operands.
static void release_line(struct mc_cli *c) {
    for (int i = 0; i < c->n_opts; i++) {
        if (c->opts[i].type != MC_OPT_LIST) continue;
        struct mc_list *l = c->opts[i].dest;
        free(l->v);
        *l = (struct mc_list){0};
    }
    free(c->operand);
    c->operand = NULL;
}

int mc_cli_parse(struct mc_cli *c, int argc, char **argv) {
    signal(SIGPIPE, SIG_IGN); // a closed pipe is an error of write
    signal(SIGXFSZ, SIG_IGN); // and so is a file that reached the limit of its size
    struct common k = {0};
    c->log.prog = c->prog;
    c->level = -1;
    c->threads = mc_processors();
    k.precision = "f32";
    common_options(c, &k);
    struct mc_error e = {0};
    int rc = hold_standard(&e);
    if (rc == 0) rc = parse_all(c, &k, argc, argv, &e);
    c->log.to_file = c->output != NULL;
    c->precision = strcmp(k.precision, "bf16") == 0 ? MC_PRECISION_BF16 : MC_PRECISION_F32;
    bool prints = asks(&k);
    if (rc == 0 && (prints ? k.version : (c->use & MC_CLI_COMPUTE) != 0))
        rc = mc_kern_check(c->precision, &e);
    if (rc == 0) rc = prints ? print(c, &k, &e) : try_files(c, &e);
    return rc == 0 && !prints ? -1 : mc_cli_finish(c, rc, &e);
}

int mc_cli_outputs(const struct mc_cli *c, const char *const *file, int n, struct mc_error *e) {
    const char *all[8] = {c->output ? c->output : "-"};
    assert(n < MC_COUNT(all));
    for (int i = 0; i < n; i++) all[i + 1] = file[i];
    return mc_out_distinct(all, n + 1, e);
}

int mc_cli_finish(struct mc_cli *c, int rc, const struct mc_error *e) {
    release_line(c);
    if (rc >= 0) return 0;
    if (rc == MC_ERR_PIPE && !c->log.verbose) return 1; // the reader that left knows why
    fprintf(stderr, "%s: error: %s%s%s%s\n", c->prog, e->text, rc == MC_ERR_USAGE ? " (see " : "",
            rc == MC_ERR_USAGE ? c->prog : "", rc == MC_ERR_USAGE ? " --help)" : "");
    return rc == MC_ERR_USAGE ? 2 : 1;
}

static int add_value(const struct mc_opt *o, struct mc_buf *out, struct mc_error *e) {
    const char *name = o->name + strspn(o->name, "-");
    switch (o->type) {
    case MC_OPT_FLAG: return *(bool *)o->dest ? mc_buf_printf(out, e, " %s", name) : 0;
    case MC_OPT_INT: return mc_buf_printf(out, e, " %s=%lld", name, (long long)*(int64_t *)o->dest);
    case MC_OPT_REAL: return mc_buf_printf(out, e, " %s=%.15g", name, *(double *)o->dest);
    case MC_OPT_STR:
    case MC_OPT_CHOICE: {
        const char *v = *(const char **)o->dest;
        if (!v) return 0;
        const char *q = strpbrk(v, " \t\n\"") ? "\"" : "";
        MC_TRY(mc_buf_printf(out, e, " %s=%s", name, q));
        for (; *v; v++) {
            if (*v == '"' || *v == '\\') MC_TRY(mc_buf_add(out, "\\", 1, e));
            MC_TRY(mc_buf_printf(out, e, *v == '\n' ? "\\n" : "%c", *v));
        }
        return mc_buf_printf(out, e, "%s", q);
    }
    case MC_OPT_LIST: return 0;
    }
    return 0;
}

int mc_cli_provenance(const struct mc_cli *c, struct mc_buf *out, struct mc_error *e) {
    MC_TRY(mc_buf_printf(out, e, "%s %s", c->prog, MC_VERSION));
    for (int i = 0; i < c->n_opts; i++) {
        const struct mc_opt *o = &c->opts[i];
        if (!(o->flags & MC_OPT_RESULT)) continue;
        if ((o->flags & MC_OPT_GIVEN) && o->given && !*o->given) continue;
        MC_TRY(add_value(o, out, e));
    }
    if (c->use & MC_CLI_COMPUTE)
        MC_TRY(mc_buf_printf(out, e, " precision=%s",
                             c->precision == MC_PRECISION_BF16 ? "bf16" : "f32"));
    return 0;
}
