// mc-interp: the models at the points of a path.
#include <string.h>

#include "mc/cli.h"
#include "mc/num.h"
#include "mc/out.h"
#include "mc/path.h"

struct opts {
    struct mc_path_options of_kind;
    const char *at, *head, *by, *rest, *grow, *project;
    int64_t n;
    double from, to;
    bool n_given, from_given, to_given;
};

struct job {
    const struct mc_cli *c;
    struct opts *o;
    const struct mc_path_kind *kind;
    struct mc_pool *pool;
    struct mc_path_inputs in;
    struct mc_grid grid;
    struct mc_moves moves;
    struct mc_path path;
    struct mc_buf line; // of provenance
};

// The grid that is asked for, where nothing is asked for the kind's own.
static int make_grid(struct job *j, struct mc_error *e) {
    struct opts *o = j->o;
    const struct mc_range *own = &j->kind->range;
    int axes = mc_path_axes(j->kind, &o->of_kind);
    mc_grid_release(&j->grid);
    if (!o->n_given) o->n = own->n;
    if (!o->from_given) o->from = own->from;
    if (!o->to_given) o->to = own->to;
    if (o->at && axes == 2)
        return mc_fail(e, MC_ERR_USAGE, "--at is not for --kind %s on two axes", j->kind->name);
    const struct mc_range r = {(int)o->n, o->from, o->to};
    MC_TRY(o->at ? mc_grid_list(&j->grid, o->at, e) : mc_grid_even(&j->grid, axes, &r, e));
    return mc_path_fits(j->kind, &j->grid, o->by != NULL, e);
}

static int make_line(struct job *j, struct mc_error *e) {
    MC_TRY(mc_cli_provenance(j->c, &j->line, e));
    for (int i = 0; i < j->path.n_ends; i++)
        MC_TRY(mc_buf_printf(&j->line, e, "%s%s", i ? "," : " inputs=", j->in.m[i]->digest));
    j->path.provenance = j->line.p;
    return 0;
}

static int open_path(struct job *j, struct mc_error *e) {
    const struct opts *o = j->o;
    int most = j->kind->most_ends;
    j->path = (struct mc_path){.kind = j->kind,
                               .options = &o->of_kind,
                               .end = j->in.m,
                               .n_ends = most && j->in.n > most ? most : j->in.n,
                               .inputs = &j->in,
                               .grid = &j->grid,
                               .moves = o->by ? &j->moves : NULL,
                               .head = strcmp(o->head, "mix") == 0 ? MC_HEAD_MIX
                                       : o->head[0] == '0'         ? MC_HEAD_0
                                                                   : MC_HEAD_1,
                               .from = *j->in.from ? j->in.from : NULL,
                               .to = *j->in.to ? j->in.to : NULL,
                               .pool = j->pool};
    j->path.n_more = j->in.n - j->path.n_ends;
    MC_TRY(make_line(j, e));
    MC_TRY(mc_path_open(&j->path, e));
    if (j->path.head != MC_HEAD_MIX && j->in.m[0]->n_labels == 0)
        mc_note(&j->c->log,
                "--head %s: the models have no head that gives labels: all of them moves", o->head);
    return 0;
}

static int write_path(struct job *j, struct mc_error *e) {
    const struct mc_cli *c = j->c;
    struct mc_writer *w;
    struct mc_progress bar;
    int n = mc_path_count(&j->path);
    MC_TRY(mc_writer_open(&w, c->output, (int)c->level, j->pool, e));
    mc_progress_init(&bar, &c->log, "points", n);
    if (bar.redraws || c->log.verbose)
        mc_note(&c->log, "%d point%s, %.1f MB", n, mc_s(n),
                (double)n * (double)j->path.shape->table.size * 4e-6);
    if (bar.redraws && mc_out_is_pipe(c->output)) bar.on = false; // the reader tells how far it is
    int rc = 0;
    for (int i = 0; rc == 0 && i < n; i++) {
        rc = mc_path_write(&j->path, i, w, e);
        mc_progress_at(&bar, i + 1, NULL);
    }
    mc_progress_end(&bar);
    if (rc == 0) return mc_writer_close(w, e);
    mc_writer_abort(w);
    return rc;
}

static int check_options(struct job *j, struct mc_error *e) {
    struct opts *o = j->o;
    if (o->by && !o->rest) o->rest = "0";
    if (o->by)
        j->moves = (struct mc_moves){.by = mc_group_by_word(o->by),
                                     .rest = o->rest[0] == '1',
                                     .grow = !o->grow                     ? MC_MOVES_ONE
                                             : strcmp(o->grow, "up") == 0 ? MC_MOVES_UP
                                                                          : MC_MOVES_DOWN};
    MC_TRY(mc_cli_outputs(j->c, &o->project, 1, e));
    for (int i = 0; o->project && i < j->c->n_operands; i++)
        MC_TRY(mc_out_not_input(o->project, j->c->operand[i], e));
    MC_TRY(mc_out_try(o->project, false, e));
    MC_TRY(mc_path_options_choose(&o->of_kind, &j->kind, e));
    return make_grid(j, e);
}

