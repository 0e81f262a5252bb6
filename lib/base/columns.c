// Writing our own tables: header and rows from one description of the columns.
#include <string.h>

#include "mc/num.h"
#include "mc/tsv.h"

int mc_columns_head(const struct mc_column *c, int n, struct mc_buf *out, struct mc_error *e) {
    for (int i = 0; i < n; i++) {
        if (i) MC_TRY(mc_buf_add(out, "\t", 1, e));
        MC_TRY(mc_buf_add(out, c[i].name, strlen(c[i].name), e));
    }
    return 0;
}

static int add_cell(enum mc_cell type, const void *field, struct mc_buf *out, struct mc_error *e) {
    char number[MC_NUM_TEXT];
    const char *text = NULL;
    switch (type) {
    case MC_CELL_INT: return mc_buf_printf(out, e, "%d", *(const int *)field);
    case MC_CELL_WHOLE: return mc_buf_printf(out, e, "%lld", (long long)*(const int64_t *)field);
    case MC_CELL_REAL: text = mc_num_text(*(const double *)field, number); break;
    case MC_CELL_ESCAPED:
    case MC_CELL_TEXT: text = *(const char *const *)field; break;
    }
    if (!text) return 0;
    return type == MC_CELL_ESCAPED ? mc_buf_cell(out, text, e)
                                   : mc_buf_add(out, text, strlen(text), e);
}

int mc_columns_row(const struct mc_column *c, int n, const void *row, struct mc_buf *out,
                   struct mc_error *e) {
    for (int i = 0; i < n; i++) {
        if (i) MC_TRY(mc_buf_add(out, "\t", 1, e));
        MC_TRY(add_cell(c[i].type, (const char *)row + c[i].at, out, e));
    }
    return 0;
}
