// Models read ahead of their use: the same in the same order, each valid until the next call; the
// error of a stream that ends early; readers that are left in the middle.
#include <time.h>

#include "files.h"
#include "mc/eval.h"
#include "mc/model_stream.h"
#include "toy.h"

enum { MODELS = 5 };

static void write_models(void) {
    struct mc_writer *w;
    assert_int_equal(mc_writer_open(&w, path, 0, NULL, &e), 0);
    for (uint64_t i = 0; i < MODELS; i++) {
        struct mc_model m;
        toy_model(&m, TOY_CONFIG, TOY_LABELS, 2, i);
        assert_int_equal(mc_model_write(&m, w, &e), 0);
        mc_model_release(&m);
    }
    assert_int_equal(mc_writer_close(w, &e), 0);
}

// Takes up to n models and compares each with the one it should be; what the last call returned.
static int take(int n) {
    struct mc_models source;
    struct mc_model *m;
    char *name = path;
    int rc = 1;
    mc_models_init(&source, &name, 1, NULL);
    struct mc_prefetch *a = mc_prefetch_new(&source, &e);
    assert_non_null(a);
    for (int i = 0; i < n && rc == 1; i++) {
        rc = mc_prefetch_next(a, &m, &e);
        if (rc != 1) break;
        struct mc_model want;
        toy_model(&want, TOY_CONFIG, TOY_LABELS, 2, (uint64_t)i);
        if (i % 2) nanosleep(&(struct timespec){0, 2000000}, NULL); // the next one may be ready
        assert_memory_equal(m->w, want.w, want.table.size * sizeof *want.w);
        mc_model_release(&want);
    }
    mc_prefetch_free(a);
    mc_models_release(&source);
    return rc;
}

static void whole(void **state) {
    (void)state;
    write_models();
    assert_int_equal(take(MODELS + 1), 0);
}

static void left_early(void **state) {
    (void)state;
    write_models();
    for (int n = 0; n <= MODELS; n++) assert_int_equal(take(n), 1);
}

static void cut(void **state) {
    (void)state;
    write_models();
    struct bytes b = slurp(path);
    assert_int_equal(truncate(path, (off_t)b.n / 2), 0);
    free(b.p);
    assert_int_equal(take(MODELS + 1), MC_ERR_INPUT);
    assert_non_null(strstr(e.text, path));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(left_early, set_up, tear_down),
        cmocka_unit_test_setup_teardown(cut, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