static int run(struct job *j, struct mc_error *e) {
    const struct mc_cli *c = j->c;
    MC_TRY(check_options(j, e));
    if (!(j->pool = mc_pool_new((int)c->threads, e))) return MC_ERR_MEM;
    j->in = (struct mc_path_inputs){.path = c->operand,
                                    .n_paths = c->n_operands,
                                    .base_path = c->base,
                                    .pool = j->pool,
                                    .more = j->o->project != NULL};
    const struct mc_path_kind *asked = j->kind;
    MC_TRY(mc_path_inputs_read(&j->in, &j->o->of_kind, &j->kind, e));
    if (j->kind != asked) MC_TRY(make_grid(j, e)); // documents made it a curve
    MC_TRY(open_path(j, e));
    if (j->o->project) MC_TRY(mc_path_write_projections(&j->path, j->o->project, e));
    return write_path(j, e);
}

// Options that choose a kind are told by every stream, a kind's own by its streams.
static void add_options(struct opts *o, struct mc_opt_table *to) {
    const struct mc_opt own[] = {
        {"-n", MC_OPT_INT, &o->n, 2, 1000000, .arg = "N", .help = o->of_kind.n_help,
         .flags = MC_OPT_RESULT, .given = &o->n_given},
        {"--at", MC_OPT_STR, &o->at, .arg = "T,T,...", .help = "these points instead",
         .flags = MC_OPT_RESULT, .excludes = "-n,--from,--to"},
        {"--from", MC_OPT_REAL, &o->from, -1e6, 1e6, .arg = "T", .help = o->of_kind.from_help,
         .flags = MC_OPT_RESULT, .given = &o->from_given},
        {"--to", MC_OPT_REAL, &o->to, -1e6, 1e6, .arg = "T", .help = o->of_kind.to_help,
         .flags = MC_OPT_RESULT, .given = &o->to_given},
        {"--head", MC_OPT_CHOICE, &o->head, .choices = "0|1|mix", .arg = "H",
         .help = "head at every point: that of one end, or on the line too",
         .flags = MC_OPT_RESULT},
        {"--by", MC_OPT_CHOICE, &o->by, .choices = MC_GROUP_CHOICES,
         .help = "one group after the other goes along the path, the rest stays",
         .flags = MC_OPT_RESULT},
        {"--rest", MC_OPT_CHOICE, &o->rest, .choices = "0|1",
         .help = "the end where it stays; default: 0", .flags = MC_OPT_RESULT, .only_with = "--by"},
        {"--grow", MC_OPT_CHOICE, &o->grow, .choices = "up|down", .flags = MC_OPT_RESULT,
         .help = "with a group all before it, or behind it, go too", .only_with = "--by"},
        {"--project", MC_OPT_STR, &o->project, .arg = "FILE", .only_for = "--kind plane",
         .help = "table of where every model, further ones too, stands over a plane"},
    };
    for (int i = 0; i < o->of_kind.n; i++)
        mc_opt_table_add_own(to, &o->of_kind.v[i],
                             MC_OPT_RESULT | (i < MC_PATH_CHOOSING ? 0 : MC_OPT_GIVEN));
    mc_opt_table_add(to, own, MC_COUNT(own));
}

int main(int argc, char **argv) {
    struct opts o = {.head = "mix"};
    struct mc_opt_table all = {0};
    mc_path_options_init(&o.of_kind);
    add_options(&o, &all);
    struct mc_cli c = {
        .prog = "mc-interp",
        .purpose = "writes the models at points of a path, a plane or a curve",
        .operands = "[FILE...]",
        .examples = "  mc-interp -n 26 a.st.gz b.st.gz | mc-eval dev.tok.gz > path.tsv\n"
                    "  mc-interp --by layer a.st.gz b.st.gz | mc-eval dev.tok.gz > layers.tsv\n"
                    "  mc-interp --kind plane --project feet.tsv a.st.gz b.st.gz c.st.gz d.st.gz "
                    "-o plane.st.gz\n"
                    "  mc-interp curve.st.gz | mc-eval dev.tok.gz > curve.tsv\n",
        .see_also = "mc-eval, mc-barrier, mc-dist, mc-pick, plots/plane.gp, plots/groups.gp",
        .opts = all.v,
        .n_opts = all.n,
        .use = MC_CLI_STREAM | MC_CLI_MODELS | MC_CLI_FILES,
        .min_operands = 0,
        .max_operands = -1,
    };
    int status = mc_cli_parse(&c, argc, argv);
    if (status >= 0) return status;
    struct mc_error e = {0};
    struct job j = {.c = &c, .o = &o};
    int rc = run(&j, &e);
    mc_path_close(&j.path);
    mc_path_inputs_release(&j.in);
    mc_grid_release(&j.grid);
    mc_buf_release(&j.line);
    mc_pool_free(j.pool);
    return mc_cli_finish(&c, rc, &e);
}
