// A run of training from its options to its files. A run is identified by what counts for its
// result: a checkpoint of another run is refused, and every model tells it in its provenance.
#include "mc/trainer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mc/num.h"
#include "mc/subset.h"

static int check_last_save(const struct mc_training_options *o, int64_t total, struct mc_error *e) {
    int64_t last = o->n_save_steps ? o->save_steps[o->n_save_steps - 1] : 0;
    if (last <= total) return 0;
    return mc_fail(e, MC_ERR_USAGE, "--save-at %lld: the last step is %lld", (long long)last,
                   (long long)total);
}

// Messages name the file.
static int name_dev(struct mc_trainer *r, struct mc_error *e) {
    free(r->dev.name);
    return (r->dev.name = mc_strdup(r->o->dev, e)) ? 0 : MC_ERR_MEM;
}

static int open_dev(struct mc_trainer *r, struct mc_error *e) {
    if (!r->o->dev) return 0;
    MC_TRY(mc_task_open(&r->dev, "dev", r->o->dev, NULL, 0, 0, r->pool, e));
    return name_dev(r, e);
}

// The masks of the dev set are those of an evaluation, whatever those of training are.
static int open_corpora(struct mc_trainer *r, struct mc_error *e) {
    const struct mc_training_options *o = r->o;
    struct mc_corruption of_dev = *r->corrupts;
    of_dev.seed = 0;
    MC_TRY(mc_corpus_open(&r->corpus, o->train, r->pool, e));
    r->source = (struct mc_corpus_source){.corpus = &r->corpus, .how = *r->corrupts};
    r->source.how.about = &r->corpus.about;
    MC_TRY(check_last_save(o, o->r.steps, e));
    if (!o->dev) return 0;
    MC_TRY(mc_task_read_corpus(&r->dev, o->dev, &of_dev, 0, 0, MC_BLOCK_TOKENS, r->pool, e));
    return name_dev(r, e);
}

static int read_sets(struct mc_trainer *r, struct mc_error *e) {
    const struct mc_list *from = &r->o->sets;
    if (from->n == 1) return mc_tokens_read(&r->train, from->v[0], r->pool, e);
    struct mc_tokens *set = mc_new((size_t)from->n, sizeof *set, e);
    int rc = set ? 0 : MC_ERR_MEM;
    for (int i = 0; rc == 0 && i < from->n; i++)
        rc = mc_tokens_read(&set[i], from->v[i], r->pool, e);
    if (rc == 0) rc = mc_tokens_join(&r->train, set, from->v, from->n, e);
    for (int i = 0; set && i < from->n; i++) mc_tokens_release(&set[i]);
    free(set);
    return rc;
}

static int check_dynamics(const struct mc_trainer *r, int64_t per_epoch, int64_t total,
                          struct mc_error *e) {
    if (!r->o->dynamics) return 0;
    if (total < per_epoch)
        return mc_fail(e, MC_ERR_USAGE, "--dynamics: %lld steps are no epoch, which has %lld",
                       (long long)total, (long long)per_epoch);
    if (!r->train.labels)
        return mc_fail(e, MC_ERR_INPUT, "%s: its examples have no labels, which --dynamics needs",
                       r->o->train);
    return 0;
}

int mc_trainer_open(struct mc_trainer *r, struct mc_error *e) {
    struct mc_training_options *o = r->o;
    MC_TRY(mc_training_options_check(o, r->c, e));
    if (!(r->pool = mc_pool_new((int)r->c->threads, e))) return MC_ERR_MEM;
    MC_TRY(mc_writer_open(&r->w, r->c->output, (int)r->c->level, r->pool, e));
    if (r->corrupts) return open_corpora(r, e);
    MC_TRY(read_sets(r, e));
    if (o->only) MC_TRY(mc_subset_read(o->only, r->train.n, &r->subset, &o->r.n_subset, e));
    o->r.subset = r->subset;
    int64_t per_epoch, total;
    mc_recipe_steps(&o->r, o->only ? o->r.n_subset : r->train.n, &per_epoch, &total);
    MC_TRY(check_last_save(o, total, e));
    MC_TRY(check_dynamics(r, per_epoch, total, e));
    return open_dev(r, e);
}

