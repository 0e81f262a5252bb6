// mc-interp: the models at points between two.
#include <stdlib.h>
#include <string.h>

#include "mc/cli.h"
#include "mc/model_stream.h"
#include "mc/path.h"

struct opts {
    const char *kind, *space, *at, *head;
    int64_t n;
    double from, to;
    bool n_given, from_given, to_given;
};

// The path: tensors or products on a line.
struct path {
    bool product;
    struct mc_line line;
    struct mc_product of_products;
};

static int path_init(struct path *p, struct mc_model *end[2], enum mc_head_rule head,
                     const char *line, struct mc_error *e) {
    if (p->product) return mc_product_init(&p->of_products, end[0], end[1], head, line, e);
    return mc_line_init(&p->line, end[0], end[1], head, line, e);
}

static int path_write(struct path *p, const struct mc_grid *g, int i, struct mc_writer *w,
                      struct mc_error *e) {
    if (p->product) return mc_product_write(&p->of_products, g, i, w, e);
    return mc_line_write(&p->line, g, i, w, e);
}

static void path_release(struct path *p) {
    mc_line_release(&p->line);
    mc_product_release(&p->of_products);
}

static int make_grid(const struct opts *o, struct mc_grid *g, struct mc_error *e) {
    if (o->at && (o->n_given || o->from_given || o->to_given))
        return mc_fail(e, MC_ERR_USAGE,
                       "--at names the points: -n, --from and --to do not go with it");
    if (!o->at && o->from == o->to)
        return mc_fail(e, MC_ERR_USAGE, "--from and --to are the same point");
    return o->at ? mc_grid_list(g, o->at, e) : mc_grid_even(g, (int)o->n, o->from, o->to, e);
}

static int read_ends(const struct mc_cli *c, struct mc_pool *pool, struct mc_model *end[2],
                     struct mc_error *e) {
    struct mc_models s;
    struct mc_model *more = NULL;
    mc_models_init(&s, c->operand, c->n_operands, pool);
    s.base_path = c->base;
    int rc = 1, n = 0;
    while (rc == 1 && n < 2)
        if ((rc = mc_models_next(&s, &end[n], e)) == 1)
            rc = mc_model_digest(end[n++], e) < 0 ? e->code : 1;
    if (rc == 0) rc = mc_fail(e, MC_ERR_INPUT, "a line needs two models, %d given", n);
    if (rc == 1) rc = mc_models_next(&s, &more, e);
    if (rc == 1)
        rc = mc_fail(e, MC_ERR_INPUT,
                     "more than two models: a line has two ends (choose them with mc-pick)");
    mc_models_release(&s);
    mc_model_drop(more);
    return rc;
}

static int write_path(const struct mc_cli *c, struct path *p, const struct mc_grid *g,
                      struct mc_pool *pool, struct mc_error *e) {
    struct mc_writer *w;
    struct mc_progress bar;
    MC_TRY(mc_writer_open(&w, c->output, (int)c->level, pool, e));
    mc_progress_init(&bar, &c->log, "points", g->n);
    const struct mc_table *table = &(p->product ? &p->of_products.inner : &p->line)->table;
    if (bar.redraws || c->log.verbose)
        mc_note(&c->log, "%d points, %.1f MB", g->n, (double)g->n * (double)table->size * 4e-6);
    int rc = 0;
    for (int i = 0; rc == 0 && i < g->n; i++) {
        rc = path_write(p, g, i, w, e);
        mc_progress_at(&bar, i + 1, NULL);
    }
    mc_progress_end(&bar);
    if (rc == 0) return mc_writer_close(w, e);
    mc_writer_abort(w);
    return rc;
}

