// A plan and a run that serve all models of one shape, one after the other.
#include <string.h>

#include "mc/eval.h"

void mc_evaluator_init(struct mc_evaluator *v, struct mc_pool *pool, enum mc_precision precision) {
    *v = (struct mc_evaluator){.pool = pool, .precision = precision, .max_new = 64};
}

static void drop_run(struct mc_evaluator *v) {
    mc_run_free(v->run);
    mc_plan_release(&v->plan);
    mc_table_release(&v->table);
    mc_buf_release(&v->config);
    mc_method_release(&v->method);
    v->run = NULL;
    if (v->kept) mc_kept_forget(v->kept);
}

void mc_evaluator_release(struct mc_evaluator *v) { drop_run(v); }

// The plan keeps a table of its own: the models that pass through are replaced under it.
static int make_run(struct mc_evaluator *v, const struct mc_model *m, const struct mc_view *view,
                    const struct mc_readout *at, bool decodes, struct mc_error *e) {
    drop_run(v);
    MC_TRY(mc_config_lines(&m->config, &v->config, e));
    MC_TRY(mc_method_of(&v->method, m, e));
    enum mc_plan_use use = decodes ? MC_TO_DECODE : MC_TO_EVALUATE;
    MC_TRY(mc_method_plan(&v->method, m, view, at, use, 0, v->precision, &v->plan, e));
    MC_TRY(mc_table_copy(&v->table, &view->table, e));
    v->plan.table = &v->table;
    v->decodes = decodes;
    v->at = at;
    v->run = mc_run_new(&v->plan, v->pool, e);
    return v->run ? 0 : MC_ERR_MEM;
}

int mc_evaluator_prepare(struct mc_evaluator *v, const struct mc_model *m,
                         const struct mc_readout *at, bool decodes, struct mc_error *e) {
    struct mc_buf config = {0};
    struct mc_view view = {0};
    int rc = mc_config_lines(&m->config, &config, e);
    if (rc == 0) rc = mc_view_init(&view, m, e);
    if (rc == 0 && at == &mc_readout_masked) rc = mc_view_add_mlm(&view, m, e);
    bool same = rc == 0 && v->run && v->decodes == decodes && v->at == at &&
                mc_table_same(&v->table, &view.table) && mc_method_is(&v->method, m) &&
                strcmp(v->config.p, config.p) == 0;
    if (rc == 0 && !same) rc = make_run(v, m, &view, at, decodes, e);
    if (rc == 0) mc_run_bind(v->run, view.w, NULL);
    if (rc == 0 && v->kept && !decodes) rc = mc_kept_compare(v->kept, &v->plan, view.w, e);
    mc_view_release(&view);
    mc_buf_release(&config);
    return rc;
}

int mc_evaluator_run(struct mc_evaluator *v, const struct mc_task *t, const struct mc_batch *b,
                     const struct mc_result *out, struct mc_error *e) {
    if (!v->kept) return mc_run_batch(v->run, b, NULL, out, e);
    return mc_kept_run(v->kept, v->run, t, b, out, e);
}
