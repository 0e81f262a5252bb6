// JSON: values are counted before they are parsed, objects are walked member by member; names are
// found.
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "mc/json.h"
#include "mc/names.h"
#include "mc/pool.h"

static struct mc_error e;

static int load(const char *text, int64_t most) {
    json_t *o;
    json_error_t je;
    int rc = mc_json_load(&o, text, strlen(text), JSON_DECODE_ANY, most, &je, &e);
    json_decref(o);
    return rc;
}

static void counted(void **state) {
    (void)state;
    assert_int_equal(load("[1,2,3]", 4), 0); // itself and three, by its bracket and commas
    assert_int_equal(load("[1,2,3]", 3), MC_ERR_INPUT);
    assert_non_null(strstr(e.text, "more than 3 values"));
    assert_int_equal(load("{\"a\":{\"b\":[]}}", 4), 0);
    assert_int_equal(load("{\"a\":{\"b\":[]}}", 3), MC_ERR_INPUT);
    assert_int_equal(load("\"[[[[,,,,{{{{\"", 1), 0); // brackets in a string are text
    assert_int_equal(load("[\"\\\"[[[\",\"\\\\\"]", 3), 0);
    assert_int_equal(load("\"[[[[", 9), MC_ERR_INPUT); // a string that does not end
    assert_int_equal(load("\"\\", 9), MC_ERR_INPUT);
}

static char seen[512];

static int note(void *ctx, const char *key, const char *value, size_t n, struct mc_error *x) {
    (void)x;
    size_t at = strlen(seen);
    snprintf(seen + at, sizeof seen - at, "%s=%.*s;", key, (int)n, value);
    return strcmp(key, ctx) == 0 ? mc_fail(&e, MC_ERR_NUM, "stop") : 0;
}

static int walk(const char *text, const char *stop) {
    seen[0] = 0;
    return mc_json_members(text, strlen(text), note, (void *)(uintptr_t)stop, &e);
}

static void members(void **state) {
    (void)state;
    assert_int_equal(walk(" { } ", ""), 0);
    assert_string_equal(seen, "");
    assert_int_equal(
        walk("{\"a\":1 , \"b\" :\t[1,{\"c\":\"]}\"}],\n\"d\":\"\\\"}\",\"e\":null}", ""), 0);
    assert_string_equal(seen, "a=1;b=[1,{\"c\":\"]}\"}];d=\"\\\"}\";e=null;");
    assert_int_equal(walk("{\"\\u0061\\n\":1,\"a\":2}", ""),
                     0); // keys are decoded, and may stand twice
    assert_string_equal(seen, "a\n=1;a=2;");
    assert_int_equal(walk("{\"a\":1,\"b\":2}", "a"), MC_ERR_NUM); // fn's own error ends it
    assert_string_equal(seen, "a=1;");
    static const char *const bad[] = {"",
                                      "[]",
                                      "{",
                                      "{\"a\"}",
                                      "{\"a\":}",
                                      "{\"a\":1",
                                      "{\"a\":1,",
                                      "{\"a\":1,}",
                                      "{,}",
                                      "{\"a\" 1}",
                                      "{\"a\":1 2}",
                                      "{\"a\":[}",
                                      "{a:1}",
                                      "{\"a\":1}}",
                                      "{\"a\":1}x",
                                      "{\"a\":\"1}",
                                      "{\"a",
                                      "{\"\\u0000\":1}",
                                      "{\"\xff\":1}",
                                      "{\"a\":1}{}"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (walk(bad[i], "") == 0) fail_msg("accepted: %s", bad[i]);
        assert_int_equal(e.code, MC_ERR_INPUT);
    }
}

static char name[5000][8];

static const char *name_of(const void *of, int i) {
    const char(*v)[8] = of;
    return v[i];
}

static void names(void **state) {
    (void)state;
    struct mc_names x = {0}, y;
    assert_int_equal(mc_names_find(&x, name, name_of, "0"), -1);
    for (int i = 0; i < 5000; i++) {
        snprintf(name[i], sizeof name[i], "%d", i % 4000); // the last thousand stand twice
        assert_int_equal(mc_names_add(&x, name, name_of, &e), 0);
    }
    assert_int_equal(mc_names_copy(&y, &x, &e), 0);
    mc_names_release(&x);
    for (int i = 0; i < 4000; i++) {
        int at = mc_names_find(&y, name, name_of, name[i]);
        assert_true(at >= 0 && strcmp(name[at], name[i]) == 0);
    }
    assert_int_equal(mc_names_find(&y, name, name_of, "4000"), -1);
    assert_int_equal(mc_names_find(&y, name, name_of, ""), -1);
    mc_names_release(&y);
}

// --- processors

static char root[64];

static void put(const char *file, const char *text) {
    char path[256];
    snprintf(path, sizeof path, "%s%s", root, file);
    for (char *p = path + strlen(root) + 1; (p = strchr(p, '/')); *p++ = '/') {
        *p = 0;
        mkdir(path, 0777);
    }
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static int quota(const char *groups) {
    char file[128];
    put("/groups", groups);
    snprintf(file, sizeof file, "%s/groups", root);
    return mc_quota_processors(file, root);
}

static void quotas(void **state) {
    (void)state;
    strcpy(root, "/tmp/mc-test-XXXXXX");
    assert_non_null(mkdtemp(root));
    assert_int_equal(mc_quota_processors("/no/such", root), INT_MAX);
    assert_int_equal(quota(""), INT_MAX);
    assert_int_equal(quota("0::/a/b\n"), INT_MAX);
    put("/a/b/cpu.max", "max 100000\n");
    assert_int_equal(quota("0::/a/b\n"), INT_MAX);
    put("/a/b/cpu.max", "250000 100000\n"); // two and a half: three
    assert_int_equal(quota("0::/a/b\n"), 3);
    put("/a/cpu.max", "100000 100000\n"); // the one above binds too
    assert_int_equal(quota("0::/a/b\n"), 1);
    put("/a/cpu.max", "900000 100000\n");
    assert_int_equal(quota("9:memory:/x\n0::/a/b\n"), 3);
    put("/cpu.max", "150000 100000\n"); // in a container: the host's path is not there, the root is
    assert_int_equal(quota("0::/docker/0123\n"), 2);
    put("/cpu,cpuacct/slurm/cpu.cfs_quota_us", "-1\n"); // version 1
    put("/cpu,cpuacct/slurm/cpu.cfs_period_us", "100000\n");
    assert_int_equal(quota("4:cpu,cpuacct:/slurm\n"), INT_MAX);
    put("/cpu,cpuacct/slurm/cpu.cfs_quota_us", "400000\n");
    assert_int_equal(quota("4:cpu,cpuacct:/slurm\n"), 4);
    put("/cpu/x/cpu.cfs_quota_us", "50000\n");
    put("/cpu/x/cpu.cfs_period_us", "100000\n");
    assert_int_equal(quota("3:cpuset:/x\n2:cpuacct:/x\n1:cpu:/x\n"), 1);
    assert_int_equal(quota("3:cpuset:/x\n"), INT_MAX);
    char clean[128];
    snprintf(clean, sizeof clean, "rm -r '%s'", root);
    assert_int_equal(system(clean), 0);
    assert_true(mc_processors() >= 1 && mc_processors() <= sysconf(_SC_NPROCESSORS_CONF));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counted),
        cmocka_unit_test(members),
        cmocka_unit_test(names),
        cmocka_unit_test(quotas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