static int interpolate(const struct mc_cli *c, const struct opts *o, const struct mc_grid *g,
                       struct mc_pool *pool, struct mc_model *end[2], struct mc_error *e) {
    struct mc_buf line = {0};
    struct path p;
    memset(&p, 0, sizeof p);
    p.product = strcmp(o->space, "product") == 0;
    enum mc_head_rule head = strcmp(o->head, "mix") == 0 ? MC_HEAD_MIX
                             : o->head[0] == '0'         ? MC_HEAD_0
                                                         : MC_HEAD_1;
    int rc = read_ends(c, pool, end, e);
    if (rc == 0) rc = mc_cli_provenance(c, &line, e);
    if (rc == 0) rc = mc_buf_printf(&line, e, " inputs=%s,%s", end[0]->digest, end[1]->digest);
    if (rc == 0) rc = path_init(&p, end, head, line.p, e);
    if (rc == 0) rc = write_path(c, &p, g, pool, e);
    path_release(&p);
    mc_buf_release(&line);
    return rc;
}

static int run(const struct mc_cli *c, const struct opts *o, struct mc_error *e) {
    struct mc_grid g = {0};
    struct mc_model *end[2] = {NULL, NULL};
    MC_TRY(make_grid(o, &g, e));
    struct mc_pool *pool = mc_pool_new((int)c->threads, e);
    int rc = pool ? interpolate(c, o, &g, pool, end, e) : MC_ERR_MEM;
    mc_model_drop(end[0]);
    mc_model_drop(end[1]);
    mc_grid_release(&g);
    mc_pool_free(pool);
    return rc;
}

int main(int argc, char **argv) {
    struct opts o = {.kind = "line", .space = "factor", .head = "mix", .n = 26, .to = 1};
    const struct mc_opt table[] = {
        {"--kind", MC_OPT_CHOICE, &o.kind, .choices = "line",
         .later = "chain|bezier|slerp|plane|layer|group", .arg = "K", .help = "shape of the path",
         .flags = MC_OPT_RESULT},
        {"--space", MC_OPT_CHOICE, &o.space, .choices = "factor|product", .arg = "S",
         .help = "what of a LoRA delta moves: its tensors, or the products B A they stand for",
         .flags = MC_OPT_RESULT},
        {"-n", MC_OPT_INT, &o.n, 2, 1000000, .arg = "N",
         .help = "equidistant points, both ends included", .flags = MC_OPT_RESULT,
         .given = &o.n_given},
        {"--at", MC_OPT_STR, &o.at, .arg = "T,T,...", .help = "these points instead",
         .flags = MC_OPT_RESULT},
        {"--from", MC_OPT_REAL, &o.from, -1e6, 1e6, .arg = "T", .help = "first point",
         .flags = MC_OPT_RESULT, .given = &o.from_given},
        {"--to", MC_OPT_REAL, &o.to, -1e6, 1e6, .arg = "T", .help = "last point",
         .flags = MC_OPT_RESULT, .given = &o.to_given},
        {"--head", MC_OPT_CHOICE, &o.head, .choices = "0|1|mix", .arg = "H",
         .help = "head at every point: that of one end, or on the line too",
         .flags = MC_OPT_RESULT},
    };
    struct mc_cli c = {
        .prog = "mc-interp",
        .purpose = "writes the models at points of a path between two models",
        .operands = "[FILE...]",
        .examples = "  mc-interp -n 26 a.st.gz b.st.gz | mc-eval dev.tok.gz > path.tsv\n"
                    "  cat a.st.gz b.st.gz | mc-interp --at 0,0.25,1 -o path.st.gz\n",
        .see_also = "mc-eval, mc-barrier, mc-pick",
        .opts = table,
        .n_opts = MC_COUNT(table),
        .use = MC_CLI_STREAM | MC_CLI_MODELS | MC_CLI_FILES,
        .min_operands = 0,
        .max_operands = -1,
    };
    int status = mc_cli_parse(&c, argc, argv);
    if (status >= 0) return status;
    struct mc_error e = {0};
    int rc = run(&c, &o, &e);
    return mc_cli_finish(&c, rc, &e);
}