// What is written of the weights now, with the step.
static int save(void *ctx, const struct mc_model *m, int64_t step, struct mc_error *e) {
    struct mc_trainer *r = ctx;
    char text[24]; // m is r->m, whose metadata change
    snprintf(text, sizeof text, "%lld", (long long)step);
    MC_TRY(mc_doc_set(&r->m->meta, "mc.step", text, e));
    MC_TRY(r->write ? r->write(r->write_ctx, m, step, e) : mc_model_write(m, r->w, e));
    MC_TRY(mc_writer_flush(r->w, e));
    if (!r->o->checkpoint || r->t.step == r->t.total) return 0;
    return mc_checkpoint_keep(&r->check, r->m, step, e);
}

static int checkpoint(void *ctx, const struct mc_model *m, int64_t step, struct mc_error *e) {
    struct mc_trainer *r = ctx;
    (void)m;
    (void)step;
    return mc_checkpoint_write(&r->check, &r->t, e);
}

static int identify(struct mc_trainer *r, struct mc_error *e) {
    const struct mc_recipe *recipe = &r->o->r;
    struct mc_buf *id = &r->identity;
    int64_t per_epoch, total;
    mc_recipe_steps(recipe, recipe->subset ? recipe->n_subset : r->train.n, &per_epoch, &total);
    MC_TRY(mc_cli_provenance(r->c, id, e));
    MC_TRY(mc_buf_printf(id, e, " steps=%lld dropout=%s", (long long)total,
                         recipe->dropout < 0 ? "config" : ""));
    if (recipe->dropout >= 0) MC_TRY(mc_buf_printf(id, e, "%.15g", recipe->dropout));
    MC_TRY(mc_buf_printf(id, e, " model=%s train=%s", r->input,
                         r->corrupts ? r->corpus.digest : r->train.digest));
    if (r->m->base) // what the method's options made of it
        MC_TRY(mc_buf_printf(id, e, " tuned=%s", mc_doc_get(&r->m->meta, "mc.method")));
    if (r->chooses && r->o->dev) MC_TRY(mc_buf_printf(id, e, " dev=%s", r->dev.tokens.digest));
    if (!recipe->subset) return 0;
    char digest[MC_DIGEST_TEXT];
    MC_TRY(mc_subset_digest(recipe->subset, recipe->n_subset, digest, e));
    return mc_buf_printf(id, e, " only=%s", digest);
}

static int prepare(struct mc_trainer *r, struct mc_error *e) {
    const struct mc_training_options *o = r->o;
    r->t = (struct mc_training){.r = &o->r,
                                .m = r->m,
                                .batches = {.name = o->train},
                                .dev = o->dev ? &r->dev : NULL,
                                .trainable = r->trainable,
                                .trainable_source = r->trainable_source,
                                .choose_every = r->chooses && o->dev ? o->dev_every : 0,
                                .look_every = r->corrupts ? o->dev_every : 0,
                                .dynamics = o->dynamics != NULL,
                                .seen = r->seen,
                                .seen_ctx = r->seen_ctx,
                                .pool = r->pool,
                                .log = &r->c->log,
                                .save_at = o->save_steps,
                                .n_save_at = o->n_save_steps,
                                .save = save,
                                .save_ctx = r,
                                .checkpoint = o->checkpoint ? checkpoint : NULL,
                                .checkpoint_ctx = r,
                                .checkpoint_every = o->checkpoint_every,
                                .checkpoint_s = o->checkpoint_s,
                                .new_delta = r->new_delta,
                                .seed_init = (uint64_t)o->seed_init};
    if (r->corrupts) {
        r->t.batches.source = &r->source;
        r->t.batches.objective = mc_objective_of_corpus(r->m);
    } else {
        r->t.batches.set = &r->train;
    }
    MC_TRY(mc_training_init(&r->t, e));
    r->check = (struct mc_checkpoint){
        .path = o->checkpoint, .run = r->identity.p, .kernels = r->family, .pool = r->pool};
    return 0;
}

static int open_log(struct mc_trainer *r, struct mc_error *e) {
    if (!r->o->log) return 0;
    MC_TRY(mc_out_open_in_place(&r->table, r->o->log, e));
    r->table_open = true;
    r->t.table = &r->table;
    return mc_training_log_head(&r->table, r->t.trained.cls, e);
}

int mc_trainer_start(struct mc_trainer *r, struct mc_error *e) {
    MC_TRY(identify(r, e));
    return prepare(r, e);
}

