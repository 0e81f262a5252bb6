// Paths for tests: opened on a list of points, written to a file and read back.
#ifndef MC_TEST_WALK_H
#define MC_TEST_WALK_H

#include "mc/model_stream.h"
#include "mc/path.h"
#include "toy.h"

static struct mc_error err;
static char file[64];
enum { POINTS_MAX = 16 };
static struct mc_model *point[POINTS_MAX];
static int n_points;

enum { ENDS_MAX = 4 };
static struct mc_grid grid;

// A path of that kind, opened on the grid of --at.
static inline int open_path(struct mc_path *l, const struct mc_path_kind *kind,
                            struct mc_model *const *end, int n, const char *at,
                            enum mc_head_rule head, const char *provenance) {
    static struct mc_model *ends[ENDS_MAX];
    memcpy(ends, end, (size_t)n * sizeof *end);
    assert_int_equal(mc_grid_list(&grid, at, &err), 0);
    *l = (struct mc_path){.kind = kind,
                          .end = ends,
                          .n_ends = n,
                          .grid = &grid,
                          .head = head,
                          .provenance = provenance};
    return mc_path_open(l, &err);
}

static inline int open_line(struct mc_path *l, struct mc_model *a, struct mc_model *b,
                            const char *at, enum mc_head_rule head, const char *provenance) {
    struct mc_model *const end[2] = {a, b};
    return open_path(l, &mc_path_line, end, 2, at, head, provenance);
}

static inline void close_path(struct mc_path *l) {
    mc_path_close(l);
    mc_grid_release(&grid);
}

// Writes the path's points and reads them back.
static inline void walk(struct mc_path *l) {
    struct mc_writer *w;
    struct mc_models s;
    char *const path[] = {file};
    int n = mc_path_count(l);
    assert_true(n <= POINTS_MAX);
    assert_int_equal(mc_writer_open(&w, file, 0, NULL, &err), 0);
    for (int i = 0; i < n; i++) assert_int_equal(mc_path_write(l, i, w, &err), 0);
    assert_int_equal(mc_writer_close(w, &err), 0);
    mc_models_init(&s, path, 1, NULL);
    for (n_points = 0; n_points < n; n_points++)
        assert_int_equal(mc_models_next(&s, &point[n_points], &err), 1);
    struct mc_model *more;
    assert_int_equal(mc_models_next(&s, &more, &err), 0);
    assert_null(more);
    mc_models_release(&s);
}

static inline void forget(void) {
    for (int i = 0; i < n_points; i++) mc_model_drop(point[i]);
    n_points = 0;
    remove(file);
}

#endif
