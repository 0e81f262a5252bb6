// One model as a stream of its own: a line of provenance, the document, the end record.
#include "mc/model.h"

int mc_model_write_file(struct mc_model *m, const char *line, const char *path, int level,
                        struct mc_pool *pool, struct mc_error *e) {
    struct mc_writer *w = NULL;
    MC_TRY(mc_meta_add_provenance(&m->meta, line, e));
    MC_TRY(mc_writer_open(&w, path, level, pool, e));
    int rc = mc_model_write(m, w, e);
    if (rc == 0) return mc_writer_close(w, e);
    mc_writer_abort(w);
    return rc;
}