int mc_trainer_write_base(struct mc_trainer *r, struct mc_error *e) {
    struct mc_model *base = r->m->base;
    if (!base) return mc_fail(e, MC_ERR_USAGE, "--with-base is for the methods that write deltas");
    MC_TRY(mc_meta_leave_path(&base->meta, e));
    MC_TRY(mc_doc_set(&base->meta, "mc.role", "base", e));
    return mc_model_write(base, r->w, e);
}

// The families of kernels so far, and what the models tell of the run.
static int describe(struct mc_trainer *r, struct mc_error *e) {
    char now[MC_FAMILY_TEXT];
    mc_kern_family(r->c->precision, now);
    bool moved = r->kernels && strcmp(r->kernels, now) != 0;
    snprintf(r->family, sizeof r->family, "%s%s%s", moved ? r->kernels : "", moved ? ";" : "", now);
    MC_TRY(mc_buf_printf(&r->line, e, "%s kernels=%s", r->identity.p, r->family));
    MC_TRY(mc_meta_add_provenance(&r->m->meta, r->line.p, e));
    return r->train.task ? mc_doc_set(&r->m->meta, "mc.task", r->train.task, e) : 0;
}

// Once the models are written: the log's last newline, dynamics, the summary, a line for the user.
static int finish(struct mc_trainer *r, double seconds, struct mc_error *e) {
    if (r->table_open) {
        MC_TRY(mc_out_write(&r->table, "\n", 1, e));
        MC_TRY(mc_out_close(&r->table, e));
    }
    if (r->t.best)
        mc_note(&r->c->log, "written: step %lld, dev loss %.6g", (long long)r->t.best_step,
                r->t.best_loss);
    if (r->o->dynamics) MC_TRY(mc_training_dynamics_write(&r->t, r->o->dynamics, e));
    if (r->o->summary) MC_TRY(mc_training_summary(&r->t, seconds, r->o->summary, e));
    mc_training_tell(&r->t, seconds);
    return 0;
}

// Restores the state of --resume. With --or-begin what is there may be of no use.
static int go_on(struct mc_trainer *r, struct mc_error *e) {
    const char *from = r->o->resume;
    if (r->o->or_begin) {
        if (access(from, F_OK) != 0) return 0;
        int rc = mc_checkpoint_check(from, r->identity.p, &r->t, e);
        if (rc == MC_ERR_INPUT || rc == MC_ERR_IO) {
            mc_note(&r->c->log, "%s; the run begins anew", e->text);
            *e = (struct mc_error){0};
            return 0;
        }
        MC_TRY(rc);
    }
    MC_TRY(mc_checkpoint_read(from, r->identity.p, &r->t, r->w, &r->kernels, e));
    r->check.previous = from;
    mc_note(&r->c->log, "%s: goes on after step %lld of %lld", from, (long long)r->t.step,
            (long long)r->t.total);
    return 0;
}

int mc_trainer_run(struct mc_trainer *r, struct mc_error *e) {
    const struct mc_training *t = &r->t;
    if (r->o->resume) MC_TRY(go_on(r, e));
    MC_TRY(open_log(r, e)); // what is refused leaves the log of an earlier run alone
    MC_TRY(describe(r, e));
    (r->m->base ? mc_note : mc_detail)(
        &r->c->log, "%lld step%s, %lld per epoch, %zu parameter%s in %d tensor%s",
        (long long)t->total, mc_s(t->total), (long long)t->per_epoch, t->trained.table->size,
        mc_s((int64_t)t->trained.table->size), t->trained.table->n, mc_s(t->trained.table->n));
    MC_TRY(mc_training_run(&r->t, e));
    struct mc_writer *w = r->w;
    r->w = NULL;
    MC_TRY(mc_writer_close(w, e));
    return finish(r, mc_now_s() - t->start_s, e);
}

void mc_trainer_release(struct mc_trainer *r) {
    mc_checkpoint_drop(&r->check);
    mc_writer_abort(r->w);
    if (r->table_open) mc_out_abort(&r->table);
    mc_training_release(&r->t);
    mc_model_drop(r->m);
    mc_tokens_release(&r->train);
    mc_corpus_close(&r->corpus);
    mc_task_release(&r->dev);
    mc_buf_release(&r->identity);
    mc_buf_release(&r->line);
    mc_pool_free(r->pool);
    mc_training_options_release(r->o);
    free(r->subset);
    free(r->kernels);
}
