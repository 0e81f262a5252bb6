// What programs that write one model share: provenance, stream, close.
#include "mc/tool.h"

int mc_tool_write_model(const struct mc_cli *c, struct mc_model *m, const char *inputs,
                        struct mc_pool *pool, struct mc_error *e) {
    struct mc_buf line = {0};
    struct mc_writer *w = NULL;
    int rc = mc_cli_provenance(c, &line, e);
    if (rc == 0) rc = mc_buf_printf(&line, e, "%s", inputs);
    if (rc == 0) rc = mc_meta_provenance(&m->meta, line.p, e);
    if (rc == 0) rc = mc_writer_open(&w, c->output, (int)c->level, pool, e);
    if (rc == 0) rc = mc_model_write(m, w, e);
    if (rc == 0)
        rc = mc_writer_close(w, e);
    else
        mc_writer_abort(w);
    mc_buf_release(&line);
    return rc;
}
