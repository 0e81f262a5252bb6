// The table of where models stand over a plane.
#include <stdlib.h>

#include "mc/out.h"
#include "mc/path.h"

#define FIELD(f) offsetof(struct mc_projection, f)
static const struct mc_column COLUMNS[] = {
    {"model", MC_CELL_INT, FIELD(model)},    {"x", MC_CELL_REAL, FIELD(x)},
    {"y", MC_CELL_REAL, FIELD(y)},           {"distance", MC_CELL_REAL, FIELD(distance)},
    {"unit_x", MC_CELL_REAL, FIELD(unit_x)}, {"unit_y", MC_CELL_REAL, FIELD(unit_y)},
};
enum { N_COLUMNS = sizeof COLUMNS / sizeof *COLUMNS };

// A row; NULL: the header.
static int write_row(struct mc_out *out, const struct mc_projection *row, struct mc_error *e) {
    MC_TRY(mc_out_columns(out, COLUMNS, N_COLUMNS, row, e));
    return mc_out_printf(out, e, "\n");
}

int mc_path_write_projections(const struct mc_path *p, const char *file, struct mc_error *e) {
    struct mc_out out = {0};
    int n = p->n_ends + p->n_more;
    struct mc_projection *v = mc_new((size_t)n, sizeof *v, e);
    if (!v) return MC_ERR_MEM;
    mc_path_project(p, v);
    int rc = mc_out_open(&out, file, e);
    if (rc == 0) rc = write_row(&out, NULL, e);
    for (int i = 0; rc == 0 && i < n; i++) rc = write_row(&out, &v[i], e);
    if (rc == 0) rc = mc_out_close(&out, e);
    mc_out_abort(&out);
    free(v);
    return rc;
}
