// Numbers, lists and options of a command line.
#include <math.h>
#include <string.h>

#include "fuzz.h"
#include "mc/cli.h"
#include "mc/num.h"
#include "mc/path.h"
#include "mc/split.h"
#include "mc/subset.h"
#include "mc/utf8.h"

enum { EXAMPLES = 1000, ARGS_MAX = 64 };

// Read back from what a table says of it.
static void check_number(const char *s) {
    double x, y;
    int64_t k, l;
    char text[MC_NUM_TEXT];
    if (mc_parse_f64(s, &x)) {
        FUZZ_CHECK(isfinite(x));
        FUZZ_CHECK(mc_parse_cell(s, &y) && x == y);
        if (fabs(x) < 1e308) {
            FUZZ_CHECK(mc_parse_f64(mc_num_text(x, text), &y));
            FUZZ_CHECK(fabs(x - y) <= 1e-8 * fabs(x));
        }
    }
    if (mc_parse_i64(s, &k)) {
        snprintf(text, sizeof text, "%lld", (long long)k);
        FUZZ_CHECK(mc_parse_i64(text, &l) && k == l);
        FUZZ_CHECK(mc_parse_f64(s, &x) && fabs(x - (double)k) <= 1024);
    }
}

static int check_grid(const char *s, struct mc_error *e) {
    struct mc_grid g;
    MC_TRY(mc_grid_list(&g, s, e));
    for (int i = 0; i < g.n; i++) {
        FUZZ_CHECK(isfinite(g.at[i].t));
        for (int k = 0; k < i; k++)
            FUZZ_CHECK(g.at[i].t != g.at[k].t); // a path has each point once
    }
    mc_grid_release(&g);
    return 0;
}

static int check_ints(const char *s, struct mc_error *e) {
    int64_t *v;
    int n;
    MC_TRY(mc_split_ints(s, 0, "--save-at", &v, &n, e));
    for (int i = 0; i < n; i++) FUZZ_CHECK(v[i] >= 0);
    mc_sort_ints(v, n);
    for (int i = 1; i < n; i++) FUZZ_CHECK(v[i] > v[i - 1]);
    free(v);
    return 0;
}

static int check_only(const uint8_t *p, size_t n, struct mc_error *e) {
    char path[FUZZ_PATH];
    bool seen[EXAMPLES] = {false};
    int64_t *v, k;
    MC_TRY(mc_subset_read(fuzz_file(path, "in", p, n), EXAMPLES, &v, &k, e));
    FUZZ_CHECK(k > 0 && k <= EXAMPLES);
    for (int64_t i = 0; i < k; i++) {
        FUZZ_CHECK(v[i] >= 0 && v[i] < EXAMPLES && !seen[v[i]]);
        seen[v[i]] = true;
    }
    free(v);
    return 0;
}

// Accepted where the text is a number, a grid, a list of steps or a list of examples.
int fuzz_values(const uint8_t *p, size_t n, struct mc_error *e) {
    struct mc_error other;
    char *s = malloc(n + 1);
    FUZZ_CHECK(s);
    memcpy(s, p, n);
    s[n] = 0;
    check_number(s);
    int rc = check_grid(s, e);
    if (check_ints(s, &other) == 0 || check_only(p, n, &other) == 0) rc = 0;
    free(s);
    return rc;
}

struct args {
    int64_t n, any, steps;
    double x, rate, wide;
    const char *text, *choice;
    struct mc_list list;
    bool flag, given;
};

static void check_args(const struct mc_cli *c, const struct args *a) {
    struct mc_error e;
    struct mc_buf line = {0};
    FUZZ_CHECK(a->n >= 2 && a->n <= 1000000 && a->steps >= 1);
    FUZZ_CHECK(a->x > 0 && a->x <= 1 && a->rate >= 0 && a->rate < 1 && isfinite(a->wide));
    FUZZ_CHECK(strcmp(a->choice, "line") == 0 || strcmp(a->choice, "chain") == 0);
    FUZZ_CHECK(c->threads >= 1 && c->threads <= 1024 && c->level >= -1 && c->level <= 9);
    FUZZ_CHECK(c->n_operands <= 3);
    FUZZ_OK(mc_cli_provenance(c, &line, &e), &e);
    // it becomes a line of metadata
    FUZZ_CHECK(mc_utf8_check(line.p, line.n) == line.n && !strchr(line.p, '\n'));
    mc_buf_release(&line);
}

// An argument a line, as a program of ours gets them.
int fuzz_options(const uint8_t *p, size_t n, struct mc_error *e) {
    struct args a = {.n = 26, .steps = 1, .x = 1, .choice = "line"};
    const struct mc_opt opts[] = {
        {"-n", MC_OPT_INT, &a.n, 2, 1000000, .arg = "N", .help = "n", .flags = MC_OPT_RESULT},
        {"--any", MC_OPT_INT, &a.any, .arg = "N", .help = "any", .flags = MC_OPT_RESULT},
        {"--steps", MC_OPT_INT, &a.steps, 1, 9e18, .arg = "N", .help = "steps", .given = &a.given,
         .flags = MC_OPT_RESULT | MC_OPT_GIVEN},
        {"--x", MC_OPT_REAL, &a.x, 0, 1, .arg = "X", .help = "x",
         .flags = MC_OPT_RESULT | MC_OPT_ABOVE},
        {"--rate", MC_OPT_REAL, &a.rate, 0, 1, .arg = "X", .help = "rate",
         .flags = MC_OPT_RESULT | MC_OPT_BELOW},
        {"--wide", MC_OPT_REAL, &a.wide, -INFINITY, INFINITY, .arg = "X", .help = "wide",
         .flags = MC_OPT_RESULT},
        {"--text", MC_OPT_STR, &a.text, .arg = "S", .help = "text", .flags = MC_OPT_RESULT},
        {"--choice", MC_OPT_CHOICE, &a.choice, .choices = "line|chain", .help = "choice",
         .flags = MC_OPT_RESULT},
        {"--list", MC_OPT_LIST, &a.list, .arg = "FILE", .help = "list"},
        {"--flag", MC_OPT_FLAG, &a.flag, .help = "flag", .flags = MC_OPT_RESULT},
    };
    struct mc_cli c = {.prog = "mc-x",
                       .purpose = "is tested",
                       .operands = "[FILE...]",
                       .opts = opts,
                       .n_opts = MC_COUNT(opts),
                       .max_operands = 3,
                       .use = MC_CLI_STREAM | MC_CLI_MODELS | MC_CLI_COMPUTE};
    char *text = malloc(n + 1), *argv[ARGS_MAX] = {(char *)"mc-x"};
    FUZZ_CHECK(text);
    memcpy(text, p, n);
    text[n] = 0;
    if (n && text[n - 1] == '\n') text[n - 1] = 0;
    int argc = 1;
    for (char *s = text; s && argc < ARGS_MAX; argc++) {
        argv[argc] = s;
        s = strchr(s, '\n');
        if (s) *s++ = 0;
    }
    int status = mc_cli_parse(&c, argc, argv);
    FUZZ_CHECK(status >= -1 && status <= 2);
    if (status < 0) {
        check_args(&c, &a);
        status = mc_cli_finish(&c, 0, e);
    }
    free(a.list.v);
    free(text);
    return status == 0 ? 0 : mc_fail(e, MC_ERR_USAGE, "bad usage");
}
