// mc-interp: the models at the points of a path.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mc/cli.h"
#include "mc/model_stream.h"
#include "mc/path.h"

struct opts {
    struct mc_path_options of_kind;
    const char *at, *head;
    int64_t n;
    double from, to;
};

struct ends {
    struct mc_model **m; // held
    int n;
};

static int make_grid(const struct opts *o, struct mc_grid *g, struct mc_error *e) {
    if (!o->at && o->from == o->to)
        return mc_fail(e, MC_ERR_USAGE, "--from and --to are the same point");
    return o->at ? mc_grid_list(g, o->at, e) : mc_grid_even(g, (int)o->n, o->from, o->to, e);
}

// A number in words, for messages.
static const char *count(int n, char text[24]) {
    static const char *const WORD[] = {"no", "one", "two", "three"};
    if (n < MC_COUNT(WORD)) return WORD[n];
    snprintf(text, 24, "%d", n);
    return text;
}

static int count_ends(const struct mc_path_kind *k, int n, bool more, struct mc_error *e) {
    char text[24];
    if (n < k->least_ends)
        return mc_fail(e, MC_ERR_INPUT, "a %s needs %s models, %d given", k->name,
                       count(k->least_ends, text), n);
    if (!more) return 0;
    const char *most = count(k->most_ends, text);
    return mc_fail(e, MC_ERR_INPUT,
                   "more than %s models: a %s has %s ends (choose them with mc-pick)", most,
                   k->name, most);
}

// As many models as the kind takes, with their digests; one more shows that there are too many.
static int read_ends(const struct mc_cli *c, const struct mc_path_kind *k, struct mc_pool *pool,
                     struct ends *x, struct mc_error *e) {
    struct mc_models s;
    struct mc_model *m;
    int rc = 1;
    bool more = false;
    mc_models_init(&s, c->operand, c->n_operands, pool);
    s.base_path = c->base;
    while (rc == 1 && !more && (rc = mc_models_next(&s, &m, e)) == 1) {
        more = k->most_ends && x->n == k->most_ends;
        struct mc_model **all = more ? NULL : mc_resize(x->m, (size_t)x->n + 1, sizeof *all, e);
        if (all) {
            x->m = all;
            x->m[x->n++] = m;
            rc = mc_model_digest(m, e) < 0 ? e->code : 1;
        } else {
            mc_model_drop(m);
            if (!more) rc = MC_ERR_MEM;
        }
    }
    mc_models_release(&s);
    return rc < 0 ? rc : count_ends(k, x->n, more, e);
}

static int write_path(const struct mc_cli *c, struct mc_path *p, const struct mc_grid *g,
                      struct mc_pool *pool, struct mc_error *e) {
    struct mc_writer *w;
    struct mc_progress bar;
    MC_TRY(mc_writer_open(&w, c->output, (int)c->level, pool, e));
    mc_progress_init(&bar, &c->log, "points", g->n);
    if (bar.redraws || c->log.verbose)
        mc_note(&c->log, "%d points, %.1f MB", g->n,
                (double)g->n * (double)p->shape->table.size * 4e-6);
    int rc = 0;
    for (int i = 0; rc == 0 && i < g->n; i++) {
        rc = mc_path_write(p, g, i, w, e);
        mc_progress_at(&bar, i + 1, NULL);
    }
    mc_progress_end(&bar);
    if (rc == 0) return mc_writer_close(w, e);
    mc_writer_abort(w);
    return rc;
}

static int interpolate(const struct mc_cli *c, const struct opts *o,
                       const struct mc_path_kind *kind, const struct mc_grid *g,
                       struct mc_pool *pool, struct ends *x, struct mc_error *e) {
    struct mc_buf line = {0};
    MC_TRY(read_ends(c, kind, pool, x, e));
    int rc = mc_cli_provenance(c, &line, e);
    for (int i = 0; rc == 0 && i < x->n; i++)
        rc = mc_buf_printf(&line, e, "%s%s", i ? "," : " inputs=", x->m[i]->digest);
    struct mc_path p = {.kind = kind,
                        .options = &o->of_kind,
                        .end = x->m,
                        .n_ends = x->n,
                        .head = strcmp(o->head, "mix") == 0 ? MC_HEAD_MIX
                                : o->head[0] == '0'         ? MC_HEAD_0
                                                            : MC_HEAD_1,
                        .provenance = line.p};
    if (rc == 0) rc = mc_path_open(&p, e);
    if (rc == 0) rc = write_path(c, &p, g, pool, e);
    mc_path_close(&p);
    mc_buf_release(&line);
    return rc;
}

static int run(const struct mc_cli *c, struct opts *o, struct mc_error *e) {
    struct mc_grid g = {0};
    struct ends x = {0};
    const struct mc_path_kind *kind;
    MC_TRY(mc_path_options_choose(&o->of_kind, &kind, e));
    MC_TRY(make_grid(o, &g, e));
    struct mc_pool *pool = mc_pool_new((int)c->threads, e);
    int rc = pool ? interpolate(c, o, kind, &g, pool, &x, e) : MC_ERR_MEM;
    for (int i = 0; i < x.n; i++) mc_model_drop(x.m[i]);
    free(x.m);
    mc_grid_release(&g);
    mc_pool_free(pool);
    return rc;
}

int main(int argc, char **argv) {
    struct opts o = {.head = "mix", .n = 26, .to = 1};
    const struct mc_opt own[] = {
        {"-n", MC_OPT_INT, &o.n, 2, 1000000, .arg = "N",
         .help = "equidistant points, both ends included", .flags = MC_OPT_RESULT},
        {"--at", MC_OPT_STR, &o.at, .arg = "T,T,...", .help = "these points instead",
         .flags = MC_OPT_RESULT, .excludes = "-n,--from,--to"},
        {"--from", MC_OPT_REAL, &o.from, -1e6, 1e6, .arg = "T", .help = "first point",
         .flags = MC_OPT_RESULT},
        {"--to", MC_OPT_REAL, &o.to, -1e6, 1e6, .arg = "T", .help = "last point",
         .flags = MC_OPT_RESULT},
        {"--head", MC_OPT_CHOICE, &o.head, .choices = "0|1|mix", .arg = "H",
         .help = "head at every point: that of one end, or on the line too",
         .flags = MC_OPT_RESULT},
    };
    // those that choose a kind are told by every stream, a kind's own by its streams
    struct mc_opt_table all = {0};
    mc_path_options_init(&o.of_kind);
    for (int i = 0; i < o.of_kind.n; i++)
        mc_opt_table_add_own(&all, &o.of_kind.v[i],
                             MC_OPT_RESULT | (i < MC_PATH_CHOOSING ? 0 : MC_OPT_GIVEN));
    mc_opt_table_add(&all, own, MC_COUNT(own));
    struct mc_cli c = {
        .prog = "mc-interp",
        .purpose = "writes the models at points of a path between two models",
        .operands = "[FILE...]",
        .examples = "  mc-interp -n 26 a.st.gz b.st.gz | mc-eval dev.tok.gz > path.tsv\n"
                    "  cat a.st.gz b.st.gz | mc-interp --at 0,0.25,1 -o path.st.gz\n",
        .see_also = "mc-eval, mc-barrier, mc-pick",
        .opts = all.v,
        .n_opts = all.n,
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
