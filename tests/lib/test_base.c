// The base layer: numbers, lists, tables, buffers, the pool, the command line.
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <stdatomic.h>

#include "mc/cli.h"
#include "mc/num.h"
#include "mc/pool.h"
#include "mc/split.h"
#include "mc/tsv.h"

static struct mc_error err;

// --- numbers

static void whole_numbers(void **state) {
    (void)state;
    int64_t x = 7;
    assert_true(mc_parse_i64("-12", &x) && x == -12);
    assert_true(mc_parse_i64("9223372036854775807", &x) && x == INT64_MAX);
    assert_true(mc_parse_i64("-9223372036854775808", &x) && x == INT64_MIN);
    static const char *const bad[] = {
        "", " 1", "1 ", "1x", "-", "+", "--1", "1.0", "0x10", "1e3", "9223372036854775808", "nan"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) assert_false(mc_parse_i64(bad[i], &x));
}

static void real_numbers(void **state) {
    (void)state;
    double x;
    assert_true(mc_parse_f64("-1.5e-3", &x) && x == -1.5e-3);
    assert_true(mc_parse_f64(".5", &x) && x == .5);
    static const char *const bad[] = {"",      " 1",  "1 ", "nan", "inf", "-inf", "0x1p3",
                                      "1e999", "1,5", ".",  "e5",  "1e",  "--1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) assert_false(mc_parse_f64(bad[i], &x));
    assert_true(mc_parse_cell("nan", &x) && isnan(x));
    assert_false(mc_parse_cell("NaN", &x));
    assert_false(mc_parse_cell("inf", &x));
}

static void numbers_as_text(void **state) {
    (void)state;
    char b[MC_NUM_TEXT];
    assert_string_equal(mc_num_text(1. / 3, b), "0.333333333");
    assert_string_equal(mc_num_text(-(double)NAN, b), "nan");
    assert_string_equal(mc_num_text(-INFINITY, b), "-inf");
    assert_string_equal(mc_num_text(1e-300, b), "1e-300");
    assert_string_equal(mc_num_text(25, b), "25");
}

// --- lists

static void lists(void **state) {
    (void)state;
    char **v;
    double *x;
    int64_t *k;
    int n;
    assert_int_equal(mc_split("a,b c,d", ',', "--x", &v, &n, &err), 0);
    assert_true(n == 3 && strcmp(v[1], "b c") == 0);
    mc_split_free(v, n);
    static const char *const bad[] = {"", "a,", ",a", "a,,b", "a,b,a"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(mc_split(bad[i], ',', "--x", &v, &n, &err), MC_ERR_USAGE);
        assert_non_null(strstr(err.text, "--x"));
    }
    assert_int_equal(mc_split_reals("0,-1e-3,.5", "--at", &x, &n, &err), 0);
    assert_true(n == 3 && x[0] == 0 && x[1] == -1e-3 && x[2] == .5);
    free(x);
    assert_int_equal(mc_split_reals("0,nan", "--at", &x, &n, &err), MC_ERR_USAGE);
    assert_int_equal(mc_split_ints("0,5,3", 0, "--save-at", &k, &n, &err), 0);
    assert_true(n == 3 && k[1] == 5 && k[2] == 3); // in the order given
    free(k);
    assert_int_equal(mc_split_ints("1,-1", 0, "--save-at", &k, &n, &err), MC_ERR_USAGE);
    assert_int_equal(mc_split_ints("1.5", 0, "--save-at", &k, &n, &err), MC_ERR_USAGE);
}

// --- tables and buffers

static int table_of(struct mc_tsv *t, const char *text, size_t n) {
    char path[64];
    snprintf(path, sizeof path, "test_base.%ld.tsv", (long)getpid());
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
    int rc = mc_tsv_read(t, path, (const char *const[]){NULL}, &err);
    remove(path);
    return rc;
}

static void tables(void **state) {
    (void)state;
    struct mc_tsv t;
    double x;
    const char *text = "a\tb\n1\t\nnan\tz\n";
    assert_int_equal(table_of(&t, text, strlen(text)), 0);
    assert_true(t.n_rows == 2 && t.n_cols == 2);
    assert_string_equal(mc_tsv_cell(&t, 0, 1), ""); // an empty cell is a cell
    assert_string_equal(mc_tsv_cell(&t, 1, 1), "z");
    assert_true(mc_tsv_find(&t, "b") == 1 && mc_tsv_find(&t, "c") == -1);
    assert_int_equal(mc_tsv_column(&t, "c", &err), MC_ERR_INPUT);
    assert_non_null(strstr(err.text, "'c'"));
    assert_int_equal(mc_tsv_number(&t, 0, 0, &x, &err), 0);
    assert_true(x == 1);
    assert_int_equal(mc_tsv_number(&t, 1, 0, &x, &err), 0);
    assert_true(isnan(x));
    t.name = "t";
    assert_int_equal(mc_tsv_number(&t, 1, 1, &x, &err), MC_ERR_INPUT);
    assert_string_equal(err.text, "t: line 3: column b: 'z' is no number");
    mc_tsv_release(&t);
}

// Header and row of one description: every kind of cell, what a text may hold, what is absent.
static void columns(void **state) {
    (void)state;
    struct row {
        const char *plain, *escaped, *absent;
        int count;
        int64_t whole;
        double real, none;
    };
    static const struct mc_column COLUMNS[] = {
        {"whole", MC_CELL_WHOLE, offsetof(struct row, whole)},
        {"plain", MC_CELL_TEXT, offsetof(struct row, plain)},
        {"escaped", MC_CELL_ESCAPED, offsetof(struct row, escaped)},
        {"absent", MC_CELL_ESCAPED, offsetof(struct row, absent)},
        {"count", MC_CELL_INT, offsetof(struct row, count)},
        {"real", MC_CELL_REAL, offsetof(struct row, real)},
        {"none", MC_CELL_REAL, offsetof(struct row, none)}};
    const struct row row = {.plain = "a b",
                            .escaped = "a\tb\n\033",
                            .count = -3,
                            .whole = 1LL << 40,
                            .real = 1. / 3,
                            .none = NAN};
    struct mc_buf b = {0};
    assert_int_equal(mc_columns_head(COLUMNS, MC_COUNT(COLUMNS), &b, &err), 0);
    assert_string_equal(b.p, "whole\tplain\tescaped\tabsent\tcount\treal\tnone");
    b.n = 0;
    assert_int_equal(mc_columns_row(COLUMNS, MC_COUNT(COLUMNS), &row, &b, &err), 0);
    assert_string_equal(b.p, "1099511627776\ta b\ta\\tb\\n\\u001b\t\t-3\t0.333333333\tnan");
    mc_buf_release(&b);
}

static void tables_refused(void **state) {
    (void)state;
    struct mc_tsv t;
    static const struct {
        const char *text;
        size_t n;
        const char *why;
    } bad[] = {{"", 0, "empty"},
               {"a\tb\n1\t2", 7, "newline"},
               {"a\tb\n1\n", 6, "line 2: 1 columns"},
               {"a\n1\t2\n", 6, "line 2"},
               {"a\n\0\n", 4, "NUL"},
               {"a\tb\n\n", 5, "line 2"},
               {"a\tb\r\n1\t2\r\n", 10, "lines end with CR LF"},
               {"a\tb\ta\n1\t2\t3\n", 12, "column 'a' is there twice"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(table_of(&t, bad[i].text, bad[i].n), MC_ERR_INPUT);
        assert_non_null(strstr(err.text, bad[i].why));
    }
    assert_int_equal(mc_tsv_read(&t, "no/such/table", (const char *const[]){NULL}, &err),
                     MC_ERR_IO);
    assert_non_null(strstr(err.text, "no/such/table"));
}

static void buffers(void **state) {
    (void)state;
    struct mc_buf b = {0};
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(mc_buf_printf(&b, &err, "%d,", i), 0);
        assert_true(b.p[b.n] == 0 && strlen(b.p) == b.n);
    }
    assert_true(b.n == 10 * 2 + 90 * 3 + 900 * 4);
    assert_int_equal(mc_buf_add(&b, "\0x", 2, &err), 0);
    assert_true(b.p[b.n - 1] == 'x' && b.p[b.n] == 0);
    mc_buf_release(&b);
    assert_true(b.p == NULL && b.n == 0);
    assert_null(mc_new((size_t)1 << 62, 8, &err)); // the product overflows
    assert_int_equal(err.code, MC_ERR_MEM);
}

static void errors_are_a_line(void **state) {
    (void)state;
    assert_int_equal(mc_fail(&err, MC_ERR_INPUT, "%s: bad\tname", "a\nb\033"), MC_ERR_INPUT);
    assert_string_equal(err.text, "a?b?: bad?name");
    assert_int_equal(mc_fail_in(&err, "file %d", 3), MC_ERR_INPUT);
    assert_string_equal(err.text, "file 3: a?b?: bad?name");
}

static void errors_know_their_file(void **state) {
    (void)state;
    assert_int_equal(mc_fail_file(&err, MC_ERR_INPUT, "a", "bad %d", 2), MC_ERR_INPUT);
    assert_string_equal(err.text, "a: bad 2");
    assert_int_equal(mc_fail_in_file(&err, "b: byte %d", 3), MC_ERR_INPUT); // it has one
    assert_string_equal(err.text, "a: bad 2");
    mc_fail_in(&err, "point %d", 4); // now the text begins with something else
    mc_fail_in_file(&err, "b");
    assert_string_equal(err.text, "b: point 4: a: bad 2");
    mc_fail(&err, MC_ERR_INPUT, "a delta"); // words are no name
    assert_int_equal(mc_fail_in_file(&err, "%s", "a"), MC_ERR_INPUT);
    assert_string_equal(err.text, "a: a delta");
    assert_true(err.names_file);
    errno = ENOENT;
    mc_fail_errno(&err, "cannot open");
    assert_false(err.names_file);
}

// --- pool

struct tally {
    atomic_int times[1000];
    atomic_int bad;
    int threads;
};

static void count(void *ctx, int task, int thread) {
    struct tally *t = ctx;
    atomic_fetch_add(&t->times[task], 1);
    if (thread < 0 || thread >= t->threads) atomic_fetch_add(&t->bad, 1);
}

static void pools(void **state) {
    (void)state;
    static const int tasks[] = {0, 1, 2, 7, 1000, 3};
    for (int n = 1; n <= 5; n++) {
        static struct tally t;
        struct mc_pool *p = mc_pool_new(n, &err);
        assert_int_equal(mc_pool_threads(p), n);
        t.threads = n;
        for (int round = 0; round < 60; round++) {
            int k = tasks[round % 6];
            for (int i = 0; i < 1000; i++) atomic_store(&t.times[i], 0);
            mc_pool_run(p, k, count, &t);
            for (int i = 0; i < 1000; i++)
                assert_int_equal(atomic_load(&t.times[i]), i < k); // each once, all done
        }
        assert_int_equal(atomic_load(&t.bad), 0);
        mc_pool_free(p);
    }
    mc_pool_free(NULL);
    assert_true(mc_processors() >= 1);
}

// --- command line

static struct {
    int64_t n;
    double x;
    bool flag, given;
    const char *name, *kind;
    struct mc_list list;
} o;
static struct mc_cli cli;
static struct mc_opt table[] = {
    {"-n", MC_OPT_INT, &o.n, 1, 9, .arg = "N", .help = "h", .flags = MC_OPT_RESULT},
    {"--x", MC_OPT_REAL, &o.x, -1, 1, .arg = "X", .help = "h",
     .flags = MC_OPT_RESULT | MC_OPT_BELOW},
    {"--flag", MC_OPT_FLAG, &o.flag, .help = "h", .given = &o.given},
    {"--name", MC_OPT_STR, &o.name, .arg = "S", .help = "h", .flags = MC_OPT_RESULT},
    {"--kind", MC_OPT_CHOICE, &o.kind, .choices = "line|chain", .arg = "K", .help = "h"},
    {"--each", MC_OPT_LIST, &o.list, .arg = "F", .help = "h"},
};

// Parses words separated by single spaces; what is said goes to nowhere.
static int parse(const char *line, int least, int most) {
    static char text[256], *argv[32];
    int argc = 1;
    free(cli.operand);
    free(o.list.v);
    memset(&o, 0, sizeof o);
    o.n = 5;
    cli = (struct mc_cli){.prog = "mc-x",
                          .purpose = "p",
                          .operands = "[F...]",
                          .opts = table,
                          .n_opts = MC_COUNT(table),
                          .min_operands = least,
                          .max_operands = most};
    snprintf(text, sizeof text, "%s", line);
    for (char *p = strtok(text, " "); p; p = strtok(NULL, " ")) argv[argc++] = p;
    argv[0] = (char *)(uintptr_t) "mc-x";
    fflush(stderr);
    int old = dup(STDERR_FILENO);
    assert_non_null(freopen("/dev/null", "w", stderr));
    int rc = mc_cli_parse(&cli, argc, argv);
    fflush(stderr);
    dup2(old, STDERR_FILENO);
    close(old);
    return rc;
}

static void options(void **state) {
    (void)state;
    assert_int_equal(parse("a -n 3 --x=-.5 b -n 4 --flag c", 0, -1), -1); // before, between, behind
    assert_true(o.n == 4 && o.x == -.5 && o.flag && o.given);             // the last wins
    assert_true(cli.n_operands == 3 && strcmp(cli.operand[2], "c") == 0);
    assert_int_equal(parse("--x -1 --name=a=b --name=", 0, -1), -1);
    assert_true(o.x == -1 && strcmp(o.name, "") == 0 && o.n == 5 && !o.given);
    assert_int_equal(parse("--name --flag -- -n --x=2 -", 0, -1),
                     -1); // a value may look like an option
    assert_true(strcmp(o.name, "--flag") == 0 && !o.flag && cli.n_operands == 3 &&
                strcmp(cli.operand[0], "-n") == 0);
    assert_int_equal(parse("--each a --each=b", 0, -1), -1);
    assert_true(o.list.n == 2 && strcmp(o.list.v[1], "b") == 0);
    assert_int_equal(parse("--kind chain --threads 3 -q -o -", 0, -1), -1);
    assert_true(strcmp(o.kind, "chain") == 0 && cli.threads == 3 && cli.log.quiet &&
                !cli.output); // - is standard output
    assert_int_equal(parse("", 0, -1), -1);
    assert_true(cli.threads == mc_processors() && cli.n_operands == 0);
}

static void bad_usage(void **state) {
    (void)state;
    static const char *const bad[] = {
        "--nope", "-n",      "-n x",        "-n 0",     "-n 10",         "-n 1.5",     "-n=",
        "--x 1",  "--x nan", "--x -1.1",    "--flag=1", "--kind bezier", "--kind lin", "--kind",
        "- -",    "- -- -",  "--threads 0", "-nn",      "--na x",        "-o=",        "--level 1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (parse(bad[i], 0, -1) != 2) fail_msg("'%s' was taken", bad[i]);
    assert_int_equal(parse("a", 2, 3), 2);
    assert_int_equal(parse("a b", 2, 3), -1);
    assert_int_equal(parse("a b c d", 2, 3), 2);
    assert_int_equal(parse("a -", 0, -1), -1);
}

static void provenance(void **state) {
    (void)state;
    struct mc_buf b = {0};
    assert_int_equal(parse("--name=x -n 2 --threads 9 -q --flag", 0, -1), -1);
    assert_int_equal(mc_cli_provenance(&cli, &b, &err), 0);
    assert_string_equal(b.p, "mc-x " MC_VERSION
                             " n=2 x=0 name=x"); // table order, what affects the result
    mc_buf_release(&b);
    assert_int_equal(parse("", 0, -1), -1);
    o.name = "two \"words\"";
    assert_int_equal(mc_cli_provenance(&cli, &b, &err), 0);
    assert_string_equal(b.p, "mc-x " MC_VERSION " n=5 x=0 name=\"two \\\"words\\\"\"");
    mc_buf_release(&b);
    free(cli.operand);
    free(o.list.v);
    cli.operand = NULL;
    o.list.v = NULL;
}

static void leave_a_mark(void) { (void)!write(STDERR_FILENO, "mark", 4); }

// The end without a return: a line, what was asked for, status 1.
static void dying(void **state) {
    (void)state;
    int end[2], status;
    char said[256] = "";
    assert_int_equal(pipe(end), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(end[1], STDERR_FILENO);
        mc_at_death(leave_a_mark);
        mc_die("no memory at all");
    }
    close(end[1]);
    for (size_t n = 0; n < sizeof said - 1;) {
        ssize_t got = read(end[0], said + n, sizeof said - 1 - n);
        if (got <= 0) break;
        n += (size_t)got;
    }
    close(end[0]);
    assert_true(waitpid(child, &status, 0) == child && WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 1);
    assert_string_equal(said, "test_base: error: no memory at all\nmark");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_numbers),
        cmocka_unit_test(real_numbers),
        cmocka_unit_test(numbers_as_text),
        cmocka_unit_test(lists),
        cmocka_unit_test(tables),
        cmocka_unit_test(tables_refused),
        cmocka_unit_test(columns),
        cmocka_unit_test(buffers),
        cmocka_unit_test(errors_are_a_line),
        cmocka_unit_test(pools),
        cmocka_unit_test(options),
        cmocka_unit_test(bad_usage),
        cmocka_unit_test(provenance),
        cmocka_unit_test(dying),
        cmocka_unit_test(errors_know_their_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
